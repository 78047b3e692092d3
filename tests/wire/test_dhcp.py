"""The DHCP client against a server that the test plays: RFC 2131's whole way, and servers that lie."""

import contextlib
import itertools
import struct
import time

import pytest
from lib.vm import VM
from lib.wire import ARP, DEADLINE, HOST_IP, HOST_MAC, IP, SKBOX_IP, SKBOX_MAC, UDP, Ether, Raw, Wire

COOKIE = bytes((99, 130, 83, 99))
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE = range(1, 8)
ANY = "0.0.0.0"


class Message:
    """A client's message, taken apart by hand: its options in the order in which they came."""

    def __init__(self, packet):
        self.packet, data = packet, bytes(packet[UDP].payload)
        self.op, self.hlen, self.xid, self.flags = data[0], data[2], data[4:8], data[10:12]
        self.ciaddr, self.chaddr = ".".join(map(str, data[12:16])), data[28:34]
        self.options, at = {}, 240
        while data[at] != 255:
            if data[at]:
                self.options[data[at]] = data[at + 2:at + 2 + data[at + 1]]
                at += data[at + 1] + 1
            at += 1
        self.type = self.options[53][0]
        self.requested = ".".join(map(str, self.options.get(50, ())))
        self.server = ".".join(map(str, self.options.get(54, ())))


def addr(text):
    return bytes(map(int, text.split(".")))


def option(code, value):
    return bytes((code, len(value))) + value


class Server(Wire):
    """The cable with the server at its other end."""

    def message(self, kind, deadline=DEADLINE, **wanted):
        def fits(p):
            if UDP not in p or p[UDP].dport != 67:
                return False
            m = Message(p)
            return m.type == kind and all(getattr(m, k) == v for k, v in wanted.items())
        return Message(self.expect(fits, deadline, f"DHCP message {kind}"))

    def answer(self, m, kind, yiaddr=SKBOX_IP, lease=None, xid=None, server=HOST_IP, options=(), sname=b"", file=b"",
               tail=b"\xff", chaddr=None):
        """@options: (code, bytes); None for @server or @lease leaves that option out."""
        opts = option(53, bytes((kind,)))
        if server:
            opts += option(54, addr(server))
        if lease is not None:
            opts += option(51, struct.pack("!I", lease))
        opts += b"".join(option(c, v) for c, v in options)
        data = struct.pack("!BBBB4sHH", 2, 1, 6, 0, xid or m.xid, 0, 0) + addr(ANY) + \
            addr(ANY if kind == NAK else yiaddr) + addr(ANY) + addr(ANY) + (chaddr or m.chaddr) + bytes(10) + \
            sname.ljust(64, b"\0") + file.ljust(128, b"\0") + COOKIE + opts + tail
        self.send(Ether(src=HOST_MAC, dst="ff:ff:ff:ff:ff:ff") / IP(src=server or HOST_IP, dst="255.255.255.255") /
                  UDP(sport=67, dport=68) / Raw(data))

    def drain(self):
        """Throws away what has come so far."""
        for _ in range(10000):
            if self.recv(0.01) is None:
                return
        raise AssertionError("frames come without end")

    def bind(self, lease, options=((1, addr("255.255.255.0")),), m=None, **more):
        """Gives a lease to whoever asks next, from DISCOVER on."""
        m = m or self.message(DISCOVER)
        self.answer(m, OFFER, lease=lease, options=options, **more)
        m = self.message(REQUEST)
        self.answer(m, ACK, lease=lease, options=options, **more)
        return m


def bound(vm, address=SKBOX_IP):
    vm.expect(rf"dhclient: eth0: {address}/\d+ from [^\n]*\n")


def address(vm):
    sync(vm)
    lines = [line.split() for line in vm.run("ifconfig eth0").splitlines() if " inet " in line]
    return lines[0][1] if lines else None


marks = itertools.count()


def sync(vm):
    """At a fresh prompt, whatever was on the console before."""
    mark = f"mark{next(marks)}"
    vm.send(f"echo {mark[:2]}''{mark[2:]}\r")
    vm.expect(mark)
    vm.wait_prompt()


@contextlib.contextmanager
def boot():
    """One machine for all; whoever comes next starts a client anew."""
    wire = Server()
    with VM(nets=[wire]) as vm:
        wire.bind(3600)
        yield vm.wait_prompt()


@pytest.fixture
def net(shared):
    with shared.lend(boot) as vm:
        wire = vm.nets[0]
        sync(vm)
        vm.run("dhclient -r eth0; ifconfig eth0 up")
        vm.wait_until("the old client has gone", lambda: "dhclient" not in vm.run("ps"))
        wire.drain()
        wire.seen.clear()
        yield vm, wire


def start(vm, wire):
    """A client that has just asked for the first time; the console is left at the client's mercy."""
    vm.send("dhclient -t 0.1 eth0\r")
    return wire.message(DISCOVER)


def test_discover_is_as_the_rfc_wants(net):
    vm, wire = net
    m = start(vm, wire)
    ip, udp = m.packet[IP], m.packet[UDP]
    assert (m.packet.dst, ip.src, ip.dst) == ("ff:ff:ff:ff:ff:ff", ANY, "255.255.255.255")
    assert (udp.sport, udp.dport) == (68, 67)
    assert (m.op, m.hlen, m.ciaddr) == (1, 6, ANY)
    assert m.chaddr == bytes.fromhex(SKBOX_MAC.replace(":", ""))
    assert {1, 3, 6, 51, 54} <= set(m.options[55])


def test_silence_is_asked_again_with_the_same_xid_and_growing_pauses(net):
    vm, wire = net
    begin = time.monotonic()
    first = start(vm, wire)
    for pauses in (0.7, 0.7 + 1.4):
        assert wire.message(DISCOVER).xid == first.xid
        assert time.monotonic() - begin > pauses


def test_lease_is_renewed_rebound_and_lost(net):
    """T1: unicast to the server. T2: broadcast to any. The end: the address goes, and all begins anew."""
    vm, wire = net
    options = ((1, addr("255.255.255.0")), (3, addr(HOST_IP)), (58, struct.pack("!I", 2)), (59, struct.pack("!I", 4)))
    begin = time.monotonic()
    wire.bind(6, options, m=start(vm, wire))
    bound(vm)
    renew = wire.message(REQUEST)
    assert time.monotonic() - begin > 1.9
    assert (renew.ciaddr, renew.requested, renew.server) == (SKBOX_IP, "", "")
    assert (renew.packet.dst, renew.packet[IP].src, renew.packet[IP].dst) == (HOST_MAC, SKBOX_IP, HOST_IP)
    rebind = wire.message(REQUEST)
    assert (rebind.ciaddr, rebind.packet[IP].dst) == (SKBOX_IP, "255.255.255.255")
    again = wire.message(DISCOVER)
    assert time.monotonic() - begin > 5.9
    assert again.packet[IP].src == ANY and again.xid != renew.xid
    assert address(vm) is None
    assert "0.0.0.0" not in vm.run("route -n")
    wire.bind(3600, m=again, yiaddr="10.9.0.3")
    bound(vm, "10.9.0.3")


def test_renewal_is_taken(net):
    vm, wire = net
    options = ((1, addr("255.255.255.0")), (58, struct.pack("!I", 1)))
    wire.bind(60, options, m=start(vm, wire))
    bound(vm)
    m = wire.message(REQUEST)
    wire.answer(m, ACK, lease=3600, options=options[:1])
    vm.expect("lease renewed")
    assert address(vm) == SKBOX_IP


def test_nak_on_renewal_takes_the_address_away(net):
    vm, wire = net
    wire.bind(60, ((1, addr("255.255.255.0")), (58, struct.pack("!I", 1))), m=start(vm, wire))
    bound(vm)
    wire.answer(wire.message(REQUEST), NAK, options=((56, b"moved away"),))
    vm.expect("moved away")
    wire.message(DISCOVER, requested="")
    assert address(vm) is None


def test_nak_storm_does_not_make_a_storm(net):
    vm, wire = net
    begin, requests = time.monotonic(), 0
    m = start(vm, wire)
    while time.monotonic() < begin + 4:
        wire.answer(m, OFFER, lease=60)
        wire.answer(wire.message(REQUEST), NAK)
        requests += 1
        m = wire.message(DISCOVER)
    assert requests <= 1.5 * (time.monotonic() - begin)


@pytest.mark.parametrize("lease", [1, 3])
def test_tiny_lease_is_no_storm(net, lease):
    """A server may give a second; the client may ask once a second, not as fast as the wire goes."""
    vm, wire = net
    mask, begin, asked = ((1, addr("255.255.255.0")),), time.monotonic(), 0
    wire.bind(lease, mask, m=start(vm, wire))
    bound(vm)
    while time.monotonic() < begin + 3:
        p = wire.recv(0.1)
        if p is not None and UDP in p and p[UDP].dport == 67:
            m = Message(p)
            asked += 1
            wire.answer(m, OFFER if m.type == DISCOVER else ACK, lease=lease, options=mask)
    assert asked <= 3.5 * (time.monotonic() - begin)


LIES = [
    {"lease": 0}, {}, {"lease": 60, "server": None}, {"lease": 60, "xid": b"nope"},
    {"lease": 60, "yiaddr": ANY}, {"lease": 60, "yiaddr": "127.0.0.1"}, {"lease": 60, "yiaddr": "224.0.0.1"},
    {"lease": 60, "yiaddr": "255.255.255.255"}, {"lease": 60, "yiaddr": "240.1.2.3"}, {"lease": 60, "chaddr": b"\x02other"},
    {"lease": 60, "yiaddr": "10.9.0.255", "options": ((1, addr("255.255.255.0")),)},
    {"lease": 60, "yiaddr": "10.9.0.0", "options": ((1, addr("255.255.255.0")),)},
]


def test_useless_offers_are_passed_over(net):
    vm, wire = net
    m = start(vm, wire)
    for lie in LIES:
        wire.answer(m, OFFER, **lie)
    wire.answer(m, OFFER, lease=60, yiaddr="10.9.0.7", options=((1, addr("255.255.255.0")),))
    assert wire.message(REQUEST).requested == "10.9.0.7"


@pytest.mark.parametrize("mask", ["0.0.0.0", "255.0.255.0"])
def test_bad_mask_is_replaced_by_the_class(net, mask):
    vm, wire = net
    wire.bind(3600, ((1, addr(mask)),), m=start(vm, wire))
    bound(vm)
    sync(vm)
    assert "255.0.0.0" in vm.run("ifconfig eth0")


@pytest.mark.parametrize("more", [
    {"options": ((52, b"\3"), (1, addr("255.255.255.0"))), "sname": option(52, b"\3") * 21, "file": option(52, b"\3") * 42},
    {"options": ((1, addr("255.255.255.0")), (3, b"\1\2")), "tail": b""},
    {"options": ((1, addr("255.255.255.0")),), "tail": b"\x0c\xff"},
    {"options": ((1, addr("255.255.255.0")), (121, b"\x21" + bytes(8)), (6, b"\1"), (15, b"a\nnameserver 6.6.6.6"), (26, b"\0\x44"))},
    {"options": ((1, addr("255.255.255.0")), *[(6, addr("10.9.0.1") * 63)] * 4)},
    {"options": ((1, addr("255.255.255.0")), (58, b"\xff" * 4), (59, bytes(4)))},
    {"options": ((52, b"\1"),), "file": option(1, addr("255.255.255.0")) + b"\xff"},
])
def test_odd_options_do_no_harm(net, more):
    vm, wire = net
    wire.bind(3600, m=start(vm, wire), **more)
    bound(vm)
    sync(vm)
    text = vm.run("ifconfig eth0")
    assert "255.255.255.0" in text and "mtu 1500" in text
    assert "6.6.6.6" not in vm.run("cat /etc/resolv.conf")


def test_conflict_is_declined(net):
    """RFC 2131 §3.1.5: who finds the address taken declines it and begins again after ten seconds."""
    vm, wire = net
    m = start(vm, wire)
    wire.answer(m, OFFER, lease=60)
    wire.answer(wire.message(REQUEST), ACK, lease=60)
    probe = wire.expect(lambda p: ARP in p and p[ARP].psrc == ANY and p[ARP].pdst == SKBOX_IP)
    begin = time.monotonic()
    wire.send(Ether(src="02:00:00:00:00:55", dst=probe.src) /
              ARP(op=2, hwsrc="02:00:00:00:00:55", psrc=SKBOX_IP, hwdst=probe.src, pdst=ANY))
    decline = wire.message(DECLINE)
    assert (decline.requested, decline.server, decline.ciaddr) == (SKBOX_IP, HOST_IP, ANY)
    assert decline.packet[IP].dst == "255.255.255.255"
    vm.expect("is in use by somebody else")
    assert wire.message(DISCOVER).requested == ""
    assert time.monotonic() - begin > 9


def test_release_is_unicast(net):
    vm, wire = net
    wire.bind(3600, m=start(vm, wire))
    bound(vm)
    vm.send("dhclient -r eth0\r")
    m = wire.message(RELEASE)
    assert (m.ciaddr, m.server, m.packet[IP].dst, m.packet[IP].src) == (SKBOX_IP, HOST_IP, HOST_IP, SKBOX_IP)
    vm.expect("lease released")
    assert address(vm) is None


def test_plugged_in_later(net):
    """A cable ends the pauses, however long they have grown: the search begins anew."""
    vm, wire = net
    xid = start(vm, wire).xid
    sync(vm)
    vm.set_link(0, False)
    vm.wait_until("the link is down", lambda: "RUNNING" not in vm.run("ifconfig eth0"))
    vm.run("sleep 1.2")  # two looks of the client
    vm.set_link(0, True)
    m = wire.message(DISCOVER)
    while m.xid == xid:
        m = wire.message(DISCOVER)
    wire.bind(3600, m=m)
    bound(vm)


def test_two_cards_two_leases():
    first, second = Server(), Server()
    second.ip = "10.8.0.1"
    with VM(nets=[first, second]) as vm:
        a, b = first.message(DISCOVER), second.message(DISCOVER)
        assert a.chaddr != b.chaddr and a.xid != b.xid
        mask = (1, addr("255.255.255.0"))
        first.answer(b, OFFER, lease=600)  # another's: not taken
        for server, m, ip, gateway in ((first, a, "10.9.0.2", HOST_IP), (second, b, "10.8.0.2", "10.8.0.1")):
            server.bind(600, (mask, (3, addr(gateway))), m=m, yiaddr=ip, server=gateway)
        vm.wait_prompt()
        text = vm.run("ifconfig")
        assert "10.9.0.2" in text and "10.8.0.2" in text
        assert vm.run("route -n").count("UG") == 2
