#!/usr/bin/python3
"""Milliseconds from the start of QEMU to the first ping reply, with -kernel and a static ip=.

Prints a Markdown table of medians; `--runs N` (default 15), `--json FILE`.
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


def one_run():
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
             "-kernel", str(KERNEL), "-append", f"quiet {STATIC}", "-device", f"e1000,netdev=n,mac={SKBOX_MAC}", "-netdev",
             f"dgram,id=n,local.type=unix,local.path={theirs},remote.type=unix,remote.path={ours}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            return until_reply(wire, theirs, echo, arp, start)
        finally:
            vm.kill()
            vm.wait()
            wire.close()


def until_reply(wire, theirs, echo, arp, start):
    while time.monotonic() - start < DEADLINE:
        try:
            wire.sendto(echo, theirs)
        except OSError:
            pass  # not there yet, or its queue is full
        try:
            frame = wire.recv(2048)
        except OSError:
            continue
        if frame[12:14] == b"\x08\x06":
            wire.sendto(arp, theirs)
        elif frame[12:14] == b"\x08\x00" and frame[23] == 1 and frame[34] == 0:
            return (time.monotonic() - start) * 1000
    sys.exit(f"no reply within {DEADLINE} s")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json")
    args = parser.parse_args()
    times = [one_run() for _ in range(args.runs)]
    print("| | median ms | min | max | runs |\n|---|---|---|---|---|")
    print(f"| start of QEMU to first ping reply | {statistics.median(times):.0f} | {min(times):.0f} | {max(times):.0f} | {len(times)} |")
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps({"first_ping_ms": times}) + "\n")


if __name__ == "__main__":
    main()
