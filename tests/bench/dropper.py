#!/usr/bin/python3
"""The packet dropper's benchmark, as the guides make one: what is left of UDP and TCP when a share of the packets is dropped.

Two machines of the lab `pair`; `right` has the module loaded. UDP is iperf3 at 10 Mbit/s and its loss, TCP iperf3's rate, ping its
answers. The module's own count stands beside them. Usage: dropper.py [--seconds S] [--percent 0 1 5 10]
"""

import argparse
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib.lab import RunningLab  # noqa: E402

PINGS = 200


def measure(left, right, percent, seconds):
    """(ping lost, UDP lost, TCP Mbit/s, matched, dropped)"""
    right.check(f"module load dropper percent={percent} seed=1")
    ping = left.run(f"ping -q -c {PINGS} -i 0.005 -W 0.5 10.0.0.2", 60)
    lost = PINGS - int(re.search(r"(\d+) received", ping).group(1))
    udp = left.run(f"iperf3 -c 10.0.0.2 -u -b 10M -t {seconds}", 60 + seconds)
    tcp = left.run(f"iperf3 -c 10.0.0.2 -f m -t {seconds}", 60 + seconds)
    state = dict(line.split() for line in right.proc("net/dropper").splitlines())
    right.check("module unload dropper")
    udp_lost = re.findall(r"(\d+)/(\d+) \(", udp)[-1]
    rate = float(re.findall(r"([\d.]+) Mbits/sec", tcp)[-1])
    return 100 * lost / PINGS, 100 * int(udp_lost[0]) / int(udp_lost[1]), rate, int(state["matched"]), int(state["dropped"])


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--seconds", type=int, default=5)
    args.add_argument("--percent", type=int, nargs="+", default=[0, 1, 5, 10])
    args = args.parse_args()
    print("| dropped | ping lost | UDP lost | TCP Mbit/s | seen by the module | dropped by it |\n| --: | --: | --: | --: | --: | --: |")
    with RunningLab("pair") as machines:
        left, right = machines["left"], machines["right"]
        right.run("iperf3 -s > /dev/null &")
        left.wait_until("the cable carries", lambda: "1 received" in left.run("ping -c 1 -W 1 10.0.0.2"))
        for percent in args.percent:
            ping, udp, rate, matched, dropped = measure(left, right, percent, args.seconds)
            print(f"| {percent} % | {ping:.1f} % | {udp:.1f} % | {rate:.1f} | {matched} | {dropped} |", flush=True)


if __name__ == "__main__":
    main()
