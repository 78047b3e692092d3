/*
 * The one file that names every protocol. Each table is one kind of thing that the stack is made
 * of; a new protocol is a new file and its lines here. Lower layers know the tables
 * (net/core/protocol.h), never what is in them.
 */
#include "net/core/protocol.h"

#include "net/core/filter.h"
#include "net/core/netfilter.h"
#include "net/core/snmp.h"
#include "net/core/sock_rare.h"
#include "net/ip/icmp.h"
#include "net/ip/igmp.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"
#include "net/ip/neighbour.h"
#include "net/ip/route.h"
#include "net/link/netdevice.h"
#include "net/link/qdisc.h"
#include "net/socket/packet.h"
#include "net/socket/socket.h"
#include "net/transport/datagram.h"
#include "net/transport/tcp.h"
#include "net/transport/udp.h"

/* EtherType -> receiver */
const struct ether_protocol packet_types[] = {
	{ ETH_P_IP, ip_rcv, "ip_rcv" },
	{ ETH_P_ARP, arp_rcv, "arp_rcv" },
};
const size_t nr_packet_types = ARRAY_SIZE(packet_types);

/* IP protocol -> receiver, and who hears of ICMP errors about it */
const struct inet_protocol inet_protocols[] = {
	{ IPPROTO_ICMP, icmp_rcv, ping_err },
	{ IPPROTO_IGMP, igmp_rcv, NULL },
	{ IPPROTO_TCP, tcp_v4_rcv, tcp_v4_err },
	{ IPPROTO_UDP, udp_rcv, udp_err },
};
const size_t nr_inet_protocols = ARRAY_SIZE(inet_protocols);

/* Who sees packets beside their receiver */
bool (*const ip_raw_tap)(struct sk_buff *skb) = raw_local_deliver;
void (*const ip_raw_err_tap)(struct sk_buff *skb, u8 type, u8 code, u32 info) = raw_err;
bool (*const icmp_echo_reply_tap)(struct sk_buff *skb) = ping_rcv;
bool (*const ip_ra_wanted)(const struct sk_buff *skb) = raw_alert_wanted;
void (*const ip_ra_tap)(struct sk_buff *skb) = raw_alert_deliver;
void (*const ip_sockstat)(struct seq_file *s) = ip_frag_sockstat_show;
void (*const filter_dev_numbers)(const struct net_device *dev, u32 *ifindex,
				 u32 *type) = dev_numbers;

/* socket(family, …) */
const struct net_proto_family net_families[] = {
	{ AF_INET, inet_create },
	{ AF_PACKET, packet_create },
};
const size_t nr_net_families = ARRAY_SIZE(net_families);

/* socket(AF_INET, type, protocol) -> transport; the first of a type serves protocol 0 */
const struct inet_protosw inet_protosws[] = {
	{ SOCK_STREAM, IPPROTO_TCP, &tcp_prot, &inet_stream_ops },
	{ SOCK_DGRAM, IPPROTO_UDP, &udp_prot, &inet_dgram_ops },
	{ SOCK_DGRAM, IPPROTO_ICMP, &ping_prot, &inet_dgram_ops },
	{ SOCK_RAW, IPPROTO_IP, &raw_prot, &inet_raw_ops },
};
const size_t nr_inet_protosws = ARRAY_SIZE(inet_protosws);

/* ioctl on any socket */
const struct net_ioctl net_ioctls[] = {
	{ SIOCRTREQ, SIOCRTGET, ip_rt_request_ioctl },
	{ SIOCADDRT, SIOCDELRT, ip_rt_ioctl },
	{ SIOCGIFCONF, SIOCGIFCONF, devinet_ioctl },
	{ SIOCSIFFLAGS, SIOCSIFFLAGS, devinet_ioctl }, /* of an alias; others it passes on */
	{ SIOCGIFADDR, SIOCSIFNETMASK, devinet_ioctl },
	{ SIOCDARP, SIOCSARP, arp_ioctl },
	{ SIOCARPPROBE, SIOCARPPROBE, arp_ioctl },
	{ SIOCSNEIGH, SIOCDNEIGH, neigh_ioctl },
	{ SIOCSQDISC, SIOCGQDISC, qdisc_ioctl },
	{ SIOCGIFNAME, SIOCGIFMAP, dev_ioctl }, /* what is left of the range */
};
const size_t nr_net_ioctls = ARRAY_SIZE(net_ioctls);

/* Who hears of devices, in this order */
const netdev_notifier netdev_notifiers[] = {
	inetdev_event, igmp_event, arp_event, ip_frag_event, packet_event,
};
const size_t nr_netdev_notifiers = ARRAY_SIZE(netdev_notifiers);

static const struct proc_entry net_proc_files[] = {
	{ "net/arp", .walk = arp_proc_walk },
	{ "net/dev", dev_proc_show, NULL },
	{ "net/dev_mcast", dev_mcast_proc_show, NULL },
	{ "net/drops", drops_proc_show, NULL },
	{ "net/icmp", .walk = ping_proc_walk },
	{ "net/fib", .walk = fib_proc_walk },
	{ "net/igmp", igmp_proc_show, NULL },
	{ "net/ifaddr", ifaddr_proc_show, NULL },
	{ "net/mcfilter", mcfilter_proc_show, NULL },
	{ "net/neigh", .walk = neigh_proc_walk },
	{ "net/netstat", netstat_proc_show, NULL },
	{ "net/nf_hooks", nf_proc_show, NULL },
	{ "net/packet", packet_proc_show, NULL },
	{ "net/packet_diag", packet_diag_proc_show, NULL },
	{ "net/protocols", protocols_proc_show, NULL },
	{ "net/ptype", ptype_proc_show, NULL },
	{ "net/raw", .walk = raw_proc_walk },
	{ "net/raw_diag", .walk = raw_diag_proc_walk },
	{ "net/route", .walk = rt_proc_walk },
	{ "net/rt_acct", rt_acct_proc_show, NULL },
	{ "net/rt_cache", .walk = rt_cache_proc_walk },
	{ "net/rt_flows", .walk = rt_flows_proc_walk },
	{ "net/skb_pool", skb_pool_proc_show, NULL },
	{ "net/snmp", snmp_proc_show, NULL },
	{ "net/sockstat", sockstat_proc_show, NULL },
	{ "net/softnet_stat", softnet_proc_show, NULL },
	{ "net/stat/arp_cache", arp_cache_proc_show, NULL },
	{ "net/stat/arp_proxy", arp_proxy_proc_show, NULL },
	{ "net/stat/rt_cache", rt_cache_stat_proc_show, NULL },
	{ "net/tcp", .walk = tcp_proc_walk },
	{ "net/tcp_diag", .write = tcp_diag_proc_write, .walk = tcp_diag_proc_walk },
	{ "net/tcp_metrics", tcp_metrics_proc_show, NULL },
	{ "net/udp", .walk = udp_proc_walk },
	{ "net/udp_diag", .walk = udp_diag_proc_walk },
};

/* Tunables of core, transport and sockets; link and ip register their own */
static const struct ctl_entry net_sysctls[] = {
	{ "net.core.rmem_default", &sysctl_rmem_default, SOCK_MIN_RCVBUF, INT32_MAX / 2 },
	{ "net.core.rmem_max", &sysctl_rmem_max, SOCK_MIN_RCVBUF, INT32_MAX / 2 },
	{ "net.core.wmem_default", &sysctl_wmem_default, SOCK_MIN_SNDBUF, INT32_MAX / 2 },
	{ "net.core.wmem_max", &sysctl_wmem_max, SOCK_MIN_SNDBUF, INT32_MAX / 2 },
	{ "net.core.somaxconn", &sysctl_somaxconn, 0, 65535 },
	{ "net.ipv4.ip_local_port_range", sysctl_ip_local_port_range, 1, 65535, NULL, 2 },
	{ "net.ipv4.ip_nonlocal_bind", &sysctl_ip_nonlocal_bind, 0, 1 },
	{ "net.ipv4.ip_no_pmtu_disc", &sysctl_ip_no_pmtu_disc, 0, 3 },
};

/* Bottom up, each layer on what is below it; the first device comes when all can hear of it. */
void net_init(void)
{
	skb_init();
	nf_init();
	dev_init();
	neigh_init();
	ip_rt_init();
	devinet_init();
	ip_init();
	icmp_init();
	igmp_init();
	arp_init();
	tcp_init();
	udp_init();
	sk_filter_init();
	sock_rare_init();
	socket_init();
	packet_init();
	proc_register(net_proc_files, ARRAY_SIZE(net_proc_files));
	sysctl_register(net_sysctls, ARRAY_SIZE(net_sysctls));
	sysctl_register(&reserved_ports_sysctl, 1);
	loopback_init();
}
