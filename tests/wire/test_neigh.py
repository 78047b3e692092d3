"""Neighbours at work: proxy ARP, arping both ways, traceroute's packets of each kind, the table under a scan and a storm."""

import contextlib
import re

import pytest
from lib.vm import VM
from lib.wire import ARP, HOST_IP, ICMP, IP, SKBOX_IP, SKBOX_MAC, STATIC, UDP, Ether, Wire
from scapy.all import TCP

BEHIND, SECOND_IP, SECOND_MAC = "10.8.0.1", "10.8.0.2", "52:54:00:00:00:02"
STRANGER = "02:00:00:00:00:55"


@pytest.fixture(scope="module")
def boot():
    @contextlib.contextmanager
    def with_two_cables():
        first, second = Wire(), Wire(mac="02:00:00:00:08:01", ip=BEHIND)
        with VM(append=f"quiet {STATIC} ip={SECOND_IP}:::255.255.255.0::eth1:off sysctl.net.ipv4.ip_forward=1",
                nets=[first, second]) as vm:
            vm.wait_prompt()
            first.fence()
            yield vm
    return with_two_cables


def is_arp(p, op, **fields):
    return ARP in p and p[ARP].op == op and all(getattr(p[ARP], k) == v for k, v in fields.items())


def ask(wire, target, dst="ff:ff:ff:ff:ff:ff", **fields):
    wire.send(Ether(src=wire.mac, dst=dst) /
              ARP(**{"op": 1, "hwsrc": wire.mac, "psrc": wire.ip, "pdst": target, **fields}))


# ---- proxy ARP (RFC 1027) ----

def test_proxy_arp_answers_for_the_other_side(vm, wire):
    ask(wire, BEHIND)
    wire.expect_silence(lambda p: is_arp(p, 2), "an answer for a host behind")
    vm.check("sysctl -w net.ipv4.conf.eth0.proxy_arp=1")
    try:
        ask(wire, BEHIND)
        answer = wire.expect(lambda p: is_arp(p, 2, psrc=BEHIND))
        assert (answer[ARP].hwsrc, answer[ARP].hwdst, answer[ARP].pdst, answer.dst) == (SKBOX_MAC, wire.mac, HOST_IP, wire.mac)
        for other in ("10.9.0.77", "10.200.0.1", HOST_IP):  # of this link, nowhere, the asker's own
            ask(wire, other, dst=SKBOX_MAC)
        ask(wire, BEHIND, dst=SKBOX_MAC, psrc="0.0.0.0")
        wire.expect_silence(lambda p: is_arp(p, 2), "an answer for one who is not behind")
    finally:
        vm.check("sysctl -w net.ipv4.conf.eth0.proxy_arp=0")


def test_proxy_entry(vm, wire):
    vm.check(f"ip neigh add proxy {BEHIND} dev eth0")
    assert vm.run(f"ip neigh add proxy {BEHIND} dev eth0") == "RTNETLINK answers: File exists"
    assert vm.run("ip neigh show proxy").strip() == f"{BEHIND} dev eth0 proxy"
    assert re.search(rf"^{re.escape(BEHIND)} +0x1 +0xc +00:00:00:00:00:00 +\* +eth0$", vm.proc("net/arp"), re.M)
    ask(wire, BEHIND, dst=SKBOX_MAC)
    assert wire.expect(lambda p: is_arp(p, 2, psrc=BEHIND))[ARP].hwsrc == SKBOX_MAC
    ask(wire, "10.8.0.9", dst=SKBOX_MAC)
    wire.expect_silence(lambda p: is_arp(p, 2), "an answer for an address without an entry")
    vm.check(f"arp -i eth0 -d {BEHIND} pub")
    assert vm.run("ip neigh show proxy") == ""
    ask(wire, BEHIND, dst=SKBOX_MAC)
    wire.expect_silence(lambda p: is_arp(p, 2), "an answer after the entry is gone")


def test_delayed_answers_are_bounded(vm, wire):
    vm.check("sysctl -w net.ipv4.conf.eth0.proxy_arp=1 net.ipv4.neigh.eth0.proxy_qlen=4 net.ipv4.neigh.eth0.proxy_delay=300")
    before = int(re.search(r"discards (\d+)", vm.proc("net/stat/arp_proxy"))[1])
    for i in range(50):
        ask(wire, f"10.8.0.{100 + i}")
    wire.fence()
    assert int(re.search(r"discards (\d+)", vm.proc("net/stat/arp_proxy"))[1]) - before >= 40
    vm.check("sysctl -w net.ipv4.conf.eth0.proxy_arp=0 net.ipv4.neigh.eth0.proxy_qlen=64 net.ipv4.neigh.eth0.proxy_delay=80")


# ---- sysctls ----

@pytest.mark.parametrize("ignore, target, answered", [(0, SECOND_IP, True), (1, SECOND_IP, False), (1, SKBOX_IP, True),
                                                      (3, SECOND_IP, True), (8, SKBOX_IP, False)])
def test_arp_ignore(vm, wire, ignore, target, answered):
    vm.check(f"sysctl -w net.ipv4.conf.eth0.arp_ignore={ignore}")
    ask(wire, target)
    if answered:
        wire.expect(lambda p: is_arp(p, 2, psrc=target))
    else:
        wire.expect_silence(lambda p: is_arp(p, 2), "an answer")
    vm.check("sysctl -w net.ipv4.conf.eth0.arp_ignore=0")


def test_arp_filter_lets_only_the_device_of_the_way_back_answer(vm, wire):
    vm.check("sysctl -w net.ipv4.conf.eth0.arp_filter=1")
    ask(wire, SECOND_IP, psrc="10.8.0.77")
    wire.expect_silence(lambda p: is_arp(p, 2), "an answer by the wrong device")
    ask(wire, SECOND_IP)
    wire.expect(lambda p: is_arp(p, 2, psrc=SECOND_IP))
    vm.check("sysctl -w net.ipv4.conf.eth0.arp_filter=0")


def test_gratuitous_arp(vm, wire):
    garp = Ether(src=STRANGER, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=STRANGER, psrc="10.9.0.66", pdst="10.9.0.66")
    wire.send(garp)
    wire.fence()
    assert "10.9.0.66" not in vm.run("ip neigh show")
    vm.check("sysctl -w net.ipv4.conf.eth0.arp_accept=1")
    wire.send(garp)
    wire.fence()
    assert f"10.9.0.66 dev eth0 lladdr {STRANGER} STALE" in vm.run("ip neigh show")
    vm.check("ip neigh del 10.9.0.66 dev eth0")
    vm.check("sysctl -w net.ipv4.conf.eth0.drop_gratuitous_arp=1")
    wire.send(garp)
    wire.fence()
    assert "10.9.0.66" not in vm.run("ip neigh show")
    vm.check("sysctl -w net.ipv4.conf.eth0.drop_gratuitous_arp=0 net.ipv4.conf.eth0.arp_accept=0")


# ---- ip neigh ----

def test_ip_neigh(vm):
    add = "ip neigh add 10.9.0.50 lladdr 02:00:00:00:00:50 dev eth0"
    for state in ("permanent", "noarp", "reachable", "stale", "delay"):
        vm.check(f"{add} nud {state}")
        assert vm.run(f"ip neigh show nud {state} 10.9.0.50").strip() == f"10.9.0.50 dev eth0 lladdr 02:00:00:00:00:50 {state.upper()}"
        assert vm.run(f"{add} nud {state}") == "RTNETLINK answers: File exists"
        vm.check("ip neigh del 10.9.0.50 dev eth0")
    assert vm.run("ip neigh del 10.9.0.50 dev eth0") == "RTNETLINK answers: No such file or directory"
    assert vm.run("ip neigh change 10.9.0.50 lladdr 02:00:00:00:00:50 dev eth0") == "RTNETLINK answers: No such file or directory"
    vm.check("ip neigh replace 10.9.0.50 lladdr 02:00:00:00:00:50 dev eth0")
    vm.check("ip neigh change 10.9.0.50 lladdr 02:00:00:00:00:51 dev eth0")
    assert "02:00:00:00:00:51 PERMANENT" in vm.run("ip neigh get 10.9.0.50 dev eth0")
    vm.check("ip neigh flush dev eth0")
    assert "10.9.0.50" in vm.run("ip neigh show")
    vm.check("ip neigh flush dev eth0 nud permanent")
    assert "10.9.0.50" not in vm.run("ip neigh show")
    assert 'Cannot find device "nope"' in vm.run("ip neigh del 10.9.0.50 dev nope")


# ---- arping ----

def test_arping(vm, wire):
    """The first question is for all, the second only for who has answered."""
    vm.start(f"arping -c 2 -I eth0 {HOST_IP}")
    for dst in ("ff:ff:ff:ff:ff:ff", wire.mac):
        assert wire.expect(lambda p: is_arp(p, 1, pdst=HOST_IP, psrc=SKBOX_IP)).dst == dst
    reply = rf"Unicast reply from {HOST_IP} \[{wire.mac.upper()}\]  \d+\.\d\d\dms\s+"
    vm.expect(rf"ARPING {HOST_IP} from {SKBOX_IP} eth0\s+{reply}{reply}Sent 2 probes \(1 broadcast\(s\)\)\s+Received 2 response\(s\)")
    vm.wait_prompt()


def test_arping_modes(vm, wire):
    assert vm.run("arping -q -c 1 -w 1 -I eth0 10.9.0.9; echo rc $?") == "rc 1"
    assert vm.run("arping -D -q -c 1 -w 1 -I eth0 10.9.0.9; echo rc $?") == "rc 0"
    wire.fence()
    assert any(is_arp(p, 1, pdst="10.9.0.9", psrc="0.0.0.0") for p in wire.seen)
    vm.start(f"arping -D -q -w 60 -I eth0 {HOST_IP}; echo rc $?")
    wire.expect(lambda p: is_arp(p, 1, pdst=HOST_IP, psrc="0.0.0.0"))
    vm.expect("rc 1")
    vm.wait_prompt()
    vm.check(f"arping -U -q -c 1 -I eth0 {SKBOX_IP}")
    vm.check(f"arping -A -q -c 1 -I eth0 {SKBOX_IP}")
    wire.fence()
    assert any(is_arp(p, 1, pdst=SKBOX_IP, psrc=SKBOX_IP) and p.dst == "ff:ff:ff:ff:ff:ff" for p in wire.seen)
    assert any(is_arp(p, 2, pdst=SKBOX_IP, psrc=SKBOX_IP) and p.dst == "ff:ff:ff:ff:ff:ff" for p in wire.seen)
    assert "Device nope not available." in vm.run("arping -c 1 -I nope 10.9.0.1")


# ---- traceroute ----

def answer_as_router(wire, probe):
    wire.send(wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP) / ICMP(type=11, code=0) / bytes(probe[IP])[:28])


@pytest.mark.parametrize("option, layer", [("", UDP), ("-I", ICMP), ("-T", TCP)])
def test_traceroute(vm, wire, option, layer):
    vm.check(f"ip route replace 99.0.0.0/8 via {HOST_IP}")
    vm.start(f"traceroute -n -q 1 -w 60 {option} 99.1.2.3")
    probe = wire.expect(lambda p: layer in p and IP in p and p[IP].dst == "99.1.2.3" and p[IP].ttl == 1)
    answer_as_router(wire, probe)
    probe = wire.expect(lambda p: layer in p and IP in p and p[IP].dst == "99.1.2.3" and p[IP].ttl == 2)
    head = wire.ether() / IP(src="99.1.2.3", dst=SKBOX_IP)
    if layer is UDP:
        assert probe[UDP].dport == 33435 and probe[IP].len == 60
        wire.send(head / ICMP(type=3, code=3) / bytes(probe[IP])[:28])
    elif layer is ICMP:
        wire.send(head / ICMP(type=0, id=probe[ICMP].id, seq=probe[ICMP].seq) / bytes(probe[ICMP].payload))
    else:
        assert probe[TCP].flags == "S" and probe[TCP].dport == 80
        wire.send(head / TCP(sport=80, dport=probe[TCP].sport, flags="RA", ack=probe[TCP].seq + 1))
    vm.expect(rf"traceroute to 99\.1\.2\.3 \(99\.1\.2\.3\), 30 hops max, 60 byte packets\s+1  {re.escape(HOST_IP)}  \d+\.\d+ ms"
              r"\s+2  99\.1\.2\.3  \d+\.\d+ ms\s")
    vm.wait_prompt()


def test_traceroute_makes_no_connection(vm, wire):
    vm.check(f"ip route replace 99.0.0.0/8 via {HOST_IP}")
    vm.start("traceroute -n -q 1 -w 60 -T -p 22 -f 5 -m 5 99.1.2.4")
    probe = wire.expect(lambda p: TCP in p and p[IP].dst == "99.1.2.4")
    assert probe[IP].ttl == 5
    assert probe[TCP].flags == "S" and probe[TCP].dport == 22 and probe[IP].len == 60
    wire.send(wire.ether() / IP(src="99.1.2.4", dst=SKBOX_IP)
              / TCP(sport=22, dport=probe[TCP].sport, flags="SA", seq=77, ack=probe[TCP].seq + 1))
    end = wire.expect(lambda p: TCP in p and p[IP].dst == "99.1.2.4" and p[TCP].flags != "S")
    assert end[TCP].flags == "R" and end[TCP].seq == probe[TCP].seq + 1
    vm.expect(r" 5  99\.1\.2\.4  \d+\.\d+ ms\s")
    vm.wait_prompt()


def test_traceroute_sends_many_at_once(vm, wire):
    """None is answered for a while: the first sixteen are there all the same."""
    vm.check(f"ip route replace 99.0.0.0/8 via {HOST_IP}")
    vm.start("traceroute -n -q 2 -w 60 -m 9 99.1.2.5")
    probes = [wire.expect(lambda p: UDP in p and p[IP].dst == "99.1.2.5") for _ in range(16)]
    assert sorted(p[UDP].dport for p in probes) == list(range(33434, 33450))
    for p in reversed(probes):  # answered in any order, printed in theirs
        wire.send(wire.ether() / IP(src=f"10.9.9.{p[IP].ttl}", dst=SKBOX_IP) / ICMP(type=11, code=0) / bytes(p[IP])[:28])
    for _ in range(2):
        p = wire.expect(lambda p: UDP in p and p[IP].dst == "99.1.2.5" and p[IP].ttl == 9)
        wire.send(wire.ether() / IP(src="99.1.2.5", dst=SKBOX_IP) / ICMP(type=3, code=3) / bytes(p[IP])[:28])
    vm.expect("".join(rf" {i}  10\.9\.9\.{i}  \S+ ms  \S+ ms\s+" for i in range(1, 9)) + r"9  99\.1\.2\.5  \S+ ms  \S+ ms")
    vm.wait_prompt()


# ---- bounds ----

def test_scan_leaves_the_table_bounded(vm, wire):
    """A router is made to ask for 3000 addresses behind it: the table ends at gc_thresh3, the rest is counted."""
    before = vm.drops().get("NEIGH_TABLE_FULL", 0)
    vm.check("sysctl -w net.ipv4.neigh.default.gc_thresh2=64 net.ipv4.neigh.default.gc_thresh3=128 net.ipv4.conf.eth1.proxy_arp=0")
    vm.check("ip route add 20.0.0.0/8 dev eth1")
    for i in range(600):
        wire.send(wire.ether() / IP(src=HOST_IP, dst=f"20.0.{i // 250}.{i % 250 + 1}") / UDP(dport=9))
        if i % 50 == 49:
            wire.fence()
    assert len(vm.proc("net/arp").splitlines()) <= 130
    assert vm.drops().get("NEIGH_TABLE_FULL", 0) > before
    vm.check("ip route del 20.0.0.0/8")
    vm.check("sysctl -w net.ipv4.neigh.default.gc_thresh2=512 net.ipv4.neigh.default.gc_thresh3=1024")
    vm.check("ip neigh flush dev eth1 nud all")


def test_storm_and_poison_make_no_entries(vm, wire):
    for i in range(300):
        wire.send(Ether(src=STRANGER, dst="ff:ff:ff:ff:ff:ff") /
                  ARP(op=2 if i & 1 else 1, hwsrc=STRANGER, psrc=f"10.9.0.{i % 200 + 20}", hwdst=SKBOX_MAC, pdst="10.9.0.250"))
    wire.fence()
    assert STRANGER not in vm.run("ip neigh show")
    vm.check(f"ip neigh replace {HOST_IP} lladdr {wire.mac} dev eth0")
    wire.send(Ether(src=STRANGER, dst=SKBOX_MAC) / ARP(op=2, hwsrc=STRANGER, psrc=HOST_IP, hwdst=SKBOX_MAC, pdst=SKBOX_IP))
    wire.fence()
    assert f"{HOST_IP} dev eth0 lladdr {wire.mac} PERMANENT" in vm.run("ip neigh show")
    vm.check(f"ip neigh del {HOST_IP} dev eth0")


# ---- the tools' forms ----

def test_interfaces_in_the_words_of_the_tools(vm):
    table = vm.run("netstat -i").splitlines()
    assert table[1] == "Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg"
    assert re.fullmatch(r"eth0 {13}1500 [ \d]{8} [ \d]{6} [ \d]{6} [\d ]{6} [ \d]{8} {6}0 {6}0 {6}0 BMRU", table[3]), table
    vm.check("ifconfig eth0 add 10.66.0.1/24")
    assert "10.66.0.1/24" in vm.run("ip -o addr show dev eth0")
    assert re.search(r"^\d+: eth0    inet 10\.66\.0\.1/24 brd 10\.66\.0\.255 scope global eth0:\d\\       valid_lft forever preferred_lft forever$",
                     vm.run("ip -o addr show dev eth0"), re.M)
    vm.check("ifconfig eth0 del 10.66.0.1")
    assert "10.66.0.1" not in vm.run("ip addr show dev eth0")
    assert re.search(r"^1: lo: <LOOPBACK,UP,LOWER_UP> mtu \d+ qdisc \w+ state UNKNOWN .*\\    link/loopback ", vm.run("ip -o link"), re.M)
