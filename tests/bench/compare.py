#!/usr/bin/python3
"""skbox and a Linux guest side by side: the same QEMU (TCG), card, tap and peer, one after the other in pairs.

The peer is this machine's own Linux, in a network namespace of its own. Prints Markdown: medians, and the ratio pair by pair
(median of the ratios, and the lowest and highest), above 1 where skbox is the better one. The last columns are the CPU time that QEMU
takes for one of what is counted (a Mbit, a request): they say the same where the guest is what limits, and are less disturbed by what
else the machine does.

Usage: compare.py [--pairs N] [--seconds S] [--only NAME,...] [--card CARD] [--mem MB] [--against KERNEL.elf]
                  [--kernel KERNEL.elf] [--linux-append WORDS] [--json FILE]

--against compares with another kernel of skbox instead of Linux.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import time

import lab
from lab import DISCARD, ECHO, GUEST

SMALL = 18  # bytes of payload in a frame of 64, its check sequence included
HTTP_CONNECTIONS = 16
IPERF_TRIES = 20


def iperf(seconds, *words):
    """Mbit/s received. A server that is not listening yet, or not done with the test before, is asked again."""
    for _ in range(IPERF_TRIES):
        run = subprocess.run(["iperf3", "-c", GUEST, "-t", str(seconds), "-J", *words], capture_output=True, text=True,
                             timeout=seconds + 60)
        result = json.loads(run.stdout)
        if "error" not in result:
            return result["end"]["sum_received"]["bits_per_second"] / 1e6
        time.sleep(0.2)
    raise RuntimeError(f"iperf3: {result['error']}")


def gen(mode, seconds, number, *more):
    """Exchanges a second."""
    port = DISCARD if mode == "udp_flood" else ECHO
    result = lab.run_json(lab.BUILD / "gen", mode, GUEST, port, seconds, number, *more)
    if result["errors"]:
        raise RuntimeError(f"{mode}: {result}")
    return result["done"] / result["seconds"]


def http(seconds):
    """Requests a second over connections that stay."""
    out = subprocess.run(["wrk", "-t", "1", "-c", str(HTTP_CONNECTIONS), "-d", f"{seconds}s", f"http://{GUEST}/bench.html"],
                         check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise RuntimeError(out)
    return float(re.search(r"Requests/sec:\s*([\d.]+)", out).group(1))


def udp_in(guest, seconds):
    """Datagrams a second that the application gets while the peer sends all that it can."""
    before = guest.discarded()
    gen("udp_flood", seconds, SMALL)
    return (guest.discarded() - before) / seconds


# name: (what the table calls it, unit, whether more is better, how)
MEASURES = {
    "tcp_out": ("TCP out", "Mbit/s", lambda g, s: iperf(s, "-R")),
    "tcp_in": ("TCP in", "Mbit/s", lambda g, s: iperf(s)),
    "tcp_rr": ("TCP round trips, one connection", "/s", lambda g, s: gen("tcp_rr", s, 1)),
    "tcp_rr16": ("TCP round trips, 16 connections", "/s", lambda g, s: gen("tcp_rr", s, 16)),
    "udp_rr": ("UDP round trips, one at a time", "/s", lambda g, s: gen("udp_rr", s, 1)),
    "udp_rr16": ("UDP round trips, 16 at a time", "/s", lambda g, s: gen("udp_rr", s, 16)),
    "connections": ("connections, one at a time", "/s", lambda g, s: gen("tcp_crr", s, 1)),
    "connections16": ("connections, 16 at a time", "/s", lambda g, s: gen("tcp_crr", s, 16)),
    "http": (f"HTTP requests, {HTTP_CONNECTIONS} connections", "/s", lambda g, s: http(s)),
    "udp_in": ("UDP datagrams in, frames of 64 bytes", "/s", udp_in),
    "first_ping": ("start to first ping", "ms", lambda g, s: g.first_ping * 1000),
}
LESS_IS_BETTER = {"first_ping"}
NOT_BY_CPU = {"first_ping", "tcp_rr", "udp_rr", "connections"}  # skbox polls while it waits


def measure(boot, names, seconds):
    """{name: {"value": …, "cpu_us": QEMU's CPU time for one}}"""
    with boot() as guest:
        found = {}
        for name in names:
            before = guest.cpu_seconds()
            value = MEASURES[name][2](guest, seconds)
            cpu = guest.cpu_seconds() - before
            found[name] = {"value": value, "cpu_us": cpu * 1e6 / (value * seconds)}
            print(f"{guest.name}: {name} {value:.0f}, {found[name]['cpu_us']:.1f} us", file=sys.stderr, flush=True)
        return found


def ratio(name, key, ours, theirs):
    return theirs / ours if name in LESS_IS_BETTER or key == "cpu_us" else ours / theirs


def cells(name, key, pairs, form):
    """Median of each side, and [ratio of each pair]."""
    sides = [[pair[side][name][key] for pair in pairs] for side in (0, 1)]
    medians = " | ".join(format(statistics.median(values), form).replace(",", " ") for values in sides)
    return medians, [ratio(name, key, *values) for values in zip(*sides)]


def table(names, pairs, titles):
    yield f"| | | {titles[0]} | {titles[1]} | ratio | lowest | highest | us, {titles[0]} | us, {titles[1]} | ratio |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for name in names:
        values, ratios = cells(name, "value", pairs, ",.0f")
        row = f"{values} | {statistics.median(ratios):.2f} | {min(ratios):.2f} | {max(ratios):.2f}"
        costs = "| | "
        if name not in NOT_BY_CPU:
            cpu, cpu_ratios = cells(name, "cpu_us", pairs, ".1f")
            costs = f"{cpu} | {statistics.median(cpu_ratios):.2f}"
        yield f"| {MEASURES[name][0]} | {MEASURES[name][1]} | {row} | {costs} |"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--only", default=",".join(MEASURES))
    parser.add_argument("--card", default="e1000")
    parser.add_argument("--mem", type=int, default=256)
    parser.add_argument("--kernel", default=str(lab.KERNEL))
    parser.add_argument("--against", default="linux")
    parser.add_argument("--linux-append", default="")
    parser.add_argument("--json")
    return parser.parse_args()


def main():
    args = arguments()
    names = args.only.split(",")
    lab.program("gen")

    def skbox():
        return lab.Skbox(args.mem, args.card, kernel=args.kernel)

    def other():
        if args.against == "linux":
            return lab.Linux(args.mem, args.card, args.linux_append)
        return lab.Skbox(args.mem, args.card, kernel=args.against)

    lab.enter_namespace()
    pairs = []
    for number in range(args.pairs):  # who goes first takes turns
        order = [skbox, other] if number % 2 == 0 else [other, skbox]
        found = {boot: measure(boot, names, args.seconds) for boot in order}
        pairs.append((found[skbox], found[other]))
    titles = ("skbox", "Linux" if args.against == "linux" else pathlib.Path(args.against).name)
    print("\n".join(table(names, pairs, titles)))
    if args.json:
        path = pathlib.Path(args.json)
        path.parent.mkdir(parents=True, exist_ok=True)
        keys = ("skbox", "other")
        path.write_text(json.dumps({"against": args.against, "seconds": args.seconds, "card": args.card,
                                    "pairs": [dict(zip(keys, pair)) for pair in pairs]}, indent=1) + "\n")


if __name__ == "__main__":
    main()
