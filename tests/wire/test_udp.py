"""UDP on the wire: RFC 768, RFC 1122 §4.1."""

import pytest
from lib.wire import HOST_IP, ICMP, IP, SKBOX_IP, UDP, Raw

PORT = 7007


@pytest.fixture(scope="module")
def prepare():
    return lambda vm: vm.run(f"udpecho -p {PORT} &")


def datagram(wire, payload=b"", sport=4000, dport=PORT, **udp):
    return wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP) / UDP(sport=sport, dport=dport, **udp) / Raw(payload)


def is_echo(packet, sport=4000):
    return UDP in packet and packet[UDP].sport == PORT and packet[UDP].dport == sport


@pytest.mark.parametrize("size", [0, 1, 2, 17, 18, 19, 100, 1471, 1472])
def test_echo_of_every_size(wire, size):
    payload = bytes(i * 31 & 0xFF for i in range(size))
    wire.send(datagram(wire, payload, 4000 + size))
    answer = wire.expect(lambda p: is_echo(p, 4000 + size))
    assert bytes(answer[UDP].payload)[:size] == payload
    assert answer[UDP].len == 8 + size
    again = IP(bytes(answer[IP])[:answer[IP].len])
    del again[UDP].chksum
    assert IP(bytes(again))[UDP].chksum == answer[UDP].chksum


def test_checksum_zero_means_none(wire):
    wire.send(datagram(wire, b"no checksum", 4100, chksum=0))
    assert bytes(wire.expect(lambda p: is_echo(p, 4100))[UDP].payload)[:11] == b"no checksum"


def test_bad_checksum_is_dropped_and_counted(vm, wire):
    before = vm.snmp("Udp")["InCsumErrors"]
    wire.send(datagram(wire, b"bad", 4101, chksum=0x1234))
    wire.send(datagram(wire, b"good", 4102))
    wire.expect(lambda p: is_echo(p, 4102))
    assert not any(is_echo(p, 4101) for p in wire.seen)
    assert vm.snmp("Udp")["InCsumErrors"] == before + 1


@pytest.mark.parametrize("length", [0, 7, 100, 65535])
def test_lying_length_is_dropped(vm, wire, length):
    before = vm.snmp("Udp")["InErrors"]
    wire.send(datagram(wire, b"abc", 4103, len=length, chksum=0))
    wire.expect_silence(lambda p: is_echo(p, 4103))
    assert vm.snmp("Udp")["InErrors"] == before + 1


def test_length_below_the_packet_trims_it(wire):
    wire.send(datagram(wire, b"abcdef", 4104, len=8 + 3, chksum=0))
    assert wire.expect(lambda p: is_echo(p, 4104))[UDP].len == 11


def test_closed_port_gets_port_unreachable(vm, wire):
    before = vm.snmp("Udp")["NoPorts"]
    sent = datagram(wire, b"anybody?", 4105, 9999)
    wire.send(sent)
    answer = wire.expect(lambda p: ICMP in p and p[ICMP].type == 3)
    assert answer[ICMP].code == 3
    quoted = bytes(answer[ICMP].payload)
    assert quoted[:28] == bytes(sent[IP])[:28]
    assert vm.snmp("Udp")["NoPorts"] == before + 1


def test_unreachables_are_rate_limited(wire):
    """RFC 1812 §4.3.2.8: a flood to closed ports is not answered packet by packet."""
    for i in range(300):
        wire.send(datagram(wire, b"", 5000 + i, 9999))
    wire.fence()
    answers = [p for p in wire.seen if ICMP in p and p[ICMP].type == 3]
    assert len(answers) < 100


def test_source_broadcast_port_zero(vm, wire):
    wire.send(datagram(wire, b"to port 0", 4106, 0))
    wire.send(datagram(wire, b"from port 0", 0, PORT))
    wire.fence()
