"""Plays one script against a stack: makes its calls and sends its packets at their times, and compares what comes out.

One connection is under test at a time, as in packetdrill: the one that the last socket(), listen() or accept() was about. The
script's sequence numbers count from 0 on our side too, and its timestamps are its own; both are mapped here.
"""

import dataclasses
import re
import struct

from . import names, wire
from .calls import BIND_PORT, CONNECT_PORT, Calls, Mismatch, number
from .language import ANY, Call, Code, Shell
from .shell import Shell as Commands

DEFAULT_TOLERANCE = 0.004
DEFAULT_TOLERANCE_PERCENT = 12.5  # of the time since the event before
PATIENCE = 2.0  # how long after its time a packet is still waited for, to show when it came
ANY_TIME = 1000.0
SLACK = 0.02  # of a stack in real time
ACTIVE = ("new", "connecting", "syn-sent")  # a SYN to the peer is that connection's


class Connection:
    """The connection under test: what the script's numbers mean on the wire."""

    def __init__(self, kind, fd, bind_port):
        self.kind, self.fd = kind, fd  # kind: stream, datagram
        self.state = "new"  # listening, connecting, syn-sent, connected, child
        self.local_port, self.remote_port = bind_port, CONNECT_PORT
        self.local_isn = None  # of the script's 0, in all that is no SYN
        self.script_isn = 0  # that of its SYN
        self.remote_isn = None  # the same of the peer, in all that is no SYN
        self.timestamps = {}  # of the script: on the wire
        self.first_timestamp = None  # script's, wire's


class Player:
    def __init__(self, script, stack, trace=None):
        self.script, self.stack, self.trace = script, stack, trace
        self.options = script.options
        self.tolerance = float(self.options.get("tolerance_usecs", DEFAULT_TOLERANCE * 1e6)) / 1e6
        if not stack.virtual:
            self.tolerance = max(self.tolerance, SLACK)
        self.proportion = float(self.options.get("tolerance_percent", DEFAULT_TOLERANCE_PERCENT)) / 100
        self.strict = self.options.get("strict_segments", "0") not in ("0", "false")
        self.any_address = False
        self.bind_port = int(self.options.get("bind_port", BIND_PORT))
        stack.mss = int(self.options.get("mss", 0))
        self.calls = Calls(self)
        self.commands = Commands(stack, self.say)
        self.connection = None
        self.children = []
        self.next_port = 40000
        self.clock = 0.0  # the script's: when the last event was due
        self.due = 0.0  # when the present event is
        self.rest = None  # (time, packet): what of a burst the script has not asked for yet
        self.blocked = None  # (event, call, prepared) that waits
        self.namespace = dict(names.EXTRA)

    # ---- what the calls tell ----

    def socket_made(self, fd, kind):
        self.connection = Connection("stream" if kind == 1 else "datagram", fd, self.bind_port)
        self.children.append(self.connection)

    def listening(self, fd):
        self.connection = next((c for c in self.children if c.fd == fd), Connection("stream", fd, self.bind_port))
        self.connection.state = "listening"

    def connecting(self, fd):
        c = self.connection
        if c and c.fd == fd and c.state == "disconnected":
            self.children.remove(c)
            c = self.connection = Connection(c.kind, fd, self.bind_port)
            self.children.append(c)
        if c and c.fd == fd and c.state == "new":
            c.state = "connecting"

    def disconnected(self, fd):
        if self.connection and self.connection.fd == fd:
            self.connection.state = "disconnected"

    def accepted(self, fd):
        for c in self.children:
            if c.state == "child" and c.fd is None:
                c.fd = fd
                self.connection = c
                return

    # ---- running ----

    def play(self):
        for name in filter(None, self.options.get("init_scripts", "").split(",")):
            self.commands.run(name)
        for shell in self.script.setup:
            self.commands.run(shell.command)
        if not self.stack.virtual:
            self.stack.begin()
        for event in self.script.events:
            self.play_event(event)
        self.finish_blocked()

    def play_event(self, event):
        base = self.clock if event.relative else 0.0
        due = base + event.time
        until = base + event.until if event.until is not None else None
        action = event.action
        try:
            if isinstance(action, wire.Packet) and not action.inbound:
                due = self.expect(event, due, until, self.clock)
            else:
                if not event.any_time:
                    self.pass_time(due)
                    self.due = due
                self.act(event, action, base)
        except Mismatch as m:
            raise Mismatch(f"line {event.line}: {m}") from None
        self.clock = due if not event.any_time else self.stack.now()

    def act(self, event, action, base):
        if isinstance(action, wire.Packet):
            self.inject(action)
        elif isinstance(action, Call):
            self.make_call(event, action, base)
        elif isinstance(action, Code):
            self.run_code(action.text)
        elif isinstance(action, Shell):
            self.commands.run(action.command)

    def pass_time(self, until):
        while self.stack.now() < until - 1e-9:
            self.stack.run(until)
            self.check_blocked()

    def say(self, text):
        if self.trace:
            print(f"{self.stack.now():10.6f} {text}", file=self.trace)

    # ---- packets in ----

    def inject(self, p):
        c = self.connection
        if p.kind == "tcp":
            if c is None or c.state == "listening":
                c = self.new_child()
            raw = self.segment(c, p)
            if c.state == "syn-sent" and p.flags & 18 == 18:
                c.state = "connected"
        elif p.kind == "icmp":
            raw = wire.build_icmp(p, c.local_port, c.remote_port, p.seq + (c.local_isn or 0))
        else:
            raw = wire.build_udp(p, c.remote_port, c.local_port)
        self.say(f"{p}")
        self.stack.late(self.due)
        self.stack.inject(raw)

    def new_child(self):
        self.next_port += 1
        child = Connection("stream", None, self.bind_port)
        child.state, child.remote_port = "child", self.next_port
        self.children.append(child)
        self.connection = child
        return child

    def segment(self, c, p):
        isn, base = c.local_isn or 0, 0
        if not p.flags & wire.SYN:
            base = c.remote_isn or 0
        elif c.remote_isn is None:
            c.remote_isn = p.seq
        options = [self.option_in(c, p, o, isn) for o in p.options]
        try:
            ack = p.ack + isn - (c.script_isn if p.flags & wire.SYN else 0) if p.flags & wire.ACK else p.ack
            return wire.build_tcp(p, p.sport or c.remote_port, p.dport or c.local_port, p.seq + base, ack, options)
        except ValueError as bad:
            raise Mismatch(str(bad)) from None

    def option_in(self, c, p, option, isn):
        if option[0] == "sack":
            return ("sack", *((a + isn, b + isn) for a, b in option[1:]))
        if option[0] == "TS" and p.flags & wire.ACK:
            return ("TS", option[1], self.echoed(c, option[2]))
        return option

    def echoed(self, c, ecr):
        if ecr in c.timestamps:
            return c.timestamps[ecr]
        if c.first_timestamp and self.options.get("tcp_ts_ecr_scaled"):
            return ecr - c.first_timestamp[0] + c.first_timestamp[1]
        raise Mismatch(f"no packet with TS val {ecr} has come out, so none can be echoed")

    # ---- packets out ----

    def expect(self, event, due, until, last):
        want = event.action
        latest = ANY_TIME if event.any_time else (until or due)
        when, got = self.next_ours(want, latest, last)
        while not self.strict and got.kind == want.kind == "tcp" and got.length < want.length:
            when, more = self.next_ours(want, latest, last)
            if more.sport != got.sport:  # that was another's SYN
                got = more
            else:
                self.join(want, got, more)
        if not self.strict and got.kind == want.kind == "tcp" and got.length > want.length > 0:
            self.split(want.length, got, when)
        self.compare(want, got, when)
        if event.any_time:
            return when
        slack = max(self.tolerance, self.proportion * (due - last))
        if not due - slack - 1e-9 <= when <= latest + slack + 1e-9:
            raise Mismatch(f"at {when:.6f}, not {due:.6f}{f'~{until:.6f}' if until else ''}: {got}")
        return max(when, last)

    def join(self, want, got, more):
        """Adds the next segment to @got, which was but a part of @want. Parts are of one length, but for the last."""
        part = got.part or got.length
        follows = more.seq == (got.seq + got.length) & wire.U32 and more.ack == got.ack and more.win == got.win
        if not follows or got.length + more.length < want.length and more.length != part:
            raise Mismatch(f"no part of one burst:\n    want {want}\n    got  {got}\n    then {more}")
        got.part, got.length, got.data = part, got.length + more.length, got.data + more.data
        got.flags = more.flags | got.flags & wire.FLAGS["W"]

    def split(self, length, got, when):
        """A burst that the script has in segments: the first of them stays in @got, the rest comes next."""
        self.rest = (when, dataclasses.replace(got, seq=(got.seq + length) & wire.U32, length=got.length - length,
                                               data=got.data[length:], options=list(got.options)))
        got.length, got.data = length, got.data[:length]
        got.flags &= ~(wire.FLAGS["P"] | wire.FLAGS["F"])

    def next_ours(self, want, latest, start):
        if self.rest:
            found, self.rest = self.rest, None
            return found
        while True:
            when, raw = self.next_packet(latest, start)
            got = self.ours(raw, want)
            if got:
                return when, got
            self.say(f"(another connection's) {wire.read(raw)}")

    def next_packet(self, latest, start):
        deadline = max(latest, start) + (PATIENCE if self.stack.virtual else PATIENCE + 0.2)
        while not self.stack.packets:
            if self.stack.now() >= deadline:
                raise Mismatch("no packet comes out")
            self.stack.run(deadline)
            self.check_blocked()
        return self.stack.packets.pop(0)

    def ours(self, raw, want):
        """The packet in the script's words if it is of the connection under test."""
        try:
            got = wire.read(raw)
        except ValueError as bad:
            raise Mismatch(str(bad)) from None
        c = self.connection
        if c is None or got.kind == "other" or got.addresses[1] != wire.REMOTE:
            return None
        if got.kind in ("tcp", "udp"):
            if c.state in ACTIVE and got.dport == c.remote_port and (got.kind == "udp" or got.flags & 18 == wire.SYN):
                self.connects_from(c, got.sport)
            if (got.sport, got.dport) != (c.local_port, c.remote_port):
                return None
        if got.kind == "tcp":
            if got.flags & wire.SYN and c.local_isn is None:
                c.local_isn, c.script_isn = got.seq, want.seq
            got.seq = (got.seq - (c.local_isn or 0) + (c.script_isn if got.flags & wire.SYN else 0)) & wire.U32
            if c.remote_isn and not got.flags & (wire.SYN | wire.FLAGS["R"]):
                self.count_from_zero(c, got)
        return got

    def connects_from(self, c, port):
        if c.local_port != port:
            c.local_port, c.local_isn = port, None
        if c.state == "connecting":
            c.state = "syn-sent"

    def count_from_zero(self, c, got):
        """What we say of the peer's numbers."""
        if got.flags & wire.ACK:
            got.ack = (got.ack - c.remote_isn) & wire.U32
        got.options = [("sack", *(((a - c.remote_isn) & wire.U32, (b - c.remote_isn) & wire.U32) for a, b in o[1:]))
                       if o[0] == "sack" else o for o in got.options]

    def compare(self, want, got, when):
        if want.kind == got.kind == "tcp":
            self.map_timestamps(want, got)
        if self.trace:
            print(f"{when:10.6f} {got}", file=self.trace)
        tick = float(self.options.get("tcp_ts_tick_usecs", 0))
        wrong = wire.difference(want, got, ts_free=not tick)
        if wrong:
            raise Mismatch(f"{wrong} differs:\n    want {want}\n    got  {got}   at {when:.6f}")
        if any(got.data):
            raise Mismatch("the data is not what was written")

    def map_timestamps(self, want, got):
        c = self.connection
        pair = [next((o for o in p.options or [] if o[0] == "TS"), None) for p in (want, got)]
        if None in pair:
            return
        script, live = pair[0][1], pair[1][1]
        c.timestamps[script] = live
        c.first_timestamp = c.first_timestamp or (script, live)
        tick = float(self.options.get("tcp_ts_tick_usecs", 0))
        mapped = (c.first_timestamp[0] + live - c.first_timestamp[1]) & wire.U32
        if tick and abs(mapped - script) * tick <= max(self.tolerance * 1e6, tick):
            mapped = script
        got.options = [("TS", mapped, o[2]) if o[0] == "TS" else o for o in got.options]

    # ---- calls ----

    def make_call(self, event, call, base):
        self.finish_blocked()
        prepared = self.calls.prepare(call)
        self.stack.late(self.due)
        pending = self.stack.call(prepared.name, *prepared.args, waits=call.end is not None)
        if call.end is not None:
            pending.slack = max(self.tolerance, self.proportion * (base + call.end - self.due))
            self.blocked = (event, call, prepared, pending, base + call.end)
            if self.stack.virtual and pending.ended and base + call.end - self.stack.now() > self.tolerance:
                self.check_blocked()
            return
        if not pending.ended:
            raise Mismatch(f"{call.name}() waits")
        self.result(call, prepared, pending)

    def result(self, call, prepared, pending):
        got = pending.result
        self.say(f"{call.name}(...) = {got if got >= 0 else '-1 ' + names.error_name(-got)}")
        shown = got if got >= 0 else f"-1 {names.error_name(-got)}"
        if call.errno:
            if got != -names.number(call.errno):
                raise Mismatch(f"{call.name}() gives {shown}, not -1 {call.errno}")
        elif call.result is not ANY:
            makes_fd = call.name in ("socket", "accept", "accept4", "open", "epoll_create", "epoll_create1")
            want = number(call.result)
            if got < 0 and want != -1 or got >= 0 and want != got and not (makes_fd and want >= 0):
                raise Mismatch(f"{call.name}() gives {shown}, not {want}")
        prepared.check(got)
        prepared.done(got)

    def check_blocked(self):
        if self.blocked and self.blocked[3].ended:
            event, call, prepared, pending, end = self.blocked
            self.blocked = None
            try:
                if abs(pending.when - end) > pending.slack + 1e-9:
                    raise Mismatch(f"{call.name}() returns at {pending.when:.6f}, not {end:.6f}: {pending.result}")
                self.result(call, prepared, pending)
            except Mismatch as m:
                raise Mismatch(f"line {event.line}: {m}") from None

    def finish_blocked(self):
        self.check_blocked()
        deadline = (self.blocked[4] if self.blocked else 0) + PATIENCE
        while self.blocked:
            if self.stack.now() >= deadline:
                raise Mismatch(f"line {self.blocked[0].line}: {self.blocked[1].name}() does not return")
            self.stack.run(deadline)
            self.check_blocked()

    # ---- Python ----

    def run_code(self, text):
        c = self.connection
        if c and c.kind == "stream" and c.fd is not None:
            self.namespace.update(self.read_info(c.fd))
        try:
            exec(compile(text.strip("\\\n "), "<script>", "exec"), self.namespace)
        except AssertionError as failed:
            seen = {w: self.namespace[w] for w in dict.fromkeys(re.findall(r"\btcpi?_\w+|\bSK_\w+|\bbbr_\w+", text))
                    if w in self.namespace and w not in names.EXTRA}
            raise Mismatch(f"assertion fails: {failed or text.strip()}  {seen}") from None

    def read_info(self, fd):
        from .calls import buffer
        out, length = buffer(bytes(512)), buffer(struct.pack("=i", 512))
        call = self.stack.call("getsockopt", fd, 6, names.number("TCP_INFO"), out, length)
        if call.result != 0:
            return {}
        found = names.tcp_info(out.raw[:struct.unpack("=i", length.raw[:4])[0]])
        out, length = buffer(bytes(64)), buffer(struct.pack("=i", 64))
        if self.stack.call("getsockopt", fd, 6, names.number("TCP_CC_INFO"), out, length).result == 0:
            words = struct.unpack("=5I", out.raw[:20])
            found |= {"bbr_bw_lo": words[0], "bbr_bw_hi": words[1], "bbr_bw": words[0] | words[1] << 32, "bbr_min_rtt": words[2],
                      "bbr_pacing_gain": words[3], "bbr_cwnd_gain": words[4]}
        out, length = buffer(bytes(64)), buffer(struct.pack("=i", 64))
        if self.stack.call("getsockopt", fd, 1, names.number("SO_MEMINFO"), out, length).result == 0:
            fields = ("RMEM_ALLOC", "RCVBUF", "WMEM_ALLOC", "SNDBUF", "FWD_ALLOC", "WMEM_QUEUED", "OPTMEM", "BACKLOG", "DROPS")
            found |= {f"SK_MEMINFO_{n}": v for n, v in zip(fields, struct.unpack("=9I", out.raw[:36]))}
        return found
