"""The second serial port: bytes go both ways as they are, and whoever is slow makes the other one wait."""

import socket
import threading

import pytest
from lib.vm import VM

AMOUNT = 200_000


@pytest.fixture
def line(tmp_path):
    """A machine, and the other end of its second serial port."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "line"))
        server.listen(1)
        with VM(append="ip=off", args=["-serial", f"unix:{tmp_path}/line"]) as vm:
            server.settimeout(60)
            end = server.accept()[0]
            end.settimeout(60)
            vm.wait_prompt()
            with end:
                yield vm, end


def read(end, n):
    data = b""
    while len(data) < n:
        part = end.recv(min(65536, n - len(data)))
        assert part, f"the line ended after {len(data)} bytes"
        data += part
    return data


def test_both_ways_at_once(line):
    vm, end = line
    data = bytes(i * 7 % 251 for i in range(AMOUNT))
    vm.start(f"sh -c 'echo go; head -c {AMOUNT}' < /dev/ttyS1 > /dev/ttyS1")
    assert read(end, 3) == b"go\n"
    sender = threading.Thread(target=end.sendall, args=(data,), daemon=True)
    sender.start()
    assert read(end, AMOUNT) == data
    sender.join(60)
    vm.expect("skbox# ")


def test_a_reader_that_is_late_and_one_that_stands_still(line):
    vm, end = line
    data = bytes(i * 11 % 253 for i in range(AMOUNT))
    vm.start(f"sh -c 'echo go; sleep 1; head -c {AMOUNT} > /tmp/in' < /dev/ttyS1 > /dev/ttyS1")
    assert read(end, 3) == b"go\n"
    end.sendall(data)
    vm.expect("skbox# ")
    vm.start("cat /tmp/in /tmp/in /tmp/in /tmp/in > /dev/ttyS1")
    assert read(end, AMOUNT) == data
    vm.send("\x03")  # nobody reads on, and the program can be ended all the same
    vm.expect("skbox# ")


def test_where_there_is_none():
    with VM(append="ip=off") as vm:
        vm.wait_prompt()
        assert "No such device or address" in vm.run("cat /dev/ttyS1")
