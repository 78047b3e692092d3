"""Linux's TCP on the other end of a tap: a hundred megabytes both ways, byte by byte, whatever the sizes of reads and writes."""

import contextlib
import hashlib
import random
import socket
import threading

import pytest
from lib.vm import VM, Tap

GUEST, HOST = "10.78.0.2", "10.78.0.1"
ECHO, DISCARD, CHARGEN = 7, 9, 19
MIB = 1 << 20


@pytest.fixture(scope="module", params=["e1000", "e1000e", "e1000-without-tso"])
def boot(request):
    card, _, what = request.param.partition("-")
    append = f"ip={GUEST}::{HOST}:255.255.255.0:skbox:eth0:off"
    if what:
        append += " sysctl.net.ipv4.tcp_tso=0"

    @contextlib.contextmanager
    def with_card():
        with VM(append=append, nets=[Tap(address=HOST)], mem=128, card=card) as vm:
            vm.wait_prompt()
            vm.run("inetd &")
            yield vm
    return with_card


@pytest.fixture(autouse=True)
def vm(shared, boot):
    with shared.lend(boot) as vm:
        before = vm.pool_in_use()
        yield vm
        if not shared.failed():
            vm.wait_until("the packet pool is back at its baseline", lambda: vm.pool_in_use() <= before, 120)


def connect(port):
    for _ in range(50):
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection((GUEST, port), timeout=60)
    raise AssertionError("nobody listens")


def feed(sock, block, total, digest, sizes):
    left = total
    while left:
        n = min(left, sizes())
        at = random.randrange(len(block) - n + 1)
        digest.update(block[at:at + n])
        sock.sendall(block[at:at + n])
        left -= n
    sock.shutdown(socket.SHUT_WR)


def echo(total, sizes, read_size):
    """Sends @total bytes to the echo server; what comes back, until its end, is the same."""
    block, sent, got, count = random.randbytes(MIB), hashlib.sha256(), hashlib.sha256(), 0
    with connect(ECHO) as sock:
        feeder = threading.Thread(target=feed, args=(sock, block, total, sent, sizes), daemon=True)
        feeder.start()
        while data := sock.recv(read_size):
            got.update(data)
            count += len(data)
        feeder.join(60)
    assert count == total
    assert got.digest() == sent.digest()


@pytest.mark.timeout(900)
def test_100_mib_both_ways():
    echo(100 * MIB, lambda: 65536, MIB)


def test_odd_sizes():
    echo(8 * MIB, lambda: random.choice([1, 2, 7, 100, 536, 1447, 1448, 1449, 2896, 5000, 40000]), 50000)


def test_a_slow_reader():
    """The window shuts, over and over: nothing is lost and nothing stalls."""
    with connect(CHARGEN) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ring = bytes(range(32, 127)) * 2
        expected, data = b"", b""
        for line in range(3000):
            expected += ring[line % 95:line % 95 + 72] + b"\r\n"
        while len(data) < len(expected):
            more = sock.recv(random.choice([1, 10, 2000]))
            assert more
            data += more
        assert data[:len(expected)] == expected


def test_many_at_once():
    errors = []

    def one():
        try:
            echo(300_000, lambda: random.randrange(1, 20000), 65536)
        except (AssertionError, OSError) as error:
            errors.append(repr(error))

    threads = [threading.Thread(target=one, daemon=True) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(250)
    assert not errors and not any(thread.is_alive() for thread in threads)


def test_half_close(vm):
    """We end first; the answer to all that we sent still comes, then the end."""
    for size in (0, 1, 1448, 100_000):
        echo(size, lambda: 100_000, 65536)


def test_nothing_was_retransmitted_for_nothing(vm):
    """On a wire that loses nothing."""
    tcp, ext = vm.snmp("Tcp"), vm.snmp("TcpExt")
    assert tcp["OutSegs"] > 1000
    assert tcp["RetransSegs"] < tcp["OutSegs"] / 500, (tcp, ext)
