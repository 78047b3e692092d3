"""Connections with Linux as the peer: thousands of short ones, both ways, every way to end one, and nothing left of them."""

import contextlib
import errno
import socket
import struct
import threading
import time

import pytest
from lib.vm import VM, Tap

GUEST, HOST = "10.77.0.2", "10.77.0.1"


@contextlib.contextmanager
def boot():
    with VM(append=f"ip={GUEST}::{HOST}:255.255.255.0:skbox:eth0:off", nets=[Tap(address=HOST)], mem=128) as vm:
        vm.wait_prompt()
        vm.run("inetd echo discard daytime chargen &")
        vm.wait_until("inetd listens", lambda: ":0013 " in vm.proc("net/tcp"))
        yield vm


@pytest.fixture(autouse=True)
def vm(shared):
    with shared.lend(boot) as vm:
        before = vm.pool_in_use()
        yield vm
        if not shared.failed():
            vm.wait_until("the packet pool is back at its baseline", lambda: vm.pool_in_use() <= before)
            vm.wait_until("no connection is left", lambda: vm.snmp("Tcp")["CurrEstab"] == 0)


def connect(port, **linger):
    s = socket.create_connection((GUEST, port), timeout=30)
    if linger:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, linger["linger"]))
    return s


def echo(s, data):
    s.sendall(data)
    got = b""
    while len(got) < len(data):
        part = s.recv(65536)
        assert part
        got += part
    assert got == data


def test_thousands_one_after_the_other(vm):
    before = vm.snmp("Tcp")
    for i in range(2000):
        with connect(7) as s:
            echo(s, b"%d" % i)
    after = vm.snmp("Tcp")
    assert after["PassiveOpens"] - before["PassiveOpens"] == 2000
    assert after["AttemptFails"] == before["AttemptFails"]


def test_hundreds_at_once(vm):
    all = [connect(7) for _ in range(500)]
    for s in all:
        s.sendall(b"x" * 100)
    for s in all:
        assert len(s.recv(100)) > 0
    assert vm.snmp("Tcp")["CurrEstab"] == 500
    for s in all:
        s.close()


def connect_when_free(s):
    """Linux has the flow until the last FIN of the one before is acknowledged."""
    end = time.monotonic() + 30
    while True:
        try:
            return s.connect((GUEST, 13))
        except OSError as err:
            assert err.errno == errno.EADDRNOTAVAIL and time.monotonic() < end, err


def test_the_server_ends(vm):
    """daytime writes and closes: TIME-WAIT is the guest's, and a port is used again in spite of it."""
    for _ in range(50):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.settimeout(30)
            s.bind((HOST, 33333))
            connect_when_free(s)
            text = b""
            while part := s.recv(100):
                text += part
            assert text.endswith(b"\r\n")


@pytest.mark.parametrize("linger", [0, 5])
def test_linger(vm, linger):
    before = vm.snmp("Tcp")["EstabResets"]
    for _ in range(20):
        s = connect(7, linger=linger)
        echo(s, b"hello")
        s.close()
    # RST at SO_LINGER 0, FIN otherwise.
    grown = 20 if linger == 0 else 0
    vm.wait_until("they are over", lambda: vm.snmp("Tcp")["CurrEstab"] == 0)
    assert vm.snmp("Tcp")["EstabResets"] - before == grown


def test_half_close(vm):
    with connect(7) as s:
        s.sendall(b"a" * 200000)
        s.shutdown(socket.SHUT_WR)
        n = 0
        while part := s.recv(65536):
            n += len(part)
        assert n == 200000


def test_nobody_listens(vm):
    with pytest.raises(ConnectionRefusedError):
        connect(4444)


def test_we_connect(vm):
    """nc to a Linux server, many times; it sends and ends, then we do."""
    with socket.create_server((HOST, 5555), backlog=100) as server:
        server.settimeout(60)

        def serve():
            for i in range(50):
                conn, _ = server.accept()
                with conn:
                    conn.sendall(b"number %d\n" % i)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        for i in range(50):
            assert f"number {i}" in vm.run(f"nc {HOST} 5555 < /dev/null")
        thread.join(60)
        assert not thread.is_alive()
    assert "refused" in vm.run(f"nc {HOST} 5556 < /dev/null")
