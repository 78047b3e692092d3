/*
 * SYN-RECEIVED without a full socket (RFC 9293 §3.10.7.2 and .4, RFC 4987): a SYN makes a small
 * request (tcp_syn.c), whose timer repeats the SYN-ACK; the ACK that fits it makes the child
 * (tcp_check_req.c). Here: the table of requests, and their time.
 */
#include "net/core/sock_rare.h"
#include "net/transport/tcp_conn.h"

static struct hlist_head *requests;
static u32 request_mask, nr_requests, max_requests;
static struct kmem_cache *request_cache;

void tcp_request_init(void)
{
	struct mem_info mem;
	u32 slots = max(tcp_flow_slots / 8, 256u);

	mem_info(&mem);
	requests = tcp_alloc_table(slots);
	request_mask = slots - 1;
	request_cache = kmem_cache_create("tcp_request", sizeof(struct tcp_request_sock), 0);
	max_requests = (u32)min(mem.total >> 15, 8192ULL);
	kmem_cache_reserve(request_cache, max_requests);
}

bool tcp_request_room(void)
{
	return nr_requests < max_requests;
}

/* ---- the table ---- */

static struct hlist_head *tcp_request_slot(u32 hash)
{
	return &requests[hash & request_mask];
}

struct tcp_request_sock *tcp_lookup_request(const struct tcp_flow *fl, u32 hash)
{
	struct tcp_request_sock *req;

	hlist_for_each_entry(req, tcp_request_slot(hash), node) {
		if (req->raddr == fl->raddr && req->laddr == fl->laddr && req->rport == fl->rport &&
		    req->lport == fl->lport)
			return req;
	}
	return NULL;
}

u32 tcp_nr_requests(void)
{
	return nr_requests;
}

u32 tcp_requests_slots(void)
{
	return request_mask + 1;
}

void tcp_requests_in(u32 slot, void (*fn)(struct seq_file *s, const struct tcp_request_sock *req),
		     struct seq_file *s)
{
	struct tcp_request_sock *req;

	hlist_for_each_entry(req, &requests[slot], node)
		fn(s, req);
}

struct tcp_request_sock *tcp_request_alloc(void)
{
	struct tcp_request_sock *req = kmem_cache_alloc(request_cache);

	if (req)
		nr_requests++;
	return req;
}

void tcp_request_free(struct tcp_request_sock *req)
{
	timer_del(&req->timer);
	if (unlikely(req->saved_syn))
		saved_headers_free(req->saved_syn);
	sock_put(req->listener);
	kmem_cache_free(request_cache, req);
	nr_requests--;
}

void tcp_request_hash(struct tcp_request_sock *req)
{
	struct tcp_listener *l = tcp_sk(req->listener)->listener;
	const struct tcp_flow fl = {
		.laddr = req->laddr, .raddr = req->raddr, .rport = req->rport, .lport = req->lport
	};

	hlist_add_head(&req->node, tcp_request_slot(tcp_flow_hash(&fl)));
	list_add_tail(&req->of_listener, &l->requests);
	l->syn_backlog++;
	l->young++;
}

static void tcp_request_unhash(struct tcp_request_sock *req)
{
	struct tcp_listener *l = tcp_sk(req->listener)->listener;

	hlist_del(&req->node);
	list_del(&req->of_listener);
	l->syn_backlog--;
	if (!req->num_timeout)
		l->young--;
}

void tcp_request_drop(struct tcp_request_sock *req)
{
	tcp_request_unhash(req);
	tcp_request_free(req);
}

/* ---- its timer ---- */

u64 tcp_request_timeout(const struct tcp_request_sock *req)
{
	u64 us = (u64)TCP_TIMEOUT_INIT_US << min(req->num_timeout, (u8)16);

	return min(us, (u64)tcp_rto_max_us(req->listener)) * NSEC_PER_USEC;
}

static u32 tcp_request_retries(const struct tcp_sock *listener)
{
	const struct tcp_listener *l = listener->listener;
	u32 retries =
		listener->syn_retries ? listener->syn_retries : (u32)sysctl_tcp_synack_retries;

	/* Normally a request is young: acknowledged before its first repetition. When the queue is
	 * half full of old ones, they have to leave sooner. */
	if (2 * l->syn_backlog > max(8u, l->max_ack_backlog)) {
		for (u32 young = 2 * l->young; retries > 2 && l->syn_backlog >= young; young *= 2)
			retries--;
	}
	return retries;
}

/* What becomes of a request when its time is over. TCP_DEFER_ACCEPT: once acknowledged it waits for
 * data in silence, and asks once more at the end of that time. */
static bool tcp_request_again(struct tcp_request_sock *req)
{
	const struct tcp_sock *listener = tcp_sk(req->listener);
	u32 retries = tcp_request_retries(listener), defer = listener->defer_accept;
	bool resend = true;

	if (defer) {
		if (req->num_timeout >= retries && (!req->acked || req->num_timeout >= defer))
			return false;
		resend = !req->acked || req->num_timeout + 1u >= defer;
	} else if (req->num_timeout >= retries) {
		return false;
	}
	TCPEXT_INC(TCPTimeouts);
	return !resend || tcp_rtx_synack(req) || req->acked;
}

void tcp_request_timer(struct timer *t)
{
	struct tcp_request_sock *req = container_of(t, struct tcp_request_sock, timer);

	if (!tcp_request_again(req)) {
		tcp_request_drop(req);
		return;
	}
	if (req->num_timeout++ == 0)
		tcp_sk(req->listener)->listener->young--;
	timer_mod(&req->timer, ktime_ns() + tcp_request_timeout(req));
}
