"""The load generators of tests/bench against skbox, for a second each: right answers, no errors. How fast is not asked here."""

import contextlib
import json
import pathlib
import socket
import subprocess

import pytest
from lib.vm import VM, Tap

BENCH = pathlib.Path(__file__).resolve().parents[1] / "bench"
GUEST, HOST = "10.77.0.2", "10.77.0.1"
ECHO, DISCARD = "7", "9"
MAC = "52:54:00:00:00:01"
DEADLINE = 100


@contextlib.contextmanager
def boot():
    # A short queue for listeners, so that a small flood fills it.
    append = f"ip={GUEST}::{HOST}:255.255.255.0:skbox:eth0:off sysctl.net.core.somaxconn=256"
    with VM(append=append, nets=[Tap(address=HOST)], mem=128) as vm:
        vm.wait_prompt()
        vm.run("inetd &")
        yield vm


@pytest.fixture(autouse=True)
def vm(shared):
    with shared.lend(boot) as vm:
        yield vm


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """Compiles a tool once: tools("gen") is its path."""
    directory, made = tmp_path_factory.mktemp("bench"), {}

    def tool(name):
        if name not in made:
            made[name] = directory / name
            subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(made[name]), str(BENCH / f"{name}.c")], check=True)
        return str(made[name])
    return tool


def run(*argv, **more):
    out = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=DEADLINE, **more).stdout
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("mode", ["tcp_rr", "udp_rr", "tcp_crr"])
@pytest.mark.parametrize("parallel", ["1", "16"])
def test_exchanges(vm, tools, mode, parallel):
    found, = run(tools("gen"), mode, GUEST, ECHO, "1", parallel)
    assert found["done"] > 0 and found["errors"] == 0, found


def test_udp_flood_reaches_the_application(vm, tools):
    before = vm.snmp("Udp")["InDatagrams"]
    found, = run(tools("gen"), "udp_flood", GUEST, DISCARD, "1", "18", "20000")
    assert found["done"] > 0 and found["errors"] == 0, found
    vm.wait_until("datagrams are read", lambda: vm.snmp("Udp")["InDatagrams"] > before)


def test_connections_held_all_echo(vm, tools):
    steps = run(tools("hold"), GUEST, ECHO, "500", HOST, "1", input="\n\n")
    assert [(s["step"], s["done"], s["failed"]) for s in steps] == [(step, 500, 0) for step in ("open", "echo", "close")], steps


def test_connect_after_a_syn_flood(vm, tools):
    """More SYNs than the listener has room for: cookies, and who is real gets in."""
    run(tools("synflood"), "sktap0", MAC, GUEST, ECHO, "1", "20000")
    vm.wait_until("cookies are sent", lambda: vm.snmp("TcpExt")["SyncookiesSent"] > 0)
    with socket.create_connection((GUEST, int(ECHO)), timeout=DEADLINE) as s:
        s.settimeout(DEADLINE)
        s.sendall(b"real")
        assert s.recv(16) == b"real"
