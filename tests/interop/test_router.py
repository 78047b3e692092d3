"""Linux - skbox - Linux: what a router does, seen from both sides. Its two cards are of different kinds."""

import contextlib
import hashlib
import json
import random
import re
import socket
import subprocess

import pytest
from lib.namespace import Namespace
from lib.vm import VM, Tap

NEAR, NEAR_GW, FAR, FAR_GW = "10.77.0.1", "10.77.0.2", "10.78.0.1", "10.78.0.2"
ROUTER = (f"ip={NEAR_GW}:::255.255.255.0:router:eth0:off ip={FAR_GW}:::255.255.255.0::eth1:off "
          "sysctl.net.ipv4.ip_forward=1")

ECHO = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
s.bind(("", 7777))
print("ready", flush=True)
while True:
    data, who = s.recvfrom(65535)
    s.sendto(data, who)
"""

HASH = """
import hashlib, socket
s = socket.create_server(("", 7778))
print("ready", flush=True)
while True:
    c, _ = s.accept()
    h, n = hashlib.sha256(), 0
    while n < 20 << 20:
        data = c.recv(1 << 16)
        if not data:
            break
        h.update(data)
        n += len(data)
    c.sendall(h.digest() + bytes(range(256)) * (20 << 12))
    c.close()
"""


@contextlib.contextmanager
def boot():
    nets = [Tap(address=NEAR), Tap(name="sktap1", address="10.78.9.9")]
    with Namespace() as far, VM(append=ROUTER, nets=nets, mem=128, card=["e1000", "e1000e"]) as vm:
        vm.wait_prompt()
        far.take("sktap1", f"{FAR}/24")
        far.run("ip", "route", "add", "10.77.0.0/24", "via", FAR_GW)
        subprocess.run(["ip", "route", "replace", "10.78.0.0/24", "via", NEAR_GW], check=True)
        far.python(ECHO)
        far.python(HASH)
        far.start("iperf3", "-s")
        vm.wait_until("iperf3 listens", lambda: far.run("ss", "-Hltn", "sport = :5201"))
        vm.far = far
        vm.wait_until("the way through is open", lambda: " 1 received" in ping("-c", "1", "-W", "1", FAR))
        yield vm


@pytest.fixture(autouse=True)
def vm(shared):
    with shared.lend(boot) as vm:
        before = vm.pool_in_use()
        yield vm
        if not shared.failed():
            vm.wait_until("the packet pool is back at its baseline", lambda: vm.pool_in_use() <= before)


def ping(*args):
    run = subprocess.run(["ping", "-n", *args], capture_output=True, text=True, timeout=200)
    return run.stdout + run.stderr


@pytest.mark.parametrize("size", [1, 56, 1472, 1473, 4000, 20000, 65507])
def test_ping_through(vm, size):
    assert " 5 received" in ping("-c", "5", "-w", "60", "-i", "0.05", "-s", str(size), FAR)
    assert " 5 received" in vm.far.run("ping", "-n", "-c", "5", "-w", "60", "-i", "0.05", "-s", str(size), NEAR)


@pytest.mark.parametrize("size", [1473, 4000, 65507])
def test_ping_of_the_router_itself(vm, size):
    assert " 5 received" in ping("-c", "5", "-w", "60", "-i", "0.05", "-s", str(size), FAR_GW)
    assert "5 received" in vm.check(f"ping -c 5 -i 0.05 -s {size} {FAR}")


def echo_udp(sizes):
    rng = random.Random(4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        s.settimeout(5)
        s.connect((FAR, 7777))
        for size in sizes:
            data = rng.randbytes(size)
            for attempt in range(5):
                s.send(data)
                with contextlib.suppress(TimeoutError):
                    if s.recv(65535) == data:
                        break
            else:
                raise AssertionError(f"{size} bytes did not come back")


def test_udp_of_every_size_through(vm):
    before = vm.snmp("Ip")
    echo_udp([1, 1472, 1473, 9000, 30000, 65506, 65507])
    after = vm.snmp("Ip")
    assert after["ForwDatagrams"] - before["ForwDatagrams"] > 150
    assert after["ReasmReqds"] == before["ReasmReqds"], "a router does not put together what passes"


@contextlib.contextmanager
def narrow(vm, mtu):
    """The far link takes @mtu bytes."""
    vm.check(f"ifconfig eth1 mtu {mtu}")
    vm.far.run("ip", "link", "set", "sktap1", "mtu", str(mtu))
    try:
        yield
    finally:
        vm.far.run("ip", "link", "set", "sktap1", "mtu", "1500")
        vm.check("ifconfig eth1 mtu 1500")
        subprocess.run(["ip", "route", "flush", "cache"], check=False)


def test_fragments_in_fragments(vm):
    before = vm.snmp("Ip")
    with narrow(vm, 600):
        assert " 3 received" in ping("-c", "3", "-w", "60", "-i", "0.05", "-M", "dont", "-s", "9000", FAR)
    after = vm.snmp("Ip")
    # Six of the seven pieces of each ping are too large, and become three.
    assert after["FragOKs"] - before["FragOKs"] == 3 * 6
    assert after["FragCreates"] - before["FragCreates"] == 3 * 6 * 3


def test_path_mtu_is_found(vm):
    with narrow(vm, 600):
        assert "mtu = 600" in ping("-c", "1", "-M", "do", "-s", "1400", FAR).replace("mtu=", "mtu = ")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.IPPROTO_IP, 10, 2)  # IP_MTU_DISCOVER: do
            s.connect((FAR, 7777))
            with pytest.raises(OSError):
                s.send(bytes(1000))
            assert s.getsockopt(socket.IPPROTO_IP, 14) == 600
            s.settimeout(30)
            s.send(bytes(572))
            assert len(s.recv(2000)) == 572
        # TCP, whose ends do not know of the narrow link's size beforehand.
        vm.far.run("ip", "route", "change", "10.77.0.0/24", "via", FAR_GW, "advmss", "1460")
        transfer()
        vm.far.run("ip", "route", "change", "10.77.0.0/24", "via", FAR_GW)


def transfer():
    data = random.Random(1).randbytes(20 << 20)
    with socket.create_connection((FAR, 7778), timeout=120) as s:
        s.sendall(data)
        got = bytearray()
        while len(got) < 32 + (20 << 20):
            part = s.recv(1 << 16)
            assert part, "the connection has ended early"
            got += part
    assert bytes(got[:32]) == hashlib.sha256(data).digest()
    assert bytes(got[32:]) == bytes(range(256)) * (20 << 12)


def test_tcp_through_byte_by_byte(vm):
    transfer()


@pytest.mark.parametrize("options", [[], ["-R"], ["-P", "4"], ["--bidir"]], ids=" ".join)
def test_iperf3_through(vm, options):
    text = subprocess.run(["iperf3", "-c", FAR, "-J", "-t", "2", *options], capture_output=True, text=True, timeout=120).stdout
    result = json.loads(text)
    assert "error" not in result, result["error"]
    rate = result["end"]["sum_received"]["bits_per_second"]
    print(f"{options}: {rate / 1e6:.0f} Mbit/s")
    assert result["end"]["sum_received"]["bytes"] > 1 << 20


@pytest.mark.parametrize("method", [[], ["-I"], ["-T", "-p", "7778"]], ids=["udp", "icmp", "tcp"])
def test_traceroute_of_linux(vm, method):
    # The kernel's limit is for each host that is complained to: one probe at a time is enough.
    text = subprocess.run(["traceroute", "-n", "-q", "1", "-w", "10", *method, FAR], capture_output=True, text=True, timeout=100).stdout
    hops = re.findall(r"^ *(\d+)  ([\d.]+)  ", text, re.M)
    assert hops == [("1", NEAR_GW), ("2", FAR)], text


@pytest.mark.parametrize("method", ["", "-I", "-T -p 7778"], ids=["udp", "icmp", "tcp"])
def test_traceroute_to_linux(vm, method):
    assert re.search(rf"^ 1  {FAR}  [\d.]+ ms$", vm.check(f"traceroute -n -q 1 -w 10 {method} {FAR}"), re.M)


def test_arping_both_ways(vm):
    text = subprocess.run(["arping", "-c", "2", "-w", "20", "-I", "sktap0", NEAR_GW], capture_output=True, text=True, timeout=60).stdout
    theirs = [re.sub(r"\d+\.\d{3}ms", "T", line) for line in text.splitlines()]
    text = vm.check(f"arping -c 2 -w 20 -I eth0 {NEAR}")
    ours = [re.sub(r"\d+\.\d{3}ms", "T", line) for line in text.splitlines()]
    mac = re.compile(r"\[[0-9A-F:]{17}\]")
    assert [mac.sub("M", x).replace(NEAR_GW, "B").replace(NEAR, "A").replace("sktap0", "D") for x in theirs] == \
        [mac.sub("M", x).replace(NEAR_GW, "A").replace(NEAR, "B").replace("eth0", "D") for x in ours]


def test_no_way_further(vm):
    assert "Destination Net Unreachable" in route_and_ping("10.79.0.1")
    assert "Destination Host Unreachable" in ping("-c", "1", "-w", "20", "10.78.0.99")


def route_and_ping(addr):
    subprocess.run(["ip", "route", "replace", f"{addr}/32", "via", NEAR_GW], check=True)
    return ping("-c", "1", "-w", "20", addr)


def test_record_route_and_timestamps_of_linux(vm):
    text = ping("-c", "1", "-w", "20", "-R", FAR)
    assert re.search(rf"RR:\s+{NEAR}\s+{FAR_GW}\s+{FAR}\s+{FAR}\s+{NEAR_GW}\s+{NEAR}", text), text
    text = ping("-c", "1", "-w", "20", "-T", "tsandaddr", FAR)
    assert FAR_GW in text, text


def test_forwarding_can_be_turned_off(vm):
    vm.check("sysctl -w net.ipv4.ip_forward=0")
    try:
        assert " 0 received" in ping("-c", "2", "-w", "2", FAR)
    finally:
        vm.check("sysctl -w net.ipv4.ip_forward=1")
    assert " 1 received" in ping("-c", "1", "-w", "60", FAR)
