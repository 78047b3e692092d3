/*
 * Calls and segments at random, most of them nearly right, at listeners, connections in every
 * state, requests and TIME-WAIT entries; ICMP errors between them, and time that goes on. Nothing
 * breaks (the sanitizer and the stack's own assertions look), and in the end nothing is left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connlab.h"

#define NR_FDS 24
#define NR_PORTS 6 /* of the peer, and of ours */
#define STEPS 200000

/* What the peer knows of a flow, from what it was sent. */
struct flow {
	u32 seq, ack; /* the next of the stack's, and what it expects */
	u32 tsval;
};
static struct flow flows[NR_PORTS][65536 / 64];
static int fds[NR_FDS];
static u32 states_seen;
static u64 seed = 1;

static struct flow *flow_of(u16 peer, u16 our)
{
	return &flows[peer % NR_PORTS][our % (65536 / 64)];
}

static bool chance(u32 one_in)
{
	return random_below(one_in) == 0;
}

static void take_all(void)
{
	struct raw_seg s;

	while (raw_out(&s)) {
		struct flow *f = flow_of(s.dport, s.sport);

		if (s.flags & RST)
			continue;
		f->seq = s.seq + s.len + !!(s.flags & SYN) + !!(s.flags & FIN);
		if (s.flags & ACK)
			f->ack = s.ack;
		if (s.ts)
			f->tsval = s.tsval;
	}
}

/* ---- calls ---- */

static u16 some_port(void)
{
	return (u16)(80 + random_below(NR_PORTS));
}

static void open_one(int *fd)
{
	struct sockaddr_in sin = netlab_addr(chance(2) ? 0 : OUR_IP, some_port());

	*fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	if (*fd < 0)
		return;
	if (!chance(3))
		netlab_setopt(*fd, SOL_SOCKET, chance(4) ? SO_REUSEPORT : SO_REUSEADDR, 1);
	if (chance(2)) {
		skbox_bind(*fd, &sin, sizeof(sin));
		if (!chance(4))
			skbox_listen(*fd, (int)random_below(4));
	}
	if (chance(3))
		netlab_setopt(*fd, IPPROTO_TCP, TCP_FASTOPEN, 2);
	if (chance(5))
		netlab_setopt(*fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 2);
	if (chance(5))
		netlab_setopt(*fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	if (chance(8))
		netlab_setopt(*fd, IPPROTO_TCP, TCP_LINGER2, chance(2) ? -1 : 5);
	if (chance(5))
		netlab_setopt(*fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

static void some_call(int *fd)
{
	static char buf[3000];
	struct sockaddr_in sin = netlab_addr(PEER_IP, some_port());
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct linger l = { 1, 0 };

	switch (random_below(11)) {
	case 0:
		skbox_connect(*fd, &sin, sizeof(sin));
		break;
	case 1:
		skbox_listen(*fd, (int)random_below(5));
		break;
	case 2:
		for (u32 i = 0; i < NR_FDS; i++) {
			if (fds[i] < 0) {
				fds[i] = skbox_accept(*fd, NULL, NULL);
				break;
			}
		}
		break;
	case 3:
	case 4:
		skbox_sendto(*fd, buf, random_below(sizeof(buf)), MSG_NOSIGNAL, NULL, 0);
		break;
	case 5:
		skbox_recvfrom(*fd, buf, random_below(sizeof(buf)), 0, NULL, NULL);
		break;
	case 6:
		if (chance(2))
			skbox_shutdown(*fd, (int)random_below(3));
		break;
	case 7:
		if (chance(4))
			skbox_connect(*fd, &unspec, sizeof(unspec));
		break;
	case 8:
		skbox_sendto(*fd, buf, random_below(2000), MSG_FASTOPEN | MSG_NOSIGNAL, &sin,
			     sizeof(sin));
		break;
	case 9:
		netlab_poll(*fd);
		break;
	case 10:
		if (chance(4))
			skbox_setsockopt(*fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
		skbox_close(*fd);
		*fd = -1;
	}
}

/* ---- segments ---- */

static u32 near(u32 v)
{
	return chance(8) ? v + random_below(100) - 50 : chance(40) ? random_u32() : v;
}

static u8 some_flags(void)
{
	static const u8 usual[] = { ACK, ACK, ACK, ACK, ACK | PSH, FIN | ACK, SYN, SYN | ACK };

	if (chance(40))
		return chance(2) ? RST : RST | ACK;
	return chance(30) ? (u8)random_u32() : usual[random_below(sizeof(usual))];
}

static struct sock *some_sock;
static void note_sock(struct seq_file *s, struct sock *sk)
{
	states_seen |= 1u << sk->state;
	if (!some_sock || chance(4))
		some_sock = sk;
}

/* A segment of a flow that there is, more often than not. */
static void some_segment(void)
{
	static const char data[1400];
	struct raw_seg s = { .sport = some_port(), .dport = some_port(), .win = (u16)random_u32() };
	const struct flow *f;

	some_sock = NULL;
	for (u32 i = 0; i < tcp_socks_slots(); i++)
		tcp_socks_in(i, note_sock, NULL);
	if (some_sock && some_sock->dport && !chance(4)) {
		s.sport = ntohs(some_sock->dport);
		s.dport = some_sock->num;
	}
	f = flow_of(s.sport, s.dport);
	s.flags = some_flags();
	s.seq = near(f->ack);
	s.ack = near(f->seq);
	s.len = chance(2) ? 0 : random_below(sizeof(data));
	s.data = data;
	s.mss = s.flags & SYN ? (u16)random_below(1600) : 0;
	s.sack_ok = s.has_wscale = (s.flags & SYN) && chance(2);
	s.wscale = (u8)random_below(16);
	s.ts = !chance(3);
	s.tsval = near((u32)(ktime_ns() / NSEC_PER_MSEC));
	s.tsecr = near(f->tsval);
	if ((s.flags & SYN) && chance(2)) {
		s.fo_len = chance(2) ? 1 : 9;
		tcp_fastopen_cookie_gen(NULL, PEER_IP, OUR_IP, s.fo);
		s.fo[0] ^= chance(3);
		s.ts = s.has_wscale = false;
		s.len = min(s.len, 1000u);
	}
	s.bad_csum = chance(100);
	raw_in(&s);
}

static void some_icmp(void)
{
	static const u8 types[] = { ICMP_DEST_UNREACH, ICMP_TIME_EXCEEDED, ICMP_PARAMETERPROB,
				    ICMP_SOURCE_QUENCH };
	u16 peer = some_port(), our = some_port();
	u8 quote[28] = { 0 };
	struct iphdr *ip = (struct iphdr *)quote;

	*ip = (struct iphdr){ .ihl_version = 0x45,
			      .tot_len = htons(1500),
			      .ttl = 60,
			      .protocol = IPPROTO_TCP,
			      .saddr = OUR_IP,
			      .daddr = PEER_IP };
	ip->check = ip_fast_csum(ip, 5);
	some_sock = NULL;
	for (u32 i = 0; i < tcp_socks_slots(); i++)
		tcp_socks_in(i, note_sock, NULL);
	if (some_sock && some_sock->dport) {
		peer = ntohs(some_sock->dport);
		our = some_sock->num;
	}
	put_be16(quote + 20, our);
	put_be16(quote + 22, peer);
	put_be32(quote + 24, near(flow_of(peer, our)->seq));
	netlab_icmp_in(types[random_below(sizeof(types))], (u8)random_below(6),
		       500 + random_below(1000), quote, sizeof(quote));
}

static void some_time(void)
{
	u64 ns = random_below(1000) * NSEC_PER_MSEC / 100;

	netlab_advance(chance(200) ? 70 * NSEC_PER_SEC : chance(10) ? ns * 200 : ns);
}

static void torture(void **state)
{
	memset(fds, -1, sizeof(fds));
	random_fix_seed(seed);
	sysctl_tcp_fastopen = 3;
	sysctl_tcp_tw_reuse = 1;
	for (u32 step = 0; step < STEPS; step++) {
		int *fd = &fds[random_below(NR_FDS)];

		if (chance(3))
			some_time();
		if (chance(500))
			sysctl_tcp_syncookies = (int)random_below(3);
		if (chance(40))
			some_icmp();
		else if (chance(2))
			some_segment();
		else if (*fd < 0)
			open_one(fd);
		else
			some_call(fd);
		if (!chance(4))
			take_all();
	}
	sysctl_tcp_syncookies = 1;
	sysctl_tcp_fastopen = 1;
	sysctl_tcp_tw_reuse = 2;
	for (u32 i = 0; i < NR_FDS; i++) {
		if (fds[i] >= 0)
			skbox_close(fds[i]);
	}
	/* They were there; CLOSING is not for certain. */
	for (u8 s = TCP_ESTABLISHED; s <= TCP_LISTEN; s++) {
		if (s != TCP_TIME_WAIT && s != TCP_CLOSE && !(states_seen & 1u << s))
			fail_msg("no sock was ever in %s", tcp_state_name(s));
	}
}

static void print_console(const char *text, size_t len)
{
	print_error("%.*s", (int)len, text);
}

int main(int argc, char **argv)
{
	const char *p;
	const struct CMUnitTest tests[] = {
		conn_test(torture),
	};

	for (p = argc > 1 ? argv[1] : ""; *p; p++) /* another run */
		seed = seed * 10 + (u64)(*p - '0');
	skbox_set_console(print_console); /* a panic's words */
	return cmocka_run_group_tests_name("tcp torture", tests, netlab_setup, NULL);
}
