"""TCP's segments as a card sends them: bursts that it cuts (TSO), their headers and sums; ECN, window probes."""

import contextlib
import itertools
import struct

import pytest
from lib.vm import VM
from lib.wire import HOST_IP, IP, SKBOX_IP, STATIC, Raw, Wire
from scapy.layers.inet import TCP

ECHO, CHARGEN = 7, 19
ports = itertools.count(20000)


@pytest.fixture(scope="module", params=["e1000", "e1000e"])
def boot(request):
    @contextlib.contextmanager
    def with_card():
        wire = Wire()
        with VM(append=f"quiet {STATIC}", nets=[wire], card=request.param) as vm:
            vm.wait_prompt()
            wire.fence()
            vm.run("inetd &")
            yield vm
    return with_card


def ones_sum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data[:len(data) & ~1])) + (data[-1] << 8 if len(data) & 1 else 0)
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def checked(packet):
    """A segment's payload, and that its lengths and sums are those of the wire."""
    ip = packet[IP]
    raw = bytes(ip)[:ip.len]
    assert ip.ihl == 5 and ip.flags == "DF"
    assert ones_sum(raw[:20]) == 0xffff, "IP's checksum"
    assert ones_sum(raw[12:20] + struct.pack("!HH", 6, len(raw) - 20) + raw[20:]) == 0xffff, "TCP's checksum"
    return raw[20 + ip[TCP].dataofs * 4:]


class Peer:
    """The other end of one connection; sequence numbers are relative."""

    def __init__(self, wire, dport, mss=1460, wscale=7, flags="S", options=()):
        self.wire, self.sport, self.dport = wire, next(ports), dport
        self.isn, self.nxt, self.una, self.again = 0x7fff0000, 1, 0, 0
        self.send(flags, seq=0, ack=None, window=65535, options=[("MSS", mss), ("WScale", wscale), *options])
        syn_ack = self.wire.expect(self.is_ours, what="a SYN-ACK")
        assert syn_ack[TCP].flags & 0x12 == 0x12
        checked(syn_ack)
        self.syn_ack, self.irs, self.una = syn_ack, syn_ack[TCP].seq, 1

    def is_ours(self, packet):
        return TCP in packet and packet[TCP].sport == self.dport and packet[TCP].dport == self.sport

    def send(self, flags="A", payload=b"", seq=None, ack=0, window=65535, options=()):
        seq = self.nxt if seq is None else seq
        ack = 0 if ack is None else (self.irs + (ack or self.una)) % 2**32
        self.wire.send(self.wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP) /
                       TCP(sport=self.sport, dport=self.dport, flags=flags, seq=(self.isn + seq) % 2**32, ack=ack,
                           window=window, options=list(options)) / Raw(payload))

    def recv(self, deadline=30):
        """The next segment: (packet, relative seq, payload)."""
        packet = self.wire.expect(self.is_ours, deadline, "a segment")
        return packet, (packet[TCP].seq - self.irs) % 2**32, checked(packet)

    def recv_new(self):
        """The next segment that goes on from where the last one ended: (packet, payload). What was slow to be acknowledged may have
        come once more before it."""
        while True:
            packet, seq, data = self.recv()
            assert seq <= self.una, "a segment is missing"
            if seq == self.una:
                self.una += len(data)
                return packet, data
            self.again += bool(data)  # an empty one ends a burst on QEMU's e1000

    def reset(self):
        self.send("R", seq=self.nxt)


def chargen(at, size):
    """RFC 864's pattern, from @at on."""
    ring = bytes(range(32, 127)) * 2
    first, skip = divmod(at, 74)
    lines = (ring[n % 95:n % 95 + 72] + b"\r\n" for n in range(first, first + (skip + size) // 74 + 1))
    return b"".join(lines)[skip:skip + size]


@pytest.fixture
def sent_once(vm):
    """Asks, at the end, that nothing has come twice but what the machine says it has sent twice."""
    before = vm.snmp("Tcp")["RetransSegs"]
    return lambda peer: peer.again <= vm.snmp("Tcp")["RetransSegs"] - before


def test_bursts_are_cut_by_the_card(wire, sent_once):
    peer = Peer(wire, CHARGEN, options=[("SAckOK", b"")])
    peer.send("A")
    ids, largest = [], 0
    while peer.una < 400_000:
        packet, data = peer.recv_new()
        assert data == chargen(peer.una - 1 - len(data), len(data))
        assert packet[TCP].flags & ~0x08 == 0x10
        if not data:  # QEMU's e1000 ends a burst of whole segments with an empty one
            continue
        ids.append(packet[IP].id)
        largest = max(largest, len(data))
        if peer.una // 1460 % 8 == 0 or len(data) < 1460:
            peer.send("A")
    assert largest == 1460
    assert len(set(ids)) == len(ids)
    assert sent_once(peer)
    peer.reset()


@pytest.mark.parametrize("mss", [88, 536, 1001, 1459])
def test_any_mss(wire, sent_once, mss):
    peer = Peer(wire, CHARGEN, mss=mss)
    peer.send("A")
    while peer.una < 60 * mss:
        _, data = peer.recv_new()
        assert len(data) <= mss
        assert data == chargen(peer.una - 1 - len(data), len(data))
        peer.send("A")
    assert sent_once(peer)
    peer.reset()


def test_congestion_is_answered_once(wire):
    """RFC 3168 §6.1: CWR on new data, in one segment, also where a burst is cut; ECT(0) on data."""
    peer = Peer(wire, CHARGEN, flags="SEC")
    assert str(peer.syn_ack[TCP].flags) == "SAE"
    peer.send("A")
    for _ in range(10):
        packet, _ = peer.recv_new()
        assert packet[IP].tos & 3 == 2 and not packet[TCP].flags & 0xc0
    peer.send("AE")
    seen = []
    while len(seen) < 40:
        packet, _ = peer.recv_new()
        seen.append(str(packet[TCP].flags))
        peer.send("A")
    assert sum("C" in flags for flags in seen) == 1, seen
    peer.reset()


def test_shut_window_is_probed(wire):
    peer = Peer(wire, ECHO)
    peer.send("A", window=0)
    peer.send("PA", b"x" * 100, window=0)
    peer.nxt += 100
    probes = 0
    while probes < 2:
        packet, seq, data = peer.recv()
        assert not data
        if seq == 0:  # below the window
            probes += 1
            peer.send("A", window=0)
    peer.send("A")
    while True:
        _, seq, data = peer.recv()
        if data:
            break
    assert seq == 1 and data == b"x" * 100
    peer.reset()
