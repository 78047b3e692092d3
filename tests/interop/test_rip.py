"""RIP with routers of others: a triangle of skbox, BIRD and FRR learns all networks, and goes another way when a cable is cut."""

import contextlib
import pathlib
import re
import shutil
import socket
import tempfile

import pytest
from lib.namespace import Namespace
from lib.vm import VM, Tap, wait_until

# skbox is .1, BIRD .2, FRR .3 on the cables between each two; behind each is a LAN.
SKBOX = "ip=10.12.0.1:::255.255.255.0:skbox:eth0:off ip=10.13.0.1:::255.255.255.0::eth1:off sysctl.net.ipv4.ip_forward=1"
LANS = {"skbox": "192.168.1", "bird": "192.168.2", "frr": "192.168.3"}
CONVERGED = 90  # seconds: two regular updates and what triggered ones take

BIRD = """
router id 10.12.0.2;
protocol device {{ scan time 1; }}
protocol direct {{ ipv4; interface "*"; }}
protocol kernel {{ ipv4 {{ export where source = RTS_RIP; }}; }}
protocol rip {{
    ipv4 {{ import all; export all; }};
    interface "sktap0", "cable" {{ mode multicast; {auth} }};
}}
"""
ZEBRA = "hostname frr\nlog stdout errors\n"
RIPD = """
hostname frr
log stdout errors
{chain}
interface sktap1
 ip rip authentication mode {mode}
interface cable
 ip rip authentication mode {mode}
router rip
 version 2
 network sktap1
 network cable
 redistribute connected
"""
KINDS = {
    "open": dict(routed="routed -t", bird="", chain=""),
    "md5": dict(routed="routed -t -a 7:sesame", bird='authentication cryptographic; password "sesame" { id 7; algorithm keyed md5; };',
                chain="key chain keys\n key 7\n  key-string sesame\n"),
}


def ripd_conf(kind):
    text = RIPD.format(chain=KINDS[kind]["chain"], mode="md5 auth-length rfc")
    if kind == "open":
        return re.sub(r"interface \S+\n ip rip auth.*\n", "", text)
    return re.sub(r"( ip rip authentication mode .*\n)", r"\1 ip rip authentication key-chain keys\n", text)


def add_lan(ns, name):
    """A network that nobody else is on."""
    ns.run("ip", "link", "add", "lan", "type", "veth", "peer", "name", "stub")
    ns.run("ip", "link", "set", "stub", "up")
    ns.run("ip", "addr", "add", f"{LANS[name]}.1/24", "dev", "lan")
    ns.run("ip", "link", "set", "lan", "up")
    ns.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter")


def join(a, b):
    """The cable between the two Linuxes."""
    a.run("ip", "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", str(b.keeper.pid))
    for ns, address in ((a, "10.23.0.2/24"), (b, "10.23.0.3/24")):
        ns.run("ip", "addr", "add", address, "dev", "cable")
        ns.run("ip", "link", "set", "cable", "up")


def start_bird(ns, directory, kind):
    (directory / "bird.conf").write_text(BIRD.format(auth=KINDS[kind]["bird"]))
    ns.start("bird", "-f", "-c", str(directory / "bird.conf"), "-s", str(directory / "bird.ctl"))


def start_frr(ns, directory, kind):
    (directory / "zebra.conf").write_text(ZEBRA)
    (directory / "ripd.conf").write_text(ripd_conf(kind))
    common = ["-u", "frr", "-g", "frr", "-P", "0", "-z", str(directory / "zserv"), "--vty_socket", str(directory)]
    ns.start("/usr/lib/frr/zebra", "-f", str(directory / "zebra.conf"), "-i", str(directory / "zebra.pid"), *common)
    wait_until("zebra listens", (directory / "zserv").exists)
    ns.start("/usr/lib/frr/ripd", "-f", str(directory / "ripd.conf"), "-i", str(directory / "ripd.pid"), *common)


@contextlib.contextmanager
def triangle(kind):
    with tempfile.TemporaryDirectory(prefix="rip-") as name, Namespace() as bird, Namespace() as frr, \
            VM(append=SKBOX, nets=[Tap(address="10.99.0.1"), Tap(name="sktap1", address="10.99.1.1")]) as vm:
        directory = pathlib.Path(name)
        shutil.chown(directory, "frr", "frr")  # its daemons leave root behind
        vm.wait_prompt()
        bird.take("sktap0", "10.12.0.2/24")
        frr.take("sktap1", "10.13.0.3/24")
        join(bird, frr)
        add_lan(bird, "bird")
        add_lan(frr, "frr")
        vm.run(f"ifconfig lo:1 {LANS['skbox']}.1 netmask 255.255.255.0")
        vm.run(KINDS[kind]["routed"] + " > /tmp/log &")
        start_bird(bird, directory, kind)
        start_frr(frr, directory, kind)
        vm.bird, vm.frr = bird, frr
        yield vm


def linux_way(ns, name):
    """The gateway by RIP to the LAN behind @name, None if there is none."""
    found = re.search(rf"{LANS[name]}\.0/24 .*?via (\S+)", ns.run("ip", "route", "show"))
    return found and found.group(1)


def skbox_way(vm, name):
    found = re.search(rf"{LANS[name]}\.0/24 via (\S+) .*proto rip", vm.run("ip route"))
    return found and found.group(1)


def converged(vm):
    return (skbox_way(vm, "bird"), skbox_way(vm, "frr"), linux_way(vm.bird, "skbox"), linux_way(vm.bird, "frr"),
            linux_way(vm.frr, "skbox"), linux_way(vm.frr, "bird"))


DIRECT = ("10.12.0.2", "10.13.0.3", "10.12.0.1", "10.23.0.3", "10.13.0.1", "10.23.0.2")
ROUND = ("10.13.0.3", "10.13.0.3", "10.23.0.3", "10.23.0.3", "10.13.0.1", "10.23.0.2")  # without skbox - BIRD


def reach_all(vm):
    vm.wait_until("all know all networks", lambda: converged(vm) == DIRECT, CONVERGED)
    assert " 0% packet loss" in vm.check(f"ping -c 3 -i 0.1 {LANS['bird']}.1")
    assert " 0% packet loss" in vm.frr.run("ping", "-c", "3", "-i", "0.2", f"{LANS['skbox']}.1")


@pytest.mark.timeout(600)
def test_cut_cable_goes_round():
    with triangle("open") as vm:
        reach_all(vm)
        vm.set_link(0, False)
        vm.bird.run("ip", "link", "set", "sktap0", "down")
        vm.wait_until("all go the other way", lambda: converged(vm) == ROUND, CONVERGED)
        vm.wait_until("the answers come round, too", lambda: "ttl=63" in vm.run(f"ping -c 1 -W 1 {LANS['bird']}.1"), CONVERGED)
        vm.bird.run("ip", "link", "set", "sktap0", "up")
        vm.set_link(0, True)
        vm.wait_until("all go the direct way again", lambda: converged(vm) == DIRECT, CONVERGED)


@pytest.mark.timeout(600)
def test_keys():
    """With the others' key they are heard; after a farewell and with another key nobody believes anybody."""
    with triangle("md5") as vm:
        reach_all(vm)
        vm.run("killall routed")
        vm.wait_until("its routes are gone", lambda: "proto rip" not in vm.run("ip route"))
        vm.wait_until("the others have heard its farewell", lambda: linux_way(vm.frr, "skbox") is None)
        vm.run("routed -t -a 7:wrong > /tmp/log &")
        vm.wait_until("packets are refused", lambda: "wrong authentication" in vm.run("cat /tmp/log"), CONVERGED)
        assert skbox_way(vm, "bird") is None


def test_what_an_earlier_one_left():
    """Routes of one that was killed are known by their protocol, and neither kept nor told on."""
    with VM(append="ip=10.99.0.2::10.99.0.1:255.255.255.0:skbox:eth0:off", nets=[Tap(address="10.99.0.1")]) as vm:
        vm.wait_prompt()
        vm.check("ip route add 10.50.0.0/16 via 10.99.0.1 proto rip metric 3; ip route add 10.51.0.0/16 via 10.99.0.1 proto static")
        vm.run("routed -r -t > /tmp/log &")
        vm.wait_until("it has looked around", lambda: "redistributes" in vm.run("cat /tmp/log"))
        assert "1 routes of an earlier routed are gone" in vm.run("cat /tmp/log")
        routes = vm.run("ip route")
        assert "10.50.0.0" not in routes and "10.51.0.0/16" in routes


def test_many_addresses():
    with VM(append="ip=10.99.0.2::10.99.0.1:255.255.255.0:skbox:eth0:off", nets=[Tap(address="10.99.0.1")]) as vm:
        vm.wait_prompt()
        vm.run("i=1; while [ $i -le 45 ]; do ip addr add 10.60.$i.1/24 dev eth0; i=$((i+1)); done", deadline=120)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("10.99.0.1", 0))
            s.settimeout(60)
            vm.run("routed &")
            vm.wait_until("it listens", lambda: "520" in vm.run("netstat -nlu"))
            told = set()
            s.sendto(bytes([1, 2, 0, 0]) + bytes(19) + bytes([16]), ("10.99.0.2", 520))
            while not all(f"10.60.{i}.0" in told for i in range(1, 46)):
                data = s.recv(2000)
                told |= {socket.inet_ntoa(data[at + 4:at + 8]) for at in range(4, len(data), 20)}


WRONG = {
    "-x": "routed: invalid option -- 'x'", "-T 0": "routed: bad times '0': UPDATE[,TIMEOUT,GARBAGE] in seconds",
    "-g 16": "routed: bad metric '16' (1 to 15)", "-a 300:x": "routed: bad key '300' (0 to 255)",
    "-a 12345678901234567": "routed: a secret has 1 to 16 characters", "-1 -a x": "routed: version 1 has no authentication",
    "eth0": "routed: extra operand 'eth0'",
}


def test_wrong_arguments():
    with VM(append="ip=off") as vm:
        vm.wait_prompt()
        for words, error in WRONG.items():
            assert vm.run(f"routed {words}").strip() == error
            assert vm.run("echo $?").strip() == "2", words
