"""ping's rarer options, between Linux and us: record route, timestamps, source routes, pacing."""

import contextlib
import re
import socket
import subprocess

import pytest
from lib.vm import VM, Tap

GUEST, HOST = "10.77.0.2", "10.77.0.1"


@contextlib.contextmanager
def boot():
    with VM(append=f"ip={GUEST}::{HOST}:255.255.255.0:skbox:eth0:off", nets=[Tap(address=HOST)], mem=128) as vm:
        vm.wait_prompt()
        vm.check(f"ping -c 1 -w 60 {HOST}")
        yield vm


@pytest.fixture
def vm(shared):
    with shared.lend(boot) as vm:
        yield vm


def linux(*args, target=GUEST):
    run = subprocess.run(["ping", "-n", "-w", "60", *args, target], capture_output=True, text=True, timeout=200)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def ours(vm, *args, target=HOST):
    return vm.check(f"ping -w 60 {' '.join(args)} {target}", deadline=120).replace("\r", "")


def recorded(text):
    return re.findall(r"\t(\d+\.\d+\.\d+\.\d+)", text)


def test_linux_has_its_route_recorded(vm):
    text = linux("-c", "2", "-i", "0.2", "-R")
    assert recorded(text) == [HOST, GUEST, HOST]
    assert "NOP" not in text and "(same route)" in text


def test_we_have_our_route_recorded(vm):
    text = ours(vm, "-c", "2", "-i", "0.1", "-R")
    assert f"PING {HOST} ({HOST}) 56(124) bytes of data." in text
    route = recorded(text)
    assert route[0] == GUEST and route[1] == HOST and set(route) == {GUEST, HOST}
    assert re.search(r"icmp_seq=1 ttl=64 time=[\d.]+ ms\nRR: \t", text) and "\t(same route)\n" in text


def test_timestamps(vm):
    for text in linux("-c", "1", "-T", "tsonly"), ours(vm, "-c", "1", "-T", "tsonly"):
        times = re.findall(r"\t(-?\d+)( absolute)?$", text, re.M)
        assert len(times) >= 2 and times[0][1] and int(times[0][0]) < 86400000
    for text in linux("-c", "1", "-T", "tsandaddr"), ours(vm, "-c", "1", "-T", "tsandaddr"):
        assert recorded(text)[:2] in ([HOST, GUEST], [GUEST, HOST])
    text = ours(vm, "-c", "1", "-T", "tsprespec", HOST)
    assert recorded(text) == [HOST]
    assert recorded(linux("-c", "1", "-T", "tsprespec", GUEST)) == [GUEST]


def source_routed():
    """What Linux gets when it asks for an echo from 10.77.0.12 by way of the guest: the ICMP type."""
    echo = bytes.fromhex("0800f7ff00000000")
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as s:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\x01\x83\x07\x04" + socket.inet_aton(GUEST))
        s.settimeout(60)
        s.sendto(echo, ("10.77.0.12", 0))
        while True:
            packet = s.recv(2000)
            if packet[12:16] != socket.inet_aton(HOST):
                return packet[(packet[0] & 15) * 4]


def test_linux_sends_by_a_source_route(vm):
    subprocess.run(["sysctl", "-qw", "net.ipv4.conf.all.accept_source_route=1"], check=True)
    vm.check("ip addr add 10.77.0.12/24 dev eth0")
    assert source_routed() == 3
    vm.check("sysctl net.ipv4.conf.all.accept_source_route=1")
    kind = source_routed()
    vm.check("sysctl net.ipv4.conf.all.accept_source_route=0; ip addr del 10.77.0.12/24 dev eth0")
    assert kind == 0


def test_we_ping_by_a_source_route(vm):
    subprocess.run(["sysctl", "-qw", "net.ipv4.conf.all.accept_source_route=1"], check=True)
    subprocess.run(["ip", "addr", "add", "10.77.0.3/24", "dev", "sktap0"], check=True)
    try:
        assert " 1 received" in ours(vm, "-c", "1", HOST, target="10.77.0.3")
    finally:
        subprocess.run(["ip", "addr", "del", "10.77.0.3/24", "dev", "sktap0"], check=True)


def test_pacing_and_forms(vm):
    assert re.search(r"^10 packets transmitted, 10 received.*\n.* ms, ipg/ewma [\d.]+/[\d.]+ ms", ours(vm, "-A", "-c", "10"), re.M)
    assert re.search(r"^5 packets transmitted, 5 received, 0% packet loss, time \d{1,3}ms", ours(vm, "-c", "5", "-l", "5"), re.M)
    assert re.search(r"^\[\d{9,}\.\d{6}\] 64 bytes from", ours(vm, "-c", "1", "-D"), re.M)
    assert f"from {GUEST} eth0: 56(84)" in ours(vm, "-c", "1", "-I", "eth0")
    assert f"from {GUEST} : 56(84)" in ours(vm, "-c", "1", "-I", GUEST)
    assert ours(vm, "-c", "1", "-p", "ff").startswith("PATTERN: 0xff\n")
    assert "ident=" in ours(vm, "-c", "1", "-v")
    assert "\a\n" in ours(vm, "-c", "1", "-a")
    assert " 1 received" in ours(vm, "-c", "1", "-r", "-B", "-C", "-U", "-m", "3", "-S", "65536")


def test_what_is_wrong_is_said(vm):
    assert "invalid timestamp type: foo" in vm.run(f"ping -T foo {HOST}")
    assert "only one of -T or -R may be used" in vm.run(f"ping -R -T tsonly {HOST}")
    assert vm.run(f"ping -c 1 -r 8.8.8.8; echo status $?").strip().endswith("status 1")
