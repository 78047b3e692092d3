"""Packets: from a script's words to bytes, from bytes to words, and what makes one of ours differ from the script's."""

import dataclasses
import socket
import struct

LOCAL, REMOTE = "192.168.0.1", "192.0.2.1"
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, ".": 16, "U": 32, "E": 64, "W": 128, "A": 256}
SYN, ACK, URG = 2, 16, 32
ACCECN = {172: ("e0b", "ceb", "e1b"), 174: ("e1b", "ceb", "e0b")}  # RFC 9768: counters by kind of the option
ECN = {"noecn": 0, "ect1": 1, "ect0": 2, "ce": 3}
ICMP_TYPES = {"echo_reply": 0, "unreachable": 3, "source_quench": 4, "redirect": 5, "echo_request": 8, "time_exceeded": 11,
              "parameter_problem": 12}
ICMP_CODES = {"": 0, "net_unreachable": 0, "host_unreachable": 1, "protocol_unreachable": 2, "port_unreachable": 3,
              "frag_needed": 4, "source_route_failed": 5, "net_unknown": 6, "host_unknown": 7, "source_host_isolated": 8,
              "net_prohibited": 9, "host_prohibited": 10, "net_unreachable_for_tos": 11, "host_unreachable_for_tos": 12,
              "pkt_filtered": 13, "precedence_violation": 14, "precedence_cutoff": 15}
U32 = 0xFFFFFFFF


def set_hosts(local, remote):
    """Other addresses of the stack and its peer, for this process."""
    global LOCAL, REMOTE
    LOCAL, REMOTE = local, remote


@dataclasses.dataclass
class Packet:
    inbound: bool = False
    line: int = 0
    kind: str = "tcp"
    ecn: object = None
    tos: int | None = None
    ttl: int | None = None
    sport: int | None = None
    dport: int | None = None
    flags: int = 0
    seq: int = 0
    length: int = 0
    ack: int = 0
    win: int | None = None
    urg: int = 0
    options: list | None = dataclasses.field(default_factory=list)  # None: whatever they are
    icmp: tuple = ()
    mtu: int = 0
    echoed: str = ""
    addresses: tuple = ()
    data: bytes = b""
    part: int = 0  # the length of what it was joined of

    def __str__(self):
        arrow = "<" if self.inbound else ">"
        if self.kind == "udp":
            return f"{arrow} udp ({self.length})"
        if self.kind == "icmp":
            return f"{arrow} icmp {' '.join(map(str, self.icmp))}"
        if self.kind != "tcp":
            return f"{arrow} {self.kind} ({self.length})"
        text = arrow
        if self.tos is not None and self.tos & 3:
            text += f" [{next(k for k, v in ECN.items() if v == self.tos & 3)}]"
        flags = "".join(c for c in "FSRPUEWA." if self.flags & FLAGS[c]) or "-"
        text += f" {flags} {self.seq}:{(self.seq + self.length) & U32}({self.length})"
        if self.flags & ACK:
            text += f" ack {self.ack}"
        if self.win is not None:
            text += f" win {self.win}"
        if self.flags & URG:
            text += f" urg {self.urg}"
        if self.options is None:
            text += " <...>"
        elif self.options:
            text += f" <{','.join(option_text(o) for o in self.options)}>"
        return text


def option_text(option):
    name, args = option[0], option[1:]
    if name == "TS":
        return f"TS val {args[0]} ecr {args[1]}"
    if name == "sack":
        return "sack " + " ".join(f"{a}:{b}" for a, b in args)
    if name == "ECN":
        return " ".join(["ECN", *(f"{k} {v}" for k, v in args)])
    return " ".join([name, *(a.hex() if isinstance(a, bytes) else str(a) for a in args)]).strip()


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


# ---- options ----

def option_bytes(option):
    name, args = option[0], option[1:]
    if name == "nop":
        return b"\1"
    if name == "eol":
        return b"\0"
    kind, body = {
        "mss": lambda: (2, struct.pack("!H", *args)),
        "wscale": lambda: (3, struct.pack("!B", *args)),
        "sackOK": lambda: (4, b""),
        "sack": lambda: (5, b"".join(struct.pack("!II", a & U32, b & U32) for a, b in args)),
        "TS": lambda: (8, struct.pack("!II", args[0] & U32, args[1] & U32)),
        "md5": lambda: (19, args[0]),
        "FO": lambda: (34, args[0]),
        "FOEXP": lambda: (254, b"\xf9\x89" + args[0]),
        "ECN": lambda: (172 if args and args[0][0] == "e0b" else 174, b"".join(struct.pack("!I", v)[1:] for _, v in args)),
    }[name]()
    return bytes((kind, len(body) + 2)) + body


def read_option(kind, body):
    if kind == 2 and len(body) == 2:
        return ("mss", struct.unpack("!H", body)[0])
    if kind == 3 and len(body) == 1:
        return ("wscale", body[0])
    if kind == 4 and not body:
        return ("sackOK",)
    if kind == 5 and len(body) % 8 == 0:
        return ("sack", *struct.iter_unpack("!II", body))
    if kind == 8 and len(body) == 8:
        return ("TS", *struct.unpack("!II", body))
    if kind == 34:
        return ("FO", body)
    if kind == 254 and body[:2] == b"\xf9\x89":
        return ("FOEXP", body[2:])
    if kind in ACCECN and len(body) in (0, 3, 6, 9):
        return ("ECN", *((ACCECN[kind][i], int.from_bytes(body[3 * i:3 * i + 3], "big")) for i in range(len(body) // 3)))
    return (f"option{kind}", body)


def read_options(data):
    found, at = [], 0
    while at < len(data):
        if data[at] < 2:
            found.append(("nop",) if data[at] else ("eol",))
            at += 1
            continue
        length = data[at + 1] if at + 1 < len(data) else 0
        if length < 2:
            raise ValueError("broken TCP options")
        found.append(read_option(data[at], data[at + 2:at + length]))
        at += length
    return found


# ---- bytes ----

def ip_header(source, target, protocol, length, tos=0, ttl=255):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, tos, 20 + length, 0, 0x4000, ttl, protocol, 0, socket.inet_aton(source),
                       socket.inet_aton(target))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:]


def pseudo_checksum(source, target, protocol, segment):
    return checksum(socket.inet_aton(source) + socket.inet_aton(target) + struct.pack("!BBH", 0, protocol, len(segment)) + segment)


def build_tcp(p, sport, dport, seq, ack, options):
    """A segment from the remote host; sequence numbers and options are those of the live connection."""
    words = b"".join(map(option_bytes, options))
    if len(words) % 4:
        raise ValueError(f"TCP options are no multiple of 4 bytes long, but {len(words)}")
    offset = (20 + len(words)) << 2 | p.flags >> 8
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & U32, ack & U32, offset, p.flags & 255, p.win, 0, p.urg)
    segment = head + words + bytes(p.length)
    total = pseudo_checksum(REMOTE, LOCAL, 6, segment)
    segment = segment[:16] + struct.pack("!H", total) + segment[18:]
    tos = p.tos if p.tos is not None else p.ecn or 0
    return ip_header(REMOTE, LOCAL, 6, len(segment), tos, p.ttl or 255) + segment


def build_udp(p, sport, dport):
    segment = struct.pack("!HHHH", sport, dport, 8 + p.length, 0) + bytes(p.length)
    total = pseudo_checksum(REMOTE, LOCAL, 17, segment) or 0xFFFF
    return ip_header(REMOTE, LOCAL, 17, len(segment)) + segment[:6] + struct.pack("!H", total) + segment[8:]


def build_icmp(p, lport, rport, seq):
    """An error about a packet of ours: its IP header and the first 8 bytes behind it."""
    if p.echoed == "udp":
        echo = ip_header(LOCAL, REMOTE, 17, 8 + p.length) + struct.pack("!HHHH", lport, rport, 8 + p.length, 0)
    else:
        echo = ip_header(LOCAL, REMOTE, 6, 20 + p.length) + struct.pack("!HHI", lport, rport, seq & U32)
    body = struct.pack("!BBHI", ICMP_TYPES[p.icmp[0]], ICMP_CODES[p.icmp[1]], 0, p.mtu) + echo
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    return ip_header(REMOTE, LOCAL, 1, len(body)) + body


def read(raw):
    """What came out of the stack. Raises ValueError where it is no good packet."""
    if len(raw) < 20 or raw[0] >> 4 != 4:
        return Packet(kind="other", length=len(raw))
    ihl = (raw[0] & 15) * 4
    if checksum(raw[:ihl]):
        raise ValueError("bad IP checksum")
    if struct.unpack("!H", raw[2:4])[0] != len(raw):
        raise ValueError("IP length is not the packet's")
    p = Packet(tos=raw[1], ttl=raw[8], addresses=(socket.inet_ntoa(raw[12:16]), socket.inet_ntoa(raw[16:20])))
    body = raw[ihl:]
    if raw[9] == 6:
        read_tcp(p, body)
    elif raw[9] == 17:
        p.kind, p.length = "udp", len(body) - 8
        p.sport, p.dport = struct.unpack("!HH", body[:4])
    elif raw[9] == 1:
        p.kind, p.length, p.icmp = "icmp", len(body), (body[0], body[1])
    else:
        p.kind = "other"
    return p


def read_tcp(p, body):
    p.sport, p.dport, p.seq, p.ack, offset, p.flags, p.win, _, p.urg = struct.unpack("!HHIIBBHHH", body[:20])
    p.flags |= (offset & 1) << 8
    head = (offset >> 4) * 4
    p.options = read_options(body[20:head])
    p.data = body[head:]
    p.length = len(p.data)


# ---- comparing ----

def difference(want, got, ts_free):
    """Why @got is not the packet that the script wants, in words; "" if it is. @ts_free: any TS val is right."""
    if want.kind != got.kind:
        return "kind of packet"
    if want.kind == "icmp":
        return "" if (ICMP_TYPES[want.icmp[0]], ICMP_CODES[want.icmp[1]]) == got.icmp else "ICMP type"
    if want.kind == "udp":
        return "" if want.length == got.length else "length"
    for name in ("flags", "seq", "length", "ack", "win", "urg", "tos", "ttl"):
        expected = getattr(want, name)
        if expected is not None and expected != getattr(got, name):
            return {"win": "window", "urg": "urgent pointer"}.get(name, name)
    if want.ecn is not None and (got.tos & 3 not in (1, 2) if want.ecn == "ect01" else got.tos & 3 != want.ecn):
        return "ECN bits"
    if want.options is not None:
        return options_differ(want.options, got.options, ts_free)
    return ""


def options_differ(want, got, ts_free):
    if [o[0] for o in want] != [o[0] for o in got]:
        return "options"
    for a, b in zip(want, got):
        if a != b and not (a[0] == "TS" and ts_free and a[2] == b[2]):
            return f"option {a[0]}"
    return ""
