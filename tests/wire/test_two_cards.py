"""Two cards at once: neither's interrupts may silence the other's."""

from lib.vm import VM
from lib.wire import HOST_IP, ICMP, IP, SKBOX_IP, STATIC, Wire, is_echo_reply

ROUNDS = 300


def test_interrupts_of_both_at_the_same_time():
    """Both lines come through one input of one interrupt controller; frames on both wires in the same moment, often."""
    first, second = Wire(), Wire(ip="10.8.0.1")
    with VM(append=f"quiet {STATIC} ip=10.8.0.2::10.8.0.1:255.255.255.0::eth1:off", nets=[first, second]) as vm:
        vm.wait_prompt()
        ends = ((first, HOST_IP, SKBOX_IP, "52:54:00:00:00:01"), (second, "10.8.0.1", "10.8.0.2", "52:54:00:00:00:02"))
        for wire, ours, theirs, mac in ends:  # both know each other's address afterwards
            wire.send(wire.ether(mac) / IP(src=ours, dst=theirs) / ICMP(id=1, seq=0))
            wire.expect(lambda p: is_echo_reply(p, 1, 0))
        for i in range(1, ROUNDS):
            for wire, ours, theirs, mac in ends:
                wire.send(wire.ether(mac) / IP(src=ours, dst=theirs) / ICMP(id=1, seq=i))
            for wire, *_ in ends:
                wire.expect(lambda p, i=i: is_echo_reply(p, 1, i))
