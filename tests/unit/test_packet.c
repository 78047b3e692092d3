/* Packet sockets: what they see of a link, what they send, what they ask of a device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <abi/filter.h>
#include <abi/packet.h>

#include "netlab.h"

#include "kernel/arch/host/skbox.h"
#include "net/core/gso.h"
#include "net/link/netdevice.h"

static u8 frame[65536], buf[65536];
static const u8 our_mac[6] = { 2, 0, 0, 0, 0, 2 }, peer_mac[6] = { 2, 0, 0, 0, 0, 1 };

/* ---- helpers ---- */

static int open_packet(int type, u16 protocol)
{
	int fd = skbox_socket(AF_PACKET, type, htons(protocol));

	assert_true(fd >= 0);
	return fd;
}

static struct sockaddr_ll name_of(u16 protocol, int ifindex)
{
	return (struct sockaddr_ll){ .sll_family = AF_PACKET,
				     .sll_protocol = htons(protocol),
				     .sll_ifindex = ifindex };
}

static int bind_to(int fd, u16 protocol, int ifindex)
{
	struct sockaddr_ll sll = name_of(protocol, ifindex);

	return skbox_bind(fd, &sll, sizeof(sll));
}

static long recv_from(int fd, struct sockaddr_ll *sll)
{
	socklen_t len = sizeof(*sll);
	long n = skbox_recvfrom(fd, buf, sizeof(buf), 0, sll, &len);

	if (n >= 0)
		assert_int_equal(len, sizeof(*sll));
	return n;
}

static long recv_any(int fd)
{
	return skbox_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL);
}

static u32 udp_in(const char *text, u16 dport)
{
	u32 len = netlab_build_udp(frame, &(struct udp_frame){ .data = text,
							       .len = (u32)strlen(text),
							       .sport = 1000,
							       .dport = dport });

	netlab_in(frame, len);
	return len;
}

static int attach(int fd, const struct sock_filter *insns, size_t n)
{
	struct sock_fprog prog = { (unsigned short)n, (struct sock_filter *)insns };

	return skbox_setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

static struct tpacket_stats stats_of(int fd)
{
	struct tpacket_stats st;
	socklen_t len = sizeof(st);

	assert_int_equal(skbox_getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &st, &len), 0);
	assert_int_equal(len, sizeof(st));
	return st;
}

static void set_up(const char *dev, bool up)
{
	struct ifreq ifr = { .ifr_flags = (short)(up ? IFF_UP | IFF_RUNNING : 0) };
	int fd = netlab_udp(0, 0, 0);

	strcpy(ifr.ifr_name, dev);
	assert_int_equal(skbox_ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	netlab_close(fd);
}

/* ---- in ---- */

static void raw_sees_whole_frames(void **state)
{
	struct sockaddr_ll sll;
	int fd = open_packet(SOCK_RAW, ETH_P_ALL);
	u32 len = udp_in("hello", 4242);

	assert_int_equal(recv_from(fd, &sll), len);
	assert_memory_equal(buf, frame, len);
	assert_int_equal(sll.sll_family, AF_PACKET);
	assert_int_equal(sll.sll_protocol, htons(ETH_P_IP));
	assert_int_equal(sll.sll_ifindex, netlab_ifindex());
	assert_int_equal(sll.sll_hatype, ARPHRD_ETHER);
	assert_int_equal(sll.sll_pkttype, PACKET_HOST);
	assert_int_equal(sll.sll_halen, ETH_ALEN);
	assert_memory_equal(sll.sll_addr, peer_mac, ETH_ALEN);
	/* The answer, port unreachable, is seen on its way out, once. */
	assert_true(netlab_out(frame, sizeof(frame)));
	do
		assert_true(recv_from(fd, &sll) > 0);
	while (sll.sll_protocol != htons(ETH_P_IP));
	assert_int_equal(sll.sll_pkttype, PACKET_OUTGOING);
	assert_memory_equal(sll.sll_addr, our_mac, ETH_ALEN);
	assert_memory_equal(buf, frame, ETH_HLEN + 28);
	assert_int_equal(recv_any(fd), -EAGAIN);
	netlab_close(fd);
}

static void dgram_sees_the_network_header(void **state)
{
	struct sockaddr_ll sll;
	int fd = open_packet(SOCK_DGRAM, ETH_P_ALL), udp = netlab_udp(0, 4242, 0);
	u32 len = udp_in("hello", 4242);

	assert_int_equal(recv_from(fd, &sll), len - ETH_HLEN);
	assert_memory_equal(buf, frame + ETH_HLEN, len - ETH_HLEN);
	assert_memory_equal(sll.sll_addr, peer_mac, ETH_ALEN);
	netlab_expect(udp, "hello");
	/* Outgoing ones too. */
	assert_int_equal(netlab_send(udp, "answer", 6, PEER_IP, 1000), 6);
	assert_int_equal(recv_from(fd, &sll), ETH_ZLEN - ETH_HLEN); /* as the wire has it */
	assert_int_equal(sll.sll_pkttype, PACKET_OUTGOING);
	assert_memory_equal(buf + 28, "answer", 6);
	netlab_close(udp);
	netlab_close(fd);
}

static void one_ethertype(void **state)
{
	struct sockaddr_ll sll;
	int ip = open_packet(SOCK_RAW, ETH_P_IP), arp = open_packet(SOCK_RAW, ETH_P_ARP);
	int other = open_packet(SOCK_RAW, 0x88b5), udp = netlab_udp(0, 4242, 0);
	u32 len = udp_in("x", 4242);
	u64 none = drop_reason_total(DROP_NO_PROTOCOL);

	assert_int_equal(recv_any(ip), len);
	assert_int_equal(recv_any(arp), -EAGAIN);
	netlab_expect(udp, "x");
	/* Not what goes out. */
	assert_int_equal(netlab_send(udp, "y", 1, PEER_IP, 1000), 1);
	assert_int_equal(recv_any(ip), -EAGAIN);
	/* A type that no protocol has: no drop if somebody listens. */
	put_be16(frame + 12, 0x88b5);
	netlab_in(frame, len);
	assert_int_equal(recv_from(other, &sll), len);
	assert_int_equal(sll.sll_protocol, htons(0x88b5));
	assert_int_equal(drop_reason_total(DROP_NO_PROTOCOL), none);
	netlab_close(other);
	netlab_in(frame, len);
	assert_int_equal(drop_reason_total(DROP_NO_PROTOCOL), none + 1);
	netlab_close(ip);
	netlab_close(arp);
	netlab_close(udp);
}

static void kinds_of_receivers(void **state)
{
	static const struct {
		u8 dest[6];
		u8 kind;
	} cases[] = {
		{ { 2, 0, 0, 0, 0, 2 }, PACKET_HOST },
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, PACKET_BROADCAST },
		{ { 1, 0, 0x5e, 0, 0, 9 }, PACKET_MULTICAST },
		{ { 2, 0, 0, 0, 0, 77 }, PACKET_OTHERHOST },
	};
	struct sockaddr_ll sll;
	int fd = open_packet(SOCK_RAW, 0x88b5);

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		memcpy(frame, cases[i].dest, 6);
		put_be16(frame + 12, 0x88b5);
		netlab_in(frame, 60);
		assert_int_equal(recv_from(fd, &sll), 60);
		assert_int_equal(sll.sll_pkttype, cases[i].kind);
	}
	netlab_close(fd);
}

static void own_broadcast_is_seen_once(void **state)
{
	int fd = open_packet(SOCK_RAW, ETH_P_ALL), udp = netlab_udp(0, 4242, SO_BROADCAST);
	struct sockaddr_ll sll;

	assert_int_equal(netlab_send(udp, "all", 3, BCAST_IP, 4242), 3);
	netlab_expect(udp, "all");
	assert_int_equal(recv_from(fd, &sll), ETH_ZLEN);
	assert_int_equal(sll.sll_pkttype, PACKET_OUTGOING);
	assert_int_equal(recv_any(fd), -EAGAIN);
	netlab_close(udp);
	netlab_close(fd);
}

static void loopback_both_ways(void **state)
{
	int fd = open_packet(SOCK_RAW, 0), udp = netlab_udp(0, 4242, 0);
	struct sockaddr_ll sll;

	assert_int_equal(bind_to(fd, ETH_P_ALL, loopback_dev->ifindex), 0);
	assert_int_equal(netlab_send(udp, "self", 4, htonl(INADDR_LOOPBACK), 4242), 4);
	assert_int_equal(recv_from(fd, &sll), 46);
	assert_int_equal(sll.sll_pkttype, PACKET_OUTGOING);
	assert_int_equal(sll.sll_hatype, ARPHRD_LOOPBACK);
	/* The sum that nobody has made is right all the same. */
	assert_int_equal(csum_fold(csum_partial(buf + 34, 12,
						csum_tcpudp_nofold(htonl(INADDR_LOOPBACK),
								   htonl(INADDR_LOOPBACK), 12,
								   IPPROTO_UDP, 0))),
			 0);
	assert_int_equal(recv_from(fd, &sll), 46);
	assert_int_equal(sll.sll_pkttype, PACKET_HOST);
	assert_int_equal(recv_any(fd), -EAGAIN);
	netlab_expect(udp, "self");
	netlab_close(udp);
	netlab_close(fd);
}

static void bound_to_a_device(void **state)
{
	struct sockaddr_ll sll;
	socklen_t len = sizeof(sll);
	int fd = open_packet(SOCK_RAW, 0), udp = netlab_udp(0, 4242, 0);

	udp_in("before", 4242);
	assert_int_equal(recv_any(fd), -EAGAIN);
	assert_int_equal(bind_to(fd, ETH_P_IP, 99), -ENODEV);
	assert_int_equal(bind_to(fd, ETH_P_IP, loopback_dev->ifindex), 0);
	udp_in("elsewhere", 4242);
	assert_int_equal(recv_any(fd), -EAGAIN);
	assert_int_equal(bind_to(fd, 0, netlab_ifindex()), 0); /* keeps its type */
	udp_in("here", 4242);
	assert_int_equal(recv_any(fd), 46);
	assert_int_equal(skbox_getsockname(fd, &sll, &len), 0);
	assert_int_equal(len, 18);
	assert_int_equal(sll.sll_protocol, htons(ETH_P_IP));
	assert_int_equal(sll.sll_ifindex, netlab_ifindex());
	assert_int_equal(sll.sll_hatype, ARPHRD_ETHER);
	assert_memory_equal(sll.sll_addr, our_mac, 6);
	netlab_expect(udp, "before");
	netlab_expect(udp, "elsewhere");
	netlab_expect(udp, "here");
	netlab_close(udp);
	netlab_close(fd);
}

static void calls_refused(void **state)
{
	struct sockaddr_ll sll = name_of(ETH_P_IP, 0);
	socklen_t len = sizeof(sll);
	int fd = open_packet(SOCK_RAW, ETH_P_ALL);

	assert_int_equal(skbox_socket(AF_PACKET, SOCK_STREAM, 0), -ESOCKTNOSUPPORT);
	assert_int_equal(skbox_bind(fd, &sll, sizeof(sll) - 1), -EINVAL);
	sll.sll_family = AF_INET;
	assert_int_equal(skbox_bind(fd, &sll, sizeof(sll)), -EINVAL);
	assert_int_equal(skbox_connect(fd, &sll, sizeof(sll)), -EOPNOTSUPP);
	assert_int_equal(skbox_listen(fd, 1), -EOPNOTSUPP);
	assert_int_equal(skbox_accept(fd, NULL, NULL), -EOPNOTSUPP);
	assert_int_equal(skbox_shutdown(fd, SHUT_RDWR), -EOPNOTSUPP);
	assert_int_equal(skbox_getpeername(fd, &sll, &len), -EOPNOTSUPP);
	assert_int_equal(skbox_recvfrom(fd, buf, 1, MSG_OOB, NULL, NULL), -EINVAL);
	assert_int_equal(netlab_setopt(fd, SOL_PACKET, 77, 1), -ENOPROTOOPT);
	assert_int_equal(netlab_setopt(fd, SOL_IP, IP_TTL, 1), -ENOPROTOOPT);
	netlab_close(fd);
}

static void truncation_and_peeking(void **state)
{
	char control[128], data[20];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct tpacket_auxdata aux;
	struct cmsghdr *c;
	int fd = open_packet(SOCK_RAW, ETH_P_IP), udp = netlab_udp(0, 4242, 0), v = 0;
	u32 len = udp_in("0123456789", 4242);

	assert_int_equal(netlab_setopt(fd, SOL_PACKET, PACKET_AUXDATA, 1), 0);
	assert_int_equal(skbox_ioctl(fd, FIONREAD, &v), 0);
	assert_int_equal(v, len);
	assert_int_equal(skbox_recvfrom(fd, data, 20, MSG_PEEK | MSG_TRUNC, NULL, NULL), len);
	assert_int_equal(skbox_recvmsg(fd, &msg, 0), 20);
	assert_int_equal(msg.msg_flags, MSG_TRUNC);
	assert_memory_equal(data, frame, 20);
	c = CMSG_FIRSTHDR(&msg);
	assert_non_null(c);
	assert_int_equal(c->cmsg_level, SOL_PACKET);
	assert_int_equal(c->cmsg_type, PACKET_AUXDATA);
	memcpy(&aux, CMSG_DATA(c), sizeof(aux));
	assert_int_equal(aux.tp_len, len);
	assert_int_equal(aux.tp_snaplen, len);
	assert_int_equal(aux.tp_mac, 0);
	assert_int_equal(aux.tp_net, ETH_HLEN);
	assert_int_equal(recv_any(fd), -EAGAIN);
	netlab_expect(udp, "0123456789");
	netlab_close(udp);
	netlab_close(fd);
}

static void times(void **state)
{
	char control[128], data[20];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct timespec ts, again;
	struct timeval tv;
	struct cmsghdr *c;
	int fd = open_packet(SOCK_RAW, ETH_P_IP), udp = netlab_udp(0, 4242, 0);
	u64 came = skbox_now() + 1000000000 * NSEC_PER_SEC;

	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_TIMESTAMP, 1), 0);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1), 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_TIMESTAMP), 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_TIMESTAMPNS), 1);
	assert_int_equal(skbox_ioctl(fd, SIOCGSTAMP, &tv), -ENOENT);
	udp_in("x", 4242);
	netlab_advance(5 * NSEC_PER_SEC);
	assert_int_equal(skbox_recvmsg(fd, &msg, 0), 20);
	c = CMSG_FIRSTHDR(&msg);
	assert_non_null(c);
	assert_int_equal(c->cmsg_type, SCM_TIMESTAMPNS);
	memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	assert_int_equal((u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec, came);
	assert_int_equal(skbox_ioctl(fd, SIOCGSTAMPNS, &again), 0);
	assert_memory_equal(&ts, &again, sizeof(ts));
	assert_int_equal(skbox_ioctl(fd, SIOCGSTAMP, &tv), 0);
	assert_int_equal(tv.tv_sec, ts.tv_sec);
	assert_int_equal(tv.tv_usec, ts.tv_nsec / 1000);
	netlab_expect(udp, "x");
	netlab_close(udp);
	netlab_close(fd);
	assert_int_equal(net_timestamps, 0);
}

static void a_datagram_s_time_is_its_arrival(void **state)
{
	struct timeval tv;
	int udp = netlab_udp(0, 4242, 0);
	u64 came = skbox_now();

	assert_int_equal(netlab_setopt(udp, SOL_SOCKET, SO_TIMESTAMP, 1), 0);
	assert_int_equal(net_timestamps, 1);
	udp_in("x", 4242);
	netlab_advance(2 * NSEC_PER_SEC);
	netlab_expect(udp, "x");
	assert_int_equal(skbox_ioctl(udp, SIOCGSTAMP, &tv), 0);
	assert_int_equal((u64)tv.tv_sec - 1000000000, came / NSEC_PER_SEC);
	netlab_close(udp);
	assert_int_equal(net_timestamps, 0);
}

static void full_buffers_drop_and_count(void **state)
{
	int fd = open_packet(SOCK_RAW, 0x88b5);
	struct tpacket_stats st;
	u32 got = 0;

	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_RCVBUF, 8192), 0);
	memcpy(frame, our_mac, 6);
	put_be16(frame + 12, 0x88b5);
	for (u32 i = 0; i < 20; i++)
		netlab_in(frame, 100);
	while (recv_any(fd) == 100)
		got++;
	assert_in_range(got, 7, 8);
	st = stats_of(fd);
	assert_int_equal(st.tp_packets, 20);
	assert_int_equal(st.tp_drops, 20 - got);
	st = stats_of(fd);
	assert_int_equal(st.tp_packets, 0);
	assert_int_equal(st.tp_drops, 0);
	netlab_close(fd);
}

static void unread_packets_go_home(void **state)
{
	int fd = open_packet(SOCK_RAW, ETH_P_ALL);

	memcpy(frame, our_mac, 6);
	put_be16(frame + 12, 0x88b5);
	for (u32 i = 0; i < 200; i++)
		netlab_in(frame, 1514);
	netlab_close(fd); /* netlab_end looks at the pool */
}

/* ---- filters ---- */

static void filter_keeps_the_first_bytes(void **state)
{
	const struct sock_filter udp_only[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 30),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	int fd = open_packet(SOCK_RAW, ETH_P_ALL), udp = netlab_udp(0, 4242, 0), v;
	u64 filtered = drop_reason_total(DROP_SOCKET_FILTER);

	assert_int_equal(attach(fd, udp_only, ARRAY_SIZE(udp_only)), 0);
	udp_in("0123456789", 4242);
	netlab_icmp_in(ICMP_ECHOREPLY, 0, 1, "abc", 3);
	assert_int_equal(skbox_ioctl(fd, FIONREAD, &v), 0);
	assert_int_equal(v, 30);
	assert_int_equal(skbox_recvfrom(fd, buf, 100, MSG_PEEK | MSG_TRUNC, NULL, NULL), 30);
	assert_int_equal(recv_any(fd), 30);
	assert_int_equal(recv_any(fd), -EAGAIN);
	assert_int_equal(stats_of(fd).tp_packets, 1);
	/* To look away is no drop: nothing was there to be dropped. */
	assert_int_equal(drop_reason_total(DROP_SOCKET_FILTER), filtered);
	netlab_expect(udp, "0123456789");
	netlab_close(udp);
	netlab_close(fd);
}

static void dgram_filter_begins_at_the_network_header(void **state)
{
	const struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x45, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (u32)SKF_LL_OFF + 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	int fd = open_packet(SOCK_DGRAM, ETH_P_ALL), udp = netlab_udp(0, 4242, 0);

	assert_int_equal(attach(fd, f, ARRAY_SIZE(f)), 0);
	udp_in("x", 4242);
	assert_int_equal(netlab_send(udp, "y", 1, PEER_IP, 1000), 1);
	assert_int_equal(recv_any(fd), 29);
	assert_int_equal(buf[28], 'x');
	assert_int_equal(recv_any(fd), ETH_ZLEN - ETH_HLEN);
	assert_int_equal(buf[28], 'y');
	netlab_expect(udp, "x");
	netlab_close(udp);
	netlab_close(fd);
}

/* ---- modes of the device ---- */

static int member(int fd, int what, const struct packet_mreq *m)
{
	return skbox_setsockopt(fd, SOL_PACKET, what, m, sizeof(*m));
}

static void memberships_are_counted(void **state)
{
	struct net_device *dev = dev_get_by_name("eth0");
	struct packet_mreq promisc = { dev->ifindex, PACKET_MR_PROMISC, 0, { 0 } };
	struct packet_mreq all = { dev->ifindex, PACKET_MR_ALLMULTI, 0, { 0 } };
	struct packet_mreq group = {
		dev->ifindex, PACKET_MR_MULTICAST, 6, { 1, 0, 0x5e, 1, 2, 3 }
	};
	struct packet_mreq bad = { 99, PACKET_MR_PROMISC, 0, { 0 } };
	u32 was = dev->promiscuity;
	int fd = open_packet(SOCK_RAW, 0), other = open_packet(SOCK_RAW, 0);

	assert_int_equal(member(fd, PACKET_ADD_MEMBERSHIP, &bad), -ENODEV);
	bad = (struct packet_mreq){ dev->ifindex, 9, 0, { 0 } };
	assert_int_equal(member(fd, PACKET_ADD_MEMBERSHIP, &bad), -EINVAL);
	bad = (struct packet_mreq){ dev->ifindex, PACKET_MR_MULTICAST, 8, { 0 } };
	assert_int_equal(member(fd, PACKET_ADD_MEMBERSHIP, &bad), -EINVAL);
	bad.mr_alen = 200;
	assert_int_equal(member(fd, PACKET_DROP_MEMBERSHIP, &bad), -EINVAL);
	assert_int_equal(skbox_setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &bad, 15),
			 -EINVAL);
	assert_int_equal(member(fd, PACKET_ADD_MEMBERSHIP, &promisc), 0);
	assert_int_equal(member(fd, PACKET_ADD_MEMBERSHIP, &promisc), 0);
	assert_int_equal(member(other, PACKET_ADD_MEMBERSHIP, &promisc), 0);
	assert_int_equal(dev->promiscuity, was + 2);
	assert_true(dev->flags & IFF_PROMISC);
	assert_int_equal(member(fd, PACKET_DROP_MEMBERSHIP, &promisc), 0);
	assert_int_equal(dev->promiscuity, was + 2);
	assert_int_equal(member(fd, PACKET_DROP_MEMBERSHIP, &promisc), 0);
	assert_int_equal(member(fd, PACKET_DROP_MEMBERSHIP, &promisc), 0); /* none left */
	assert_int_equal(dev->promiscuity, was + 1);
	assert_int_equal(member(fd, PACKET_ADD_MEMBERSHIP, &all), 0);
	assert_int_equal(member(fd, PACKET_ADD_MEMBERSHIP, &group), 0);
	assert_true(dev->flags & IFF_ALLMULTI);
	assert_int_equal(dev_mc_add(dev, group.mr_address), 0);
	assert_int_equal(dev_mc_del(dev, group.mr_address), 0);
	/* What is left ends with the socket. */
	netlab_close(fd);
	netlab_close(other);
	assert_int_equal(dev->promiscuity, was);
	assert_false(dev->flags & (IFF_PROMISC | IFF_ALLMULTI));
	assert_int_equal(dev_mc_del(dev, group.mr_address), -ENOENT);
}

static void not_too_many_memberships(void **state)
{
	struct packet_mreq m = { netlab_ifindex(), PACKET_MR_UNICAST, 6, { 2, 0, 0, 0, 9, 0 } };
	int fd = open_packet(SOCK_RAW, 0), err = 0, n;

	for (n = 0; n < 200 && !err; n++) {
		m.mr_address[5] = (u8)n;
		err = member(fd, PACKET_ADD_MEMBERSHIP, &m);
	}
	assert_int_equal(err, -ENOBUFS);
	assert_int_equal(n, 65);
	netlab_close(fd);
	assert_false(dev_get_by_name("eth0")->flags & IFF_PROMISC);
}

static void a_device_that_goes_down(void **state)
{
	int fd = open_packet(SOCK_RAW, 0), all = open_packet(SOCK_RAW, ETH_P_ALL);

	assert_int_equal(bind_to(fd, ETH_P_ALL, loopback_dev->ifindex), 0);
	set_up("lo", false);
	assert_true(netlab_poll(fd) & POLLERR);
	assert_int_equal(recv_any(fd), -ENETDOWN);
	assert_int_equal(recv_any(fd), -EAGAIN);
	assert_int_equal(recv_any(all), -EAGAIN); /* it listens elsewhere, too */
	assert_int_equal(bind_to(fd, ETH_P_ALL, loopback_dev->ifindex), 0);
	assert_int_equal(recv_any(fd), -ENETDOWN);
	assert_int_equal(skbox_sendto(fd, frame, 60, 0, NULL, 0), -ENETDOWN);
	set_up("lo", true);
	memset(frame, 0, 12);
	put_be16(frame + 12, 0x88b5);
	assert_int_equal(skbox_sendto(all, frame, 60, 0,
				      &(struct sockaddr_ll){ .sll_family = AF_PACKET,
							     .sll_ifindex = loopback_dev->ifindex },
				      sizeof(struct sockaddr_ll)),
			 60);
	assert_int_equal(recv_any(fd), 60);
	while (recv_any(fd) > 0)
		;
	netlab_close(all);
	netlab_close(fd);
}

/* ---- out ---- */

/* The next frame with our experimental type. */
static u32 next_out(void)
{
	u32 n;

	do
		n = (u32)skbox_frame_out(0, buf, sizeof(buf));
	while (n && get_be16(buf + 12) != 0x88b5);
	return n;
}

static void sends_frames(void **state)
{
	struct sockaddr_ll to = name_of(0x88b5, netlab_ifindex());
	int raw = open_packet(SOCK_RAW, 0), dgram = open_packet(SOCK_DGRAM, 0);
	int tap = open_packet(SOCK_RAW, ETH_P_ALL);
	struct sockaddr_ll sll;

	memcpy(frame, peer_mac, 6);
	memcpy(frame + 6, our_mac, 6);
	put_be16(frame + 12, 0x88b5);
	memset(frame + 14, 'r', 86);
	assert_int_equal(skbox_sendto(raw, frame, 100, 0, &to, sizeof(to)), 100);
	assert_int_equal(next_out(), 100);
	assert_memory_equal(buf, frame, 100);
	assert_int_equal(recv_from(tap, &sll), 100);
	assert_int_equal(sll.sll_protocol, htons(0x88b5));
	memcpy(to.sll_addr, peer_mac, 6);
	to.sll_halen = 6;
	assert_int_equal(skbox_sendto(dgram, "hello", 5, 0, &to, sizeof(to)), 5);
	assert_int_equal(next_out(), ETH_ZLEN);
	assert_memory_equal(buf, frame, 14);
	assert_memory_equal(buf + 14, "hello\0\0\0", 8);
	/* Its own frames a socket does not see. */
	assert_int_equal(recv_any(tap), ETH_ZLEN);
	assert_int_equal(skbox_sendto(tap, frame, 100, 0, &to, sizeof(to)), 100);
	assert_int_equal(next_out(), 100);
	assert_int_equal(recv_any(tap), -EAGAIN);
	/* Bound: no name is needed; the header says the type. */
	assert_int_equal(bind_to(raw, ETH_P_ALL, netlab_ifindex()), 0);
	assert_int_equal(skbox_sendto(raw, frame, 80, 0, NULL, 0), 80);
	assert_int_equal(next_out(), 80);
	assert_int_equal(recv_from(tap, &sll), 80);
	assert_int_equal(sll.sll_protocol, htons(0x88b5));
	netlab_close(tap);
	netlab_close(raw);
	netlab_close(dgram);
}

static void sends_errors(void **state)
{
	struct sockaddr_ll to = name_of(0x88b5, netlab_ifindex());
	int raw = open_packet(SOCK_RAW, 0), dgram = open_packet(SOCK_DGRAM, 0);

	memcpy(frame, peer_mac, 6);
	put_be16(frame + 12, 0x88b5);
	assert_int_equal(skbox_sendto(raw, frame, 100, 0, NULL, 0), -ENXIO);
	assert_int_equal(skbox_sendto(raw, frame, 100, 0, &to, sizeof(to) - 1), -EINVAL);
	assert_int_equal(skbox_sendto(raw, frame, 13, 0, &to, sizeof(to)), -EINVAL);
	assert_int_equal(skbox_sendto(raw, frame, 0, 0, &to, sizeof(to)), -EINVAL);
	assert_int_equal(skbox_sendto(raw, frame, 1514, 0, &to, sizeof(to)), 1514);
	assert_int_equal(next_out(), 1514);
	assert_int_equal(skbox_sendto(raw, frame, 1515, 0, &to, sizeof(to)), -EMSGSIZE);
	assert_int_equal(skbox_sendto(raw, frame, 1519, 0, &to, sizeof(to)), -EMSGSIZE);
	put_be16(frame + 12, ETH_P_8021Q);
	assert_int_equal(skbox_sendto(raw, frame, 1518, 0, &to, sizeof(to)), 1518);
	assert_int_equal(skbox_sendto(dgram, frame, 1501, 0, &to, sizeof(to)), -EMSGSIZE);
	assert_int_equal(skbox_sendto(dgram, frame, 1500, 0, &to, sizeof(to)), 1500);
	to.sll_halen = 9;
	assert_int_equal(skbox_sendto(dgram, frame, 10, 0, &to, sizeof(to)), -EINVAL);
	to.sll_halen = 6;
	to.sll_ifindex = 99;
	assert_int_equal(skbox_sendto(dgram, frame, 10, 0, &to, sizeof(to)), -ENXIO);
	assert_int_equal(bind_to(dgram, 0x88b5, netlab_ifindex()), 0);
	assert_int_equal(skbox_sendto(dgram, frame, 10, 0, NULL, 0), -EINVAL); /* for whom? */
	while (skbox_frame_out(0, buf, sizeof(buf)))
		;
	netlab_close(raw);
	netlab_close(dgram);
}

/* More than one buffer holds, and there and back again. */
static void large_frames_on_loopback(void **state)
{
	struct sockaddr_ll to = name_of(0x88b5, loopback_dev->ifindex);
	u32 most = loopback_dev->mtu + ETH_HLEN;
	int fd = open_packet(SOCK_RAW, 0x88b5), out = open_packet(SOCK_RAW, 0);

	for (u32 i = 0; i < most; i++)
		frame[i] = (u8)(i * 7);
	memset(frame, 0, 12);
	put_be16(frame + 12, 0x88b5);
	assert_int_equal(skbox_sendto(out, frame, most, 0, &to, sizeof(to)), most);
	assert_int_equal(recv_any(fd), most);
	assert_memory_equal(buf, frame, most);
	netlab_close(out);
	netlab_close(fd);
}

/* ---- what others do is not disturbed ---- */

static void tcp_beside_a_tap(void **state)
{
	struct sockaddr_in addr = netlab_addr(htonl(INADDR_LOOPBACK), 7777);
	int tap = open_packet(SOCK_RAW, 0), ls = skbox_socket(AF_INET, SOCK_STREAM, 0);
	int c = skbox_socket(AF_INET, SOCK_STREAM, 0), s;
	static u8 data[40000], back[40000];
	u32 off = 0, seen = 0, bad = 0;
	long n;

	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i ^ i >> 8);
	assert_int_equal(bind_to(tap, ETH_P_ALL, loopback_dev->ifindex), 0);
	assert_int_equal(netlab_setopt(tap, SOL_SOCKET, SO_RCVBUFFORCE, 4000000), 0);
	assert_int_equal(skbox_bind(ls, &addr, sizeof(addr)), 0);
	assert_int_equal(skbox_listen(ls, 1), 0);
	skbox_connect(c, &addr, sizeof(addr));
	netlab_advance(1000000);
	s = skbox_accept(ls, NULL, NULL);
	assert_true(s >= 0);
	n = skbox_write(c, data, sizeof(data));
	assert_int_equal(n, sizeof(data));
	for (u32 i = 0; i < 1000 && off < sizeof(back); i++) {
		n = skbox_read(s, back + off, sizeof(back) - off);
		if (n > 0)
			off += (u32)n;
		else
			netlab_advance(10000000);
	}
	assert_int_equal(off, sizeof(back));
	assert_memory_equal(back, data, sizeof(data));
	while ((n = recv_any(tap)) > 0) {
		u32 tlen = (u32)n - 34, total = get_be16(buf + 16);

		seen++;
		assert_int_equal(total, n - 14);
		bad += csum_fold(csum_partial(buf + 34, tlen,
					      csum_tcpudp_nofold(htonl(INADDR_LOOPBACK),
								 htonl(INADDR_LOOPBACK), tlen,
								 IPPROTO_TCP, 0))) != 0;
	}
	assert_true(seen > 6);
	assert_int_equal(bad, 0);
	netlab_close(c);
	netlab_close(s);
	netlab_close(ls);
	netlab_close(tap);
	netlab_advance(200 * NSEC_PER_SEC);
}

static void proc_net_packet(void **state)
{
	int fd = open_packet(SOCK_RAW, ETH_P_ALL), other = open_packet(SOCK_DGRAM, 0);
	char text[1024];
	char *line;

	assert_int_equal(bind_to(other, ETH_P_ARP, netlab_ifindex()), 0);
	assert_true(skbox_proc_read("net/packet", text, sizeof(text)) > 0);
	line = strchr(text, '\n');
	assert_non_null(line);
	*line++ = 0;
	assert_string_equal(text,
			    "sk               RefCnt Type Proto  Iface R Rmem   User   Inode");
	assert_non_null(strstr(line, "0000000000000000 2      2    0806   "));
	assert_non_null(strstr(line,
			       "0000000000000000 2      3    0003   0     1 0      0      0     "
			       "\n"));
	netlab_close(fd);
	netlab_close(other);
	skbox_proc_read("net/packet", text, sizeof(text));
	assert_string_equal(strchr(text, '\n'), "\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(raw_sees_whole_frames),
		lab_test(dgram_sees_the_network_header),
		lab_test(one_ethertype),
		lab_test(kinds_of_receivers),
		lab_test(own_broadcast_is_seen_once),
		lab_test(loopback_both_ways),
		lab_test(bound_to_a_device),
		lab_test(calls_refused),
		lab_test(truncation_and_peeking),
		lab_test(times),
		lab_test(a_datagram_s_time_is_its_arrival),
		lab_test(full_buffers_drop_and_count),
		lab_test(unread_packets_go_home),
		lab_test(filter_keeps_the_first_bytes),
		lab_test(dgram_filter_begins_at_the_network_header),
		lab_test(memberships_are_counted),
		lab_test(not_too_many_memberships),
		lab_test(a_device_that_goes_down),
		lab_test(sends_frames),
		lab_test(sends_errors),
		lab_test(large_frames_on_loopback),
		lab_test(tcp_beside_a_tap),
		lab_test(proc_net_packet),
	};

	return cmocka_run_group_tests_name("packet sockets", tests, netlab_setup, NULL);
}
