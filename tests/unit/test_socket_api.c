/* The socket calls as a program sees them: every wrong use has its own errno, and results go where
 * they should, no byte further. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlab.h"

#include "kernel/arch/host/skbox.h"

#define PORT 7100

static char buf[2048];

static void socket_arguments(void **state)
{
	static const struct {
		int family, type, protocol, want;
	} cases[] = {
		{ AF_INET6, SOCK_DGRAM, 0, -EAFNOSUPPORT },
		{ AF_UNSPEC, SOCK_DGRAM, 0, -EAFNOSUPPORT },
		{ 99, SOCK_DGRAM, 0, -EAFNOSUPPORT },
		{ -1, SOCK_DGRAM, 0, -EAFNOSUPPORT },
		{ AF_INET, 0, 0, -ESOCKTNOSUPPORT },
		{ AF_INET, 11, 0, -EINVAL },
		{ AF_INET, SOCK_DGRAM, 262, -EPROTONOSUPPORT },
		{ AF_INET, SOCK_STREAM, IPPROTO_UDP, -EPROTONOSUPPORT },
		{ AF_INET, 5, 0, -ESOCKTNOSUPPORT },
		{ AF_INET, SOCK_DGRAM, IPPROTO_TCP, -EPROTONOSUPPORT },
		{ AF_INET, SOCK_DGRAM, -1, -EINVAL },
		{ AF_INET, SOCK_DGRAM, 300, -EINVAL },
		{ AF_INET, SOCK_DGRAM | 0x10, 0, -EINVAL },
		{ AF_INET, SOCK_RAW, 0, -EPROTONOSUPPORT },
	};
	int fd;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(sys_socket(cases[i].family, cases[i].type, cases[i].protocol),
				 cases[i].want);
	fd = (int)sys_socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	assert_true(fd >= 0);
	assert_int_equal(skbox_fcntl(fd, F_GETFD, 0), FD_CLOEXEC);
	assert_true(skbox_fcntl(fd, F_GETFL, 0) & O_NONBLOCK);
	netlab_close(fd);
}

static void descriptors_run_out(void **state)
{
	int fds[100], n = 0;

	sysctl_nr_open = 64;
	while (n < 100) {
		fds[n] = (int)sys_socket(AF_INET, SOCK_DGRAM, 0);
		if (fds[n] < 0)
			break;
		n++;
	}
	assert_in_range(n, 1, 64);
	assert_int_equal(fds[n], -EMFILE);
	sysctl_nr_open = NR_OPEN_MAX;
	while (n--)
		netlab_close(fds[n]);
}

static void not_a_socket(void **state)
{
	static const struct file_operations no_ops;
	struct sockaddr_in sin = netlab_addr(0, 0);
	socklen_t len = sizeof(sin);
	int file = (int)sys_socket(AF_INET, SOCK_DGRAM, 0), want[2] = { -EBADF, -ENOTSOCK };

	netlab_close(file);
	for (int i = 0; i < 2; i++) {
		int fd = i ? file : 63, one = 1;
		struct iovec iov = { buf, 1 };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

		if (i) {
			struct file *f = file_alloc(&no_ops, 0, NULL);

			file = fd = fd_install(f, 0, false);
			assert_true(fd >= 0);
		}
		assert_int_equal(sys_bind(fd, (struct sockaddr *)&sin, sizeof(sin)), want[i]);
		assert_int_equal(sys_connect(fd, (struct sockaddr *)&sin, sizeof(sin)), want[i]);
		assert_int_equal(sys_listen(fd, 1), want[i]);
		assert_int_equal(sys_accept4(fd, NULL, NULL, 0), want[i]);
		assert_int_equal(sys_getsockname(fd, (struct sockaddr *)&sin, &len), want[i]);
		assert_int_equal(sys_getpeername(fd, (struct sockaddr *)&sin, &len), want[i]);
		assert_int_equal(sys_sendto(fd, "x", 1, 0, NULL, 0), want[i]);
		assert_int_equal(sys_recvfrom(fd, buf, 1, 0, NULL, NULL), want[i]);
		assert_int_equal(sys_sendmsg(fd, &msg, 0), want[i]);
		assert_int_equal(sys_recvmsg(fd, &msg, 0), want[i]);
		assert_int_equal(sys_shutdown(fd, 0), want[i]);
		assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_DEBUG, &one, sizeof(one)),
				 want[i]);
		assert_int_equal(sys_getsockopt(fd, SOL_SOCKET, SO_DEBUG, &one, &len), want[i]);
	}
	netlab_close(file);
}

static void datagram_sockets_do_not_listen(void **state)
{
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(sys_listen(fd, 5), -EOPNOTSUPP);
	assert_int_equal(sys_accept4(fd, NULL, NULL, 0), -EOPNOTSUPP);
	assert_int_equal(sys_accept4(fd, NULL, NULL, 1), -EINVAL);
	netlab_close(fd);
}

static void names_are_cut_and_their_length_told(void **state)
{
	struct sockaddr_in sin;
	u8 short_name[16];
	socklen_t len;
	int fd = netlab_udp(OUR_IP, PORT, 0);

	len = 100;
	assert_int_equal(sys_getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	assert_int_equal(len, sizeof(sin));
	assert_int_equal(sin.sin_port, htons(PORT));
	memset(short_name, 0xee, sizeof(short_name));
	len = 4;
	assert_int_equal(sys_getsockname(fd, (struct sockaddr *)short_name, &len), 0);
	assert_int_equal(len, sizeof(sin));
	assert_memory_equal(short_name, &sin, 4);
	assert_int_equal(short_name[4], 0xee);
	len = (socklen_t)-1;
	assert_int_equal(sys_getsockname(fd, (struct sockaddr *)&sin, &len), -EINVAL);
	assert_int_equal(sys_getsockname(fd, NULL, NULL), -EFAULT);
	len = sizeof(sin);
	assert_int_equal(sys_getpeername(fd, (struct sockaddr *)&sin, &len), -ENOTCONN);
	assert_int_equal(netlab_connect(fd, PEER_IP, 9), 0);
	assert_int_equal(sys_getpeername(fd, (struct sockaddr *)&sin, &len), 0);
	assert_int_equal(sin.sin_addr.s_addr, PEER_IP);
	netlab_close(fd);
}

static void received_names_likewise(void **state)
{
	u8 name[16];
	socklen_t len = 6;
	int fd = netlab_udp(0, PORT, 0);

	memset(name, 0xee, sizeof(name));
	netlab_udp_in(&(struct udp_frame){ .sport = 4000, .dport = PORT, .data = "x", .len = 1 });
	assert_int_equal(sys_recvfrom(fd, buf, 1, 0, (struct sockaddr *)name, &len), 1);
	assert_int_equal(len, 16);
	assert_int_equal(get_be16(name + 2), 4000);
	assert_int_equal(name[6], 0xee);
	netlab_close(fd);
}

static void addresses_in(void **state)
{
	struct sockaddr_storage big = { .ss_family = AF_INET };
	struct sockaddr_in sin = netlab_addr(PEER_IP, 9);
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(sys_connect(fd, (struct sockaddr *)&big, 1), -EINVAL);
	assert_int_equal(sys_connect(fd, (struct sockaddr *)&sin, sizeof(sin) - 1), -EINVAL);
	assert_int_equal(sys_connect(fd, (struct sockaddr *)&big, sizeof(big) + 1), -EINVAL);
	assert_int_equal(sys_connect(fd, NULL, 16), -EFAULT);
	assert_int_equal(sys_sendto(fd, "x", 1, 0, (struct sockaddr *)&sin, 15), -EINVAL);
	sin.sin_family = AF_INET6;
	assert_int_equal(sys_connect(fd, (struct sockaddr *)&sin, sizeof(sin)), -EAFNOSUPPORT);
	assert_int_equal(sys_sendto(fd, "x", 1, 0, (struct sockaddr *)&sin, sizeof(sin)),
			 -EAFNOSUPPORT);
	sin = netlab_addr(BCAST_IP, 9);
	assert_int_equal(sys_connect(fd, (struct sockaddr *)&sin, sizeof(sin)), -EACCES);
	sin = netlab_addr(IP4(192, 168, 77, 1), 9);
	assert_int_equal(sys_connect(fd, (struct sockaddr *)&sin, sizeof(sin)), -ENETUNREACH);
	netlab_close(fd);
}

static void bad_pointers(void **state)
{
	struct iovec iov = { NULL, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct sockaddr_in to = netlab_addr(PEER_IP, 9);
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(sys_sendto(fd, NULL, 1, 0, (struct sockaddr *)&to, sizeof(to)), -EFAULT);
	assert_int_equal(sys_recvfrom(fd, NULL, 1, 0, NULL, NULL), -EFAULT);
	assert_int_equal(sys_sendmsg(fd, NULL, 0), -EFAULT);
	assert_int_equal(sys_sendmsg(fd, &msg, 0), -EFAULT);
	assert_int_equal(sys_recvmsg(fd, &msg, 0), -EFAULT);
	msg.msg_iov = NULL;
	assert_int_equal(sys_recvmsg(fd, &msg, 0), -EFAULT);
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_DEBUG, NULL, 4), -EFAULT);
	assert_int_equal(sys_getsockopt(fd, SOL_SOCKET, SO_DEBUG, buf, NULL), -EFAULT);
	netlab_close(fd);
}

static void iovec_limits(void **state)
{
	static struct iovec iov[1025];
	struct sockaddr_in to = netlab_addr(PEER_IP, 9);
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = iov, .msg_iovlen = 1025
	};
	u8 frame[2048];
	int fd = netlab_udp(0, PORT, 0);

	for (int i = 0; i < 1025; i++)
		iov[i] = (struct iovec){ "x", 1 };
	assert_int_equal(sys_sendmsg(fd, &msg, 0), -EMSGSIZE);
	msg.msg_iovlen = 1024;
	assert_int_equal(sys_sendmsg(fd, &msg, 0), 1024);
	assert_true(netlab_out(frame, sizeof(frame)) > 1024);
	iov[3].iov_len = (size_t)-1;
	assert_int_equal(sys_sendmsg(fd, &msg, 0), -EINVAL);
	iov[3].iov_len = 1;
	msg.msg_namelen = (socklen_t)-1;
	assert_int_equal(sys_sendmsg(fd, &msg, 0), -EINVAL);
	msg.msg_iovlen = 0;
	msg.msg_namelen = sizeof(to);
	assert_int_equal(sys_sendmsg(fd, &msg, 0), 0);
	assert_true(netlab_out(frame, sizeof(frame)) > 0);
	netlab_close(fd);
}

static void read_and_write(void **state)
{
	u8 frame[2048];
	int fd = netlab_udp(0, PORT, 0);
	struct file *f = fget(fd);

	assert_int_equal(f->ops->write(f, "x", 1), -EDESTADDRREQ);
	assert_int_equal(netlab_connect(fd, PEER_IP, 9), 0);
	assert_int_equal(f->ops->write(f, "xyz", 3), 3);
	assert_true(netlab_out(frame, sizeof(frame)));
	assert_memory_equal(frame_data(frame), "xyz", 3);
	assert_int_equal(f->ops->read(f, buf, sizeof(buf)), -EAGAIN);
	netlab_udp_in(&(struct udp_frame){ .sport = 9, .dport = PORT, .data = "abc", .len = 3 });
	assert_int_equal(f->ops->read(f, buf, 0), 0);
	assert_int_equal(f->ops->read(f, buf, sizeof(buf)), 3);
	fput(f);
	netlab_close(fd);
}

static void shutdown_wakes_and_ends(void **state)
{
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(sys_shutdown(fd, 3), -EINVAL);
	assert_int_equal(sys_shutdown(fd, -1), -EINVAL);
	assert_int_equal(sys_shutdown(fd, SHUT_RD), -ENOTCONN);
	assert_int_equal(netlab_poll(fd) & (POLLIN | POLLRDHUP | POLLHUP), POLLIN | POLLRDHUP);
	assert_int_equal(sys_recvfrom(fd, buf, 1, 0, NULL, NULL), -EAGAIN);
	assert_int_equal(netlab_connect(fd, PEER_IP, 9), 0);
	assert_int_equal(sys_shutdown(fd, SHUT_WR), 0);
	assert_true(netlab_poll(fd) & POLLHUP);
	assert_int_equal(sys_sendto(fd, "x", 1, 0, NULL, 0), -EPIPE);
	netlab_close(fd);
}

static void poll_bits(void **state)
{
	int fd = netlab_udp(0, PORT, 0);

	assert_int_equal(netlab_poll(fd), POLLOUT | POLLWRNORM);
	netlab_udp_in(&(struct udp_frame){ .sport = 9, .dport = PORT, .data = "abc", .len = 3 });
	assert_int_equal(netlab_poll(fd), POLLOUT | POLLWRNORM | POLLIN | POLLRDNORM);
	netlab_expect(fd, "abc");
	assert_int_equal(netlab_poll(fd), POLLOUT | POLLWRNORM);
	netlab_close(fd);
}

static void send_buffer_fills_and_drains(void **state)
{
	u8 frame[2048];
	int sent = 0, queued, fd = netlab_udp(0, PORT, 0);

	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_SNDBUF, 10000), 0);
	/* Until the peer's link address is known the packets wait, and stay charged to the socket.
	 */
	while (netlab_send(fd, "x", 1, IP4(10, 0, 0, 77), 9) == 1 && sent < 100)
		sent++;
	assert_int_equal(skbox_ioctl(fd, SIOCOUTQ, &queued), 0);
	if (sent < 100) {
		assert_in_range(queued, 20000, 24000);
		assert_int_equal(netlab_poll(fd) & POLLOUT, 0);
		assert_int_equal(netlab_send(fd, "x", 1, IP4(10, 0, 0, 77), 9), -EAGAIN);
	}
	while (netlab_out(frame, sizeof(frame)))
		;
	assert_int_equal(skbox_ioctl(fd, SIOCOUTQ, &queued), 0);
	assert_int_equal(queued, 0);
	assert_true(netlab_poll(fd) & POLLOUT);
	netlab_close(fd);
}

static void ioctls(void **state)
{
	struct timeval tv;
	int n = -1, fd = netlab_udp(0, PORT, 0);

	assert_int_equal(skbox_ioctl(fd, SIOCGSTAMP, &tv), -ENOENT);
	assert_int_equal(skbox_ioctl(fd, FIONREAD, &n), 0);
	assert_int_equal(n, 0);
	netlab_udp_in(&(struct udp_frame){ .sport = 9, .dport = PORT, .data = "abc", .len = 3 });
	netlab_udp_in(&(struct udp_frame){ .sport = 9, .dport = PORT, .data = "defgh", .len = 5 });
	assert_int_equal(skbox_ioctl(fd, FIONREAD, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(skbox_ioctl(fd, FIONREAD, NULL), -EFAULT);
	netlab_expect(fd, "abc");
	netlab_expect(fd, "defgh");
	assert_int_equal(skbox_ioctl(fd, SIOCGSTAMP, &tv), 0);
	assert_true(tv.tv_sec >= 1000000000);
	assert_int_equal(skbox_ioctl(fd, 0x1234, &n), -ENOTTY);
	assert_int_equal(skbox_ioctl(fd, 0x89ff, &n), -ENOTTY);
	netlab_close(fd);
}

static void proc_files(void **state)
{
	static char text[8192];
	int fd = netlab_udp(OUR_IP, PORT, 0);
	char *line;

	assert_int_equal(netlab_connect(fd, PEER_IP, 0x1234), 0);
	netlab_udp_in(
		&(struct udp_frame){ .sport = 0x1234, .dport = PORT, .data = "abc", .len = 3 });
	assert_true(skbox_proc_read("net/udp", text, sizeof(text)) > 0);
	line = strchr(text, '\n');
	assert_int_equal(line - text, 127);
	assert_memory_equal(
		text,
		"   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
		"timeout inode ref pointer drops",
		115);
	assert_non_null(strstr(
		line,
		": 0200000A:1BBC 0100000A:1234 01 00000000:00000900 00:00000000 00000000     0        "
		"0 0 2 0000000000000000 0"));
	assert_int_equal(strchr(line + 1, '\n') - line, 128);
	assert_true(skbox_proc_read("net/sockstat", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "UDP: inuse 1 mem 1\n"));
	assert_true(skbox_proc_read("net/protocols", text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\nPING "));
	assert_true(skbox_proc_read("net/raw", text, sizeof(text)) > 0);
	assert_true(skbox_proc_read("net/icmp", text, sizeof(text)) > 0);
	netlab_close(fd);
}

static void tunables(void **state)
{
	char text[64];
	int fd;

	assert_int_equal(skbox_sysctl("net.core.rmem_default", "50000"), 0);
	fd = netlab_udp(0, PORT, 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_RCVBUF), 50000);
	netlab_close(fd);
	assert_int_equal(skbox_sysctl("net.core.rmem_default", "212992"), 0);
	assert_int_equal(skbox_sysctl("net.core.rmem_default", "1"), -EINVAL);
	assert_int_equal(skbox_sysctl("net.ipv4.ip_local_port_range", "5000 5001"), 0);
	assert_true(skbox_proc_read("sys/net/ipv4/ip_local_port_range", text, sizeof(text)) > 0);
	assert_string_equal(text, "5000\t5001\n");
	assert_int_equal(skbox_sysctl("net.ipv4.ip_local_port_range", "5000"), -EINVAL);
	assert_int_equal(skbox_sysctl("net.ipv4.ip_local_port_range", "5000 5001 5002"), -EINVAL);
	fd = (int)sys_socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(netlab_connect(fd, PEER_IP, 9), 0);
	assert_in_range(netlab_sk(fd)->num, 5000, 5001);
	netlab_close(fd);
	assert_int_equal(skbox_sysctl("net.ipv4.ip_local_port_range", "32768 60999"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(socket_arguments),
		lab_test(descriptors_run_out),
		lab_test(not_a_socket),
		lab_test(datagram_sockets_do_not_listen),
		lab_test(names_are_cut_and_their_length_told),
		lab_test(received_names_likewise),
		lab_test(addresses_in),
		lab_test(bad_pointers),
		lab_test(iovec_limits),
		lab_test(read_and_write),
		lab_test(shutdown_wakes_and_ends),
		lab_test(poll_bits),
		lab_test(send_buffer_fills_and_drains),
		lab_test(ioctls),
		lab_test(proc_files),
		lab_test(tunables),
	};

	return cmocka_run_group_tests_name("socket api", tests, netlab_setup, NULL);
}
