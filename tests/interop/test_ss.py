"""ss: its filters, columns and words, and what it ends."""

import contextlib
import re
import select
import socket

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
def connections(vm, count=3):
    """From the host to inetd's echo; ours is the list of the host's ports."""
    vm.run("inetd echo &")
    vm.wait_until("echo listens", lambda: ":7 " in vm.run("ss -tlnH"))
    with contextlib.ExitStack() as stack:
        socks = []
        for _ in range(count):
            s = stack.enter_context(socket.create_connection((GUEST, 7), 60))
            s.sendall(b"hello")
            assert s.recv(100) == b"hello"
            socks.append(s)
        yield sorted(socks, key=lambda s: s.getsockname()[1])
    vm.run("killall inetd")


def ports(text):
    """The peers' ports of the lines that show one."""
    return sorted(int(p) for p in re.findall(rf"{HOST}:(\d+)", text))


def test_filters_find_what_they_say(vm):
    with connections(vm) as socks:
        a, b, c = [s.getsockname()[1] for s in socks]
        expressions = {
            f"dport = :{a} or dport = :{c}": [a, c],
            f"'dport = :{a} || dport :{c}'": [a, c],
            f"'( dport = :{a} or dport = :{b} )' and sport = :7": [a, b],
            f"'(dport=:{a}|dport=:{b})&sport=:echo'": [a, b],
            f"not dport = :{a}": [b, c],
            f"! '(' dport = :{a} or dport = :{b} ')'": [c],
            f"dport != :{b}": [a, c],
            f"'dport > :{a}'": [b, c],
            f"'dport >= :{b} dport <= :{b}'": [b],
            f"dport lt {c}": [a, b],
            f"dst {HOST}:{b}": [b],
            f"dst {HOST} and src {GUEST}/24 and src :7": [a, b, c],
            f"dst != {HOST}": [],
            f"dst 10.77.0.0/24 dport neq {a}": [b, c],
            f"dport = :{a} or dport = :{b} and sport = :8": [a],  # and binds before or
            "sport = :echo": [a, b, c],
            "src 127.0.0.1 or src 10.0.0.0/8": [a, b, c],
            "autobound": [],
        }
        for expression, expected in expressions.items():
            assert ports(vm.run(f"ss -tnH {expression}")) == expected, expression
            assert ports(vm.run(f"ss -tnH state established {expression}")) == expected, expression
        assert ports(vm.run("ss -tanH exclude established sport = :7")) == []
        assert ":7 " in vm.run("ss -tanH exclude established sport = :7")
        assert ports(vm.run("ss -tnH state listening state established")) == [a, b, c]


@pytest.mark.parametrize("words, said", [
    ("or sport = :2", "bad filter at 'or'"), ("'( sport = :1'", "it ends too early"), ("sport = :1 ')'", "bad filter at ')'"),
    ("sport = :nobody", "bad port 'nobody'"), ("'src > 10.0.0.1'", "bad filter"), ("sport", "ends too early"),
    ("not " * 40 + "sport = :1", "bad filter"), ("sport = :1 or " * 40 + "sport = :1", "filter is too long"),
])
def test_what_a_filter_may_not_be(vm, words, said):
    assert said in vm.run(f"ss {words}")


def test_memory_tasks_and_timers_of_every_kind(vm):
    with connections(vm, 1):
        vm.run("nc -lu 4000 &")
        vm.run("tcpdump -i eth0 arp > /dev/null &")
        vm.wait_until("both run", lambda: {"nc", "tcpdump"} <= set(re.findall(r'\("(\w+)",pid=', vm.run("ss -aupn0"))))
        skmem = r"\n\t skmem:\(r\d+,rb\d+,t\d+,tb\d+,f\d+,w\d+,o\d+,bl\d+,d\d+\)"
        assert re.search(rf'UNCONN +0 +0 +0\.0\.0\.0:4000 +0\.0\.0\.0:\* users:\(\("nc",pid=\d+\)\){skmem}', vm.run("ss -aunpm"))
        assert re.search(rf'p_raw +UNCONN +\d+ +0 +\*:eth0 +\* users:\(\("tcpdump",pid=\d+\)\){skmem}', vm.run("ss -0pm"))
        assert re.search(rf"ESTAB +0 +0 +{GUEST}:7 +{HOST}:\d+{skmem} ts sack ", vm.run("ss -tnmi state established"))
        line = vm.run("ss -tnmiOH state established")
        assert len(line.splitlines()) == 1 and "skmem:" in line and "rtt:" in line
        vm.run("killall nc; killall tcpdump")
    # A SYN that nobody answers: its timer, and no rate before there is a round trip.
    vm.run("arp -s 10.77.0.9 02:00:00:00:00:09; nc -w 20 10.77.0.9 9 &")
    text = vm.wait_until("it asks", lambda: "SYN-SENT" in (t := vm.run("ss -tnio state syn-sent")) and t)
    assert re.search(r"SYN-SENT +0 +1 +\S+ +10\.77\.0\.9:9 timer:\(on,[\d.]+(ms|sec),\d+\)\n\t ", text)
    assert "pacing_rate" not in text
    vm.run("killall nc; arp -d 10.77.0.9")


def test_the_summary_is_iproute2s(vm):
    with connections(vm, 2):
        text = vm.run("ss -s")
        assert re.search(r"^Total: \d+\nTCP:   \d+ \(estab 2, closed \d+, orphaned 0, timewait \d+\)\n\n"
                         r"Transport Total     IP        IPv6\nRAW\t  \d+ +\d+ +0 +\nUDP\t  ", text)
        tcp = int(re.search(r"^TCP\t  (\d+)", text, re.M).group(1))
        assert tcp == len(vm.run("ss -tanH exclude time-wait").splitlines())


def test_kill_ends_connections_and_listeners(vm):
    with connections(vm) as (a, b, c):
        text = vm.run(f"ss -KtnH dport = :{a.getsockname()[1]}")
        assert ports(text) == [a.getsockname()[1]]
        assert select.select([a], [], [], 60)[0]
        with pytest.raises(ConnectionResetError):
            a.recv(1)
        b.sendall(b"still")
        assert b.recv(100) == b"still"
        vm.run(f"ss -Ktn src {GUEST}")
        for s in (b, c):
            with pytest.raises(ConnectionResetError):
                s.recv(1)
    # A listener: accept() says so and nobody comes in any more.
    vm.run("nc -lk 4001 &")
    vm.wait_until("it listens", lambda: ":4001 " in vm.run("ss -tlnH"))
    assert ":4001 " in vm.run("ss -KtlnH sport = :4001")
    assert ":4001 " not in vm.run("ss -tanH")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((GUEST, 4001), 60)
    vm.run("killall nc")
