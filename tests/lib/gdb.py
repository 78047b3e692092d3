"""QEMU's gdb stub: a hand inside the machine, for faults that nothing outside can make."""

import re
import socket
import subprocess

from lib.vm import KERNEL

RCX, RSP, RIP = 2, 7, 16  # gdb's numbers of the registers


def symbol(name):
    """Its address in the image."""
    for line in subprocess.run(["nm", KERNEL], capture_output=True, text=True, check=True).stdout.splitlines():
        addr, _, this = line.split()
        if this == name:
            return int(addr, 16)
    raise KeyError(name)


class Gdb:
    """A halted machine: it stops as soon as one connects."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(str(path))
        self.unread = b""
        self.command("qXfer:features:read:target.xml:0,fff")  # only who asks may set registers

    def send(self, text):
        self.sock.sendall(f"${text}#{sum(text.encode()) & 255:02x}".encode())

    def receive(self):
        while not (found := re.search(rb"\$([^#]*)#..", self.unread)):
            self.unread += self.sock.recv(4096)
        self.unread = self.unread[found.end():]
        self.sock.sendall(b"+")
        return found.group(1)

    def command(self, text):
        """QEMU also says, when it comes to it, that the machine has stopped (T…)."""
        self.send(text)
        while (answer := self.receive()).startswith(b"T"):
            pass
        return answer

    def set(self, register, value):
        assert self.command(f"P{register:x}={value.to_bytes(8, 'little').hex()}") == b"OK"

    def poke_physical(self, addr, data):
        assert self.command("Qqemu.PhyMemMode:1") == b"OK"
        self.poke(addr, data)
        assert self.command("Qqemu.PhyMemMode:0") == b"OK"

    def poke(self, addr, data):
        assert self.command(f"M{addr:x},{len(data):x}:{data.hex()}") == b"OK"

    def go(self):
        self.send("c")

    def leave(self):
        """Lets the machine run on without us."""
        assert self.command("D") == b"OK"
        self.sock.close()
