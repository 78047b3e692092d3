"""httpd with the world's clients, and wget and curl of ours with the world's server."""

import contextlib
import hashlib
import http.server
import os
import re
import socket
import subprocess
import threading
import time

import pytest
from lib.vm import ROOT, VM, Tap

GUEST, HOST = "10.77.0.2", "10.77.0.1"
INDEX = (ROOT / "boot/rootfs/www/index.html").read_bytes()
SIZE = len(INDEX)


@contextlib.contextmanager
def boot():
    with VM(append=f"ip={GUEST}::{HOST}:255.255.255.0:skbox:eth0:off", nets=[Tap(address=HOST)], mem=128) as vm:
        vm.wait_prompt()
        vm.run("mkdir -p /www/sub")
        vm.run("head -c 300000 /dev/random > /www/big.bin")
        vm.run("httpd -l -p 88 &")
        vm.run("httpd -p 8080 -d /etc -n 3 &")
        yield vm


@pytest.fixture(autouse=True)
def vm(shared):
    with shared.lend(boot) as vm:
        before = vm.pool_in_use()
        yield vm
        if not shared.failed():
            vm.wait_until("the packet pool is back at its baseline", lambda: vm.pool_in_use() <= before)


def curl(*args):
    return subprocess.run(["curl", "-sS", "--max-time", "60", *args], capture_output=True, timeout=100)


def url(path, port=88):
    return f"http://{GUEST}:{port}{path}"


def status(*args):
    return int(curl("-o", "/dev/null", "-w", "%{http_code}", *args).stdout)


def talk(data, port=88, deadline=30):
    """Sends bytes as they are, ends that side, and returns all that is answered."""
    with socket.create_connection((GUEST, port), deadline) as s:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        s.settimeout(deadline)
        answer = b""
        while piece := s.recv(65536):
            answer += piece
    return answer


def statuses(answer):
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d+)", answer)]


# ---- files ----

def test_index():
    done = curl("-i", url("/"))
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n") and body == INDEX
    assert b"Content-Type: text/html; charset=utf-8" in head and b"Content-Length: %d" % SIZE in head


def test_head_has_no_content():
    assert talk(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").endswith(b"\r\n\r\n")


def test_directory_without_slash_moves():
    done = curl("-i", url("/sub?x=1"))
    assert b" 301 " in done.stdout and b"Location: /sub/\r\n" in done.stdout


def test_status_page_is_there_by_itself():
    page = curl(url("/", 80)).stdout
    assert page == INDEX
    for link in re.findall(rb'href="([^"]+)"', page):
        assert status(url(link.decode(), 80)) == 200, link


def test_listing():
    assert b'<a href="big.bin">' not in curl(url("/sub/")).stdout
    assert b'<a href="../">' in curl(url("/sub/")).stdout


def test_listing_is_off_by_default():
    assert status(url("/sysconfig/", 8080)) == 403


@pytest.mark.parametrize("path, code", [
    ("/nosuch", 404), ("/index.html/", 404), ("/%zz", 400), ("/%00", 400), ("/a/../../etc/hosts", 400),
    ("/%2e%2e/%2e%2e/etc/hosts", 400), ("/./sub/../index.html", 200), ("//index.html", 200), ("/" + "a" * 3000, 414),
])
def test_paths(path, code):
    assert status("--path-as-is", url(path)) == code


def test_proc():
    text = curl(url("/proc/net/snmp")).stdout
    assert b"\nTcp: RtoAlgorithm" in text
    assert status(url("/proc/nosuch")) == 404 and status(url("/proc")) == 200 or status("-L", url("/proc")) == 200


# ---- ranges and dates ----

@pytest.mark.parametrize("asked, code, part", [
    ("0-9", 206, INDEX[:10]), ("10-", 206, INDEX[10:]), ("-5", 206, INDEX[-5:]), ("0-9999", 206, INDEX), ("-9999", 206, INDEX),
    (f"{SIZE}-", 416, b""), ("5-4", 200, INDEX), ("0-1,3-4", 200, INDEX), ("x-y", 200, INDEX), ("-0", 416, b""),
])
def test_ranges(asked, code, part):
    done = curl("-w", "%{http_code}", "-H", f"Range: bytes={asked}", url("/"))
    assert done.stdout == part + str(code).encode()


def test_a_large_file_arrives_whole_and_in_parts():
    whole = curl(url("/big.bin")).stdout
    assert len(whole) == 300000
    parts = b"".join(curl("-r", f"{at}-{at + 99999}", url("/big.bin")).stdout for at in range(0, 300000, 100000))
    assert hashlib.sha256(parts).digest() == hashlib.sha256(whole).digest()


def test_not_modified():
    head = curl("-I", url("/big.bin")).stdout.decode()
    since = re.search("Last-Modified: (.*)\r", head)
    if since:
        assert status("-H", f"If-Modified-Since: {since.group(1)}", url("/big.bin")) == 304
    assert status("-H", "If-Modified-Since: nonsense", url("/big.bin")) == 200


# ---- requests that are odd or wrong ----

@pytest.mark.parametrize("request_, codes", [
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 5, [200] * 5),
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /no HTTP/1.1\r\nHost: x\r\n\r\nHEAD / HTTP/1.1\r\nHost: x\r\n\r\n", [200, 404, 200]),
    (b"\r\n\r\nGET / HTTP/1.1\nHost: x\n\n", [200]),
    (b"GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n", [200]),
    (b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET / HTTP/1.0\r\n\r\n", [200, 200]),
    (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", [200]),
    (b"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", [200]),
    (b"GET / HTTP/1.1\r\n\r\n", [400]), (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", [400]),
    (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", [505]), (b"GET /\r\n\r\n", [400]), (b"rubbish\r\n\r\n", [400]),
    (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", [400]), (b"GET / HTTP/1.1\r\nHost: x\r\nbad line\r\n\r\n", [400]),
    (b"GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n", [400]), (b"GET / HTTP/1.1\r\nHost: \0\r\n\r\n", [400]),
    (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: x\r\n\r\n", [405, 200]),
    (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n", [413]),
    (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", [400]),
    (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", [400]),
    (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [501]),
    (b"GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n", [417]),
    (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 50000 + b"\r\n\r\n", [431]),
    (b"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", [405]),
], ids=lambda value: repr(value)[2:40] if isinstance(value, bytes) else None)
def test_requests(request_, codes):
    assert statuses(talk(request_)) == codes


def test_a_request_byte_by_byte():
    with socket.create_connection((GUEST, 88), 30) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET / HTTP/1.1\r\nHost: x\r\n\r\n":
            s.sendall(bytes([byte]))
        assert s.recv(65536).startswith(b"HTTP/1.1 200")


def test_a_slow_head_is_ended():
    with socket.create_connection((GUEST, 88), 30) as s:
        s.sendall(b"GET / HTTP/1.1\r\n")
        s.settimeout(60)
        assert s.recv(100) == b""


def test_more_connections_than_allowed():
    held = [socket.create_connection((GUEST, 8080), 30) for _ in range(3)]
    for s in held:
        s.sendall(b"GET /hosts HTTP/1.1\r\nHost: x\r\n\r\n")
        assert s.recv(10).startswith(b"HTTP/1.1 2")
    with socket.create_connection((GUEST, 8080), 30) as s:
        assert b" 503 " in s.recv(1000)
    for s in held:
        s.close()


def test_a_client_that_does_not_read(vm):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect((GUEST, 88))
        s.sendall(b"GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        for _ in range(20):
            assert status(url("/")) == 200
        assert s.recv(15) == b"HTTP/1.1 200 OK"


# ---- in numbers ----

def test_wrk():
    text = subprocess.run(["wrk", "-c", "256", "-t", "1", "-d", "5", url("/")], capture_output=True, text=True, timeout=60).stdout
    assert "Socket errors" not in text and "Non-2xx" not in text, text
    assert int(re.search(r"(\d+) requests in", text).group(1)) > 100


@pytest.mark.parametrize("keep", [["-k"], []])
def test_ab(keep):
    text = subprocess.run(["ab", "-q", *keep, "-c", "32", "-n", "3000", url("/")], capture_output=True, text=True, timeout=100).stdout
    assert re.search(r"Complete requests: +3000", text) and re.search(r"Failed requests: +0", text), text


# ---- our clients ----

BODY = os.urandom(1_000_000)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, code, body=b"", **fields):
        self.send_response(code)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        if self.path == "/file":
            begin = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
            at = int(begin.group(1)) if begin else 0
            if at >= len(BODY):
                self.answer(416)
            elif at:
                self.answer(206, BODY[at:], Content_Range=f"bytes {at}-{len(BODY) - 1}/{len(BODY)}")
            else:
                self.answer(200, BODY)
        elif self.path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(BODY), 77777):
                piece = BODY[at:at + 77777]
                self.wfile.write(b"%x;ext=1\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\nTrailer: x\r\n\r\n")
        elif self.path == "/loop":
            self.answer(302, Location="/loop")
        elif self.path.startswith("/moved"):
            self.answer(301, Location={"/moved1": "/moved2", "/moved2": f"http://{HOST}:8000/file"}[self.path])
        elif self.path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"short")
            self.close_connection = True
        elif self.path == "/unended":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\nto the end")
            self.close_connection = True
        else:
            self.answer(404, b"not here\n")

    do_HEAD = do_GET

    def do_POST(self):
        self.answer(200, b"got " + self.rfile.read(int(self.headers["Content-Length"])) + b"\n")


@pytest.fixture(scope="module")
def server():
    while True:  # the tap comes with the machine
        try:
            httpd = http.server.ThreadingHTTPServer((HOST, 8000), Handler)
            break
        except OSError:
            time.sleep(0.05)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://{HOST}:8000"
    httpd.shutdown()
    httpd.server_close()


def same_as_body(vm, path):
    """The guest's file, read back through its httpd."""
    assert hashlib.sha256(curl(url(path)).stdout).digest() == hashlib.sha256(BODY).digest()


@pytest.mark.parametrize("path", ["/file", "/chunked", "/moved1"])
def test_wget(vm, server, path):
    vm.check(f"wget -q -O /www/got {server}{path}", 60)
    same_as_body(vm, "/got")
    vm.run("rm /www/got")


@pytest.mark.parametrize("path", ["/file", "/chunked", "/moved1"])
def test_curl(vm, server, path):
    vm.check(f"curl -s -L -o /www/got {server}{path}", 60)
    same_as_body(vm, "/got")
    vm.run("rm /www/got")


def test_what_was_begun_is_finished(vm, server):
    vm.check(f"wget -q -O /www/got {server}/file", 60)
    vm.check("head -c 123456 /www/got > /www/part")
    vm.check(f"wget -q -c -O /www/part {server}/file", 60)
    same_as_body(vm, "/part")
    vm.check(f"wget -q -c -O /www/part {server}/file", 60)
    vm.check("head -c 5 /www/got > /www/part")
    vm.check(f"curl -s -C - -o /www/part {server}/file", 60)
    same_as_body(vm, "/part")
    vm.run("rm /www/got /www/part")


@pytest.mark.parametrize("command, said, code", [
    ("curl -s {}/nosuch", "not here", 0), ("curl -sSf {}/nosuch", "curl: the requested URL returned error: 404", 22),
    ("curl -s -d a=b {}/x", "got a=b", 0), ("curl -s {}/unended", "to the end", 0),
    ("curl -s -o /dev/null -w '%{{http_code}}' {}/moved1", "301", 0),
    ("curl -sSL {}/loop", "curl: more than 50 redirections", 47), ("wget -q -O - {}/loop", "wget: more than 20 redirections", 1),
    ("wget -q -t 1 -O - {}/nosuch", "wget: server returned error: 404 Not Found", 1),
    ("wget -q --spider {}/file", "", 0), ("curl -sI {}/file", "Content-Length: 1000000", 0),
    ("wget -q -O - http://" + HOST + ":1/", f"wget: {HOST} port 1: Connection refused", 1),
    ("wget ftp://x/", "wget: ftp://x/: only http:// can be fetched", 1), ("curl http://", "curl: http://: bad URL", 3),
    ("wget", "usage", 2),
])
def test_what_they_say(vm, server, command, said, code):
    text = vm.run(command.format(server) + "; echo status $?", 100)
    assert said in text and text.endswith(f"status {code}"), text


def test_a_body_that_is_cut_off(vm, server):
    text = vm.run(f"wget -q -t 1 -O /dev/null {server}/short; echo status $?")
    assert "995 bytes too early" in text and text.endswith("status 1")
