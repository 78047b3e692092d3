"""nc, curl and iperf3 on a tap, with peers that do what those of a quiet day do not."""

import contextlib
import socket
import struct
import threading
import time

import pytest
from lib.vm import VM, Tap

GUEST, HOST = "10.77.0.2", "10.77.0.1"


@contextlib.contextmanager
def boot():
    with VM(append=f"ip={GUEST}::{HOST}:255.255.255.0:skbox:eth0:off", nets=[Tap(address=HOST)]) as vm:
        yield vm.wait_prompt()


@pytest.fixture
def vm(shared):
    with shared.lend(boot) as vm:
        yield vm


@contextlib.contextmanager
def serving(talk, connections=1):
    """A server on the host that calls @talk with each connection; its port."""
    with socket.create_server((HOST, 0)) as listener:
        def serve():
            for _ in range(connections):
                with contextlib.suppress(OSError, struct.error), listener.accept()[0] as s:
                    s.settimeout(60)
                    talk(s)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(60)


def connect(port, deadline=60):
    """To a server in the guest that may have to start yet."""
    end = time.monotonic() + deadline
    while True:
        try:
            return socket.create_connection((GUEST, port), 60)
        except ConnectionRefusedError:
            assert time.monotonic() < end
            time.sleep(0.1)


def read_all(s):
    text = b""
    while piece := s.recv(65536):
        text += piece
    return text


# ---- nc ----


def test_nc_reads_while_it_writes(vm):
    """An echo that reads only what it can give back: who only writes waits for ever."""
    def echo(s):
        while data := s.recv(65536):
            s.sendall(data)

    with serving(echo) as port:
        assert vm.check(f"head -c 8000000 /dev/zero | nc {HOST} {port} | wc -c").strip() == "8000000"


def test_nc_keeps_its_listener(vm):
    vm.run("nc -l -k 4000 > /kept < /dev/null &")
    with connect(4000) as first, socket.create_connection((GUEST, 4000), 60) as second:
        first.sendall(b"first\n")
        second.sendall(b"second\n")
        assert read_all(first) == b""
        first.shutdown(socket.SHUT_WR)
        assert read_all(second) == b""
        second.shutdown(socket.SHUT_WR)
        vm.wait_until("both are served, one after the other", lambda: vm.run("cat /kept").split() == ["first", "second"])
    vm.run("killall nc; rm /kept")


def test_nc_hears_all_senders_of_udp(vm):
    vm.run("nc -u -l -k 4001 > /heard < /dev/null &")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two:
        def heard(text):
            sender = one if "one" in text else two
            sender.sendto(text.encode() + b"\n", (GUEST, 4001))
            return text in vm.run("cat /heard")

        for text in ("one-1", "two-1", "one-2"):
            vm.wait_until(f"{text} is heard", lambda text=text: heard(text))
    vm.run("killall nc; rm /heard")


def test_nc_looks_at_a_range(vm):
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        text = vm.run(f"nc -v -z {HOST} {port - 1}-{port + 1}; echo status $?")
        assert f"somebody is at {HOST} port {port} " in text and "status 0" in text
    assert "bad port" in vm.run(f"nc -z {HOST} 30-20")
    assert "bad port" in vm.run(f"nc {HOST} 20-30")


def test_nc_waits_no_longer_than_it_was_told(vm):
    begin = time.monotonic()
    assert "timed out" in vm.run("nc -z -w 0.5 10.77.0.99 80")
    assert time.monotonic() - begin < 20


# ---- curl, wget ----


def answering(answers):
    """Gives the next of @answers to each request; what was asked, in order."""
    asked = []

    def talk(s):
        request = b""
        while b"\r\n\r\n" not in request and (piece := s.recv(65536)):
            request += piece
        asked.append(request.decode().split("\r\n")[0])
        s.sendall(answers[len(asked) - 1])

    return talk, asked


def test_redirections_are_relative_to_the_page(vm):
    def to(where):
        return f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()

    talk, asked = answering([to("/in?next=http://elsewhere/"), to("?page=2/x"), to("deep/er#part"), to("then"),
                             b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhere\n"])
    with serving(talk, 5) as port:
        assert vm.check(f"curl -s -L {HOST}:{port}/a/b").strip() == "here"
    assert [line.split()[1] for line in asked] == ["/a/b", "/in?next=http://elsewhere/", "/in?page=2/x", "/deep/er", "/deep/then"]


def test_a_whole_file_is_not_fetched_again(vm):
    vm.run("echo all of it > /whole")
    talk, _ = answering([b"HTTP/1.1 416 No\r\nContent-Length: 6\r\n\r\nerror\n", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nother\n"])
    with serving(talk, 2) as port:
        vm.check(f"curl -s -C - -o /whole {HOST}:{port}/")
        assert "status 33" in vm.run(f"curl -C - -o /whole {HOST}:{port}/; echo status $?")
    assert vm.run("cat /whole").strip() == "all of it"
    vm.run("rm /whole")


@pytest.mark.parametrize("piece", [b"HTTP/1.1 100 Continue\r\n\r\n", b"0\r\n" + b"x: y\r\n"])
def test_an_endless_answer_can_be_interrupted(vm, piece):
    def talk(s):
        s.recv(65536)
        s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" if piece.startswith(b"0") else b"")
        s.sendall(piece)
        with contextlib.suppress(OSError):
            while True:
                s.sendall(piece[-24 if piece.startswith(b"H") else -6:] * 1000)

    with serving(talk) as port:
        vm.start(f"curl {HOST}:{port}/")
        time.sleep(2)
        vm.send("\x03")
        vm.wait_prompt()


def test_curl_ends_when_its_time_is_over(vm):
    def drip(s):
        s.recv(65536)
        s.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            s.sendall(b".")
            time.sleep(0.05)

    with serving(drip) as port:
        assert "status 28" in vm.run(f"curl -s -m 1 {HOST}:{port}/ > /dev/null; echo status $?")


# ---- ss, explain ----


def test_states_and_filters(vm):
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        vm.run(f"head -c 9000000 /dev/zero | nc {HOST} {port} &")
        with listener.accept()[0]:
            peer = f"{HOST}:{port}"
            vm.wait_until("the window is closed", lambda: "the receiver's window is closed" in vm.run("explain"))
            assert "timer:(persist," in vm.run(f"ss -tno dst {peer}")
            assert "limited:persist" in vm.run(f"ss -tni dst :{port}")
            assert peer not in vm.run(f"ss -tn dst {HOST}:{port - 1}") + vm.run("ss -tn state close-wait")
            vm.run("killall nc")
            vm.wait_until("it is closing", lambda: f"{peer}" in vm.run("ss -tanH state fin-wait-1"))
            assert "FIN-WAIT-1" in vm.run(f"ss -tanH '(' dport = :{port} ')'")
    assert "no such state" in vm.run("ss state nonsense")
    assert "bad filter at 'or'" in vm.run("ss or sport = :2")
    assert "active connection openings" in vm.run("netstat -st")


# ---- iperf3 ----


def test_iperf3_opens_no_more_streams_than_agreed(vm):
    def talk(s):
        s.recv(37)
        s.sendall(bytes([9]))
        s.recv(4 + struct.unpack(">I", s.recv(4))[0])
        s.sendall(bytes([10]) * 300)
        with contextlib.suppress(OSError):
            s.recv(1)

    with serving(talk, 300) as port:
        assert "the server sends state 10" in vm.run(f"iperf3 -c {HOST} -p {port}")


def test_iperf3_forgets_what_a_test_asked_of_its_listener(vm):
    vm.run("iperf3 -s > /dev/null &")
    for options in ("-M 600 -w 20000", ""):
        vm.check(f"iperf3 -c 127.0.0.1 -n 100K {options} > /dev/null")
    vm.run("iperf3 -c 127.0.0.1 -t 60 -i 0 > /dev/null &")
    vm.wait_until("a stream runs", lambda: "ESTAB" in vm.run("ss -tnH sport = :5201"))
    text = vm.run("ss -tni state established sport = :5201")
    assert "mss:" in text and "mss:600 " not in text and "mss:588 " not in text
    vm.run("killall iperf3")
