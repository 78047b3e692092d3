#!/usr/bin/python3
"""skbox as a router between two Linuxes: what TCP carries through it, and what a segment costs it in instructions.

Usage: forward.py [--seconds S] [--pairs N] [--card CARD] [--profile] [--streams P] [--top N] [--kernel ELF]

Without --profile: the rate of each run and their median, near to far and back. With it: exact counts by function (see profile.py).
"""

import argparse
import collections
import json
import statistics
import subprocess

import lab
import profile
from lib.far import Namespace
from lib.vm import VM, Tap

NEAR, NEAR_GW, FAR, FAR_GW = "10.77.0.1", "10.77.0.2", "10.78.0.1", "10.78.0.2"
ROUTER = (f"quiet ip={NEAR_GW}:::255.255.255.0:router:eth0:off ip={FAR_GW}:::255.255.255.0::eth1:off "
          "sysctl.net.ipv4.ip_forward=1")
MSS = 1448


def iperf3(args, *options):
    """(Mbit/s, bytes) through the router."""
    run = subprocess.run(["iperf3", "-c", FAR, "-J", "-t", str(args.seconds), "-P", str(args.streams), *options],
                         capture_output=True, text=True, timeout=60 + args.seconds)
    got = json.loads(run.stdout)["end"]["sum_received"]
    return got["bits_per_second"] / 1e6, got["bytes"]


def measure(args):
    for name, options in (("near to far", []), ("far to near", ["-R"])):
        rates = [iperf3(args, *options)[0] for _ in range(args.pairs)]
        print(f"{name}: {statistics.median(rates):,.0f} Mbit/s   ({', '.join(f'{r:,.0f}' for r in rates)})")


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
    nets = [Tap(address=NEAR), Tap(name="sktap1", address="10.78.9.9")]
    with Namespace() as far, VM(append=ROUTER, nets=nets, mem=128, card=args.card, kernel=args.kernel, args=extra) as vm:
        vm.wait_prompt()
        far.take("sktap1", f"{FAR}/24")
        far.run("ip", "route", "add", "10.77.0.0/24", "via", FAR_GW)
        subprocess.run(["ip", "route", "replace", "10.78.0.0/24", "via", NEAR_GW], check=True)
        far.start("iperf3", "-s")
        vm.wait_until("the way through is open", lambda: not subprocess.run(["ping", "-c", "1", "-W", "1", FAR], capture_output=True).returncode)
        count(args, table) if args.profile else measure(args)


if __name__ == "__main__":
    main()
