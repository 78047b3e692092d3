"""Links that come and go, interfaces that go down and up, a pool that runs dry - all of it under load: nothing leaks, all recovers."""

import contextlib
import select
import threading

import pytest
from lib.vm import VM
from lib.wire import ARP, HOST_IP, IP, SKBOX_IP, SKBOX_MAC, STATIC, UDP, Ether, Raw, Wire

PORT = 9
ROUNDS = 5


class Flood:
    """Datagrams to the echo server as fast as they go, in both directions, ARP answered."""

    def __init__(self, wire):
        self.wire, self.answers, self.asked, self.stop = wire, 0, False, threading.Event()
        self.frame = bytes(wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP) / UDP(sport=1000, dport=PORT) / Raw(b"f" * 18))
        self.arp = bytes(Ether(src=wire.mac, dst=SKBOX_MAC) /
                         ARP(op=2, hwsrc=wire.mac, psrc=HOST_IP, hwdst=SKBOX_MAC, pdst=SKBOX_IP))
        self.more = threading.Condition()
        self.threads = [threading.Thread(target=f, daemon=True) for f in (self._send, self._take)]

    def _send(self):
        while not self.stop.is_set():
            with contextlib.suppress(BlockingIOError):
                self.wire.sock.sendto(self.arp if self.asked else self.frame, self.wire.theirs)
                self.asked = False
                continue
            select.select([], [self.wire.sock], [], 0.1)

    def _take(self):
        while not self.stop.is_set():
            if not select.select([self.wire.sock], [], [], 0.1)[0]:
                continue
            frame = self.wire.sock.recv(65536)
            self.asked |= frame[12:14] == b"\x08\x06"
            with self.more:
                self.answers += frame[12:14] == b"\x08\x00"
                self.more.notify()

    def wait(self, n, deadline=15):
        """Until @n more answers have come."""
        with self.more:
            wanted = self.answers + n
            assert self.more.wait_for(lambda: self.answers >= wanted, deadline), \
                f"only {self.answers - wanted + n} answers in {deadline} s"

    def __enter__(self):
        self.wire.sock.setblocking(False)
        for thread in self.threads:
            thread.start()
        self.wait(100)
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()
        with contextlib.suppress(BlockingIOError):
            while True:
                self.wire.sock.recv(65536)
        self.wire.sock.settimeout(10)


@pytest.fixture(params=["e1000", "e1000e"])
def loaded(request):
    """A machine with an echo server; afterwards its pool must be as before and the wire alive."""
    wire = Wire()
    with VM(append=f"quiet {STATIC}", nets=[wire], card=request.param) as vm:
        vm.wait_prompt()
        wire.fence()
        vm.run(f"udpecho -p {PORT} &")
        baseline = vm.pool_in_use()
        yield vm, wire
        wire.fence(20)
        vm.wait_until("the packet pool is back at its baseline", lambda: vm.pool_in_use() <= baseline)


def test_link_comes_and_goes_under_load(loaded):
    vm, wire = loaded
    with Flood(wire) as flood:
        for _ in range(ROUNDS):
            vm.set_link(0, False)
            vm.wait_until("the link is down", lambda: "RUNNING" not in vm.run("ifconfig eth0"))
            vm.set_link(0, True)
            vm.wait_until("the link is up", lambda: "RUNNING" in vm.run("ifconfig eth0"))
            flood.wait(100)


def test_interface_down_and_up_under_load(loaded):
    vm, wire = loaded
    with Flood(wire) as flood:
        for _ in range(ROUNDS):
            vm.check("ifconfig eth0 down")
            # One may be in the hands of the server, which finds out only now that there is no way back.
            vm.wait_until("no buffer stays with the card", lambda: vm.pool_in_use() <= 1)
            vm.check("ifconfig eth0 up")
            flood.wait(100)


def test_empty_pool_is_a_counted_drop_and_passes():
    wire = Wire()
    with VM(append=f"quiet {STATIC} skb.pool=260", nets=[wire]) as vm:  # four more than the card's ring takes
        vm.wait_prompt()
        wire.fence()
        vm.run(f"udpecho -p {PORT} &")
        with Flood(wire):
            vm.wait_until("the pool runs dry", lambda: vm.drops().get("NO_BUFFER", 0) > 1000)
        wire.fence(20)
        vm.wait_until("the packet pool is back at its baseline", lambda: vm.pool_in_use() <= 256)
        before = vm.drops()["NO_BUFFER"]
        for _ in range(3):
            wire.fence()
        assert vm.drops()["NO_BUFFER"] == before
