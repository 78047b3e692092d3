/*
 * UDP's tables of sockets (udp_table.h says which): binding a port, finding the receiver of a
 * packet.
 */
#include "net/transport/udp_table.h"

#include "net/ip/inetdevice.h"
#include "net/transport/datagram.h"
#include "net/transport/udp.h"

static struct hlist_head *bound, *open, *conn;
static u32 mask, nr_socks, nr_conn;
static u64 serial;
static u64 secret[2];

void udp_table_init(void)
{
	struct mem_info mem;
	u32 slots = 256;

	mem_info(&mem);
	while (slots < 16384 && slots < mem.total >> 15)
		slots *= 2;
	mask = slots - 1;
	bound = alloc_boot(3 * slots * sizeof(*bound));
	if (!bound)
		panic("udp: no memory for %u buckets", slots);
	memset(bound, 0, 3 * slots * sizeof(*bound));
	open = bound + slots;
	conn = open + slots;
	get_random_bytes(secret, sizeof(secret));
}

/* Keyed, so that nobody outside can fill one bucket. */
static u32 udp_hash_of(const struct udp_flow *fl)
{
	u64 h = (((u64)fl->laddr << 32 | fl->raddr) ^ secret[0]) * 0x9e3779b97f4a7c15ULL;

	h = ((h ^ h >> 32) + ((u32)fl->rport << 16 | fl->lport) + secret[1]) *
	    0xc2b2ae3d27d4eb4fULL;
	return (u32)(h >> 32);
}

/* ---- in and out ---- */

static struct udp_sock *udp_sk(struct sock *sk)
{
	return container_of(sk, struct udp_sock, dg.sk);
}

static bool udp_has_peer(const struct sock *sk)
{
	return sk->daddr && sk->dport && sk->rcv_saddr;
}

static void udp_hash_lookup(struct sock *sk)
{
	struct udp_sock *up = udp_sk(sk);

	up->connected = udp_has_peer(sk);
	if (up->connected) {
		struct udp_flow fl = {
			.laddr = sk->rcv_saddr,
			.raddr = sk->daddr,
			.rport = sk->dport,
			.lport = sk->num,
		};

		hlist_add_head(&sk->node, &conn[udp_hash_of(&fl) & mask]);
		nr_conn++;
	} else {
		hlist_add_head(&sk->node, &open[sk->num & mask]);
	}
}

static void udp_unhash_lookup(struct sock *sk)
{
	hlist_del(&sk->node);
	nr_conn -= udp_sk(sk)->connected;
	udp_sk(sk)->connected = false;
}

void udp_rehash(struct sock *sk)
{
	if (hlist_unhashed(&sk->bind_node))
		return;
	udp_unhash_lookup(sk);
	udp_hash_lookup(sk);
}

void udp_unhash(struct sock *sk)
{
	if (hlist_unhashed(&sk->bind_node))
		return;
	udp_unhash_lookup(sk);
	hlist_del(&sk->bind_node);
	nr_socks--;
	sk->num = 0;
	sk->sport = 0;
	sock_put(sk);
}

/* ---- binding ---- */

static bool udp_overlap(const struct sock *a, const struct sock *b)
{
	return (!a->bound_dev_if || !b->bound_dev_if || a->bound_dev_if == b->bound_dev_if) &&
	       (!a->rcv_saddr || !b->rcv_saddr || a->rcv_saddr == b->rcv_saddr);
}

static bool udp_both_share(const struct sock *a, const struct sock *b)
{
	return (a->reuse && b->reuse) || (a->reuseport && b->reuseport);
}

static bool udp_port_taken(struct sock *sk, u16 port, bool may_share)
{
	struct sock *other;

	hlist_for_each_entry(other, &bound[port & mask], bind_node) {
		if (other == sk || other->num != port || !udp_overlap(sk, other))
			continue;
		if (!may_share || !udp_both_share(sk, other))
			return true;
	}
	return false;
}

/* A port that the stack picks is never shared, whatever the options say. */
static bool udp_port_busy(struct sock *sk, u16 port)
{
	return udp_port_taken(sk, port, false);
}

int udp_get_port(struct sock *sk, u16 port)
{
	int picked = port;

	if (!port)
		picked = inet_pick_port(sk, udp_port_busy);
	else if (udp_port_taken(sk, port, true))
		picked = -EADDRINUSE;
	if (picked < 0)
		return picked;
	BUG_ON(!hlist_unhashed(&sk->bind_node));
	sk->num = (u16)picked;
	sk->sport = htons(picked);
	sock_hold(sk);
	hlist_add_head(&sk->bind_node, &bound[sk->num & mask]);
	udp_sk(sk)->serial = ++serial;
	udp_hash_lookup(sk);
	nr_socks++;
	return 0;
}

/* ---- whom is it for ---- */

/* How many of its demands @sk has seen met by @fl; -1: one is not met. */
static int udp_score(const struct sock *sk, const struct udp_flow *fl)
{
	int score = 0;

	if (sk->num != fl->lport)
		return -1;
	if (sk->rcv_saddr) {
		if (sk->rcv_saddr != fl->laddr)
			return -1;
		score++;
	}
	if (sk->daddr) {
		if (sk->daddr != fl->raddr)
			return -1;
		score++;
	}
	if (sk->dport) {
		if (sk->dport != fl->rport)
			return -1;
		score++;
	}
	if (sk->bound_dev_if) {
		if (sk->bound_dev_if != fl->dif)
			return -1;
		score++;
	}
	return score;
}

static struct sock *udp_best(struct hlist_head *head, const struct udp_flow *fl)
{
	struct sock *sk, *best = NULL;
	int best_score = -1;
	u32 equals = 0, hash = 0;

	hlist_for_each_entry(sk, head, node) {
		int score = udp_score(sk, fl);

		if (score > best_score) {
			best = sk;
			best_score = score;
			equals = 1;
		} else if (score >= 0 && score == best_score && sk->reuseport && best->reuseport) {
			/* The n'th of equals takes one flow in n from those before it: each gets
			 * the same share, and a flow stays with its sock. */
			hash = equals++ == 1 ? udp_hash_of(fl) : hash * 0x9e3779b1U + 1;
			if (((u64)hash * equals) >> 32 == 0)
				best = sk;
		}
	}
	return best;
}

struct sock *udp_lookup(const struct udp_flow *fl)
{
	if (nr_conn) {
		struct sock *sk = udp_best(&conn[udp_hash_of(fl) & mask], fl);

		if (sk)
			return sk;
	}
	return udp_best(&open[fl->lport & mask], fl);
}

struct sock *udp_next_match(const struct udp_flow *fl, struct sock *sk)
{
	struct hlist_node *node = sk ? sk->bind_node.next : bound[fl->lport & mask].first;

	for (; node; node = node->next) {
		sk = container_of(node, struct sock, bind_node);
		if (udp_score(sk, fl) >= 0 && ip_mc_sf_allow(sk, fl->laddr, fl->raddr, fl->dif))
			return sk;
	}
	return NULL;
}

/* ---- /proc ---- */

#define PIECE 32       /* socks */
#define MOST_SLOTS 256 /* or so many buckets without one */

/* The socks of bucket s->at that come after the one whose serial is s->mark (0: all); @room at
 * most. How many; with room left it was the bucket's end. */
static u32 udp_bucket_show(struct seq_file *s, u32 room,
			   void (*fn)(struct seq_file *s, const struct sock *sk, u32 bucket))
{
	struct sock *sk;
	u32 n = 0;

	hlist_for_each_entry(sk, &bound[s->at], bind_node) {
		if (s->mark && udp_sk(sk)->serial >= s->mark)
			continue;
		if (n == room)
			break;
		fn(s, sk, (u32)s->at);
		s->mark = udp_sk(sk)->serial;
		n++;
	}
	return n;
}

bool udp_seq_walk(struct seq_file *s,
		  void (*fn)(struct seq_file *s, const struct sock *sk, u32 bucket))
{
	u32 room = PIECE;

	local_bh_disable();
	for (u32 i = 0; i < MOST_SLOTS && s->at <= mask; i++) {
		room -= udp_bucket_show(s, room, fn);
		if (!room)
			break;
		s->at++;
		s->mark = 0;
	}
	local_bh_enable();
	return s->at <= mask;
}

u32 udp_nr_socks(void)
{
	return nr_socks;
}
