/*
 * Ports that the stack picks: for bind() and listen() any that is free, for connect() one that is
 * free towards this destination (RFC 6056 §3.3.4: a counter for each of many groups of
 * destinations, from a start that only we can compute). bind() gets odd ones, connect() even ones,
 * as long as there are such: so the two do not stand in each other's way.
 */
#include "net/core/byteorder.h"
#include "net/core/siphash.h"
#include "net/transport/datagram.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_table.h"

#define PERTURB_SLOTS 4096

static u16 perturb[PERTURB_SLOTS];
static struct siphash_key port_key;

/* The range, its size even. */
static u32 port_range(const struct sock *sk, u32 *low)
{
	u32 size = local_port_range(sk, low);

	return size > 1 ? size & ~1u : size;
}

int tcp_pick_port(struct sock *sk)
{
	u32 low, size = port_range(sk, &low);
	u32 start = random_below(size) & ~1u;

	for (u32 odd = 0; odd < 2; odd++) {
		u32 off = start + (odd ^ !(low & 1));

		for (u32 i = 0; i < size; i += 2, off += 2) {
			u16 port = (u16)(low + off % size);

			if (!inet_port_reserved(port) && !tcp_port_taken(sk, port))
				return port;
		}
	}
	return -EADDRINUSE;
}

/* ---- connect() ---- */

static bool flow_is_free(struct sock *sk, const struct tcp_flow *fl, bool by_task)
{
	u32 hash = tcp_flow_hash(fl);
	struct tcp_timewait_sock *tw;

	if (tcp_lookup_established(fl, hash) || tcp_lookup_request(fl, hash))
		return false;
	tw = tcp_lookup_timewait(fl, hash);
	if (!tw)
		return true;
	if (!tcp_timewait_reuse(sk, tw, by_task))
		return false;
	tcp_timewait_kill(tw);
	TCPEXT_INC(TWRecycled);
	return true;
}

/* Tries @port; 0: @sk has it and is in the table of flows. */
static int connect_from(struct sock *sk, struct tcp_flow *fl, u16 port)
{
	bool unused;

	if (!tcp_port_connectable(sk, port, &unused))
		return -EADDRNOTAVAIL;
	fl->lport = port;
	if (!unused && !flow_is_free(sk, fl, false))
		return -EADDRNOTAVAIL;
	if (tcp_take_port(sk, port, true))
		return -ENOMEM;
	tcp_hash(sk);
	return 0;
}

static u64 destination_hash(const struct tcp_flow *fl)
{
	const u64 words[2] = { (u64)fl->laddr << 32 | fl->raddr, fl->rport };

	if (unlikely(!port_key.k[0]))
		siphash_new_key(&port_key);
	return siphash_words(words, 2, &port_key);
}

static int connect_from_any(struct sock *sk, struct tcp_flow *fl)
{
	u64 hash = destination_hash(fl);
	u16 *counter = &perturb[hash % PERTURB_SLOTS];
	u32 low, size = port_range(sk, &low);
	u32 start = ((u32)(hash >> 32) + *counter) % size & ~1u;
	int err;

	for (u32 odd = 0; odd < 2; odd++) {
		u32 off = start + (odd ^ (low & 1));

		for (u32 i = 0; i < size; i += 2, off += 2) {
			u16 port = (u16)(low + off % size);

			err = inet_port_reserved(port) ? -EADDRNOTAVAIL :
							 connect_from(sk, fl, port);
			if (err == -EADDRNOTAVAIL)
				continue;
			/* On by what was tried, and a little more, so that nobody can count what
			 * others do. */
			*counter += (u16)(max(i, random_below(8) * 2) + 2);
			return err;
		}
	}
	return -EADDRNOTAVAIL;
}

int tcp_hash_connect(struct sock *sk)
{
	struct tcp_flow fl;
	bool unused;

	tcp_flow_of_sock(sk, &fl);
	if (!sk->num)
		return connect_from_any(sk, &fl);
	tcp_port_connectable(sk, sk->num, &unused);
	if (!unused && !flow_is_free(sk, &fl, true))
		return -EADDRNOTAVAIL;
	tcp_hash(sk);
	return 0;
}
