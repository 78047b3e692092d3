"""The spy and the dropper in a router: what they see at each hook, and what goes on."""

import contextlib

import pytest
from lib.vm import VM
from lib.wire import HOST_IP, ICMP, IP, SKBOX_IP, SKBOX_MAC, STATIC, UDP, Raw, Wire

FAR_IP = "10.8.0.1"
ROUTER = f"quiet {STATIC} ip=10.8.0.2::{FAR_IP}:255.255.255.0::eth1:off sysctl.net.ipv4.ip_forward=1"


@pytest.fixture(scope="module")
def net():
    near, far = Wire(), Wire(ip=FAR_IP)
    with VM(append=ROUTER, nets=[near, far]) as vm:
        vm.wait_prompt()
        vm.check(f"arp -s {HOST_IP} {near.mac}; arp -s {FAR_IP} {far.mac}")
        yield vm, near, far


@contextlib.contextmanager
def loaded(vm, *modules):
    before = vm.pool_in_use()
    try:
        for module in modules:
            vm.check(f"module load {module}")
        yield
    finally:
        for module in modules:
            vm.run(f"module unload {module.split()[0]}")
    vm.wait_until("the packet pool is back at its baseline", lambda: vm.pool_in_use() <= before)


def send(wire, destination, number, source=HOST_IP):
    wire.send(wire.ether(SKBOX_MAC) / IP(src=source, dst=destination) / UDP(sport=1000 + number, dport=2000) / Raw(b"x" * 10))


def spied(vm):
    rows = (line.split() for line in vm.proc("net/spy").splitlines())
    return {(row[0], row[1]): (int(row[2]), int(row[3])) for row in rows if len(row) == 4 and row[2].isdigit()}


def test_a_forwarded_packet_passes_three_hooks(net):
    vm, near, far = net
    with loaded(vm, "spy last=3"):
        for number in range(20):
            send(near, FAR_IP, number)
            far.expect(lambda p: UDP in p and p[UDP].sport == 1000 + number and p[IP].ttl == 63)
        assert spied(vm) == {(hook, "udp"): (20, 20 * 38) for hook in ("PRE_ROUTING", "FORWARD", "POST_ROUTING")}
        rows = [line.split(maxsplit=1)[1] for line in vm.proc("net/spy").splitlines()[-3:]]
        assert [" ".join(row.split()) for row in rows] == [
            f"PRE_ROUTING eth0 - udp {HOST_IP}:1019 > {FAR_IP}:2000 len 38 ttl 64",
            f"FORWARD eth0 eth1 udp {HOST_IP}:1019 > {FAR_IP}:2000 len 38 ttl 63",
            f"POST_ROUTING - eth1 udp {HOST_IP}:1019 > {FAR_IP}:2000 len 38 ttl 63"]


def test_a_packet_for_us_passes_the_others(net):
    vm, near, _ = net
    with loaded(vm, "spy"):
        near.send(near.ether(SKBOX_MAC) / IP(src=HOST_IP, dst=SKBOX_IP) / ICMP(id=1, seq=7))
        near.expect(lambda p: ICMP in p and p[ICMP].type == 0 and p[ICMP].seq == 7)
        assert spied(vm) == {(hook, "icmp"): (1, 28) for hook in ("PRE_ROUTING", "LOCAL_IN", "LOCAL_OUT", "POST_ROUTING")}


def test_a_dropper_between_two_nets(net):
    vm, near, far = net
    drops = vm.drops().get("NETFILTER", 0)
    with loaded(vm, "spy", "dropper hook=FORWARD addr=10.9.0.66"):
        for number in range(10):
            send(near, FAR_IP, 100 + number, source="10.9.0.66")
            send(near, FAR_IP, number)
            far.expect(lambda p: UDP in p and p[UDP].sport == 1000 + number)
        assert not [p for p in far.seen if UDP in p and p[IP].src == "10.9.0.66"]
        assert spied(vm)[("FORWARD", "udp")][0] == 20 and spied(vm)[("POST_ROUTING", "udp")][0] == 10
        assert "matched 10\ndropped 10" in vm.proc("net/dropper")
        assert vm.drops()["NETFILTER"] == drops + 10
        row = next(line.split() for line in vm.proc("net/nf_hooks").splitlines() if " dropper " in line)
        assert row == ["FORWARD", "0", "dropper", "20", "10", "10", "0", "0", "0"]
