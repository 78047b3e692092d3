"""Filter expressions of every form, for comparing with libpcap; and expressions that are none."""

HOSTS = ["10.0.0.1", "10.0.0.2", "224.0.0.9", "255.255.255.255"]

GOOD = """
ip
arp
rarp
ip6
tcp
udp
icmp
igmp
sctp
icmp6
pim
esp
ah
not ip
!arp
not tcp and not udp
tcp or udp or icmp
ip and not (tcp or udp)
host 10.0.0.1
src host 10.0.0.1
dst host 10.0.0.1
src 10.0.0.1
dst 10.0.0.2
src or dst 10.0.0.2
dst or src host 10.0.0.2
src and dst host 10.0.0.1
src and dst 10.0.0.2
dst and src host 10.0.0.1
ip host 10.0.0.2
arp host 10.0.0.2
rarp host 10.0.0.2
ip src 10.0.0.2
ip dst host 10.0.0.1
arp src 10.0.0.1
arp dst host 10.0.0.2
host 10.0.0.1 or 10.0.0.9
host 10.0.0.9 or 10.0.0.2
src host 10.0.0.1 and not dst 10.0.0.2
host (10.0.0.1 and 10.0.0.2)
host (10.0.0.3 or 10.0.0.4)
host not 10.0.0.1
not host 10.0.0.1
not host 10.0.0.1 and not 10.0.0.2
src host 10.0.0.1 or 10.0.0.2 and tcp
net 10
net 10.0
net 10.0.0
net 10.0.0.0
net 10.0.0.2
net 224
net 10.0.0.0/8
net 10.0.0.0/24
net 10.0.0.0/30
net 10.0.0.0/31
net 10.0/16
net 0.0.0.0/0
net 10.0.0.1/32
net 224.0.0.0/4
src net 10.0.0.0/8
dst net 10.0.0.0/31
ip net 224.0.0.0/4
arp net 10
net 10.0.0.0 mask 255.0.0.0
net 10.0.0.0 mask 255.255.255.254
net 10.0.0.0 mask 255.0.0.255
src net 10 and dst net 224
host 10.0
port 80
port 53
src port 80
dst port 80
src or dst port 80
src and dst port 5353
dst and src port 520
tcp port 80
udp port 53
udp src port 53
tcp dst port 80
sctp port 80
port 80 or 443
port 80 or 53 or 520
port (80 or 53)
port not 80
not port 80
not port 80 and not port 53
tcp port 80 or 40000
tcp src port 80 or dst port 40000
port 0
port 65535
port domain
udp port domain
portrange 80-90
portrange 50-100
portrange 100-50
portrange 67-68
udp portrange 67-68
src portrange 0-1024
tcp dst portrange 1-79
portrange 53-53
portrange 0-65535
ip proto 1
ip proto 6
ip proto 17
ip proto 255
ip proto \\tcp
ip proto \\udp
ip proto \\icmp
ip proto \\igmp
proto 6
proto \\udp
proto 0
ip6 proto 58
ip6 proto 6
ether proto 0x800
ether proto 2054
ether proto \\ip
ether proto \\arp
ether proto \\rarp
ether proto \\ip6
ether proto 0x88b5
ether proto 66
ether proto 0x42
ether host 52:54:00:00:00:01
ether src 52:54:00:00:00:01
ether dst 52:54:00:00:00:02
ether dst ff:ff:ff:ff:ff:ff
ether host 1:2:3:4:5:6
ether src host 52:54:0:0:0:1
ether src 52-54-00-00-00-01
ether src or dst 52:54:00:00:00:02
ether src and dst 52:54:00:00:00:02
not ether host 52:54:00:00:00:02
ether broadcast
broadcast
ether multicast
ip6 host fe80::1
host fe80::1
src host fe80::1
ip6 dst ff02::1
dst ff02::fb
not ip6 host fe80::1
net fe80::/10
ip6 net 2001:db8::/32
src net ff02::/16
dst net ff00::/8 and udp
net ::/0
host 2001:db8:0:0:0:0:0:1 or fe80::1
ip6 and host 10.0.0.1
vrrp
vlan
vlan 100
vlan 5 and tcp
vlan and ip and udp port 53
vlan 5 and tcp port 80 and tcp[13] & 2 != 0
vlan and vlan
vlan and vlan 7 and icmp
vlan and ip6 host fe80::1
vlan and arp host 10.0.0.1
vlan and ether src 52:54:00:00:00:01
not vlan and ip
ip and not vlan
tcp or (vlan and tcp)
udp port 53 or (vlan and udp port 53) or (vlan and udp port 53)
tcp[13] = 2 or (vlan and tcp[13] = 2)
multicast
ip broadcast
ip multicast
ip6 multicast
ip broadcast or ip multicast
less 60
less 64
less 42
greater 60
greater 100
greater 42
less 100 and greater 60
len > 60
len = 42
len != 42
len <= 60
60 >= len
len - 14 > 40
len & 1 = 1
ip[0] = 0x45
ip[0] & 0xf = 5
ip[0] & 0xf != 5
ip[0] & 0xf > 5
ip[8] < 5
ip[2:2] > 60
ip[2:2] = len - 14
ip[6:2] & 0x1fff != 0
ip[6:2] & 0x2000 != 0
ip[6] & 0x40 = 0x40
ip[12:4] = 0x0a000001
ip[16:4] >= 0xe0000000
ip[1] & 0xfc == 0xb8
ip[9] = 1 or ip[9] = 17
ip[0] >> 4 = 5
(ip[0] & 0xf) << 2 > 20
(ip[0] & 15) * 4 = 20
ip[(ip[0] & 0xf) * 4] = 8
ip[ip[0] & 0xf] = 0
ip[2:2] - ((ip[0] & 0xf) << 2) > 40
tcp port 80 and (ip[2:2] - ((ip[0] & 0xf) << 2)) - ((tcp[12] & 0xf0) >> 2) != 0
ip[4:2] = 4711
ip[100] = 1
not ip[100] = 1
ip[1000] = 1 or arp
tcp[13] & 2 != 0
tcp[13] = 2
tcp[13] == 18
tcp[tcpflags] & tcp-syn != 0
tcp[tcpflags] & (tcp-syn|tcp-fin) != 0
tcp[tcpflags] & (tcp-syn | tcp-ack) = tcp-syn
tcp[tcpflags] == tcp-rst
tcp[tcpflags] & tcp-push != 0 and tcp[tcpflags] & tcp-ack != 0
tcp[tcpflags] & (tcp-urg|tcp-ece|tcp-cwr) != 0
tcp[0:2] = 80
tcp[2:2] > 1024 and tcp[2:2] < 50000
tcp[4:4] = 1000
tcp[4:4] > tcp[8:4]
tcp[12] >> 4 = 5
tcp[12] >> 4 > 5
tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420
tcp[20] = 2
tcp[14:2] != 8192
udp[4:2] = 8
udp[4:2] > 20
udp[6:2] = 0
udp[8:2] = 0x1234
udp[10] & 0x80 != 0
icmp[0] = 8
icmp[icmptype] = icmp-echo
icmp[icmptype] == icmp-echoreply
icmp[icmptype] != icmp-echo and icmp[icmptype] != icmp-echoreply
icmp[icmptype] = icmp-unreach and icmp[icmpcode] = 3
icmp[icmptype] = icmp-redirect or icmp[icmptype] = icmp-timxceed
icmp[icmptype] = icmp-tstamp
icmp[4:2] = 77
igmp[0] = 0x11
igmp[4:4] = 0xef010203
arp[6:2] = 1
arp[6:2] = 2
arp[14:4] = 0x0a000001
ether[0] & 1 = 0
ether[0] & 1 = 1 and ip[16] >= 224
ether[12:2] = 0x806
ether[12:2] > 1500
ether[14] = 0x45
ether[6:4] = 0x52540000
ip6[6] = 6
ip6[0] & 0xf0 = 0x60
1 = 1
1 = 2
5 > 3 and ip
0 != 0 or arp
ip[8] = ip[8]
ip[8] + 1 > ip[8]
ip[8] - 1 > ip[8]
ip[8] * 2 = 128
ip[8] / 2 = 32
ip[8] % 10 = 4
ip[8] % 3 = 1 or ip[8] % 3 = 0
ip[8] ^ 64 = 0
ip[8] | 1 = 65
-ip[8] = -64
-1 = 0xffffffff
ip[2:2] / ip[8] = 0
ip[2:2] / ip[1] = 0
ip[8] & 0x40 = 0x40 and ip[8] & 0x3f = 0
ip[8] << ip[1] = 64
len / 2 * 2 = len
1 + 2 * 3 = 7
(1 + 2) * 3 = 9
1 | 2 & 3 = 3
8 - 2 - 1 = 5
1 << 2 + 1 = 8
tcp and host 10.0.0.1 and port 80
tcp and (port 80 or port 443) and not host 10.0.0.9
(tcp port 80 or udp port 53) and host 10.0.0.1
host 10.0.0.1 and port 80 or port 53
host 10.0.0.1 and (port 80 or port 53)
icmp or arp or udp port 53
ip and not broadcast and not multicast
not (arp or icmp) and src 10.0.0.1
(((tcp)))
((tcp) and ((port 80)))
tcp && port 80 || udp && port 53
! tcp && ! udp
!(tcp || udp)
not not tcp
not (not tcp)
tcp and not tcp
tcp or not tcp
ip or ip6 or arp
tcp and udp
host 10.0.0.1 and host 10.0.0.2
src host 10.0.0.1 and src host 10.0.0.2
host 10.0.0.1 and not icmp and not port 53
udp and port 67 or udp and port 68
tcp[13] & 7 != 0 and port 80
icmp and icmp[0] != 8 and icmp[0] != 0
ip[6:2] & 0x1fff = 0 and udp port 1000
tcp src port 80 and (tcp[13] & 16 != 0)
ether src 52:54:00:00:00:01 and ip proto 17
less 50 or greater 200 and udp
port 80 and host 10.0.0.1 or 10.0.0.2
src port 53 or 67
tcp port 80 and src or dst host 10.0.0.2
not src net 10 or arp
dst net 224.0.0.0/4 and udp port 520
(host 10.0.0.1) and (port (53 or 67 or 68 or 80))
tcp portrange 1-100 or udp portrange 500-600
ip host 10.0.0.1 and tcp port 80 and tcp[13] = 24
""".strip().splitlines()

BAD = """
gateway 10.0.0.1
gateway somebody
vlan 4096
vlan -1
ip host fe80::1
host fe80::1/64
net fe80::1/64
net fe80::/129
ip6 host 10.0.0.1
port fe80::1
tcp host fe80::1
host
port
ether
link
1.2.3.4
tcp 80
host 10.0.0.1 and
and tcp
tcp and and udp
(tcp
tcp)
()
port 70000
port nosuchservice
net 10.0.0.1/8
net 10.0.0.0/33
net 10.0.0.0 mask 255.0.0.0.0
tcp[
tcp[13
tcp[13]
tcp[13] &
tcp[13] & 2
tcp[0:3] = 1
tcp[0:5] = 1
tcp[0:0] = 1
ip[1] = 
len-14 = 3
1 / 0 = 1
1 % 0 = 1
tcp host 10.0.0.1
arp port 80
icmp port 80
ether port 80
ip proto nosuchproto
src proto 6
src
src and
ether host 10.0.0.1
ip host 1:2:3:4:5:6
port 80 or
less
less foo
len >
host 10.0.0.1 & tcp
@
host 300.1.1.1
portrange 80-
portrange x-y
host 10.0.0.1/8
tcp and 10.0.0.1
ip proto 256
99999999999 = 1
""".strip("\n").splitlines()
