/*
 * TCP Fast Open, the server (RFC 7413): who shows the cookie that we gave to his address before may
 * send data with his SYN; the child exists at once. How many such are not yet acknowledged is
 * bounded (TCP_FASTOPEN), and a RST keeps its place for a minute, so that forged sources cannot run
 * through the queue.
 */
#include "net/core/siphash.h"
#include "net/transport/tcp_ack.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_output.h"

/* net.ipv4.tcp_fastopen */
#define FASTOPEN_SERVER 2
#define FASTOPEN_SERVER_NO_COOKIE 0x200

#define COOKIE_SIZE 8
#define RESET_PENALTY_NS (60 * NSEC_PER_SEC)

static struct siphash_key fastopen_key;

void tcp_fastopen_init(void)
{
	siphash_new_key(&fastopen_key);
}

void tcp_fastopen_set_key(const u8 key[16])
{
	memcpy(&fastopen_key, key, 16);
}

void tcp_fastopen_get_key(u8 key[16])
{
	memcpy(key, &fastopen_key, 16);
}

bool tcp_fastopen_cookie_gen(be32 raddr, be32 laddr, u8 cookie[8])
{
	const u64 word = (u64)laddr << 32 | raddr;
	u64 hash = siphash_words(&word, 1, &fastopen_key);

	memcpy(cookie, &hash, COOKIE_SIZE);
	return true;
}

/* ---- the queue ---- */

static bool fastopen_has_room(const struct sock *listener)
{
	const struct tcp_sock *tp = tcp_sk(listener);

	if (!tp->fastopen_max)
		return false;
	if (tp->listener->fastopen_len < tp->fastopen_max)
		return true;
	TCPEXT_INC(TCPFastOpenListenOverflow);
	return false;
}

static void fastopen_leave(struct tcp_request_sock *req)
{
	struct tcp_listener *l = tcp_sk(req->listener)->listener;

	if (l)
		l->fastopen_len--;
	tcp_request_free(req);
}

static void fastopen_penalty_over(struct timer *t)
{
	fastopen_leave(container_of(t, struct tcp_request_sock, timer));
}

void tcp_fastopen_done(struct sock *sk, bool reset)
{
	struct tcp_request_sock *req = tcp_sk(sk)->fastopen_rsk;

	tcp_sk(sk)->fastopen_rsk = NULL;
	req->child = NULL;
	if (reset && req->listener->state == TCP_LISTEN) {
		timer_init(&req->timer, fastopen_penalty_over);
		timer_mod(&req->timer, ktime_ns() + RESET_PENALTY_NS);
	} else {
		fastopen_leave(req);
	}
}

/* ---- the SYN-ACK again, for a child ---- */

static void fastopen_timer(struct timer *t)
{
	struct tcp_request_sock *req = container_of(t, struct tcp_request_sock, timer);
	struct sock *child = req->child;
	u32 retries = tcp_sk(child)->syn_retries ? tcp_sk(child)->syn_retries :
						   (u32)sysctl_tcp_synack_retries + 1;

	TCPEXT_INC(TCPTimeouts);
	if (req->num_timeout >= retries) {
		sock_hold(child);
		tcp_write_err(child, ETIMEDOUT);
		sock_put(child);
		return;
	}
	tcp_rtx_synack(req);
	req->num_timeout++;
	tcp_sk(child)->retransmits++;
	if (!tcp_sk(child)->retrans_stamp_ms)
		tcp_sk(child)->retrans_stamp_ms = tcp_ms(req->snt_synack_ns);
	timer_mod(&req->timer, ktime_ns() + tcp_request_timeout(req));
}

/* ---- a SYN with the option, or with data ---- */

/* What the segment that ends an ordinary handshake would set up. */
static void fastopen_established(struct sock *child)
{
	tcp_init_metrics(child);
	tcp_init_congestion_control(child);
	tcp_mtup_init(child);
	tcp_init_buffer_space(child);
}

static struct sock *fastopen_create_child(struct sock *listener, struct sk_buff *skb,
					  struct tcp_request_sock *req)
{
	struct sock *child = tcp_create_child(listener, req, skb);
	struct tcp_sock *tp;

	if (!child)
		return NULL;
	tp = tcp_sk(child);
	tp->fastopen_rsk = req;
	req->fastopen = true;
	req->child = child;
	tcp_sk(listener)->listener->fastopen_len++;
	fastopen_established(child);
	tp->rcv_nxt = req->rcv_isn + 1;
	tcp_fastopen_add_skb(child, skb);
	req->rcv_nxt = tp->rcv_nxt;
	tp->rcv_wup = tp->rcv_nxt;
	req->snt_synack_ns = ktime_ns();
	timer_init(&req->timer, fastopen_timer);
	timer_mod(&req->timer, req->snt_synack_ns + tcp_request_timeout(req));
	TCPEXT_INC(TCPFastOpenPassive);
	return child;
}

/* Whether what came shows that its address is its own. */
static bool fastopen_cookie_good(const struct tcp_options_received *opt, const u8 *good)
{
	return opt->fastopen_len == COOKIE_SIZE && !memcmp(opt->fastopen_cookie, good, COOKIE_SIZE);
}

struct sock *tcp_try_fastopen(struct sock *listener, struct sk_buff *skb,
			      struct tcp_request_sock *req, const struct tcp_options_received *opt,
			      u8 *cookie, s8 *cookie_len)
{
	bool data = TCP_SKB_CB(skb)->end_seq != TCP_SKB_CB(skb)->seq + 1, trusted;
	struct sock *child;

	*cookie_len = -1;
	if (opt->fastopen_len == 0)
		TCPEXT_INC(TCPFastOpenCookieReqd);
	if (!(sysctl_tcp_fastopen & FASTOPEN_SERVER) || (!data && opt->fastopen_len < 0) ||
	    !fastopen_has_room(listener))
		return NULL;
	tcp_fastopen_cookie_gen(req->raddr, req->laddr, cookie);
	trusted = data && ((sysctl_tcp_fastopen & FASTOPEN_SERVER_NO_COOKIE) ||
			   tcp_sk(listener)->fastopen_no_cookie);
	if (trusted || fastopen_cookie_good(opt, cookie)) {
		child = fastopen_create_child(listener, skb, req);
		if (child)
			return child;
	}
	if (opt->fastopen_len > 0 || trusted)
		TCPEXT_INC(TCPFastOpenPassiveFail);
	/* A wrong cookie, too, is answered with the right one. */
	if (opt->fastopen_len >= 0)
		*cookie_len = COOKIE_SIZE;
	return NULL;
}
