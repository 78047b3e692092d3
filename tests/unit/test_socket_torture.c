/*
 * Programs and wires without manners: random calls on a handful of sockets while random frames come
 * in. Nothing may panic, no byte be touched that is not ours (the sanitizer sees to it), and in the
 * end every buffer is back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlab.h"

#include "kernel/arch/host/skbox.h"

#define NR_FDS 12
#define ROUNDS 60000

static int fds[NR_FDS];
static u8 data[3000], frame[2048], sent[2048];
static u32 sent_len;

static be32 some_addr(void)
{
	static const be32 addrs[] = {
		0,
		OUR_IP,
		PEER_IP,
		BCAST_IP,
		IP4(127, 0, 0, 1),
		IP4(255, 255, 255, 255),
		IP4(239, 1, 1, 1),
		IP4(10, 0, 0, 9),
		IP4(192, 168, 9, 9),
	};

	return addrs[random_below(ARRAY_SIZE(addrs))];
}

static u16 some_port(void)
{
	return (u16)(random_below(10) ? 5000 + random_below(6) : random_below(2) * 9);
}

static struct sockaddr_in some_name(void)
{
	struct sockaddr_in sin = netlab_addr(some_addr(), some_port());

	if (random_below(20) == 0)
		sin.sin_family = (sa_family_t)random_below(3);
	return sin;
}

static u32 some_len(void)
{
	return random_below(4) ? random_below(60) : random_below(sizeof(data));
}

static int some_flags(void)
{
	static const int flags[] = { MSG_PEEK,	    MSG_TRUNC,	 MSG_ERRQUEUE, MSG_OOB,
				     MSG_DONTROUTE, MSG_CONFIRM, MSG_MORE };

	return random_below(3) ? 0 :
				 flags[random_below(ARRAY_SIZE(flags))] | flags[random_below(2)];
}

static void do_open(int *fd)
{
	static const int kinds[][2] = {
		{ SOCK_DGRAM, 0 },	    { SOCK_DGRAM, 0 },	       { SOCK_DGRAM, IPPROTO_ICMP },
		{ SOCK_RAW, IPPROTO_ICMP }, { SOCK_RAW, IPPROTO_UDP }, { SOCK_RAW, IPPROTO_RAW },
	};
	u32 k = random_below(ARRAY_SIZE(kinds));

	*fd = skbox_socket(AF_INET, kinds[k][0], kinds[k][1]);
	assert_true(*fd >= 0);
}

static void do_send(int fd)
{
	struct sockaddr_in to = some_name();
	u8 control[64] __aligned(8);
	struct iovec iov[3] = { { data, random_below(9) },
				{ data + 9, random_below(9) },
				{ data + 18, some_len() % 2900 } };
	struct msghdr msg = { .msg_name = random_below(3) ? &to : NULL,
			      .msg_namelen = sizeof(to),
			      .msg_iov = iov,
			      .msg_iovlen = random_below(4) };

	data[0] = ICMP_ECHO;
	data[1] = 0;
	get_random_bytes(control, sizeof(control));
	if (random_below(5) == 0) {
		*(struct cmsghdr *)control =
			(struct cmsghdr){ random_below(40), SOL_IP, (int)random_below(12) };
		msg.msg_control = control;
		msg.msg_controllen = random_below(sizeof(control) + 1);
	}
	skbox_sendmsg(fd, &msg, some_flags());
}

static void do_recv(int fd)
{
	u8 *control = test_malloc(100);
	struct sockaddr_in from;
	struct iovec iov[2] = { { frame, random_below(30) }, { frame + 30, some_len() % 2000 } };
	struct msghdr msg = { .msg_name = random_below(2) ? &from : NULL,
			      .msg_namelen = random_below(17),
			      .msg_iov = iov,
			      .msg_iovlen = random_below(3),
			      .msg_control = random_below(2) ? control : NULL,
			      .msg_controllen = random_below(101) };

	skbox_recvmsg(fd, &msg, some_flags());
	test_free(control);
}

static void do_option(int fd)
{
	u32 value = random_below(3) ? random_below(3) : random_below(100000);
	u8 *val = test_malloc(16);
	unsigned int len = random_below(17);
	int level = random_below(3) ? (random_below(2) ? SOL_SOCKET : SOL_IP) : SOL_RAW,
	    name = (int)random_below(42);

	/* A socket that may hold any amount would only test the pool. */
	if (level == SOL_SOCKET && (name == SO_RCVBUFFORCE || name == SO_SNDBUFFORCE))
		name = SO_RCVBUF;
	memset(val, 0, 16);
	memcpy(val, &value, sizeof(value));
	if (random_below(2))
		skbox_setsockopt(fd, level, name, val, len);
	else
		skbox_getsockopt(fd, level, name, val, &len);
	test_free(val);
}

static void do_name(int fd)
{
	struct sockaddr_in sin = some_name();
	unsigned int len = random_below(20) ? sizeof(sin) : random_below(17);
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };

	switch (random_below(5)) {
	case 0:
		skbox_bind(fd, &sin, len);
		break;
	case 1:
		skbox_connect(fd, &sin, len);
		break;
	case 2:
		skbox_connect(fd, &unspec, sizeof(unspec));
		break;
	case 3:
		skbox_getsockname(fd, &sin, &len);
		break;
	default:
		skbox_getpeername(fd, &sin, &len);
	}
}

static void do_frame(void)
{
	u32 len = netlab_build_udp(frame,
				   &(struct udp_frame){ .saddr = random_below(4) ? 0 : some_addr(),
							.daddr = random_below(4) ? 0 : some_addr(),
							.sport = some_port(),
							.dport = some_port(),
							.data = data,
							.len = some_len() % 1400,
							.bad_csum = random_below(6) == 0,
							.no_csum = random_below(6) == 0 });

	if (random_below(4) == 0)
		frame[ETH_HLEN + random_below(len - ETH_HLEN)] ^= (u8)(1 << random_below(8));
	if (random_below(10) == 0)
		len -= random_below(len - ETH_HLEN);
	skbox_frame_in(0, frame, len);
}

static void do_icmp(void)
{
	static const u8 types[] = { ICMP_ECHOREPLY, ICMP_DEST_UNREACH, ICMP_TIME_EXCEEDED,
				    ICMP_PARAMETERPROB, ICMP_ECHO };
	u8 type = types[random_below(ARRAY_SIZE(types))];
	u32 len = min(sent_len, 500u);

	if (random_below(3) == 0 && len > 28)
		sent[ETH_HLEN + random_below(28)] ^= (u8)(1 << random_below(8));
	netlab_icmp_in(type, (u8)random_below(16), random_u32(), sent + ETH_HLEN,
		       random_below(4) ? len : random_below(len + 1));
}

static void do_wire(void)
{
	u32 len;

	for (u32 n = random_below(20); n && (len = netlab_out(frame, sizeof(frame))) > 0; n--) {
		memcpy(sent, frame, len);
		sent_len = len - ETH_HLEN;
	}
	netlab_advance(random_below(4) ? random_below(1000000) : random_below(1000000000));
}

static void do_other(int *fd)
{
	int n;

	switch (random_below(4)) {
	case 0:
		skbox_close(*fd);
		*fd = -1;
		break;
	case 1:
		if (random_below(10) == 0)
			skbox_shutdown(*fd, (int)random_below(4));
		break;
	case 2:
		skbox_ioctl(*fd, random_below(2) ? FIONREAD : SIOCOUTQ, &n);
		break;
	default:
		netlab_poll(*fd);
	}
}

static void step(int *fd)
{
	switch (random_below(9)) {
	case 0:
	case 1:
		do_send(*fd);
		break;
	case 2:
		do_recv(*fd);
		break;
	case 3:
		do_option(*fd);
		break;
	case 4:
		do_name(*fd);
		break;
	case 5:
	case 6:
		do_frame();
		break;
	case 7:
		if (random_below(2))
			do_icmp();
		else
			do_wire();
		break;
	default:
		do_other(fd);
	}
}

static void torture(void **state)
{
	for (u32 i = 0; i < NR_FDS; i++)
		fds[i] = -1;
	for (u32 i = 0; i < ROUNDS; i++) {
		int *fd = &fds[random_below(NR_FDS)];

		if (*fd < 0)
			do_open(fd);
		step(fd);
	}
	for (u32 i = 0; i < NR_FDS; i++) {
		if (fds[i] >= 0)
			netlab_close(fds[i]);
	}
	/* What waits for neighbours that never answer gives up. */
	do_wire();
	while (netlab_out(frame, sizeof(frame)))
		;
	netlab_advance(100 * NSEC_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(torture),
	};

	return cmocka_run_group_tests_name("socket torture", tests, netlab_setup, NULL);
}
