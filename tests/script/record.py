"""Completes a script: makes its calls and sends its packets, and writes down what came of them.

What comes out of the stack in the script is left out, results of calls may be missing, and `%{ ? tcpi_a tcpi_b }%` asks for
values. Run on Linux, this shows what Linux does; run on skbox, it gives a script with exact times to keep once both agree.
"""

import re

from . import names, wire
from .calls import Mismatch
from .language import Call, Code, Shell
from .play import Player


class Recorder(Player):
    """Lines of @lines: (time, text, comment); a call's result and packets in between as they happen."""

    def __init__(self, script, stack):
        super().__init__(script, stack)
        self.lines = []
        self.options.setdefault("tcp_ts_ecr_scaled", "1")
        self.results = {}

    def play_event(self, event):
        action = event.action
        if isinstance(action, wire.Packet) and not action.inbound:
            return
        base = self.clock if event.relative else 0.0
        due = base + event.time
        if not event.any_time:
            self.pass_time(due)
            self.due = due
        self.clock = due if not event.any_time else self.stack.now()
        self.drain()
        line = [self.clock, event.text, event.comment]
        self.lines.append(line)
        self.now_line = line
        if isinstance(action, Code) and action.text.startswith("?"):
            line[1] = self.ask(action.text[1:].split())
        elif isinstance(action, Call):
            self.results[id(action)] = line, base
            self.make_call(event, action, base)
        else:
            self.act(event, action, base)
        self.drain()

    def pass_time(self, until):
        while self.stack.now() < until - 1e-9:
            self.stack.run(until)
            self.check_blocked()
            self.drain()

    def ask(self, wanted):
        self.namespace.update(self.read_info(self.connection.fd))
        values = [self.namespace.get(w) for w in wanted]
        if len(wanted) == 1:
            return f"%{{ assert {wanted[0]} == {values[0]}, {wanted[0]} }}%"
        return "%{{\n{}\n}}%".format("\n".join(f"assert {w} == {v}, {w}" for w, v in zip(wanted, values)))

    def result(self, call, prepared, pending):
        (line, base), got = self.results[id(call)], pending.result
        text = str(got) if got >= 0 else f"-1 {names.error_name(-got)}"
        makes_fd = call.name in ("socket", "accept", "accept4", "open", "epoll_create", "epoll_create1")
        if makes_fd and got >= 0:
            text = str(call.result)
        elif call.name == "fcntl" and got > 0:
            text = hex(got)
        wait = ""
        if call.end is not None:
            wait = f"...{seconds(pending.when - base)} "
        line[1] = f"{wait}{line[1]} = {text}"
        try:
            prepared.check(got)
        except Mismatch as m:
            line[1] += f"   // MISMATCH {m}"
        prepared.done(got)

    def check_blocked(self):
        if self.blocked and self.blocked[3].ended:
            event, call, prepared, pending, end = self.blocked
            self.blocked = None
            self.result(call, prepared, pending)

    def drain(self):
        while self.stack.packets:
            when, raw = self.stack.packets.pop(0)
            got = self.ours(raw, wire.Packet(kind="any"))
            if got:
                self.keep(when, got)

    def keep(self, when, got):
        c = self.connection
        stamp = next((o for o in got.options or [] if o[0] == "TS"), None)
        if stamp:
            c.first_timestamp = c.first_timestamp or (100, stamp[1])
            mapped = (100 + stamp[1] - c.first_timestamp[1]) & wire.U32
            c.timestamps[mapped] = stamp[1]
            got.options = [("TS", mapped, o[2]) if o[0] == "TS" else o for o in got.options]
        self.lines.append([when, str(got), ""])

    def play(self):
        try:
            super().play()
            self.pass_time(self.clock + float(self.options.get("record_secs", 0.05)))
            self.drain()
        except Mismatch as m:
            self.lines.append([self.clock, f"// {m}", ""])
        return self.text()

    def text(self):
        out, clock = [], 0.0
        for name, value in self.script.options.items():
            if name not in ("tcp_ts_ecr_scaled", "record_secs"):
                out.append(f"--{name}={value}\n")
        for shell in self.script.setup:
            out.append(f"`{shell.command}`\n\n")
        for i, (when, text, comment) in enumerate(self.lines):
            out.append(("\n" if comment and i else "") + comment)
            wait, text = text.split(" ", 1) if text.startswith("...") else ("", text)
            time = f"{'+' if i else ''}{seconds(max(0.0, when - clock))}{wait}"
            out.append(f"{time:>6} {text}\n")
            clock = max(when, clock)
        return "".join(out)


def seconds(value):
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return re.sub(r"^0\.", ".", text) or "0"
