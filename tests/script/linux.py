"""The machine's own Linux under a script: a tun device in a network namespace, real time. What skbox is compared with."""

import ctypes
import fcntl
import os
import pathlib
import select
import socket
import struct
import subprocess
import threading
import time

from . import wire
from .stack import Pending, interface_requests, word

TUNSETIFF, TUNSETOFFLOAD, IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x400454CA, 0x400454D0, 1, 0x1000, 0x4000
OFFLOAD_CSUM, OFFLOAD_TSO = 1, 2 | 8
VNET_HEADER = 10
COMMANDS = ("tc", "ip", "ethtool", "rm", "dd")
ON_TIME = 0.002
CLONE_NEWNET = 0x40000000
RETURNS_LONG = ("read", "write", "readv", "writev", "sendto", "recvfrom", "sendmsg", "recvmsg", "sendfile", "splice")


def virtio(raw, mss):
    """@raw behind the header that tells what of it is left to do: of a burst, the cut into segments of @mss and their checksums."""
    ip, tcp = (raw[0] & 15) * 4, 0
    if mss and raw[9] == 6:
        tcp = (raw[ip + 12] >> 4) * 4
    if not tcp or len(raw) - ip - tcp <= mss:
        return bytes(VNET_HEADER) + raw
    pseudo = ~wire.pseudo_checksum(wire.REMOTE, wire.LOCAL, 6, bytes(len(raw) - ip)) & 0xFFFF
    raw = raw[:ip + 16] + struct.pack("!H", pseudo) + raw[ip + 18:]
    return struct.pack("=BBHHHH", 1, 1, len(raw), mss, ip, 16) + raw


class Linux:
    virtual = False

    def __init__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)
        if self.libc.unshare(CLONE_NEWNET):
            raise RuntimeError("a network namespace of one's own takes root (or unshare -rn)")
        self.tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.tun, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI | IFF_VNET_HDR))
        fcntl.ioctl(self.tun, TUNSETOFFLOAD, OFFLOAD_CSUM | OFFLOAD_TSO)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for request, argument in interface_requests():
                if self.libc.ioctl(s.fileno(), ctypes.c_ulong(request), argument):
                    raise RuntimeError(f"tun0 cannot be configured: {os.strerror(ctypes.get_errno())}")
        self.congestion = b""
        self.mss = 0
        self.packets = []
        self.start, self.realtime = time.monotonic(), time.time()
        self.running = []

    def close(self):
        os.close(self.tun)

    def begin(self):
        self.run(self.now() + 0.05)
        self.packets.clear()
        self.start, self.realtime = time.monotonic(), time.time()

    def now(self):
        return time.monotonic() - self.start

    def run(self, until):
        while True:
            left = until - self.now()
            select.select([self.tun], [], [], max(0, min(left, 0.001 if self.running else left)))
            self.collect(self.now())
            ended = [c for c in self.running if c.ended]
            self.running = [c for c in self.running if not c.ended]
            if self.packets or ended or left <= 0:
                return

    def collect(self, when):
        """Takes what is there; packets that a call or a packet has caused come out at its own time, @when."""
        while True:
            try:
                raw = os.read(self.tun, 65536 + VNET_HEADER)[VNET_HEADER:]
            except BlockingIOError:
                return
            if raw[0] >> 4 == 4:
                self.packets.append((when, raw))

    def late(self, due):
        """Python is slow: what should have been done at @due is done now, and the script's clock has stood still meanwhile."""
        if self.now() - due > ON_TIME:
            behind = self.now() - due
            self.start += behind
            self.realtime += behind

    def inject(self, raw):
        when = self.now()
        self.collect(when)
        os.write(self.tun, virtio(raw, self.mss))
        self.collect(when)

    def call(self, name, *args, waits=False):
        call = Pending(args)
        function = getattr(self.libc, name)
        function.restype = ctypes.c_long if name in RETURNS_LONG else ctypes.c_int

        def make():
            result = function(*(ctypes.c_long(word(a)) for a in args))
            call.result = -ctypes.get_errno() if result < 0 else result
            call.when = self.now()
            call.ended = True

        when = self.now()
        self.collect(when)
        if waits:
            threading.Thread(target=make, daemon=True).start()
            self.running.append(call)
            time.sleep(0.002)
        else:
            make()
        if name == "socket" and call.result >= 0 and self.congestion:
            self.libc.setsockopt(call.result, socket.IPPROTO_TCP, socket.TCP_CONGESTION, self.congestion, len(self.congestion))
        self.collect(when)
        return call

    def sysctl(self, name, value):
        try:
            pathlib.Path("/proc/sys", *name.split(".")).write_text(value)
        except OSError:
            if name != "net.ipv4.tcp_congestion_control":
                return False
            self.congestion = value.encode()  # the default may be the machine's to choose; a socket's is root's
        return True

    def command(self, line):
        """Runs @line if it is of this namespace: its exit status. None: it is not."""
        if os.path.basename(line.split()[0]) not in COMMANDS:
            return None
        environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        return subprocess.run(["sh", "-c", line], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    def proc(self, path):
        return pathlib.Path("/proc/thread-self", path).read_text()
