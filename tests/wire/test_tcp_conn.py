"""Connections begin and end on the wire: RFC 9293 §3.5, §3.6 and §3.10.7, RFC 4987, with Linux's choices where the RFCs leave one."""

import random

import pytest
from lib.wire import HOST_IP, IP, SKBOX_IP, Raw
from scapy.all import TCP

ECHO, CLOSED = 7, 4444


@pytest.fixture(scope="module")
def prepare():
    def services(vm):
        vm.run("inetd echo discard &")
        vm.wait_until("inetd listens", lambda: ":0007 " in vm.proc("net/tcp"))
    return services


class Peer:
    """One flow as its other end has it. Sequence numbers go on with what is sent and received."""

    ports = iter(range(20000, 60000))

    def __init__(self, wire, dport=ECHO, sport=None, src=HOST_IP):
        self.wire, self.src, self.dport = wire, src, dport
        self.sport = sport or next(self.ports)
        self.seq, self.ack = random.getrandbits(32), 0

    def segment(self, flags, payload=b"", seq=None, ack=None, **tcp):
        seq = self.seq if seq is None else seq
        ack = (self.ack if "A" in flags else 0) if ack is None else ack
        return (self.wire.ether() / IP(src=self.src, dst=SKBOX_IP) /
                TCP(sport=self.sport, dport=self.dport, flags=flags, seq=seq % 2**32, ack=ack % 2**32,
                    window=tcp.pop("window", 64240), **tcp) / Raw(payload))

    def send(self, flags, payload=b"", **tcp):
        """In order: the next segment expects what follows this one."""
        self.wire.send(self.segment(flags, payload, **tcp))
        if "seq" not in tcp:
            self.seq = (self.seq + len(payload) + ("S" in flags) + ("F" in flags)) % 2**32

    def ours(self, packet):
        return TCP in packet and packet[TCP].sport == self.dport and packet[TCP].dport == self.sport \
            and packet[IP].dst == self.src

    def expect(self, flags):
        packet = self.wire.expect(self.ours, what=f"a segment with {flags}")
        tcp = packet[TCP]
        assert str(tcp.flags) == flags, packet.summary()
        self.length = packet[IP].len - 20 - tcp.dataofs * 4
        if flags != "R":
            self.ack = (tcp.seq + self.length + ("S" in flags) + ("F" in flags)) % 2**32
        return tcp

    def expect_silence(self):
        self.wire.expect_silence(self.ours, "a segment")

    def connect(self, **syn):
        self.send("S", **syn)
        tcp = self.expect("SA")
        assert tcp.ack == self.seq
        self.send("A")
        return tcp

    def close(self):
        """The peer first, then the server: nothing is left of it there."""
        self.send("FA")
        while "F" not in str((tcp := self.wire.expect(self.ours)[TCP]).flags):
            pass
        self.ack = tcp.seq + 1
        self.send("A")


# ---- the handshake ----

def test_syn_ack_is_as_linux_sends_it(wire):
    peer = Peer(wire)
    peer.send("S", options=[("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1000, 0)), ("NOP", None), ("WScale", 7)])
    tcp = peer.expect("SA")
    assert [name for name, _ in tcp.options] == ["MSS", "SAckOK", "Timestamp", "NOP", "WScale"]
    options = dict(tcp.options)
    assert options["MSS"] == 1460 and options["WScale"] == 7 and options["Timestamp"][1] == 1000
    assert tcp.window == 65160
    peer.send("R")


@pytest.mark.parametrize("offer, answer", [
    ([], ["MSS"]),
    ([("MSS", 536)], ["MSS"]),
    ([("MSS", 1460), ("SAckOK", b"")], ["MSS", "NOP", "NOP", "SAckOK"]),
    ([("MSS", 1460), ("NOP", None), ("WScale", 3)], ["MSS", "NOP", "WScale"]),
    ([("Timestamp", (5, 0))], ["MSS", "NOP", "NOP", "Timestamp"]),
])
def test_only_what_was_offered_comes_back(wire, offer, answer):
    peer = Peer(wire)
    peer.send("S", options=offer)
    assert [name for name, _ in peer.expect("SA").options] == answer
    peer.send("R")


def test_echo_and_close(vm, wire):
    before = vm.snmp("Tcp")
    peer = Peer(wire)
    peer.connect()
    peer.send("PA", b"hello")
    got = b""
    while len(got) < 5:
        tcp = wire.expect(peer.ours)[TCP]
        payload = bytes(tcp.payload)[:max(0, 5 - len(got))] if "P" in str(tcp.flags) else b""
        got += payload
        peer.ack = tcp.seq + len(payload)
    assert got == b"hello"
    peer.send("A")
    peer.close()
    after = vm.snmp("Tcp")
    assert after["PassiveOpens"] == before["PassiveOpens"] + 1
    assert after["CurrEstab"] == before["CurrEstab"]


def test_initial_sequence_numbers_differ(wire):
    seen = []
    for _ in range(20):
        peer = Peer(wire)
        peer.send("S")
        seen.append(peer.expect("SA").seq)
        peer.send("R")
    assert len({s >> 16 for s in seen}) > 15
    # The same flow again: ahead of where it was, by what the clock has gone.
    peer = Peer(wire)
    peer.send("S", seq=1)
    first = peer.expect("SA").seq
    peer.send("R", seq=2)
    peer.send("S", seq=1000)
    assert 0 < (peer.expect("SA").seq - first) % 2**32 < 2**31
    peer.send("R", seq=1001)


def test_syn_ack_comes_again(vm, wire):
    before = vm.snmp("Tcp")["RetransSegs"]
    peer = Peer(wire)
    peer.send("S")
    first, second = peer.expect("SA"), peer.expect("SA")
    assert bytes(first)[4:16] == bytes(second)[4:16]
    assert vm.snmp("Tcp")["RetransSegs"] > before
    peer.send("R")


def test_syn_again_is_answered_again(wire):
    peer = Peer(wire)
    peer.send("S", seq=5)
    first = peer.expect("SA")
    peer.send("S", seq=5)
    assert peer.expect("SA").seq == first.seq
    peer.send("R", seq=6)


# ---- RST (RFC 9293 §3.10.7) ----

def test_closed_port(vm, wire):
    before = vm.snmp("Tcp")["OutRsts"]
    peer = Peer(wire, CLOSED)
    peer.send("S", b"data", seq=100)
    tcp = peer.expect("RA")
    assert (tcp.seq, tcp.ack, tcp.window) == (0, 105, 0)
    peer.send("A", seq=100, ack=777)
    assert peer.expect("R").seq == 777
    peer.send("FA", seq=100, ack=778)
    assert peer.expect("R").seq == 778
    peer.send("F", seq=2**32 - 1)
    assert peer.expect("RA").ack == 0
    peer.send("R", seq=100)
    peer.send("RA", seq=100, ack=5)
    peer.expect_silence()
    assert vm.snmp("Tcp")["OutRsts"] == before + 4


def test_listening_port(wire):
    peer = Peer(wire)
    peer.send("A", seq=1, ack=99)
    assert peer.expect("R").seq == 99
    peer.send("SA", seq=1, ack=98)
    assert peer.expect("R").seq == 98
    for flags in ("R", "RA", "SF", "SR", "F", "P", ""):
        peer.send(flags, seq=1, ack=0)
    peer.expect_silence()


def test_syn_received(vm, wire):
    peer = Peer(wire)
    peer.send("S", seq=100)
    syn_ack = peer.expect("SA")
    # An ACK of something else; then a RST elsewhere, and one where it counts.
    peer.send("A", seq=101, ack=syn_ack.seq + 100)
    assert peer.expect("R").seq == (syn_ack.seq + 100) % 2**32
    peer.send("R", seq=90)
    peer.send("A", seq=99, ack=syn_ack.seq + 1)
    tcp = wire.expect(peer.ours)[TCP]
    assert str(tcp.flags) == "A" and tcp.ack == 101
    peer.send("R", seq=101)
    peer.send("A", seq=101, ack=syn_ack.seq + 1)
    assert peer.expect("R").seq == syn_ack.seq + 1


def test_no_answer_to_a_broadcast(wire):
    for dst in ("10.9.0.255", "255.255.255.255"):
        for flags in ("S", "A"):
            wire.send(wire.ether("ff:ff:ff:ff:ff:ff") / IP(src=HOST_IP, dst=dst) / TCP(sport=999, dport=ECHO, flags=flags))
    wire.send(wire.ether("ff:ff:ff:ff:ff:ff") / IP(src=HOST_IP, dst=SKBOX_IP) / TCP(sport=999, dport=ECHO, flags="S"))
    wire.expect_silence(lambda p: TCP in p)


@pytest.mark.parametrize("doff", [0, 4, 15])
def test_bad_headers_are_counted(vm, wire, doff):
    before = vm.snmp("Tcp")["InErrs"]
    peer = Peer(wire)
    peer.send("S", dataofs=doff)
    peer.expect_silence()
    assert vm.snmp("Tcp")["InErrs"] == before + 1


def test_bad_checksum_is_counted(vm, wire):
    before = vm.snmp("Tcp")
    peer = Peer(wire)
    peer.send("S", chksum=0x1234)
    peer.expect_silence()
    after = vm.snmp("Tcp")
    assert after["InCsumErrors"] == before["InCsumErrors"] + 1
    assert after["InErrs"] == before["InErrs"] + 1


# ---- the active side ----

def connecting(vm, wire, port, command="nc -w 60 {host} {port} < /dev/null > /tmp/nc 2>&1 &"):
    """A SYN from the guest to @port."""
    vm.run(command.format(host=HOST_IP, port=port))
    packet = wire.expect(lambda p: TCP in p and p[TCP].dport == port and str(p[TCP].flags) == "S", what="a SYN")
    peer = Peer(wire, packet[TCP].sport, port)
    peer.ack = packet[TCP].seq + 1
    return peer, packet[TCP]


def reset(peer):
    peer.send("RA")


def test_syn_is_as_linux_sends_it(vm, wire):
    peer, tcp = connecting(vm, wire, 1111)
    assert [name for name, _ in tcp.options] == ["MSS", "SAckOK", "Timestamp", "NOP", "WScale"]
    assert dict(tcp.options)["WScale"] == 7
    assert tcp.window == 64240
    reset(peer)


def test_simultaneous_open(vm, wire):
    peer, syn = connecting(vm, wire, 1112)
    peer.send("S")
    tcp = peer.expect("SA")
    assert (tcp.seq, tcp.ack) == (syn.seq, peer.seq)
    peer.send("SA", seq=peer.seq - 1, ack=syn.seq + 1)
    # It is established: the end of nc's input follows.
    fin = wire.expect(lambda p: peer.ours(p) and "F" in str(p[TCP].flags), what="FIN")[TCP]
    assert (fin.seq, fin.ack) == (syn.seq + 1, peer.seq)
    reset(peer)


def test_a_wrong_syn_ack_is_reset(vm, wire):
    peer, syn = connecting(vm, wire, 1113)
    peer.send("SA", seq=5, ack=syn.seq + 77)
    assert peer.expect("R").seq == (syn.seq + 77) % 2**32
    # That was an old incarnation's answer, perhaps: our SYN goes again at once.
    assert peer.expect("S").seq == syn.seq
    peer.send("SA", seq=5, ack=syn.seq + 1)
    peer.expect("A")
    peer.seq = 6
    reset(peer)


def test_refused(vm, wire):
    peer, syn = connecting(vm, wire, 1114)
    peer.send("RA", seq=0, ack=syn.seq + 1)
    vm.wait_until("nc has heard of it", lambda: "refused" in vm.run("cat /tmp/nc"))


# ---- the end ----

def half_closed(vm, wire, port):
    """The guest has connected to us, and its input has ended: it has sent FIN."""
    peer, _ = connecting(vm, wire, port)
    peer.send("SA", ack=peer.ack)
    wire.expect(peer.ours, what="the ACK of the handshake")
    fin = wire.expect(lambda p: peer.ours(p) and "F" in str(p[TCP].flags), what="FIN")[TCP]
    peer.ack = fin.seq
    return peer, fin


def test_half_close(vm, wire):
    peer, fin = half_closed(vm, wire, 1120)
    peer.ack = fin.seq + 1
    peer.send("A")
    peer.send("PA", b"still here")
    tcp = peer.expect("A")
    assert tcp.ack == peer.seq
    peer.send("FA")
    assert peer.expect("A").ack == peer.seq


def test_simultaneous_close(vm, wire):
    peer, fin = half_closed(vm, wire, 1121)
    peer.send("FA", ack=fin.seq)
    tcp = peer.expect("A")
    assert (tcp.seq, tcp.ack) == (fin.seq + 1, peer.seq)
    peer.send("A", ack=fin.seq + 1)
    vm.wait_until("TIME-WAIT", lambda: " 06 " in vm.proc("net/tcp"))


def test_time_wait(vm, wire):
    peer, fin = half_closed(vm, wire, 1122)
    peer.send("FA", ack=fin.seq + 1)
    assert peer.expect("A").ack == peer.seq
    # The FIN again: acknowledged again. Twice in half a second: once.
    peer.send("FA", seq=peer.seq - 1, ack=fin.seq + 1)
    tcp = peer.expect("A")
    assert (tcp.seq, tcp.ack) == (fin.seq + 1, peer.seq)
    # A RST just there ends it (RFC 1337 says what that means), and then we know nothing of it.
    peer.send("R")
    peer.send("FA", seq=peer.seq - 1, ack=fin.seq + 1)
    assert peer.expect("R").seq == fin.seq + 1


# ---- SYN flood ----

def active_objects(vm, cache):
    for line in vm.proc("slabinfo").splitlines():
        if line.split()[:1] == [cache]:
            return int(line.split()[1])
    raise AssertionError(f"no cache {cache}")


def test_flood_of_syns_keeps_nobody_out(vm, wire):
    before = vm.snmp("Tcp")["PassiveOpens"]
    strangers = [Peer(wire, sport=random.randrange(1024, 65536),
                      src=f"10.{random.randrange(20, 200)}.{random.randrange(256)}.{random.randrange(1, 255)}")
                 .segment("S", options=[("MSS", 1460)]) for _ in range(500)]
    strangers = [bytes(s) for s in strangers]
    for turn in range(10):
        for _ in range(8):
            for frame in random.sample(strangers, 100):
                wire.offer(frame)
        peer = Peer(wire)
        peer.connect(options=[("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1000 + turn, 0)), ("NOP", None), ("WScale", 7)])
        peer.send("PA", b"legit")
        wire.expect(lambda p: peer.ours(p) and b"legit" in bytes(p[TCP].payload), what="the echo")
        peer.ack += 5
        peer.close()
    assert vm.snmp("Tcp")["PassiveOpens"] == before + 10
    assert active_objects(vm, "tcp_request") <= 4096
    for frame in strangers:  # what is left of them goes
        reply = bytearray(frame)
        reply[47] = 0x04
        seq = int.from_bytes(reply[38:42], "big") + 1
        reply[38:42] = (seq % 2**32).to_bytes(4, "big")
        packet = wire.ether() / IP(bytes(reply)[14:])
        del packet[TCP].chksum
        wire.send(packet)
    vm.wait_until("all requests are gone", lambda: active_objects(vm, "tcp_request") == 0)
