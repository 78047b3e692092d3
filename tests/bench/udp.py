#!/usr/bin/python3
"""How fast UDP and ICMP are: a guest in QEMU (TCG) against a load generator on its cable, and instructions a packet on the host.

For each card, over `-netdev dgram` (two unix sockets, a frame a datagram), all payloads of 18 bytes (frames of 60) unless --size:

  round trips   UDP echo, one on its way at a time
  echo          UDP echo, 64 on their way
  taken in      UDP datagrams that a socket receives while the peer sends as fast as it can, and how many it sent
  ping          ICMP echo, 1 and 64 on their way

`irq` is interrupts a packet, `us` microseconds of the virtual CPU's thread a packet. The instruction counts come from
`valgrind --tool=callgrind` over libskbox built without sanitizers (see path.c); they are left out where valgrind is missing.

Usage: udp.py [--runs N] [--card e1000,e1000e] [--seconds S] [--size BYTES] [--kernel ELF[,ELF...]] [--no-instructions] [--json FILE]

Several kernels are measured in turns, so that what else the machine does meets all of them. Prints Markdown with medians.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib.vm import KERNEL, ROOT, VM  # noqa: E402
from lib.wire import STATIC  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PORT = 9
LOADS = [("round trips", "udp", 1), ("echo", "udp", 64), ("ping", "icmp", 1), ("ping, 64 at a time", "icmp", 64)]
PACKETS = 2000
PATHS = {"recv": "UDP, wire to recvfrom", "send": "UDP, sendto to wire", "echo": "UDP, both", "icmp": "ICMP echo, answered"}


class Cable:
    """The guest's side of a cable; the load generator is the other."""

    def netdev(self, ident, directory):
        self.ours, self.theirs = str(directory / f"{ident}.host"), str(directory / f"{ident}.vm")
        return (f"dgram,id={ident},local.type=unix,local.path={self.theirs},"
                f"remote.type=unix,remote.path={self.ours}")

    def report(self, _dir):
        pass

    def close(self):
        pass


class Guest:
    def __init__(self, vm, cable, load, args):
        self.vm, self.cable, self.load, self.args = vm, cable, load, args

    def cpu_seconds(self):
        """Of the busiest thread: the virtual CPU's."""
        tasks = pathlib.Path(f"/proc/{self.vm.child.pid}/task")
        return max(int((t / "schedstat").read_text().split()[0]) for t in tasks.iterdir()) / 1e9

    def interrupts(self):
        return sum(int(line.split()[1]) for line in self.vm.proc("interrupts").splitlines() if "eth0" in line)

    def run(self, kind, window):
        irqs, cpu = self.interrupts(), self.cpu_seconds()
        command = [self.load, self.cable.ours, self.cable.theirs, kind, self.args.seconds, window, self.args.size, PORT]
        out = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout
        result = json.loads(out)
        result["cpu"], result["irqs"] = self.cpu_seconds() - cpu, self.interrupts() - irqs
        return result


def numbers(result, packets):
    return {"rate": packets / result["seconds"], "us": result["cpu"] * 1e6 / max(packets, 1),
            "irq": result["irqs"] / max(packets, 1)}


def measure(card, kernel, load, args):
    """One boot: {what: {rate, us, irq}}."""
    cable, found = Cable(), {}
    with VM(append=f"quiet {STATIC}", nets=[cable], card=card, kernel=kernel) as vm:
        guest = Guest(vm.wait_prompt(), cable, load, args)
        vm.run(f"udpecho -p {PORT} &")
        for what, kind, window in LOADS:
            result = guest.run(kind, window)
            found[what] = numbers(result, result["received"])
        before = vm.snmp("Udp")["InDatagrams"]
        result = guest.run("udp", 0)
        found["taken in"] = numbers(result, vm.snmp("Udp")["InDatagrams"] - before)
        found["taken in"]["offered"] = result["sent"] / result["seconds"]
    return found


def median_of(runs):
    return {what: {key: statistics.median(run[what][key] for run in runs) for key in runs[0][what]} for what in runs[0]}


def collected(binary, mode, count):
    """Instructions inside path.c's measured()."""
    out = subprocess.run(["valgrind", "--tool=callgrind", "--toggle-collect=measured", "--callgrind-out-file=/dev/null",
                          str(binary), mode, str(count)], check=True, capture_output=True, text=True).stderr
    return next(int(line.split(":")[1]) for line in out.splitlines() if "Collected" in line)


def instructions(directory):
    """{mode: instructions a packet}, {} without valgrind."""
    if not shutil.which("valgrind"):
        return {}
    plain = ROOT / "build" / "plain"
    subprocess.run(["make", "-s", "-C", str(ROOT), "ARCH=host", "OBJ=build/plain", "SAN=", "build/plain/libskbox.so"], check=True,
                   stdout=subprocess.DEVNULL)
    binary = directory / "path"
    subprocess.run(["gcc", "-O1", "-I", str(ROOT), "-o", str(binary), str(HERE / "path.c"), f"-L{plain}", "-lskbox",
                    f"-Wl,-rpath,{plain}"], check=True)
    return {mode: round((collected(binary, mode, PACKETS) - collected(binary, mode, 0)) / PACKETS) for mode in PATHS}


def print_rates(medians):
    print("| card | kernel | what | a second | us | irq |\n|---|---|---|---:|---:|---:|")
    for (card, kernel), found in medians.items():
        for what, n in found.items():
            offered = f" of {n['offered']:.0f}" if "offered" in n else ""
            print(f"| {card} | {kernel} | {what} | {n['rate']:.0f}{offered} | {n['us']:.1f} | {n['irq']:.3f} |")


def print_instructions(counts):
    print("\n| instructions a packet (host build) | |\n|---|---:|")
    for mode, count in counts.items():
        print(f"| {PATHS[mode]} | {count} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--card", default="e1000,e1000e")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--size", type=int, default=18)
    parser.add_argument("--kernel", default=str(KERNEL))
    parser.add_argument("--no-instructions", action="store_true")
    parser.add_argument("--json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="skbox-") as tmp:
        directory = pathlib.Path(tmp)
        load = directory / "load"
        subprocess.run(["gcc", "-O2", "-o", str(load), str(HERE / "load.c")], check=True)
        runs = {(card, kernel): [] for card in args.card.split(",") for kernel in args.kernel.split(",")}
        for _ in range(args.runs):
            for (card, kernel), found in runs.items():
                found.append(measure(card, kernel, load, args))
        counts = {} if args.no_instructions else instructions(directory)
    medians = {(card, os.path.basename(kernel)): median_of(found) for (card, kernel), found in runs.items()}
    print_rates(medians)
    if counts:
        print_instructions(counts)
    if args.json:
        rows = [{"card": card, "kernel": kernel, **found} for (card, kernel), found in medians.items()]
        pathlib.Path(args.json).write_text(json.dumps({"udp": rows, "instructions": counts}) + "\n")


if __name__ == "__main__":
    main()
