#!/usr/bin/python3
"""TCP through a bad network, beside Linux: for each cell of loss x delay x reordering three transfers through the same relay
with the same seed - Linux to Linux, skbox to Linux, Linux to skbox - and the ratio of each of the latter to the first.

    tests/bench/loss.py [--minutes M] [--seconds S] [--together N] [--congestion cubic|bbr|reno] [--rate 100mbit]
                        [--cells "1% 50ms reorder"...] [--markdown FILE] [--json FILE] [--add]

The bottleneck has a rate and a queue, so that no cell measures how fast a machine moves memory. Loss is each way's; the RTT
is twice the delay. docs/loss.md says how to read the table, and why it is measured like this:

- What befalls a segment follows from the seed and from what it says: the same in all three, as long as they say the same.
- Transfers run at the same time as far as two cores bear it: few where the RTT is so short that waiting for a core shows.
- All cells get a seed or more; then always the one whose ratios are known least well, until they are known to PRECISION or
  the --minutes are over. --add goes on where the run that has left --json has stopped.
- Ratio: the geometric mean of the seeds' ratios, for a flow that loses twice as many packets is a factor slower.
"""

import argparse
import concurrent.futures
import contextlib
import itertools
import json
import math
import pathlib
import statistics
import subprocess
import sys
import threading
import time

import pexpect

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib.relay import Namespace, Relay, VmEnd  # noqa: E402
from lib.vm import VM, wait_until  # noqa: E402

LOSSES, DELAYS, ORDERS = ["0%", "0.1%", "1%", "5%"], ["1ms", "50ms", "200ms"], ["", "reorder"]
SENDER, RECEIVER = "10.9.0.2", "10.9.0.1"
# QEMU's e1000 sends an empty segment after a burst that it has cut into whole segments, and that would take its turn at the
# dice, too: cut the bursts ourselves.
BOOT = "ip={}::{}:255.255.255.0:skbox:eth0:off sysctl.net.ipv4.tcp_no_metrics_save=1 e1000.TSO=0"
PRECISION = 0.04  # standard error of a ratio's logarithm
SPREAD, ROUGH_SPREAD = 0.06, 0.25  # of seeds, before there are several: without losses and reordering; with
VAGUE = 0.12  # as badly known as this are all alike: the one with the fewest seeds is next
SEEDS_MAX = 99
BUSY = 200e6  # bit/s of all transfers at the same time
IPERF = ["setpriv", "--pdeathsig", "KILL", "iperf3"]  # it would spin for ever without its network
SECONDS = {"1ms": 4, "50ms": 8, "200ms": 12}  # so that slow start is not most of it


def words(cell, rate):
    """The cell in netem's words. Reordering: one in a hundred overtakes."""
    loss, delay, order = cell
    text = f"delay {int(delay[:-2]) / 2:g}ms"
    if loss != "0%":
        text += f" loss {loss}"
    if order:
        text += " reorder 1%"
    return f"{text} rate {rate} limit 1000"


# ---- ends: each has attach() for the relay, serve(), wait_received(), send() ----

class LinuxEnd(Namespace):
    def __init__(self, address):
        super().__init__()
        self.address = address
        self.sysctl("net.ipv4.tcp_no_metrics_save", 1)
        # A connection that begins with BBR stays paced when iperf3 asks for another algorithm.
        self.sysctl("net.ipv4.tcp_congestion_control", "reno")

    def cable(self):
        return self.tap(f"{self.address}/24")

    def boot(self, _stack, _peer):
        pass

    def serve(self):
        self.server = self.popen(*IPERF, "-s", "-1", "-J", stdout=subprocess.PIPE, text=True)
        wait_until("iperf3 listens", lambda: ":5201" in self.run("ss", "-ltn"))

    def send(self, peer, seconds, congestion):
        """What the receiver got, bits a second; None: the receiver knows better."""
        text = self.run(*IPERF, "-c", peer, "-t", str(seconds), "-J", "-C", congestion, deadline=seconds + 120, check=False)
        return received(text)

    def received(self, deadline):
        return received(self.server.communicate(timeout=deadline)[0])

    def close(self):
        if hasattr(self, "server") and self.server.poll() is None:
            self.server.kill()
            self.server.communicate()
        super().close()


class SkboxEnd:
    def __init__(self, address):
        self.address, self.end = address, VmEnd()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def cable(self):
        return self.end

    def boot(self, stack, peer):
        self.vm = stack.enter_context(VM(append=BOOT.format(self.address, peer.address), nets=[self.end], mem=256))
        self.vm.wait_prompt()

    def serve(self):
        self.vm.run("iperf3 -s -1 > /tmp/iperf3 &")  # not in between what we look for
        wait_until("iperf3 listens", lambda: ":1451 " in self.vm.run("cat /proc/net/tcp"))

    def send(self, peer, seconds, congestion):
        self.vm.run(f"iperf3 -c {peer} -t {seconds} -C {congestion}", seconds + 120)

    def received(self, _deadline):
        return None  # it has told the client


def received(text):
    result = json.loads(text[text.index("{"):])
    if "error" in result:
        raise RuntimeError(result["error"])
    return result["end"]["sum_received"]["bits_per_second"]


WAYS = {
    "Linux to Linux": (LinuxEnd, LinuxEnd),
    "skbox to Linux": (SkboxEnd, LinuxEnd),
    "Linux to skbox": (LinuxEnd, SkboxEnd),
}


def transfer(way, args, cell, seed, ready):
    """Bits a second that the receiver got. Begins when all others are @ready, for a guest that boots takes a core."""
    seconds = args.seconds or SECONDS.get(cell[1], 8)
    with contextlib.ExitStack() as stack:
        sender, receiver = (stack.enter_context(kind(address)) for kind, address in zip(WAYS[way], (SENDER, RECEIVER)))
        relay = stack.enter_context(Relay(sender.cable(), receiver.cable(), seed=seed, by_segment=True))
        sender.boot(stack, receiver)
        receiver.boot(stack, sender)
        for end, peer in ((sender, RECEIVER), (receiver, SENDER)):
            if isinstance(end, LinuxEnd):
                end.run("ping", "-c", "1", "-w", "20", peer)
        receiver.serve()
        relay.set(both=words(cell, args.rate))
        with contextlib.suppress(threading.BrokenBarrierError):
            ready.wait(60)
        told = sender.send(RECEIVER, seconds, args.congestion)
        return receiver.received(120) or told


def attempt(*job):
    """A transfer whose control connection fell victim to the dice is none."""
    try:
        return transfer(*job)
    except (RuntimeError, ValueError, AssertionError, pexpect.ExceptionPexpect, subprocess.TimeoutExpired) as cause:
        job[-1].abort()  # nobody waits for us
        print(f"{job[0]}, {' '.join(job[2])}, seed {job[3]}: {str(cause).splitlines()[0]}", file=sys.stderr)
        return None


# ---- a cell ----

def ratios(rates, way):
    return [math.log(ours / theirs) for ours, theirs in zip(rates[way], rates["Linux to Linux"])]


def standard_error(values):
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.inf


def uncertainty(cell, rates):
    """The standard error of the worse of the two ratios."""
    spread = SPREAD if cell[0] == "0%" and not cell[2] else ROUGH_SPREAD
    n = len(rates["Linux to Linux"])
    if not n:
        return math.inf
    squares = [sum((r - statistics.mean(logs)) ** 2 for r in logs)
               for logs in (ratios(rates, way) for way in list(WAYS)[1:])]
    return math.sqrt((max(squares) + spread ** 2) / n / n)


def run_together(args, cell, jobs):
    """{(seed, way): rate} of all @jobs, which run at the same time."""
    ready = threading.Barrier(len(jobs))
    with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
        return dict(zip(jobs, pool.map(lambda job: attempt(job[1], args, cell, job[0], ready), jobs)))


def run_seeds(args, cell, seeds, together, rates):
    """A seed counts if all of its transfers have come to an end."""
    jobs, found = list(itertools.product(seeds, WAYS)), {}
    while jobs:
        found |= run_together(args, cell, jobs[:together])
        jobs = jobs[together:]
    for seed in seeds:
        if all(found[seed, way] for way in WAYS):
            for way in WAYS:
                rates[way].append(found[seed, way])


def likely_rate(cell):
    """What Reno would have (Mathis 1997)."""
    loss, rtt = float(cell[0][:-1]) / 100, float(cell[1][:-2]) / 1000
    return min(95e6, 1.2 * 8 * 1448 / rtt / math.sqrt(loss or 1e-9))


def seeds_together(cell, rates, most):
    """How many seeds at the same time; 0: not even the three ways of one."""
    rate = max((statistics.mean(rates[way]) for way in WAYS if rates[way]), default=likely_rate(cell))
    if cell[1] == "1ms":
        return 0
    return max(1, int(min(most, BUSY / rate) / len(WAYS)))


def measure(cell, args, rates):
    """Some seeds more."""
    many = seeds_together(cell, rates, args.together)
    first = rates["tried"] + 1
    rates["tried"] += max(many, 1)
    run_seeds(args, cell, range(first, rates["tried"] + 1), many * len(WAYS) or 1, rates)


class Clock:
    """What is left of the time, and whether it is enough for a turn like those that the cell has had."""

    def __init__(self, minutes):
        self.end, self.longest = time.monotonic() + 60 * minutes, {}

    def enough(self, cell):
        return time.monotonic() + self.longest.get(cell, 0) <= self.end

    def turn(self, cell, work):
        began = time.monotonic()
        work()
        self.longest[cell] = max(self.longest.get(cell, 0), time.monotonic() - began)


def next_cell(results, clock):
    """The one that is known least well, of those that there is time for; None: enough."""
    doubts = {cell: uncertainty(cell, rates) for cell, rates in results.items()}
    open_cells = [(min(doubt, VAGUE), -results[cell]["tried"], cell) for cell, doubt in doubts.items()
                  if doubt > PRECISION and results[cell]["tried"] < SEEDS_MAX and clock.enough(cell)]
    fresh = [cell for cell, rates in results.items() if not rates["tried"]]
    if fresh:
        return fresh[0]
    return max(open_cells, key=lambda entry: entry[:2])[2] if open_cells else None


# ---- the table ----

TITLE = """| loss | RTT | reordering | Linux to Linux, Mbit/s | skbox to Linux | ratio | | Linux to skbox | ratio | | seeds |
|---|---|---|---:|---:|---:|---|---:|---:|---|---:|"""


def line(cell, rates):
    if not rates["Linux to Linux"]:
        return "| " + " | ".join([*cell[:2], "1 %" if cell[2] else "none", "no transfer"]) + " |"
    text = [*cell[:2], "1 %" if cell[2] else "none", f"{statistics.median(rates['Linux to Linux']) / 1e6:.2f}"]
    for way in list(WAYS)[1:]:
        logs = ratios(rates, way)
        text += [f"{statistics.median(rates[way]) / 1e6:.2f}", f"{math.exp(statistics.mean(logs)):.2f}",
                 f"± {100 * math.expm1(standard_error(logs)):.0f} %" if len(logs) > 1 else ""]
    return "| " + " | ".join([*text, str(len(logs))]) + " |"


def write_table(path, lines):
    """Into @path, in place of the table that it has."""
    old = path.read_text().splitlines() if path.exists() else []
    at = next((i for i, text in enumerate(old) if text.startswith("| loss |")), len(old))
    rest = itertools.dropwhile(lambda text: text.startswith("|"), old[at:])
    path.write_text("\n".join([*old[:at], *lines, *rest]) + "\n")


def table(results):
    return TITLE.splitlines() + [line(cell, rates) for cell, rates in results.items() if rates["tried"]]


def write(args, results):
    if args.markdown:
        write_table(args.markdown, table(results))
    if args.json:
        args.json.write_text(json.dumps({" ".join(cell).strip(): rates for cell, rates in results.items()}, indent=1) + "\n")


def parse_cell(text):
    return tuple((text.split() + [""])[:3])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=18, help="for all cells together, about")
    parser.add_argument("--seconds", type=int, help="of a transfer; 4, 8, 12 at 1, 50, 200 ms")
    parser.add_argument("--together", type=int, default=9, help="transfers at the same time, at most")
    parser.add_argument("--congestion", default="cubic")
    parser.add_argument("--rate", default="100mbit")
    parser.add_argument("--cells", nargs="*", help='such as "1%% 50ms" or "1%% 50ms reorder"; all of them')
    parser.add_argument("--markdown", type=pathlib.Path, help="a page whose table is replaced")
    parser.add_argument("--json", type=pathlib.Path, help="all rates, seed by seed")
    parser.add_argument("--add", action="store_true", help="to what --json holds already")
    args = parser.parse_args()
    clock = Clock(args.minutes)
    cells = [parse_cell(text) for text in args.cells or []] or list(itertools.product(LOSSES, DELAYS, ORDERS))
    results = {cell: {way: [] for way in WAYS} | {"tried": 0} for cell in cells}
    if args.add and args.json.exists():
        results |= {parse_cell(name): rates for name, rates in json.loads(args.json.read_text()).items()}
    print(TITLE, flush=True)
    while cell := next_cell({cell: results[cell] for cell in cells}, clock):
        clock.turn(cell, lambda: measure(cell, args, results[cell]))
        print(line(cell, results[cell]), flush=True)
        write(args, results)
    print("\n" + "\n".join(table(results)))


if __name__ == "__main__":
    main()
