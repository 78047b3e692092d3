/*
 * The library with bare IP packets, calls that wait, epoll and sendfile: what a tool that runs
 * scripts against the stack uses. Sees skbox.h and the machine's own headers only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "kernel/arch/host/skbox.h"

#define MS 1000000ULL
#define MTU 1500
#define OUR_ADDR "192.168.0.1"
#define GATEWAY "192.168.0.2"
#define PEER_ADDR "192.0.2.1"

static int dev, ctl;
static uint8_t packet[65536];

static struct sockaddr_in addr_of(const char *ip, int port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	inet_pton(AF_INET, ip, &addr.sin_addr);
	return addr;
}

static int interface(unsigned long cmd, const char *ip)
{
	struct sockaddr_in addr = addr_of(ip, 0);
	struct ifreq ifr = { .ifr_name = "tun0" };

	memcpy(&ifr.ifr_addr, &addr, sizeof(addr));
	return skbox_ioctl(ctl, cmd, &ifr);
}

static int setup(void **state)
{
	struct ifreq ifr = { .ifr_name = "tun0", .ifr_flags = IFF_UP };
	struct sockaddr_in any = addr_of("0.0.0.0", 0);
	struct rtentry rt = { .rt_flags = RTF_UP, .rt_dev = ifr.ifr_name };

	skbox_set_seed(1);
	assert_int_equal(skbox_boot("quiet"), 0);
	assert_int_equal(skbox_add_ip_device(67), -EINVAL);
	assert_int_equal(skbox_add_ip_device(16385), -EINVAL);
	dev = skbox_add_ip_device(MTU);
	assert_true(dev >= 0);
	ctl = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(skbox_ip_in(dev, packet, 20), -ENETDOWN);
	assert_int_equal(skbox_frame_in(dev, packet, 20), -EINVAL);
	assert_int_equal(interface(SIOCSIFADDR, OUR_ADDR), 0);
	assert_int_equal(interface(SIOCSIFDSTADDR, GATEWAY), 0);
	assert_int_equal(skbox_ioctl(ctl, SIOCSIFFLAGS, &ifr), 0);
	memcpy(&rt.rt_dst, &any, sizeof(any));
	memcpy(&rt.rt_genmask, &any, sizeof(any));
	assert_int_equal(skbox_ioctl(ctl, SIOCADDRT, &rt), 0);
	while (skbox_ip_out(dev, packet, sizeof(packet)))
		;
	return 0;
}

/* ---- packets ---- */

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint16_t sum16(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static size_t build_udp(uint8_t *p, int sport, int dport, const void *data, size_t len)
{
	memset(p, 0, 28);
	p[0] = 0x45;
	put16(p + 2, 28 + len);
	p[8] = 64;
	p[9] = IPPROTO_UDP;
	inet_pton(AF_INET, PEER_ADDR, p + 12);
	inet_pton(AF_INET, OUR_ADDR, p + 16);
	put16(p + 10, (uint16_t)~sum16(0, p, 20));
	put16(p + 20, (size_t)sport);
	put16(p + 22, (size_t)dport);
	put16(p + 24, 8 + len);
	memcpy(p + 28, data, len);
	return 28 + len;
}

static void udp_in(int dport, const void *data, size_t len)
{
	static uint8_t p[65536];
	size_t n = build_udp(p, 9, dport, data, len);

	assert_int_equal(skbox_ip_in(dev, p, n), 0);
}

static int udp_socket(int port, int flags)
{
	struct sockaddr_in addr = addr_of("0.0.0.0", port);
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(skbox_bind(fd, &addr, sizeof(addr)), 0);
	assert_int_equal(skbox_fcntl(fd, F_SETFL, flags), 0);
	return fd;
}

static void test_packets_both_ways(void **state)
{
	int fd = udp_socket(700, O_NONBLOCK);
	struct sockaddr_in peer = addr_of(PEER_ADDR, 9);
	char buf[100];

	udp_in(700, "hello", 5);
	assert_int_equal(skbox_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL), 5);
	assert_int_equal(skbox_sendto(fd, "answer", 6, 0, &peer, sizeof(peer)), 6);
	assert_int_equal(skbox_ip_out(dev, packet, sizeof(packet)), 34);
	assert_int_equal(packet[0], 0x45);
	assert_int_equal(get16(packet + 22), 9);
	assert_memory_equal(packet + 28, "answer", 6);
	/* Complete: both checksums are there. */
	assert_int_equal(sum16(0, packet, 20), 0xffff);
	assert_int_equal(sum16(IPPROTO_UDP + 14, packet + 12, 22), 0xffff);
	assert_int_equal(skbox_ip_out(dev, packet, sizeof(packet)), 0);
	assert_int_equal(skbox_close(fd), 0);
}

static void test_checksums_left_to_the_device(void **state)
{
	int fd = udp_socket(700, O_NONBLOCK);
	struct sockaddr_in peer = addr_of(PEER_ADDR, 9);

	assert_int_equal(skbox_set_offload(dev, 4), -EINVAL);
	assert_int_equal(skbox_set_offload(99, 0), -EINVAL);
	assert_int_equal(skbox_set_offload(dev, SKBOX_OFFLOAD_CSUM), 0);
	assert_int_equal(skbox_sendto(fd, "answer", 6, 0, &peer, sizeof(peer)), 6);
	assert_int_equal(skbox_ip_out(dev, packet, sizeof(packet)), 34);
	assert_int_not_equal(sum16(IPPROTO_UDP + 14, packet + 12, 22), 0xffff);
	assert_int_equal(skbox_set_offload(dev, 0), 0);
	assert_int_equal(skbox_close(fd), 0);
}

/* One packet, not pieces of it: the longest that there is. */
static void test_a_packet_of_65535_bytes(void **state)
{
	static uint8_t data[65507], got[65536];
	int fd = udp_socket(4000, 0);

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 >> 3);
	for (size_t len = sizeof(data); len > 16000; len -= 12345) {
		udp_in(4000, data, len);
		assert_int_equal(skbox_recvfrom(fd, got, sizeof(got), 0, NULL, NULL), len);
		assert_memory_equal(got, data, len);
	}
	assert_int_equal(skbox_close(fd), 0);
}

static void test_what_is_no_packet(void **state)
{
	char drops[4096];

	assert_int_equal(skbox_ip_in(dev, packet, 0), 0);
	memset(packet, 0x60, 40);
	assert_int_equal(skbox_ip_in(dev, packet, 40), 0);
	memset(packet, 0xff, 40);
	assert_int_equal(skbox_ip_in(dev, packet, 1), 0);
	assert_int_equal(skbox_ip_in(dev, packet, sizeof(packet)), -EMSGSIZE);
	assert_int_equal(skbox_ip_out(dev, packet, sizeof(packet)), 0);
	assert_true(skbox_proc_read("net/drops", drops, sizeof(drops)) > 0);
}

static void test_large_packets(void **state)
{
	struct ifreq ifr = { .ifr_name = "tun0", .ifr_mtu = 9000 };
	struct sockaddr_in peer = addr_of(PEER_ADDR, 9);
	static uint8_t data[8900], back[8900];
	int fd = udp_socket(700, O_NONBLOCK), whole = 2; /* IP_PMTUDISC_DO */

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	assert_int_equal(skbox_ioctl(ctl, SIOCSIFMTU, &ifr), 0);
	udp_in(700, data, sizeof(data));
	assert_int_equal(skbox_recvfrom(fd, back, sizeof(back), 0, NULL, NULL), sizeof(back));
	assert_memory_equal(data, back, sizeof(data));
	assert_int_equal(skbox_sendto(fd, data, sizeof(data), 0, &peer, sizeof(peer)),
			 sizeof(data));
	assert_int_equal(skbox_ip_out(dev, packet, sizeof(packet)), sizeof(data) + 28);
	assert_memory_equal(packet + 28, data, sizeof(data));
	ifr.ifr_mtu = MTU;
	assert_int_equal(skbox_ioctl(ctl, SIOCSIFMTU, &ifr), 0);
	assert_int_equal(skbox_setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, &whole, sizeof(whole)), 0);
	assert_int_equal(skbox_sendto(fd, data, sizeof(data), 0, &peer, sizeof(peer)), -EMSGSIZE);
	assert_int_equal(skbox_close(fd), 0);
}

/* ---- calls that wait ---- */

static int start(long nr, long a, long b, long c, long d)
{
	long args[6] = { a, b, c, d, 0, 0 };
	int id = skbox_start(nr, args);

	assert_true(id >= 0);
	return id;
}

static void test_a_call_waits_for_a_packet(void **state)
{
	int fd = udp_socket(700, 0), id;
	char buf[100];
	long ret;

	id = start(SYS_read, fd, (long)buf, sizeof(buf), 0);
	assert_int_equal(skbox_ended(id, &ret), 0);
	udp_in(700, "hello", 5);
	assert_int_equal(skbox_ended(id, &ret), 1);
	assert_int_equal(ret, 5);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(skbox_ended(id, &ret), -EINVAL);
	/* The plain call would wait, too, and does not. */
	assert_int_equal(skbox_read(fd, buf, sizeof(buf)), -EINTR);
	assert_int_equal(skbox_close(fd), 0);
}

static void test_a_call_waits_for_its_time(void **state)
{
	struct timeval tv = { 0, 300000 };
	int fd = udp_socket(700, 0), id;
	uint64_t begun = skbox_now();
	char buf[100];
	long ret;

	assert_int_equal(skbox_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	id = start(SYS_read, fd, (long)buf, sizeof(buf), 0);
	assert_int_equal(skbox_run_until(begun + 200 * MS), begun + 200 * MS);
	assert_int_equal(skbox_ended(id, &ret), 0);
	assert_in_range(skbox_run_until(begun + 1000 * MS), begun + 300 * MS, begun + 302 * MS);
	assert_int_equal(skbox_ended(id, &ret), 1);
	assert_int_equal(ret, -EAGAIN);
	id = start(SYS_read, fd, (long)buf, sizeof(buf), 0);
	assert_int_equal(skbox_interrupt(id), 0);
	assert_int_equal(skbox_ended(id, &ret), 1);
	assert_int_equal(ret, -EINTR);
	assert_int_equal(skbox_interrupt(id), -EINVAL);
	assert_int_equal(skbox_close(fd), 0);
}

static void test_a_socket_closed_during_a_call(void **state)
{
	int fd = udp_socket(700, 0), other, id;
	char buf[100];
	long ret;

	id = start(SYS_read, fd, (long)buf, sizeof(buf), 0);
	assert_int_equal(skbox_close(fd), 0);
	assert_int_equal(skbox_close(fd), -EBADF);
	/* The call holds it, as on Linux. */
	udp_in(700, "late", 4);
	assert_int_equal(skbox_ended(id, &ret), 1);
	assert_int_equal(ret, 4);
	other = udp_socket(700, 0);
	assert_int_equal(other, fd);
	id = start(SYS_close, other, 0, 0, 0);
	assert_int_equal(skbox_ended(id, &ret), 1);
	assert_int_equal(ret, 0);
	assert_int_equal(skbox_close(other), -EBADF);
	id = start(SYS_read, other, (long)buf, sizeof(buf), 0);
	assert_int_equal(skbox_ended(id, &ret), 1);
	assert_int_equal(ret, -EBADF);
}

static void test_calls_that_cannot_be_started(void **state)
{
	long args[6] = { 0 }, ret;
	int fd = udp_socket(700, 0), ids[17], n;
	char buf[8];

	assert_int_equal(skbox_start(SYS_socket, args), -EINVAL);
	assert_int_equal(skbox_start(-1, args), -EINVAL);
	assert_int_equal(skbox_ended(0, &ret), -EINVAL);
	assert_int_equal(skbox_ended(-1, &ret), -EINVAL);
	args[0] = fd;
	args[1] = (long)buf;
	args[2] = sizeof(buf);
	for (n = 0; n < 17; n++) {
		ids[n] = skbox_start(SYS_read, args);
		if (ids[n] < 0)
			break;
	}
	assert_int_equal(n, 16);
	assert_int_equal(ids[n], -EAGAIN);
	/* Each datagram ends one. */
	for (int i = 0; i < n; i++)
		udp_in(700, "x", 1);
	for (int i = 0; i < n; i++) {
		assert_int_equal(skbox_ended(ids[i], &ret), 1);
		assert_int_equal(ret, 1);
	}
	assert_int_equal(skbox_close(fd), 0);
}

static void test_poll_waits(void **state)
{
	int fd = udp_socket(700, 0), ep, id;
	struct pollfd p[2] = { { .fd = -1 }, { .fd = fd, .events = POLLIN } };
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = 77 }, got[4];
	long ret;

	id = start(SYS_poll, (long)p, 2, 1000, 0);
	assert_int_equal(skbox_ended(id, &ret), 0);
	udp_in(700, "x", 1);
	assert_int_equal(skbox_ended(id, &ret), 1);
	assert_int_equal(ret, 1);
	assert_int_equal(p[1].revents, POLLIN);

	ep = skbox_epoll_create1(0);
	assert_true(ep >= 0);
	assert_int_equal(skbox_epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev), 0);
	assert_int_equal(skbox_epoll_wait(ep, got, 4), 1);
	assert_int_equal(got[0].data.u64, 77);
	assert_int_equal(skbox_read(fd, packet, 10), 1);
	assert_int_equal(skbox_epoll_wait(ep, got, 4), 0);
	id = start(SYS_epoll_wait, ep, (long)got, 4, -1);
	assert_int_equal(skbox_ended(id, &ret), 0);
	udp_in(700, "x", 1);
	assert_int_equal(skbox_ended(id, &ret), 1);
	assert_int_equal(ret, 1);
	assert_int_equal(skbox_close(fd), 0);
	assert_int_equal(skbox_epoll_wait(ep, got, 4), 0);
	assert_int_equal(skbox_close(ep), 0);
}

/* ---- TCP, packet by packet ---- */

#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10
#define FIN 0x01

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* From PEER_ADDR:9 to our port 80, without options. */
static void tcp_in(uint8_t flags, uint32_t seq, uint32_t ack, const void *data, size_t len)
{
	uint8_t p[2000] = { 0x45, [8] = 64, [9] = IPPROTO_TCP };

	put16(p + 2, 40 + len);
	inet_pton(AF_INET, PEER_ADDR, p + 12);
	inet_pton(AF_INET, OUR_ADDR, p + 16);
	put16(p + 10, (uint16_t)~sum16(0, p, 20));
	put16(p + 20, 9);
	put16(p + 22, 80);
	put32(p + 24, seq);
	put32(p + 28, ack);
	p[32] = 0x50;
	p[33] = flags;
	put16(p + 34, 65535);
	memcpy(p + 40, data, len);
	put16(p + 36, (uint16_t)~sum16((uint32_t)(IPPROTO_TCP + 20 + len), p + 12, 28 + len));
	assert_int_equal(skbox_ip_in(dev, p, 40 + len), 0);
}

/* The next packet out, complete; bytes of payload, which begins at *@data. */
static size_t tcp_out(uint8_t flags, uint32_t seq, uint32_t ack, const uint8_t **data)
{
	size_t len = skbox_ip_out(dev, packet, sizeof(packet)), hlen;

	assert_true(len >= 40);
	assert_int_equal(get16(packet + 2), len);
	assert_int_equal(sum16(0, packet, 20), 0xffff);
	assert_int_equal(sum16((uint32_t)(IPPROTO_TCP + len - 20), packet + 12, len - 12), 0xffff);
	assert_int_equal(packet[33] & ~PSH, flags); /* when to push is TCP's own business */
	if (!(flags & SYN))
		assert_int_equal(get32(packet + 24), seq);
	assert_int_equal(get32(packet + 28), ack);
	hlen = 20 + (packet[32] >> 4) * 4u;
	*data = packet + hlen;
	return len - hlen;
}

/* A listener, and a peer's connection to it. */
static int accepted(int lfd, uint32_t *iss)
{
	const uint8_t *data;
	int id = start(SYS_accept, lfd, 0, 0, 0);
	long fd;

	tcp_in(SYN, 1000, 0, "", 0);
	assert_int_equal(skbox_ended(id, &fd), 0);
	assert_int_equal(tcp_out(SYN | ACK, 0, 1001, &data), 0);
	*iss = get32(packet + 24);
	tcp_in(ACK, 1001, *iss + 1, "", 0);
	assert_int_equal(skbox_ended(id, &fd), 1);
	assert_true(fd >= 0);
	return (int)fd;
}

static int listener(void)
{
	struct sockaddr_in addr = addr_of(OUR_ADDR, 80);
	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0), one = 1;

	assert_int_equal(skbox_fcntl(fd, F_SETFL, 0), 0);
	assert_int_equal(skbox_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), 0);
	assert_int_equal(skbox_bind(fd, &addr, sizeof(addr)), 0);
	assert_int_equal(skbox_listen(fd, 1), 0);
	return fd;
}

static void test_a_script(void **state)
{
	int lfd = listener(), fd, id;
	const uint8_t *data;
	uint32_t iss;
	char buf[100];
	long ret;

	fd = accepted(lfd, &iss);
	id = start(SYS_read, fd, (long)buf, sizeof(buf), 0);
	assert_int_equal(skbox_ended(id, &ret), 0);
	tcp_in(PSH | ACK, 1001, iss + 1, "GET", 3);
	assert_int_equal(skbox_ended(id, &ret), 1);
	assert_int_equal(ret, 3);
	/* The answer carries the ACK, or an ACK went before it. */
	assert_int_equal(skbox_write(fd, "hello", 5), 5);
	skbox_run_until(skbox_now() + 10 * MS);
	if (tcp_out(ACK, iss + 1, 1004, &data) == 0)
		assert_int_equal(tcp_out(ACK, iss + 1, 1004, &data), 5);
	assert_memory_equal(data, "hello", 5);
	tcp_in(ACK, 1004, iss + 6, "", 0);
	tcp_in(FIN | ACK, 1004, iss + 6, "", 0);
	skbox_run_until(skbox_now() + 1000 * MS);
	assert_int_equal(tcp_out(ACK, iss + 6, 1005, &data), 0);
	assert_int_equal(skbox_read(fd, buf, sizeof(buf)), 0);
	assert_int_equal(skbox_close(fd), 0);
	assert_int_equal(tcp_out(FIN | ACK, iss + 6, 1005, &data), 0);
	tcp_in(ACK, 1005, iss + 7, "", 0);
	assert_int_equal(skbox_ip_out(dev, packet, sizeof(packet)), 0);
	assert_int_equal(skbox_close(lfd), 0);
}

/* Packets no larger than the MTU, unless the device is said to cut them. */
static void test_segments(void **state)
{
	struct linger reset = { 1, 0 };
	static uint8_t bytes[4000];
	const uint8_t *data;
	int lfd = listener(), fd;
	uint32_t iss;
	size_t n;

	for (unsigned int what = 0; what <= SKBOX_OFFLOAD_TSO; what += SKBOX_OFFLOAD_TSO) {
		assert_int_equal(skbox_set_offload(dev, what), 0);
		fd = accepted(lfd, &iss);
		assert_int_equal(skbox_write(fd, bytes, sizeof(bytes)), sizeof(bytes));
		if (what) {
			n = skbox_ip_out(dev, packet, sizeof(packet));
			assert_true(n > MTU);
		} else {
			for (size_t sent = 0; sent < 4000; sent += n) {
				n = tcp_out(ACK, iss + 1 + (uint32_t)sent, 1001, &data);
				assert_true(n <= 536);
			}
		}
		assert_int_equal(skbox_setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)),
				 0);
		assert_int_equal(skbox_close(fd), 0);
		while (skbox_ip_out(dev, packet, sizeof(packet)))
			;
	}
	assert_int_equal(packet[33] & RST, RST);
	assert_int_equal(skbox_set_offload(dev, 0), 0);
	assert_int_equal(skbox_close(lfd), 0);
}

/* close() waits for what is sent to be acknowledged. */
static void test_a_close_that_waits(void **state)
{
	struct linger l = { 1, 5 };
	int lfd = listener(), fd, id;
	const uint8_t *data;
	uint32_t iss;
	long ret;

	for (int answered = 0; answered < 2; answered++) {
		uint64_t begun = skbox_now();

		fd = accepted(lfd, &iss);
		assert_int_equal(skbox_setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0);
		assert_int_equal(skbox_write(fd, "hello", 5), 5);
		assert_int_equal(tcp_out(ACK, iss + 1, 1001, &data), 5);
		id = start(SYS_close, fd, 0, 0, 0);
		assert_int_equal(tcp_out(FIN | ACK, iss + 6, 1001, &data), 0);
		assert_int_equal(skbox_ended(id, &ret), 0);
		if (answered)
			tcp_in(FIN | ACK, 1001, iss + 7, "", 0);
		else
			skbox_advance(5010 * MS);
		assert_int_equal(skbox_ended(id, &ret), 1);
		assert_int_equal(ret, 0);
		if (answered)
			assert_true(skbox_now() - begun < 100 * MS);
		tcp_in(RST | ACK, 1001 + (uint32_t)answered, iss + 7, "", 0);
		while (skbox_ip_out(dev, packet, sizeof(packet)))
			;
	}
	assert_int_equal(skbox_close(lfd), 0);
}

/* ---- the rest ---- */

static void test_vectors_and_files(void **state)
{
	int fd = udp_socket(700, O_NONBLOCK), file;
	struct sockaddr_in peer = addr_of(PEER_ADDR, 9);
	struct iovec iov[2] = { { "ab", 2 }, { "cde", 3 } };
	char a[2], b[10];
	struct iovec in[2] = { { a, 2 }, { b, 10 } };
	long pos = 2, n;

	assert_int_equal(skbox_connect(fd, &peer, sizeof(peer)), 0);
	assert_int_equal(skbox_writev(fd, iov, 2), 5);
	assert_int_equal(skbox_ip_out(dev, packet, sizeof(packet)), 33);
	assert_memory_equal(packet + 28, "abcde", 5);
	assert_int_equal(skbox_write(fd, "xyz", 3), 3);
	assert_int_equal(skbox_ip_out(dev, packet, sizeof(packet)), 31);
	udp_in(700, "hello", 5);
	assert_int_equal(skbox_readv(fd, in, 2), 5);
	assert_memory_equal(a, "he", 2);
	assert_memory_equal(b, "llo", 3);

	file = skbox_open("/tmp/f", O_RDWR | O_CREAT, 0644);
	assert_true(file >= 0);
	assert_int_equal(skbox_write(file, "0123456789", 10), 10);
	n = skbox_sendfile(fd, file, &pos, 5);
	assert_int_equal(n, 5);
	assert_int_equal(pos, 7);
	assert_int_equal(skbox_ip_out(dev, packet, sizeof(packet)), 33);
	assert_memory_equal(packet + 28, "23456", 5);
	assert_int_equal(skbox_close(file), 0);
	assert_int_equal(skbox_close(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets_both_ways),
		cmocka_unit_test(test_checksums_left_to_the_device),
		cmocka_unit_test(test_a_packet_of_65535_bytes),
		cmocka_unit_test(test_what_is_no_packet),
		cmocka_unit_test(test_large_packets),
		cmocka_unit_test(test_a_call_waits_for_a_packet),
		cmocka_unit_test(test_a_call_waits_for_its_time),
		cmocka_unit_test(test_a_socket_closed_during_a_call),
		cmocka_unit_test(test_calls_that_cannot_be_started),
		cmocka_unit_test(test_poll_waits),
		cmocka_unit_test(test_a_script),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_a_close_that_waits),
		cmocka_unit_test(test_vectors_and_files),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
