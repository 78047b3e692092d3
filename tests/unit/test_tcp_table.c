/* TCP's ports and tables: who may share a port with whom, which port connect() gets, whom a segment
 * is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlab.h"

#include "kernel/arch/host/skbox.h"
#include "net/core/siphash.h"
#include "net/transport/tcp_conn.h"

#define NR_SOCKS 300

static struct sock *socks[NR_SOCKS];

static struct sock *new_sock(void)
{
	struct sock *sk = sk_alloc(&tcp_prot, AF_INET);

	assert_non_null(sk);
	sk->type = SOCK_STREAM;
	return sk;
}

static void end_sock(struct sock *sk)
{
	if (!sk)
		return;
	tcp_unhash(sk);
	tcp_put_port(sk);
	tcp_sk(sk)->listener = NULL;
	sock_put(sk);
}

/* ---- bind ---- */

enum { NONE, REUSE, PORT, BOTH };

/* Linux's answers, found with socket calls on it. The first is bound, and may listen. */
static const struct {
	u8 opt[2];
	be32 addr[2];
	int dev[2];
	bool listens, fine;
} bind_cases[] = {
	{ { NONE, NONE }, { 0, 0 }, { 0, 0 }, false, false },
	{ { REUSE, NONE }, { 0, 0 }, { 0, 0 }, false, false },
	{ { NONE, REUSE }, { 0, 0 }, { 0, 0 }, false, false },
	{ { REUSE, REUSE }, { 0, 0 }, { 0, 0 }, false, true },
	{ { REUSE, REUSE }, { 0, 0 }, { 0, 0 }, true, false },
	{ { REUSE, REUSE }, { 1, 0 }, { 0, 0 }, true, false },
	{ { REUSE, REUSE }, { 0, 1 }, { 0, 0 }, true, false },
	{ { REUSE, REUSE }, { 1, 2 }, { 0, 0 }, true, true },
	{ { PORT, PORT }, { 0, 0 }, { 0, 0 }, false, true },
	{ { PORT, PORT }, { 0, 0 }, { 0, 0 }, true, true },
	{ { PORT, PORT }, { 1, 0 }, { 0, 0 }, true, true },
	{ { PORT, NONE }, { 0, 0 }, { 0, 0 }, false, false },
	{ { REUSE, PORT }, { 0, 0 }, { 0, 0 }, false, false },
	{ { BOTH, PORT }, { 0, 0 }, { 0, 0 }, true, true },
	{ { BOTH, REUSE }, { 0, 0 }, { 0, 0 }, false, true },
	{ { BOTH, REUSE }, { 0, 0 }, { 0, 0 }, true, false },
	{ { NONE, NONE }, { 1, 2 }, { 0, 0 }, true, true },
	{ { NONE, NONE }, { 1, 1 }, { 0, 0 }, false, false },
	{ { NONE, NONE }, { 1, 0 }, { 0, 0 }, false, false },
	{ { NONE, NONE }, { 0, 1 }, { 0, 0 }, false, false },
	{ { NONE, NONE }, { 0, 0 }, { 1, 2 }, true, true },
	{ { NONE, NONE }, { 0, 0 }, { 1, 0 }, false, false },
	{ { NONE, NONE }, { 0, 0 }, { 2, 2 }, false, false },
};

static void bind_conflicts(void **state)
{
	local_bh_disable();
	for (u32 c = 0; c < ARRAY_SIZE(bind_cases); c++) {
		int err = 0;

		for (u32 i = 0; i < 2; i++) {
			socks[i] = new_sock();
			socks[i]->reuse = bind_cases[c].opt[i] & REUSE;
			socks[i]->reuseport = bind_cases[c].opt[i] & PORT;
			socks[i]->rcv_saddr = bind_cases[c].addr[i];
			socks[i]->bound_dev_if = bind_cases[c].dev[i];
			err = tcp_get_port(socks[i], 777);
			if (!i) {
				assert_int_equal(err, 0);
				socks[0]->state = bind_cases[c].listens ? TCP_LISTEN : TCP_CLOSE;
			}
		}
		if (err != (bind_cases[c].fine ? 0 : -EADDRINUSE))
			fail_msg("case %u: %d", c, err);
		for (u32 i = 0; i < 2; i++) {
			socks[i]->state = TCP_CLOSE;
			end_sock(socks[i]);
			socks[i] = NULL;
		}
	}
	assert_int_equal(tcp_nr_ports(), 0);
	local_bh_enable();
}

/* Two with SO_REUSEADDR may be bound together, but only one of them may listen. */
static void listen_asks_again(void **state)
{
	struct sockaddr_in sin = netlab_addr(0, 4000);
	int fd[2];

	for (u32 i = 0; i < 2; i++) {
		fd[i] = skbox_socket(AF_INET, SOCK_STREAM, 0);
		assert_true(fd[i] >= 0);
		assert_int_equal(netlab_setopt(fd[i], SOL_SOCKET, SO_REUSEADDR, 1), 0);
		assert_int_equal(skbox_bind(fd[i], &sin, sizeof(sin)), 0);
	}
	assert_int_equal(skbox_listen(fd[0], 5), 0);
	assert_int_equal(skbox_listen(fd[1], 5), -EADDRINUSE);
	assert_int_equal(skbox_listen(fd[0], 7), 0);
	netlab_close(fd[0]);
	assert_int_equal(skbox_listen(fd[1], 5), 0);
	netlab_close(fd[1]);
	assert_int_equal(tcp_nr_ports(), 0);
}

/* ---- ports that are picked ---- */

static void bind_picks_odd(void **state)
{
	local_bh_disable();
	for (u32 i = 0; i < NR_SOCKS; i++) {
		socks[i] = new_sock();
		assert_int_equal(tcp_get_port(socks[i], 0), 0);
		assert_int_equal(socks[i]->num & 1, 1);
		assert_in_range(socks[i]->num, 32768, 60999);
		assert_int_equal(ntohs(socks[i]->sport), socks[i]->num);
		for (u32 j = 0; j < i; j++)
			assert_int_not_equal(socks[j]->num, socks[i]->num);
	}
	for (u32 i = 0; i < NR_SOCKS; i++)
		end_sock(socks[i]);
	memset(socks, 0, sizeof(socks));
	local_bh_enable();
}

/* @sk as connect() has it when it asks for a port. */
static int connect_to(struct sock *sk, be32 daddr, u16 port)
{
	sk->rcv_saddr = sk->saddr = OUR_IP;
	sk->daddr = daddr;
	sk->dport = htons(port);
	sk->state = TCP_SYN_SENT;
	return tcp_hash_connect(sk);
}

static void end_connect(struct sock *sk)
{
	end_sock(sk);
}

/* Every port once, to one destination; then none is left there, but all are for the next. */
static void connect_takes_all(void **state)
{
	const u32 low = 32768, size = 4000;
	static struct sock *all[4000], *sk;
	static u8 seen[65536];
	u32 even_first = 0;

	sk = new_sock();
	local_bh_disable();
	sysctl_ip_local_port_range[1] = (int)(low + size - 1);
	for (u32 i = 0; i < size; i++) {
		all[i] = new_sock();
		assert_int_equal(connect_to(all[i], PEER_IP, 80), 0);
		assert_false(seen[all[i]->num]++);
		even_first += i < size / 2 && !(all[i]->num & 1);
	}
	assert_int_equal(even_first, size / 2);
	assert_int_equal(connect_to(sk, PEER_IP, 80), -EADDRNOTAVAIL);
	assert_int_equal(sk->num, 0);
	assert_int_equal(connect_to(sk, PEER_IP, 81), 0);
	assert_int_equal(tcp_nr_established(), size + 1);
	assert_int_equal(tcp_nr_ports(), size);
	/* One that has gone is found. */
	end_connect(sk);
	end_connect(all[777]);
	all[777] = new_sock();
	assert_int_equal(connect_to(all[777], PEER_IP, 80), 0);
	for (u32 i = 0; i < size; i++)
		end_connect(all[i]);
	assert_int_equal(tcp_nr_ports(), 0);
	assert_int_equal(tcp_nr_established(), 0);
	sysctl_ip_local_port_range[1] = 60999;
	local_bh_enable();
}

/* What bind() has taken connect() leaves alone, even where the flows would differ. */
static void connect_leaves_bound(void **state)
{
	struct sock *a = new_sock(), *b = new_sock();
	u16 port;

	local_bh_disable();
	sysctl_ip_local_port_range[0] = 40000;
	sysctl_ip_local_port_range[1] = 40001;
	assert_int_equal(tcp_get_port(a, 40000), 0);
	assert_int_equal(connect_to(b, PEER_IP, 80), 0);
	port = b->num;
	assert_int_equal(port, 40001);
	end_sock(b);
	b = new_sock();
	assert_int_equal(tcp_get_port(b, 40001), 0);
	end_sock(a);
	a = new_sock();
	assert_int_equal(connect_to(a, PEER_IP, 80), 0);
	assert_int_equal(a->num, 40000);
	end_sock(a);
	end_sock(b);
	sysctl_ip_local_port_range[0] = 32768;
	sysctl_ip_local_port_range[1] = 60999;
	local_bh_enable();
}

/* ---- lookup ---- */

static be32 some_addr(bool or_any)
{
	u32 n = random_below(or_any ? 4 : 3);

	return n == 3 ? 0 : IP4(10, 0, 0, 1 + n);
}

static u16 some_port(void)
{
	return (u16)(100 + random_below(3) * 8192 + random_below(4));
}

/* The plain way: address before device. */
static int points(const struct sock *sk, const struct tcp_flow *fl)
{
	if (sk->state != TCP_LISTEN || sk->num != fl->lport ||
	    (sk->rcv_saddr && sk->rcv_saddr != fl->laddr) ||
	    (sk->bound_dev_if && sk->bound_dev_if != fl->dif))
		return -1;
	return 2 * !!sk->rcv_saddr + !!sk->bound_dev_if;
}

static void start_listen(u32 i)
{
	static struct tcp_listener any;
	struct sock *sk = new_sock();

	sk->reuseport = random_below(2);
	sk->rcv_saddr = some_addr(true);
	sk->bound_dev_if = random_below(4) ? 0 : 1 + (int)random_below(2);
	sk->state = TCP_LISTEN;
	tcp_sk(sk)->listener = &any;
	if (tcp_get_port(sk, some_port())) {
		tcp_sk(sk)->listener = NULL;
		sock_put(sk);
		return;
	}
	tcp_hash(sk);
	socks[i] = sk;
}

static void listener_lookup(void **state)
{
	local_bh_disable();
	for (u32 round = 0; round < 20000; round++) {
		u32 i = random_below(NR_SOCKS);
		struct tcp_flow fl = { .laddr = some_addr(false),
				       .raddr = some_addr(false),
				       .rport = htons(some_port()),
				       .lport = some_port(),
				       .dif = 1 + (int)random_below(2) };
		struct sock *sk;
		int best = -1;

		if (!socks[i]) {
			start_listen(i);
		} else {
			end_sock(socks[i]);
			socks[i] = NULL;
		}
		for (u32 j = 0; j < NR_SOCKS; j++)
			best = socks[j] && points(socks[j], &fl) > best ? points(socks[j], &fl) :
									  best;
		sk = tcp_lookup_listener(&fl);
		assert_int_equal(sk ? points(sk, &fl) : -1, best);
		assert_ptr_equal(tcp_lookup_listener(&fl), sk);
	}
	for (u32 i = 0; i < NR_SOCKS; i++)
		end_sock(socks[i]);
	memset(socks, 0, sizeof(socks));
	assert_int_equal(tcp_nr_ports(), 0);
	local_bh_enable();
}

/* SO_REUSEPORT: each of five gets about a fifth of the flows. */
static void reuseport_shares(void **state)
{
	static struct tcp_listener any;
	u32 got[5] = { 0 };

	local_bh_disable();
	for (u32 i = 0; i < 5; i++) {
		socks[i] = new_sock();
		socks[i]->reuseport = true;
		socks[i]->state = TCP_LISTEN;
		tcp_sk(socks[i])->listener = &any;
		assert_int_equal(tcp_get_port(socks[i], 80), 0);
		tcp_hash(socks[i]);
	}
	for (u32 n = 0; n < 10000; n++) {
		struct tcp_flow fl = { .laddr = OUR_IP,
				       .raddr = random_u32(),
				       .rport = (be16)random_u32(),
				       .lport = 80,
				       .dif = 1 };
		struct sock *sk = tcp_lookup_listener(&fl);

		for (u32 i = 0; i < 5; i++)
			got[i] += socks[i] == sk;
	}
	for (u32 i = 0; i < 5; i++) {
		assert_in_range(got[i], 1700, 2300);
		end_sock(socks[i]);
		socks[i] = NULL;
	}
	local_bh_enable();
}

/* Flows that differ a little only do not fall into the same buckets. */
static void hash_spreads(void **state)
{
	static u32 bucket[1024];
	u32 most = 0;

	memset(bucket, 0, sizeof(bucket));
	for (u32 n = 0; n < 65536; n++) {
		struct tcp_flow fl = { .laddr = OUR_IP,
				       .raddr = IP4(10, 1, n >> 12, 7),
				       .rport = htons(n & 0xfff),
				       .lport = 80 };
		u32 *b = &bucket[tcp_flow_hash(&fl) % 1024];

		most = max(most, ++*b);
	}
	assert_in_range(most, 64, 130);
}

/* ---- state ---- */

static void state_successors(void **state)
{
	static const u8 legal[][2] = {
		{ TCP_CLOSE, TCP_LISTEN },	    { TCP_CLOSE, TCP_SYN_SENT },
		{ TCP_SYN_SENT, TCP_ESTABLISHED },  { TCP_SYN_SENT, TCP_SYN_RECV },
		{ TCP_SYN_RECV, TCP_ESTABLISHED },  { TCP_SYN_RECV, TCP_FIN_WAIT1 },
		{ TCP_SYN_RECV, TCP_CLOSE_WAIT },   { TCP_CLOSE, TCP_SYN_RECV },
		{ TCP_ESTABLISHED, TCP_FIN_WAIT1 }, { TCP_ESTABLISHED, TCP_CLOSE_WAIT },
		{ TCP_FIN_WAIT1, TCP_FIN_WAIT2 },   { TCP_FIN_WAIT1, TCP_CLOSING },
		{ TCP_FIN_WAIT1, TCP_TIME_WAIT },   { TCP_FIN_WAIT2, TCP_TIME_WAIT },
		{ TCP_CLOSING, TCP_TIME_WAIT },	    { TCP_CLOSE_WAIT, TCP_LAST_ACK },
	};

	for (u8 from = TCP_ESTABLISHED; from <= TCP_CLOSING; from++) {
		for (u8 to = TCP_ESTABLISHED; to <= TCP_CLOSING; to++) {
			bool fine = to == TCP_CLOSE && from != TCP_CLOSE;

			for (u32 i = 0; i < ARRAY_SIZE(legal); i++)
				fine |= legal[i][0] == from && legal[i][1] == to;
			assert_int_equal(tcp_state_may_follow(from, to), fine);
		}
	}
	assert_string_equal(tcp_state_name(TCP_FIN_WAIT2), "FIN_WAIT2");
	assert_string_equal(tcp_state_name(0), "UNKNOWN");
	assert_string_equal(tcp_state_name(77), "UNKNOWN");
}

/* ---- numbers that nobody guesses ---- */

/* The paper's test vector for 8 bytes 00 … 07 under the key 00 … 0f. */
static void siphash_vector(void **state)
{
	const struct siphash_key key = { { 0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL } };
	const u64 words[] = { 0x0706050403020100ULL };

	assert_true(siphash_words(words, 0, &key) == 0x726fdb47dd0e0e31ULL);
	assert_true(siphash_words(words, 1, &key) == 0x93f5f5799a932462ULL);
}

static void isn_grows(void **state)
{
	u32 a = tcp_secure_seq(OUR_IP, PEER_IP, 1, 2),
	    other = tcp_secure_seq(OUR_IP, PEER_IP, 1, 3);
	u32 b;

	assert_int_not_equal(a, other);
	netlab_advance(NSEC_PER_MSEC);
	b = tcp_secure_seq(OUR_IP, PEER_IP, 1, 2);
	assert_int_equal(b - a, NSEC_PER_MSEC / 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(bind_conflicts),
		lab_test(listen_asks_again),
		lab_test(bind_picks_odd),
		lab_test(connect_takes_all),
		lab_test(connect_leaves_bound),
		lab_test(listener_lookup),
		lab_test(reuseport_shares),
		lab_test(hash_spreads),
		lab_test(state_successors),
		lab_test(siphash_vector),
		lab_test(isn_grows),
	};

	return cmocka_run_group_tests_name("tcp tables", tests, netlab_setup, NULL);
}
