"""QEMU's user networking: what `make run` gives a newcomer."""

import contextlib
import socket

import pytest
from lib.vm import VM, User


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def forwarded():
    return free_port()


@pytest.fixture
def vm(shared, forwarded):
    @contextlib.contextmanager
    def boot():
        with VM(nets=[User(f"hostfwd=udp:127.0.0.1:{forwarded}-:7")]) as vm:
            yield vm.wait_prompt()

    with shared.lend(boot) as vm:
        yield vm


def test_dhcp_gives_address_route_and_resolver(vm):
    assert "inet 10.0.2.15" in vm.run("ifconfig eth0").replace("addr:", "")
    assert "10.0.2.2" in vm.run("route -n")
    assert "10.0.2.3" in vm.run("cat /etc/resolv.conf")
    routes = vm.run("ip route")
    assert "default via 10.0.2.2 dev eth0" in routes
    assert "10.0.2.0/24 dev eth0" in routes


def test_ping_prints_like_iputils(vm):
    text = vm.check("ping -c 3 -i 0.2 10.0.2.2")
    assert "PING 10.0.2.2 (10.0.2.2) 56(84) bytes of data." in text
    for n in (1, 2, 3):
        assert f"64 bytes from 10.0.2.2: icmp_seq={n} ttl=" in text
    assert "3 packets transmitted, 3 received, 0% packet loss, time " in text
    assert "rtt min/avg/max/mdev = " in text


def test_guest_talks_to_a_program_on_the_host(vm):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(60)
        vm.start(f"nc -u 10.0.2.2 {server.getsockname()[1]}")
        vm.send("hello from skbox\r")
        data, peer = server.recvfrom(2048)
        assert data == b"hello from skbox\n"
        server.sendto(b"hello from the host\n", peer)
        vm.expect("hello from the host")
        vm.send("\x03")
        vm.wait_prompt()


def test_host_talks_to_a_server_in_the_guest(vm, forwarded):
    vm.run("udpecho &")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(60)
        client.connect(("127.0.0.1", forwarded))
        for size in (1, 2, 100, 1000, 1472):
            client.send(bytes(size))
            assert client.recv(2048) == bytes(size)
    vm.run("killall udpecho")


def test_ping_can_be_interrupted(vm):
    vm.start("ping 10.0.2.2")
    vm.expect("icmp_seq=2 ")
    vm.send("\x03")
    vm.expect(r"packets transmitted, .* received")
    vm.wait_prompt()


def test_unplugged_link_and_back(vm):
    vm.set_link(0, False)
    vm.wait_until("the link is down", lambda: "RUNNING" not in vm.run("ifconfig eth0"))
    assert " 0 received" in vm.run("ping -c 1 -W 1 10.0.2.2")
    vm.set_link(0, True)
    vm.wait_until("the link is up", lambda: "RUNNING" in vm.run("ifconfig eth0"))
    vm.wait_until("ping answered", lambda: "1 received" in vm.run("ping -c 1 -W 1 10.0.2.2"))


def test_interface_down_and_up(vm):
    vm.check("ifconfig eth0 down")
    assert vm.run("ping -c 1 -W 1 10.0.2.2 > /dev/null; echo $?").strip() != "0"
    vm.check("ifconfig eth0 up")
    vm.check("route add default gw 10.0.2.2")
    vm.wait_until("ping answered", lambda: "1 received" in vm.run("ping -c 1 -W 1 10.0.2.2"))


def test_prompt_comes_soon():
    """The user's first impression; generous, for the machine may be busy."""
    with VM(nets=[User()]) as machine:
        machine.wait_prompt(20)
        assert "10.0.2.15" in machine.console_text() or "10.0.2.15" in machine.run("ifconfig eth0")
