/* IP's way up, across and down: what is dropped and how it is counted, what is forwarded, what
 * leaves a socket. */
#include "iplab.h"

static u8 frame[2048];

static const u8 udp[12] = { 0x10, 0, 0x20, 0, 0, 12, 0, 0, 'd', 'a', 't', 'a' };
#define UDP .protocol = IPPROTO_UDP, .data = udp, .len = sizeof(udp)

static void expect_drop(enum drop_reason why, const struct lab_packet *p)
{
	u64 before = lab_drops(why);

	lab_in(p);
	if (lab_drops(why) != before + 1)
		print_error("%s was not the reason\n", drop_reason_name(why));
	assert_int_equal(lab_drops(why), before + 1);
}

static void headers(void **state)
{
	u64 recv = ip_mib[IP_MIB_InReceives], hdr = ip_mib[IP_MIB_InHdrErrors];
	u64 csum = ipext_mib[IPEXT_MIB_InCsumErrors], trunc = ipext_mib[IPEXT_MIB_InTruncatedPkts];
	u64 octets = ipext_mib[IPEXT_MIB_InOctets];

	expect_drop(DROP_IP_CSUM, &(struct lab_packet){ UDP, .bad_csum = true });
	expect_drop(DROP_IP_VERSION, &(struct lab_packet){ UDP, .ihl_version = 0x65 });
	expect_drop(DROP_IP_HEADER_LEN, &(struct lab_packet){ UDP, .ihl_version = 0x44 });
	expect_drop(DROP_IP_TOO_SHORT, &(struct lab_packet){ UDP, .ihl_version = 0x4f });
	expect_drop(DROP_IP_TOTAL_LEN, &(struct lab_packet){ UDP, .tot_len = 19 });
	expect_drop(DROP_IP_TRUNCATED, &(struct lab_packet){ UDP, .tot_len = 33 });
	assert_int_equal(ip_mib[IP_MIB_InReceives], recv + 6);
	assert_int_equal(ip_mib[IP_MIB_InHdrErrors], hdr + 5);
	assert_int_equal(ipext_mib[IPEXT_MIB_InCsumErrors], csum + 1);
	assert_int_equal(ipext_mib[IPEXT_MIB_InTruncatedPkts], trunc + 1);
	assert_int_equal(ipext_mib[IPEXT_MIB_InOctets], octets + 6 * 32);
	lab_quiet();
}

static void martians(void **state)
{
	static const be32 src[] = { IP4(0, 0, 0, 0),
				    IP4(0, 1, 2, 3),
				    IP4(127, 0, 0, 1),
				    IP4(224, 0, 0, 9),
				    IP4(240, 0, 0, 1),
				    IP4(10, 0, 0, 255),
				    OURS,
				    0xffffffff };
	static const be32 dst[] = { IP4(0, 0, 0, 7), IP4(127, 0, 0, 1), IP4(250, 0, 0, 1) };

	for (u32 i = 1; i < ARRAY_SIZE(src); i++)
		expect_drop(DROP_IP_MARTIAN_SOURCE, &(struct lab_packet){ UDP, .saddr = src[i] });
	for (u32 i = 1; i < ARRAY_SIZE(src); i++)
		expect_drop(DROP_IP_MARTIAN_SOURCE,
			    &(struct lab_packet){ UDP, .saddr = src[i], .daddr = 0xffffffff,
						  .dst_mac0 = 0xff });
	for (u32 i = 0; i < ARRAY_SIZE(dst); i++)
		expect_drop(DROP_IP_MARTIAN_DEST, &(struct lab_packet){ UDP, .daddr = dst[i] });
	lab_quiet();
}

static void others(void **state)
{
	u64 addr = ip_mib[IP_MIB_InAddrErrors];

	expect_drop(DROP_IP_NOT_FORWARDING, &(struct lab_packet){ UDP, .daddr = IP4(10, 0, 0, 9) });
	expect_drop(DROP_IP_NOT_FORWARDING, &(struct lab_packet){ UDP, .daddr = IP4(8, 8, 8, 8) });
	assert_int_equal(ip_mib[IP_MIB_InAddrErrors], addr + 2);
	expect_drop(DROP_IP_UNICAST_IN_L2_BCAST, &(struct lab_packet){ UDP, .dst_mac0 = 0xff });
	expect_drop(DROP_OTHERHOST,
		    &(struct lab_packet){ UDP, .daddr = IP4(224, 0, 0, 77), .dst_mac0 = 1 });
	lab_quiet();
}

static void reverse_path(void **state)
{
	skbox_sysctl("net.ipv4.conf.all.rp_filter", "1");
	expect_drop(DROP_IP_RPFILTER, &(struct lab_packet){ UDP, .saddr = IP4(8, 8, 8, 8) });
	expect_drop(DROP_NO_SOCKET, &(struct lab_packet){ UDP });
	assert_int_equal(lab_route(SIOCADDRT, 0, 0, PEER, NULL, RTF_UP | RTF_GATEWAY, 0), 0);
	expect_drop(DROP_NO_SOCKET, &(struct lab_packet){ UDP, .saddr = IP4(8, 8, 8, 8) });
	skbox_sysctl("net.ipv4.conf.all.rp_filter", "0");
	while (lab_out(frame, sizeof(frame)))
		;
}

/* ---- forwarding ---- */

static void forwarding(void **state)
{
	const struct icmphdr *icmp;
	const u8 *quote;
	u64 fwd = ip_mib[IP_MIB_ForwDatagrams];
	static u8 big[1480];
	u32 len;

	/* in and out over the same link: not the subject here */
	skbox_sysctl("net.ipv4.conf.all.send_redirects", "0");
	skbox_sysctl("net.ipv4.conf.eth0.send_redirects", "0");
	assert_int_equal(skbox_sysctl("net.ipv4.ip_forward", "1"), 0);
	assert_int_equal(ip_mib[IP_MIB_Forwarding], 1);
	for (u32 ttl = 2; ttl < 256; ttl++) {
		lab_in(&(struct lab_packet){ UDP, .daddr = IP4(10, 0, 0, 9), .ttl = (u8)ttl });
		len = lab_out(frame, sizeof(frame));
		assert_true(len >= ETH_HLEN + 32);
		assert_int_equal(lab_ip(frame)->ttl, ttl - 1);
		assert_int_equal(ip_fast_csum(frame + ETH_HLEN, 5), 0);
		assert_int_equal(lab_ip(frame)->saddr, PEER);
		assert_memory_equal(frame + 2, "\x0a\x00\x00\x09", 4);
	}
	assert_int_equal(ip_mib[IP_MIB_ForwDatagrams], fwd + 254);

	expect_drop(DROP_IP_TTL_EXPIRED,
		    &(struct lab_packet){ UDP, .daddr = IP4(10, 0, 0, 9), .ttl = 1 });
	len = lab_out(frame, sizeof(frame));
	icmp = lab_icmp(frame, len, OURS, PEER);
	assert_int_equal(icmp->type, ICMP_TIME_EXCEEDED);
	quote = frame + LAB_PAYLOAD + 8;
	assert_int_equal(quote[8], 1);

	expect_drop(DROP_IP_NO_ROUTE, &(struct lab_packet){ UDP, .daddr = IP4(8, 8, 8, 8) });
	len = lab_out(frame, sizeof(frame));
	icmp = lab_icmp(frame, len, OURS, PEER);
	assert_int_equal(icmp->type, ICMP_DEST_UNREACH);
	assert_int_equal(icmp->code, ICMP_NET_UNREACH);

	lab_route(SIOCADDRT, IP4(10, 9, 0, 0), 16, 0, NULL, RTF_UP | RTF_REJECT, 0);
	expect_drop(DROP_IP_NO_ROUTE, &(struct lab_packet){ UDP, .daddr = IP4(10, 9, 8, 8) });
	len = lab_out(frame, sizeof(frame));
	icmp = lab_icmp(frame, len, OURS, PEER);
	assert_int_equal(icmp->code, ICMP_HOST_UNREACH);
	lab_route(SIOCDELRT, IP4(10, 9, 0, 0), 16, 0, NULL, RTF_UP | RTF_REJECT, 0);

	ip_route_add(&(struct route_config){ .dst = IP4(10, 0, 0, 9),
					     .len = 32,
					     .type = RTN_UNICAST,
					     .scope = RT_SCOPE_LINK,
					     .dev = eth0,
					     .mtu = 1000 });
	expect_drop(DROP_IP_TOO_BIG, &(struct lab_packet){ .protocol = 17,
							   .data = big,
							   .len = 1480,
							   .frag_off = IP_DF,
							   .daddr = IP4(10, 0, 0, 9) });
	len = lab_out(frame, sizeof(frame));
	icmp = lab_icmp(frame, len, OURS, PEER);
	assert_int_equal(icmp->type, ICMP_DEST_UNREACH);
	assert_int_equal(icmp->code, ICMP_FRAG_NEEDED);
	assert_int_equal(ntohl(icmp->un.info), 1000);
	assert_int_equal(skbox_sysctl("net.ipv4.conf.all.forwarding", "0"), 0);
	skbox_sysctl("net.ipv4.conf.all.send_redirects", "1");
	skbox_sysctl("net.ipv4.conf.eth0.send_redirects", "1");
	assert_int_equal(sysctl_ip_forward, 0);
	lab_quiet();
}

/* ---- sockets ---- */

static int udp_socket(u16 port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = skbox_socket(AF_INET, 2, 0);

	assert_int_equal(skbox_bind(fd, &sin, sizeof(sin)), 0);
	return fd;
}

static int set(int fd, int level, int name, int value)
{
	return skbox_setsockopt(fd, level, name, &value, sizeof(value));
}

static int get(int fd, int name)
{
	unsigned int len = sizeof(int);
	int v = -1, err = skbox_getsockopt(fd, SOL_IP, name, &v, &len);

	return err ? err : v;
}

static long send_to(int fd, const void *data, size_t len, be32 addr, u16 port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(port),
				   .sin_addr.s_addr = addr };

	return skbox_sendto(fd, data, len, 0, &sin, sizeof(sin));
}

static void options_shape_packets(void **state)
{
	int fd = udp_socket(5000);
	u8 byte = 7;

	assert_int_equal(send_to(fd, "x", 1, PEER, 9), 1);
	assert_true(lab_out(frame, sizeof(frame)));
	assert_int_equal(lab_ip(frame)->ttl, 64);
	assert_int_equal(lab_ip(frame)->tos, 0);
	assert_int_equal(lab_ip(frame)->frag_off, htons(IP_DF));
	assert_int_equal(set(fd, SOL_IP, IP_TTL, 3), 0);
	assert_int_equal(set(fd, SOL_IP, IP_TOS, 0x48), 0);
	assert_int_equal(set(fd, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT), 0);
	assert_int_equal(send_to(fd, "x", 1, PEER, 9), 1);
	assert_true(lab_out(frame, sizeof(frame)));
	assert_int_equal(lab_ip(frame)->ttl, 3);
	assert_int_equal(lab_ip(frame)->tos, 0x48);
	assert_int_equal(lab_ip(frame)->frag_off, 0);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_TTL, &byte, 1), 0);
	assert_int_equal(get(fd, IP_TTL), 7);
	assert_int_equal(set(fd, SOL_IP, IP_TTL, -1), 0);
	assert_int_equal(get(fd, IP_TTL), 64);
	assert_int_equal(set(fd, SOL_IP, IP_TTL, 256), -EINVAL);
	assert_int_equal(set(fd, SOL_IP, IP_TTL, 0), -EINVAL);
	assert_int_equal(set(fd, SOL_IP, IP_HDRINCL, 1), -ENOPROTOOPT);
	assert_int_equal(set(fd, SOL_IP, IP_MTU_DISCOVER, 9), -EINVAL);
	assert_int_equal(set(fd, SOL_IP, 4711, 9), -ENOPROTOOPT);
	assert_int_equal(get(fd, IP_MTU), -ENOTCONN);
	skbox_sysctl("net.ipv4.ip_default_ttl", "50");
	assert_int_equal(send_to(fd, "x", 1, PEER, 9), 1);
	assert_true(lab_out(frame, sizeof(frame)));
	assert_int_equal(lab_ip(frame)->ttl, 50);
	skbox_sysctl("net.ipv4.ip_default_ttl", "64");
	skbox_close(fd);
}

static void identifications_do_not_repeat(void **state)
{
	static u8 seen[65536 / 8];
	u32 rounds = 1;

	/* a whole round has every number but 0 once; one round may end among these, no more */
	for (u32 i = 0; i < 30000; i++) {
		u16 id = ip_select_ident();

		assert_int_not_equal(id, 0);
		if (seen[id / 8] >> id % 8 & 1) {
			assert_true(rounds--);
			memset(seen, 0, sizeof(seen));
		}
		seen[id / 8] |= (u8)(1 << id % 8);
	}
}

static void too_big_for_the_device(void **state)
{
	static u8 big[65536];
	int fd = udp_socket(5000);
	u64 fails = ip_mib[IP_MIB_FragFails];
	struct sockaddr_in who;
	u8 ctl[128];
	struct msghdr msg = { &who, sizeof(who), NULL, 0, ctl, sizeof(ctl), 0 };
	struct sock_extended_err *ee;

	assert_int_equal(set(fd, SOL_IP, IP_RECVERR, 1), 0);
	assert_int_equal(set(fd, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
	assert_int_equal(send_to(fd, big, 1473, PEER, 9), -EMSGSIZE);
	assert_int_equal(ip_mib[IP_MIB_FragFails], fails + 1);
	assert_int_equal(skbox_recvmsg(fd, &msg, MSG_ERRQUEUE), 0);
	ee = (struct sock_extended_err *)CMSG_DATA(CMSG_FIRSTHDR(&msg));
	assert_int_equal(ee->ee_errno, EMSGSIZE);
	assert_int_equal(ee->ee_origin, SO_EE_ORIGIN_LOCAL);
	assert_int_equal(ee->ee_info, 1500);
	assert_int_equal(who.sin_addr.s_addr, PEER);
	assert_int_equal(who.sin_port, htons(9));
	skbox_close(fd);
}

/* Over lo a datagram may be larger than a buffer. */
static void large_over_loopback(void **state)
{
	static u8 out[16384], in[16384];
	int a = udp_socket(5000), b = udp_socket(5001);

	for (u32 i = 0; i < sizeof(out); i++)
		out[i] = (u8)(i * 31 + i / 256);
	for (u32 len = 1; len <= 16408 - 32; len += 997) {
		assert_int_equal(send_to(a, out, len, htonl(INADDR_LOOPBACK), 5001), len);
		assert_int_equal(skbox_recvfrom(b, in, sizeof(in), 0, NULL, NULL), len);
		assert_memory_equal(in, out, len);
	}
	assert_int_equal(set(a, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
	assert_int_equal(send_to(a, out, 16409, htonl(INADDR_LOOPBACK), 5001), -EMSGSIZE);
	skbox_close(a);
	skbox_close(b);
}

static void control_messages(void **state)
{
	int fd = udp_socket(0x2000), ttl;
	u8 ctl[256], data[8];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { NULL, 0, &iov, 1, ctl, sizeof(ctl), 0 };
	struct in_pktinfo info;
	struct cmsghdr *c;

	assert_int_equal(set(fd, SOL_IP, IP_PKTINFO, 1), 0);
	assert_int_equal(set(fd, SOL_IP, IP_RECVTTL, 1), 0);
	assert_int_equal(set(fd, SOL_IP, IP_RECVTOS, 1), 0);
	lab_in(&(struct lab_packet){ UDP, .ttl = 33, .tos = 0x68, .daddr = 0xffffffff,
				     .dst_mac0 = 0xff });
	assert_int_equal(skbox_recvmsg(fd, &msg, 0), 4);
	c = CMSG_FIRSTHDR(&msg);
	assert_int_equal(c->cmsg_type, IP_PKTINFO);
	memcpy(&info, CMSG_DATA(c), sizeof(info));
	assert_int_equal(info.ipi_ifindex, eth0->ifindex);
	assert_int_equal(info.ipi_addr.s_addr, 0xffffffff);
	assert_int_equal(info.ipi_spec_dst.s_addr, OURS);
	c = CMSG_NXTHDR(&msg, c);
	assert_int_equal(c->cmsg_type, IP_TTL);
	memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
	assert_int_equal(ttl, 33);
	c = CMSG_NXTHDR(&msg, c);
	assert_int_equal(c->cmsg_type, IP_TOS);
	assert_int_equal(CMSG_DATA(c)[0], 0x68);
	skbox_close(fd);
}

/* ---- groups ---- */

static void groups(void **state)
{
	struct ip_mreqn mreq = { .imr_multiaddr.s_addr = IP4(239, 1, 2, 3),
				 .imr_ifindex = eth0->ifindex };
	int fd = udp_socket(0x2000);
	u8 data[8];

	expect_drop(DROP_OTHERHOST,
		    &(struct lab_packet){ UDP, .daddr = IP4(239, 1, 2, 3), .dst_mac0 = 1 });
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)), 0);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)),
			 -EADDRINUSE);
	lab_in(&(struct lab_packet){ UDP, .daddr = IP4(239, 1, 2, 3), .dst_mac0 = 1 });
	assert_int_equal(skbox_recvfrom(fd, data, sizeof(data), 0, NULL, NULL), 4);

	/* what we send there comes back to us, once, and goes out with TTL 1 */
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_MULTICAST_IF, &mreq, sizeof(mreq)), 0);
	assert_int_equal(send_to(fd, "mc", 2, IP4(239, 1, 2, 3), 0x2000), 2);
	assert_true(lab_out(frame, sizeof(frame)));
	assert_int_equal(lab_ip(frame)->ttl, 1);
	assert_memory_equal(frame, "\x01\x00\x5e\x01\x02\x03", 6);
	assert_int_equal(skbox_recvfrom(fd, data, sizeof(data), 0, NULL, NULL), 2);
	assert_int_equal(skbox_recvfrom(fd, data, sizeof(data), 0, NULL, NULL), -EAGAIN);
	assert_int_equal(set(fd, SOL_IP, IP_MULTICAST_LOOP, 0), 0);
	assert_int_equal(send_to(fd, "mc", 2, IP4(239, 1, 2, 3), 0x2000), 2);
	assert_true(lab_out(frame, sizeof(frame)));
	assert_int_equal(skbox_recvfrom(fd, data, sizeof(data), 0, NULL, NULL), -EAGAIN);
	assert_int_equal(set(fd, SOL_IP, IP_MULTICAST_LOOP, 1), 0);
	assert_int_equal(set(fd, SOL_IP, IP_MULTICAST_TTL, 0), 0);
	assert_int_equal(send_to(fd, "mc", 2, IP4(239, 1, 2, 3), 0x2000), 2);
	lab_quiet();
	assert_int_equal(skbox_recvfrom(fd, data, sizeof(data), 0, NULL, NULL), 2);

	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_DROP_MEMBERSHIP, &mreq, sizeof(mreq)), 0);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_DROP_MEMBERSHIP, &mreq, sizeof(mreq)),
			 -EADDRNOTAVAIL);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)), 0);
	skbox_close(fd); /* closing leaves */
	expect_drop(DROP_OTHERHOST,
		    &(struct lab_packet){ UDP, .daddr = IP4(239, 1, 2, 3), .dst_mac0 = 1 });
}

static void broadcast_reaches_ourselves_too(void **state)
{
	int fd = udp_socket(0x2000);
	u8 data[8];

	assert_int_equal(send_to(fd, "bc", 2, 0xffffffff, 0x2000), -EACCES);
	assert_int_equal(set(fd, SOL_SOCKET, SO_BROADCAST, 1), 0);
	assert_int_equal(send_to(fd, "bc", 2, 0xffffffff, 0x2000), 2);
	assert_true(lab_out(frame, sizeof(frame)));
	assert_memory_equal(frame, "\xff\xff\xff\xff\xff\xff", 6);
	assert_int_equal(skbox_recvfrom(fd, data, sizeof(data), 0, NULL, NULL), 2);
	assert_int_equal(send_to(fd, "bc", 2, IP4(10, 0, 0, 255), 0x2000), 2);
	assert_true(lab_out(frame, sizeof(frame)));
	assert_memory_equal(frame, "\xff\xff\xff\xff\xff\xff", 6);
	assert_int_equal(skbox_recvfrom(fd, data, sizeof(data), 0, NULL, NULL), 2);
	skbox_close(fd);
}

/* A neighbour that does not answer: the sender hears of it. */
static void unreachable_neighbour(void **state)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(9),
				   .sin_addr.s_addr = IP4(10, 0, 0, 66) };
	unsigned int len = sizeof(int);
	int fd = skbox_socket(AF_INET, 2, 0), err = 0;

	assert_int_equal(skbox_connect(fd, &sin, sizeof(sin)), 0);
	assert_int_equal(set(fd, SOL_IP, IP_RECVERR, 1), 0);
	assert_int_equal(skbox_sendto(fd, "x", 1, 0, NULL, 0), 1);
	for (u32 i = 0; i < 6; i++) {
		while (skbox_frame_out(lab_eth0, frame, sizeof(frame)))
			;
		skbox_advance(1000000000);
	}
	assert_int_equal(skbox_getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len), 0);
	assert_int_equal(err, EHOSTUNREACH);
	skbox_close(fd);
}

static void random_frames(void **state)
{
	u64 in = ip_mib[IP_MIB_InReceives];

	for (u32 i = 0; i < 60000; i++) {
		u8 opt[40], data[64];
		static const u8 protocols[] = { 1, 17, 6, 2 };
		struct lab_packet p = { .protocol = protocols[lab_random() % 4],
					.options = opt,
					.data = data };
		u32 len;

		p.optlen = lab_random() % 4 ? 0 : lab_random() % 11 * 4;
		p.len = lab_random() % 65;
		for (u32 j = 0; j < sizeof(opt); j++)
			opt[j] = (u8)lab_random();
		for (u32 j = 0; j < sizeof(data); j++)
			data[j] = (u8)lab_random();
		data[0] = (u8)(lab_random() % 20);
		if (lab_random() % 8 == 0)
			p.daddr = lab_random();
		if (lab_random() % 8 == 0)
			p.saddr = lab_random();
		if (lab_random() % 8 == 0)
			p.tot_len = (int)(lab_random() % 100);
		if (lab_random() % 8 == 0)
			p.frag_off = (u16)lab_random();
		if (p.len >= 8 && lab_random() % 2) { /* a checksum that lets it pass */
			be16 check;

			data[2] = data[3] = 0;
			if (lab_random() % 2)
				data[8] = 0x45;
			check = csum_fold(csum_partial(data, p.len, 0));
			memcpy(data + 2, &check, 2);
		}
		len = lab_build(frame, &p);
		skbox_frame_in(lab_eth0, frame, len);
		while (lab_out(frame, sizeof(frame)))
			;
	}
	assert_int_equal(ip_mib[IP_MIB_InReceives], in + 60000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(headers),
		lab_test(martians),
		lab_test(others),
		lab_test(reverse_path),
		lab_test(forwarding),
		lab_test(options_shape_packets),
		lab_test(identifications_do_not_repeat),
		lab_test(too_big_for_the_device),
		lab_test(large_over_loopback),
		lab_test(control_messages),
		lab_test(groups),
		lab_test(broadcast_reaches_ourselves_too),
		lab_test(unreachable_neighbour),
		lab_test(random_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
