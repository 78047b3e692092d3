/*
 * TCP Fast Open, the server (RFC 7413): who shows the cookie that we gave to his address before may
 * send data with his SYN; the child exists at once. How many such are not yet acknowledged is
 * bounded (TCP_FASTOPEN), and a RST keeps its place for a minute, so that forged sources cannot run
 * through the queue.
 */
#include "net/core/siphash.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_output.h"

/* net.ipv4.tcp_fastopen */
#define FASTOPEN_SERVER 2
#define FASTOPEN_SERVER_NO_COOKIE 0x200

#define COOKIE_SIZE 8
#define RESET_PENALTY_NS (60 * NSEC_PER_SEC)

static struct siphash_key fastopen_key;

void tcp_fastopen_set_key(const u8 key[16])
{
	memcpy(&fastopen_key, key, 16);
}

void tcp_fastopen_get_key(u8 key[16])
{
	memcpy(key, &fastopen_key, 16);
}

/* ---- net.ipv4.tcp_fastopen_key: four words in hexadecimal, with '-' between ---- */

static void fastopen_key_show(struct seq_file *s)
{
	u32 w[4];

	tcp_fastopen_get_key((u8 *)w);
	seq_printf(s, "%08x-%08x-%08x-%08x\n", w[0], w[1], w[2], w[3]);
}

/* One word at *@text, which moves behind it. False: there is none. */
static bool fastopen_key_word(const char **text, u32 *word)
{
	u32 digits = 0;

	*word = 0;
	for (;; (*text)++, digits++) {
		char c = **text;
		u32 v = c >= '0' && c <= '9' ? (u32)(c - '0') :
			c >= 'a' && c <= 'f' ? (u32)(c - 'a' + 10) :
			c >= 'A' && c <= 'F' ? (u32)(c - 'A' + 10) :
					       16;

		if (v == 16)
			return digits && digits <= 8;
		*word = *word << 4 | v;
	}
}

static int fastopen_key_set(const char *text)
{
	u32 w[4];

	for (u32 i = 0; i < 4; i++) {
		if ((i && *text++ != '-') || !fastopen_key_word(&text, &w[i]))
			return -EINVAL;
	}
	if (*text && *text != '\n')
		return -EINVAL;
	tcp_fastopen_set_key((const u8 *)w);
	return 0;
}

static const struct ctl_entry fastopen_sysctls[] = {
	{ .name = "net.ipv4.tcp_fastopen_key", .show = fastopen_key_show, .set = fastopen_key_set },
};

void tcp_fastopen_init(void)
{
	siphash_new_key(&fastopen_key);
	sysctl_register(fastopen_sysctls, ARRAY_SIZE(fastopen_sysctls));
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
