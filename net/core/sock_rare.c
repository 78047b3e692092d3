/*
 * The side table of options that few sockets set (net/core/sock_rare.h).
 */
#include "net/core/sock_rare.h"

#define BUCKETS 1024
#define RESERVE 64 /* of each, for what comes between two accept() calls */

static struct sock_rare *table[BUCKETS];
static struct kmem_cache *rare_cache, *headers_cache;
static const struct sock_rare defaults = { .incoming_cpu = -1, .peek_off = -1 };

void sock_rare_init(void)
{
	rare_cache = kmem_cache_create("sock_rare", sizeof(struct sock_rare), 0);
	headers_cache = kmem_cache_create("saved_headers", sizeof(struct saved_headers), 0);
	kmem_cache_reserve(rare_cache, RESERVE);
	kmem_cache_reserve(headers_cache, RESERVE);
}

void sock_rare_refill(void)
{
	kmem_cache_refill(rare_cache);
	kmem_cache_refill(headers_cache);
}

static struct sock_rare **rare_find(const struct sock *sk)
{
	struct sock_rare **at = &table[((uintptr_t)sk >> 5) % BUCKETS];

	while (*at && (*at)->sk != sk)
		at = &(*at)->next;
	return at;
}

const struct sock_rare *sock_rare(const struct sock *sk)
{
	const struct sock_rare *r = NULL;

	if (likely(!sock_flag(sk, SOCK_RARE)))
		return &defaults;
	local_bh_disable();
	r = *rare_find(sk);
	local_bh_enable();
	return r ? r : &defaults;
}

struct sock_rare *sock_rare_get(struct sock *sk)
{
	struct sock_rare **at, *r;

	local_bh_disable();
	at = rare_find(sk);
	r = *at;
	if (!r && (r = kmem_cache_alloc(rare_cache))) {
		*r = defaults;
		r->sk = sk;
		*at = r;
		sock_set_flag(sk, SOCK_RARE, true);
	}
	local_bh_enable();
	return r;
}

void sock_rare_inherit(struct sock *sk, const struct sock *from)
{
	struct sock_rare *r, *next;

	sock_set_flag(sk, SOCK_RARE, false);
	if (likely(!sock_flag(from, SOCK_RARE)))
		return;
	r = sock_rare_get(sk);
	if (!r)
		return;
	next = r->next;
	*r = *sock_rare(from);
	r->next = next;
	r->sk = sk;
	r->saved_syn = NULL;
}

void sock_rare_forget(struct sock *sk)
{
	struct sock_rare **at, *r;

	if (likely(!sock_flag(sk, SOCK_RARE)))
		return;
	at = rare_find(sk);
	r = *at;
	*at = r->next;
	if (r->saved_syn)
		saved_headers_free(r->saved_syn);
	kmem_cache_free(rare_cache, r);
	sock_set_flag(sk, SOCK_RARE, false);
}

struct saved_headers *saved_headers_alloc(void)
{
	return kmem_cache_alloc(headers_cache);
}

void saved_headers_free(struct saved_headers *h)
{
	kmem_cache_free(headers_cache, h);
}
