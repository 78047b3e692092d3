"""TCP's receiver on the wire: segments by hand to the echo and discard services, and what comes back."""

import random

import pytest
from lib.wire import HOST_IP, IP, SKBOX_IP, Raw
from scapy.layers.inet import TCP, in4_chksum

OFFSET = 8000
ECHO, DISCARD = OFFSET + 7, OFFSET + 9
M = 1 << 32
ports = iter(range(20000, 60000))


@pytest.fixture(scope="module")
def prepare():
    def services(vm):
        vm.run(f"inetd -p {OFFSET} echo discard &")
        vm.wait_until("inetd listens", lambda: all(f":{port:04X} " in vm.proc("net/tcp") for port in (ECHO, DISCARD)))
    return services


def stream(offset, size):
    return bytes((i * 31 + (i >> 8) * 7) & 0xFF for i in range(offset, offset + size))


def segment(packet):
    """TCP's part of @packet, without the padding of a short frame."""
    return IP(bytes(packet[IP])[:packet[IP].len])[TCP]


class Conn:
    """Our side of a connection to the machine; numbers are relative to both first ones."""

    def __init__(self, wire, port=DISCARD, isn=0xFFFFFFF0, options=(("MSS", 1460), ("SAckOK", b""))):
        self.wire, self.port, self.sport, self.isn, self.theirs = wire, port, next(ports), isn, 0
        self.ts = None
        self.send("S", -1, options=list(options))
        answer = self.expect(lambda t: t.flags.S and t.flags.A, "SYN-ACK")
        self.syn_ack = answer
        self.theirs = answer.seq + 1
        self.send("A")

    def send(self, flags, seq=0, ack=0, data=b"", options=None, **more):
        tcp = TCP(sport=self.sport, dport=self.port, flags=flags, seq=(self.isn + 1 + seq) % M,
                  ack=(self.theirs + ack) % M if "A" in flags else 0, options=options or [], **more)
        self.wire.send(self.wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP) / tcp / Raw(data))

    def is_mine(self, packet):
        return TCP in packet and packet[TCP].sport == self.port and packet[TCP].dport == self.sport

    def expect(self, wanted, what="a segment"):
        return segment(self.wire.expect(lambda p: self.is_mine(p) and wanted(segment(p)), what=what))

    def expect_ack(self, ack, what=None):
        """The first segment that acknowledges up to @ack exactly."""
        return self.expect(lambda t: t.flags.A and (t.ack - self.isn - 1) % M == ack % M, what or f"ACK {ack}")

    def silence(self, unwanted=lambda t: True):
        self.wire.expect_silence(lambda p: self.is_mine(p) and unwanted(segment(p)), "a segment")

    def blocks(self, tcp):
        flat = dict(tcp.options).get("SAck", ())
        return [tuple((n - self.isn - 1) % M for n in flat[i:i + 2]) for i in range(0, len(flat), 2)]

    def abort(self, seq):
        self.send("R", seq)


def test_syn_ack_is_linux_s(wire):
    c = Conn(wire, options=[("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)])
    assert [name for name, _ in c.syn_ack.options] == ["MSS", "SAckOK", "Timestamp", "NOP", "WScale"]
    assert dict(c.syn_ack.options)["WScale"] == 7
    assert dict(c.syn_ack.options)["Timestamp"][1] == 1
    assert c.syn_ack.window == 65160
    c.send("R", 0)


def test_data_comes_back(wire):
    c = Conn(wire, ECHO)
    data, got = stream(0, 1000), b""
    c.send("PA", data=data)
    while len(got) < len(data):
        t = c.expect(lambda t: len(bytes(t.payload)) > 0, "the echo")
        got += bytes(t.payload)[:len(data) - len(got)]
        c.send("A", len(data), len(got))
    assert got == data
    c.abort(1000)


def test_any_order_comes_back_in_order(wire):
    c = Conn(wire, ECHO)
    size, at = 20000, 0
    pieces = []
    while at < size:
        n = random.randrange(1, 1400)
        pieces.append((at, min(n, size - at)))
        at += n
    random.shuffle(pieces)
    for at, n in pieces + pieces[:5]:
        c.send("PA", at, data=stream(at, n))
    end = 0

    def all_there(t):
        """Also when some of it comes again, cut otherwise."""
        nonlocal end
        payload, at = bytes(t.payload), (t.seq - c.theirs) % M
        assert payload == stream(at, len(payload)) and at <= end
        end = max(end, at + len(payload))
        if payload:
            c.send("A", size, end)
        return end == size
    c.expect(all_there, "all of the echo")
    c.abort(size)


def test_sack_and_dsack(wire):
    c = Conn(wire)
    c.send("A", 100, data=stream(100, 100))
    assert c.blocks(c.expect_ack(0)) == [(100, 200)]
    c.send("A", 300, data=stream(300, 100))
    assert c.blocks(c.expect_ack(0)) == [(300, 400), (100, 200)]
    c.send("A", 100, data=stream(100, 50))
    assert c.blocks(c.expect_ack(0)) == [(100, 150), (100, 200), (300, 400)]
    c.send("A", 0, data=stream(0, 100))
    assert c.blocks(c.expect_ack(200)) == [(300, 400)]
    c.send("A", 200, data=stream(200, 100))
    assert c.blocks(c.expect_ack(400)) == []
    c.send("A", 0, data=stream(0, 400))
    assert c.blocks(c.expect_ack(400)) == [(0, 400)]
    c.abort(400)


def test_segments_outside_the_window(wire):
    c = Conn(wire)
    c.send("A", -5000, data=b"old")
    c.expect_ack(0)
    c.send("A", 1 << 30, data=b"far")
    c.expect_ack(0)
    c.send("A", 0, data=b"good")
    c.expect_ack(4)
    c.abort(4)


def test_reset_exactly(vm, wire):
    c = Conn(wire, ECHO)
    resets = vm.snmp("Tcp")["EstabResets"]
    c.send("R", 1)
    c.expect_ack(0, "a challenge ACK")
    c.send("R", 70000)
    c.silence()
    c.send("R", 0)
    c.silence()
    assert vm.snmp("Tcp")["EstabResets"] == resets + 1
    # The connection is no more: what comes is answered as to a closed port.
    c.send("A", 0, data=b"still there?")
    assert c.expect(lambda t: t.flags.R, "RST").seq == c.theirs


def test_syn_into_a_connection(wire):
    c = Conn(wire)
    c.send("S", 3)
    assert c.expect_ack(0, "a challenge ACK").flags == "A"
    c.send("A", 0, data=b"alive")
    c.expect_ack(5)
    c.abort(5)


def test_ack_of_what_was_never_sent_is_not_taken(wire):
    c = Conn(wire)
    c.send("A", 0, 1000, data=b"bad")
    c.silence(lambda t: (t.ack - c.isn - 1) % M == 3)
    c.send("A", 0, 0, data=b"good")
    c.expect_ack(4)
    c.abort(4)


def test_paws(wire):
    c = Conn(wire, options=[("MSS", 1460), ("SAckOK", b""), ("Timestamp", (10000, 0))])
    theirs = dict(c.syn_ack.options)["Timestamp"][0]

    def send(tsval, seq, data):
        c.send("PA", seq, data=data, options=[("NOP", None), ("NOP", None), ("Timestamp", (tsval, theirs))])
    send(10010, 0, b"12345")
    c.expect_ack(5)
    send(10000, 5, b"old!!")
    t = c.expect_ack(5, "the answer to an old timestamp")
    assert dict(t.options)["Timestamp"][1] == 10010
    send(10011, 5, b"67890")
    c.expect_ack(10)
    c.abort(10)


def test_fin_after_data_out_of_order(wire):
    c = Conn(wire, ECHO)
    c.send("FPA", 100, data=stream(100, 50))
    c.expect_ack(0)
    c.send("A", 0, data=stream(0, 100))
    fin = c.expect(lambda t: t.flags.F, "FIN")
    assert (fin.ack - c.isn - 1) % M == 151
    sent = (fin.seq + len(bytes(fin.payload)) - c.theirs) % M
    assert sent == 150
    c.send("A", 151, sent + 1)
    c.silence(lambda t: t.flags.F)


def test_no_flags_at_all(wire):
    c = Conn(wire)
    c.send("", 0, data=b"null")
    c.send("F", 0)
    c.silence()
    c.send("A", 0, data=b"good")
    c.expect_ack(4)
    c.abort(4)


def test_tiny_segments_in_masses(vm, wire):
    c = Conn(wire)
    size = 2000
    for at in range(0, size, 2):
        c.send("A", at + 2, data=stream(at + 2, 1))
    c.send("A", 0, data=stream(0, 1400))
    c.send("A", 1400, data=stream(1400, size + 3 - 1400))
    c.expect_ack(size + 3)
    c.abort(size + 3)


@pytest.mark.parametrize("options", [
    b"\x02\x04\x00\x00", b"\x02\x04\xff\xff", b"\x02\x02\x00\x00", b"\x03\x03\xff\x00", b"\x02\x00\x00\x00",
    b"\xff\xff\xff\xff" * 10, b"\x05\x0a" + b"\xff" * 10, b"\x08\x0a" + b"\x00" * 10, b"\x22\x02\x01\x01",
    b"\x01" * 40, b"\x00" * 40, b"\x05\xff" + b"\x01" * 38,
], ids=lambda o: o[:6].hex())
def test_option_garbage_in_a_syn(wire, options):
    sport = next(ports)
    tcp = bytearray(bytes(TCP(sport=sport, dport=DISCARD, flags="S", seq=7))[:20]) + options
    tcp[12] = len(tcp) // 4 << 4
    check = in4_chksum(6, IP(src=HOST_IP, dst=SKBOX_IP), bytes(tcp))
    tcp[16:18] = check.to_bytes(2, "big")
    wire.send(wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP, proto=6) / Raw(bytes(tcp)))
    answer = wire.expect(lambda p: TCP in p and p[TCP].dport == sport, what="SYN-ACK")[TCP]
    assert answer.flags == "SA" and answer.ack == 8
    wire.send(wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP) / TCP(sport=sport, dport=DISCARD, flags="R", seq=8))


def test_bad_checksum_and_bad_length(vm, wire):
    c = Conn(wire)
    before = vm.snmp("Tcp")
    c.send("A", 0, data=b"bad", chksum=0x1234)
    c.send("A", 0, data=b"", dataofs=15)
    c.send("A", 0, data=b"", dataofs=4)
    c.silence()
    after = vm.snmp("Tcp")
    assert after["InCsumErrors"] == before["InCsumErrors"] + 1
    assert after["InErrs"] == before["InErrs"] + 3
    c.abort(0)
