/* Source routes: followed where accept_source_route says so, turned round in answers, and set by
 * tasks with IP_OPTIONS. */
#include "iplab.h"

#include "net/core/sock.h"

#define HOP IP4(10, 0, 0, 9)
#define FAR IP4(20, 0, 0, 1)
#define LSRR 131
#define SSRR 137

static u8 frame[2048];

static int begin(void **state)
{
	int err = lab_setup(state);

	skbox_sysctl("net.ipv4.conf.all.accept_source_route", "1");
	skbox_sysctl("net.ipv4.ip_forward", "1");
	lab_route(SIOCADDRT, IP4(20, 0, 0, 0), 8, IP4(10, 0, 0, 3), NULL, RTF_UP | RTF_GATEWAY, 0);
	return err;
}

static int end(void **state)
{
	skbox_sysctl("net.ipv4.conf.all.accept_source_route", "0");
	skbox_sysctl("net.ipv4.ip_forward", "0");
	lab_route(SIOCDELRT, IP4(20, 0, 0, 0), 8, IP4(10, 0, 0, 3), NULL, RTF_UP | RTF_GATEWAY, 0);
	return lab_teardown(state);
}

/* A source route of @n addresses with its pointer at slot @at, padded; bytes. */
static u32 route(u8 *o, u8 kind, u32 at, const be32 *addr, u32 n)
{
	memset(o, 0, 40);
	o[0] = kind;
	o[1] = (u8)(3 + 4 * n);
	o[2] = (u8)(4 + 4 * at);
	memcpy(o + 3, addr, 4 * n);
	return ALIGN_UP(3 + 4 * n, 4u);
}

static void udp_with(const u8 *opt, u32 len, be32 daddr)
{
	lab_in(&(struct lab_packet){ .protocol = 17,
				     .daddr = daddr,
				     .options = opt,
				     .optlen = len,
				     .data = "12345678",
				     .len = 8 });
}

static void on_to_the_next(void **state)
{
	u8 o[40];
	u32 len = route(o, LSRR, 0, (be32[]){ HOP, FAR }, 2);

	udp_with(o, len, OURS);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_int_equal(lab_ip(frame)->daddr, HOP);
	assert_int_equal(lab_ip(frame)->saddr, PEER);
	assert_int_equal(lab_ip(frame)->ttl, 63);
	route(o, LSRR, 1, (be32[]){ OURS, FAR }, 2); /* signed, one further */
	assert_memory_equal(frame + LAB_PAYLOAD, o, len);
	assert_int_equal(ip_fast_csum(lab_ip(frame), (20 + len) / 4), 0);
	lab_quiet(); /* no redirect either */
}

static void over_a_gateway_only_if_loose(void **state)
{
	u8 o[40];
	u32 len = route(o, LSRR, 0, (be32[]){ FAR }, 1);
	u64 refused = lab_drops(DROP_IP_SOURCE_ROUTE);
	const struct icmphdr *icmp;

	udp_with(o, len, OURS);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_int_equal(lab_ip(frame)->daddr, FAR);
	assert_memory_equal(frame, "\x02\x00\x0a\x00\x00\x03", 6);
	len = route(o, SSRR, 0, (be32[]){ HOP }, 1); /* on the link: fine */
	udp_with(o, len, OURS);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_int_equal(lab_ip(frame)->daddr, HOP);
	len = route(o, SSRR, 0, (be32[]){ FAR }, 1);
	udp_with(o, len, OURS);
	assert_int_equal(lab_drops(DROP_IP_SOURCE_ROUTE), refused + 1);
	len = lab_out(frame, sizeof(frame));
	icmp = lab_icmp(frame, len, OURS, PEER);
	assert_int_equal(icmp->type, ICMP_DEST_UNREACH);
	assert_int_equal(icmp->code, ICMP_SR_FAILED);
	lab_quiet();
}

/* Between two of its addresses: a loose one passes as any packet, a strict one is astray. */
static void on_its_way(void **state)
{
	u8 o[40], sent[40];
	u32 len = route(o, LSRR, 0, (be32[]){ FAR }, 1);
	const struct icmphdr *icmp;

	memcpy(sent, o, len);
	udp_with(o, len, IP4(20, 0, 0, 7));
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	if (lab_ip(frame)->protocol == IPPROTO_ICMP) /* the redirect */
		assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_int_equal(lab_ip(frame)->daddr, IP4(20, 0, 0, 7));
	assert_memory_equal(frame + LAB_PAYLOAD, sent, len);
	route(o, SSRR, 0, (be32[]){ FAR }, 1);
	udp_with(o, len, IP4(20, 0, 0, 7));
	len = lab_out(frame, sizeof(frame));
	icmp = lab_icmp(frame, len, OURS, PEER);
	assert_int_equal(icmp->type, ICMP_PARAMETERPROB);
	assert_int_equal(ntohl(icmp->un.info) >> 24, 16);
	lab_quiet();
}

static void not_accepted(void **state)
{
	u8 o[40];
	u32 len = route(o, LSRR, 0, (be32[]){ HOP }, 1), got;

	for (u32 i = 0; i < 2; i++) { /* "all" and the device must both want it */
		skbox_sysctl("net.ipv4.conf.all.accept_source_route", i ? "1" : "0");
		skbox_sysctl("net.ipv4.conf.eth0.accept_source_route", i ? "0" : "1");
		udp_with(o, len, OURS);
		got = lab_out(frame, sizeof(frame));
		assert_int_equal(lab_icmp(frame, got, OURS, PEER)->code, ICMP_SR_FAILED);
		lab_quiet();
	}
	skbox_sysctl("net.ipv4.conf.eth0.accept_source_route", "1");
}

/* It has ended here: the answer goes back over the hosts that it came by. */
static void answers_go_back(void **state)
{
	u8 o[40], back[40];
	u32 len = route(o, LSRR, 2, (be32[]){ IP4(20, 0, 0, 5), HOP }, 2);

	lab_icmp_in((struct lab_packet){ .options = o, .optlen = len }, ICMP_ECHO, 0, 0x00010001,
		    "x", 1, false);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_int_equal(lab_ip(frame)->daddr, HOP);
	assert_int_equal(lab_ip(frame)->saddr, OURS);
	route(back, LSRR, 0, (be32[]){ IP4(20, 0, 0, 5), PEER }, 2);
	assert_memory_equal(frame + LAB_PAYLOAD, back, len);
	assert_int_equal(frame[LAB_PAYLOAD + len], ICMP_ECHOREPLY);
	lab_quiet();
	/* nobody has signed: straight back */
	len = route(o, LSRR, 0, (be32[]){ 0 }, 0);
	lab_icmp_in((struct lab_packet){ .options = o, .optlen = len }, ICMP_ECHO, 0, 0x00010001,
		    "x", 1, false);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_int_equal(lab_ip(frame)->daddr, PEER);
	lab_quiet();
}

/* Our own address in the middle of the route is passed at once. */
static void through_ourselves(void **state)
{
	u8 o[40];
	u32 len = route(o, LSRR, 0, (be32[]){ OURS, HOP }, 2);

	udp_with(o, len, OURS);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_int_equal(lab_ip(frame)->daddr, HOP);
	assert_int_equal(frame[LAB_PAYLOAD + 2], 12);
	assert_int_equal(ip_fast_csum(lab_ip(frame), (20 + len) / 4), 0);
	lab_quiet();
}

/* Whatever the options are, nothing is read or written beyond them, and no packet is lost count of.
 */
static void rubbish(void **state)
{
	static const u8 kinds[] = { 0, 1, 7, 68, LSRR, SSRR, LSRR, 148 };
	static const be32 addrs[] = { OURS, HOP, FAR, PEER, 0, 0xffffffff, 0x0100007f };

	skbox_sysctl("net.ipv4.icmp_ratelimit", "0");
	for (u32 i = 0; i < 20000; i++) {
		u8 o[40];
		u32 len = 4 + lab_random() % 10 * 4;

		for (u32 j = 0; j < len; j++)
			o[j] = (u8)(lab_random() % 3 ? lab_random() % 24 : lab_random());
		o[0] = kinds[lab_random() % sizeof(kinds)];
		for (u32 j = 3; j + 4 <= len; j += 4)
			memcpy(o + j, &addrs[lab_random() % ARRAY_SIZE(addrs)], 4);
		udp_with(o, len, lab_random() % 3 ? OURS : FAR);
		lab_icmp_in((struct lab_packet){ .options = o, .optlen = len }, ICMP_ECHO, 0, 1,
			    "x", 1, false);
		while (lab_out(frame, sizeof(frame)))
			;
		if (i % 100 == 0)
			skbox_advance(1000000000ULL);
	}
	skbox_sysctl("net.ipv4.icmp_ratelimit", "1000");
	skbox_sysctl("net.ipv4.route.flush", "1");
	skbox_advance(120000000000ULL);
	while (lab_out(frame, sizeof(frame)))
		;
}

/* ---- IP_OPTIONS ---- */

static struct sockaddr_in port(be32 addr, u16 n)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(n),
				     .sin_addr.s_addr = addr };
}

static void a_task_sets_a_route(void **state)
{
	struct sockaddr_in to = port(FAR, 9);
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	u8 o[40], got[40], wire[40];
	u32 len = route(o, LSRR, 0, (be32[]){ HOP, IP4(20, 0, 0, 5) }, 2), size = sizeof(got);

	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_OPTIONS, o, len), 0);
	assert_int_equal(skbox_getsockopt(fd, SOL_IP, IP_OPTIONS, got, &size), 0);
	assert_int_equal(size, len);
	assert_memory_equal(got, o, len);
	assert_int_equal(skbox_sendto(fd, "hello", 5, 0, &to, sizeof(to)), 5);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_int_equal(lab_ip(frame)->daddr, HOP);
	route(wire, LSRR, 0, (be32[]){ IP4(20, 0, 0, 5), FAR }, 2);
	assert_memory_equal(frame + LAB_PAYLOAD, wire, len);
	/* the checksum is for the one who gets it in the end */
	assert_int_equal(
		csum_fold(csum_tcpudp_nofold(OURS, FAR, 13, 17,
					     csum_partial(frame + LAB_PAYLOAD + len, 13, 0))),
		0);
	assert_int_equal(skbox_connect(fd, &to, sizeof(to)), 0);
	assert_int_equal(skbox_write(fd, "hello", 5), 5);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_int_equal(lab_ip(frame)->daddr, HOP);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_OPTIONS, NULL, 0), 0);
	assert_int_equal(skbox_write(fd, "hello", 5), 5);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_int_equal(lab_ip(frame)->daddr, FAR);
	skbox_close(fd);
}

static void a_task_has_the_route_recorded(void **state)
{
	static const u8 rr[] = { 1, 7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct sockaddr_in to = port(PEER, 9), from = port(0, 7);
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0), one = 1;
	u8 data[64], control[256];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	assert_int_equal(skbox_bind(fd, &from, sizeof(from)), 0);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_OPTIONS, rr, sizeof(rr)), 0);
	assert_int_equal(skbox_sendto(fd, "hello", 5, 0, &to, sizeof(to)), 5);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_memory_equal(frame + LAB_PAYLOAD, "\x01\x07\x0b\x08\x0a\x00\x00\x02\x00\x00\x00\x00",
			    12);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_RECVOPTS, &one, sizeof(one)), 0);
	udp_with((const u8 *)"\x07\x07\x08\x01\x02\x03\x04", 8, OURS);
	lab_in(&(struct lab_packet){ .protocol = 17,
				     .options = "\x07\x07\x08\x01\x02\x03\x04",
				     .optlen = 8,
				     .data = "\x00\x09\x00\x07\x00\x09\x00\x00!",
				     .len = 9 });
	assert_int_equal(skbox_recvmsg(fd, &msg, 0), 1);
	c = CMSG_FIRSTHDR(&msg);
	assert_int_equal(c->cmsg_type, IP_RECVOPTS);
	assert_memory_equal(CMSG_DATA(c), "\x07\x07\x08\x01\x02\x03\x04\x00", 8);
	skbox_close(fd);
	while (lab_out(frame, sizeof(frame)))
		;
}

static void what_a_task_may_not_set(void **state)
{
	int udp = skbox_socket(AF_INET, SOCK_DGRAM, 0), tcp = skbox_socket(AF_INET, SOCK_STREAM, 0);
	u8 o[44] = { 1, 1, 1, 1 };

	assert_int_equal(skbox_setsockopt(udp, SOL_IP, IP_OPTIONS, o, 41), -EINVAL);
	assert_int_equal(skbox_setsockopt(udp, SOL_IP, IP_OPTIONS, "\x07\x02", 2), -EINVAL);
	route(o, LSRR, 1, (be32[]){ HOP, FAR }, 2); /* begun already */
	assert_int_equal(skbox_setsockopt(udp, SOL_IP, IP_OPTIONS, o, 12), -EINVAL);
	assert_int_equal(skbox_setsockopt(udp, SOL_IP, IP_OPTIONS, "\x83\x03\x04", 3), -EINVAL);
	assert_int_equal(skbox_setsockopt(tcp, SOL_IP, IP_OPTIONS, o, 12), -ENOPROTOOPT);
	skbox_close(udp);
	skbox_close(tcp);
}

#define srr_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		srr_test(on_to_the_next),
		srr_test(over_a_gateway_only_if_loose),
		srr_test(on_its_way),
		srr_test(not_accepted),
		srr_test(answers_go_back),
		srr_test(through_ourselves),
		srr_test(rubbish),
		srr_test(a_task_sets_a_route),
		srr_test(a_task_has_the_route_recorded),
		srr_test(what_a_task_may_not_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
