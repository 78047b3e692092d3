/*
 * Reading IPPROTO_TCP's socket options: what was set, or the sysctl's value that is in force.
 */
#include "net/transport/datagram.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_task.h"
#include "net/transport/tcp_txnote.h"

static bool is_unconnected(const struct sock *sk)
{
	return sk->state == TCP_CLOSE || sk->state == TCP_LISTEN;
}

/* The seconds that so many SYN-ACKs take: TCP_DEFER_ACCEPT as it was rounded. */
static int retrans_to_seconds(u8 n)
{
	const int most = TCP_RTO_MAX_US / 1000000;
	int timeout = TCP_TIMEOUT_INIT_US / 1000000, period = n ? timeout : 0;

	while (n > 1) {
		n--;
		timeout = min(2 * timeout, most);
		period += timeout;
	}
	return period;
}

static int get_max_pacing_rate(const struct tcp_sock *tp, void *val, int *len)
{
	u32 rate = (u32)min(tp->max_pacing_rate, (u64)UINT32_MAX);

	if (*len >= (int)sizeof(tp->max_pacing_rate))
		return sock_opt_give(val, len, &tp->max_pacing_rate, sizeof(tp->max_pacing_rate));
	return sock_opt_give(val, len, &rate, sizeof(rate));
}

static int get_linger2(const struct tcp_sock *tp)
{
	if (tp->linger2_s < 0)
		return -1;
	return tp->linger2_s ? tp->linger2_s : sysctl_tcp_fin_timeout;
}

static int get_number(const struct sock *sk, int name, int *v)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	switch (name) {
	case TCP_MAXSEG:
		*v = tp->user_mss && is_unconnected(sk) ? tp->user_mss : tp->mss_cache;
		break;
	case TCP_NODELAY:
		*v = !!(tp->nonagle & TCP_NAGLE_OFF);
		break;
	case TCP_CORK:
		*v = !!(tp->nonagle & TCP_NAGLE_CORK);
		break;
	case TCP_KEEPIDLE:
		*v = tp->keepalive_time_s ? tp->keepalive_time_s : sysctl_tcp_keepalive_time;
		break;
	case TCP_KEEPINTVL:
		*v = tp->keepalive_intvl_s ? tp->keepalive_intvl_s : sysctl_tcp_keepalive_intvl;
		break;
	case TCP_KEEPCNT:
		*v = tp->keepalive_probes ? tp->keepalive_probes : sysctl_tcp_keepalive_probes;
		break;
	case TCP_SYNCNT:
		*v = tp->syn_retries ? tp->syn_retries : sysctl_tcp_syn_retries;
		break;
	case TCP_LINGER2:
		*v = get_linger2(tp);
		break;
	case TCP_DEFER_ACCEPT:
		*v = retrans_to_seconds(tp->defer_accept);
		break;
	case TCP_WINDOW_CLAMP:
		*v = (int)tp->window_clamp;
		break;
	case TCP_QUICKACK:
		*v = tp->pingpong < TCP_PINGPONG_THRESH;
		break;
	case TCP_USER_TIMEOUT:
		*v = (int)tp->user_timeout_ms;
		break;
	case TCP_NOTSENT_LOWAT:
		*v = (int)tp->notsent_lowat;
		break;
	case TCP_FASTOPEN:
		*v = tp->fastopen_max;
		break;
	case TCP_TIMESTAMP:
		*v = (int)(tcp_now_ms() + tp->tsoffset);
		break;
	default:
		return -ENOPROTOOPT;
	}
	return 0;
}

static int get_rare(const struct sock *sk, int name, int *v)
{
	const struct sock_rare *r = sock_rare(sk);

	switch (name) {
	case TCP_SAVE_SYN:
		*v = r->save_syn;
		return 0;
	case TCP_RTO_MAX_MS:
		*v = (int)(tcp_rto_max_us(sk) / 1000);
		return 0;
	case TCP_TX_DELAY:
		*v = r->tx_delay_us;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int get_meminfo(const struct sock *sk, void *val, int *len)
{
	const u32 info[SK_MEMINFO_VARS] = {
		[SK_MEMINFO_RMEM_ALLOC] = sk->rmem_alloc,
		[SK_MEMINFO_RCVBUF] = sk->rcvbuf,
		[SK_MEMINFO_WMEM_ALLOC] = sk->wmem_alloc,
		[SK_MEMINFO_SNDBUF] = sk->sndbuf,
		[SK_MEMINFO_WMEM_QUEUED] = tcp_sk(sk)->wmem_queued,
		[SK_MEMINFO_BACKLOG] = sk->backlog_len,
		[SK_MEMINFO_DROPS] = sk->drops,
	};

	return sock_opt_give(val, len, info, sizeof(info));
}

/* The options that are on or off. */
static int get_switch(const struct tcp_sock *tp, int name, int *v)
{
	switch (name) {
	case TCP_THIN_LINEAR_TIMEOUTS:
		*v = tp->thin;
		return 0;
	case TCP_THIN_DUPACK:
		*v = 0;
		return 0;
	case TCP_FASTOPEN_CONNECT:
		*v = tp->fastopen_connect;
		return 0;
	case TCP_FASTOPEN_NO_COOKIE:
		*v = tp->fastopen_no_cookie;
		return 0;
	case TCP_INQ:
		*v = tp->recvmsg_inq;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int get_cc_info(struct sock *sk, void *val, int *len)
{
	const struct tcp_congestion_ops *ca = tcp_sk(sk)->ca_ops;
	union tcp_cc_info info;
	u32 n = 0;

	if (tcp_sk(sk)->ca_inited && ca->get_info)
		n = ca->get_info(sk, &info, sizeof(info));
	return sock_opt_give(val, len, &info, (int)n);
}

/* The options that are no number; -ENOPROTOOPT: it is not one of them. */
static int get_other(struct sock *sk, int name, void *val, int *len)
{
	char ca_name[TCP_CA_NAME_MAX] = "";
	struct tcp_info info;
	u8 keys[2 * TCP_FASTOPEN_KEY_LENGTH];
	u32 n;

	switch (name) {
	case TCP_INFO:
		tcp_get_info(sk, &info);
		return sock_opt_give(val, len, &info, sizeof(info));
	case TCP_CC_INFO:
		return get_cc_info(sk, val, len);
	case TCP_CONGESTION:
		snprintf(ca_name, sizeof(ca_name), "%s", tcp_sk(sk)->ca_ops->name);
		return sock_opt_give(val, len, ca_name, sizeof(ca_name));
	case TCP_FASTOPEN_KEY:
		n = tcp_fastopen_get_keys(sk, keys);
		return sock_opt_give(val, len, keys, (int)(n * TCP_FASTOPEN_KEY_LENGTH));
	case TCP_SAVED_SYN:
		return tcp_savesyn_give(sk, val, len);
	case TCP_ULP: /* none */
		*len = 0;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int tcp_getsockopt(struct sock *sk, int level, int name, void *val, int *len)
{
	int v, err;

	if (level == SOL_SOCKET && name == SO_MEMINFO)
		return get_meminfo(sk, val, len);
	if (level == SOL_SOCKET && name == SO_MAX_PACING_RATE)
		return get_max_pacing_rate(tcp_sk(sk), val, len);
	if (level == SOL_SOCKET && (name == SO_ZEROCOPY || name == SO_TIMESTAMPING)) {
		v = tcp_txnote_getsockopt(sk, name);
		return sock_opt_give(val, len, &v, sizeof(v));
	}
	if (level != SOL_TCP)
		return datagram_getsockopt(sk, level, name, val, len);
	if (*len < 0)
		return -EINVAL;
	err = get_number(sk, name, &v);
	if (err)
		err = get_switch(tcp_sk(sk), name, &v);
	if (err)
		err = get_rare(sk, name, &v);
	if (!err)
		return sock_opt_give(val, len, &v, sizeof(v));
	return get_other(sk, name, val, len);
}
