"""The relay keeps its word: what its counters say has happened to frames between two sockets, two Linux stacks, Linux and skbox."""

import random
import socket
import time

import pytest
from lib.relay import Namespace, Relay, VmEnd, WireEnd, empty
from lib.vm import VM
from lib.wire import SKBOX_IP, SKBOX_MAC, STATIC, Wire
from scapy.utils import RawPcapReader

PEER_IP = "10.9.0.1"


def numbered(count, size=100):
    """No flipped bit makes another of them of one."""
    return [n.to_bytes(4, "big") + (~n & 0xFFFFFFFF).to_bytes(4, "big") + bytes(size - 8) for n in range(count)]


def through(frames, seed, **impairments):
    """Sends @frames from a to b: what comes out, and the counters."""
    a, b = Wire(), Wire()
    got = []

    def take(wire):
        wire.sock.setblocking(False)
        while True:
            try:
                got.append(wire.sock.recv(4096))
            except BlockingIOError:
                return

    with Relay(WireEnd(a), WireEnd(b), seed=seed, **impairments) as relay:
        end = time.monotonic() + 60
        for frame in frames:
            while not a.offer(frame):  # the relay takes no more while nobody takes from it
                take(b)
                assert time.monotonic() < end, relay.counters()
            take(b)
        while True:
            counters = relay.counters()
            take(b)
            if counters["a_to_b"]["frames_in"] == len(frames) and not counters["a_to_b"]["on_the_way"]:
                break
            assert time.monotonic() < end, counters
        take(b)
    a.close()
    b.close()
    return got, counters["a_to_b"]


def test_a_good_cable_changes_nothing():
    frames = [random.Random(1).randbytes(size) for size in range(1, 1515)]
    got, counters = through(frames, 1)
    assert got == frames
    assert counters["lost"] + counters["duplicated"] + counters["corrupted"] + counters["bad"] == 0
    assert counters["bytes_out"] == sum(range(1, 1515))


def test_a_seed_is_a_run():
    words = "loss 10% duplicate 5% corrupt 5%"
    first, counters = through(numbered(2000), 11, both=words)
    again, same = through(numbered(2000), 11, both=words)
    other, _ = through(numbered(2000), 12, both=words)
    assert first == again and counters == same
    assert first != other
    assert len(first) == 2000 - counters["lost"] + counters["duplicated"]
    assert 150 < counters["lost"] < 250 and 60 < counters["duplicated"] < 140
    originals = set(numbered(2000))
    assert sum(frame not in originals for frame in first) == counters["corrupted"] > 50


def test_bursts():
    got, counters = through(numbered(3000), 5, a_to_b="loss gemodel 1% 20%")
    missing = sorted(set(range(3000)) - {int.from_bytes(f[:4], "big") for f in got})
    bursts = sum(n - 1 not in missing for n in missing)
    assert len(missing) == counters["lost"] > 60
    assert len(missing) / bursts > 3


def test_delay_and_overtaking():
    start = time.monotonic()
    got, counters = through(numbered(200), 3, a_to_b="delay 100ms reorder 20%")
    assert time.monotonic() - start >= 0.1
    assert counters["reordered"] > 20 and counters["out_of_order"] > 0
    assert sorted(got) == numbered(200) != got


def test_a_slow_link_has_a_queue():
    start = time.monotonic()
    got, counters = through(numbered(100, 1250), 1, a_to_b="rate 1mbit limit 20")  # 10 ms each
    assert counters["queue_drops"] == 100 - len(got) > 0
    assert len(got) >= 20 and time.monotonic() - start >= len(got) * 0.01


def test_impairments_change_while_it_runs():
    a, b = Wire(), Wire()
    with Relay(WireEnd(a), WireEnd(b), both="loss 100%") as relay:
        a.send(b"x" * 60)
        relay.wait_empty()
        relay.set(a_to_b="")
        a.send(b"y" * 60)
        assert b.sock.recv(100) == b"y" * 60
        relay._say("both nonsense 5")
        relay._expect("error")
        relay._say("nonsense")
        relay._expect("error")
        b.send(b"z" * 60)  # this direction is still cut
        counters = relay.wait_until(lambda c: c["b_to_a"]["lost"])
        assert counters["a_to_b"] | {"lost": 1, "frames_out": 1} == counters["a_to_b"]
    a.close()
    b.close()


def test_pcap_of_both_ends(tmp_path):
    got, _ = through(numbered(50), 9, both="loss 50%", pcap=tmp_path)
    assert [bytes(frame) for frame, _ in RawPcapReader(str(tmp_path / "a.pcap"))] == numbered(50)
    assert [bytes(frame) for frame, _ in RawPcapReader(str(tmp_path / "b.pcap"))] == got


def since(before, now, direction):
    return {key: now[direction][key] - before[direction][key] for key in now[direction]}


def ping(namespace, target, count, relay, there, back):
    """Through @relay to who answers each request that arrives: the numbers in the answers, their times."""
    before = relay.wait_empty()

    def answers():
        now = relay.counters()
        asked, answered = since(before, now, there), since(before, now, back)
        all_here = asked["frames_in"] == count and answered["frames_in"] == asked["frames_out"] and empty(now)
        return answered["frames_out"] if all_here else None

    got = namespace.ping(target, count, answers)
    return [number for number, _ in got], [seconds for _, seconds in got]


def test_between_two_linux_stacks():
    with Namespace() as left, Namespace() as right:
        here, there = left.tap("10.9.0.3/24", mac="02:00:00:00:00:03"), right.tap("10.9.0.4/24", mac="02:00:00:00:00:04")
        here.knows("10.9.0.4", "02:00:00:00:00:04")
        there.knows("10.9.0.3", "02:00:00:00:00:03")
        with Relay(here, there, both="delay 20ms loss 5% duplicate 2%", seed=4) as relay:
            seen, times = ping(left, "10.9.0.4", 300, relay, "a_to_b", "b_to_a")
            counters = relay.counters()
        there, back = counters["a_to_b"], counters["b_to_a"]
        assert there["frames_in"] == 300 and back["frames_in"] == there["frames_out"]
        assert len(seen) == back["frames_out"] == back["frames_in"] - back["lost"] + back["duplicated"]
        assert there["lost"] > 0 < back["lost"]
        assert min(times) >= 0.04


@pytest.fixture(scope="module", params=["stream", "dgram"])
def net(request):
    """skbox, the relay, Linux."""
    with Namespace() as peer:
        tap = peer.tap(f"{PEER_IP}/24", mac="02:00:00:00:00:99")
        tap.knows(SKBOX_IP, SKBOX_MAC)
        with Relay(VmEnd(request.param), tap, seed=6) as relay, VM(append=f"quiet {STATIC}", nets=[relay.a]) as vm:
            vm.wait_prompt()
            vm.check(f"arp -s {PEER_IP} 02:00:00:00:00:99")
            vm.run("udpecho &")
            peer.run("ping", "-c", "1", "-W", "5", SKBOX_IP)
            # Its ARP announcements, the last of which comes two seconds late, would disturb our counting.
            vm.wait_until("all quiet", lambda: relay.counters()["a_to_b"]["frames_in"] >= 4)
            yield vm, relay, peer


def test_ping_of_skbox(net):
    vm, relay, peer = net
    before = relay.wait_empty()
    relay.set(both="delay 20ms loss 5% duplicate 3% reorder 20%")
    seen, times = ping(peer, SKBOX_IP, 300, relay, "b_to_a", "a_to_b")
    after = relay.counters()
    relay.set(both="")
    to_vm, from_vm = since(before, after, "b_to_a"), since(before, after, "a_to_b")
    assert to_vm["frames_in"] == 300
    assert from_vm["frames_in"] == to_vm["frames_out"], "skbox answers each echo request that has arrived"
    assert len(seen) == from_vm["frames_out"] == from_vm["frames_in"] - from_vm["lost"] + from_vm["duplicated"]
    for direction in (to_vm, from_vm):
        assert direction["lost"] > 0 < direction["duplicated"]
        assert direction["reordered"] > 20 and direction["out_of_order"] > 0
    assert sum(times) / len(times) > 0.025  # those that overtake both ways come at once
    assert seen != sorted(seen)


def test_udp_through_loss(net):
    vm, relay, peer = net
    before = relay.wait_empty()
    relay.set(b_to_a="loss 10%", a_to_b="loss 10% duplicate 10%")
    sent, got = 1000, []
    with peer.socket() as sock:
        sock.settimeout(0.02)
        for n in range(sent):
            sock.sendto(n.to_bytes(4, "big"), (SKBOX_IP, 7))
            if n % 4 == 3:
                got += drain(sock)
        after = relay.wait_until(lambda now: since(before, now, "b_to_a")["frames_in"] == sent and empty(now))
        arrived = since(before, after, "b_to_a")["frames_out"]
        assert arrived == sent - since(before, after, "b_to_a")["lost"]
        after = relay.wait_until(lambda now: since(before, now, "a_to_b")["frames_in"] == arrived and empty(now))
        sock.settimeout(60)
        while len(got) < since(before, after, "a_to_b")["frames_out"]:
            got.append(sock.recv(2048))
    relay.set(both="")
    assert 700 < len(set(got)) < 900 and len(got) > len(set(got))


def drain(sock):
    got = []
    while True:
        try:
            got.append(sock.recv(2048))
        except (TimeoutError, socket.timeout):
            return got


def test_corruption_is_noticed(net):
    """A flipped bit is dropped for its checksum, or by the card's own rules; never delivered."""
    vm, relay, peer = net
    relay.set(b_to_a="corrupt 100%")
    before = sum(vm.drops().values())
    with peer.socket() as sock:
        sock.settimeout(0.05)
        for n in range(200):
            sock.sendto(bytes(1000), (SKBOX_IP, 7))
            if n % 10 == 9:
                assert all(answer == bytes(1000) for answer in drain(sock))
        vm.wait_until("they are dropped", lambda: sum(vm.drops().values()) - before > 150)
    relay.set(both="")
