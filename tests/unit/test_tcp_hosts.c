/*
 * Idle connections with more hosts than the routing cache has entries: each holds a way, and there
 * still is one for whoever comes next, in and out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connlab.h"

#include "net/ip/rt_cache.h"

#define HOSTS 8000 /* max_size is 2048 here, and as many entries are for what comes in */

static int fds[HOSTS];

static be32 host(u32 i)
{
	return IP4(20, i >> 16 & 255, i >> 8 & 255, i & 255);
}

static int setup(void **state)
{
	struct route_config cfg = { .type = RTN_UNICAST, .gateway = PEER_IP };
	int err = netlab_boot("quiet mem=48M rhash_entries=256");

	assert_int_equal(ip_route_add(&cfg), 0);
	return err;
}

/* A connection from @addr, accepted. */
static int come_in(int listener, be32 addr)
{
	struct raw_seg s = { .saddr = addr, .flags = SYN, .seq = 1000, .win = 65535, .mss = 1460 };
	struct raw_seg answer;

	raw_in(&s);
	if (!raw_out(&answer))
		fail_msg("no answer for %08x, %u entries", ntohl(addr), rt_hash.entries);
	assert_int_equal(answer.daddr, addr);
	assert_int_equal(answer.flags, SYN | ACK);
	s = (struct raw_seg){
		.saddr = addr, .flags = ACK, .seq = 1001, .ack = answer.seq + 1, .win = 65535
	};
	raw_in(&s);
	return lab_accept(listener);
}

static void each_finds_its_way(void **state)
{
	struct sockaddr_in to = netlab_addr(host(HOSTS + 7), 9);
	int listener = lab_listen(100), fd;
	static u8 frame[2048];
	struct raw_seg s;

	assert_true((u32)sysctl_rt_max_size < HOSTS / 2);
	for (u32 i = 0; i < HOSTS; i++) {
		fds[i] = come_in(listener, host(i));
		if (fds[i] < 0)
			fail_msg("host %u: %d", i, fds[i]);
	}
	assert_true(rt_hash.entries <= (u32)sysctl_rt_max_size);
	/* Out, too; and the first of them is as good as ever. */
	fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(skbox_sendto(fd, "x", 1, 0, &to, sizeof(to)), 1);
	netlab_close(fd);
	while (netlab_out(frame, sizeof(frame)))
		;
	assert_int_equal(skbox_write(fds[0], "hello", 5), 5);
	raw_expect(&s, PSH | ACK);
	assert_int_equal(s.daddr, host(0));
	for (u32 i = 0; i < HOSTS; i++) {
		netlab_setopt(fds[i], SOL_SOCKET, SO_KEEPALIVE, 0);
		skbox_close(fds[i]);
	}
	netlab_close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_finds_its_way),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
