"""What the comparisons share: a network namespace of their own, the C programs beside this file, and the two guests in it.

Both guests boot in the same QEMU (TCG, the same card on the same tap, the same memory, QEMU's default processor), have the same
address, and serve the same: echo on port 7, discard on 9, HTTP on 80, iperf3 on 5201.
"""

import ctypes
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tarfile
import io
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE))
from lib.vm import KERNEL, ROOT, VM, Tap  # noqa: E402

import linux_guest  # noqa: E402

BUILD = ROOT / "build" / "bench"
GUEST, HOST, PREFIX, NETMASK, MAC = "10.77.0.2", "10.77.0.1", 16, "255.255.0.0", "52:54:00:00:00:01"
TAP = "sktap0"
STATIC = f"ip={GUEST}::{HOST}:{NETMASK}:skbox:eth0:off"
BOOT_DEADLINE = 120
ECHO, DISCARD, COUNT, HTTP, IPERF = 7, 9, 10, 80, 5201
# A client that opens thousands of connections a second must not run out of ports.
HOST_SYSCTL = {"net/ipv4/ip_local_port_range": "1024 65000", "net/ipv4/tcp_tw_reuse": "1"}
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def enter_namespace():
    """This process, and what it starts, in a network namespace of its own."""
    uid, gid, flags = os.geteuid(), os.getegid(), CLONE_NEWNET
    if uid:
        flags |= CLONE_NEWUSER
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        sys.exit(f"unshare: {os.strerror(ctypes.get_errno())}")
    if uid:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            pathlib.Path(f"/proc/self/{name}").write_text(text)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for name, value in HOST_SYSCTL.items():
        pathlib.Path(f"/proc/sys/{name}").write_text(value)


def program(name):
    """The C program @name.c, compiled."""
    BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-o", str(BUILD / name), str(HERE / f"{name}.c")], check=True)
    return BUILD / name


def run_json(*argv, deadline=120):
    """What a program prints as JSON."""
    run = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=deadline)
    if run.returncode:
        raise RuntimeError(f"{' '.join(map(str, argv))}: {run.stderr or run.stdout}")
    sys.stderr.write(run.stderr)
    return json.loads(run.stdout)


class BenchTap(Tap):
    """The cable. The guest's hardware address is known, so that nothing waits for a second ARP request while it boots."""

    def __init__(self):
        super().__init__(TAP, HOST, PREFIX)
        subprocess.run(["ip", "neigh", "replace", GUEST, "lladdr", MAC, "dev", TAP], check=True)


class Pinger:
    """Echo requests every 5 ms until one is answered."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.sock.settimeout(0.005)
        self.sock.connect((GUEST, 0))
        body = struct.pack("!BBHHH", 8, 0, 0, 0x6b73, 1)
        words = sum(struct.unpack("!4H", body))
        self.request = body[:2] + struct.pack("!H", 0xffff - words % 0xffff) + body[4:]

    def wait(self, deadline):
        while time.monotonic() < deadline:
            try:
                self.sock.send(self.request)
                if self.sock.recv(256)[20] == 0:
                    return
            except OSError:
                pass  # no answer yet, or no carrier
        raise RuntimeError("no ping reply")


class Guest:
    """A booted machine. `first_ping`: seconds from the start of QEMU to the first answer."""

    def __init__(self, mem, card, **boot):
        self.tap = BenchTap()
        start = time.monotonic()
        self.vm = VM(nets=[self.tap], mem=mem, card=card, **boot)
        try:
            Pinger().wait(start + BOOT_DEADLINE)
            self.first_ping = time.monotonic() - start
            self.wait_ready()
        except BaseException:
            self.vm.report()
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            self.vm.report()
        self.close()

    def close(self):
        self.vm.close()

    def cpu_seconds(self):
        """Of all of QEMU's threads."""
        tasks = pathlib.Path(f"/proc/{self.vm.child.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


class Linux(Guest):
    name = "Linux"

    def __init__(self, mem, card, append="", args=()):
        kernel, initramfs = linux_guest.make()
        line = f"console=ttyS0 quiet panic=-1 {append} -- {GUEST} {NETMASK}"
        super().__init__(mem, card, boot=["-kernel", str(kernel), "-initrd", str(initramfs), "-append", line], args=args)

    def wait_ready(self):
        self.vm.expect("\nready", deadline=BOOT_DEADLINE)

    def discarded(self):
        """Datagrams that the discard service has taken in. Asked until it answers: after a flood it may lose the question."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            s.connect((GUEST, COUNT))
            for _ in range(100):
                s.send(b"?")
                try:
                    return int(s.recv(64))
                except OSError:
                    pass
        raise RuntimeError("the guest does not say how many datagrams it got")


def overlay():
    """A root file system on top of skbox's own: the page that HTTP is measured with."""
    path = BUILD / "overlay.tar"
    BUILD.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        info = tarfile.TarInfo("www/bench.html")
        info.size = len(linux_guest.PAGE)
        tar.addfile(info, io.BytesIO(linux_guest.PAGE.encode()))
    return path


class Skbox(Guest):
    name = "skbox"
    SERVICES = ("inetd &", "iperf3 -s &")  # httpd runs from the start

    def __init__(self, mem, card, kernel=KERNEL, append="", services=SERVICES, args=()):
        self.services = services
        super().__init__(mem, card, append=f"quiet {STATIC} {append}", kernel=kernel,
                         args=["-initrd", str(overlay()), *args])

    def wait_ready(self):
        self.vm.wait_prompt()
        for service in self.services:
            self.vm.run(service)

    def discarded(self):
        """Datagrams that applications have taken in; no other service takes any while discard is measured."""
        return self.vm.snmp("Udp")["InDatagrams"]
