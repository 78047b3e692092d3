#!/usr/bin/python3
"""Thousands of connections open at once in a small guest: what each costs, and whether each still echoes.

They come from several addresses of the peer (this machine's Linux, in a namespace of its own) to `inetd echo` of skbox. Memory is what
/proc/meminfo says is gone, so it includes all of a connection: socks, descriptors, epoll, and what inetd keeps of it.

Usage: connections.py [--count N] [--mem MB] [--kernel ELF] [--json FILE]         ends with status 1 when a connection failed
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import time

import lab
from lab import ECHO, GUEST

PROCESSES, ADDRESSES = 5, 4  # a process may have some ten thousand descriptors
CLOSE_DEADLINE = 120


def meminfo(vm):
    """Bytes that are free."""
    for line in vm.proc("meminfo").splitlines():
        if line.startswith("MemFree"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no MemFree in /proc/meminfo")


class Holders:
    """The processes that hold the connections; each from addresses of its own."""

    def __init__(self, count):
        self.children = []
        for number in range(PROCESSES):
            for last in range(ADDRESSES):
                subprocess.run(["ip", "addr", "add", f"10.77.{number + 1}.{last + 1}/16", "dev", lab.TAP], check=True)
        for number in range(PROCESSES):
            share = count // PROCESSES + (number < count % PROCESSES)
            self.children.append(subprocess.Popen(
                [str(lab.BUILD / "hold"), GUEST, str(ECHO), str(share), f"10.77.{number + 1}.1", str(ADDRESSES)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))

    def step(self):
        """What all of them have done together."""
        lines = [child.stdout.readline() for child in self.children]
        if not all(lines):
            raise RuntimeError("one who holds connections has ended")
        found = [json.loads(line) for line in lines]
        return {"seconds": max(f["seconds"] for f in found), **{k: sum(f[k] for f in found) for k in ("done", "failed")}}

    def go_on(self):
        for child in self.children:
            child.stdin.write("\n")
            child.stdin.flush()

    def end(self):
        for child in self.children:
            child.stdin.close()
            child.wait()


def in_use(vm):
    """TCP sockets."""
    return int(re.search(r"TCP: inuse (\d+)", vm.proc("net/sockstat")).group(1))


# What lists them all, a line each.
LISTS = ("wc -l < /proc/net/tcp", "cat /proc/net/tcp_diag | wc -l", "ss -tnH sport = :7 | wc -l", "netstat -tn | wc -l")


def shown(vm):
    """Of each list: its lines, how long it took, and the memory that is gone afterwards."""
    found = {}
    for command in LISTS:
        start, before = time.monotonic(), meminfo(vm)
        lines = int(vm.run(command, deadline=CLOSE_DEADLINE))
        found[command] = {"lines": lines, "seconds": round(time.monotonic() - start, 1), "memory": before - meminfo(vm)}
    return found


def run(args):
    append = "sysctl.fs.nr_open=131072 sysctl.net.core.somaxconn=4096"
    with lab.Skbox(args.mem, "e1000", kernel=args.kernel, append=append, services=("inetd echo &",)) as guest:
        vm, found = guest.vm, {"count": args.count, "mem": args.mem}
        before, listening = meminfo(vm), in_use(vm)
        holders = Holders(args.count)
        found["opened"] = holders.step()
        found["bytes_each"] = (before - meminfo(vm)) / args.count
        found["sockstat"] = vm.proc("net/sockstat")
        found["shown"] = shown(vm)
        holders.go_on()
        found["echoed"] = holders.step()
        found["bytes_each_after_echo"] = (before - meminfo(vm)) / args.count
        holders.go_on()
        found["closed"] = holders.step()
        holders.end()
        vm.wait_until("no connection is left", lambda: in_use(vm) == listening, CLOSE_DEADLINE)
        return {**found, "bytes_left": before - meminfo(vm), "drops": vm.drops()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=50000)
    parser.add_argument("--mem", type=int, default=256)
    parser.add_argument("--kernel", default=str(lab.KERNEL))
    parser.add_argument("--json")
    args = parser.parse_args()
    lab.program("hold")
    lab.enter_namespace()
    found = run(args)
    print("| connections | memory of the guest | opened in | echoed in | closed in | failed | bytes each | after the echo |\n"
          "|---:|---:|---:|---:|---:|---:|---:|---:|")
    steps = [found[name] for name in ("opened", "echoed", "closed")]
    failed = sum(s["failed"] for s in steps) + sum(row["lines"] < args.count for row in found["shown"].values())
    print(f"| {found['count']} | {found['mem']} MiB | " + " | ".join(f"{s['seconds']:.1f} s" for s in steps) +
          f" | {failed} | {found['bytes_each']:.0f} | {found['bytes_each_after_echo']:.0f} |")
    print("\n| list | lines | seconds |\n|---|---:|---:|")
    for command, row in found["shown"].items():
        print(f"| `{command.replace('|', 'to')}` | {row['lines']} | {row['seconds']} |")
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(found, indent=1) + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
