/* The sock: options, what it charges for, how it waits, its control messages and iovecs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlab.h"

#define PORT 7200

static struct sk_buff *packet(const char *text)
{
	struct sk_buff *skb = alloc_skb((u32)strlen(text));

	assert_non_null(skb);
	memcpy(skb_put(skb, (u32)strlen(text)), text, strlen(text));
	return skb;
}

/* ---- options ---- */

static void flags_are_on_or_off(void **state)
{
	static const int names[] = { SO_DEBUG,	   SO_REUSEADDR, SO_REUSEPORT,
				     SO_BROADCAST, SO_KEEPALIVE, SO_OOBINLINE,
				     SO_NO_CHECK,  SO_DONTROUTE, SO_TIMESTAMP };
	int fd = netlab_udp(0, PORT, 0);
	u8 byte = 1;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(netlab_getopt(fd, SOL_SOCKET, names[i]), 0);
		assert_int_equal(netlab_setopt(fd, SOL_SOCKET, names[i], 17), 0);
		assert_int_equal(netlab_getopt(fd, SOL_SOCKET, names[i]), 1);
		assert_int_equal(netlab_setopt(fd, SOL_SOCKET, names[i], 0), 0);
		assert_int_equal(netlab_getopt(fd, SOL_SOCKET, names[i]), 0);
		assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, names[i], &byte, 1), -EINVAL);
		assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, names[i], &byte, (socklen_t)-1),
				 -EINVAL);
	}
	netlab_close(fd);
}

static void what_can_only_be_read(void **state)
{
	static const int names[] = { SO_TYPE,  SO_PROTOCOL,   SO_DOMAIN,
				     SO_ERROR, SO_ACCEPTCONN, SO_SNDLOWAT };
	static const int want[] = { SOCK_DGRAM, IPPROTO_UDP, AF_INET, 0, 0, 1 };
	int fd = netlab_udp(0, PORT, 0);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(netlab_getopt(fd, SOL_SOCKET, names[i]), want[i]);
		assert_int_equal(netlab_setopt(fd, SOL_SOCKET, names[i], 1), -ENOPROTOOPT);
	}
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, 9999, 1), -ENOPROTOOPT);
	assert_int_equal(netlab_setopt(fd, SOL_TCP, 1, 1), -ENOPROTOOPT);
	assert_int_equal(netlab_setopt(fd, SOL_IP, 9999, 1), -ENOPROTOOPT);
	netlab_close(fd);
}

static void buffers_double_within_limits(void **state)
{
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_RCVBUF), 212992);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_SNDBUF), 212992);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_RCVBUF, 10000), 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_RCVBUF), 20000);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_RCVBUF, 0), 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_RCVBUF), SOCK_MIN_RCVBUF);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_RCVBUF, 1 << 30), 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_RCVBUF), 2 * 212992);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_RCVBUF, -1), 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_RCVBUF), 2 * 212992);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20), 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_RCVBUF), 1 << 21);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_SNDBUF, 1), 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_SNDBUF), SOCK_MIN_SNDBUF);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, 0x7fffffff), 0);
	assert_true(netlab_getopt(fd, SOL_SOCKET, SO_SNDBUF) > 0);
	netlab_close(fd);
}

static void timeouts(void **state)
{
	struct timeval tv = { 1, 500000 }, got;
	socklen_t len = sizeof(got);
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(sys_getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &got, &len), 0);
	assert_int_equal(got.tv_sec + got.tv_usec, 0);
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	assert_true(netlab_sk(fd)->rcvtimeo == 1500);
	assert_int_equal(sys_getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &got, &len), 0);
	assert_memory_equal(&got, &tv, sizeof(tv));
	tv.tv_usec = 1000000;
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), -EDOM);
	tv = (struct timeval){ -1, 0 };
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
	assert_int_equal(netlab_sk(fd)->sndtimeo, 0);
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv) - 1), -EINVAL);
	tv = (struct timeval){ INT64_MAX, 0 };
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
	assert_true(netlab_sk(fd)->sndtimeo == SOCK_NO_TIMEO);
	netlab_close(fd);
}

static void short_buffers_get_what_fits(void **state)
{
	u8 val[8];
	socklen_t len = 2;
	int fd = netlab_udp(0, PORT, 0);

	memset(val, 0xee, sizeof(val));
	assert_int_equal(sys_getsockopt(fd, SOL_SOCKET, SO_RCVBUF, val, &len), 0);
	assert_int_equal(len, 2);
	assert_int_equal(val[2], 0xee);
	len = (socklen_t)-1;
	assert_int_equal(sys_getsockopt(fd, SOL_SOCKET, SO_RCVBUF, val, &len), -EINVAL);
	len = 0;
	assert_int_equal(sys_getsockopt(fd, SOL_SOCKET, SO_RCVBUF, val, &len), 0);
	assert_int_equal(len, 0);
	netlab_close(fd);
}

static void linger_priority_lowat(void **state)
{
	struct linger l = { 1, 7 }, got = { 0, 0 };
	socklen_t len = sizeof(got);
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0);
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, 4), -EINVAL);
	assert_int_equal(sys_getsockopt(fd, SOL_SOCKET, SO_LINGER, &got, &len), 0);
	assert_memory_equal(&got, &l, sizeof(l));
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_PRIORITY, 6), 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_PRIORITY), 6);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_MARK, -7), 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_MARK), -7);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_RCVLOWAT, 0), 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_RCVLOWAT), 1);
	netlab_close(fd);
}

static void bind_to_device(void **state)
{
	char name[IFNAMSIZ];
	socklen_t len = sizeof(name);
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(sys_getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "eth9", 5), -ENODEV);
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "eth0_and_a_long_tail", 4),
			 0);
	len = sizeof(name);
	assert_int_equal(sys_getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len), 0);
	assert_string_equal(name, "eth0");
	len = 4;
	assert_int_equal(sys_getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len), -EINVAL);
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0), 0);
	assert_int_equal(netlab_sk(fd)->bound_dev_if, 0);
	netlab_close(fd);
}

/* ---- memory ---- */

static void queues_charge_and_give_back(void **state)
{
	int err, fd = netlab_udp(0, PORT, 0);
	struct sock *sk = netlab_sk(fd);
	struct sk_buff *skb = packet("x");
	u32 size = skb->truesize;

	assert_int_equal(sock_queue_rcv_skb(sk, skb), 0);
	assert_int_equal(sk->rmem_alloc, size);
	assert_int_equal(sk->prot->rmem_alloc, size);
	skb = skb_recv_datagram(sk, MSG_DONTWAIT, &err);
	assert_non_null(skb);
	assert_int_equal(sk->rmem_alloc, size);
	skb_free_datagram(skb);
	assert_int_equal(sk->rmem_alloc, 0);
	assert_int_equal(sk->prot->rmem_alloc, 0);
	netlab_close(fd);
}

static void one_packet_always_fits(void **state)
{
	int fd = netlab_udp(0, PORT, 0);
	struct sock *sk = netlab_sk(fd);
	u64 drops = drop_reason_total(DROP_SOCKET_RCVBUF);

	sk->rcvbuf = 1;
	assert_int_equal(sock_queue_rcv_skb(sk, packet("x")), 0);
	assert_int_equal(sock_queue_rcv_skb(sk, packet("x")), -ENOMEM);
	assert_int_equal(sk_add_backlog(sk, packet("x")), -ENOBUFS);
	assert_int_equal(sk->drops, 2);
	assert_int_equal(drop_reason_total(DROP_SOCKET_RCVBUF), drops + 2);
	netlab_close(fd);
}

static void what_is_on_its_way_holds_the_sock(void **state)
{
	int fd = netlab_udp(0, PORT, 0);
	struct sock *sk = netlab_sk(fd);
	struct sk_buff *skb = packet("x");
	u32 refs = sk->refs, in_use;

	skb_set_owner_w(skb, sk);
	assert_int_equal(sk->refs, refs + 1);
	in_use = kmem_cache_in_use(udp_prot.cache);
	netlab_close(fd);
	assert_int_equal(kmem_cache_in_use(udp_prot.cache), in_use);
	consume_skb(skb);
	assert_int_equal(kmem_cache_in_use(udp_prot.cache), in_use - 1);
}

/* ---- waiting (the library's task never sleeps: a signal is always pending) ---- */

static void why_a_receive_ends(void **state)
{
	int err, fd = netlab_udp(0, PORT, 0);
	struct sock *sk = netlab_sk(fd);

	assert_null(skb_recv_datagram(sk, MSG_DONTWAIT, &err));
	assert_int_equal(err, -EAGAIN);
	assert_null(skb_recv_datagram(sk, 0, &err));
	assert_int_equal(err, -EINTR);
	sk->rcvtimeo = 0;
	assert_null(skb_recv_datagram(sk, 0, &err));
	assert_int_equal(err, -EAGAIN);
	sk->err = ECONNREFUSED;
	assert_null(skb_recv_datagram(sk, 0, &err));
	assert_int_equal(err, -ECONNREFUSED);
	assert_int_equal(sk->err, 0);
	sk->shutdown = RCV_SHUTDOWN;
	assert_null(skb_recv_datagram(sk, 0, &err));
	assert_int_equal(err, -EAGAIN);
	sk->rcvtimeo = SOCK_NO_TIMEO;
	assert_null(skb_recv_datagram(sk, 0, &err));
	assert_int_equal(err, 0);
	netlab_close(fd);
}

static void why_a_send_waits(void **state)
{
	int fd = netlab_udp(0, PORT, 0);
	struct sock *sk = netlab_sk(fd);

	assert_int_equal(sock_wait_for_wmem(sk, true), 0);
	sk->wmem_alloc += sk->sndbuf;
	assert_int_equal(sock_wait_for_wmem(sk, true), -EAGAIN);
	assert_int_equal(sock_wait_for_wmem(sk, false), -EINTR);
	assert_int_equal(datagram_poll(sk, NULL) & POLLOUT, 0);
	sk->err = EHOSTUNREACH;
	assert_int_equal(sock_wait_for_wmem(sk, false), -EHOSTUNREACH);
	sk->wmem_alloc -= sk->sndbuf;
	sk->shutdown = SEND_SHUTDOWN;
	assert_int_equal(sock_wait_for_wmem(sk, false), -EPIPE);
	netlab_close(fd);
}

/* ---- control messages ---- */

static void cmsgs_fill_the_buffer_to_the_last_byte(void **state)
{
	u32 room = CMSG_SPACE(4);

	for (u32 size = 0; size <= 3 * room; size++) {
		u8 *control = test_malloc(size ? size : 1);
		struct msghdr msg = { .msg_control = control, .msg_controllen = size };
		u32 value = 0x11223344, whole = 0;

		for (int i = 0; i < 3; i++)
			put_cmsg(&msg, SOL_IP, IP_TTL, &value, sizeof(value));
		if (size) {
			struct msghdr all = { .msg_control = control,
					      .msg_controllen =
						      (size_t)((u8 *)msg.msg_control - control) };

			for (struct cmsghdr *c = CMSG_FIRSTHDR(&all); c; c = CMSG_NXTHDR(&all, c))
				whole += c->cmsg_len == CMSG_LEN(4);
		}
		/* The last one needs no padding behind it. */
		assert_int_equal(whole, size < CMSG_LEN(4) ? 0 : (size - CMSG_LEN(4)) / room + 1);
		assert_int_equal(msg.msg_flags, whole == 3 ? 0 : MSG_CTRUNC);
		test_free(control);
	}
}

/* ---- iovecs ---- */

static void iovecs_move_on(void **state)
{
	char a[2], b[3], out[6];
	struct iovec iov[] = { { a, 2 }, { NULL, 0 }, { b, 3 } };
	struct iovec from[] = { { "ab", 2 }, { "cde", 3 } };
	u32 sum = 0;

	assert_int_equal(memcpy_toiovec(iov, "v", 1), 0);
	assert_int_equal(memcpy_toiovec(iov, "wxyz", 4), 0);
	assert_memory_equal(a, "vw", 2);
	assert_memory_equal(b, "xyz", 3);
	assert_int_equal(iov[2].iov_len, 0);
	assert_int_equal(memcpy_fromiovec(out, from, 1), 0);
	assert_int_equal(csum_copy_fromiovec(out + 1, from, 4, &sum), 0);
	assert_memory_equal(out, "abcde", 5);
	assert_int_equal(csum_fold(sum), csum_fold(csum_partial("bcde", 4, 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(flags_are_on_or_off),
		lab_test(what_can_only_be_read),
		lab_test(buffers_double_within_limits),
		lab_test(timeouts),
		lab_test(short_buffers_get_what_fits),
		lab_test(linger_priority_lowat),
		lab_test(bind_to_device),
		lab_test(queues_charge_and_give_back),
		lab_test(one_packet_always_fits),
		lab_test(what_is_on_its_way_holds_the_sock),
		lab_test(why_a_receive_ends),
		lab_test(why_a_send_waits),
		lab_test(cmsgs_fill_the_buffer_to_the_last_byte),
		lab_test(iovecs_move_on),
	};

	return cmocka_run_group_tests_name("sock", tests, netlab_setup, NULL);
}
