"""What IP does with frames that lie: every one is a counted drop with its reason, and the stack goes on."""

import struct

import pytest
from lib.wire import HOST_IP, ICMP, IP, SKBOX_IP, UDP, Ether, Raw

ECHO = bytes(IP(src=HOST_IP, dst=SKBOX_IP) / ICMP(id=0x77) / (b"x" * 40))


def patched(offset, fmt, value, fix=True):
    raw = bytearray(ECHO)
    struct.pack_into(fmt, raw, offset, value)
    if fix:
        raw[10:12] = b"\0\0"
        hlen = max(20, (raw[0] & 15) * 4)
        total = sum(struct.unpack(f">{hlen // 2}H", bytes(raw[:hlen])))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        struct.pack_into(">H", raw, 10, ~total & 0xFFFF)
    return bytes(raw)


BAD = {
    "version 6": (patched(0, "B", 0x65), "IP_VERSION"),
    "version 0": (patched(0, "B", 0x05), "IP_VERSION"),
    "header length 0": (patched(0, "B", 0x40), "IP_HEADER_LEN"),
    "header length 4": (patched(0, "B", 0x44), "IP_HEADER_LEN"),
    "checksum": (patched(10, ">H", 0xDEAD, fix=False), "IP_CSUM"),
    "total length beyond the frame": (patched(2, ">H", 1400), "IP_TRUNCATED"),
    "total length below the header": (patched(2, ">H", 19), "IP_TOTAL_LEN"),
    "total length 0": (patched(2, ">H", 0), "IP_TOTAL_LEN"),
    "source multicast": (patched(12, ">I", 0xE0000001), "IP_MARTIAN_SOURCE"),
    "source loopback": (patched(12, ">I", 0x7F000001), "IP_MARTIAN_SOURCE"),
    "source broadcast": (patched(12, ">I", 0xFFFFFFFF), "IP_MARTIAN_SOURCE"),
    "source is our own": (patched(12, ">I", 0x0A090002), "IP_MARTIAN_SOURCE"),
    "destination loopback": (patched(16, ">I", 0x7F000001), "IP_MARTIAN_DEST"),
    "a fragment beyond 65535": (patched(6, ">H", 0x1FFF), "IP_FRAG_TOO_LONG"),
    "for somebody else": (patched(16, ">I", 0x0A090063), "IP_NOT_FORWARDING"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_header_is_dropped_with_its_reason(vm, wire, name):
    packet, reason = BAD[name]
    before = vm.drops().get(reason, 0)
    wire.send(wire.ether() / Raw(packet))
    wire.expect_silence(lambda p: ICMP in p and p[ICMP].id == 0x77, "an echo reply")
    assert vm.drops().get(reason, 0) == before + 1


@pytest.mark.parametrize("length", [0, 1, 13, 19])
def test_frame_shorter_than_an_ip_header(vm, wire, length):
    # A card pads to 60 bytes, so a short header shows as nonsense in the header, never as a read past the frame.
    wire.send(bytes(wire.ether() / Raw(b""))[:12] + b"\x08\x00" + ECHO[:length])
    wire.fence()


def test_unknown_protocol_gets_protocol_unreachable(vm, wire):
    before = vm.snmp("Ip")["InUnknownProtos"]
    wire.send(wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP, proto=253) / Raw(b"payload"))
    answer = wire.expect(lambda p: ICMP in p and p[ICMP].type == 3)
    assert answer[ICMP].code == 2
    assert bytes(answer[ICMP].payload)[9] == 253
    assert vm.snmp("Ip")["InUnknownProtos"] == before + 1


def test_source_route_is_refused(vm, wire):
    from scapy.all import IPOption_LSRR
    before = vm.drops().get("IP_SOURCE_ROUTE", 0)
    wire.send(wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP, options=[IPOption_LSRR(routers=["10.9.0.7"])]) /
              ICMP(id=0x78))
    wire.expect_silence(lambda p: ICMP in p and p[ICMP].type == 0 and p[ICMP].id == 0x78)
    assert vm.drops().get("IP_SOURCE_ROUTE", 0) == before + 1


@pytest.mark.parametrize("options", [b"\x07\x00", b"\x07\xff\x04", b"\x44\x01", b"\x83\x03\x05\x00", b"\x94",
                                     b"\x07\x27\x02", b"\x01\x01\x01\x07"])
def test_malformed_options(vm, wire, options):
    options = options.ljust((len(options) + 3) // 4 * 4, b"\0")
    header = bytearray(bytes(IP(src=HOST_IP, dst=SKBOX_IP, proto=1, ihl=5 + len(options) // 4,
                                len=28 + len(options), chksum=0))[:20]) + options
    total = sum(struct.unpack(f">{len(header) // 2}H", bytes(header)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into(">H", header, 10, ~total & 0xFFFF)
    wire.send(wire.ether() / Raw(bytes(header) + bytes(ICMP(id=0x79))))
    wire.fence()


def test_garbage_flood_leaves_the_console_alive(vm, wire):
    import random
    rng = random.Random(1)
    for _ in range(2000):
        frame = bytearray(bytes(wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP) / UDP(sport=1, dport=9) / (b"y" * 64)))
        for _ in range(rng.randrange(1, 12)):
            frame[rng.randrange(12, len(frame))] = rng.randrange(256)
        wire.send(bytes(frame[:rng.randrange(14, len(frame) + 1)]))
    wire.fence()
    assert vm.check("echo alive") == "alive"
