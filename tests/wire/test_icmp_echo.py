"""ICMP echo on the wire: RFC 792, RFC 1122 §3.2.2.6, and the frames around it."""

import pytest
from lib.wire import HOST_IP, ICMP, IP, SKBOX_IP, SKBOX_MAC, Ether, Raw, is_echo_reply


def echo(wire, ident=1, seq=1, payload=b"", **ip):
    return wire.ether() / IP(**{"src": HOST_IP, "dst": SKBOX_IP, **ip}) / ICMP(id=ident, seq=seq) / Raw(payload)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 18, 55, 56, 57, 255, 1000, 1471, 1472])
def test_reply_carries_the_request(wire, size):
    payload = bytes(i * 7 & 0xFF for i in range(size))
    wire.send(echo(wire, 7, size, payload))
    reply = wire.expect(lambda p: is_echo_reply(p, 7, size))
    assert (reply.src, reply.dst) == (SKBOX_MAC, wire.mac)
    assert (reply[IP].src, reply[IP].dst) == (SKBOX_IP, HOST_IP)
    assert bytes(reply[ICMP].payload)[:size] == payload
    assert reply[IP].len == 28 + size
    again = IP(bytes(reply[IP])[:reply[IP].len])
    del again.chksum, again[ICMP].chksum
    again = IP(bytes(again))
    assert (again.chksum, again[ICMP].chksum) == (reply[IP].chksum, reply[ICMP].chksum)


def test_short_frames_are_padded_with_zeros(wire):
    wire.send(echo(wire, 8, 1))
    reply = wire.expect(lambda p: is_echo_reply(p, 8, 1))
    frame = bytes(reply)
    assert len(frame) == 60
    assert frame[42:] == bytes(18)


def test_link_padding_is_not_payload(wire):
    wire.send(bytes(echo(wire, 9, 1, b"abc")) + b"\xAA" * 100)
    reply = wire.expect(lambda p: is_echo_reply(p, 9, 1))
    assert reply[IP].len == 31


def test_bad_icmp_checksum_is_dropped_and_counted(vm, wire):
    before = vm.snmp("Icmp")["InCsumErrors"]
    packet = echo(wire, 10, 1, b"x")
    packet[ICMP].chksum = 0x1234
    wire.send(packet)
    wire.expect_silence(lambda p: is_echo_reply(p, 10, 1), "an echo reply")
    assert vm.snmp("Icmp")["InCsumErrors"] == before + 1


def test_broadcast_echo_is_ignored(vm, wire):
    for dst in ("10.9.0.255", "255.255.255.255"):
        wire.send(Ether(src=wire.mac, dst="ff:ff:ff:ff:ff:ff") / IP(src=HOST_IP, dst=dst) / ICMP(id=11))
    wire.expect_silence(lambda p: is_echo_reply(p, 11, 0), "an answer to a broadcast echo")


def test_unicast_ip_in_a_broadcast_frame_is_dropped(wire):
    """RFC 1122 §3.3.6."""
    wire.send(Ether(src=wire.mac, dst="ff:ff:ff:ff:ff:ff") / IP(src=HOST_IP, dst=SKBOX_IP) / ICMP(id=12))
    wire.expect_silence(lambda p: is_echo_reply(p, 12, 0), "an answer to a unicast packet in a broadcast frame")


def test_frames_for_another_host_are_dropped(vm, wire):
    before = vm.drops().get("OTHERHOST", 0)
    wire.send(Ether(src=wire.mac, dst="52:54:00:aa:bb:cc") / IP(src=HOST_IP, dst=SKBOX_IP) / ICMP(id=13))
    wire.expect_silence(lambda p: is_echo_reply(p, 13, 0))
    assert vm.drops().get("OTHERHOST", 0) in (before, before + 1)
