"""Routes at work: what `ip route` makes and says, several next hops, redirects in and out, sources that may not come in here."""

import contextlib

import pytest
from lib.vm import VM
from lib.wire import HOST_IP, HOST_MAC, ICMP, IP, SKBOX_IP, SKBOX_MAC, STATIC, UDP, Wire

GATE = "10.9.0.7", "02:00:00:00:00:07"  # a second router on the first link
LEFT = "10.8.0.3", "02:00:00:00:08:03"  # two on the second
RIGHT = "10.8.0.4", "02:00:00:00:08:04"
FAR = "1.2.3.4"


@pytest.fixture(scope="module")
def boot():
    @contextlib.contextmanager
    def with_two_cables():
        first, second = Wire(), Wire(mac="02:00:00:00:08:01", ip="10.8.0.1")
        with VM(append=f"quiet {STATIC} ip=10.8.0.2:::255.255.255.0::eth1:off", nets=[first, second]) as vm:
            vm.wait_prompt()
            first.fence()
            for ip, mac in (GATE, LEFT, RIGHT, ("10.8.0.1", second.mac)):
                vm.check(f"arp -s {ip} {mac}")
            yield vm
    return with_two_cables


@pytest.fixture(autouse=True)
def clean(vm):
    yield
    for line in ("ip route flush root 20.0.0.0/6", "ip route flush cache", "sysctl -w net.ipv4.ip_forward=0",
                 "sysctl -w net.ipv4.conf.eth0.rp_filter=0"):
        vm.run(line)


def udp(src=HOST_IP, dst=FAR, sport=1000):
    return IP(src=src, dst=dst) / UDP(sport=sport, dport=9) / b"datagram"


# ---- ip route ----

@pytest.mark.parametrize("add, shown", [
    ("20.0.0.0/8 via 10.9.0.7", "20.0.0.0/8 via 10.9.0.7 dev eth0"),
    ("20.1.0.0/16 via 10.9.0.7 metric 5 mtu 1400 proto static", "20.1.0.0/16 via 10.9.0.7 dev eth0 proto static metric 5 mtu 1400"),
    ("20.2.2.2 dev eth1 src 10.8.0.2", "20.2.2.2 dev eth1 scope link src 10.8.0.2"),
    ("20.3.0.0/16 tos 0x10 via 10.9.0.7 realm 3", "20.3.0.0/16 tos 0x10 via 10.9.0.7 dev eth0 realm 3"),
    ("unreachable 20.4.0.0/16", "unreachable 20.4.0.0/16"),
    ("prohibit 20.5.0.0/16 metric 9", "prohibit 20.5.0.0/16 metric 9"),
    ("blackhole 20.6.0.0/16", "blackhole 20.6.0.0/16"),
    ("throw 20.7.0.0/16", "throw 20.7.0.0/16"),
    ("20.8.0.0/16 via 77.7.7.7 dev eth0 onlink", "20.8.0.0/16 via 77.7.7.7 dev eth0 onlink"),
    ("20.9.0.0/16 nexthop via 10.9.0.7 nexthop via 10.8.0.3 weight 5",
     "20.9.0.0/16\n\tnexthop via 10.9.0.7 dev eth0 weight 1\n\tnexthop via 10.8.0.3 dev eth1 weight 5"),
])
def test_routes_are_shown_as_iproute2_shows_them(vm, add, shown):
    assert vm.check(f"ip route add {add}") == ""
    assert vm.run("ip route show root 20.0.0.0/8") == shown
    assert vm.run(f"ip route add {add}") == "RTNETLINK answers: File exists"
    assert vm.check(f"ip route del {shown.split(chr(10))[0]}") == ""
    assert vm.run(f"ip route del {shown.split(chr(10))[0]}") == "RTNETLINK answers: No such process"


def test_replace_change_append(vm):
    assert vm.run("ip route change 20.0.0.0/8 via 10.9.0.7") == "RTNETLINK answers: No such file or directory"
    vm.check("ip route replace 20.0.0.0/8 via 10.9.0.7")
    vm.check("ip route change 20.0.0.0/8 via 10.8.0.3")
    vm.check("ip route append 20.0.0.0/8 via 10.9.0.1")
    assert vm.run("ip route show 20.0.0.0/8").splitlines() == ["20.0.0.0/8 via 10.8.0.3 dev eth1", "20.0.0.0/8 via 10.9.0.1 dev eth0"]
    assert "20.0.0.0/8 via 10.8.0.3" in vm.run("ip route show match 20.1.1.1")
    assert vm.run("ip route show root 20.0.0.0/7 via 10.9.0.1") == "20.0.0.0/8 via 10.9.0.1 dev eth0"


def test_the_way_is_explained(vm):
    vm.check("ip route add 20.1.0.0/16 via 10.9.0.7")
    assert vm.check("ip route get 20.1.2.3") == "20.1.2.3 via 10.9.0.7 dev eth0 src 10.9.0.2\n    cache"
    text = vm.check("explain route 20.1.2.3")
    for part in ("cache        hit", "zones tried: /24 /16: 20.1.0.0/16 matches", "10.9.0.7 dev eth0 lladdr 02:00:00:00:00:07 PERMANENT"):
        assert part in text
    vm.check("ip route flush cache")
    assert "cache        miss" in vm.check("explain route 20.1.2.3")
    assert vm.run("ip route get 20.1.2.3 from 10.9.0.1 iif eth0") == "RTNETLINK answers: No route to host"
    assert vm.check("ip route get 10.9.0.2 from 10.9.0.1 iif eth0") == \
        "local 10.9.0.2 from 10.9.0.1 dev lo\n    cache <local,src-direct> iif eth0"
    assert "10.9.0.2        20.1.2.3        10.9.0.7" in vm.check("route -n -C")


# ---- several next hops ----

def test_flows_are_spread_and_each_keeps_its_way(vm, wire):
    second = vm.nets[1]
    vm.check("sysctl -w net.ipv4.ip_forward=1")
    vm.check("ip route add 20.0.0.0/8 nexthop via 10.8.0.3 nexthop via 10.8.0.4 weight 2")
    ways = {}
    for turn in range(3):
        for host in range(40):
            dst = f"20.0.0.{host + 1}"
            wire.send(wire.ether() / udp(dst=dst))
            got = second.expect(lambda p, dst=dst: IP in p and p[IP].dst == dst)
            assert ways.setdefault(dst, got.dst) == got.dst
        vm.check("ip route flush cache")  # the choice does not hang on what is remembered
    assert set(ways.values()) == {LEFT[1], RIGHT[1]}


# ---- redirects ----

def test_a_neighbour_is_told_of_the_better_gateway(vm, wire):
    vm.check("sysctl -w net.ipv4.ip_forward=1")
    vm.check("ip route add 20.0.0.0/8 via 10.9.0.7")
    wire.send(wire.ether() / udp(dst="20.1.1.1"))
    told = wire.expect(lambda p: ICMP in p and p[ICMP].type == 5)
    assert (told.src, told[IP].src, told[IP].dst, told[ICMP].code, told[ICMP].gw) == (SKBOX_MAC, SKBOX_IP, HOST_IP, 1, GATE[0])
    on = wire.expect(lambda p: IP in p and p[IP].dst == "20.1.1.1")  # and the packet goes on all the same
    assert (on.dst, on[IP].ttl) == (GATE[1], 63)
    vm.check("sysctl -w net.ipv4.conf.all.send_redirects=0")
    vm.check("sysctl -w net.ipv4.conf.eth0.send_redirects=0")
    wire.send(wire.ether() / udp(dst="20.1.1.2"))
    wire.expect_none(lambda p: ICMP in p and p[ICMP].type == 5, lambda p: IP in p and p[IP].dst == "20.1.1.2")
    vm.check("sysctl -w net.ipv4.conf.all.send_redirects=1")
    vm.check("sysctl -w net.ipv4.conf.eth0.send_redirects=1")


def sent_to(vm, wire, dst):
    """The MAC to which a ping of the machine to @dst goes, and that ping."""
    vm.run(f"ping -c 1 -W 0.1 {dst}")
    ping = wire.expect(lambda p: ICMP in p and p[ICMP].type == 8 and p[IP].dst == dst)
    return ping.dst, ping


def redirect(src, gw, ping):
    return IP(src=src, dst=SKBOX_IP) / ICMP(type=5, code=1, gw=gw) / bytes(ping[IP])[:28]


def test_redirects_are_believed_from_the_gateway_alone(vm, wire):
    mac, ping = sent_to(vm, wire, FAR)
    assert mac == HOST_MAC
    before = vm.drops().get("ICMP_REDIRECT_REFUSED", 0)
    for src, gw in (("10.9.0.66", GATE[0]), (GATE[0], GATE[0]), (HOST_IP, "9.9.9.9"), (HOST_IP, SKBOX_IP), (HOST_IP, "10.9.0.255"),
                    (HOST_IP, "224.0.0.1"), (HOST_IP, HOST_IP), (HOST_IP, "0.0.0.0"), (HOST_IP, "10.8.0.3")):
        wire.send(wire.ether() / redirect(src, gw, ping))
    wire.fence()
    assert vm.drops().get("ICMP_REDIRECT_REFUSED", 0) == before + 9
    assert sent_to(vm, wire, FAR)[0] == HOST_MAC
    wire.send(wire.ether() / redirect(HOST_IP, GATE[0], ping))
    wire.fence()
    assert sent_to(vm, wire, FAR)[0] == GATE[1]
    assert sent_to(vm, wire, "1.2.3.5")[0] == HOST_MAC
    text = vm.check(f"ip route get {FAR}")
    assert "via 10.9.0.7 dev eth0" in text and "cache <redirected> expires" in text
    vm.check("sysctl -w net.ipv4.conf.all.accept_redirects=0")
    vm.check("sysctl -w net.ipv4.conf.eth0.accept_redirects=0")
    wire.send(wire.ether() / redirect(HOST_IP, GATE[0], sent_to(vm, wire, "1.2.3.6")[1]))
    wire.fence()
    assert sent_to(vm, wire, "1.2.3.6")[0] == HOST_MAC


# ---- sources ----

def test_reverse_path_filter(vm, wire):
    def dropped(src):
        before = vm.drops().get("IP_RPFILTER", 0)
        wire.send(wire.ether() / udp(src=src, dst=SKBOX_IP))
        wire.fence()
        return vm.drops().get("IP_RPFILTER", 0) - before

    vm.check("ip route add 20.0.0.0/8 via 10.8.0.3")
    assert dropped("20.1.1.1") == 0
    vm.check("sysctl -w net.ipv4.conf.eth0.rp_filter=1")
    assert dropped("20.1.1.1") == 1
    assert dropped("10.9.0.1") == 0
    assert dropped("8.8.8.8") == 0  # by the default route
    vm.check("sysctl -w net.ipv4.conf.eth0.rp_filter=2")
    assert dropped("20.1.1.1") == 0


def test_martians_are_logged_if_one_wants_it(vm, wire):
    vm.check("sysctl -w net.ipv4.conf.eth0.log_martians=1")
    wire.send(wire.ether() / udp(src="127.0.0.1", dst=SKBOX_IP))
    wire.send(wire.ether() / udp(dst="127.0.0.1"))
    wire.fence()
    log = vm.run("dmesg")
    assert "martian source 10.9.0.2 from 127.0.0.1, on dev eth0" in log
    assert "martian destination 127.0.0.1 from 10.9.0.1, dev eth0" in log
    vm.check("sysctl -w net.ipv4.conf.eth0.log_martians=0")


# ---- links ----

def test_a_link_takes_its_next_hops_along(vm, wire):
    second = vm.nets[1]
    vm.check("sysctl -w net.ipv4.ip_forward=1")
    vm.check("ip route add 20.0.0.0/8 nexthop via 10.8.0.3 nexthop via 10.9.0.7")
    vm.check("ip route add 21.0.0.0/8 via 10.8.0.3")
    vm.check("ip link set eth1 down")
    assert vm.run("ip route show root 20.0.0.0/7") == \
        "20.0.0.0/8\n\tnexthop via 10.8.0.3 dev eth1 weight 1 dead\n\tnexthop via 10.9.0.7 dev eth0 weight 1"
    for i in range(8):
        wire.send(wire.ether() / udp(dst=f"20.0.0.{i}"))
        assert wire.expect(lambda p, i=i: IP in p and p[IP].dst == f"20.0.0.{i}" and UDP in p).dst == GATE[1]
    vm.check("ip link set eth1 up")
    vm.check(f"arp -s {LEFT[0]} {LEFT[1]}")
    for i in range(40):
        wire.send(wire.ether() / udp(dst=f"20.0.1.{i}"))
    second.expect(lambda p: IP in p and p[IP].dst.startswith("20.0.1."))
