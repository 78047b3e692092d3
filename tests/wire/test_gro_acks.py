"""ACKs of a burst go up as one - but not to a router's other side, nor to those who look on: these see each of them."""

import contextlib

import pytest
from lib.vm import VM
from lib.wire import HOST_IP, IP, SKBOX_IP, STATIC, Wire
from scapy.all import TCP

ROUNDS, BURST = 12, 10  # as many frames as wait in a cable while the machine stands
PORT = 7777
BEHIND = "10.8.0.1"


@pytest.fixture(scope="module")
def boot():
    @contextlib.contextmanager
    def with_two_cables():
        first, second = Wire(), Wire(mac="02:00:00:00:08:01", ip=BEHIND)
        with VM(append=f"quiet {STATIC} ip=10.8.0.2:::255.255.255.0::eth1:off", nets=[first, second]) as vm:
            vm.wait_prompt()
            first.fence()
            vm.check(f"arp -s {BEHIND} {second.mac}; arp -s {HOST_IP} {first.mac}")
            yield vm
    return with_two_cables


def burst(vm, wire, n, dst=SKBOX_IP):
    """The machine stands still while it is sent. The numbers that its ACKs acknowledge."""
    numbers = [1000 * (n * BURST + i + 1) for i in range(BURST)]
    vm.qmp("stop")
    for number in numbers:
        wire.send(wire.ether() / IP(src=HOST_IP, dst=dst) / TCP(sport=4000, dport=PORT, flags="A", seq=1, ack=number))
    vm.qmp("cont")
    return numbers


def send_acks(vm, wire):
    numbers = []
    for n in range(ROUNDS):
        numbers += burst(vm, wire, n)
        wire.fence()
    return numbers


def answers(vm):
    """RSTs: one for each segment that TCP has seen, for nobody listens there."""
    return vm.snmp("Tcp")["OutRsts"]


def test_they_are_joined(vm, wire):
    before, segments = answers(vm), vm.snmp("Tcp")["InSegs"]
    numbers = send_acks(vm, wire)
    assert 0 < answers(vm) - before < len(numbers)
    assert vm.snmp("Tcp")["InSegs"] == segments + len(numbers)  # all of them are counted


def test_who_looks_on_sees_each(vm, wire):
    before = answers(vm)
    vm.run(f"tcpdump -S -n -i eth0 tcp dst port {PORT} > /tmp/seen &")
    vm.wait_until("it looks on", lambda: len(vm.proc("net/packet").splitlines()) > 1)
    numbers = send_acks(vm, wire)
    vm.run("killall tcpdump")
    text = vm.wait_until("it has written", lambda: "ack" in (t := vm.run("cat /tmp/seen")) and t)
    assert [int(line.split(" ack ")[1].split(",")[0]) for line in text.splitlines() if " ack " in line] == numbers
    assert answers(vm) - before == len(numbers)
    vm.wait_until("nobody looks on", lambda: len(vm.proc("net/packet").splitlines()) == 1)
    test_they_are_joined(vm, wire)  # again


def test_a_router_passes_on_each(vm, wire):
    second = vm.nets[1]
    vm.check("sysctl -q -w net.ipv4.ip_forward=1")
    for n in range(ROUNDS):
        for number in burst(vm, wire, n, BEHIND):
            second.expect(lambda p, number=number: TCP in p and p[TCP].dport == PORT and p[TCP].ack == number)
    vm.check("sysctl -q -w net.ipv4.ip_forward=0")
