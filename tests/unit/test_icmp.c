/* ICMP: frames in, frames out. */
#include "iplab.h"

static u8 frame[2048];

static const u8 text[64] = "abcdefghijklmnopqrstuvwxyz0123456789";

static void echo(struct lab_packet p, u32 len)
{
	lab_icmp_in(p, ICMP_ECHO, 0, 0x12340007, text, len, false);
}

/* A UDP datagram to a port where nobody listens. */
static void udp_to_nobody(struct lab_packet p)
{
	static const u8 udp[12] = { 0x10, 0, 0x20, 0, 0, 12, 0, 0, 'd', 'a', 't', 'a' };

	p.protocol = IPPROTO_UDP;
	p.data = udp;
	p.len = sizeof(udp);
	lab_in(&p);
}

/* ---- echo ---- */

static void echo_is_answered(void **state)
{
	u64 in = icmp_mib[ICMP_MIB_InEchos], out = icmp_mib[ICMP_MIB_OutEchoReps],
	    msgs = icmpmsg_out[0];

	for (u32 len = 0; len <= 64; len++) {
		const struct icmphdr *icmp;
		u32 got;

		echo((struct lab_packet){ .tos = 0x10 }, len);
		got = lab_out(frame, sizeof(frame));
		icmp = lab_icmp(frame, got, OURS, PEER);
		assert_int_equal(icmp->type, ICMP_ECHOREPLY);
		assert_int_equal(icmp->code, 0);
		assert_int_equal(ntohl(icmp->un.info), 0x12340007);
		assert_int_equal(ntohs(lab_ip(frame)->tot_len), 28 + len);
		assert_memory_equal(frame + LAB_PAYLOAD + 8, text, len);
		assert_int_equal(lab_ip(frame)->ttl, 64);
		assert_int_equal(lab_ip(frame)->tos, 0x10);
	}
	lab_quiet();
	assert_int_equal(icmp_mib[ICMP_MIB_InEchos], in + 65);
	assert_int_equal(icmp_mib[ICMP_MIB_OutEchoReps], out + 65);
	assert_int_equal(icmpmsg_out[0], msgs + 65);
}

static void echo_of_a_full_frame(void **state)
{
	static u8 big[1472];

	for (u32 i = 0; i < sizeof(big); i++)
		big[i] = (u8)(i * 13);
	lab_icmp_in((struct lab_packet){ .frag_off = IP_DF }, ICMP_ECHO, 0, 1, big, sizeof(big),
		    false);
	assert_int_equal(lab_out(frame, sizeof(frame)), 1514);
	lab_icmp(frame, 1514, OURS, PEER);
	assert_memory_equal(frame + LAB_PAYLOAD + 8, big, sizeof(big));
}

/* The answer to a ones' complement sum has corners: try all sums. */
static void echo_checksums(void **state)
{
	for (u32 i = 0; i < 65536; i += 7) {
		u8 data[2] = { (u8)(i >> 8), (u8)i };
		u32 len;

		lab_icmp_in((struct lab_packet){ .ttl = 1 }, ICMP_ECHO, 0, 0, data, 2, false);
		len = lab_out(frame, sizeof(frame));
		lab_icmp(frame, len, OURS, PEER);
	}
}

static void echo_from_an_alias(void **state)
{
	u32 len;

	assert_int_equal(lab_ifreq("eth0:1", SIOCSIFADDR, IP4(10, 0, 0, 77)), 0);
	while (lab_out(frame, sizeof(frame)))
		;
	echo((struct lab_packet){ .daddr = IP4(10, 0, 0, 77) }, 8);
	len = lab_out(frame, sizeof(frame));
	assert_int_equal(lab_icmp(frame, len, IP4(10, 0, 0, 77), PEER)->type, ICMP_ECHOREPLY);
}

static void echo_broadcast(void **state)
{
	static const be32 to[] = { 0xffffffff, IP4(10, 0, 0, 255), IP4(10, 0, 0, 0),
				   IP4(224, 0, 0, 1) };
	u64 before = lab_drops(DROP_ICMP_BROADCAST);
	u32 len;

	for (u32 i = 0; i < ARRAY_SIZE(to); i++)
		echo((struct lab_packet){ .daddr = to[i], .dst_mac0 = i == 3 ? 1 : 0xff }, 8);
	lab_quiet();
	assert_int_equal(lab_drops(DROP_ICMP_BROADCAST), before + 4);
	skbox_sysctl("net.ipv4.icmp_echo_ignore_broadcasts", "0");
	echo((struct lab_packet){ .daddr = to[1], .dst_mac0 = 0xff }, 8);
	len = lab_out(frame, sizeof(frame));
	assert_int_equal(lab_icmp(frame, len, OURS, PEER)->type, ICMP_ECHOREPLY);
	skbox_sysctl("net.ipv4.icmp_echo_ignore_broadcasts", "1");
}

static void echo_turned_off(void **state)
{
	skbox_sysctl("net.ipv4.icmp_echo_ignore_all", "1");
	echo((struct lab_packet){ .ttl = 9 }, 8);
	lab_quiet();
	skbox_sysctl("net.ipv4.icmp_echo_ignore_all", "0");
}

static void bad_messages(void **state)
{
	u64 csum = icmp_mib[ICMP_MIB_InCsumErrors], errors = icmp_mib[ICMP_MIB_InErrors];
	u8 tiny[7] = { 8 };

	lab_icmp_in((struct lab_packet){ .ttl = 9 }, ICMP_ECHO, 0, 1, text, 8, true);
	assert_int_equal(icmp_mib[ICMP_MIB_InCsumErrors], csum + 1);
	assert_int_equal(icmp_mib[ICMP_MIB_InErrors], errors + 1);
	for (u32 len = 0; len < 8; len++) {
		be16 check = csum_fold(csum_partial(tiny, len, 0));

		if (len >= 4)
			memcpy(tiny + 2, &check, 2);
		lab_in(&(struct lab_packet){ .protocol = IPPROTO_ICMP, .data = tiny, .len = len });
		tiny[2] = tiny[3] = 0;
	}
	assert_int_equal(icmp_mib[ICMP_MIB_InErrors], errors + 9);
	for (u32 type = 0; type < 256; type++) {
		if (type != ICMP_ECHO && type != ICMP_TIMESTAMP)
			lab_icmp_in((struct lab_packet){ .ttl = 9 }, (u8)type, 0, 1, text, 40,
				    false);
	}
	lab_quiet();
}

static void timestamp(void **state)
{
	const struct icmphdr *icmp;
	u8 times[12] = { 1, 2, 3, 4 };
	u32 len;

	lab_icmp_in((struct lab_packet){ .ttl = 9 }, ICMP_TIMESTAMP, 0, 0x00050006, times, 12,
		    false);
	len = lab_out(frame, sizeof(frame));
	icmp = lab_icmp(frame, len, OURS, PEER);
	assert_int_equal(icmp->type, ICMP_TIMESTAMPREPLY);
	assert_int_equal(ntohl(icmp->un.info), 0x00050006);
	assert_memory_equal(frame + LAB_PAYLOAD + 8, times, 4);
	assert_int_equal(get_be32(frame + LAB_PAYLOAD + 12),
			 (1000000000ULL * 1000 + skbox_now() / 1000000) % 86400000);
	lab_icmp_in((struct lab_packet){ .ttl = 9 }, ICMP_TIMESTAMP, 0, 1, times, 11, false);
	lab_quiet();
}

/* ---- errors that we send ---- */

static void port_unreachable(void **state)
{
	const struct icmphdr *icmp;
	u32 len;

	udp_to_nobody((struct lab_packet){ .tos = 0x10 });
	len = lab_out(frame, sizeof(frame));
	icmp = lab_icmp(frame, len, OURS, PEER);
	assert_int_equal(icmp->type, ICMP_DEST_UNREACH);
	assert_int_equal(icmp->code, ICMP_PORT_UNREACH);
	assert_int_equal(icmp->un.info, 0);
	assert_int_equal(lab_ip(frame)->tos, 0xd0);
	assert_int_equal(ntohs(lab_ip(frame)->tot_len), 28 + 32); /* the whole of it */
	assert_int_equal(frame[LAB_PAYLOAD + 8], 0x45);
	assert_int_equal(get_be32(frame + LAB_PAYLOAD + 8 + 28), 0x64617461);
}

static void protocol_unreachable_quotes_576(void **state)
{
	static u8 big[1400];
	const struct icmphdr *icmp;
	u64 before = ip_mib[IP_MIB_InUnknownProtos];
	u32 len;

	memset(big, 0xa5, sizeof(big));
	lab_in(&(struct lab_packet){ .protocol = 99, .data = big, .len = sizeof(big) });
	len = lab_out(frame, sizeof(frame));
	icmp = lab_icmp(frame, len, OURS, PEER);
	assert_int_equal(icmp->type, ICMP_DEST_UNREACH);
	assert_int_equal(icmp->code, ICMP_PROT_UNREACH);
	assert_int_equal(ntohs(lab_ip(frame)->tot_len), 576);
	assert_int_equal(ip_mib[IP_MIB_InUnknownProtos], before + 1);
}

/* RFC 1122 §3.2.2: when to be silent. */
static void no_errors_about(void **state)
{
	u8 quoted[28] = { 0x45 };

	udp_to_nobody((struct lab_packet){ .daddr = IP4(10, 0, 0, 255),
					   .dst_mac0 = 0xff }); /* broadcasts */
	udp_to_nobody((struct lab_packet){ .daddr = 0xffffffff, .dst_mac0 = 0xff });
	udp_to_nobody(
		(struct lab_packet){ .daddr = IP4(224, 0, 0, 1), .dst_mac0 = 0x01 }); /* groups */
	udp_to_nobody((struct lab_packet){ .dst_mac0 = 0xff }); /* link broadcasts */
	udp_to_nobody((struct lab_packet){ .frag_off = 100 });	/* fragments */
	udp_to_nobody((struct lab_packet){ .frag_off = IP_MF });
	udp_to_nobody((struct lab_packet){ .saddr = IP4(10, 0, 0, 255) }); /* no host's source */
	udp_to_nobody((struct lab_packet){ .saddr = IP4(224, 1, 1, 1) });
	udp_to_nobody((struct lab_packet){ .saddr = IP4(127, 0, 0, 1) });
	udp_to_nobody((struct lab_packet){ .saddr = IP4(240, 0, 0, 1) });
	udp_to_nobody((struct lab_packet){ .saddr = OURS });
	lab_icmp_in((struct lab_packet){ .options = "\x07\x02\x01\x01", .optlen = 4 },
		    ICMP_DEST_UNREACH, 1, 0, quoted, 28, false); /* errors */
	lab_icmp_in((struct lab_packet){ .options = "\x07\x02\x01\x01", .optlen = 4 }, 200, 1, 0,
		    quoted, 28, false);
	lab_quiet();
}

static u32 count_answers(u32 questions, be32 from)
{
	u32 n = 0;

	for (u32 i = 0; i < questions; i++) {
		udp_to_nobody((struct lab_packet){ .saddr = from });
		n += lab_out(frame, sizeof(frame)) != 0;
	}
	return n;
}

static void rate_limit_of_a_host(void **state)
{
	u64 limited = icmp_mib[ICMP_MIB_OutRateLimitHost];

	assert_int_equal(count_answers(20, PEER), 6);
	assert_int_equal(icmp_mib[ICMP_MIB_OutRateLimitHost], limited + 14);
	assert_int_equal(count_answers(3, IP4(10, 0, 0, 9)), 3); /* another has his own */
	skbox_advance(999000000);
	assert_int_equal(count_answers(3, PEER), 0);
	skbox_advance(2000000);
	assert_int_equal(count_answers(3, PEER), 1);
	skbox_advance(60000000000ULL);
	assert_int_equal(count_answers(20, PEER), 6);
	/* echo is not an error */
	for (u32 i = 0; i < 100; i++) {
		echo((struct lab_packet){ .ttl = 9 }, 8);
		assert_true(lab_out(frame, sizeof(frame)) != 0);
	}
}

static void rate_limit_of_all(void **state)
{
	u64 limited = icmp_mib[ICMP_MIB_OutRateLimitGlobal];
	u32 n = 0;

	for (u32 i = 0; i < 250; i++)
		n += count_answers(1, IP4(10, 0, 0, 3 + i));
	/* one token each on average, 50 in the bucket */
	assert_in_range(n, 30, 90);
	assert_int_equal(icmp_mib[ICMP_MIB_OutRateLimitGlobal], limited + 250 - n);
	skbox_advance(20000000); /* 20 more */
	n = 0;
	for (u32 i = 0; i < 250; i++)
		n += count_answers(1, IP4(10, 0, 0, 3 + i));
	assert_in_range(n, 8, 50);
}

/* ---- errors about us ---- */

static int udp_socket_to(be32 peer)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(4000),
				   .sin_addr.s_addr = peer };
	int fd = skbox_socket(AF_INET, 2, 0);

	assert_int_equal(skbox_connect(fd, &sin, sizeof(sin)), 0);
	assert_int_equal(skbox_sendto(fd, "hello", 5, 0, NULL, 0), 5);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	return fd;
}

static int so_error(int fd)
{
	unsigned int len = sizeof(int);
	int err = 0;

	assert_int_equal(skbox_getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len), 0);
	return err;
}

static void errors_reach_their_socket(void **state)
{
	u8 sent[64];
	int fd = udp_socket_to(PEER);

	memcpy(sent, frame + ETH_HLEN, 33);
	lab_icmp_in((struct lab_packet){ .ttl = 9 }, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, sent,
		    28, false);
	assert_int_equal(so_error(fd), ECONNREFUSED);
	lab_icmp_in((struct lab_packet){ .ttl = 9 }, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, sent,
		    27, false);
	assert_int_equal(so_error(fd), 0); /* too little of the datagram */
	sent[21] ^= 1;			   /* another port of ours */
	lab_icmp_in((struct lab_packet){ .ttl = 9 }, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, sent,
		    28, false);
	assert_int_equal(so_error(fd), 0);
	sent[21] ^= 1;
	sent[15] ^= 1; /* not our address */
	lab_icmp_in((struct lab_packet){ .ttl = 9 }, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, sent,
		    28, false);
	assert_int_equal(so_error(fd), 0);
	skbox_close(fd);
}

static void frag_needed_sets_the_path_mtu(void **state)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(4000),
				   .sin_addr.s_addr = PEER };
	static u8 big[1400];
	u8 sent[64];
	unsigned int len = sizeof(int);
	int fd = udp_socket_to(PEER), mtu, only_whole = IP_PMTUDISC_DO;

	memcpy(sent, frame + ETH_HLEN, 33);
	sent[21] ^= 1; /* a lie about a port that we do not use is not believed */
	lab_icmp_in((struct lab_packet){ .ttl = 9 }, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1000,
		    sent, 28, false);
	assert_int_equal(skbox_getsockopt(fd, SOL_IP, IP_MTU, &mtu, &len), 0);
	assert_int_equal(mtu, 1500);
	sent[21] ^= 1;
	lab_icmp_in((struct lab_packet){ .ttl = 9 }, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1000,
		    sent, 28, false);
	assert_int_equal(so_error(fd), EMSGSIZE);
	assert_int_equal(skbox_getsockopt(fd, SOL_IP, IP_MTU, &mtu, &len), 0);
	assert_int_equal(mtu, 1000);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, &only_whole, sizeof(int)),
			 0);
	assert_int_equal(skbox_sendto(fd, big, 973, 0, NULL, 0), -EMSGSIZE);
	assert_int_equal(skbox_sendto(fd, big, 972, 0, NULL, 0), 972);
	assert_int_equal(lab_out(frame, sizeof(frame)), 1014);
	assert_int_equal(skbox_sendto(fd, big, 1400, 0, &sin, sizeof(sin)), -EMSGSIZE);
	skbox_close(fd);
	skbox_advance(601000000000ULL);
	fd = udp_socket_to(PEER);
	assert_int_equal(skbox_sendto(fd, big, 1400, 0, NULL, 0), 1400);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	skbox_close(fd);
}

static void extended_errors(void **state)
{
	u8 sent[64], ctl[128], data[16];
	struct sockaddr_in who;
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { &who, sizeof(who), &iov, 1, ctl, sizeof(ctl), 0 };
	struct sock_extended_err *ee;
	struct sockaddr_in *offender;
	int fd = udp_socket_to(PEER), on = 1;

	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_RECVERR, &on, sizeof(on)), 0);
	memcpy(sent, frame + ETH_HLEN, 33);
	lab_icmp_in((struct lab_packet){ .saddr = IP4(10, 0, 0, 200) }, ICMP_DEST_UNREACH,
		    ICMP_HOST_UNREACH, 0, sent, 33, false);
	assert_int_equal(skbox_recvmsg(fd, &msg, MSG_ERRQUEUE), 5);
	assert_memory_equal(data, "hello", 5);
	assert_true(msg.msg_flags & MSG_ERRQUEUE);
	assert_int_equal(who.sin_addr.s_addr, PEER);
	assert_int_equal(who.sin_port, htons(4000));
	assert_int_equal(CMSG_FIRSTHDR(&msg)->cmsg_level, SOL_IP);
	assert_int_equal(CMSG_FIRSTHDR(&msg)->cmsg_type, IP_RECVERR);
	ee = (struct sock_extended_err *)CMSG_DATA(CMSG_FIRSTHDR(&msg));
	assert_int_equal(ee->ee_errno, EHOSTUNREACH);
	assert_int_equal(ee->ee_origin, SO_EE_ORIGIN_ICMP);
	assert_int_equal(ee->ee_type, ICMP_DEST_UNREACH);
	assert_int_equal(ee->ee_code, ICMP_HOST_UNREACH);
	offender = (struct sockaddr_in *)SO_EE_OFFENDER(ee);
	assert_int_equal(offender->sin_addr.s_addr, IP4(10, 0, 0, 200));
	msg.msg_controllen = sizeof(ctl);
	assert_int_equal(skbox_recvmsg(fd, &msg, MSG_ERRQUEUE), -EAGAIN);
	skbox_close(fd);
}

static void redirect(void **state)
{
	u64 mib = icmp_mib[ICMP_MIB_InRedirects];
	u8 sent[64];
	struct rtable *rt;
	struct flowi fl = { .daddr = IP4(1, 2, 3, 4) };
	int fd;

	assert_int_equal(lab_route(SIOCADDRT, 0, 0, PEER, NULL, RTF_UP | RTF_GATEWAY, 0), 0);
	fd = udp_socket_to(fl.daddr);
	memcpy(sent, frame + ETH_HLEN, 33);
	/* not from the gateway; to no neighbour; to ourselves: no */
	lab_icmp_in((struct lab_packet){ .saddr = IP4(10, 0, 0, 8) }, ICMP_REDIRECT, 1, 0x0a000009,
		    sent, 28, false);
	lab_icmp_in((struct lab_packet){ .ttl = 9 }, ICMP_REDIRECT, 1, 0x09090909, sent, 28, false);
	lab_icmp_in((struct lab_packet){ .ttl = 9 }, ICMP_REDIRECT, 1, 0x0a000002, sent, 28, false);
	assert_int_equal(ip_route_output(&rt, &fl), 0);
	assert_int_equal(rt->gateway, PEER);
	dst_release(&rt->dst);
	lab_icmp_in((struct lab_packet){ .ttl = 9 }, ICMP_REDIRECT, 1, 0x0a000009, sent, 28, false);
	assert_int_equal(ip_route_output(&rt, &fl), 0);
	assert_int_equal(rt->gateway, IP4(10, 0, 0, 9));
	dst_release(&rt->dst);
	assert_int_equal(icmp_mib[ICMP_MIB_InRedirects], mib + 4);
	/* it was better than PEER, not than any other gateway */
	lab_route(SIOCDELRT, 0, 0, PEER, NULL, RTF_UP | RTF_GATEWAY, 0);
	lab_route(SIOCADDRT, 0, 0, IP4(10, 0, 0, 5), NULL, RTF_UP | RTF_GATEWAY, 0);
	assert_int_equal(ip_route_output(&rt, &fl), 0);
	assert_int_equal(rt->gateway, IP4(10, 0, 0, 5));
	dst_release(&rt->dst);
	skbox_advance(601000000000ULL);
	skbox_close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(echo_is_answered),
		lab_test(echo_of_a_full_frame),
		lab_test(echo_checksums),
		lab_test(echo_from_an_alias),
		lab_test(echo_broadcast),
		lab_test(echo_turned_off),
		lab_test(bad_messages),
		lab_test(timestamp),
		lab_test(port_unreachable),
		lab_test(protocol_unreachable_quotes_576),
		lab_test(no_errors_about),
		lab_test(rate_limit_of_a_host),
		lab_test(rate_limit_of_all),
		lab_test(errors_reach_their_socket),
		lab_test(frag_needed_sets_the_path_mtu),
		lab_test(extended_errors),
		lab_test(redirect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
