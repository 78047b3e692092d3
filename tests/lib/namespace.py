"""A second Linux: a network namespace beside the test's own, for a peer or the far side of a router."""

import select
import socket
import struct
import subprocess
import sys
import time

from lib.vm import wait_until

PING_DEADLINE = 60


class Namespace:
    """A network namespace of its own, kept by a process that lives as long as we do."""

    def __init__(self):
        self.keeper = subprocess.Popen(
            ["unshare", "-n", "--", "sh", "-c",
             "ip link set lo up; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; "
             "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo ready; exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.keeper.stdout.readline() == "ready\n", "no network namespace"
        self.path = f"/proc/{self.keeper.pid}/ns/net"
        self.children = []
        self.prefix = ["nsenter", f"--net={self.path}", "--"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Its devices go with it, once nobody else holds them."""
        for child in self.children:
            child.kill()
            child.wait()
        self.keeper.stdin.close()
        self.keeper.wait()
        self.keeper.stdout.close()

    def run(self, *argv, deadline=100, check=True):
        """Runs a command in there to its end; what it has printed."""
        done = subprocess.run([*self.prefix, *argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=deadline)
        assert not check or done.returncode == 0, f"{' '.join(argv)}: status {done.returncode}\n{done.stdout}"
        return done.stdout

    def popen(self, *argv, **options):
        """Starts a command in there; the caller ends it."""
        return subprocess.Popen([*self.prefix, *argv], **options)

    def start(self, *argv):
        """The same, ended with the namespace."""
        self.children.append(self.popen(*argv, stdout=subprocess.PIPE, text=True))
        return self.children[-1]

    def python(self, program):
        """Starts a program that prints a line when it is ready."""
        child = self.start(sys.executable, "-c", program)
        assert child.stdout.readline(), "it has ended before it was ready"
        return child

    def sysctl(self, name, value):
        self.run("sh", "-c", f"echo '{value}' > /proc/sys/{name.replace('.', '/')}")

    def take(self, name, address):
        """Takes over a device of the test's namespace."""
        subprocess.run(["ip", "link", "set", name, "netns", str(self.keeper.pid)], check=True)
        self.run("ip", "addr", "add", address, "dev", name)
        self.run("ip", "link", "set", name, "up")
        wait_until(f"{name} has its carrier", lambda: " state UP " in self.run("ip", "-o", "link", "show", name))

    def add_tap(self, name, address, mac=None):
        """A tap device in there, for who holds its other end."""
        self.run("ip", "tuntap", "add", name, "mode", "tap")
        if mac:
            self.run("ip", "link", "set", name, "address", mac)
        self.run("ip", "addr", "add", address, "dev", name)
        # Long enough that nothing is lost but what a relay says.
        self.run("ip", "link", "set", name, "txqueuelen", "10000", "up")

    def ping(self, address, count, answers, interval=0.01):
        """Sends @count echo requests: the answers as (number, seconds), once there are as many as answers() says (None: not yet)."""
        sent, got = [], []
        with self.socket(socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
            sock.connect((address, 0))
            end = time.monotonic() + count * interval + PING_DEADLINE
            while len(sent) < count or len(got) != (wanted := answers()):
                assert time.monotonic() < end, f"{len(got)} answers to {len(sent)} echo requests instead of {wanted}"
                if len(sent) < count:
                    sock.send(_echo(len(sent)))
                    sent.append(time.monotonic())
                while select.select([sock], [], [], interval)[0]:
                    kind, number = struct.unpack_from("!B5xH", sock.recv(2048), 20)
                    if kind == 0:
                        got.append((number, time.monotonic() - sent[number]))
        return got

    def socket(self, kind=socket.SOCK_DGRAM, protocol=0):
        """A socket of that namespace in this process."""
        ours = open("/proc/self/ns/net", "rb")
        theirs = open(self.path, "rb")
        with ours, theirs:
            _setns(theirs.fileno())
            try:
                return socket.socket(socket.AF_INET, kind, protocol)
            finally:
                _setns(ours.fileno())


def _echo(number):
    """An ICMP echo request whose checksum makes up for its number."""
    return struct.pack("!BBHHH", 8, 0, ~(0x0800 + number) & 0xFFFF, 0, number) + bytes(56)


def _setns(fd):
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, 0x40000000):  # CLONE_NEWNET
        raise OSError(ctypes.get_errno(), "setns")
