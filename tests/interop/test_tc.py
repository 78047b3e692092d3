"""tc at the console: netem inside skbox does to real packets what it says, and tc speaks as iproute2 does."""

import re

import pytest
from lib.relay import Namespace, Relay, VmEnd
from lib.vm import VM
from lib.wire import SKBOX_IP, SKBOX_MAC, STATIC

PEER_IP = "10.9.0.1"


@pytest.fixture(scope="module")
def net():
    with Namespace() as peer:
        tap = peer.tap(f"{PEER_IP}/24", mac="02:00:00:00:00:99")
        tap.knows(SKBOX_IP, SKBOX_MAC)
        with Relay(VmEnd(), tap) as relay, VM(append=f"quiet {STATIC}", nets=[relay.a]) as vm:
            vm.wait_prompt()
            vm.check(f"arp -s {PEER_IP} 02:00:00:00:00:99")
            peer.run("ping", "-c", "1", "-W", "5", SKBOX_IP)
            vm.wait_until("all quiet", lambda: relay.counters()["a_to_b"]["frames_in"] >= 4)
            yield vm, peer


@pytest.fixture
def vm(net):
    before = net[0].pool_in_use()
    yield net[0]
    net[0].run("tc qdisc del dev eth0 root")
    net[0].run("tc qdisc del dev lo root")
    net[0].wait_until("the packet pool is back at its baseline", lambda: net[0].pool_in_use() <= before)


def sent(vm):
    """Packets, drops and backlog of eth0's discipline."""
    text = vm.check("tc -s qdisc show dev eth0")
    found = re.search(r"\n Sent (\d+) bytes (\d+) pkt \(dropped (\d+), overlimits \d+ requeues \d+\) \n"
                      r" backlog (\d+)b (\d+)p requeues \d+$", text)
    assert found, text
    return int(found.group(2)), int(found.group(3)), int(found.group(5))


def peer_pings(net, count):
    """The numbers in what the discipline lets out of the answers to @count echo requests."""
    vm, peer = net
    asked = vm.snmp("Icmp")["InEchos"]

    def answers():
        return sent(vm)[0] if vm.snmp("Icmp")["InEchos"] == asked + count and not sent(vm)[2] else None

    return [number for number, _ in peer.ping(SKBOX_IP, count, answers)]


def rtts(text):
    return [float(t) for t in re.findall(r"time=([\d.]+) ms", text)]


def test_what_is_there_at_first(vm):
    assert vm.check("tc qdisc show") == ("qdisc noqueue 0: dev lo root refcnt 2 \n"
                                         "qdisc pfifo 0: dev eth0 root refcnt 2 limit 1000p")
    assert vm.check("tc qdisc show dev eth0") == "qdisc pfifo 0: root refcnt 2 limit 1000p"
    assert "qdisc pfifo " in vm.check("ip link show dev eth0")
    assert "qdisc noqueue " in vm.check("ip link show dev lo")


def test_delay_makes_pings_slow(vm):
    before = rtts(vm.check(f"ping -c 5 -i 0.05 {PEER_IP}"))
    vm.check("tc qdisc add dev eth0 root netem delay 100ms")
    after = rtts(vm.check(f"ping -c 5 -i 0.05 {PEER_IP}"))
    assert len(before) == len(after) == 5
    assert min(after) >= 100 and min(before) < 100
    assert "qdisc netem " in vm.check("ip link show dev eth0")
    vm.check("tc qdisc change dev eth0 root netem delay 200ms")
    assert min(rtts(vm.check(f"ping -c 3 -i 0.05 {PEER_IP}"))) >= 200
    assert sent(vm) == (8, 0, 0)
    vm.check("tc qdisc del dev eth0 root")
    assert min(rtts(vm.check(f"ping -c 5 -i 0.05 {PEER_IP}"))) < 100


def test_loss_is_counted(vm):
    vm.check("tc qdisc add dev eth0 root netem loss 30% seed 5")
    text = vm.run(f"ping -q -c 100 -i 0.01 -W 1 {PEER_IP}")
    received = int(re.search(r"100 packets transmitted, (\d+) received", text).group(1))
    packets, dropped, _ = sent(vm)
    assert (packets, dropped) == (received, 100 - received)
    assert 10 < dropped < 50
    assert vm.drops()["NETEM_LOSS"] == dropped


def test_a_seed_repeats_a_run(net, vm):
    """The peer pings: what is lost of the answers hangs on the seed alone."""
    def run(seed):
        vm.check(f"sysctl -w net.core.netem_seed={seed}")
        vm.check("tc qdisc replace dev eth0 root pfifo")
        vm.check("tc qdisc replace dev eth0 root netem loss 20% duplicate 10%")
        return peer_pings(net, 50)
    first = run(7)
    assert len(set(first)) < 50 and len(first) > len(set(first))
    assert run(7) == first
    assert run(8) != first
    vm.check("sysctl -w net.core.netem_seed=0")


def test_duplicates_and_reordering(net, vm):
    vm.check("tc qdisc add dev eth0 root netem delay 50ms reorder 30% duplicate 20% seed 3")
    seen = peer_pings(net, 100)
    assert len(set(seen)) == 100 and len(seen) > 100
    assert list(dict.fromkeys(seen)) != sorted(set(seen))


def test_limit_and_down(vm):
    vm.check("tc qdisc add dev eth0 root netem delay 10s limit 5")
    vm.run(f"ping -q -c 8 -i 0.01 -w 1 {PEER_IP}")
    packets, dropped, waiting = sent(vm)
    assert packets == 0 and waiting == 5 and dropped >= 3
    vm.check("ip link set eth0 down")
    assert sent(vm)[2] == 0
    vm.check("ip link set eth0 up")
    vm.check(f"arp -s {PEER_IP} 02:00:00:00:00:99")


def test_loopback(vm):
    vm.check("tc qdisc add dev lo root netem delay 30ms")
    assert min(rtts(vm.check("ping -c 3 -i 0.05 127.0.0.1"))) >= 60


@pytest.mark.parametrize("words", [
    "limit 1000 delay 50ms  10ms 25% loss 1% 30%",
    "limit 1000 delay 100ms  5ms distribution normal",
    "limit 20 loss 0.1% duplicate 2% corrupt 0.01% rate 10Mbit",
    "limit 1000 delay 1.5s reorder 25% 50% gap 5",
    "limit 1000 loss gemodel p 1% r 10% 1-h 70% 1-k 0.1%",
    "limit 1000 delay 250us rate 500Kbit packetoverhead 20",
])
def test_what_is_set_is_shown(vm, words):
    given = re.sub(r" (p|r|1-h|1-k|packetoverhead) ", " ", words)
    vm.check(f"tc qdisc add dev eth0 root handle 1: netem {given} seed 9")
    assert vm.check("tc qdisc show dev eth0") == f"qdisc netem 1: root refcnt 2 {words} seed 9"


@pytest.mark.parametrize("command,status,line", [
    ("tc qdisc add dev eth9 root pfifo", 1, 'Cannot find device "eth9"'),
    ("tc qdisc show dev eth9", 1, 'Cannot find device "eth9"'),
    ("tc qdisc add dev eth0 root netem foo", 1, 'What is "foo"?'),
    ("tc qdisc add dev eth0 root netem delay", 1, 'Command line is not complete. Try option "help"'),
    ("tc qdisc add dev eth0 root netem delay 5xs", 1, 'Illegal "latency"'),
    ("tc qdisc add dev eth0 root netem delay 999h", 1, 'Illegal "latency"'),
    ("tc qdisc add dev eth0 root netem loss 101%", 1, 'Illegal "loss percent"'),
    ("tc qdisc add dev eth0 root netem rate 1foo", 1, 'Illegal "rate"'),
    ("tc qdisc add dev eth0 root netem limit x", 1, 'Illegal "limit"'),
    ("tc qdisc add dev eth0 root netem reorder 5%", 1, "reordering not possible without specifying some delay"),
    ("tc qdisc add dev eth0 root netem gap 5", 1, "gap specified without reorder probability"),
    ("tc qdisc add dev eth0 root netem distribution normal", 1, "distribution specified but no latency and jitter values"),
    ("tc qdisc add dev eth0 root pfifo limit x", 1, 'pfifo: Illegal value for "limit": "x"'),
    ("tc qdisc add dev eth0 root pfifo foo", 1, 'pfifo: unknown parameter "foo"'),
    ("tc qdisc add dev eth0 root bla x", 1, 'Unknown qdisc "bla", hence option "x" is unparsable'),
    ("tc qdisc add dev eth0 root bla", 2, "Error: Specified qdisc kind is unknown."),
    ("tc qdisc add dev eth0 root", 2, "Error: Specified qdisc kind is unknown."),
    ("tc qdisc change dev eth0 root netem", 2, "Error: Qdisc not found. To create specify NLM_F_CREATE flag."),
    ("tc qdisc del dev eth0 root", 2, "Error: Cannot delete qdisc with handle of zero."),
    ("tc qdisc frob", 1, 'Command "frob" is unknown, try "tc qdisc help".'),
    ("tc foo", 1, 'Object "foo" is unknown, try "tc help".'),
    ("tc qdisc add dev", 1, 'Command line is not complete. Try option "help"'),
    ("tc qdisc add dev eth0 root handle zz: pfifo", 1, 'Error: argument "zz:" is wrong: invalid qdisc ID'),
])
def test_errors_are_one_line(vm, command, status, line):
    assert vm.run(f"{command}; echo $?") == f"{line}\n{status}"


def test_a_discipline_that_somebody_has_set_stays(vm):
    vm.check("tc qdisc add dev eth0 root netem")
    assert vm.run("tc qdisc add dev eth0 root pfifo") == "Error: Exclusivity flag on, cannot modify."
    assert vm.run("tc qdisc change dev eth0 root pfifo") == "Error: Invalid qdisc name: must match existing qdisc."
    vm.check("tc qdisc replace dev eth0 root pfifo limit 7")
    assert re.fullmatch(r"qdisc pfifo 80[0-9a-f]+: root refcnt 2 limit 7p", vm.check("tc qdisc show dev eth0"))


def test_help(vm):
    assert "netem [limit PACKETS]" in vm.check("help tc")
    assert "netem [limit PACKETS]" in vm.check("tc qdisc help")
    assert "gemodel" in vm.check("tc qdisc add dev eth0 root netem help")
