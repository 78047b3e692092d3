"""Accurate ECN (RFC 9768) over a cable that marks: two of us, whose counters agree with the relay's; and a Linux that knows classic
ECN only, on either side."""

import re
import subprocess

import pytest
from lib.relay import Namespace, Relay, VmEnd
from lib.vm import VM

A, B = "10.81.0.1", "10.81.0.2"
MIB = 1 << 20
MARKS = "delay 2ms loss 5% ecn limit 10000"


class SecondCard(VmEnd):
    card_mac = "52:54:00:00:00:0b"


def address(ip):
    return f"quiet ip={ip}:::255.255.255.0:skbox:eth0:off sysctl.net.ipv4.tcp_ecn=3"


def words(vm, port):
    """key:value of the connection with @port."""
    lines = [line for line in vm.run("cat /proc/net/tcp_diag").splitlines() if f":{port} " in line and line.startswith("ESTAB")]
    line = lines[-1] if lines else ""
    return line, {key: int(value) for key, value in re.findall(r" (\w+):(\d+)(?= |$)", line)}


def counter(vm, group, name):
    names, values = (line.split() for line in vm.run("cat /proc/net/netstat").splitlines() if line.startswith(f"{group}:"))
    return int(values[names.index(name)])


@pytest.mark.timeout(300)
def test_two_of_us_and_a_cable_that_marks():
    with Relay(VmEnd(), SecondCard(), seed=3) as relay, VM(append=address(A), nets=[relay.a]) as a, \
            VM(append=address(B), nets=[relay.b]) as b:
        for vm in (a, b):
            vm.wait_prompt()
        assert " 0% packet loss" in a.run(f"ping -c 1 {B}")
        b.run("inetd &")
        for line in (f"head -c {16 * MIB} /dev/zero", "sleep 1000"):
            a.run(f"echo {line} >> /feed")
        relay.set(both=MARKS)
        a.run(f"sh /feed | nc {B} 9 &")
        a.wait_until("all has arrived", lambda: words(b, 9)[1].get("bytes_received") == 16 * MIB, 120)
        a.wait_until("and is acknowledged", lambda: "unacked" not in words(a, 9)[1])
        (line, sent), (_, got) = words(a, 9), words(b, 9)
        assert " ecn accecn " in line and "accecn_fail_mode" not in sent | got
        assert sent["delivered_ce_bytes"] == got["received_ce_bytes"] > 200000
        assert sent["delivered_e0_bytes"] == got["received_e0_bytes"]
        assert sent["delivered_ce"] == got["received_ce"] == relay.counters()["a_to_b"]["marked"]
        assert got["received_ce_bytes"] + got["received_e0_bytes"] >= 15 * MIB


@pytest.mark.timeout(300)
@pytest.mark.parametrize("linux_listens", [True, False])
def test_linux_has_classic_ecn(linux_listens):
    with Namespace() as peer:
        tap = peer.tap(f"{B}/24", mac="02:00:00:00:00:99")
        peer.sysctl("net.ipv4.tcp_ecn", "1")
        with Relay(VmEnd(), tap, seed=3) as relay, VM(append=address(A), nets=[relay.a]) as vm:
            vm.wait_prompt()
            peer.run("ping", "-c", "1", "-W", "20", A)
            relay.set(both=MARKS)
            if linux_listens:
                server = peer.popen("iperf3", "-s", "-1", "--forceflush", stdout=subprocess.PIPE, text=True)
                while "listening" not in server.stdout.readline():
                    pass
                vm.check(f"iperf3 -c {B} -n 8M", 120)
                server.communicate(timeout=60)
                assert counter(vm, "TcpExt", "TCPDeliveredCE") > 0
            else:
                vm.run("iperf3 -s -1 > /dev/null &")
                vm.wait_until("somebody listens", lambda: "5201" in vm.run("netstat -lnt"))
                peer.run("iperf3", "-c", A, "-n", "8M")
                assert counter(vm, "IpExt", "InCEPkts") > 0
            assert relay.counters()["a_to_b" if linux_listens else "b_to_a"]["marked"] > 0
