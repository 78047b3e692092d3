#!/usr/bin/python3
"""TCP through a bad network, beside Linux: for each cell of loss x delay x reordering three transfers through the same relay
with the same seed - Linux to Linux, skbox to Linux, Linux to skbox - and the ratio of each of the latter to the first.

    tests/bench/loss.py [--congestion cubic|bbr|reno] [--seconds S] [--seeds 1,2,3] [--rate 100mbit] [--cells "1% 50ms reorder"...] [--markdown FILE] [--json FILE]

The bottleneck has a rate and a queue, so that no cell measures how fast a machine moves memory. Loss and delay are each
way's: RTT is twice the delay. The three transfers of a seed run at the same time; a cell's figure is the mean of its seeds.
"""

import argparse
import concurrent.futures
import contextlib
import itertools
import json
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib.relay import Namespace, Relay, VmEnd  # noqa: E402
from lib.vm import VM  # noqa: E402

LOSSES, DELAYS, ORDERS = ["0%", "0.1%", "1%", "5%"], ["1ms", "50ms", "200ms"], ["", "reorder"]
OURS, THEIRS = "10.9.0.2", "10.9.0.1"
NET = f"ip={OURS}::{THEIRS}:255.255.255.0:skbox:eth0:off sysctl.net.ipv4.tcp_no_metrics_save=1"


def words(cell, rate):
    """The cell in netem's words. Reordering: one in a hundred overtakes."""
    loss, delay, order = cell
    text = f"delay {int(delay[:-2]) / 2:g}ms"
    if loss != "0%":
        text += f" loss {loss}"
    if order:
        text += " reorder 1%"
    return f"{text} rate {rate} limit 1000"


def iperf(namespace, peer, seconds, *more):
    """Bits a second that the receiver got."""
    text = namespace.run("iperf3", "-c", peer, "-t", str(seconds), "-J", *more, deadline=seconds + 120, check=False)
    result = json.loads(text[text.index("{"):])
    if "error" in result:
        raise RuntimeError(result["error"])
    return result["end"]["sum_received"]["bits_per_second"]


def linux(stack):
    end = stack.enter_context(Namespace())
    end.sysctl("net.ipv4.tcp_no_metrics_save", 1)
    return end


def linux_to_linux(stack, congestion, impair, seed, seconds):
    left, right = linux(stack), linux(stack)
    stack.enter_context(Relay(left.tap(f"{OURS}/24"), right.tap(f"{THEIRS}/24"), both=impair, seed=seed))
    right.run("iperf3", "-s", "-D", "-1")
    return iperf(left, THEIRS, seconds, "-C", congestion)


def with_skbox(stack, congestion, impair, seed, seconds, *more):
    peer = linux(stack)
    relay = stack.enter_context(Relay(VmEnd(), peer.tap(f"{THEIRS}/24"), seed=seed))
    vm = stack.enter_context(VM(append=NET, nets=[relay.a], mem=256))
    vm.wait_prompt()
    vm.run("iperf3 -s &")
    peer.run("ping", "-c", "1", "-w", "20", OURS)
    relay.set(both=impair)
    return iperf(peer, OURS, seconds, "-C", congestion, *more)


WAYS = {
    "Linux to Linux": linux_to_linux,
    "skbox to Linux": lambda *args: with_skbox(*args, "-R"),
    "Linux to skbox": with_skbox,
}


def transfer(way, *args):
    with contextlib.ExitStack() as stack:
        return WAYS[way](stack, *args)


def measure(cell, args):
    seconds = args.seconds * (2 if cell[1] == "200ms" else 1)
    rates = {way: [] for way in WAYS}
    for seed in args.seeds:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            jobs = {way: pool.submit(transfer, way, args.congestion, words(cell, args.rate), seed, seconds) for way in WAYS}
            for way, job in jobs.items():
                rates[way].append(job.result())
    return {way: statistics.mean(r) for way, r in rates.items()}


def line(cell, mean):
    reference = mean["Linux to Linux"]
    cells = [*cell[:2], "1 %" if cell[2] else "none", f"{reference / 1e6:.2f}"]
    for way in list(WAYS)[1:]:
        cells += [f"{mean[way] / 1e6:.2f}", f"{mean[way] / reference:.2f}"]
    return "| " + " | ".join(cells) + " |"


TITLE = """| loss | RTT | reordering | Linux to Linux, Mbit/s | skbox to Linux | ratio | Linux to skbox | ratio |
|---|---|---|---:|---:|---:|---:|---:|"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--seeds", type=lambda s: [int(x) for x in s.split(",")], default=[1, 2, 3])
    parser.add_argument("--congestion", default="cubic")
    parser.add_argument("--rate", default="100mbit")
    parser.add_argument("--cells", nargs="*", help='such as "1% 50ms" or "1% 50ms reorder"; all of them')
    parser.add_argument("--markdown", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    cells = list(itertools.product(LOSSES, DELAYS, ORDERS))
    if args.cells:
        cells = [tuple((text.split() + [""])[:3]) for text in args.cells]
    print(TITLE, flush=True)
    results = {}
    for cell in cells:
        results[" ".join(cell).strip()] = mean = measure(cell, args)
        print(line(cell, mean), flush=True)
    if args.markdown:
        args.markdown.write_text("\n".join([TITLE] + [line(tuple((k.split() + [""])[:3]), m) for k, m in results.items()]) + "\n")
    if args.json:
        args.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
