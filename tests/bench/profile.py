#!/usr/bin/python3
"""Where the guest's instructions go while it sends, receives, answers: exact counts by function, through a plug-in of QEMU's TCG.

Counts do not depend on what else the machine does. What they leave out is that instructions do not cost the same in an emulator: a
write to a register of the card is one instruction, and all that QEMU then does.

Usage: profile.py [MEASURE ...] [--seconds S] [--top N] [--kernel ELF] [--linux] [--card CARD]

MEASURE as in compare.py (tcp_out tcp_in tcp_rr connections http udp_in …). --linux counts the Linux guest's instead, in total only.
"""

import argparse
import bisect
import collections
import struct
import subprocess

import compare
import lab

ENTRY = 24
LINUX = "Linux, all"


def build_plugin():
    lab.BUILD.mkdir(parents=True, exist_ok=True)
    path = lab.BUILD / "tb_count.so"
    subprocess.run(["gcc", "-O2", "-Wall", "-shared", "-fPIC", "-o", str(path), str(lab.HERE / "tb_count.c")], check=True)
    return path


class Counts:
    """The plug-in's table."""

    def __init__(self, path):
        self.path = path

    def read(self):
        """(instructions, entries), each by the address of a block"""
        with open(self.path, "rb") as file:
            used = struct.unpack("Q", file.read(8))[0]
            data = file.read(used * ENTRY)
        found, entered = collections.Counter(), collections.Counter()
        for address, instructions, runs in struct.iter_unpack("QQQ", data):
            found[address] += instructions * runs
            entered[address] += runs
        return found, entered


class Symbols:
    """Names of an ELF file's functions by address."""

    def __init__(self, elf):
        lines = subprocess.run(["nm", "-n", str(elf)], check=True, capture_output=True, text=True).stdout.split("\n")
        rows = [line.split() for line in lines if line]
        self.rows = [(int(row[0], 16), row[2]) for row in rows if len(row) == 3 and row[1] in "tTwW"]
        self.starts = [start for start, _ in self.rows]
        self.address = {name: start for start, name in self.rows}

    def name(self, address):
        place = bisect.bisect_right(self.starts, address) - 1
        return self.rows[place][1] if place >= 0 else f"{address:#x}"


class Nothing:
    """For a guest without symbols."""

    def name(self, _address):
        return LINUX


def work_done(name, rate, seconds):
    """(how many, of what) the instructions are divided by."""
    if name in ("tcp_in", "tcp_out"):
        return rate * 1e6 * seconds / 8 / 1448, "segment of 1448 bytes"
    return rate * seconds, "operation"


def profile(guest, counts, name, args, symbols):
    before, before_entered = counts.read()
    rate = compare.MEASURES[name][2](guest, args.seconds)
    spent, entered = counts.read()
    spent, entered = spent - before, entered - before_entered
    functions = collections.Counter()
    for address, count in spent.items():
        functions[symbols.name(address)] += count
    done, what = work_done(name, rate, args.seconds)
    total = sum(functions.values())
    print(f"\n### {compare.MEASURES[name][0]}: {total / done:,.0f} instructions a {what} ({rate:,.0f} {compare.MEASURES[name][1]})\n")
    if args.linux:
        return
    print("| function | instructions | share | calls |\n|---|---:|---:|---:|")
    for function, count in functions.most_common(args.top):
        calls = entered[symbols.address[function]] / done
        print(f"| {function} | {count / done:,.1f} | {100 * count / total:.1f} % | {calls:.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measures", nargs="*", default=["tcp_out", "tcp_in"])
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--top", type=int, default=25)
    parser.add_argument("--kernel", default=str(lab.KERNEL))
    parser.add_argument("--card", default="e1000")
    parser.add_argument("--linux", action="store_true")
    args = parser.parse_args()
    lab.program("gen")
    plugin = build_plugin()
    table = lab.BUILD / "tb_count.table"
    lab.enter_namespace()
    extra = ["-plugin", f"{plugin},table={table}"]
    boot = lab.Linux(256, args.card, args=extra) if args.linux else lab.Skbox(256, args.card, kernel=args.kernel, args=extra)
    with boot as guest:
        symbols = Nothing() if args.linux else Symbols(args.kernel)
        for name in args.measures:
            profile(guest, Counts(table), name, args, symbols)


if __name__ == "__main__":
    main()
