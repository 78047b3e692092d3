"""iperf3 of skbox with Linux's, each as client and as server."""

import contextlib
import json
import subprocess

import pytest
from lib.vm import VM, Tap

GUEST, HOST = "10.77.0.2", "10.77.0.1"
WAYS = [[], ["-R"], ["-P", "8"], ["-P", "8", "-R"], ["--bidir"], ["-P", "2", "--bidir"], ["-u", "-b", "20M"], ["-u", "-b", "20M", "-R"],
        ["-u", "--bidir", "-b", "5M"], ["-n", "20M"], ["-k", "50"], ["-l", "1000"], ["-C", "reno"], ["-C", "bbr", "-R"], ["-M", "500"],
        ["-N", "-w", "100K"], ["-u", "-b", "5M", "--udp-counters-64bit"], ["-O", "1"]]


@contextlib.contextmanager
def boot():
    with VM(append=f"ip={GUEST}::{HOST}:255.255.255.0:skbox:eth0:off", nets=[Tap(address=HOST)], mem=128) as vm:
        vm.wait_prompt()
        vm.run("iperf3 -s > /dev/null &")
        yield vm


@pytest.fixture(autouse=True)
def vm(shared):
    with shared.lend(boot) as vm:
        before = vm.pool_in_use()
        yield vm
        if not shared.failed():
            vm.wait_until("the packet pool is back at its baseline", lambda: vm.pool_in_use() <= before)


@pytest.mark.parametrize("options", WAYS, ids=" ".join)
def test_linux_measures_us(options):
    time = [] if "-n" in options or "-k" in options else ["-t", "1"]
    text = subprocess.run(["iperf3", "-c", GUEST, "-J", *time, *options], capture_output=True, text=True, timeout=120).stdout
    result = json.loads(text)
    assert "error" not in result, result["error"]
    for stream in result["end"]["streams"]:
        got = stream["udp"]["bytes"] if "udp" in stream else stream["receiver"]["bytes"]
        assert got > 0, stream


@pytest.mark.parametrize("options", WAYS, ids=" ".join)
def test_we_measure_linux(vm, options):
    server = subprocess.Popen(["iperf3", "-s", "-1", "--forceflush"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        while "listening" not in (line := server.stdout.readline()):
            assert line, "iperf3 -s has ended"
        time = "" if "-n" in options or "-k" in options else "-t 1"
        text = vm.check(f"iperf3 -c {HOST} {time} {' '.join(options)}", 120)
        assert "iperf Done." in text and "receiver" in text, text
        server.wait(60)
    finally:
        if server.poll() is None:
            server.kill()
        server.wait()


def test_json(vm):
    vm.run("iperf3 -s -1 -p 5300 > /dev/null &")
    text = vm.run("iperf3 -c 127.0.0.1 -p 5300 -t 1 -J", 60)
    # The shell may say in between that the server has ended.
    result = json.loads(next(line for line in text.splitlines() if line.startswith("{")))
    assert result["end"]["streams"][0]["received_bytes"] > 0


@pytest.mark.parametrize("options, said", [
    ("", "iperf3: either -s or -c HOST"), ("-s -c x", "iperf3: either -s or -c HOST"), ("-c x -R --bidir", "iperf3: -R or --bidir, not both"),
    ("-c 10.77.0.1 -p 1", "iperf3: unable to connect to server: Connection refused"), ("-c x -P 0", "iperf3: bad number of streams '0' (1 to 128)"),
    ("-c x -u -l 5", "iperf3: a datagram has 16 to 65507 bytes"), ("-c x -b z", "iperf3: bad bit rate 'z'"), ("-s -p 5201", "iperf3: unable to start listener: Address already in use"),
])
def test_wrong_arguments(vm, options, said):
    assert vm.run(f"iperf3 {options}", 60) == said
