"""A second Linux: a network namespace beside the test's own, for the far side of a router."""

import os
import subprocess
import sys

from lib.vm import wait_until


class Namespace:
    """Lives as long as a process that sleeps in it."""

    def __init__(self):
        self.keeper = subprocess.Popen(["unshare", "-n", "sleep", "infinity"])
        ours = os.readlink("/proc/self/ns/net")
        wait_until("the far namespace is there", lambda: os.readlink(f"/proc/{self.keeper.pid}/ns/net") != ours)
        self.children = []
        self.run("ip", "link", "set", "lo", "up")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in [*self.children, self.keeper]:
            child.kill()
            child.wait()

    def command(self, *argv):
        return ["nsenter", "-t", str(self.keeper.pid), "-n", *argv]

    def run(self, *argv, **options):
        return subprocess.run(self.command(*argv), check=True, capture_output=True, text=True, **options).stdout

    def start(self, *argv):
        """Runs on in the background; ended with the namespace."""
        self.children.append(subprocess.Popen(self.command(*argv), stdout=subprocess.PIPE, text=True))
        return self.children[-1]

    def python(self, program):
        """Runs a program that prints a line when it is ready."""
        child = self.start(sys.executable, "-c", program)
        assert child.stdout.readline(), "it has ended before it was ready"
        return child

    def take(self, name, address):
        """Takes over a device of the test's namespace."""
        subprocess.run(["ip", "link", "set", name, "netns", str(self.keeper.pid)], check=True)
        self.run("ip", "addr", "add", address, "dev", name)
        self.run("ip", "link", "set", name, "up")
        wait_until(f"{name} has its carrier", lambda: " state UP " in self.run("ip", "-o", "link", "show", name))
