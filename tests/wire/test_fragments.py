"""Fragments, packet by packet: the old tricks against reassembly, what a router cuts and what it says, and options on the way."""

import contextlib
import random

import pytest
from lib.vm import VM
from lib.wire import HOST_IP, ICMP, IP, SKBOX_IP, STATIC, Raw, Wire, is_echo_reply
from scapy.all import IPOption, IPOption_RR, IPOption_Router_Alert, fragment

FAR_IP, FAR_GW, NARROW = "10.8.0.1", "10.8.0.2", 600


@pytest.fixture(scope="module")
def boot():
    @contextlib.contextmanager
    def router():
        near, far = Wire(), Wire(ip=FAR_IP)
        with VM(append=f"quiet {STATIC} ip={FAR_GW}:::255.255.255.0::eth1:off sysctl.net.ipv4.ip_forward=1 sysctl.net.ipv4.ipfrag_time=1",
                nets=[near, far], card=["e1000", "e1000e"]) as vm:
            vm.wait_prompt()
            vm.check(f"ifconfig eth1 mtu {NARROW}")
            near.fence()
            near.send(near.ether() / IP(src=HOST_IP, dst=FAR_IP) / ICMP(id=1))  # the far end answers ARP from now on
            far.expect(lambda p: ICMP in p)
            yield vm
    return router


@pytest.fixture
def far(vm):
    vm.nets[1].seen.clear()
    return vm.nets[1]


def piece(data, offset, more, ident, proto=1, **fields):
    return IP(src=HOST_IP, dst=SKBOX_IP, id=ident, frag=offset // 8, flags="MF" if more else 0, proto=proto, **fields) / Raw(data)


def echo(ident, size):
    """The bytes of an echo request."""
    return bytes(ICMP(id=ident, seq=1) / Raw(random.Random(ident).randbytes(size - 8)))


def send_pieces(wire, *pieces):
    for p in pieces:
        wire.send(wire.ether() / p)


def expect_reason(vm, wire, reason, count, *pieces):
    before = vm.drops().get(reason, 0)
    send_pieces(wire, *pieces)
    wire.expect_silence(lambda p: ICMP in p and p[ICMP].type == 0 and p[ICMP].id == 0x666, "an echo reply")
    vm.wait_until(f"{count} drops for {reason}", lambda: vm.drops().get(reason, 0) == before + count)


# ---- to us ----

@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 1, 0, 0, 2]], ids=str)
def test_every_order_is_answered(vm, wire, order):
    data, ident = echo(7, 100), 100 + sum(n * 7 ** i for i, n in enumerate(order))
    cuts = [(0, 40, True), (40, 80, True), (80, 100, False)]
    send_pieces(wire, *(piece(data[cuts[i][0]:cuts[i][1]], cuts[i][0], cuts[i][2], ident) for i in order))
    reply = wire.expect(lambda p: is_echo_reply(p, 7, 1))
    assert bytes(reply[ICMP])[4:100] == data[4:]


def test_a_datagram_of_65535_bytes(vm, wire):
    data = echo(8, 65515)
    sent = [piece(data[o:o + 1480], o, o + 1480 < len(data), 8) for o in range(0, len(data), 1480)]
    send_pieces(wire, *sent)
    got, end = {}, None
    while end is None or sum(map(len, got.values())) < end:
        p = wire.expect(lambda p: IP in p and p[IP].proto == 1 and p[IP].src == SKBOX_IP)
        assert p[IP].frag * 8 not in got
        got[p[IP].frag * 8] = bytes(p[IP].payload)[:p[IP].len - 20]
        if not p[IP].flags.MF:
            end = p[IP].frag * 8 + p[IP].len - 20
    assert b"".join(got[o] for o in sorted(got))[4:] == data[4:]


BAD = 0x666


def test_teardrop(vm, wire):
    data = echo(BAD, 64)
    expect_reason(vm, wire, "IP_FRAG_OVERLAP", 2, piece(data[:40], 0, True, 20), piece(data[24:28], 24, False, 20))


def test_overlap_that_would_rewrite_the_header(vm, wire):
    data = echo(BAD, 64)
    before = vm.snmp("IpExt")["ReasmOverlaps"]
    expect_reason(vm, wire, "IP_FRAG_OVERLAP", 3, piece(data[:32], 0, True, 21), piece(data[40:], 40, False, 21), piece(data[8:40], 8, True, 21))
    assert vm.snmp("IpExt")["ReasmOverlaps"] == before + 1


def test_ping_of_death(vm, wire):
    expect_reason(vm, wire, "IP_FRAG_TOO_LONG", 2, piece(b"d" * 1480, 65120, False, 22), piece(b"d" * 8, 65528, True, 22))


def test_no_length_and_no_multiple_of_8(vm, wire):
    expect_reason(vm, wire, "IP_FRAG_LENGTH", 3, piece(b"", 0, True, 23), piece(b"", 8, False, 23), piece(b"1234567", 8, True, 23))


def test_tiny_first_fragment_hides_no_flags(vm, wire):
    expect_reason(vm, wire, "IP_FRAG_TINY", 1, piece(b"\x50\x02" + b"\0" * 14, 8, False, 24, proto=6))


def test_two_ends(vm, wire):
    data = echo(BAD, 64)
    expect_reason(vm, wire, "IP_FRAG_CONFLICT", 2, piece(data[40:], 40, False, 25), piece(data[24:32], 24, False, 25))


def test_time_exceeded_for_the_first_piece_only(vm, wire):
    before = vm.snmp("Ip")["ReasmTimeout"]
    send_pieces(wire, piece(echo(9, 40), 0, True, 30), piece(b"x" * 40, 80, True, 31))
    told = wire.expect(lambda p: ICMP in p and p[ICMP].type == 11)
    assert told[ICMP].code == 1 and told[IP].dst == HOST_IP
    assert bytes(told[ICMP].payload)[4:6] == b"\0\x1e"
    vm.wait_until("both have been given up", lambda: vm.snmp("Ip")["ReasmTimeout"] == before + 2)
    wire.expect_silence(lambda p: ICMP in p and p[ICMP].type == 11, "a second complaint")


def test_a_flood_of_beginnings_leaves_the_stack_alive(vm, wire):
    """Datagrams that never end, from many sources: bounded, and others still get through."""
    frames = [bytes(wire.ether() / IP(src=f"10.9.0.{3 + i % 250}", dst=SKBOX_IP, id=i, flags="MF", proto=17) / Raw(b"f" * 64))
              for i in range(4000)]
    for f in frames:
        wire.offer(f)
    data = echo(10, 3000)
    for attempt in range(20):
        send_pieces(wire, *(piece(data[o:o + 1480], o, o + 1480 < 3000, 4000 + attempt) for o in range(0, 3000, 1480)))
        with contextlib.suppress(AssertionError):
            wire.expect(lambda p: is_echo_reply(p, 10, 1), deadline=3)
            break
    else:
        raise AssertionError("nothing got through")


# ---- through us ----

def forward(near, far, packet, count):
    """What comes out at the far end: @count packets."""
    near.send(near.ether() / packet)
    return [far.expect(lambda p: IP in p and p[IP].src == HOST_IP)[IP] for _ in range(count)]


def test_what_passes_is_cut(vm, wire, far):
    data = random.Random(3).randbytes(1400)
    out = forward(wire, far, IP(src=HOST_IP, dst=FAR_IP, id=77, proto=250) / Raw(data), 3)
    assert [p.frag * 8 for p in out] == [0, 576, 1152]
    assert [bool(p.flags.MF) for p in out] == [True, True, False]
    assert {p.id for p in out} == {77} and {p.ttl for p in out} == {63}
    assert b"".join(bytes(p.payload)[:p.len - 20] for p in out) == data


def test_pieces_are_cut_again(vm, wire, far):
    data = random.Random(4).randbytes(4000)
    pieces = fragment(IP(src=HOST_IP, dst=FAR_IP, id=78, proto=250) / Raw(data), 1480)
    got = {}
    for p in pieces:
        for q in forward(wire, far, p, 3 if len(p) > 1200 else 2):
            got[q.frag * 8] = bytes(q.payload)[:q.len - 20]
            assert bool(q.flags.MF) == (q.frag * 8 + q.len - 20 < 4000)
    assert b"".join(got[o] for o in sorted(got)) == data


def test_frag_needed(vm, wire, far):
    wire.send(wire.ether() / IP(src=HOST_IP, dst=FAR_IP, flags="DF", proto=250) / Raw(b"x" * 1400))
    told = wire.expect(lambda p: ICMP in p and p[ICMP].type == 3)
    assert (told[ICMP].code, told[ICMP].nexthopmtu, told[IP].src) == (4, NARROW, SKBOX_IP)


def test_options_go_where_they_belong(vm, wire, far):
    options = [IPOption_RR(routers=["0.0.0.0"] * 2, pointer=4, length=11), IPOption_Router_Alert(alert=1), IPOption(b"\x9e\x05abc")]
    first, *later = forward(wire, far, IP(src=HOST_IP, dst=FAR_IP, proto=250, options=options) / Raw(b"o" * 1400), 3)
    assert bytes(first)[20:].startswith(b"\x07\x0b\x08\x0a\x08\x00\x02")  # signed with the address that it leaves from
    for p in later:
        assert p.ihl == 8 and bytes(p)[20:32] == b"\x94\x04\x00\x01\x9e\x05abc\0\0\0"


@pytest.mark.parametrize("flag,room", [(0, 4), (1, 8)], ids=["times", "times and addresses"])
def test_timestamps_are_taken(vm, wire, far, flag, room):
    option = bytes([68, 4 + 2 * room, 5, flag]) + bytes(2 * room)
    out, = forward(wire, far, IP(src=HOST_IP, dst=FAR_IP, proto=250, options=[IPOption(option)]) / Raw(b"t"), 1)
    got = bytes(out)[20:20 + len(option)]
    assert got[2] == 5 + room
    if flag:
        assert got[4:8] == bytes(map(int, FAR_GW.split(".")))
    assert got[room:room + 4] != b"\0\0\0\0"


def test_router_alert_passes_if_nobody_wants_it(vm, wire, far):
    out, = forward(wire, far, IP(src=HOST_IP, dst=FAR_IP, proto=250, options=[IPOption_Router_Alert()]) / Raw(b"a"), 1)
    assert bytes(out)[20:24] == b"\x94\x04\0\0"


def test_a_full_list_that_overflows_is_said(vm, wire, far):
    option = bytes([68, 8, 9, 0xF0]) + b"\0\0\0\1"
    wire.send(wire.ether() / IP(src=HOST_IP, dst=FAR_IP, proto=250, options=[IPOption(option)]) / Raw(b"t"))
    told = wire.expect(lambda p: ICMP in p and p[ICMP].type == 12)
    assert told[ICMP].ptr == 23


@pytest.mark.parametrize("kind", [131, 137], ids=["loose", "strict"])
def test_source_routes_are_refused(vm, wire, far, kind):
    option = bytes([kind, 7, 4, 10, 8, 0, 9])
    wire.send(wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP, proto=250, options=[IPOption(option)]) / Raw(b"s"))
    told = wire.expect(lambda p: ICMP in p and p[ICMP].type == 3)
    assert told[ICMP].code == 5


def test_ttl(vm, wire, far):
    wire.send(wire.ether() / IP(src=HOST_IP, dst=FAR_IP, ttl=1, proto=250) / Raw(b"t"))
    told = wire.expect(lambda p: ICMP in p and p[ICMP].type == 11)
    assert (told[ICMP].code, told[IP].src) == (0, SKBOX_IP)
    wire.send(wire.ether() / IP(src=HOST_IP, dst=FAR_IP, ttl=1, frag=9, proto=250) / Raw(b"t"))
    wire.expect_silence(lambda p: ICMP in p and p[ICMP].type == 11, "an error about a later piece")


def test_unicast_to_all_on_the_link_is_not_passed_on(vm, wire, far):
    before = vm.snmp("Ip")["ForwDatagrams"]
    wire.send(wire.ether(dst="ff:ff:ff:ff:ff:ff") / IP(src=HOST_IP, dst=FAR_IP, proto=250) / Raw(b"t"))
    wire.fence()
    assert vm.snmp("Ip")["ForwDatagrams"] == before
