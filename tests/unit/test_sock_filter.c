/* Packet filters on sockets of every kind: where they stand, what they cut, who has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlab.h"

#include "kernel/arch/host/skbox.h"
#include "net/core/filter.h"

static u8 buf[4096];

static int attach(int fd, const struct sock_filter *insns, size_t n)
{
	struct sock_fprog prog = { (unsigned short)n, (struct sock_filter *)insns };

	return skbox_setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

/* A program that keeps @keep bytes of what has @value at @off, and nothing of others. */
static int attach_match(int fd, u32 off, u16 value, u32 keep)
{
	const struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, off),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, keep),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	return attach(fd, f, ARRAY_SIZE(f));
}

static void udp_in(u16 sport, const char *text, bool bad_csum)
{
	netlab_udp_in(&(struct udp_frame){ .data = text,
					   .len = (u32)strlen(text),
					   .sport = sport,
					   .dport = 4242,
					   .bad_csum = bad_csum });
}

static long recv_any(int fd)
{
	return skbox_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL);
}

static void options(void **state)
{
	const struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, 0xffff) };
	const struct sock_filter bad[] = { BPF_STMT(BPF_LD | BPF_IMM, 1) };
	struct sock_fprog prog = { 1, NULL };
	struct sock_filter got[4];
	socklen_t len = 4;
	int fd = netlab_udp(0, 4242, 0);

	assert_int_equal(skbox_setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, 8), -EINVAL);
	assert_int_equal(skbox_setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)),
			 -EINVAL);
	assert_int_equal(attach(fd, all, 0), -EINVAL);
	assert_int_equal(attach(fd, all, BPF_MAXINSNS + 1), -EINVAL);
	assert_int_equal(attach(fd, bad, 1), -EINVAL);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_DETACH_FILTER, 0), -ENOENT);
	assert_int_equal(skbox_getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, got, &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(attach(fd, all, 1), 0);
	assert_int_equal(attach_match(fd, 0, 7, 1), 0); /* replaces it */
	len = 0;
	assert_int_equal(skbox_getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &len), 0);
	assert_int_equal(len, 4);
	len = 3;
	assert_int_equal(skbox_getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, got, &len), -EINVAL);
	len = 4;
	assert_int_equal(skbox_getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, got, &len), 0);
	assert_int_equal(got[1].k, 7);
	assert_int_equal(got[3].code, BPF_RET | BPF_K);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_LOCK_FILTER), 0);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_LOCK_FILTER, 1), 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_LOCK_FILTER), 1);
	assert_int_equal(attach(fd, all, 1), -EPERM);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_DETACH_FILTER, 0), -EPERM);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_LOCK_FILTER, 0), -EPERM);
	netlab_close(fd);
	fd = netlab_udp(0, 4242, 0);
	assert_int_equal(attach_match(fd, 0, 7, 0), 0);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_DETACH_FILTER, 0), 0);
	udp_in(5, "all", false);
	netlab_expect(fd, "all");
	netlab_close(fd);
}

/* A UDP socket's begins at the UDP header, and cuts no more than the payload. */
static void udp(void **state)
{
	int fd = netlab_udp(0, 4242, 0);
	u64 filtered = drop_reason_total(DROP_SOCKET_FILTER);
	u64 errors = udp_mib[UDP_MIB_InErrors], csum = udp_mib[UDP_MIB_InCsumErrors];

	assert_int_equal(attach_match(fd, 0, 77, 12), 0);
	udp_in(78, "no", false);
	assert_int_equal(drop_reason_total(DROP_SOCKET_FILTER), filtered + 1);
	assert_int_equal(udp_mib[UDP_MIB_InErrors], errors + 1);
	assert_int_equal(netlab_sk(fd)->drops, 1);
	udp_in(77, "0123456789", false);
	netlab_expect(fd, "0123");
	assert_int_equal(attach_match(fd, 0, 77, 1), 0);
	udp_in(77, "0123456789", false);
	netlab_expect(fd, "");
	/* What is cut can no longer be summed: it is before. */
	udp_in(77, "0123456789", true);
	assert_int_equal(udp_mib[UDP_MIB_InCsumErrors], csum + 1);
	netlab_expect_nothing(fd);
	netlab_close(fd);
}

static void raw_and_ping(void **state)
{
	int raw = skbox_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	int ping = skbox_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	struct sockaddr_in addr = netlab_addr(0, 555);
	u64 filtered = drop_reason_total(DROP_SOCKET_FILTER);

	assert_int_equal(skbox_bind(ping, &addr, sizeof(addr)), 0);
	assert_int_equal(attach_match(raw, 20, 0, 24), 0); /* echo reply, at its IP header */
	assert_int_equal(attach_match(ping, 6, 9, 10), 0); /* sequence 9 */
	netlab_icmp_in(ICMP_ECHOREPLY, 0, 555u << 16 | 9, "abcdef", 6);
	netlab_icmp_in(ICMP_ECHOREPLY, 0, 555u << 16 | 8, "abcdef", 6);
	netlab_icmp_in(ICMP_TIMESTAMPREPLY, 0, 1, "abcdefghijkl", 12);
	assert_int_equal(recv_any(raw), 24);
	assert_int_equal(recv_any(raw), 24);
	assert_int_equal(recv_any(raw), -EAGAIN);
	assert_int_equal(recv_any(ping), 10);
	assert_memory_equal(buf + 8, "ab", 2);
	assert_int_equal(recv_any(ping), -EAGAIN);
	assert_int_equal(drop_reason_total(DROP_SOCKET_FILTER), filtered + 2);
	netlab_close(raw);
	netlab_close(ping);
}

/* ---- TCP: over the loopback device ---- */

static int tcp_connect(int c, u16 port)
{
	struct sockaddr_in addr = netlab_addr(htonl(INADDR_LOOPBACK), port);
	int err = skbox_connect(c, &addr, sizeof(addr));

	netlab_advance(10 * NSEC_PER_MSEC);
	return err == -EINPROGRESS ? -netlab_getopt(c, SOL_SOCKET, SO_ERROR) : err;
}

static int tcp_listener(u16 port)
{
	struct sockaddr_in addr = netlab_addr(htonl(INADDR_LOOPBACK), port);
	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	assert_int_equal(skbox_bind(fd, &addr, sizeof(addr)), 0);
	assert_int_equal(skbox_listen(fd, 4), 0);
	return fd;
}

static void tcp_listener_s_filter(void **state)
{
	struct sockaddr_in from = netlab_addr(0, 9001);
	int ls = tcp_listener(7000), c = skbox_socket(AF_INET, SOCK_STREAM, 0), s, off = 0;
	int unwanted = skbox_socket(AF_INET, SOCK_STREAM, 0);

	/* Only from port 9001; and of such segments at most 25 bytes, header and all. */
	assert_int_equal(attach_match(ls, 0, 9001, 25), 0);
	assert_int_equal(netlab_setopt(ls, SOL_SOCKET, SO_LOCK_FILTER, 1), 0);
	assert_int_equal(tcp_connect(unwanted, 7000), 0); /* still at it */
	assert_int_equal(skbox_accept(ls, NULL, NULL), -EAGAIN);
	netlab_close(unwanted);
	assert_int_equal(skbox_bind(c, &from, sizeof(from)), 0);
	assert_int_equal(tcp_connect(c, 7000), 0);
	s = skbox_accept(ls, NULL, NULL);
	assert_true(s >= 0);
	/* The listener may go: its child has a share. */
	netlab_close(ls);
	assert_int_equal(netlab_setopt(s, SOL_SOCKET, SO_DETACH_FILTER, 0), -EPERM);
	/* What is cut has not arrived, and is sent again: slowly, all comes through. */
	netlab_setopt(c, SOL_TCP, TCP_NODELAY, 1);
	assert_int_equal(skbox_write(c, "hello, you", 10), 10);
	for (int i = 0; i < 3000 && off < 10; i++) {
		long n = skbox_read(s, buf + off, sizeof(buf) - (size_t)off);

		if (n > 0)
			off += (int)n;
		netlab_advance(100 * NSEC_PER_MSEC);
	}
	netlab_close(c);
	netlab_close(s);
	netlab_advance(300 * NSEC_PER_SEC);
}

static void tcp_connection_s_filter(void **state)
{
	const struct sock_filter none[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	int ls = tcp_listener(7001), c = skbox_socket(AF_INET, SOCK_STREAM, 0), s;
	u64 filtered = drop_reason_total(DROP_SOCKET_FILTER);

	assert_int_equal(tcp_connect(c, 7001), 0);
	s = skbox_accept(ls, NULL, NULL);
	assert_true(s >= 0);
	assert_int_equal(attach(s, none, 1), 0);
	assert_int_equal(skbox_write(c, "hello", 5), 5);
	netlab_advance(NSEC_PER_SEC);
	assert_int_equal(skbox_read(s, buf, sizeof(buf)), -EAGAIN);
	assert_true(drop_reason_total(DROP_SOCKET_FILTER) > filtered);
	/* It is lost like any segment, and comes again. */
	assert_int_equal(netlab_setopt(s, SOL_SOCKET, SO_DETACH_FILTER, 0), 0);
	netlab_advance(10 * NSEC_PER_SEC);
	netlab_expect(s, "hello");
	netlab_close(c);
	netlab_close(s);
	netlab_close(ls);
	netlab_advance(300 * NSEC_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(options),
		lab_test(udp),
		lab_test(raw_and_ping),
		lab_test(tcp_listener_s_filter),
		lab_test(tcp_connection_s_filter),
	};

	return cmocka_run_group_tests_name("filters on sockets", tests, netlab_setup, NULL);
}
