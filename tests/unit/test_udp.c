/* UDP from the wire to the socket and back, errors and bounds; after each test the pool is as
 * before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlab.h"

#define PORT 7000

static u8 frame[2048];
static char buf[2048];

static void text_in(const char *text, u16 sport, u16 dport)
{
	netlab_udp_in(&(struct udp_frame){
		.sport = sport, .dport = dport, .data = text, .len = (u32)strlen(text) });
}

/* ---- in ---- */

static void datagram_and_who_sent_it(void **state)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	int fd = netlab_udp(0, PORT, 0);
	u64 before = udp_mib[UDP_MIB_InDatagrams];

	text_in("hello", 4000, PORT);
	assert_int_equal(sys_recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len), 5);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(len, sizeof(from));
	assert_int_equal(from.sin_family, AF_INET);
	assert_int_equal(from.sin_addr.s_addr, PEER_IP);
	assert_int_equal(from.sin_port, htons(4000));
	assert_int_equal(udp_mib[UDP_MIB_InDatagrams], before + 1);
	netlab_close(fd);
}

static void empty_datagram(void **state)
{
	int fd = netlab_udp(0, PORT, 0);

	text_in("", 4000, PORT);
	assert_true(netlab_poll(fd) & POLLIN);
	assert_int_equal(sys_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL), 0);
	netlab_expect_nothing(fd);
	netlab_close(fd);
}

static void sizes(void **state)
{
	int fd = netlab_udp(0, PORT, 0);
	u8 data[1472];

	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 7);
	for (u32 len = 0; len <= sizeof(data); len += len < 70 ? 1 : 61) {
		netlab_udp_in(
			&(struct udp_frame){ .sport = 1, .dport = PORT, .data = data, .len = len });
		memset(buf, 0, sizeof(buf));
		assert_int_equal(sys_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL), len);
		assert_memory_equal(buf, data, len);
	}
	netlab_close(fd);
}

static void scattered_into_iovecs(void **state)
{
	char a[3], b[1], c[40];
	struct iovec iov[] = { { a, 3 }, { NULL, 0 }, { b, 1 }, { c, sizeof(c) } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 4 };
	int fd = netlab_udp(0, PORT, 0);

	text_in("abcdefgh", 4000, PORT);
	assert_int_equal(sys_recvmsg(fd, &msg, 0), 8);
	assert_memory_equal(a, "abc", 3);
	assert_memory_equal(b, "d", 1);
	assert_memory_equal(c, "efgh", 4);
	assert_int_equal(msg.msg_flags, 0);
	/* A wrong sum found after half of the copy leaves the next datagram whole. */
	netlab_udp_in(&(struct udp_frame){
		.sport = 1, .dport = PORT, .data = "XXXXXXXX", .len = 8, .bad_csum = true });
	text_in("abcdefgh", 4000, PORT);
	assert_int_equal(sys_recvmsg(fd, &msg, 0), 8);
	assert_memory_equal(a, "abc", 3);
	assert_memory_equal(c, "efgh", 4);
	netlab_close(fd);
}

static void truncation(void **state)
{
	struct iovec iov = { buf, 4 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fd = netlab_udp(0, PORT, 0);

	text_in("0123456789", 4000, PORT);
	assert_int_equal(sys_recvmsg(fd, &msg, 0), 4);
	assert_int_equal(msg.msg_flags, MSG_TRUNC);
	text_in("0123456789", 4000, PORT);
	assert_int_equal(sys_recvfrom(fd, buf, 4, MSG_TRUNC, NULL, NULL), 10);
	text_in("0123456789", 4000, PORT);
	assert_int_equal(sys_recvfrom(fd, NULL, 0, MSG_TRUNC | MSG_PEEK, NULL, NULL), 10);
	netlab_expect(fd, "0123456789");
	netlab_close(fd);
}

static void peek_leaves_it(void **state)
{
	u64 before = udp_mib[UDP_MIB_InDatagrams];
	int fd = netlab_udp(0, PORT, 0);

	text_in("one", 4000, PORT);
	text_in("two", 4000, PORT);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(sys_recvfrom(fd, buf, sizeof(buf), MSG_PEEK, NULL, NULL), 3);
		assert_memory_equal(buf, "one", 3);
	}
	assert_int_equal(udp_mib[UDP_MIB_InDatagrams], before);
	netlab_expect(fd, "one");
	netlab_expect(fd, "two");
	netlab_expect_nothing(fd);
	netlab_close(fd);
}

static void peek_drops_what_is_bad(void **state)
{
	int fd = netlab_udp(0, PORT, 0);

	netlab_udp_in(&(struct udp_frame){
		.sport = 1, .dport = PORT, .data = "bad", .len = 3, .bad_csum = true });
	text_in("good", 4000, PORT);
	assert_int_equal(sys_recvfrom(fd, buf, sizeof(buf), MSG_PEEK, NULL, NULL), 4);
	netlab_expect(fd, "good");
	netlab_close(fd);
}

/* ---- checksums ---- */

static void no_checksum_is_fine(void **state)
{
	int fd = netlab_udp(0, PORT, 0);

	netlab_udp_in(&(struct udp_frame){
		.sport = 1, .dport = PORT, .data = "x", .len = 1, .no_csum = true });
	netlab_expect(fd, "x");
	netlab_close(fd);
}

static void bad_checksum_is_not_readable(void **state)
{
	u64 errors = udp_mib[UDP_MIB_InErrors], sums = udp_mib[UDP_MIB_InCsumErrors],
	    drops = drop_reason_total(DROP_UDP_CSUM);
	struct udp_frame bad = {
		.sport = 1, .dport = PORT, .data = "bad", .len = 3, .bad_csum = true
	};
	int n = -1, fd = netlab_udp(0, PORT, 0);
	struct file *f;

	netlab_udp_in(&bad);
	assert_false(netlab_poll(fd) & POLLIN);
	netlab_udp_in(&bad);
	f = fget(fd);
	assert_int_equal(f->ops->ioctl(f, FIONREAD, &n), 0);
	fput(f);
	assert_int_equal(n, 0);
	netlab_udp_in(&bad);
	netlab_expect_nothing(fd);
	assert_int_equal(udp_mib[UDP_MIB_InErrors], errors + 3);
	assert_int_equal(udp_mib[UDP_MIB_InCsumErrors], sums + 3);
	assert_int_equal(drop_reason_total(DROP_UDP_CSUM), drops + 3);
	assert_int_equal(netlab_sk(fd)->drops, 3);
	netlab_close(fd);
}

static void bad_checksum_to_a_closed_port_is_not_answered(void **state)
{
	u64 noports = udp_mib[UDP_MIB_NoPorts];

	netlab_udp_in(&(struct udp_frame){
		.sport = 1, .dport = 9999, .data = "bad", .len = 3, .bad_csum = true });
	assert_int_equal(netlab_out(frame, sizeof(frame)), 0);
	assert_int_equal(udp_mib[UDP_MIB_NoPorts], noports);
}

static void sent_checksums_are_right(void **state)
{
	int fd = netlab_udp(0, PORT, 0);
	char data[64] = "0123456789abcdefghijklmnopqrstuvwxyz";

	for (u32 len = 0; len < sizeof(data); len++) {
		u32 ulen = len + 8;

		assert_int_equal(netlab_send(fd, data, len, PEER_IP, 5000), len);
		assert_true(netlab_out(frame, sizeof(frame)) >= ETH_HLEN + 28 + len);
		assert_int_equal(ntohs(frame_udp(frame)->len), ulen);
		assert_int_not_equal(frame_udp(frame)->check, 0);
		assert_int_equal(csum_fold(csum_partial(frame_udp(frame), ulen,
							csum_tcpudp_nofold(OUR_IP, PEER_IP, ulen,
									   IPPROTO_UDP, 0))),
				 0);
		assert_memory_equal(frame_data(frame), data, len);
	}
	netlab_close(fd);
}

static void gathered_from_odd_iovecs(void **state)
{
	struct sockaddr_in to = netlab_addr(PEER_IP, 5000);
	struct iovec iov[] = { { "a", 1 }, { "", 0 }, { "bcd", 3 }, { "efghi", 5 }, { "jk", 2 } };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = iov, .msg_iovlen = 5
	};
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(sys_sendmsg(fd, &msg, 0), 11);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_memory_equal(frame_data(frame), "abcdefghijk", 11);
	assert_int_equal(
		csum_fold(csum_partial(frame_udp(frame), 19,
				       csum_tcpudp_nofold(OUR_IP, PEER_IP, 19, IPPROTO_UDP, 0))),
		0);
	netlab_close(fd);
}

/* The sum of a datagram whose checksum comes out as 0 is sent as 0xffff, for 0 means that there is
 * none. */
static void checksum_zero_goes_as_ffff(void **state)
{
	int fd = netlab_udp(0, PORT, 0);
	be16 data = 0;
	u32 sum;

	sum = csum_tcpudp_nofold(OUR_IP, PEER_IP, 10, IPPROTO_UDP, 0);
	sum = csum_partial(&(struct udphdr){ htons(PORT), htons(5000), htons(10), 0 }, 8, sum);
	data = csum_fold(sum);
	assert_int_equal(netlab_send(fd, &data, 2, PEER_IP, 5000), 2);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_udp(frame)->check, 0xffff);
	netlab_close(fd);
}

static void so_no_check(void **state)
{
	int fd = netlab_udp(0, PORT, SO_NO_CHECK);

	assert_int_equal(netlab_send(fd, "x", 1, PEER_IP, 5000), 1);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_udp(frame)->check, 0);
	netlab_close(fd);
}

/* ---- whom it is for ---- */

static void closed_port_is_answered(void **state)
{
	u64 before = udp_mib[UDP_MIB_NoPorts];
	const struct icmphdr *icmp = (const struct icmphdr *)(frame + ETH_HLEN + 20);

	netlab_advance(2000000000);
	text_in("anybody?", 4000, 9999);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_ip(frame)->protocol, IPPROTO_ICMP);
	assert_int_equal(icmp->type, ICMP_DEST_UNREACH);
	assert_int_equal(icmp->code, ICMP_PORT_UNREACH);
	assert_int_equal(udp_mib[UDP_MIB_NoPorts], before + 1);
}

static void broadcast_to_a_closed_port_is_not(void **state)
{
	netlab_advance(2000000000);
	netlab_udp_in(&(struct udp_frame){
		.daddr = BCAST_IP, .sport = 1, .dport = 9999, .data = "x", .len = 1 });
	assert_int_equal(netlab_out(frame, sizeof(frame)), 0);
}

static void lying_lengths(void **state)
{
	static const u16 claims[] = { 1, 7, 12, 100, 65535 };
	u64 before = udp_mib[UDP_MIB_InErrors];
	int fd = netlab_udp(0, PORT, 0);

	for (u32 i = 0; i < ARRAY_SIZE(claims); i++)
		netlab_udp_in(&(struct udp_frame){ .sport = 1,
						   .dport = PORT,
						   .data = "abc",
						   .len = 3,
						   .claim = claims[i],
						   .no_csum = true });
	netlab_expect_nothing(fd);
	assert_int_equal(udp_mib[UDP_MIB_InErrors], before + ARRAY_SIZE(claims));
	netlab_udp_in(&(struct udp_frame){
		.sport = 1, .dport = PORT, .data = "abc", .len = 3, .claim = 10, .no_csum = true });
	netlab_expect(fd, "ab");
	netlab_close(fd);
}

static void most_specific_wins(void **state)
{
	int any = netlab_udp(0, PORT, SO_REUSEADDR), addr = netlab_udp(OUR_IP, PORT, SO_REUSEADDR);
	int conn = netlab_udp(OUR_IP, PORT, SO_REUSEADDR), dev = netlab_udp(0, PORT, SO_REUSEADDR);

	assert_int_equal(netlab_connect(conn, PEER_IP, 4000), 0);
	text_in("to the connected", 4000, PORT);
	text_in("to the address", 4001, PORT);
	netlab_expect(conn, "to the connected");
	netlab_expect(addr, "to the address");
	assert_int_equal(sys_setsockopt(dev, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5), 0);
	netlab_close(addr);
	text_in("to the device", 4001, PORT);
	netlab_expect(dev, "to the device");
	assert_int_equal(sys_setsockopt(dev, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), 0);
	text_in("to any", 4001, PORT);
	netlab_expect(any, "to any");
	netlab_expect_nothing(dev);
	netlab_expect_nothing(conn);
	netlab_close(any);
	netlab_close(conn);
	netlab_close(dev);
}

static void connected_hears_its_peer_only(void **state)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(netlab_connect(fd, PEER_IP, 4000), 0);
	text_in("stranger", 4001, PORT);
	while (netlab_out(frame, sizeof(frame)))
		;
	netlab_expect_nothing(fd);
	text_in("peer", 4000, PORT);
	netlab_expect(fd, "peer");
	/* And without a name it sends to it. */
	assert_int_equal(sys_sendto(fd, "x", 1, 0, NULL, 0), 1);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_udp(frame)->dest, htons(4000));
	/* To others by name. */
	assert_int_equal(netlab_send(fd, "y", 1, IP4(10, 0, 0, 9), 77), 1);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_ip(frame)->daddr, IP4(10, 0, 0, 9));
	assert_int_equal(sys_connect(fd, &unspec, sizeof(unspec)), 0);
	text_in("stranger", 4001, PORT);
	netlab_expect(fd, "stranger");
	assert_int_equal(sys_sendto(fd, "x", 1, 0, NULL, 0), -EDESTADDRREQ);
	netlab_close(fd);
}

static void reuseport_spreads_flows(void **state)
{
	int fds[4], got[4] = { 0 }, total = 0;

	for (int i = 0; i < 4; i++)
		fds[i] = netlab_udp(0, PORT, SO_REUSEPORT);
	for (int round = 0; round < 2; round++)
		for (u16 sport = 2000; sport < 2200; sport++)
			for (int i = 0; i < 4; i++) {
				if (i == 0)
					text_in("x", sport, PORT);
				if (sys_recvfrom(fds[i], buf, sizeof(buf), 0, NULL, NULL) == 1)
					got[i]++;
			}
	for (int i = 0; i < 4; i++) {
		total += got[i];
		/* A flow stays with its socket, so both rounds gave the same. */
		assert_int_equal(got[i] % 2, 0);
		assert_in_range(got[i], 40, 180);
	}
	assert_int_equal(total, 400);
	for (int i = 0; i < 4; i++)
		netlab_close(fds[i]);
}

static void broadcast_reaches_all(void **state)
{
	int a = netlab_udp(0, PORT, SO_REUSEADDR), b = netlab_udp(0, PORT, SO_REUSEADDR);
	int c = netlab_udp(OUR_IP, PORT, SO_REUSEADDR), d = netlab_udp(0, PORT + 1, 0);
	struct udp_frame f = {
		.daddr = BCAST_IP, .sport = 1, .dport = PORT, .data = "all", .len = 3
	};

	netlab_udp_in(&f);
	netlab_expect(a, "all");
	netlab_expect(b, "all");
	netlab_expect_nothing(c);
	netlab_expect_nothing(d);
	f.daddr = IP4(255, 255, 255, 255);
	f.bad_csum = true;
	netlab_udp_in(&f);
	netlab_expect_nothing(a);
	netlab_expect_nothing(b);
	netlab_close(a);
	netlab_close(b);
	netlab_close(c);
	netlab_close(d);
}

/* ---- bounds ---- */

static void receive_buffer_is_a_bound(void **state)
{
	u64 full = udp_mib[UDP_MIB_RcvbufErrors], drops = drop_reason_total(DROP_SOCKET_RCVBUF);
	int n = 0, fd = netlab_udp(0, PORT, 0);

	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_RCVBUF, 10000), 0);
	for (int i = 0; i < 50; i++)
		text_in("x", 4000, PORT);
	while (sys_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL) == 1)
		n++;
	assert_in_range(n, 1, 20000 / SKB_BUF_SIZE + 1);
	assert_int_equal(udp_mib[UDP_MIB_RcvbufErrors], full + 50 - (u64)n);
	assert_int_equal(drop_reason_total(DROP_SOCKET_RCVBUF), drops + 50 - (u64)n);
	assert_int_equal(netlab_sk(fd)->drops, 50 - n);
	assert_int_equal(netlab_sk(fd)->rmem_alloc, 0);
	netlab_close(fd);
}

static void many_sockets_cannot_take_the_pool(void **state)
{
	struct skb_pool_stat pool;
	int fds[24];

	for (u32 i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = netlab_udp(0, (u16)(PORT + i), 0);
		assert_int_equal(netlab_setopt(fds[i], SOL_SOCKET, SO_RCVBUFFORCE, 100 << 20), 0);
	}
	skb_pool_stat(&pool);
	for (u32 i = 0; i < pool.bufs_total; i++)
		text_in("x", 4000, (u16)(PORT + i % ARRAY_SIZE(fds)));
	skb_pool_stat(&pool);
	assert_true(pool.bufs_free > pool.bufs_total / 3);
	assert_true(udp_mib[UDP_MIB_MemErrors] > 0);
	for (u32 i = 0; i < ARRAY_SIZE(fds); i++)
		netlab_close(fds[i]);
	assert_int_equal(udp_prot.rmem_alloc, 0);
}

static void closing_gives_back_what_was_not_read(void **state)
{
	u64 drops = drop_reason_total(DROP_SOCKET_CLOSED);
	int fd = netlab_udp(0, PORT, 0);

	for (int i = 0; i < 5; i++)
		text_in("x", 4000, PORT);
	netlab_close(fd);
	assert_int_equal(drop_reason_total(DROP_SOCKET_CLOSED), drops + 5);
}

static void packets_wait_while_the_socket_is_held(void **state)
{
	int fd = netlab_udp(0, PORT, 0);
	struct sock *sk = netlab_sk(fd);

	lock_sock(sk);
	text_in("one", 4000, PORT);
	text_in("two", 4000, PORT);
	assert_int_equal(sk->receive_queue.qlen, 0);
	assert_non_null(sk->backlog.first);
	release_sock(sk);
	assert_null(sk->backlog.first);
	assert_int_equal(sk->backlog_len, 0);
	netlab_expect(fd, "one");
	netlab_expect(fd, "two");
	netlab_close(fd);
}

/* ---- out ---- */

static void what_cannot_be_sent(void **state)
{
	static char big[66000];
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(netlab_send(fd, "x", 1, PEER_IP, 0), -EINVAL);
	assert_int_equal(netlab_send(fd, "x", 1, BCAST_IP, 9), -EACCES);
	assert_int_equal(netlab_send(fd, "x", 1, IP4(255, 255, 255, 255), 9), -EACCES);
	assert_int_equal(netlab_send(fd, big, 65508, PEER_IP, 9), -EMSGSIZE);
	assert_int_equal(netlab_send(fd, "x", 1, IP4(192, 168, 77, 1), 9), -ENETUNREACH);
	assert_int_equal(sys_sendto(fd, "x", 1, 0, NULL, 0), -EDESTADDRREQ);
	assert_int_equal(sys_sendto(fd, "x", 1, MSG_OOB, NULL, 0), -EOPNOTSUPP);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_BROADCAST, 1), 0);
	assert_int_equal(netlab_send(fd, "x", 1, BCAST_IP, 9), 1);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_memory_equal(frame, "\xff\xff\xff\xff\xff\xff", 6);
	netlab_close(fd);
}

static void options_that_show_in_the_packet(void **state)
{
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(netlab_setopt(fd, SOL_IP, IP_TTL, 7), 0);
	assert_int_equal(netlab_setopt(fd, SOL_IP, IP_TOS, 0x10), 0);
	assert_int_equal(netlab_send(fd, "x", 1, PEER_IP, 9), 1);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_ip(frame)->ttl, 7);
	assert_int_equal(frame_ip(frame)->tos, 0x10);
	netlab_close(fd);
}

static void control_messages_out(void **state)
{
	struct sockaddr_in to = netlab_addr(PEER_IP, 9);
	struct iovec iov = { "x", 1 };
	u8 control[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct in_pktinfo))] __aligned(
		8) = { 0 };
	struct msghdr msg = { .msg_name = &to,
			      .msg_namelen = sizeof(to),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	struct in_pktinfo info = { .ipi_ifindex = netlab_ifindex() };
	int ttl = 3, fd = netlab_udp(0, PORT, 0);

	*c = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_IP, IP_TTL };
	memcpy(CMSG_DATA(c), &ttl, sizeof(ttl));
	c = CMSG_NXTHDR(&msg, c);
	*c = (struct cmsghdr){ CMSG_LEN(sizeof(info)), SOL_IP, IP_PKTINFO };
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	assert_int_equal(sys_sendmsg(fd, &msg, 0), 1);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_ip(frame)->ttl, 3);
	/* A device that is not there is none, also where a number like it is. */
	info.ipi_ifindex |= 1 << 24;
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	assert_int_equal(sys_sendmsg(fd, &msg, 0), -ENODEV);
	/* Lying ones are refused. */
	c->cmsg_len = 1000;
	assert_int_equal(sys_sendmsg(fd, &msg, 0), -EINVAL);
	c->cmsg_len = 3;
	assert_int_equal(sys_sendmsg(fd, &msg, 0), -EINVAL);
	c->cmsg_len = CMSG_LEN(1);
	assert_int_equal(sys_sendmsg(fd, &msg, 0), -EINVAL);
	netlab_close(fd);
}

static void control_messages_in(void **state)
{
	struct iovec iov = { buf, sizeof(buf) };
	u8 control[256] __aligned(8);
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	u32 seen = 0;
	int fd = netlab_udp(0, PORT, SO_TIMESTAMP);

	assert_int_equal(netlab_setopt(fd, SOL_IP, IP_PKTINFO, 1), 0);
	assert_int_equal(netlab_setopt(fd, SOL_IP, IP_RECVTTL, 1), 0);
	text_in("x", 4000, PORT);
	assert_int_equal(sys_recvmsg(fd, &msg, 0), 1);
	assert_int_equal(msg.msg_flags, 0);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		struct in_pktinfo info;

		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMP)
			seen |= 1;
		if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_TTL)
			seen |= 2;
		if (c->cmsg_level != SOL_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		seen |= 4;
		assert_int_equal(c->cmsg_len, CMSG_LEN(sizeof(info)));
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		assert_int_equal(info.ipi_addr.s_addr, OUR_IP);
		assert_int_equal(info.ipi_ifindex, netlab_ifindex());
	}
	assert_int_equal(seen, 7);
	/* No room: said so, nothing written past the end. */
	msg.msg_controllen = 20;
	memset(control, 0xee, sizeof(control));
	text_in("x", 4000, PORT);
	assert_int_equal(sys_recvmsg(fd, &msg, 0), 1);
	assert_int_equal(msg.msg_flags, MSG_CTRUNC);
	assert_int_equal(control[20], 0xee);
	netlab_close(fd);
}

static void loopback(void **state)
{
	int a = netlab_udp(0, PORT, 0), b = netlab_udp(0, PORT + 1, 0);

	assert_int_equal(netlab_send(a, "over lo", 7, htonl(INADDR_LOOPBACK), PORT + 1), 7);
	netlab_advance(1000);
	netlab_expect(b, "over lo");
	assert_int_equal(netlab_send(a, "to 0", 4, 0, PORT + 1), 4);
	netlab_advance(1000);
	netlab_expect(b, "to 0");
	netlab_close(a);
	netlab_close(b);
}

/* Larger than one buffer: linear part and fragments, and a checksum that goes on across them. */
static void large_ones_over_lo(void **state)
{
	static u8 data[16409], back[16500];
	struct udphdr *udp = (struct udphdr *)(back + 20);
	int fd = netlab_udp(0, PORT, 0),
	    raw = (int)sys_socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_UDP);

	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * i >> 4);
	loopback_dev->features &= ~NETIF_F_HW_CSUM;
	for (u32 len = 1700; len < sizeof(data); len += 977) {
		struct iovec iov[] = { { data, 1 },
				       { data + 1, 1799 - len % 3 },
				       { data + 1800 - len % 3, 0 } };
		struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };
		u32 ulen = len + 8;

		if (len <= 1800)
			continue;
		iov[2].iov_len = len - 1800 + len % 3;
		assert_int_equal(netlab_connect(fd, htonl(INADDR_LOOPBACK), PORT), 0);
		assert_int_equal(sys_sendmsg(fd, &msg, 0), len);
		netlab_advance(1000);
		assert_int_equal(sys_recvfrom(fd, back, sizeof(back), 0, NULL, NULL), len);
		assert_memory_equal(back, data, len);
		assert_int_equal(sys_recvfrom(raw, back, sizeof(back), 0, NULL, NULL), len + 28);
		assert_int_equal(csum_fold(csum_partial(udp, ulen,
							csum_tcpudp_nofold(htonl(INADDR_LOOPBACK),
									   htonl(INADDR_LOOPBACK),
									   ulen, IPPROTO_UDP, 0))),
				 0);
	}
	loopback_dev->features |= NETIF_F_HW_CSUM;
	assert_int_equal(netlab_setopt(fd, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
	assert_int_equal(sys_sendto(fd, data, 16436 - 28 + 1, 0, NULL, 0), -EMSGSIZE);
	netlab_close(fd);
	netlab_close(raw);
}

static void refused_over_lo(void **state)
{
	int fd = netlab_udp(0, PORT, 0);

	netlab_advance(2000000000);
	assert_int_equal(netlab_connect(fd, htonl(INADDR_LOOPBACK), 9), 0);
	assert_int_equal(sys_sendto(fd, "x", 1, 0, NULL, 0), 1);
	netlab_advance(1000);
	assert_int_equal(sys_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL), -ECONNREFUSED);
	netlab_close(fd);
}

static void our_broadcast_comes_back(void **state)
{
	int fd = netlab_udp(0, PORT, SO_BROADCAST);

	assert_int_equal(netlab_send(fd, "to all", 6, BCAST_IP, PORT), 6);
	netlab_advance(1000);
	netlab_expect(fd, "to all");
	netlab_close(fd);
}

static void groups(void **state)
{
	struct ip_mreq mreq = { .imr_multiaddr.s_addr = IP4(239, 1, 2, 3),
				.imr_interface.s_addr = OUR_IP };
	int a = netlab_udp(0, PORT, SO_REUSEADDR),
	    b = netlab_udp(IP4(239, 1, 2, 3), PORT, SO_REUSEADDR);
	struct udp_frame f = {
		.daddr = IP4(239, 1, 2, 3), .sport = 1, .dport = PORT, .data = "group", .len = 5
	};

	netlab_udp_in(&f);
	netlab_expect_nothing(a);
	assert_int_equal(sys_setsockopt(a, SOL_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)), 0);
	netlab_udp_in(&f);
	netlab_expect(a, "group");
	netlab_expect(b, "group");
	/* Ours go out with a TTL of 1, and come back. */
	assert_int_equal(netlab_send(b, "mine", 4, IP4(239, 1, 2, 3), PORT), -ENETUNREACH);
	assert_int_equal(sys_setsockopt(b, SOL_IP, IP_MULTICAST_IF, &mreq.imr_interface, 4), 0);
	assert_int_equal(netlab_send(b, "mine", 4, IP4(239, 1, 2, 3), PORT), 4);
	assert_true(netlab_out(frame, sizeof(frame)));
	while (frame_ip(frame)->protocol != IPPROTO_UDP)
		assert_true(netlab_out(frame, sizeof(frame)));
	assert_int_equal(frame_ip(frame)->ttl, 1);
	netlab_expect(a, "mine");
	netlab_expect(b, "mine");
	/* Membership ends with its socket. */
	netlab_close(a);
	netlab_udp_in(&f);
	netlab_expect_nothing(b);
	netlab_close(b);
}

static void path_mtu(void **state)
{
	static char big[1472];
	int mtu, fd = netlab_udp(0, PORT, 0);
	socklen_t len = sizeof(mtu);

	assert_int_equal(netlab_connect(fd, IP4(10, 0, 0, 50), 9), 0);
	assert_int_equal(sys_sendto(fd, big, 1472, 0, NULL, 0), 1472);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_true(frame_ip(frame)->frag_off & htons(0x4000));
	netlab_icmp_error(ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1000, frame);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_ERROR), EMSGSIZE);
	assert_int_equal(sys_getsockopt(fd, SOL_IP, IP_MTU, &mtu, &len), 0);
	assert_int_equal(mtu, 1000);
	assert_int_equal(netlab_setopt(fd, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
	assert_int_equal(sys_sendto(fd, big, 1472, 0, NULL, 0), -EMSGSIZE);
	assert_int_equal(sys_sendto(fd, big, 972, 0, NULL, 0), 972);
	netlab_close(fd);
}

static void connected_sockets_on_one_port(void **state)
{
	int fds[50];

	for (int i = 0; i < 50; i++) {
		fds[i] = netlab_udp(0, PORT, SO_REUSEADDR);
		assert_int_equal(netlab_connect(fds[i], PEER_IP, (u16)(1000 + i)), 0);
	}
	for (int i = 49; i >= 0; i--) {
		text_in("mine", (u16)(1000 + i), PORT);
		netlab_expect(fds[i], "mine");
	}
	text_in("nobody's", 2000, PORT);
	for (int i = 0; i < 50; i++) {
		netlab_expect_nothing(fds[i]);
		netlab_close(fds[i]);
	}
}

/* ---- ports ---- */

static void binding(void **state)
{
	struct sockaddr_in addr = netlab_addr(0, PORT), name;
	socklen_t len = sizeof(name);
	int a = netlab_udp(0, PORT, 0), b = (int)sys_socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_int_equal(sys_bind(b, (struct sockaddr *)&addr, sizeof(addr)), -EADDRINUSE);
	addr.sin_addr.s_addr = IP4(10, 9, 9, 9);
	assert_int_equal(sys_bind(b, (struct sockaddr *)&addr, sizeof(addr)), -EADDRNOTAVAIL);
	addr.sin_addr.s_addr = OUR_IP;
	assert_int_equal(sys_bind(b, (struct sockaddr *)&addr, sizeof(addr)), -EADDRINUSE);
	assert_int_equal(sys_bind(b, (struct sockaddr *)&addr, sizeof(addr) - 1), -EINVAL);
	addr.sin_family = AF_INET6;
	assert_int_equal(sys_bind(b, (struct sockaddr *)&addr, sizeof(addr)), -EAFNOSUPPORT);
	addr = netlab_addr(OUR_IP, 0);
	assert_int_equal(sys_bind(b, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(sys_bind(b, (struct sockaddr *)&addr, sizeof(addr)), -EINVAL);
	assert_int_equal(sys_getsockname(b, (struct sockaddr *)&name, &len), 0);
	assert_in_range(ntohs(name.sin_port), 32768, 60999);
	assert_int_equal(name.sin_addr.s_addr, OUR_IP);
	netlab_close(a);
	netlab_close(b);
	/* The port is free again at once. */
	a = netlab_udp(0, PORT, 0);
	netlab_close(a);
	/* Different addresses share a port without further ado; low ports need no rights. */
	a = netlab_udp(OUR_IP, 53, 0);
	b = netlab_udp(htonl(INADDR_LOOPBACK), 53, 0);
	netlab_close(a);
	netlab_close(b);
}

static void ephemeral_ports_run_out(void **state)
{
	struct sockaddr_in addr = netlab_addr(0, 0);
	int fds[5];

	sysctl_ip_local_port_range[0] = 40000;
	sysctl_ip_local_port_range[1] = 40003;
	for (int i = 0; i < 5; i++) {
		fds[i] = (int)sys_socket(AF_INET, SOCK_DGRAM, 0);
		assert_int_equal(netlab_setopt(fds[i], SOL_SOCKET, SO_REUSEADDR, 1), 0);
		assert_int_equal(sys_bind(fds[i], (struct sockaddr *)&addr, sizeof(addr)),
				 i < 4 ? 0 : -EADDRINUSE);
	}
	assert_int_equal(netlab_send(fds[4], "x", 1, PEER_IP, 9), -EAGAIN);
	for (int i = 0; i < 5; i++)
		netlab_close(fds[i]);
	sysctl_ip_local_port_range[0] = 32768;
	sysctl_ip_local_port_range[1] = 60999;
}

/* ---- errors ---- */

static void refused_to_a_connected_socket(void **state)
{
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(netlab_connect(fd, PEER_IP, 9), 0);
	assert_int_equal(sys_sendto(fd, "x", 1, 0, NULL, 0), 1);
	assert_true(netlab_out(frame, sizeof(frame)));
	netlab_icmp_error(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, frame);
	assert_true(netlab_poll(fd) & POLLERR);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_ERROR), 0);
	netlab_icmp_error(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, frame);
	assert_int_equal(sys_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL), -ECONNREFUSED);
	netlab_expect_nothing(fd);
	netlab_icmp_error(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, frame);
	assert_int_equal(sys_sendto(fd, "x", 1, 0, NULL, 0), -ECONNREFUSED);
	/* Soft ones it does not hear of without IP_RECVERR. */
	netlab_icmp_error(ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0, frame);
	netlab_icmp_error(ICMP_TIME_EXCEEDED, 0, 0, frame);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_ERROR), 0);
	netlab_close(fd);
}

static void unconnected_hears_only_with_recverr(void **state)
{
	struct sockaddr_in to;
	struct iovec iov = { buf, sizeof(buf) };
	u8 control[256] __aligned(8);
	struct msghdr msg = { .msg_name = &to,
			      .msg_namelen = sizeof(to),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct sock_extended_err ee;
	struct cmsghdr *c;
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(netlab_send(fd, "lost", 4, PEER_IP, 9), 4);
	assert_true(netlab_out(frame, sizeof(frame)));
	netlab_icmp_error(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, frame);
	assert_int_equal(netlab_poll(fd) & POLLERR, 0);
	assert_int_equal(netlab_setopt(fd, SOL_IP, IP_RECVERR, 1), 0);
	netlab_icmp_error(ICMP_TIME_EXCEEDED, 0, 0, frame);
	assert_true(netlab_poll(fd) & POLLERR);
	assert_int_equal(sys_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL), -EHOSTUNREACH);
	assert_true(netlab_poll(fd) & POLLERR);
	assert_int_equal(sys_recvmsg(fd, &msg, MSG_ERRQUEUE), 4);
	assert_memory_equal(buf, "lost", 4);
	assert_int_equal(msg.msg_flags, MSG_ERRQUEUE);
	assert_int_equal(to.sin_addr.s_addr, PEER_IP);
	assert_int_equal(to.sin_port, htons(9));
	c = CMSG_FIRSTHDR(&msg);
	assert_int_equal(c->cmsg_level, SOL_IP);
	assert_int_equal(c->cmsg_type, IP_RECVERR);
	memcpy(&ee, CMSG_DATA(c), sizeof(ee));
	assert_int_equal(ee.ee_errno, EHOSTUNREACH);
	assert_int_equal(ee.ee_origin, SO_EE_ORIGIN_ICMP);
	assert_int_equal(ee.ee_type, ICMP_TIME_EXCEEDED);
	assert_int_equal(netlab_poll(fd) & POLLERR, 0);
	assert_int_equal(sys_recvmsg(fd, &msg, MSG_ERRQUEUE), -EAGAIN);
	netlab_close(fd);
}

static void error_queue_is_bounded(void **state)
{
	int fd = netlab_udp(0, PORT, 0);
	u32 count = 0;

	assert_int_equal(netlab_setopt(fd, SOL_IP, IP_RECVERR, 1), 0);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_RCVBUF, 5000), 0);
	assert_int_equal(netlab_send(fd, "lost", 4, PEER_IP, 9), 4);
	assert_true(netlab_out(frame, sizeof(frame)));
	for (int i = 0; i < 100; i++)
		netlab_icmp_error(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, frame);
	for (struct sk_buff *skb = netlab_sk(fd)->error_queue.first; skb; skb = skb->next)
		count++;
	assert_in_range(count, 1, 6);
	netlab_close(fd);
}

static void errors_about_strangers_do_no_harm(void **state)
{
	u8 junk[64] = { 0 };
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(netlab_connect(fd, PEER_IP, 9), 0);
	assert_int_equal(sys_sendto(fd, "x", 1, 0, NULL, 0), 1);
	assert_true(netlab_out(frame, sizeof(frame)));
	put_be16(frame + ETH_HLEN + 20, PORT + 5);
	netlab_icmp_error(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, frame);
	netlab_icmp_in(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, junk, sizeof(junk));
	netlab_icmp_in(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, frame + ETH_HLEN, 27);
	netlab_icmp_in(ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, frame + ETH_HLEN, 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_ERROR), 0);
	netlab_close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(datagram_and_who_sent_it),
		lab_test(empty_datagram),
		lab_test(sizes),
		lab_test(scattered_into_iovecs),
		lab_test(truncation),
		lab_test(peek_leaves_it),
		lab_test(peek_drops_what_is_bad),
		lab_test(no_checksum_is_fine),
		lab_test(bad_checksum_is_not_readable),
		lab_test(bad_checksum_to_a_closed_port_is_not_answered),
		lab_test(sent_checksums_are_right),
		lab_test(gathered_from_odd_iovecs),
		lab_test(checksum_zero_goes_as_ffff),
		lab_test(so_no_check),
		lab_test(closed_port_is_answered),
		lab_test(broadcast_to_a_closed_port_is_not),
		lab_test(lying_lengths),
		lab_test(most_specific_wins),
		lab_test(connected_hears_its_peer_only),
		lab_test(reuseport_spreads_flows),
		lab_test(broadcast_reaches_all),
		lab_test(receive_buffer_is_a_bound),
		lab_test(many_sockets_cannot_take_the_pool),
		lab_test(closing_gives_back_what_was_not_read),
		lab_test(packets_wait_while_the_socket_is_held),
		lab_test(what_cannot_be_sent),
		lab_test(options_that_show_in_the_packet),
		lab_test(control_messages_out),
		lab_test(control_messages_in),
		lab_test(loopback),
		lab_test(large_ones_over_lo),
		lab_test(refused_over_lo),
		lab_test(our_broadcast_comes_back),
		lab_test(groups),
		lab_test(path_mtu),
		lab_test(connected_sockets_on_one_port),
		lab_test(binding),
		lab_test(ephemeral_ports_run_out),
		lab_test(refused_to_a_connected_socket),
		lab_test(unconnected_hears_only_with_recverr),
		lab_test(error_queue_is_bounded),
		lab_test(errors_about_strangers_do_no_harm),
	};

	return cmocka_run_group_tests_name("udp", tests, netlab_setup, NULL);
}
