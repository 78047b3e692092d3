"""Linux's own stack on the other end of a tap: both ways, in bulk, byte by byte."""

import contextlib
import random
import re
import select
import socket
import subprocess

import pytest
from lib.vm import VM, Tap

GUEST, HOST = "10.77.0.2", "10.77.0.1"


@contextlib.contextmanager
def boot():
    with VM(append=f"ip={GUEST}::{HOST}:255.255.255.0:skbox:eth0:off", nets=[Tap(address=HOST)], mem=128) as vm:
        vm.wait_prompt()
        vm.run("udpecho &")
        yield vm


@pytest.fixture(autouse=True)
def vm(shared):
    with shared.lend(boot) as vm:
        before = vm.pool_in_use()
        yield vm
        if not shared.failed():
            vm.wait_until("the packet pool is back at its baseline", lambda: vm.pool_in_use() <= before)


def host_ping(*args, deadline=200):
    run = subprocess.run(["ping", "-n", *args, GUEST], capture_output=True, text=True, timeout=deadline)
    return run.stdout


def linux_pings(count, *args):
    """Until @count are answered, however late."""
    return f" {count} received" in host_ping("-c", str(count), "-w", "60", "-i", "0.05", *args)


def test_flood_ping_loses_nothing(vm):
    before = vm.snmp("Icmp")
    text = host_ping("-f", "-c", "20000", "-q")
    sent, received = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", text).groups())
    assert sent == 20000
    # ping does not wait long for the last ones: what counts is what has been answered.
    after = vm.snmp("Icmp")
    assert [after[name] - before[name] for name in ("InEchos", "OutEchoReps")] == [20000, 20000]
    assert received > 19900, text


@pytest.mark.parametrize("size", [0, 1, 8, 1400, 1472])
def test_linux_pings_us(vm, size):
    assert linux_pings(5, "-s", str(size))


@pytest.mark.parametrize("size", [0, 8, 56, 1400, 1472])
def test_we_ping_linux(vm, size):
    assert "5 received" in vm.check(f"ping -c 5 -i 0.05 -s {size} {HOST}")


def test_flood_ping_of_ours(vm):
    text = vm.check(f"ping -f -q -c 2000 {HOST}", deadline=60)
    assert re.search(r"2000 packets transmitted, 2000 received", text), text


def test_udp_echo_of_100000_datagrams(vm):
    """Every size from 1 to 1472, verified byte by byte; a window keeps the queues from overflowing, so nothing may be lost."""
    rng = random.Random(20)
    noise = rng.randbytes(4096)
    total, window = 100_000, 32
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((GUEST, 7))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

        def payload(n):
            size = n % 1472 + 1
            head = n.to_bytes(4, "big")
            return (head + noise[n % 2000:])[:size]

        sent = got = 0
        while got < total:
            while sent < total and sent - got < window:
                s.send(payload(sent))
                sent += 1
            assert select.select([s], [], [], 30)[0], f"echo {got} of {sent} sent did not come back"
            assert s.recv(4096) == payload(got), f"echo {got} differs"
            got += 1


def test_port_unreachable_reaches_linux(vm):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(30)
        s.connect((GUEST, 4999))
        s.send(b"x")
        with pytest.raises(ConnectionRefusedError):
            s.recv(10)


def test_port_unreachable_from_linux_reaches_us(vm):
    text = vm.run(f"echo hi | nc -u -w 60 {HOST} 4998; echo status $?")
    assert "refused" in text.lower(), text


def test_linux_sees_our_arp_entry_and_we_see_its(vm):
    linux_pings(1)
    assert "52:54:00:00:00:01" in subprocess.run(["ip", "neigh"], capture_output=True, text=True).stdout
    assert HOST in vm.run("arp -n")
    assert re.search(rf"{HOST} dev eth0 lladdr [0-9a-f:]+ (REACHABLE|STALE|DELAY|PROBE)", vm.run("ip neigh show"))


def test_arping_from_linux(vm):
    run = subprocess.run(["arping", "-c", "3", "-w", "60", "-I", "sktap0", GUEST], capture_output=True, text=True)
    # One of the three may be a request of ours, which happens to come in between.
    assert run.stdout.count("Unicast reply from 10.77.0.2 [52:54:00:00:00:01]") >= 2, run.stdout


def test_static_arp_entries(vm):
    vm.check("arp -s 10.77.0.9 02:00:00:00:00:09")
    assert "02:00:00:00:00:09" in vm.run("arp -n")
    assert "PERMANENT" in vm.run("ip neigh show")
    vm.check("arp -d 10.77.0.9")
    assert "02:00:00:00:00:09" not in vm.run("arp -n")


def test_second_address(vm):
    vm.check("ip addr add 10.77.0.12/24 dev eth0")
    run = subprocess.run(["ping", "-c", "1", "-w", "60", "10.77.0.12"], capture_output=True, text=True)
    assert "1 received" in run.stdout
    vm.check("ip addr del 10.77.0.12/24 dev eth0")
    run = subprocess.run(["ping", "-c", "1", "-W", "1", "10.77.0.12"], capture_output=True, text=True)
    assert "0 received" in run.stdout
    assert linux_pings(5)
