"""Who gets what: datagrams to many sockets, ICMP errors to the one that caused them, echo servers that must not talk for ever."""

import re

import pytest
from lib.wire import ARP, HOST_IP, ICMP, IP, SKBOX_IP, UDP, Ether, Raw

BROADCAST_MAC = "ff:ff:ff:ff:ff:ff"


def datagram(wire, text, dport, sport=4000, dst=SKBOX_IP, mac=None):
    ether = wire.ether(mac) if mac else wire.ether()
    return ether / IP(src=HOST_IP, dst=dst) / UDP(sport=sport, dport=dport) / Raw(text)


def stop_all(vm, name):
    for line in vm.run("ps").splitlines():
        words = line.split()
        if name in words[4:5]:
            vm.run(f"kill {words[0]}")
    vm.wait_until(f"no {name} is left", lambda: not re.search(rf"\b{name}\b -", vm.run("ps")))


@pytest.mark.parametrize("dst", ["255.255.255.255", "10.9.0.255"])
def test_broadcast_reaches_every_socket_on_the_port(vm, wire, dst):
    for i in range(3):
        vm.run(f"nc -u -l 6000 </dev/null >/tmp/heard{i} &")
    vm.wait_until("three listen", lambda: vm.proc("net/udp").count(":1770 ") == 3)
    wire.send(datagram(wire, b"to all\n", 6000, dst=dst, mac=BROADCAST_MAC))
    wire.fence()
    for i in range(3):
        vm.wait_until(f"number {i} has it", lambda i=i: "to all" in vm.run(f"cat /tmp/heard{i}"))
    stop_all(vm, "nc")


def test_unicast_reaches_one_of_them(vm, wire):
    for i in range(3):
        vm.run(f"nc -u -l 6000 </dev/null >/tmp/heard{i} &")
    vm.wait_until("three listen", lambda: vm.proc("net/udp").count(":1770 ") == 3)
    wire.send(datagram(wire, b"to one\n", 6000))
    wire.fence()
    vm.wait_until("somebody has it", lambda: "to one" in vm.run("cat /tmp/heard0 /tmp/heard1 /tmp/heard2"))
    assert vm.run("cat /tmp/heard0 /tmp/heard1 /tmp/heard2").count("to one") == 1
    stop_all(vm, "nc")


def ask_port(vm, wire, port=7777):
    vm.send(f"echo hello | nc -u -w 60 {HOST_IP} {port}\r")
    return wire.expect(lambda p: UDP in p and p[UDP].dport == port, what="the datagram")


def complain(wire, about, icmp, size=28):
    wire.send(wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP) / icmp / Raw(bytes(about[IP])[:size]))


def test_port_unreachable_reaches_the_sender(vm, wire):
    complain(wire, ask_port(vm, wire), ICMP(type=3, code=3))
    vm.expect("[Rr]efused")
    vm.expect("skbox# ")
    assert vm.run("true") == ""


@pytest.mark.parametrize("spoil", ["port", "peer", "short", "checksum", "not ours"])
def test_error_that_does_not_fit_reaches_nobody(vm, wire, spoil):
    """What a stranger could have guessed must not end a conversation."""
    about = ask_port(vm, wire, 7778)
    quoted = about.copy()
    if spoil == "port":
        quoted[UDP].sport ^= 1
    elif spoil == "peer":
        quoted[IP].dst = "10.9.0.77"
    elif spoil == "not ours":
        quoted[IP].src = "10.9.0.78"
    icmp = ICMP(type=3, code=3, chksum=0x1234) if spoil == "checksum" else ICMP(type=3, code=3)
    complain(wire, quoted, icmp, 24 if spoil == "short" else 28)
    wire.send(datagram(wire, b"still here\n", about[UDP].sport, 7778))
    vm.expect("still here")
    vm.send("\x03")
    vm.wait_prompt()


def test_host_unreachable_is_shown_by_ping(vm, wire):
    vm.send(f"ping -c 1 -W 60 {HOST_IP}\r")
    request = wire.expect(lambda p: ICMP in p and p[ICMP].type == 8)
    complain(wire, request, ICMP(type=3, code=1))
    vm.expect("Destination Host Unreachable")
    vm.wait_prompt()


def test_error_about_an_error_is_not_made(vm, wire):
    """RFC 1122 §3.2.2: nor about broadcasts, nor about later fragments, nor to a source that is no host."""
    odd = [
        wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP, proto=1) / Raw(b"\x03\x03\x00\x00" + bytes(40)),
        datagram(wire, b"x", 9999, dst="10.9.0.255", mac=BROADCAST_MAC),
        datagram(wire, b"x", 9999, mac=BROADCAST_MAC),
        wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP, frag=100) / UDP(sport=1, dport=9999),
        *(wire.ether() / IP(src=src, dst=SKBOX_IP) / UDP(sport=1, dport=9999)
          for src in ("10.9.0.255", "255.255.255.255", "0.0.0.0", "127.0.0.1", "224.0.0.1", "240.0.0.1", SKBOX_IP)),
    ]
    for packet in odd:
        wire.send(packet)
    wire.expect_silence(lambda p: ICMP in p and p[ICMP].type == 3, "an error")


@pytest.mark.parametrize("sport", [7, 19])
def test_echo_server_does_not_answer_another(vm, wire, sport):
    """Two of them would never stop."""
    vm.run("udpecho &")
    vm.wait_until("it listens", lambda: ":0007 " in vm.proc("net/udp"))
    wire.send(datagram(wire, b"endless", 7, sport))
    wire.send(datagram(wire, b"fine", 7, 4711))
    wire.expect_none(lambda p: UDP in p and p[UDP].dport == sport, lambda p: UDP in p and p[UDP].dport == 4711)
    stop_all(vm, "udpecho")


def test_nothing_comes_of_ten_thousand_spoofed_requests(vm, wire):
    """Off our network there are no neighbours to learn; on it their number is bounded, and those we know stay."""
    wire.fence()
    known = len(vm.proc("net/arp").splitlines())
    for i in range(10000):
        sha = bytes((2, 0, 1, i >> 8, i & 255, 1))
        wire.send(b"\xff" * 6 + sha + bytes.fromhex("0806 0001 0800 06 04 0001") + sha +
                  bytes((10, 20 + (i >> 8), i & 255, 7)) + bytes(6) + bytes(map(int, SKBOX_IP.split("."))))
        if i % 500 == 0:
            wire.fence()
            wire.seen.clear()
    wire.fence()
    assert len(vm.proc("net/arp").splitlines()) == known


@pytest.mark.parametrize("sender", ["10.9.0.255", "10.9.0.0", "255.255.255.255", "127.0.0.1", "224.0.0.1", "240.0.0.1",
                                    "0.0.0.1"])
def test_request_from_nobody_is_ignored(vm, wire, sender):
    wire.send(Ether(src=wire.mac, dst=BROADCAST_MAC) / ARP(op=1, hwsrc=wire.mac, psrc=sender, pdst=SKBOX_IP))
    wire.expect_silence(lambda p: ARP in p and p[ARP].op == 2, "an ARP reply")
    assert f"{sender} " not in vm.proc("net/neigh")
