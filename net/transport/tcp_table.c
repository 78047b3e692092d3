/*
 * TCP's tables of socks: connections by their flow, listeners by port and address. Requests and
 * TIME-WAIT entries have tables of their own under the same hash (tcp_request.c, tcp_timewait.c),
 * so that a segment of an established connection - the common case - costs one look at socks only.
 */
#include "net/core/byteorder.h"
#include "net/ip/ip.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_table.h"

#define LISTEN_SLOTS 256

static struct hlist_head *flows, *listeners;
static u32 flow_mask, nr_flows, nr_listeners;
static u64 secret[2];
u32 tcp_flow_slots;

struct hlist_head *tcp_alloc_table(u32 slots)
{
	struct hlist_head *table = alloc_boot(slots * sizeof(*table));

	if (!table)
		panic("tcp: no memory for %u buckets", slots);
	memset(table, 0, slots * sizeof(*table));
	return table;
}

void tcp_table_init(void)
{
	struct mem_info mem;

	mem_info(&mem);
	tcp_flow_slots = 1024;
	while (tcp_flow_slots < 131072 && tcp_flow_slots < mem.total >> 12)
		tcp_flow_slots *= 2;
	flow_mask = tcp_flow_slots - 1;
	flows = tcp_alloc_table(tcp_flow_slots);
	listeners = tcp_alloc_table(LISTEN_SLOTS);
	get_random_bytes(secret, sizeof(secret));
}

/* ---- the hash ---- */

/* Both halves of a product: each bit of it depends on all of both factors. */
static inline u32 tcp_hash_words(u64 a, u64 b)
{
	unsigned __int128 product = (unsigned __int128)(a ^ secret[0]) * (b ^ secret[1]);
	u64 h = (u64)product ^ (u64)(product >> 64);

	return (u32)(h ^ h >> 32);
}

/* Keyed, so that nobody outside can fill one bucket. */
u32 tcp_flow_hash(const struct tcp_flow *fl)
{
	return tcp_hash_words((u64)fl->laddr << 32 | fl->raddr, (u32)fl->rport << 16 | fl->lport);
}

void tcp_flow_of_skb(const struct sk_buff *skb, struct tcp_flow *fl)
{
	const struct iphdr *ip = ip_hdr(skb);
	const struct tcphdr *th = tcp_hdr(skb);

	fl->laddr = ip->daddr;
	fl->raddr = ip->saddr;
	fl->rport = th->source;
	fl->lport = ntohs(th->dest);
	fl->dif = skb->dev->ifindex;
}

void tcp_flow_of_sock(const struct sock *sk, struct tcp_flow *fl)
{
	fl->laddr = sk->rcv_saddr;
	fl->raddr = sk->daddr;
	fl->rport = sk->dport;
	fl->lport = sk->num;
	fl->dif = sk->bound_dev_if;
}

/* ---- connections ---- */

static inline bool tcp_flow_matches(const struct sock *sk, const struct tcp_flow *fl)
{
	return sk->daddr == fl->raddr && sk->rcv_saddr == fl->laddr && sk->dport == fl->rport &&
	       sk->num == fl->lport && (!sk->bound_dev_if || sk->bound_dev_if == fl->dif);
}

struct sock *tcp_lookup_established(const struct tcp_flow *fl, u32 hash)
{
	struct sock *sk;

	hlist_for_each_entry(sk, &flows[hash & flow_mask], node) {
		if (likely(tcp_flow_matches(sk, fl)))
			return sk;
	}
	return NULL;
}

static bool tcp_is_listener(const struct sock *sk)
{
	return sk->state == TCP_LISTEN;
}

static struct hlist_head *tcp_listen_slot(be32 addr, u16 port)
{
	return &listeners[tcp_hash_words(addr, port) % LISTEN_SLOTS];
}

void tcp_hash(struct sock *sk)
{
	BUG_ON(!hlist_unhashed(&sk->node));
	sock_hold(sk);
	if (sk->state == TCP_LISTEN) {
		hlist_add_head(&sk->node, tcp_listen_slot(sk->rcv_saddr, sk->num));
		nr_listeners++;
	} else {
		struct tcp_flow fl;

		tcp_flow_of_sock(sk, &fl);
		hlist_add_head(&sk->node, &flows[tcp_flow_hash(&fl) & flow_mask]);
		nr_flows++;
	}
}

void tcp_unhash(struct sock *sk)
{
	if (hlist_unhashed(&sk->node))
		return;
	hlist_del(&sk->node);
	if (tcp_is_listener(sk))
		nr_listeners--;
	else
		nr_flows--;
	sock_put(sk);
}

/* ---- listeners ---- */

/*
 * Among those on @addr: who is bound to the segment's device goes before who is not; of equals with
 * SO_REUSEPORT the flow decides: the n'th takes one flow in n from those before it, so that each
 * gets the same share.
 */
static struct sock *tcp_best_listener(be32 addr, const struct tcp_flow *fl)
{
	struct sock *sk, *best = NULL;
	u32 equals = 0, hash = 0;
	int best_score = 0;

	hlist_for_each_entry(sk, tcp_listen_slot(addr, fl->lport), node) {
		int score = sk->bound_dev_if ? 2 : 1;

		if (sk->num != fl->lport || sk->rcv_saddr != addr ||
		    (sk->bound_dev_if && sk->bound_dev_if != fl->dif))
			continue;
		if (score > best_score) {
			best = sk;
			best_score = score;
			equals = 1;
		} else if (score == best_score && sk->reuseport && best->reuseport) {
			hash = equals++ == 1 ? tcp_flow_hash(fl) : hash * 0x9e3779b1u + 1;
			if (((u64)hash * equals) >> 32 == 0)
				best = sk;
		}
	}
	return best;
}

struct sock *tcp_lookup_listener(const struct tcp_flow *fl)
{
	struct sock *sk = tcp_best_listener(fl->laddr, fl);

	return sk ? sk : tcp_best_listener(0, fl);
}

/* ---- all of them ---- */

u32 tcp_socks_slots(void)
{
	return LISTEN_SLOTS + tcp_flow_slots;
}

void tcp_socks_in(u32 slot, void (*fn)(struct seq_file *s, struct sock *sk), struct seq_file *s)
{
	struct sock *sk;

	hlist_for_each_entry(
		sk, slot < LISTEN_SLOTS ? &listeners[slot] : &flows[slot - LISTEN_SLOTS], node)
		fn(s, sk);
}

u32 tcp_nr_socks(void)
{
	return nr_listeners + nr_flows;
}

u32 tcp_nr_established(void)
{
	return nr_flows;
}
