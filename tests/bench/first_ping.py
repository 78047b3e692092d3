#!/usr/bin/python3
"""Milliseconds from the start of QEMU to the first ping reply, with -kernel and a static ip=, for each card.

QEMU's e1000 (not its e1000e) receives nothing for a second after its receiver is switched on: that second is the card's.

Prints a Markdown table of medians; `--runs N` (default 15), `--card e1000,e1000e`, `--json FILE`.
"""

import argparse
import json
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib.vm import KERNEL, QEMU  # noqa: E402
from lib.wire import HOST_IP, HOST_MAC, ICMP, IP, SKBOX_IP, SKBOX_MAC, STATIC, ARP, Ether  # noqa: E402

DEADLINE = 20


def one_run(card):
    with tempfile.TemporaryDirectory(prefix="skbox-") as tmp:
        ours, theirs = f"{tmp}/host", f"{tmp}/vm"
        wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        wire.bind(ours)
        wire.settimeout(0.002)
        echo = bytes(Ether(src=HOST_MAC, dst=SKBOX_MAC) / IP(src=HOST_IP, dst=SKBOX_IP) / ICMP(id=1, seq=1))
        arp = bytes(Ether(src=HOST_MAC, dst=SKBOX_MAC) /
                    ARP(op=2, hwsrc=HOST_MAC, psrc=HOST_IP, hwdst=SKBOX_MAC, pdst=SKBOX_IP))
        start = time.monotonic()
        vm = subprocess.Popen(
            [QEMU, "-accel", "tcg", "-nodefaults", "-no-user-config", "-display", "none", "-m", "64", "-serial", "stdio",
             "-kernel", str(KERNEL), "-append", f"quiet {STATIC}", "-device", f"{card},netdev=n,mac={SKBOX_MAC}", "-netdev",
             f"dgram,id=n,local.type=unix,local.path={theirs},remote.type=unix,remote.path={ours}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            return until_reply(wire, theirs, echo, arp, start)
        finally:
            vm.kill()
            vm.wait()
            wire.close()


def offer(wire, frame, theirs):
    try:
        wire.sendto(frame, theirs)
    except OSError:
        pass  # not there yet, or its queue is full: the next one will do


def until_reply(wire, theirs, echo, arp, start):
    while time.monotonic() - start < DEADLINE:
        offer(wire, echo, theirs)
        try:
            frame = wire.recv(2048)
        except OSError:
            continue
        if frame[12:14] == b"\x08\x06":
            offer(wire, arp, theirs)
        elif frame[12:14] == b"\x08\x00" and frame[23] == 1 and frame[34] == 0:
            return (time.monotonic() - start) * 1000
    sys.exit(f"no reply within {DEADLINE} s")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--card", default="e1000,e1000e")
    parser.add_argument("--json")
    args = parser.parse_args()
    result = {card: [one_run(card) for _ in range(args.runs)] for card in args.card.split(",")}
    print("| start of QEMU to first ping reply | median ms | min | max | runs |\n|---|---|---|---|---|")
    for card, times in result.items():
        print(f"| {card} | {statistics.median(times):.0f} | {min(times):.0f} | {max(times):.0f} | {len(times)} |")
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps({"first_ping_ms": result}) + "\n")


if __name__ == "__main__":
    main()
