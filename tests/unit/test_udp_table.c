/* UDP's tables against their definition: thousands of random sockets and packets, each looked up in
 * the plain way too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlab.h"
#include "net/transport/udp_table.h"

#define NR_SOCKS 300

static struct sock *socks[NR_SOCKS];

static be32 some_addr(bool or_any)
{
	u32 n = random_below(or_any ? 4 : 3);

	return n == 3 ? 0 : IP4(10, 0, 0, 1 + n);
}

static u16 some_port(void)
{
	return (u16)(100 + random_below(3) * 8192 + random_below(4));
}

/* What a socket demands, one point for each; -1: not met. */
static int points(const struct sock *sk, const struct udp_flow *fl)
{
	if (sk->num != fl->lport || (sk->rcv_saddr && sk->rcv_saddr != fl->laddr) ||
	    (sk->daddr && sk->daddr != fl->raddr) || (sk->dport && sk->dport != fl->rport) ||
	    (sk->bound_dev_if && sk->bound_dev_if != fl->dif))
		return -1;
	return !!sk->rcv_saddr + !!sk->daddr + !!sk->dport + !!sk->bound_dev_if;
}

static void open_sock(u32 i)
{
	struct sock *sk = sk_alloc(&udp_prot, AF_INET);

	sk->reuse = random_below(2);
	sk->reuseport = random_below(2);
	sk->rcv_saddr = some_addr(true);
	sk->bound_dev_if = random_below(4) ? 0 : 1 + (int)random_below(2);
	if (udp_get_port(sk, random_below(5) ? some_port() : 0)) {
		sock_put(sk);
		return;
	}
	socks[i] = sk;
}

static void close_sock(u32 i)
{
	udp_unhash(socks[i]);
	sock_put(socks[i]);
	socks[i] = NULL;
}

static void reconnect(struct sock *sk)
{
	if (random_below(3) == 0) {
		sk->daddr = 0;
		sk->dport = 0;
	} else {
		sk->daddr = some_addr(false);
		sk->dport = random_below(5) ? htons(some_port()) : 0;
		if (!sk->rcv_saddr && random_below(4))
			sk->rcv_saddr = some_addr(false);
	}
	udp_rehash(sk);
}

static void check_lookup(const struct udp_flow *fl)
{
	struct sock *sk = udp_lookup(fl);
	int best = -1;
	u32 matching = 0, found = 0;

	for (u32 i = 0; i < NR_SOCKS; i++) {
		int p = socks[i] ? points(socks[i], fl) : -1;

		best = p > best ? p : best;
		matching += p >= 0;
	}
	assert_int_equal(sk ? points(sk, fl) : -1, best);
	/* A flow stays with its socket. */
	assert_ptr_equal(udp_lookup(fl), sk);
	for (sk = udp_next_match(fl, NULL); sk; sk = udp_next_match(fl, sk)) {
		assert_true(points(sk, fl) >= 0);
		found++;
	}
	assert_int_equal(found, matching);
}

static void random_tables(void **state)
{
	u32 nr;

	local_bh_disable();
	for (u32 round = 0; round < 20000; round++) {
		u32 i = random_below(NR_SOCKS);
		struct udp_flow fl = {
			.laddr = some_addr(false),
			.raddr = some_addr(false),
			.rport = htons(some_port()),
			.lport = some_port(),
			.dif = 1 + (int)random_below(2),
		};

		if (!socks[i])
			open_sock(i);
		else if (random_below(2))
			reconnect(socks[i]);
		else
			close_sock(i);
		check_lookup(&fl);
	}
	nr = udp_nr_socks();
	assert_true(nr > 10);
	for (u32 i = 0; i < NR_SOCKS; i++) {
		if (socks[i]) {
			close_sock(i);
			nr--;
		}
	}
	assert_int_equal(nr, 0);
	local_bh_enable();
}

/* Two sockets may have a port together only if both say so, or their addresses or devices keep them
 * apart. */
static void conflicts(void **state)
{
	static const struct {
		bool reuse[2], reuseport[2];
		be32 addr[2];
		int dev[2];
		bool fine;
	} cases[] = {
		{ { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, false },
		{ { 1, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, false },
		{ { 0, 1 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, false },
		{ { 1, 1 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, true },
		{ { 0, 0 }, { 1, 0 }, { 0, 0 }, { 0, 0 }, false },
		{ { 0, 0 }, { 1, 1 }, { 0, 0 }, { 0, 0 }, true },
		{ { 1, 0 }, { 0, 1 }, { 0, 0 }, { 0, 0 }, false },
		{ { 0, 0 }, { 0, 0 }, { 1, 2 }, { 0, 0 }, true },
		{ { 0, 0 }, { 0, 0 }, { 1, 1 }, { 0, 0 }, false },
		{ { 0, 0 }, { 0, 0 }, { 1, 0 }, { 0, 0 }, false },
		{ { 0, 0 }, { 0, 0 }, { 0, 0 }, { 1, 2 }, true },
		{ { 0, 0 }, { 0, 0 }, { 0, 0 }, { 1, 0 }, false },
		{ { 0, 0 }, { 0, 0 }, { 0, 0 }, { 2, 2 }, false },
	};

	local_bh_disable();
	for (u32 c = 0; c < ARRAY_SIZE(cases); c++) {
		int err = 0;

		for (u32 i = 0; i < 2; i++) {
			socks[i] = sk_alloc(&udp_prot, AF_INET);
			socks[i]->reuse = cases[c].reuse[i];
			socks[i]->reuseport = cases[c].reuseport[i];
			socks[i]->rcv_saddr = cases[c].addr[i];
			socks[i]->bound_dev_if = cases[c].dev[i];
			err = udp_get_port(socks[i], 777);
		}
		assert_int_equal(err, cases[c].fine ? 0 : -EADDRINUSE);
		close_sock(0);
		close_sock(1);
	}
	local_bh_enable();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(random_tables),
		lab_test(conflicts),
	};

	return cmocka_run_group_tests_name("udp tables", tests, netlab_setup, NULL);
}
