"""NE2000s, on PCI and on ISA, against Linux: every byte whole, both ways at once, and never a stall.

QEMU's card writes over unread frames when one of them fills its ring to the last page; so what comes up is compared byte by byte.
"""

import contextlib
import hashlib
import json
import random
import re
import socket
import subprocess
import threading

import pytest
from lib.vm import VM, Tap

GUEST, HOST = "10.79.0.2", "10.79.0.1"
ECHO, IPERF = 7, 5201
MIB = 1 << 20
CARDS = {"pci": "ne2k_pci", "isa": "ne2k_isa,iobase=0x300,irq=9"}


@pytest.fixture(scope="module", params=CARDS)
def boot(request):
    @contextlib.contextmanager
    def with_card():
        with VM(append=f"ip={GUEST}::{HOST}:255.255.255.0:skbox:eth0:off", nets=[Tap(address=HOST)], card=CARDS[request.param]) as vm:
            vm.wait_prompt()
            vm.run("inetd &")
            vm.run("udpecho -p 777 &")
            vm.run("iperf3 -s > /dev/null &")
            yield vm
    return with_card


@pytest.fixture(autouse=True)
def vm(shared, boot):
    with shared.lend(boot) as vm:
        before = vm.pool_in_use()
        yield vm
        if not shared.failed():
            vm.wait_until("the packet pool is back at its baseline", lambda: vm.pool_in_use() <= before, 120)


def test_ping(vm):
    run = subprocess.run(["ping", "-q", "-f", "-c", "3000", "-s", "1472", GUEST], capture_output=True, text=True, timeout=120)
    assert " 3000 received, 0% packet loss" in run.stdout, run.stdout


def test_tcp_both_ways_byte_by_byte(vm):
    block, sent, got = random.randbytes(MIB), hashlib.sha256(), hashlib.sha256()
    with socket.create_connection((GUEST, ECHO), timeout=60) as sock:
        def feed():
            for _ in range(16):
                at = random.randrange(MIB // 2)
                sent.update(block[at:])
                sock.sendall(block[at:])
            sock.shutdown(socket.SHUT_WR)
        feeder = threading.Thread(target=feed, daemon=True)
        feeder.start()
        while data := sock.recv(MIB):
            got.update(data)
        feeder.join(60)
    assert got.digest() == sent.digest()


def test_datagrams_that_fill_the_ring_come_back_whole(vm):
    """Bursts of mixed sizes: some are lost, for the ring is small; what comes back is what was sent."""
    answers = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * MIB)
        sock.settimeout(0.1)
        sock.connect((GUEST, 777))
        for burst in range(40):
            for i in range(64):
                number = burst * 64 + i
                sock.send(random.Random(number).randbytes(random.Random(number).choice([22, 200, 1300, 1468])) + number.to_bytes(4, "big"))
            with contextlib.suppress(TimeoutError):
                while True:
                    data = sock.recv(2048)
                    number = int.from_bytes(data[-4:], "big")
                    size = random.Random(number).choice([22, 200, 1300, 1468])
                    assert data[:-4] == random.Random(number).randbytes(size)
                    answers += 1
                    if number == burst * 64 + 63:
                        break
    assert answers > 40


@pytest.mark.parametrize("how", [[], ["-R"], ["--bidir"]], ids=["in", "out", "both"])
def test_no_second_without_bytes(vm, how):
    run = subprocess.run(["iperf3", "-c", GUEST, "-t", "3", "-J", *how], capture_output=True, text=True, timeout=120)
    result = json.loads(run.stdout)
    assert "error" not in result
    for interval in result["intervals"]:
        for key in interval:
            if key.startswith("sum"):
                assert interval[key]["bytes"] > 0, (key, interval)


def test_counters(vm):
    """Errors are counted where ifconfig looks for them, and the card was never started anew."""
    text = vm.run("ifconfig eth0")
    assert re.search(r"TX errors 0 ", text), text
    assert "resetting" not in vm.run("dmesg")
