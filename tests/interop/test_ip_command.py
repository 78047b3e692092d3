"""ip in iproute2's words: what is shown as Linux's own shows it, and what is wrong in its one line and status."""

import contextlib
import re
import subprocess

import pytest
from lib.vm import VM, Tap

GUEST, HOST = "10.77.0.2", "10.77.0.1"


@contextlib.contextmanager
def boot():
    with VM(append=f"ip={GUEST}::{HOST}:255.255.255.0:skbox:eth0:off", nets=[Tap(address=HOST)], mem=128) as vm:
        vm.wait_prompt()
        yield vm


@pytest.fixture
def vm(shared):
    with shared.lend(boot) as vm:
        yield vm


def plain(text):
    """Without what differs between any two machines, and blanks at line ends."""
    text = re.sub(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", "MAC", text.replace("sktap0", "eth0").replace(HOST, GUEST))
    text = re.sub(r"(qdisc|mtu) \S+", r"\1 X", text)
    text = re.sub(r"\n    inet6 .*\n.*", "", text).replace(" brd 10.77.0.255", "")
    return [re.sub(r"\d+", "N", line).rstrip() for line in text.strip().splitlines()]


@pytest.mark.parametrize("command", ["ip link show eth0", "ip -4 addr show eth0", "ip addr show dev eth0 scope global", "ip -s link show eth0",
                                     "ip -o link show eth0", "ip -4 -o addr show eth0", "ip link show lo up", "ip -s -s link show eth0"])
def test_shown_as_linux_does(vm, command):
    linux = subprocess.run(command.replace("eth0", "sktap0"), shell=True, check=True, capture_output=True, text=True).stdout
    ours, theirs = plain(vm.check(command)), plain(linux)
    assert [re.sub(r" +", " ", l) for l in ours] == [re.sub(r" +", " ", l) for l in theirs]


WRONG = [
    "ip link show foo", "ip addr show foo", f"ip addr add {GUEST}/24 dev eth0", "ip addr add 10.1.2.3/33 dev eth0", "ip addr add 10.1.2.3/24",
    "ip addr add 10.1.2.3/24 dev foo", "ip addr del 10.1.2.3/24 dev eth0", "ip addr flush dev foo", "ip foo", "ip link set foo up",
    "ip route del 10.99.0.0/16", "ip route add 10.9.0.0/16", "ip route add foo via 10.77.0.1", "ip neigh add 10.77.0.99 dev eth0",
    "ip neigh add 10.77.0.99 lladdr 1:2:3:4:5:6 dev foo", "ip neigh del 10.77.0.98 dev eth0",
]


@pytest.mark.parametrize("command", WRONG)
def test_wrong_as_linux_says(vm, command):
    run = subprocess.run(command.replace("eth0", "sktap0").replace(GUEST, HOST), shell=True, capture_output=True, text=True)
    assert run.returncode
    assert vm.run(command).strip() == run.stderr.strip()
    assert vm.run(f"{command} > /dev/null; echo $?").splitlines()[-1] == str(run.returncode)


def test_rules_and_groups(vm):
    assert vm.check("ip rule") == "0:\tfrom all lookup local\n32766:\tfrom all lookup main"
    vm.check("ip maddr add 33:33:00:00:00:99 dev eth0; ip maddr add 33:33:00:00:00:99 dev eth0")
    assert "\tlink  33:33:00:00:00:99 static\n" in vm.check("ip maddr show dev eth0") + "\n"
    vm.check("ip maddr del 33:33:00:00:00:99 dev eth0")
    assert "33:33" not in vm.check("ip maddr show dev eth0")
    assert vm.run("ip maddr del 33:33:00:00:00:99 dev eth0") == "ip: ioctl: No such file or directory"


def test_reserved_ports(vm):
    vm.check("sysctl net.ipv4.ip_local_port_range='40000 40003' net.ipv4.ip_local_reserved_ports=40000-40001,40003")
    assert vm.run("sysctl -n net.ipv4.ip_local_reserved_ports") == "40000-40001,40003"
    vm.run("echo x | nc -u -w 1 10.77.0.1 9 &")
    vm.wait_until("it has the only port that is left", lambda: f"{GUEST}:40002" in vm.run("netstat -nu"))
    vm.check("sysctl net.ipv4.ip_local_reserved_ports= net.ipv4.ip_local_port_range='32768 60999'")
    assert "not allowed" in vm.run("sysctl net.ipv4.ip_local_reserved_ports=7-5")
