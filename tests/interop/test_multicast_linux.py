"""Multicast with Linux on the other end of a tap: it sends to our groups, we send to its."""

import contextlib
import socket
import struct

import pytest
from lib.vm import VM, Tap

GUEST, HOST = "10.77.0.2", "10.77.0.1"
GROUP, PORT = "239.1.2.3", 7008


@contextlib.contextmanager
def boot():
    with VM(append=f"ip={GUEST}::{HOST}:255.255.255.0:skbox:eth0:off", nets=[Tap(address=HOST)], mem=128) as vm:
        vm.wait_prompt()
        vm.run(f"udpecho -p {PORT} -g {GROUP} &")
        yield vm


@pytest.fixture
def vm(shared):
    with shared.lend(boot) as vm:
        yield vm


@pytest.fixture
def linux():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(HOST))
        s.settimeout(60)
        yield s


def test_linux_sends_and_we_hear(vm, linux):
    for i in range(50):
        linux.sendto(b"to the group %d" % i, (GROUP, PORT))
        assert linux.recvfrom(100) == (b"to the group %d" % i, (GUEST, PORT))


def test_we_send_and_linux_hears(vm, linux):
    linux.bind(("", 7100))
    linux.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     struct.pack("4s4s", socket.inet_aton("239.7.7.7"), socket.inet_aton(HOST)))
    vm.run("echo to Linux | nc -u -w 1 239.7.7.7 7100")
    data, peer = linux.recvfrom(100)
    assert data == b"to Linux\n" and peer[0] == GUEST
