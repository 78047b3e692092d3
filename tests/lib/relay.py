"""A bad network: tests/relay between two ends, and the ends.

    # Linux <-> skbox, 50 ms and 1 % loss each way
    with Namespace() as peer, Relay(VmEnd(), peer.tap("10.9.0.1/24"), both="delay 50ms loss 1%", seed=7) as relay, \\
            VM(append=STATIC, nets=[relay.a]) as vm:
        peer.run("ping", "-c", "5", "10.9.0.2")
        print(relay.counters()["a_to_b"]["lost"])

    # The same network between two Linux stacks
    with Namespace() as left, Namespace() as right, \\
            Relay(left.tap("10.9.0.2/24"), right.tap("10.9.0.1/24"), both="delay 50ms loss 1%", seed=7) as relay:
        server = right.popen("iperf3", "-s", "-1")
        left.run("iperf3", "-c", "10.9.0.1")

Impairments are words of Linux's netem, with `limit N` and `bytes N` for the queue in front of a `rate`. The same seed
and the same frames make the same decisions, whatever the time between them. relay.set() changes them while it runs.

Linux's taps are opened without a virtio header and offloads, so every frame is one segment with its checksum done: there
is nothing to switch off with ethtool.
"""

import atexit
import json
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

from lib import namespace
from lib.vm import ROOT

RELAY = ROOT / "build" / "relay"
DEADLINE = 60


class Namespace(namespace.Namespace):
    """One whose taps are ends for a Relay."""

    def tap(self, address, name="sktap0", mac=None):
        """A tap device with @address/@prefix in there."""
        self.add_tap(name, address, mac)
        return TapEnd(self, name, address.partition("/")[0])


class TapEnd:
    def __init__(self, namespace, name, address):
        self.namespace, self.name, self.address = namespace, name, address

    def spec(self, _dir, _side):
        return f"tap:{self.name}@{self.namespace.path}"

    def wait_up(self):
        """Until the kernel has noticed that somebody holds the other end: until then it drops what is sent."""
        end = time.monotonic() + DEADLINE
        while not re.search(r"qdisc (?!noop).* state (UP|UNKNOWN)", self.namespace.run("ip", "-o", "link", "show", self.name)):
            assert time.monotonic() < end, f"{self.name} does not come up"
            time.sleep(0.01)

    @property
    def mac(self):
        return re.search(r"link/ether (\S+)", self.namespace.run("ip", "link", "show", self.name)).group(1)

    def knows(self, address, mac):
        """A neighbour that need not be asked for, so that no impairment hits ARP."""
        self.namespace.run("ip", "neigh", "replace", address, "lladdr", mac, "nud", "permanent", "dev", self.name)


class VmEnd:
    """A card of a VM: give it to VM(nets=[...]) after the Relay has started. @kind: QEMU's stream, or dgram, which is slower."""

    def __init__(self, kind="stream"):
        self.kind = kind

    def spec(self, directory, side):
        self.path = directory / side
        return f"stream:{self.path}" if self.kind == "stream" else f"dgram:{self.path},{self.path}.vm"

    def netdev(self, ident, _dir):
        if self.kind == "stream":
            return f"stream,id={ident},server=off,addr.type=unix,addr.path={self.path}"
        return (f"dgram,id={ident},local.type=unix,local.path={self.path}.vm,"
                f"remote.type=unix,remote.path={self.path}")

    def report(self, _dir):
        pass

    def close(self):
        pass


class WireEnd:
    """A lib.wire.Wire as an end: the test's own frames go through the relay."""

    def __init__(self, wire):
        self.wire = wire

    def spec(self, directory, side):
        self.wire.ours, self.wire.theirs = str(directory / f"{side}.wire"), str(directory / f"{side}.relay")
        self.wire.sock.bind(self.wire.ours)
        return f"dgram:{self.wire.theirs},{self.wire.ours}"


class Relay:
    """
    The cable between ends @a and @b. @pcap: a folder for a.pcap and b.pcap, what each end has seen. @by_segment: what befalls a
    segment of TCP follows from what it says, not from how many frames were sent before it.
    """

    def __init__(self, a, b, both="", a_to_b="", b_to_a="", seed=1, pcap=None, by_segment=False):
        self.a, self.b = a, b
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="relay-"))
        argv = [str(RELAY), "--seed", str(seed)] + ["--by-segment"] * by_segment
        for option, words in (("--both", both), ("--a-to-b", a_to_b), ("--b-to-a", b_to_a)):
            if words:
                argv += [option, words]
        if pcap:
            argv += ["--pcap-a", str(pathlib.Path(pcap) / "a.pcap"), "--pcap-b", str(pathlib.Path(pcap) / "b.pcap")]
        self.argv = argv + [a.spec(self.dir, "a"), b.spec(self.dir, "b")]
        build()
        self.process = subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(self.close)
        self._expect("ready")
        for end in (a, b):
            if isinstance(end, TapEnd):
                end.wait_up()

    def __enter__(self):
        return self

    def __exit__(self, kind, _value, _trace):
        counters = self.close()
        if kind:
            print("---- " + " ".join(self.argv) + "\n---- " + json.dumps(counters))

    def _line(self):
        assert select.select([self.process.stdout], [], [], DEADLINE)[0], "the relay does not answer"
        return self.process.stdout.readline().strip()

    def _expect(self, wanted):
        line = self._line()
        assert line == wanted, f"relay: {line or 'has ended'} instead of {wanted}: {' '.join(self.argv)}"

    def _say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def set(self, both=None, a_to_b=None, b_to_a=None):
        """Other impairments from now on; "" is a perfect cable, "loss 100%" a cut one."""
        for which, words in (("both", both), ("a-to-b", a_to_b), ("b-to-a", b_to_a)):
            if words is not None:
                self._say(f"{which} {words}")
                self._expect("ok")

    def counters(self):
        """{"a_to_b": {"frames_in": …, "lost": …}, "b_to_a": {…}}: see tests/relay/relay.c."""
        self._say("stats")
        return json.loads(self._line())

    def wait_until(self, condition, deadline=DEADLINE):
        """Until condition(counters) holds; the counters then."""
        end = time.monotonic() + deadline
        while not condition(now := self.counters()):
            assert time.monotonic() < end, f"the relay does not come to it: {now}"
            time.sleep(0.01)
        return now

    def wait_empty(self):
        """Until no frame is on the way; the counters then."""
        return self.wait_until(empty)

    def close(self):
        """Ends it; the last counters."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            text = self.process.communicate(timeout=DEADLINE)[0]
            self.last = json.loads(text.splitlines()[-1])
            assert self.process.returncode == 0, f"the relay ended with {self.process.returncode}"
        atexit.unregister(self.close)
        shutil.rmtree(self.dir, ignore_errors=True)
        return self.last


def empty(counters):
    return not any(counters[d]["on_the_way"] for d in counters)


def build():
    """Makes build/relay if it is not there or older than its sources."""
    subprocess.run(["make", "-s", "relay"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
