#!/usr/bin/python3
"""skbox, and a Linux guest, as a router between two Linuxes: what TCP carries through, and what a segment costs in instructions.

Usage: forward.py [--seconds S] [--pairs N] [--card CARD] [--profile] [--streams P] [--top N] [--kernel ELF]

Without --profile: skbox and Linux in turns; the rate of each run, their medians, and the median of the pairs' ratios, near to far and
back. With it: exact counts by function, of skbox alone (see profile.py).
"""

import argparse
import collections
import contextlib
import json
import statistics
import subprocess

import lab
import linux_guest
import profile
from lib.namespace import Namespace
from lib.vm import VM, Tap

NEAR, NEAR_GW, FAR, FAR_GW = "10.77.0.1", "10.77.0.2", "10.78.0.1", "10.78.0.2"
ROUTER = (f"quiet ip={NEAR_GW}:::255.255.255.0:router:eth0:off ip={FAR_GW}:::255.255.255.0::eth1:off "
          "sysctl.net.ipv4.ip_forward=1")
MSS = 1448


def iperf3(args, *options):
    """(Mbit/s, bytes) through the router."""
    run = subprocess.run(["iperf3", "-c", FAR, "-J", "-t", str(args.seconds), "-P", str(args.streams), *options],
                         capture_output=True, text=True, timeout=60 + args.seconds)
    result = json.loads(run.stdout)
    if "error" in result:
        raise RuntimeError(f"iperf3: {result['error']}")
    got = result["end"]["sum_received"]
    return got["bits_per_second"] / 1e6, got["bytes"]


@contextlib.contextmanager
def skbox(args, extra=()):
    with between(append=ROUTER, kernel=args.kernel, card=args.card, args=list(extra)) as vm:
        yield vm


@contextlib.contextmanager
def linux(args):
    kernel, initramfs = linux_guest.make()
    line = f"console=ttyS0 quiet panic=-1 -- {NEAR_GW} 255.255.255.0 {FAR_GW}"
    with between(boot=["-kernel", str(kernel), "-initrd", str(initramfs), "-append", line], card=args.card) as vm:
        yield vm


@contextlib.contextmanager
def between(**machine):
    """The machine with its two cables, the way through it open."""
    nets = [Tap(address=NEAR), Tap(name="sktap1", address="10.78.9.9")]
    with Namespace() as far, VM(nets=nets, mem=256, **machine) as vm:
        vm.expect("\nready" if "boot" in machine else "skbox# ", deadline=lab.BOOT_DEADLINE)
        far.take("sktap1", f"{FAR}/24")
        far.run("ip", "route", "add", "10.77.0.0/24", "via", FAR_GW)
        subprocess.run(["ip", "route", "replace", "10.78.0.0/24", "via", NEAR_GW], check=True)
        far.start("iperf3", "-s")
        vm.wait_until("iperf3 listens", lambda: far.run("ss", "-Hltn", "sport = :5201"))
        vm.wait_until("the way through is open", lambda: not subprocess.run(["ping", "-c", "1", "-W", "1", FAR], capture_output=True).returncode)
        yield vm


WAYS = {"near to far": [], "far to near": ["-R"]}


def measure(args):
    rates = collections.defaultdict(list)
    for _ in range(args.pairs):
        for router in (skbox, linux):
            with router(args):
                for way, options in WAYS.items():
                    rates[way, router].append(iperf3(args, *options)[0])
    for way in WAYS:
        ours, theirs = rates[way, skbox], rates[way, linux]
        ratio = statistics.median(a / b for a, b in zip(ours, theirs))
        print(f"{way}: {ratio:.2f}   skbox {statistics.median(ours):,.0f} Mbit/s ({', '.join(f'{r:,.0f}' for r in ours)})"
              f"   Linux {statistics.median(theirs):,.0f} ({', '.join(f'{r:,.0f}' for r in theirs)})")


def count(args, table):
    symbols, counts = profile.Symbols(args.kernel), profile.Counts(table)
    before, before_entered = counts.read()
    rate, transferred = iperf3(args)
    spent, entered = counts.read()
    spent, entered = spent - before, entered - before_entered
    functions = collections.Counter()
    for address, n in spent.items():
        functions[symbols.name(address)] += n
    segments, total = transferred / MSS, sum(functions.values())
    print(f"{total / segments:,.0f} instructions a segment of {MSS} bytes ({rate:,.0f} Mbit/s)\n")
    print("| function | instructions | share | calls |\n|---|---:|---:|---:|")
    for function, n in functions.most_common(args.top):
        calls = entered[symbols.address[function]] / segments
        print(f"| {function} | {n / segments:,.1f} | {100 * n / total:.1f} % | {calls:.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--streams", type=int, default=1)
    parser.add_argument("--top", type=int, default=25)
    parser.add_argument("--card", default="e1000")
    parser.add_argument("--kernel", default=str(lab.KERNEL))
    parser.add_argument("--profile", action="store_true")
    args = parser.parse_args()
    extra, table = [], lab.BUILD / "tb_count.table"
    if args.profile:
        extra = ["-plugin", f"{profile.build_plugin()},table={table}"]
    lab.enter_namespace()
    if not args.profile:
        measure(args)
        return
    with skbox(args, extra):
        count(args, table)


if __name__ == "__main__":
    main()
