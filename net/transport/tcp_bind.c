/*
 * Local ports. A port in use has a bucket with everybody who has it: socks that were bound to it,
 * that connect() gave it to, children of a listener, and TIME-WAIT entries. Who may share is what
 * SO_REUSEADDR and SO_REUSEPORT say, by Linux's rules:
 *
 *   two conflict if they are on the same device and address (any counts as the same) and not
 *     both SO_REUSEADDR, and the one that is there does not listen, or
 *     both SO_REUSEPORT
 *
 * A port that the stack picks for bind() is never shared on the same address.
 */
#include "net/core/byteorder.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_table.h"

struct port_bucket {
	struct hlist_node node;
	struct hlist_head owners;   /* socks, through bind_node */
	struct hlist_head timewait; /* through bind_node */
	u16 port;
	bool by_connect; /* nobody has asked for this port: others may connect from it, too */
};

static struct hlist_head *buckets;
static u32 bucket_mask, nr_ports;
static struct kmem_cache *bucket_cache;

void tcp_bind_init(void)
{
	u32 slots = max(tcp_flow_slots / 8, 256u);

	buckets = tcp_alloc_table(slots);
	bucket_mask = slots - 1;
	bucket_cache = kmem_cache_create("tcp_port", sizeof(struct port_bucket), 0);
}

static struct port_bucket *port_find(u16 port)
{
	struct port_bucket *b;

	hlist_for_each_entry(b, &buckets[port & bucket_mask], node) {
		if (b->port == port)
			return b;
	}
	return NULL;
}

static struct port_bucket *port_create(u16 port)
{
	struct port_bucket *b = kmem_cache_alloc(bucket_cache);

	if (!b)
		return NULL;
	*b = (struct port_bucket){ .port = port };
	hlist_add_head(&b->node, &buckets[port & bucket_mask]);
	nr_ports++;
	return b;
}

static void port_release(struct port_bucket *b)
{
	if (b->owners.first || b->timewait.first)
		return;
	hlist_del(&b->node);
	kmem_cache_free(bucket_cache, b);
	nr_ports--;
}

/* ---- conflicts ---- */

/* What of an owner, sock or TIME-WAIT entry, matters to who comes after. */
struct owner {
	be32 addr;
	int dev;
	bool reuse, reuseport, listens;
};

/* @picked: the stack picks the port for @sk. */
static bool owner_conflicts(const struct sock *sk, const struct owner *o, bool picked)
{
	if (sk->bound_dev_if && o->dev && sk->bound_dev_if != o->dev)
		return false;
	if (sk->rcv_saddr && o->addr && sk->rcv_saddr != o->addr)
		return false;
	if (picked)
		return true;
	if (sk->reuse && o->reuse && !o->listens)
		return false;
	return !(sk->reuseport && o->reuseport);
}

static bool bucket_conflicts(const struct port_bucket *b, const struct sock *sk, bool picked)
{
	const struct tcp_timewait_sock *tw;
	const struct sock *other;

	hlist_for_each_entry(other, &b->owners, bind_node) {
		struct owner o = { other->rcv_saddr, other->bound_dev_if, other->reuse,
				   other->reuseport, other->state == TCP_LISTEN };

		if (other != sk && owner_conflicts(sk, &o, picked))
			return true;
	}
	hlist_for_each_entry(tw, &b->timewait, bind_node) {
		struct owner o = { tw->laddr, tw->bound_dev_if, tw->reuse, tw->reuseport, false };

		if (owner_conflicts(sk, &o, picked))
			return true;
	}
	return false;
}

bool tcp_port_taken(const struct sock *sk, u16 port)
{
	const struct port_bucket *b = port_find(port);

	return b && bucket_conflicts(b, sk, true);
}

bool tcp_port_connectable(const struct sock *sk, u16 port, bool *unused)
{
	const struct port_bucket *b = port_find(port);
	const struct hlist_node *first = b ? b->owners.first : NULL;

	*unused = !b || (first == &sk->bind_node && !first->next && !b->timewait.first);
	return !b || b->by_connect;
}

/* ---- taking and giving back ---- */

static void port_add(struct port_bucket *b, struct sock *sk)
{
	BUG_ON(!hlist_unhashed(&sk->bind_node));
	hlist_add_head(&sk->bind_node, &b->owners);
	sk->num = b->port;
	sk->sport = htons(b->port);
}

int tcp_take_port(struct sock *sk, u16 port, bool by_connect)
{
	struct port_bucket *b = port_find(port);

	if (!b) {
		b = port_create(port);
		if (!b)
			return -ENOMEM;
		b->by_connect = by_connect;
	}
	b->by_connect &= by_connect;
	port_add(b, sk);
	return 0;
}

void tcp_inherit_port(const struct sock *listener, struct sock *child)
{
	struct port_bucket *b = port_find(listener->num);

	BUG_ON(!b);
	port_add(b, child);
}

void tcp_put_port(struct sock *sk)
{
	if (hlist_unhashed(&sk->bind_node))
		return;
	hlist_del(&sk->bind_node);
	port_release(port_find(sk->num));
	sk->num = 0; /* sport stays: getsockname still tells */
}

void tcp_timewait_hold_port(struct tcp_timewait_sock *tw)
{
	hlist_add_head(&tw->bind_node, &port_find(tw->lport)->timewait);
}

void tcp_timewait_put_port(struct tcp_timewait_sock *tw)
{
	hlist_del(&tw->bind_node);
	port_release(port_find(tw->lport));
}

/* ---- bind() and listen() ---- */

static bool tcp_has_port(const struct sock *sk)
{
	return !hlist_unhashed(&sk->bind_node);
}

int tcp_get_port(struct sock *sk, u16 port)
{
	const struct port_bucket *b;
	int picked;

	if (!port) {
		picked = tcp_pick_port(sk);
		if (picked < 0)
			return picked;
		port = (u16)picked;
	} else {
		b = port_find(port);
		if (b && bucket_conflicts(b, sk, false))
			return -EADDRINUSE;
	}
	return tcp_has_port(sk) ? 0 : tcp_take_port(sk, port, false);
}

u32 tcp_nr_ports(void)
{
	return nr_ports;
}
