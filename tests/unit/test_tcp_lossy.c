/*
 * Two ends of one stack over lo as a bad link (netem) on the moved clock: whatever is lost,
 * reordered, doubled or delayed, every byte arrives once and in order, both ends close, nothing is
 * left behind - and it does not take much longer than it must. On every step the sums of both
 * senders are counted again. TCP_LOSSY_SEEDS=n: so many seeds, not 12.
 */
#include "tests/unit/acklab.h"

#include <abi/fcntl.h>
#include <abi/in.h>
#include <abi/net_if.h>
#include <abi/netem.h>

#include "net/core/snmp.h"
#include "net/link/qdisc.h"
#include "net/socket/socket.h"

char *getenv(const char *name);
unsigned long strtoul(const char *s, char **end, int base);

#define MS 1000000ULL
#define LOOPBACK htonl(0x7f000001)
#define PERCENT(n) ((u32)((u64)NETEM_ALWAYS * (n) / 10000)) /* hundredths */

static u64 rand_state;
static u32 port = 2000;

static u32 below(u32 n)
{
	rand_state = rand_state * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)((rand_state >> 32) * n >> 32);
}

static void qdisc(u32 op, const struct netem_params *p)
{
	struct qdisc_msg msg = { .dev = "lo", .op = op };
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);

	if (p) {
		strcpy(msg.kind, "netem");
		msg.netem = *p;
	}
	assert_int_equal(skbox_ioctl(fd, SIOCSQDISC, &msg), 0);
	skbox_close(fd);
}

static int setup(void **state)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd;

	skbox_set_seed(1);
	assert_int_equal(skbox_boot("quiet mem=128M"), 0);
	fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	assert_int_equal(skbox_ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	ifr.ifr_mtu = 1500;
	assert_int_equal(skbox_ioctl(fd, SIOCSIFMTU, &ifr), 0);
	skbox_close(fd);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_tso", "0"), 0);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_no_metrics_save", "1"), 0);
	skbox_advance(5000 * MS);
	return 0;
}

/* ---- one end ---- */

struct end {
	int fd;
	u32 to_send, sent, received;
	bool shut, eof;
};

static u8 byte_at(u32 n, bool client)
{
	return (u8)(n * 31 + (n >> 8) * 7 + (n >> 16) + client);
}

static struct tcp_sock *tp_of(const struct end *e)
{
	int err;
	struct socket *sock = sockfd_lookup(e->fd, &err);

	assert_non_null(sock);
	fput(sock->file);
	return tcp_sk(sock->sk);
}

static void end_check(const struct end *e)
{
	const char *bad = tcp_rtx_check(tp_of(e));

	if (bad)
		fail_msg("%s", bad);
}

/* What can be written and read now. */
static void end_work(struct end *e, bool client)
{
	static u8 buf[30000];
	long n;

	while (e->sent < e->to_send) {
		u32 len = min(e->to_send - e->sent, 1 + below(sizeof(buf)));

		for (u32 i = 0; i < len; i++)
			buf[i] = byte_at(e->sent + i, client);
		n = skbox_write(e->fd, buf, len);
		if (n == -EAGAIN)
			break;
		assert_true(n > 0);
		e->sent += (u32)n;
	}
	if (e->sent == e->to_send && !e->shut) {
		assert_int_equal(skbox_shutdown(e->fd, SHUT_WR), 0);
		e->shut = true;
	}
	while (!e->eof) {
		n = skbox_read(e->fd, buf, 1 + below(sizeof(buf)));
		if (n == -EAGAIN)
			break;
		assert_true(n >= 0);
		e->eof = n == 0;
		for (u32 i = 0; i < n; i++)
			assert_int_equal(buf[i], byte_at(e->received + i, !client));
		e->received += (u32)n;
	}
}

/* ---- a transfer ---- */

struct transfer {
	struct netem_params link;
	u32 up, down; /* bytes to the server and to the client */
	const char *cc;
};

static int open_pair(struct end *client, struct end *server, const char *cc)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(++port),
				   .sin_addr.s_addr = LOOPBACK };
	int listener = skbox_socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(skbox_fcntl(listener, F_SETFL, O_NONBLOCK), 0);
	skbox_setsockopt(listener, IPPROTO_TCP, TCP_CONGESTION, cc, (u32)strlen(cc));
	assert_int_equal(skbox_bind(listener, &sin, sizeof(sin)), 0);
	assert_int_equal(skbox_listen(listener, 5), 0);
	client->fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	skbox_setsockopt(client->fd, IPPROTO_TCP, TCP_CONGESTION, cc, (u32)strlen(cc));
	assert_int_equal(skbox_fcntl(client->fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(skbox_connect(client->fd, &sin, sizeof(sin)), -EINPROGRESS);
	for (u32 i = 0; i < 300000; i++) {
		server->fd = skbox_accept(listener, NULL, NULL);
		if (server->fd >= 0)
			break;
		assert_int_equal(server->fd, -EAGAIN);
		skbox_advance(MS);
	}
	assert_true(server->fd >= 0);
	assert_int_equal(skbox_fcntl(server->fd, F_SETFL, O_NONBLOCK), 0);
	return listener;
}

/* ms that it took. */
static u32 transfer(const struct transfer *t)
{
	struct end client = { .to_send = t->up }, server = { .to_send = t->down };
	u64 start = skbox_now(), last = start;
	u32 progress = 0;
	int listener;

	qdisc(QDISC_REPLACE, &t->link);
	listener = open_pair(&client, &server, t->cc);
	while (!client.eof || !server.eof) {
		end_work(&client, true);
		end_work(&server, false);
		end_check(&client);
		end_check(&server);
		if (client.received + server.received != progress) {
			progress = client.received + server.received;
			last = skbox_now();
		}
		if (skbox_now() - last > 400000 * MS)
			fail_msg("stalled at %u + %u bytes", server.received, client.received);
		skbox_advance(MS);
	}
	assert_int_equal(server.received, t->up);
	assert_int_equal(client.received, t->down);
	start = skbox_now() - start;
	skbox_close(client.fd);
	skbox_close(server.fd);
	skbox_close(listener);
	return (u32)(start / MS);
}

/* Until TIME-WAIT is over and the link is empty. */
static void all_quiet(u32 bufs, u32 heads)
{
	struct skb_pool_stat st;

	for (u32 i = 0; i < 400; i++) {
		skbox_advance(1000 * MS);
		skb_pool_stat(&st);
		if (st.bufs_free == bufs && st.heads_free == heads && i > 130)
			break;
	}
	assert_int_equal(st.bufs_free, bufs);
	assert_int_equal(st.heads_free, heads);
}

/* ---- any link ---- */

static struct transfer any_transfer(u32 seed)
{
	static const char *const ccs[] = { "cubic", "reno", "bbr" };
	struct transfer t = { .cc = ccs[seed % 3] };
	struct netem_params *p = &t.link;

	rand_state = seed * 0x9e3779b97f4a7c15ull + 1;
	p->seed = seed;
	p->limit = 1000;
	p->delay = below(4) ? below(100) * MS : 0;
	p->jitter = below(2) ? p->delay * below(50) / 100 : 0;
	p->loss.probability = below(4) ? PERCENT(below(1000)) : 0;
	p->duplicate.probability = below(3) ? 0 : PERCENT(below(500));
	p->corrupt.probability = below(3) ? 0 : PERCENT(below(200));
	if (p->delay && !below(3))
		p->reorder.probability = PERCENT(below(3000)), p->gap = 1 + below(5);
	if (!below(4))
		p->rate = 50000 + below(5000000);
	t.up = below(300000);
	t.down = below(3) ? 0 : below(100000);
	return t;
}

static void test_any_link(void **state)
{
	const char *n = getenv("TCP_LOSSY_SEEDS"), *one = getenv("TCP_LOSSY_SEED");
	u32 first = one ? (u32)strtoul(one, NULL, 10) : 1;
	u32 seeds = one ? 1 : n ? (u32)strtoul(n, NULL, 10) : 12;
	struct skb_pool_stat st;

	skb_pool_stat(&st);
	for (u32 seed = first; seed < first + seeds; seed++) {
		struct transfer t = any_transfer(seed);
		u32 ms;

		assert_int_equal(skbox_sysctl("net.ipv4.tcp_sack", seed % 5 ? "1" : "0"), 0);
		assert_int_equal(skbox_sysctl("net.ipv4.tcp_timestamps", seed % 7 ? "1" : "0"), 0);
		assert_int_equal(skbox_sysctl("net.ipv4.tcp_tso", seed % 2 ? "1" : "0"), 0);
		print_message("  seed %u: %s, %u up, %u down, delay %u ms, loss %u/10000", seed,
			      t.cc, t.up, t.down, (u32)(t.link.delay / MS),
			      (u32)((u64)t.link.loss.probability * 10000 / NETEM_ALWAYS));
		ms = transfer(&t);
		print_message(": %u ms\n", ms);
		qdisc(QDISC_DEL, NULL);
		all_quiet(st.bufs_free, st.heads_free);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_link),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
