#!/usr/bin/python3
"""A flood of SYNs from random sources, and how long a legitimate client meanwhile takes to connect and get a byte echoed.

The flood grows until the tap is full, so it is about as fast as the guest can take it; the client is this machine's own Linux, one
connection after the other. With --rate -1 the flood keeps the tap full, which then loses nearly all of the client's segments before
any guest sees them. "sent again" are segments of the client that got lost, on the tap or in the guest.

Usage: synflood.py [--seconds S] [--rate SYNS_A_SECOND] [--kernel ELF] [--linux] [--json FILE]
"""

import argparse
import json
import pathlib
import socket
import statistics
import struct
import subprocess
import time

import lab
from lab import ECHO, GUEST

TCP_INFO_TOTAL_RETRANS = 100  # its place in struct tcp_info


def one_connection():
    """(seconds until connected, seconds until the echo was there, segments that were sent again)"""
    start = time.monotonic()
    with socket.create_connection((GUEST, ECHO), timeout=30) as s:
        connected = time.monotonic() - start
        s.send(b"x")
        if s.recv(1) != b"x":
            raise RuntimeError("no echo")
        echoed = time.monotonic() - start
        info = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
        return connected, echoed, struct.unpack_from("I", info, TCP_INFO_TOTAL_RETRANS)[0]


def connect_until_ended(flood):
    found = []
    while flood.poll() is None:
        found.append(one_connection())
    return found


def packets_in():
    """Frames that the tap has handed to the guest's card (what it sends), and those it has dropped."""
    text = subprocess.run(["ip", "-s", "-j", "link", "show", lab.TAP], check=True, capture_output=True, text=True).stdout
    stats = json.loads(text)[0]["stats64"]["tx"]
    return stats["packets"], stats["dropped"]


def run(guest, args):
    before = packets_in()
    flood = subprocess.Popen([str(lab.BUILD / "synflood"), lab.TAP, lab.MAC, GUEST, str(ECHO), str(args.seconds), str(args.rate)],
                             stdout=subprocess.PIPE, text=True)
    connections = connect_until_ended(flood)
    result = json.loads(flood.stdout.read())
    after = packets_in()
    result["into_the_card"] = (after[0] - before[0]) / result["seconds"]
    result["connections"] = len(connections)
    result["retransmissions"] = sum(c[2] for c in connections)
    unharmed = [c for c in connections if c[2] == 0]
    for name, some in (("all", connections), ("nothing_lost", unharmed or connections)):
        times = [c[0] * 1000 for c in some]
        result[name] = {"median_ms": statistics.median(times), "worst_ms": max(times), "over_1s": sum(t > 1000 for t in times),
                        "worst_echo_ms": max(c[1] for c in some) * 1000}
    if not args.linux:
        result["tcp"] = {k: v for k, v in guest.vm.snmp("TcpExt").items() if k.startswith("Sync") or "ReqQ" in k or "Listen" in k}
        result["drops"] = guest.vm.drops()
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rate", type=int, default=0)
    parser.add_argument("--kernel", default=str(lab.KERNEL))
    parser.add_argument("--linux", action="store_true")
    parser.add_argument("--json")
    args = parser.parse_args()
    lab.program("synflood")
    lab.enter_namespace()
    with lab.Linux(256, "e1000") if args.linux else lab.Skbox(256, "e1000", kernel=args.kernel, services=("inetd echo &",)) as guest:
        found = run(guest, args)
    print("| SYNs a second | into the card | connections | sent again | connect, median | worst | worst, nothing lost | echo, worst |\n"
          "|---:|---:|---:|---:|---:|---:|---:|---:|")
    every, lucky = found["all"], found["nothing_lost"]
    print(f"| {found['sent'] / found['seconds']:.0f} | {found['into_the_card']:.0f} | {found['connections']} | "
          f"{found['retransmissions']} | {every['median_ms']:.1f} ms | {every['worst_ms']:.0f} ms | {lucky['worst_ms']:.0f} ms | "
          f"{every['worst_echo_ms']:.0f} ms |")
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
