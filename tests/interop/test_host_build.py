"""build/host/skbox, the kernel as a Linux process, and libskbox in a program of somebody else: with sanitizers, on a terminal,
a pipe, a tap and a datagram socket."""

import os
import pathlib
import subprocess
import sys
import termios

import pexpect
import pytest
from lib.vm import PROMPT, ROOT

HOST = ROOT / "build" / "host"
SKBOX = HOST / "skbox"


@pytest.fixture(scope="module", autouse=True)
def built():
    subprocess.run(["make", "-s", "ARCH=host"], cwd=ROOT, check=True)


def piped(text, *args, deadline=120):
    """(status, output) of a skbox that reads @text."""
    run = subprocess.run([SKBOX, *args], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=deadline)
    return run.returncode, run.stdout.decode("utf-8", "replace")


class Terminal:
    """A skbox on a terminal of its own."""

    def __init__(self, *args):
        self.child = pexpect.spawn(str(SKBOX), list(args), timeout=60, echo=False)
        self.child.delaybeforesend = None

    def __enter__(self):
        self.wait_prompt()
        return self

    def __exit__(self, *_):
        self.child.close(force=True)

    def wait_prompt(self):
        self.child.expect_exact(PROMPT.encode())

    def run(self, command):
        self.child.send(command + "\r")
        self.wait_prompt()
        return self.child.before.decode().replace("\r", "").partition("\n")[2].strip("\n")

    def poweroff(self):
        self.child.send("poweroff\r")
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus


def test_pipe():
    status, text = piped("echo $((6 * 7))\nping -c 1 127.0.0.1\npoweroff\n", "ip=off")
    assert status == 0 and "\n42\n" in text and "1 received" in text


def test_run_needs_no_input():
    status, text = piped("", "quiet", "ip=off", "run=echo it ran; poweroff")
    assert status == 0 and "it ran" in text


@pytest.mark.parametrize("args", [["--bogus"], ["--tap"], ["--dgram", "x"], ["--mem", "x"], ["--mem", "0"], ["--initrd", "/no/such"],
                                  ["--dgram", "a,"], ["x" * 3000]])
def test_wrong_option_is_one_line(args):
    status, text = piped("", *args)
    assert status == 2 and len(text.splitlines()) == 1, text


def test_initrd(tmp_path):
    (tmp_path / "hello").write_text("from the tar\n")
    subprocess.run(["tar", "--format=ustar", "-C", tmp_path, "-cf", tmp_path / "root.tar", "hello"], check=True)
    status, text = piped("cat /hello\npoweroff\n", "--initrd", tmp_path / "root.tar", "ip=off")
    assert status == 0 and "from the tar" in text


def test_terminal():
    with Terminal("ip=off") as box:
        box.child.send("sleep 1000\r\x03")
        box.wait_prompt()
        box.child.send("while true; do :; done\r\x03")
        box.wait_prompt()
        box.child.send("cat\rto cat\r\x04echo af''ter\r")
        box.child.expect("to cat\r+\nto cat")
        box.child.expect("after")
        box.wait_prompt()
        assert box.run("echo ab\x1b[Dc") == "acb"
        box.child.send("\x04")  # another shell takes over
        box.wait_prompt()
        assert box.poweroff() == 0


def test_terminal_is_put_right_again():
    ours, theirs = os.openpty()
    before = termios.tcgetattr(theirs)
    subprocess.run([SKBOX, "quiet", "ip=off", "run=poweroff"], stdin=theirs, stdout=theirs, stderr=theirs, timeout=120, check=True)
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


def test_two_of_them_on_datagram_sockets(tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"
    net = "::{}:255.255.255.0::eth0:off"
    with Terminal("--dgram", f"{a},{b}", f"ip=10.1.0.1{net.format('')}") as one, \
            Terminal("--dgram", f"{b},{a}", f"ip=10.1.0.2{net.format('')}") as two:
        assert " 0% packet loss" in one.run("ping -c 20 -i 0.01 -s 1400 10.1.0.2")
        two.run("udpecho &")
        one.child.send("nc -u 10.1.0.2 7\r")
        one.child.send("back and forth\r")
        one.child.expect("back and forth\r+\nback and forth")
        one.child.send("\x03")
        one.wait_prompt()
        assert "10.1.0.2 dev eth0 lladdr" in one.run("ip neigh")
        assert one.poweroff() == 0
        # Nobody is there any more.
        assert " 0 received" in two.run("ping -c 1 -W 0.2 10.1.0.1")
        assert two.poweroff() == 0


def test_tap():
    subprocess.run("ip tuntap add sktap9 mode tap && ip addr add 10.78.0.1/24 dev sktap9 && ip link set sktap9 up",
                   shell=True, check=True)
    try:
        with Terminal("--tap", "sktap9", "ip=10.78.0.2::10.78.0.1:255.255.255.0::eth0:off") as box:
            assert " 0% packet loss" in box.run("ping -c 10 -i 0.01 10.78.0.1")
            subprocess.run(["ping", "-q", "-c", "200", "-i", "0.002", "-s", "1400", "10.78.0.2"], check=True)
            assert box.poweroff() == 0
    finally:
        subprocess.run(["ip", "link", "del", "sktap9"], check=False)


# ---- libskbox ----

PROGRAM = r"""
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "skbox.h"

int main(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct ifreq lo = {.ifr_name = "lo"};
	char buf[16] = "";
	int a, b;

	skbox_set_seed(1);
	if (skbox_boot("quiet") || skbox_boot("quiet") != -1)
		return 1;
	a = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	b = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	memcpy(&lo.ifr_addr, &to, sizeof(to));
	if (skbox_ioctl(a, SIOCSIFADDR, &lo))
		return 5;
	lo.ifr_flags = IFF_UP;
	if (skbox_ioctl(a, SIOCSIFFLAGS, &lo))
		return 6;
	if (skbox_bind(a, &to, sizeof(to)) || skbox_sendto(b, "hello", 5, 0, &to, sizeof(to)) != 5)
		return 2;
	if (skbox_recvfrom(a, buf, sizeof(buf), 0, NULL, NULL) != 5 || strcmp(buf, "hello"))
		return 3;
	if (skbox_recvfrom(a, buf, sizeof(buf), 0, NULL, NULL) != -11 || skbox_close(77) != -9)
		return 4;
	skbox_advance(3600000000000);
	printf("%s after %llu s\n", buf, (unsigned long long)(skbox_now() / 1000000000));
	return skbox_close(a) | skbox_close(b);
}
"""


def test_library_in_a_program(tmp_path):
    (tmp_path / "program.c").write_text(PROGRAM)
    subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", f"-I{HOST}", "program.c", "-o", "program",
                    f"-L{HOST}", "-lskbox", f"-Wl,-rpath,{HOST}"], cwd=tmp_path, check=True)
    run = subprocess.run([tmp_path / "program"], capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stdout, run.stderr) == (0, "hello after 3600 s\n", "")


PYTHON = """
import ctypes, sys
box = ctypes.CDLL(sys.argv[1])
box.skbox_advance.argtypes = [ctypes.c_uint64]
box.skbox_now.restype = ctypes.c_uint64
box.skbox_proc_read.restype = ctypes.c_long
assert box.skbox_boot(b"quiet ip=off") == 0
assert box.skbox_add_device(bytes.fromhex("525400000001")) == 0
box.skbox_advance(5 * 10**9)
text = ctypes.create_string_buffer(4096)
assert box.skbox_proc_read(b"net/dev", text, len(text)) > 0 and b"eth0" in text.value
assert box.skbox_sysctl(b"net.ipv4.ip_forward", b"1") == 0
assert box.skbox_sysctl(b"net.ipv4.no_such", b"1") == -2
print(box.skbox_now() // 10**9)
"""


def test_library_in_python():
    asan = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True).stdout.strip()
    run = subprocess.run([sys.executable, "-c", PYTHON, str(HOST / "libskbox.so")], capture_output=True, text=True, timeout=120,
                         env={**os.environ, "LD_PRELOAD": asan, "ASAN_OPTIONS": "detect_leaks=0"})  # Python's own
    assert (run.returncode, run.stdout.strip()) == (0, "5"), run.stderr


def test_library_exports_its_header_alone():
    names = subprocess.run(["nm", "-D", "--defined-only", HOST / "libskbox.so"], capture_output=True, text=True, check=True).stdout
    exported = {line.split()[2] for line in names.splitlines() if line.split()[1] != "A"}
    declared = {word.split("(")[0] for line in pathlib.Path(HOST / "skbox.h").read_text().splitlines() if line.startswith("SKBOX_API")
                for word in line.replace("*", " ").split() if word.startswith("skbox_")}
    assert exported == declared
