"""Packet sockets on a real card, through tcpdump: checksums that the card makes, frames for others, frames of any kind."""

import re

from lib.wire import HOST_IP, HOST_MAC, IP, SKBOX_IP, SKBOX_MAC, UDP, Ether, Raw

PORT = 7007
STRANGER = "02:00:00:00:00:77"


def sockets(vm):
    return vm.proc("net/packet").splitlines()[1:]


def test_checksums_that_the_card_makes_are_shown_right(vm, wire):
    vm.run(f"udpecho -p {PORT} &")
    vm.start(f"tcpdump -n -vv -c 2 -i eth0 udp port {PORT}")
    vm.expect("listening on eth0")
    wire.send(wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP) / UDP(sport=4000, dport=PORT) / Raw(b"odd"))
    wire.expect(lambda p: UDP in p and p[UDP].sport == PORT)
    vm.expect(re.escape(f"{HOST_IP}.4000 > {SKBOX_IP}.{PORT}: [udp sum ok]"))
    vm.expect(re.escape(f"{SKBOX_IP}.{PORT} > {HOST_IP}.4000: [udp sum ok]"))
    vm.expect("2 packets captured")
    vm.wait_prompt()
    vm.run("killall udpecho")
    assert not sockets(vm)


def test_promiscuous_while_somebody_listens(vm, wire):
    frame = Ether(src=HOST_MAC, dst=STRANGER) / IP(src=HOST_IP, dst="10.0.0.77") / UDP(sport=1, dport=2) / Raw(b"?" * 40)
    vm.start(f"tcpdump -n -e -c 1 -i eth0 ether dst {STRANGER}")
    vm.expect("listening on eth0")
    wire.send(frame)
    vm.expect(f"{HOST_MAC} > {STRANGER}")
    vm.wait_prompt()
    assert "PROMISC" not in vm.run("ifconfig eth0")
    before = vm.drops().get("OTHERHOST", 0)
    wire.send(frame)
    wire.fence()
    assert vm.drops().get("OTHERHOST", 0) == before


def test_a_type_that_nobody_knows(vm, wire):
    vm.start("tcpdump -n -x -c 1 -i eth0 ether proto 0x88b5")
    vm.expect("listening on eth0")
    wire.send(Ether(src=HOST_MAC, dst=SKBOX_MAC, type=0x88B5) / Raw(bytes(range(46))))
    vm.expect("0x0000:  0001 0203 0405 0607 0809 0a0b 0c0d 0e0f")
    vm.expect("1 packet captured")
    vm.wait_prompt()
