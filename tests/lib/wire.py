"""The other end of a cable: raw Ethernet frames to and from a skbox, over a pair of unix datagram sockets."""

import select
import socket
import struct
import threading
import time

from scapy.all import ARP, ICMP, IP, UDP, Ether, Raw, conf  # noqa: F401  (tests take their layers from here)
from scapy.utils import RawPcapWriter

conf.verb = 0

DEADLINE = 30
HOST_MAC = "02:00:00:00:00:99"
HOST_IP = "10.9.0.1"
SKBOX_MAC = "52:54:00:00:00:01"
SKBOX_IP = "10.9.0.2"
STATIC = f"ip={SKBOX_IP}::{HOST_IP}:255.255.255.0:skbox:eth0:off"


class Wire:
    """One cable. Frames that nobody expected stay in @seen and in the pcap of a failed test."""

    def __init__(self, mac=HOST_MAC, ip=HOST_IP, answer_arp=True):
        self.mac, self.ip, self.answer_arp = mac, ip, answer_arp
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 100_000))
        self.seen = []
        self.log = []

    def netdev(self, ident, directory):
        self.ours, self.theirs = str(directory / f"{ident}.host"), str(directory / f"{ident}.vm")
        self.sock.bind(self.ours)
        return (f"dgram,id={ident},local.type=unix,local.path={self.theirs},"
                f"remote.type=unix,remote.path={self.ours}")

    def report(self, directory):
        path = directory / "wire.pcap"
        # As bytes: scapy would take them apart, and never come back from some that only a test would send.
        with RawPcapWriter(str(path), sync=True, linktype=1) as pcap:
            pcap.write_header(None)
            for when, frame in self.log:
                pcap.write_packet(frame, sec=int(when), usec=int(when % 1 * 1000000))
        print(f"---- frames: {path}")

    def close(self):
        self.sock.close()

    # ---- frames ----

    def send(self, packet):
        """Sends a scapy packet or bytes as one frame, exactly as they are."""
        frame = bytes(packet)
        self.log.append((time.time(), frame))
        end = time.monotonic() + DEADLINE
        while not self.offer(frame):
            assert time.monotonic() < end, f"the machine has taken no frame for {DEADLINE} s"

    def offer(self, frame):
        """Sends @frame unless there is no room on the cable for a tenth of a second."""
        try:
            self.sock.sendto(frame, self.theirs)
        except BlockingIOError:
            return False
        return True

    def take(self, deadline):
        """The next frame as bytes, None when @deadline seconds have passed."""
        if not select.select([self.sock], [], [], max(deadline, 0))[0]:
            return None
        return self.sock.recv(65536, socket.MSG_DONTWAIT)

    def recv(self, deadline=DEADLINE):
        """The next frame as a scapy packet, None when @deadline seconds have passed."""
        frame = self.take(deadline)
        if frame is None:
            return None
        self.log.append((time.time(), frame))
        packet = Ether(frame)
        if self.answer_arp:
            self._answer_arp(packet)
        return packet

    def _answer_arp(self, packet):
        if ARP in packet and packet[ARP].op == 1 and packet[ARP].pdst == self.ip \
                and packet[ARP].psrc != self.ip:
            self.send(Ether(src=self.mac, dst=packet.src) /
                      ARP(op=2, hwsrc=self.mac, psrc=self.ip,
                          hwdst=packet[ARP].hwsrc, pdst=packet[ARP].psrc))

    def expect(self, wanted, deadline=DEADLINE, what="a frame"):
        """The first frame for which wanted(packet) holds; the others are kept in @seen."""
        end = time.monotonic() + deadline
        while True:
            left = end - time.monotonic()
            packet = self.recv(left) if left > 0 else None
            if packet is None:
                raise AssertionError(f"{what} did not come within {deadline} s; "
                                     f"came: {[p.summary() for p in self.seen[-10:]]}")
            if wanted(packet):
                return packet
            self.seen.append(packet)

    def expect_none(self, unwanted, until, what="a frame"):
        """No frame for which unwanted(packet) holds comes before the one for which until(packet) does.

        That later frame is how the test knows that the stack has had its chance: no waiting for nothing to happen.
        """
        def check(packet):
            assert not unwanted(packet), f"{what} came, but should not have: {packet.summary()}"
            return until(packet)
        return self.expect(check, what=f"the end mark after {what}")

    def ether(self, dst=SKBOX_MAC):
        return Ether(src=self.mac, dst=dst, type=0x0800)

    def fence(self, deadline=DEADLINE):
        """Returns when everything sent before this has been through the stack: an echo comes back behind it."""
        self.mark = getattr(self, "mark", 0) + 1
        ident, seq = 0xFE1C, self.mark & 0xFFFF
        self.send(self.ether() / IP(src=self.ip, dst=SKBOX_IP) / ICMP(id=ident, seq=seq))
        return self.expect(lambda p: is_echo_reply(p, ident, seq), deadline, "the fence's echo reply")

    def expect_silence(self, unwanted, what="an answer"):
        """Nothing for which unwanted(packet) holds has been sent in answer to what went before."""
        before = len(self.seen)
        self.fence()
        bad = [p for p in self.seen[before:] if unwanted(p)]
        assert not bad, f"{what} came, but should not have: {[p.summary() for p in bad]}"


def is_echo_reply(packet, ident, seq):
    return ICMP in packet and packet[ICMP].type == 0 and packet[ICMP].id == ident \
        and packet[ICMP].seq == seq


class Flood:
    """Datagrams to the guest's echo server at @port as fast as they go, their echoes taken; ARP is answered."""

    def __init__(self, wire, port):
        self.wire, self.sent, self.answers, self.asked, self.stop = wire, 0, 0, False, threading.Event()
        self.frame = bytes(wire.ether() / IP(src=wire.ip, dst=SKBOX_IP) / UDP(sport=1000, dport=port) / Raw(b"f" * 18))
        self.arp = bytes(Ether(src=wire.mac, dst=SKBOX_MAC) /
                         ARP(op=2, hwsrc=wire.mac, psrc=wire.ip, hwdst=SKBOX_MAC, pdst=SKBOX_IP))
        self.more = threading.Condition()
        self.threads = [threading.Thread(target=f, daemon=True) for f in (self._send, self._take)]

    def _send(self):
        while not self.stop.is_set():
            if self.asked and self.wire.offer(self.arp):
                self.asked = False
            self.sent += self.wire.offer(self.frame)

    def _take(self):
        while not self.stop.is_set():
            frame = self.wire.take(0.1)
            if frame is None:
                continue
            self.asked |= frame[12:14] == b"\x08\x06"
            with self.more:
                self.answers += frame[12:14] == b"\x08\x00"
                self.more.notify()

    def wait(self, n, deadline=60):
        """Until @n more answers have come."""
        with self.more:
            wanted = self.answers + n
            assert self.more.wait_for(lambda: self.answers >= wanted, deadline), \
                f"only {self.answers - wanted + n} answers in {deadline} s"

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.wait(100)
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()
        while self.wire.take(0):
            pass
