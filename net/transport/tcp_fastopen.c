/*
 * TCP Fast Open, the server (RFC 7413): who shows the cookie that we gave to his address before may
 * send data with his SYN; the child exists at once. How many such are not yet acknowledged is
 * bounded (TCP_FASTOPEN), and a RST keeps its place for a minute, so that forged sources cannot run
 * through the queue.
 */
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_output.h"

/* net.ipv4.tcp_fastopen */
#define FASTOPEN_SERVER 2
#define FASTOPEN_SERVER_NO_COOKIE 0x200

#define RESET_PENALTY_NS (60 * NSEC_PER_SEC)

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
	struct tcp_sock *listener = tcp_sk(req->listener);

	/* One that has stopped meanwhile, and perhaps begun anew, does not know of it. */
	if (listener->sk.state == TCP_LISTEN && listener->listener->fastopen_len)
		listener->listener->fastopen_len--;
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

/* ---- a SYN with the option, or with data ---- */

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
	tcp_savesyn_move(child, req);
	tcp_sk(listener)->listener->fastopen_len++;
	/* It repeats the SYN-ACK itself. */
	tcp_mstamp_refresh(tp);
	req->snt_synack_ns = tp->mstamp_ns;
	tcp_reset_xmit_timer(child, TCP_TIME_RETRANS, TCP_TIMEOUT_INIT_US);
	tcp_init_transfer(child);
	tcp_fastopen_add_skb(child, skb);
	req->rcv_nxt = tp->rcv_wup = tp->rcv_nxt;
	TCPEXT_INC(TCPFastOpenPassive);
	return child;
}

struct sock *tcp_try_fastopen(struct sock *listener, struct sk_buff *skb,
			      struct tcp_request_sock *req, const struct tcp_options_received *opt,
			      u8 *cookie, s8 *cookie_len)
{
	bool data = TCP_SKB_CB(skb)->end_seq != TCP_SKB_CB(skb)->seq + 1, trusted;
	struct sock *child;
	u32 key = 0;

	*cookie_len = -1;
	if (opt->fastopen_len == 0)
		TCPEXT_INC(TCPFastOpenCookieReqd);
	if (!(sysctl_tcp_fastopen & FASTOPEN_SERVER) || (!data && opt->fastopen_len < 0) ||
	    !fastopen_has_room(listener))
		return NULL;
	tcp_fastopen_cookie_gen(listener, req->raddr, req->laddr, cookie);
	trusted = data && ((sysctl_tcp_fastopen & FASTOPEN_SERVER_NO_COOKIE) ||
			   tcp_sk(listener)->fastopen_no_cookie);
	/* Does what came show that its address is its own? */
	if (opt->fastopen_len == TCP_FASTOPEN_COOKIE_SIZE)
		key = tcp_fastopen_cookie_key(listener, req->raddr, req->laddr,
					      opt->fastopen_cookie);
	if (trusted || key) {
		child = fastopen_create_child(listener, skb, req);
		if (child && key == 2) { /* of the key before: here is one of the present key */
			*cookie_len = TCP_FASTOPEN_COOKIE_SIZE;
			TCPEXT_INC(TCPFastOpenPassiveAltKey);
		}
		if (child)
			return child;
	}
	if (opt->fastopen_len > 0 || trusted)
		TCPEXT_INC(TCPFastOpenPassiveFail);
	/* A wrong cookie, too, is answered with the right one. */
	if (opt->fastopen_len >= 0)
		*cookie_len = TCP_FASTOPEN_COOKIE_SIZE;
	return NULL;
}
