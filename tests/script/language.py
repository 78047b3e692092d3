"""Reads a packet script: text to a list of events.

The language is packetdrill's, as far as scripts for TCP over IPv4 use it (README.md beside this file). Nothing here knows of a
stack: an event is a time and an action, an action is a packet, a call, a line of shell, or a piece of Python.
"""

import dataclasses
import re
import socket
import struct

from . import wire


class ScriptError(Exception):
    def __init__(self, line, text):
        super().__init__(f"line {line}: {text}")


class Word(str):
    """A name that stands for a number, resolved when the call is made."""


class Ellipsis3:
    def __repr__(self):
        return "..."


ANY = Ellipsis3()


@dataclasses.dataclass
class Flags:
    names: list  # a | b | c


@dataclasses.dataclass
class Array:
    items: list


@dataclasses.dataclass
class Struct:
    fields: dict  # {name = value, ...}
    items: list  # {value, ...}


@dataclasses.dataclass
class Call:
    name: str
    args: list
    end: float | None  # when it returns, for one that waits: seconds after its start (or the script's, as its own time)
    result: object = ANY
    errno: str = ""
    args_end: int = 0  # the token after the last )


@dataclasses.dataclass
class Shell:
    command: str


@dataclasses.dataclass
class Code:
    text: str


@dataclasses.dataclass
class Event:
    line: int
    relative: bool
    any_time: bool
    time: float
    until: float | None  # the end of a range of times
    action: object
    text: str = ""  # the action's source; of a call, without its result
    comment: str = ""  # what stands before it


@dataclasses.dataclass
class Script:
    options: dict
    setup: list
    events: list


TOKEN = re.compile(r"""
    (?P<skip>[ \t\r\n]+ | //[^\n]* | \#![^\n]* | /\*.*?\*/)
  | (?P<code>%\{.*?\}%)
  | (?P<string>"(?:\\.|[^"\\])*")
  | (?P<shell>`(?:\\.|[^`\\])*`)
  | (?P<option>--[a-zA-Z0-9_]+)
  | (?P<ellipsis>\.\.\.)
  | (?P<address>\d+\.\d+\.\d+\.\d+)
  | (?P<float>-?\d*\.\d+)
  | (?P<word>[a-zA-Z0-9_]+)
  | (?P<negative>-\d+)
  | (?P<char>.)
""", re.X | re.S)


# What stands for something else in scripts, as packetdrill's -D: the cookie is that of ./defaults.sh's key and our two addresses.
DEFINES = {"TFO_COOKIE": "3021b9d889017eeb", "TFO_COOKIE_ZERO": "b7c12350a90dc8f5", "CMSG_LEVEL_IP": "SOL_IP",
           "CMSG_TYPE_RECVERR": "IP_RECVERR"}


class Lexer:
    def __init__(self, text, defines):
        self.text, self.tokens = text, []
        line, comment = 1, ""
        for m in TOKEN.finditer(text):
            if m.lastgroup != "skip":
                word = defines.get(m.group(), m.group()) if m.lastgroup == "word" else m.group()
                self.tokens.append((m.lastgroup, word, line, m.span(), comment))
                comment = ""
            elif m.group().startswith("//"):
                comment += m.group() + "\n"
            line += m.group().count("\n")
        self.at = 0
        self.last_line = line

    @property
    def line(self):
        return self.tokens[self.at][2] if self.at < len(self.tokens) else self.last_line

    def source(self, first, end):
        """The text of the tokens from number @first to before @end."""
        return self.text[self.tokens[first][3][0]:self.tokens[end - 1][3][1]]

    def peek(self, ahead=0):
        i = self.at + ahead
        return self.tokens[i][:2] if i < len(self.tokens) else ("end", "")

    def next(self):
        token = self.peek()
        self.at += 1
        return token

    def fail(self, text):
        raise ScriptError(self.line, f"{text}, at {self.peek()[1]!r}")

    def accept(self, text):
        if self.peek()[1] == text and self.peek()[0] != "string":
            self.at += 1
            return True
        return False

    def expect(self, text):
        if not self.accept(text):
            self.fail(f"{text!r} expected")

    def number(self):
        kind, text = self.peek()
        if kind in ("word", "negative") and re.fullmatch(r"-?\d+|0x[0-9a-fA-F]+", text):
            self.at += 1
            return int(text, 16 if text.startswith("0x") else 10)
        self.fail("a number expected")

    def seconds(self):
        kind, text = self.peek()
        if kind == "float" or kind == "word" and text.isdigit():
            self.at += 1
            return float(text)
        self.fail("a time expected")


class Parser:
    def __init__(self, text, defines):
        self.lex = Lexer(text, defines)

    def script(self):
        lex = self.lex
        options, setup, events = {}, [], []
        while lex.peek()[0] == "option":
            name, value = lex.next()[1][2:], "1"
            if lex.accept("="):
                value = lex.next()[1]
            options[name] = value.strip('"')
        while lex.peek()[0] == "shell":
            setup.append(Shell(lex.next()[1][1:-1]))
        while lex.peek()[0] != "end":
            if lex.peek()[0] == "shell":  # what tidies up afterwards: nothing is left to tidy
                lex.next()
                continue
            events.append(self.event())
        return Script(options, setup, events)

    def event(self):
        lex = self.lex
        line, relative, any_time, start, until = lex.line, False, False, 0.0, None
        comment = lex.tokens[lex.at][4]
        if lex.accept("*"):
            relative = any_time = True
        else:
            relative = lex.accept("+")
            start = lex.seconds()
            if lex.accept("~"):
                if relative:
                    lex.expect("+")
                until = lex.seconds()
        end = None
        if lex.peek()[0] == "ellipsis":
            lex.next()
            end = lex.seconds()
        first = lex.at
        action = self.action(end)
        last = action.args_end if isinstance(action, Call) else lex.at
        return Event(line, relative, any_time, start, until, action, lex.source(first, last), comment)

    def action(self, end):
        lex = self.lex
        kind, text = lex.peek()
        if kind == "shell":
            lex.next()
            return Shell(text[1:-1])
        if kind == "code":
            lex.next()
            return Code(text[2:-2].strip(" \t"))
        if text in "<>":
            return self.packet()
        if kind == "word":
            return self.call(end)
        lex.fail("a packet, a call, `shell` or %{ code }% expected")

    # ---- packets ----

    def packet(self):
        lex = self.lex
        p = wire.Packet(inbound=lex.next()[1] == "<", line=lex.line)
        if lex.accept("(") or lex.accept("["):
            self.ip_info(p)
        if lex.accept("udp"):
            lex.expect("(")
            p.kind, p.length = "udp", lex.number()
            lex.expect(")")
        elif lex.accept("icmp"):
            self.icmp(p)
        else:
            self.tcp(p)
        if lex.accept("{"):  # what a fuzzer would do to the packet
            while not lex.accept("}"):
                lex.next()
        return p

    def ip_info(self, p):
        lex = self.lex
        while True:
            name = lex.next()[1]
            if name in wire.ECN:
                p.ecn = wire.ECN[name]
            elif name == "ect01":
                p.ecn = "ect01"
            elif name in ("tos", "ttl"):
                setattr(p, name, lex.number())
            elif name == "flowlabel":
                lex.number()
            else:
                lex.fail("tos, ttl or an ECN code point expected")
            if not lex.accept(","):
                break
        if not lex.accept(")"):
            lex.expect("]")

    def span(self, p):
        lex = self.lex
        p.seq = lex.number()
        lex.expect(":")
        last = lex.number()
        lex.expect("(")
        p.length = lex.number()
        lex.expect(")")
        if last != (p.seq + p.length) & 0xFFFFFFFF:
            lex.fail("sequence numbers and length do not match")

    def tcp(self, p):
        lex = self.lex
        if lex.peek()[0] == "word" and lex.peek(1)[1] == ">":
            p.sport = lex.number()
            lex.expect(">")
            p.dport = lex.number()
        flags = ""
        if lex.peek()[0] == "word" and not lex.peek()[1].isdigit():
            flags = lex.next()[1]
        if re.fullmatch(r"\.[0-7]", lex.peek()[1]):  # an ACK, and accurate ECN's flags as a number
            flags += lex.next()[1]
        elif lex.accept("."):
            flags += "."
        elif not flags:
            lex.expect("-")
        for c in flags:
            if c not in wire.FLAGS and c not in "01234567":
                lex.fail(f"no such flag {c!r}")
            p.flags |= wire.FLAGS[c] if c in wire.FLAGS else int(c) << 6
        self.span(p)
        if lex.accept("ack"):
            p.ack = lex.number()
        if lex.accept("win"):
            p.win = lex.number()
        if lex.accept("urg"):
            p.urg = lex.number()
        if lex.accept("<"):
            p.options = self.options()
            if p.options is None and p.inbound:
                lex.fail("<...> is for packets that come out")
        if p.inbound and p.win is None:
            lex.fail("a packet that goes in needs a window")

    def options(self):
        lex = self.lex
        if lex.peek()[0] == "ellipsis":
            lex.next()
            lex.expect(">")
            return None
        found = []
        while True:
            found.append(self.option(lex.next()[1]))
            if lex.accept(">"):
                return found
            lex.expect(",")

    def option(self, name):
        lex = self.lex
        if name in ("nop", "eol", "sackOK"):
            return (name,)
        if name in ("mss", "wscale"):
            return (name, lex.number())
        if name == "TS":
            lex.expect("val")
            val = lex.number()
            lex.expect("ecr")
            return ("TS", val, lex.number())
        if name == "sack":
            blocks = []
            while lex.peek()[1].isdigit():
                left = lex.number()
                lex.expect(":")
                blocks.append((left, lex.number()))
            return ("sack", *blocks)
        if name == "ECN":
            counters = []
            while lex.peek()[1] in ("e0b", "e1b", "ceb"):
                counters.append((lex.next()[1], lex.number()))
            return ("ECN", *counters)
        if name in ("FO", "FOEXP", "md5"):
            cookie = b""
            if lex.peek()[0] == "word":
                cookie = bytes.fromhex(lex.next()[1])
            return (name, cookie)
        lex.fail(f"no such option {name!r}")

    def icmp(self, p):
        lex = self.lex
        p.kind, p.icmp = "icmp", (lex.next()[1], "")
        if lex.peek()[0] == "word" and lex.peek()[1] not in ("mtu", "id"):
            p.icmp = (p.icmp[0], lex.next()[1])
        if lex.accept("mtu"):
            p.mtu = lex.number()
        if lex.accept("id"):
            lex.number()
        if lex.accept("["):
            if lex.accept("udp"):
                lex.expect("(")
                p.echoed, p.length = "udp", lex.number()
                lex.expect(")")
            else:
                p.echoed = "tcp"
                self.span(p)
            lex.expect("]")

    # ---- calls ----

    def call(self, end):
        lex = self.lex
        call = Call(lex.next()[1], [], end)
        lex.expect("(")
        if not lex.accept(")"):
            call.args = self.values(")")
        call.args_end = lex.at
        if not lex.accept("="):  # in a script that is yet to be recorded
            return call
        call.result = self.value()
        if lex.peek()[0] == "word" and not lex.peek()[1].isdigit() and lex.peek()[1].isupper():
            call.errno = lex.next()[1]
        if lex.accept("("):  # a note for people
            while not lex.accept(")"):
                lex.next()
        return call

    def values(self, end):
        found = [self.value()]
        while not self.lex.accept(end):
            self.lex.expect(",")
            found.append(self.value())
        return found

    def value(self):
        left = self.one_value()
        if self.lex.peek()[1] != "|":
            return left
        parts = [left]
        while self.lex.accept("|"):
            parts.append(self.one_value())
        return Flags(parts)

    def one_value(self):
        lex = self.lex
        kind, text = lex.peek()
        if kind == "ellipsis":
            lex.next()
            return ANY
        if kind == "string":
            return self.string()
        if kind == "negative" or kind == "word" and re.match(r"\d", text):
            return lex.number()
        if kind == "word":
            lex.next()
            return self.named(text)
        if lex.accept("["):
            return Array([] if lex.accept("]") else self.values("]"))
        if lex.accept("{"):
            return self.structure()
        lex.fail("a value expected")

    def string(self):
        text = b""
        while self.lex.peek()[0] == "string":
            text += self.lex.next()[1][1:-1].encode().decode("unicode_escape").encode("latin1")
        if self.lex.peek()[0] == "ellipsis":
            self.lex.next()
        return text

    def named(self, name):
        lex = self.lex
        if name in ("htons", "inet_addr", "htonl"):
            lex.expect("(")
            arg = self.value()
            lex.expect(")")
            return arg if name != "inet_addr" else struct.unpack("=I", socket.inet_aton(arg.decode()))[0]
        if lex.peek()[1] == "=" and lex.peek()[0] == "char":
            lex.next()
            return (name, self.value())
        return Word(name)

    def structure(self):
        found = Struct({}, [])
        lex = self.lex
        while not lex.accept("}"):
            # {msg_name(...)=..., msg_iov(2)=[...], ...}: the number is that of the items
            if lex.peek()[0] == "word" and lex.peek(1)[1] == "(" and lex.peek()[1].startswith("msg_"):
                name = lex.next()[1]
                lex.expect("(")
                self.value()
                lex.expect(")")
                lex.expect("=")
                found.fields[name] = self.value()
            else:
                item = self.value()
                if isinstance(item, tuple):
                    found.fields[item[0]] = item[1]
                else:
                    found.items.append(item)
            if not lex.accept(","):
                lex.expect("}")
                break
        return found


def parse(text, defines=None):
    return Parser(text, DEFINES | (defines or {})).script()
