"""ARP on the wire: RFC 826, RFC 1122 §2.3.2, RFC 5227."""

import time

import pytest
from lib.wire import ARP, HOST_IP, ICMP, IP, SKBOX_IP, SKBOX_MAC, Ether, is_echo_reply

OTHER_MAC = "02:00:00:00:00:55"


def is_arp(packet, op, **fields):
    return ARP in packet and packet[ARP].op == op and all(getattr(packet[ARP], k) == v for k, v in fields.items())


def ask(wire, **fields):
    wire.send(Ether(src=wire.mac, dst="ff:ff:ff:ff:ff:ff") /
              ARP(**{"op": 1, "hwsrc": wire.mac, "psrc": HOST_IP, "pdst": SKBOX_IP, **fields}))


def test_request_for_us_is_answered_by_unicast(wire):
    ask(wire)
    answer = wire.expect(lambda p: is_arp(p, 2))
    assert answer.dst == wire.mac
    assert (answer[ARP].hwsrc, answer[ARP].psrc) == (SKBOX_MAC, SKBOX_IP)
    assert (answer[ARP].hwdst, answer[ARP].pdst) == (wire.mac, HOST_IP)
    assert len(bytes(answer)) == 60


def test_request_for_another_is_not_answered(wire):
    ask(wire, pdst="10.9.0.77")
    wire.expect_silence(lambda p: is_arp(p, 2), "an ARP reply for another's address")


def test_probe_is_answered_and_not_cached(vm, wire):
    """RFC 5227 §1.1: a probe's sender address is zero."""
    ask(wire, psrc="0.0.0.0", hwsrc=OTHER_MAC)
    wire.expect(lambda p: is_arp(p, 2))
    assert "0.0.0.0" not in vm.run("arp -n")


@pytest.mark.parametrize("fields", [{"hwtype": 6}, {"ptype": 0x86DD}, {"hwlen": 5}, {"plen": 16}, {"op": 0},
                                    {"op": 25}, {"hwlen": 255, "plen": 255}])
def test_malformed_arp_is_dropped(vm, wire, fields):
    before = sum(v for k, v in vm.drops().items() if k.startswith("ARP_"))
    wire.send(Ether(src=wire.mac, dst="ff:ff:ff:ff:ff:ff") /
              ARP(**{"op": 1, "hwsrc": wire.mac, "psrc": HOST_IP, "pdst": SKBOX_IP, **fields}))
    wire.expect_silence(lambda p: is_arp(p, 2), "an answer to malformed ARP")
    assert sum(v for k, v in vm.drops().items() if k.startswith("ARP_")) == before + 1


def test_packets_wait_for_resolution_and_go_out_in_order(vm, wire):
    """RFC 1122 §2.3.2.2: what waits for the address is kept, not lost."""
    wire.answer_arp = False
    try:
        vm.start("ping -c 1 -W 60 10.9.0.33")
        request = wire.expect(lambda p: is_arp(p, 1, pdst="10.9.0.33"))
        assert request.dst == "ff:ff:ff:ff:ff:ff"
        wire.send(Ether(src=OTHER_MAC, dst=SKBOX_MAC) /
                  ARP(op=2, hwsrc=OTHER_MAC, psrc="10.9.0.33", hwdst=SKBOX_MAC, pdst=SKBOX_IP))
        ping = wire.expect(lambda p: ICMP in p and p[ICMP].type == 8 and p[IP].dst == "10.9.0.33")
        assert ping.dst == OTHER_MAC
        wire.send(Ether(src=OTHER_MAC, dst=SKBOX_MAC) / IP(src="10.9.0.33", dst=SKBOX_IP) /
                  ICMP(type=0, id=ping[ICMP].id, seq=ping[ICMP].seq) / ping[ICMP].payload)
        vm.expect(r"1 packets transmitted, 1 received")
        vm.wait_prompt()
    finally:
        wire.answer_arp = True


def test_unanswered_request_is_repeated_once_a_second_and_then_fails(vm, wire):
    """RFC 1122 §2.3.2.1: no flood; then the sender hears of it."""
    begin = time.monotonic()
    vm.start("ping -c 1 -W 60 10.9.0.44")
    vm.expect(r"From 10\.9\.0\.2 icmp_seq=1 Destination Host Unreachable")
    assert time.monotonic() - begin > 2.9
    vm.wait_prompt()
    wire.fence()
    assert sum(is_arp(p, 1, pdst="10.9.0.44") for p in wire.seen) == 3
    assert "FAILED" in vm.run("ip neigh show") or "10.9.0.44" not in vm.run("ip neigh show")


def test_gratuitous_arp_updates_a_known_neighbour_only(vm, wire):
    ask(wire)
    wire.expect(lambda p: is_arp(p, 2))
    wire.send(Ether(src=OTHER_MAC, dst="ff:ff:ff:ff:ff:ff") /
              ARP(op=1, hwsrc=OTHER_MAC, psrc="10.9.0.66", pdst="10.9.0.66"))
    wire.fence()
    assert "10.9.0.66" not in vm.run("arp -n")


def test_conflict_is_reported_and_defended(vm, wire):
    """RFC 5227 §2.4: one defence in DEFEND_INTERVAL."""
    for _ in range(3):
        wire.send(Ether(src=OTHER_MAC, dst="ff:ff:ff:ff:ff:ff") /
                  ARP(op=1, hwsrc=OTHER_MAC, psrc=SKBOX_IP, pdst=SKBOX_IP))
    wire.expect(lambda p: is_arp(p, 1, psrc=SKBOX_IP, pdst=SKBOX_IP, hwsrc=SKBOX_MAC), what="a defence")
    wire.expect_silence(lambda p: is_arp(p, 1, psrc=SKBOX_IP, pdst=SKBOX_IP), "a second defence")
    assert OTHER_MAC in vm.run("dmesg")


def test_own_entry_is_never_taken_from_the_wire(vm, wire):
    ask(wire, psrc=SKBOX_IP, hwsrc=OTHER_MAC)
    wire.send(wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP) / ICMP(id=3, seq=3))
    wire.expect(lambda p: is_echo_reply(p, 3, 3))
    assert f"{SKBOX_IP} " not in vm.run("arp -n")
