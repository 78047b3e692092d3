"""Frames of every kind that tcpdump takes apart, good and broken ones: what its filters and its lines are tested with."""

import random

from scapy.all import (ARP, BOOTP, DHCP, DNS, DNSQR, DNSRR, ICMP, IP, TCP, UDP, Dot3, Ether, IPOption_Router_Alert, IPOption_RR,
                       IPOption_Timestamp, IPv6, Raw)
from scapy.contrib.igmp import IGMP
from scapy.layers.inet import IPOption_LSRR, IPOption_NOP, IPOption_SSRR
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6ExtHdrFragment
from scapy.layers.rip import RIP, RIPAuth, RIPEntry

A, B = "10.0.0.1", "10.0.0.2"
MAC_A, MAC_B = "52:54:00:00:00:01", "52:54:00:00:00:02"


def eth(payload, dst=MAC_B):
    return bytes(Ether(src=MAC_A, dst=dst) / payload)


def ip(payload, **kw):
    fields = {"src": A, "dst": B, "id": 4711, "ttl": 64} | kw
    return eth(IP(**fields) / payload)


def arp():
    plain = {"hwsrc": MAC_A, "psrc": A, "pdst": B}
    bcast = "ff:ff:ff:ff:ff:ff"
    return [
        eth(ARP(op=1, **plain), bcast), eth(ARP(op=2, hwdst=MAC_B, **plain)), eth(ARP(op=1, hwdst=MAC_B, **plain)),
        eth(ARP(op=1, hwsrc=MAC_A, psrc=A, pdst=A), bcast), eth(ARP(op=1, hwsrc=MAC_A, psrc="0.0.0.0", pdst=A), bcast),
        eth(ARP(op=3, hwdst=MAC_A, hwsrc=MAC_A)), eth(ARP(op=4, hwdst=MAC_A, hwsrc=MAC_A, psrc=A, pdst=B)),
        eth(ARP(op=8, hwdst=MAC_A, hwsrc=MAC_A)), eth(ARP(op=9, hwdst=MAC_A, hwsrc=MAC_A)), eth(ARP(op=77, **plain)),
        bytes(Ether(src=MAC_A, dst=bcast, type=0x8035) / ARP(op=3, hwdst=MAC_A, hwsrc=MAC_A)),
        eth(ARP(op=1, **plain) / Raw(bytes(18)), bcast),
    ]


def ip_plain():
    frames = [ip(Raw(b"x" * n), proto=p) for p, n in ((4, 0), (17, 3), (6, 10), (47, 8), (50, 30), (89, 4), (103, 12), (132, 12),
                                                        (253, 5), (255, 0), (112, 8), (0, 4))]
    frames += [ip(UDP(sport=1000, dport=2000) / b"frag", flags=f, frag=o) for f, o in (("MF", 0), (0, 1), ("MF", 185), ("DF", 0),
                                                                                       (4, 0), ("MF+DF", 3))]
    frames += [ip(ICMP() / b"x", flags=0, frag=100), ip(TCP(), flags="MF", frag=7), ip(ICMP() / b"abc", flags="MF")]
    frames += [ip(ICMP(), tos=t) for t in (0x10, 0x01, 0x02, 0x03, 0xff, 0xb8)]
    frames += [ip(ICMP(), ttl=t) for t in (0, 1, 255)]
    frames += [ip(ICMP(), chksum=0x1234), ip(ICMP(), len=1000), ip(ICMP(), len=19), ip(ICMP(), len=24), ip(ICMP(), version=5),
               ip(ICMP(), ihl=4), ip(ICMP(), ihl=15), ip(ICMP() / Raw(bytes(18))) + bytes(20), ip(b"", proto=1), ip(b"", proto=6)]
    options = [
        [IPOption_RR(pointer=4, routers=["0.0.0.0"] * 3)], [IPOption_RR(pointer=8, routers=[A, "0.0.0.0", "0.0.0.0"])],
        [IPOption_LSRR(pointer=4, routers=["10.1.1.1", "10.2.2.2"])], [IPOption_SSRR(pointer=8, routers=["10.1.1.1", B])],
        [IPOption_Router_Alert()], [IPOption_NOP(), IPOption_NOP()], [IPOption_Timestamp(flg=0, pointer=5, timestamp=0)],
        [IPOption_Timestamp(flg=1, internet_address=A, pointer=5, timestamp=77)],
    ]
    frames += [ip(ICMP(), options=o) for o in options]
    raw = [b"\x07\x03\x04\x00", b"\x07\x00\x00\x00", b"\x07\x01\x00\x00", b"\x44\x04\x05\x00", b"\x44\x0c\x0d\x20\x00\x00\x00\x01" + bytes(4),
           b"\x44\x0c\x05\x12" + bytes(8), b"\x94\x04\x00\x05", b"\x94\x03\x00\x00", b"\x82\x0b" + bytes(9) + b"\x00", b"\x88\x04\x00\x09",
           b"\x99\x04\x01\x02", b"\x99\x30\x00\x00", b"\x01\x01\x01\x00", b"\x83\x06\x05\x00\x01\x02\x00\x00", b"\x83", b"\x07\x07\x05" + bytes(5)]
    for o in raw:
        o += bytes(-len(o) % 4)
        frames.append(ip(o + bytes(ICMP()), ihl=5 + len(o) // 4, proto=1, len=20 + len(o) + 8))
    return frames


def icmp():
    quoted = bytes(IP(src=B, dst=A, id=1) / UDP(sport=53, dport=4000) / b"abcd")
    tcp_quoted = bytes(IP(src=B, dst=A, id=1) / TCP(sport=80, dport=4000, seq=7))
    proto_quoted = bytes(IP(src=B, dst=A, id=1, proto=253) / Raw(b"12345678"))
    frames = [ip(ICMP(type=t, id=77, seq=5) / b"payload") for t in (0, 8)]
    for code in range(17):
        for q in (quoted, tcp_quoted, proto_quoted)[:3 if code < 5 else 1]:
            frames.append(ip(ICMP(type=3, code=code, nexthopmtu=1400 if code == 4 else 0) / q))
    frames.append(ip(ICMP(type=3, code=4, nexthopmtu=0) / quoted))
    for t, codes in ((4, (0,)), (5, range(5)), (9, (0, 16)), (10, (0,)), (11, range(4)), (12, range(3)), (13, (0,)), (14, (0,)), (15, (0,)),
                     (16, (0,)), (17, (0,)), (18, (0,)), (30, (0,)), (40, (2,)), (41, (0,)), (250, (1,))):
        for c in codes:
            body = quoted if t in (4, 5, 11, 12, 40) else Raw(b"")
            frames.append(ip(ICMP(type=t, code=c, **({"gw": "10.0.0.9"} if t == 5 else {})) / body))
    frames += [ip(ICMP(type=12, ptr=9) / quoted), ip(ICMP(type=17, addr_mask="255.255.255.0")), ip(ICMP(type=18, addr_mask="255.0.0.0"))]
    frames += [ip(ICMP(type=13, ts_ori=3600000, ts_rx=1, ts_tx=86399999, id=3, seq=4)), ip(ICMP(type=14, ts_ori=1, ts_rx=2, ts_tx=3))]
    router = b"\x09\x00\x00\x00\x02\x02\x07\x08" + bytes([10, 0, 0, 1, 0, 0, 0, 0, 10, 0, 0, 2, 0xff, 0xff, 0xff, 0xfe])
    frames += [ip(Raw(router), proto=1), ip(Raw(router[:5] + b"\x03" + router[6:]), proto=1)]
    frames += [ip(ICMP(chksum=0x1111) / b"bad"), ip(ICMP(type=3, code=3) / quoted[:12]), ip(ICMP(type=11) / quoted[:22]),
               ip(ICMP(type=11) / b"")]
    return frames


def igmp():
    frames = [ip(IGMP(type=t, mrcode=m, gaddr=g), proto=2, dst=g if g != "0.0.0.0" else "224.0.0.1", ttl=1)
              for t, m, g in ((0x11, 0, "0.0.0.0"), (0x11, 100, "0.0.0.0"), (0x11, 10, "239.1.2.3"), (0x12, 0, "239.1.2.3"),
                              (0x16, 0, "239.1.2.3"), (0x17, 0, "239.1.2.3"), (0x13, 0, "239.1.1.1"), (0x14, 0, "239.1.1.1"), (0x55, 0, "1.2.3.4"))]
    group = bytes([239, 1, 2, 3])
    src = bytes([10, 0, 0, 9, 10, 0, 0, 8])
    bodies = [b"\x11\x14\x00\x00" + bytes(4) + b"\x02\x7d\x00\x00", b"\x11\x14\x00\x00" + group + b"\x0a\x7d\x00\x02" + src,
              b"\x11\xff\x00\x00" + group + b"\x02\x8d\x00\x00", b"\x11\x14\x00\x00" + group + b"\x02\x7d\x00\x05" + src,
              b"\x22\x00\x00\x00\x00\x00\x00\x01\x04\x00\x00\x00" + group,
              b"\x22\x00\x00\x00\x00\x00\x00\x02\x03\x00\x00\x00" + group + b"\x06\x00\x00\x02" + group + src,
              b"\x22\x00\x00\x00\x00\x00\x00\x06" + b"".join(bytes([t, 0, 0, 1]) + group + src[:4] for t in range(1, 7)),
              b"\x22\x00\x00\x00\x00\x00\x00\x01\x09\x00\x00\x00" + group, b"\x22\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00" + group,
              b"\x22\x00\x00\x00", b"\x11\x00\x00", b"\x16\x00\x00\x00"]
    for body in bodies:
        frames.append(ip(Raw(body), proto=2, ttl=1, dst="224.0.0.22"))
        if len(body) >= 8:
            total = sum(int.from_bytes(body[i:i + 2], "big") for i in range(0, len(body), 2))
            while total >> 16:
                total = (total & 0xffff) + (total >> 16)
            frames.append(ip(Raw(body[:2] + (total ^ 0xffff).to_bytes(2, "big") + body[4:]), proto=2, ttl=1, dst="224.0.0.22"))
    return frames


def tcp():
    a, b = {"sport": 40000, "dport": 80}, {"sport": 80, "dport": 40000}
    back = {"src": B, "dst": A}
    opts = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (100, 0)), ("NOP", None), ("WScale", 7)]
    frames = [
        ip(TCP(flags="S", seq=1000, options=opts, **a)),
        ip(TCP(flags="SA", seq=5000, ack=1001, options=opts, **b), **back),
        ip(TCP(flags="A", seq=1001, ack=5001, options=[("NOP", None), ("NOP", None), ("Timestamp", (101, 100))], **a)),
        ip(TCP(flags="PA", seq=1001, ack=5001, **a) / b"GET / HTTP/1.0\r\n\r\n"),
        ip(TCP(flags="A", seq=5001, ack=1019, **b) / (b"x" * 100), **back),
        ip(TCP(flags="A", seq=1019, ack=5001, options=[("NOP", None), ("NOP", None), ("SAck", (5101, 5201))], **a)),
        ip(TCP(flags="A", seq=1019, ack=5001, options=[("NOP", None), ("NOP", None), ("SAck", (5101, 5201, 5301, 5401))], **a)),
        ip(TCP(flags="FA", seq=1019, ack=5101, **a)), ip(TCP(flags="R", seq=5101, **b), **back), ip(TCP(flags="RA", seq=5101, ack=1020, **b), **back),
        ip(TCP(flags="PAU", seq=1, ack=1, urgptr=3, sport=1, dport=2) / b"abc"), ip(TCP(flags="SEC", seq=9, sport=3, dport=4)),
        ip(TCP(flags="", seq=9, sport=3, dport=4)), ip(TCP(flags="FSRPAUEC", seq=9, ack=1, urgptr=2, sport=3, dport=5)), ip(TCP(flags="U", urgptr=0)),
        ip(TCP(flags="A", chksum=0xbad, seq=1, ack=2, sport=7, dport=8)), ip(TCP(flags="A", dataofs=4, sport=7, dport=8)),
        ip(TCP(flags="A", dataofs=15, sport=7, dport=8)), ip(TCP(flags="S", seq=4294967290, sport=99, dport=98)),
        ip(TCP(flags="PA", seq=4294967291, ack=1, sport=99, dport=98) / b"wrapped"), ip(TCP(flags="N", seq=1, sport=6, dport=7)),
    ]
    raw = [b"\x02\x03\x00\x00", b"\x03\x02\x00\x00", b"\x05\x05\x00\x00", b"\x08\x04\x01\x02", b"\x1c\x04\x80\x10", b"\x1c\x04\x00\x10",
           b"\x13\x12" + bytes(range(16)) + b"\x00\x00", b"\xfe\x04\xf9\x89", b"\xfe\x04\x12\x34", b"\x22\x02\x00\x00", b"\x22\x0a" + bytes(range(8)) + b"\x01\x01",
           b"\x1e\x0c" + bytes(10), b"\x63\x04\x01\x02", b"\x63\x00\x00\x00", b"\x63\x30\x00\x00", b"\x00\x01\x02\x03", b"\x01\x01\x01\x02", b"\x06\x06abcd\x00\x00",
           b"\x0b\x06abcd\x00\x00", b"\x0e\x03\x01\x00", b"\x05\x0b" + bytes(9) + b"\x01"]
    for o in raw:
        segment = bytearray(bytes(TCP(flags="S", seq=1, sport=11, dport=12)) + o + b"data")
        segment[12] = (20 + len(o)) // 4 << 4
        frames.append(ip(Raw(bytes(segment)), proto=6))
    return frames


def udp():
    frames = [ip(UDP(sport=1000, dport=2000) / (b"u" * n)) for n in (0, 1, 100, 1400)]
    frames += [ip(UDP(sport=1000, dport=2000, chksum=0) / b"none"), ip(UDP(sport=1000, dport=2000, chksum=0xbad) / b"bad"),
               ip(UDP(sport=1000, dport=2000, len=4) / b"short"), ip(UDP(sport=1000, dport=2000, len=900) / b"long"),
               ip(UDP(sport=1000, dport=2000, len=10) / b"inner"), ip(UDP(sport=1000, dport=2000, len=0) / b"zero"), ip(Raw(b"\1\2\3\4\5"), proto=17)]
    return frames


def dns():
    def question(name="www.example.com", qtype="A", **kw):
        return DNS(id=4660, rd=1, qd=DNSQR(qname=name, qtype=qtype), **kw)

    def answer(an, qtype="A", **kw):
        return ip(UDP(sport=53, dport=4000) / DNS(id=4660, qr=1, rd=1, ra=1, qd=DNSQR(qname="www.example.com", qtype=qtype), an=an, **kw), src=B, dst=A)

    rr = {"rrname": "www.example.com", "ttl": 300}
    q = [ip(UDP(sport=4000, dport=53) / question(qtype=t)) for t in ("A", "AAAA", "MX", "PTR", "TXT", "SOA", "NS", "CNAME", "SRV", "ANY", 200, "OPT")]
    q += [ip(UDP(sport=4000, dport=53) / DNS(id=1, rd=0, qd=DNSQR(qname="x.y"))), ip(UDP(sport=4000, dport=53) / question(name=".")),
          ip(UDP(sport=4000, dport=53) / DNS(id=2, rd=1, ad=1, qd=DNSQR(qname="x.y"))), ip(UDP(sport=4000, dport=53) / DNS(id=2, rd=1, cd=1, qd=DNSQR(qname="x.y"))),
          ip(UDP(sport=4000, dport=53) / question(ar=DNSRR(rrname=".", type=41, rclass=1232, ttl=0x8000, rdata=b""))),
          ip(UDP(sport=5353, dport=5353) / DNS(id=0, rd=0, qd=DNSQR(qname="host.local")), dst="224.0.0.251"),
          ip(UDP(sport=4000, dport=53) / DNS(id=2, opcode=5, qd=DNSQR(qname="x.y"))), ip(UDP(sport=4000, dport=53) / DNS(id=2, opcode=2, qd=None))]
    a = [
        answer(DNSRR(type="A", rdata="192.0.2.1", **rr)), answer(DNSRR(type="A", rdata="192.0.2.1", **rr) / DNSRR(type="A", rdata="192.0.2.2", **rr)),
        answer(DNSRR(type="CNAME", rdata="web.example.com", **rr) / DNSRR(rrname="web.example.com", type="A", rdata="192.0.2.3", ttl=7200)),
        answer(DNSRR(type="AAAA", rdata="2001:db8::1", **rr), "AAAA"), answer(None, rcode=3), answer(None, rcode=2), answer(None, rcode=5), answer(None, tc=1),
        answer(None, aa=1), answer(DNSRR(type="TXT", rdata=[b"hello", b"two"], **rr), "TXT"), answer(DNSRR(type="NS", rdata="ns.example.com", **rr), "NS"),
        answer(DNSRR(type="PTR", rdata="a.b", **rr), "PTR"), answer(DNSRR(type=15, rdata=b"\x00\x0a\x02mx\x00", **rr), "MX"),
        answer(DNSRR(type=33, rdata=b"\x00\x01\x00\x02\x00\x50\x02sv\x00", **rr), "SRV"),
        answer(DNSRR(type=6, rdata=b"\x02ns\x00\x04root\x00" + bytes(range(20)), **rr), "SOA"), answer(DNSRR(type=99, rdata=b"abc", **rr)),
        answer(DNSRR(type="A", rdata="192.0.2.1", **rr), ns=DNSRR(type="NS", rdata="ns.example.com", **rr), ar=DNSRR(type="A", rdata="192.0.2.9", **rr)),
    ]
    wire = bytes(IP(a[2][14:])[UDP].payload)
    broken = [wire[:n] for n in (5, 11, 12, 20, 33, 40, 50)] + [wire[:12] + b"\xc0\x0c" + wire[14:], wire[:6] + b"\x00\x09" + wire[8:],
                                                              wire[:12] + b"\x3f" + wire[13:], wire[:12] + b"\x80" + wire[13:], wire[:12] + b"\x03a.b\x00" + wire[12:]]
    return q + a + [ip(UDP(sport=53, dport=4000) / Raw(b), src=B, dst=A) for b in broken]


def dhcp():
    def message(options, op=1, **kw):
        fields = {"chaddr": bytes.fromhex("525400000001") + bytes(10), "xid": 0x12345678} | kw
        up = UDP(sport=68, dport=67) if op == 1 else UDP(sport=67, dport=68)
        return ip(up / BOOTP(op=op, **fields) / DHCP(options=options), src="0.0.0.0", dst="255.255.255.255")

    frames = [
        message([("message-type", "discover"), ("requested_addr", A), ("hostname", b"box"), ("param_req_list", [1, 3, 6, 15, 26, 28, 51, 58, 59, 121]), "end"],
                flags=0x8000),
        message([("message-type", "request"), ("server_id", B), ("requested_addr", A), ("max_dhcp_size", 1500), ("client_id", b"\x01\x52\x54\x00\x00\x00\x01"), "end"],
                secs=3),
        message([("message-type", "offer"), ("server_id", B), ("lease_time", 86400), ("subnet_mask", "255.255.255.0"), ("router", B), ("name_server", B, "10.0.0.3"),
                 ("domain", b"example.com"), ("broadcast_address", "10.0.0.255"), ("renewal_time", 43200), ("rebinding_time", 75600), ("interface-mtu", 1400), "end"],
                op=2, yiaddr=A, siaddr=B),
        message([("message-type", "ack"), ("server_id", B), (121, b"\x18\x0a\x01\x01\x0a\x00\x00\x02\x00\x0a\x00\x00\x01"), ("NTP_server", B), "end"], op=2, yiaddr=A,
                giaddr="10.0.0.7", hops=2, sname=b"server", file=b"boot.img"),
        message([("message-type", "nak"), ("server_id", B), ("error_message", b"no such lease"), "end"], op=2),
        message([("message-type", "release"), ("server_id", B), "end"], ciaddr=A), message([("message-type", "inform"), "end"], ciaddr=A),
        message([("message-type", "decline"), ("vendor_class_id", b"skbox"), (82, b"\x01\x04abcd"), (200, b"xyz"), (252, b""), "pad", "pad", "end"]),
        message([("message-type", 77), (12, b""), (1, b"\xff\xff"), (54, b"abcde"), (55, b""), (61, b"\x00name"), (52, b"\x03"), "end"]),
        message([], op=3), message([("message-type", "discover")]), ip(UDP(sport=68, dport=67) / BOOTP(op=1, hlen=16, htype=6)),
    ]
    whole = bytes(IP(frames[2][14:])[UDP].payload)
    frames += [ip(UDP(sport=67, dport=68) / Raw(whole[:n])) for n in (1, 30, 60, 200, 236, 239, 240, 243, 250, 260)]
    frames.append(ip(UDP(sport=67, dport=68) / Raw(whole[:240] + b"\x0c\xf0abc")))
    return frames


def rip():
    def message(payload, **kw):
        return ip(UDP(sport=520, dport=520) / payload, dst="224.0.0.9", ttl=1, **kw)

    one = RIPEntry(addr="10.1.0.0", mask="255.255.0.0", metric=2)
    v1 = RIPEntry(addr="10.1.0.0", metric=3)
    frames = [message(RIP(cmd=1, version=2) / RIPEntry(AF=0, metric=16)), message(RIP(cmd=1, version=1) / RIPEntry(AF=0, metric=16)), message(RIP(cmd=2, version=2) / one),
              message(RIP(cmd=2, version=2) / one / RIPEntry(addr="0.0.0.0", metric=1, nextHop="10.0.0.9", RouteTag=7) / RIPEntry(addr="10.9.9.9", mask="255.255.255.255", metric=16)),
              message(RIP(cmd=2, version=1) / v1 / v1), message(RIP(cmd=1, version=1) / v1), message(RIP(cmd=2, version=2) / RIPAuth(password=b"secret") / one),
              message(RIP(cmd=2, version=2) / RIPAuth(authtype=3, digestoffset=44, keyid=1, authdatalen=20, seqnum=9) / one / RIPAuth(AF=0xffff, authtype=1)),
              message(RIP(cmd=9, version=2) / one), message(RIP(cmd=2, version=0) / v1), message(RIP(cmd=2, version=3) / one), message(RIP(cmd=2, version=2) / RIPEntry(AF=5, metric=1)),
              message(RIP(cmd=2, version=2)), message(RIP(cmd=3, version=2) / one), message(RIP(cmd=2, version=2) / Raw(bytes(one)[:13]))]
    return frames + [message(Raw(b"\x02")), message(Raw(b"\x02\x02\x00"))]


def links():
    return [bytes(Ether(src=MAC_A, dst=MAC_B, type=t) / Raw(b"payload of no known type")) for t in (0x88b5, 0x9000, 0x0801, 0x600, 0x88cc)] + [
        bytes(Dot3(src=MAC_A, dst="01:80:c2:00:00:00") / Raw(b"\x42\x42\x03" + bytes(35))), eth(IPv6(src="fe80::1", dst="fe80::2") / TCP(sport=80, dport=5)),
        eth(IPv6(src="fe80::1", dst="fe80::2") / UDP(sport=53, dport=5) / b"x"), eth(IPv6(src="fe80::1", dst="ff02::1") / ICMPv6EchoRequest()),
        eth(IPv6(src="fe80::1", dst="fe80::2") / IPv6ExtHdrFragment(nh=6, m=1) / Raw(bytes(24)))]


KINDS = {"arp": arp, "ip": ip_plain, "icmp": icmp, "igmp": igmp, "tcp": tcp, "udp": udp, "dns": dns, "dhcp": dhcp, "rip": rip, "links": links}


def truncations(frames, rng, each=3):
    """Every frame cut short in a few places."""
    return [f[:rng.randrange(1, len(f))] for f in frames for _ in range(each)]


def everything(seed=1):
    frames = [f for kind in KINDS.values() for f in kind()]
    rng = random.Random(seed)
    garbled = []
    for f in frames:
        g = bytearray(f)
        g[rng.randrange(12, len(g))] ^= 1 << rng.randrange(8)
        garbled.append(bytes(g))
    return frames + garbled + truncations(frames, rng, 1)
