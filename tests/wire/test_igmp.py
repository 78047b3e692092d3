"""IGMP on the wire: what a router sees of a host's groups (RFC 2236, RFC 3376), and who hears what is sent to them."""

import pytest
from lib.wire import HOST_IP, IP, SKBOX_IP, UDP, Raw
from scapy.contrib.igmp import IGMP
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3gr, IGMPv3mq, IGMPv3mr
from scapy.layers.inet import IPOption_Router_Alert

GROUP, SSM, PORT = "239.1.2.3", "239.4.5.6", 7008


@pytest.fixture(scope="module")
def prepare():
    def joined(vm):
        vm.run(f"udpecho -p {PORT} -g {GROUP} &")
        vm.run(f"udpecho -p {PORT + 1} -g {SSM} -S {HOST_IP} &")
    return joined


def to_group(wire, group):
    packet = wire.ether()
    packet.dst = "01:00:5e:" + ":".join(f"{int(b) & (0x7f if i == 0 else 0xff):02x}" for i, b in enumerate(group.split(".")[1:]))
    return packet


def query(wire, group="224.0.0.1", ttl=1, **fields):
    message = IGMPv3(type=0x11, mrcode=10) / IGMPv3mq(gaddr="0.0.0.0" if group == "224.0.0.1" else group, **fields)
    return to_group(wire, group) / IP(src=HOST_IP, dst=group, ttl=ttl, tos=0xC0, options=[IPOption_Router_Alert()]) / message


def is_igmp(packet):
    return IP in packet and packet[IP].proto == 2 and packet[IP].src == SKBOX_IP


def is_answer(packet):
    """Not the news of a change, which is told twice."""
    return is_igmp(packet) and bytes(packet[IP].payload)[8:9] in (b"\x01", b"\x02")


def records(packet):
    """{group: (type, sources)} of a v3 report, whose envelope is checked as well."""
    ip = packet[IP]
    assert (ip.dst, ip.ttl, ip.tos, ip.ihl, packet.dst) == ("224.0.0.22", 1, 0xC0, 6, "01:00:5e:00:00:16")
    report = IGMPv3(bytes(ip.payload))
    assert report.type == 0x22 and len(report[IGMPv3mr].records) == report[IGMPv3mr].numgrp
    return {r.maddr: (r.rtype, list(r.srcaddrs)) for r in report[IGMPv3mr].records}


def test_general_query_is_answered_with_all_groups(wire):
    wire.send(query(wire))
    assert records(wire.expect(is_answer)) == {GROUP: (2, []), SSM: (1, [HOST_IP])}


def test_group_and_source_query(wire):
    wire.send(query(wire, SSM, srcaddrs=[HOST_IP, "10.9.0.77"]))
    assert records(wire.expect(is_answer)) == {SSM: (1, [HOST_IP])}


@pytest.mark.parametrize("spoil", ["ttl", "checksum", "sources"])
def test_bad_query_is_dropped_and_counted(vm, wire, spoil):
    before = vm.run("cat /proc/net/drops")
    bad = {"ttl": query(wire, ttl=5), "checksum": query(wire), "sources": query(wire, GROUP, numsrc=9)}[spoil]
    if spoil == "checksum":
        bad[IGMPv3].chksum = 0x1234
    wire.send(bad)
    wire.expect_silence(is_answer)
    assert vm.run("cat /proc/net/drops") != before


def echo_of(wire, group, port, src=HOST_IP):
    return to_group(wire, group) / IP(src=src, dst=group, ttl=1) / UDP(sport=4000, dport=port) / Raw(b"to all")


def test_members_hear_their_sources(wire):
    def answered(p):
        return UDP in p and p[UDP].dport == 4000
    wire.send(echo_of(wire, GROUP, PORT))
    assert wire.expect(answered)[UDP].sport == PORT
    wire.send(echo_of(wire, SSM, PORT + 1))
    wire.expect(lambda p: answered(p) and p[UDP].sport == PORT + 1)
    wire.send(echo_of(wire, SSM, PORT + 1, src="10.9.0.77"))
    wire.send(echo_of(wire, "239.7.7.7", PORT))
    wire.seen.clear()
    wire.expect_silence(answered)


def test_what_the_commands_show(vm):
    assert GROUP in vm.run("netstat -g") and SSM in vm.run("ip maddr show dev eth0")
    assert "030201EF     1 0:00000000" in vm.run("cat /proc/net/igmp")
    assert "0xef040506 0x0a090001      1      0" in vm.run("cat /proc/net/mcfilter")


def test_version_2_is_spoken_with_an_old_querier(wire):
    wire.send(to_group(wire, GROUP) / IP(src=HOST_IP, dst=GROUP, ttl=1, options=[IPOption_Router_Alert()])
              / IGMP(type=0x11, mrcode=10, gaddr=GROUP))
    report = wire.expect(lambda p: is_igmp(p) and bytes(p[IP].payload)[0] == 0x16)
    assert report[IP].dst == GROUP
