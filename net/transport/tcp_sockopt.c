/*
 * Setting IPPROTO_TCP's socket options, with the ranges and errors of Linux, and what TCP has to do
 * when one of SOL_SOCKET changes. IP's, and SO_BINDTODEVICE, are the same for every transport.
 * Reading them is tcp_getsockopt.c's.
 */
#include "net/transport/datagram.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_output.h"
#include "net/transport/tcp_task.h"
#include "net/transport/tcp_txnote.h"

#define MAX_KEEPALIVE_S 32767
#define MAX_KEEPALIVE_PROBES 127
#define MAX_SYN_COUNT 127
#define MAX_USER_MSS 32767
#define MAX_LINGER2_S 120

/* ---- Nagle, cork, quick ACKs ---- */

static void push_pending(struct sock *sk)
{
	local_bh_disable();
	tcp_push_pending_frames(sk);
	local_bh_enable();
}

/* What is queued goes out now, even if it is small. */
static int set_nodelay(struct sock *sk, int val)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!val) {
		tp->nonagle &= (u8)~TCP_NAGLE_OFF;
		return 0;
	}
	tp->nonagle |= TCP_NAGLE_OFF | TCP_NAGLE_PUSH;
	push_pending(sk);
	return 0;
}

static int set_cork(struct sock *sk, int val)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (val) {
		tp->nonagle |= TCP_NAGLE_CORK;
		return 0;
	}
	tp->nonagle &= (u8)~TCP_NAGLE_CORK;
	if (tp->nonagle & TCP_NAGLE_OFF)
		tp->nonagle |= TCP_NAGLE_PUSH;
	push_pending(sk);
	return 0;
}

/* On: what is due goes now. An even value is for this once. */
static int set_quickack(struct sock *sk, int val)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->pingpong = val ? 0 : TCP_PINGPONG_THRESH;
	if (!val || (sk->state != TCP_ESTABLISHED && sk->state != TCP_CLOSE_WAIT) ||
	    !(tp->ack_pending & TCP_ACK_SCHED))
		return 0;
	tp->ack_pending |= TCP_ACK_PUSHED;
	local_bh_disable();
	tcp_cleanup_rbuf(sk, 1);
	local_bh_enable();
	if (!(val & 1))
		tp->pingpong = TCP_PINGPONG_THRESH;
	return 0;
}

/* ---- keepalive ---- */

static u32 keepalive_time_s(const struct tcp_sock *tp)
{
	return tp->keepalive_time_s ? tp->keepalive_time_s : (u32)sysctl_tcp_keepalive_time;
}

/* A running timer goes by the new time, of which some has passed. */
static void keepalive_time_changed(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 now = tcp_now_ms();
	u32 idle = min(now - tp->lrcvtime_ms, now - tp->rcv_tstamp_ms);
	u64 time = (u64)keepalive_time_s(tp) * 1000;

	if (!sock_flag(sk, SOCK_KEEPOPEN) || sk->state == TCP_CLOSE || sk->state == TCP_LISTEN)
		return;
	local_bh_disable();
	tcp_reset_keepalive_timer(sk, time > idle ? (time - idle) * NSEC_PER_MSEC : 0);
	local_bh_enable();
}

void tcp_keepalive_set(struct sock *sk, bool on)
{
	local_bh_disable();
	tcp_set_keepalive(sk, on);
	local_bh_enable();
}

/* ---- windows, buffers ---- */

/*
 * SO_RCVLOWAT: the buffer must be able to hold so much, or the reader would never be woken. Half of
 * SO_RCVBUF is the most that a task may ask for that has chosen it.
 */
int tcp_set_rcvlowat(struct sock *sk, int val)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 most = sk->rcvbuf_locked ? sk->rcvbuf / 2 : (u32)sysctl_tcp_rmem[2] / 2;
	u32 lowat = min(val < 0 ? (u32)INT32_MAX : (u32)val, most);

	sk->rcvlowat = lowat ? lowat : 1;
	if (tcp_epollin_ready(sk, sk->rcvlowat))
		sk_data_ready(sk);
	if (sk->rcvbuf_locked || 2 * lowat <= sk->rcvbuf)
		return 0;
	sk->rcvbuf = 2 * lowat;
	tp->window_clamp = tcp_full_space(sk);
	return 0;
}

static int set_window_clamp(struct sock *sk, int val)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!val) {
		if (sk->state != TCP_CLOSE)
			return -EINVAL;
		tp->window_clamp = 0;
		return 0;
	}
	tp->window_clamp = (u32)max(val, SOCK_MIN_RCVBUF / 2);
	tp->rcv_ssthresh = min(tp->rcv_wnd, tp->window_clamp);
	return 0;
}

static int set_maxseg(struct tcp_sock *tp, int val)
{
	if (val && (val < TCP_MIN_MSS || val > MAX_USER_MSS))
		return -EINVAL;
	tp->user_mss = (u16)val;
	return 0;
}

static int set_notsent_lowat(struct sock *sk, int val)
{
	tcp_sk(sk)->notsent_lowat = (u32)val;
	local_bh_disable();
	sk_write_space(sk);
	local_bh_enable();
	return 0;
}

/* SO_MAX_PACING_RATE: 32 bits, of which ~0 is no bound, or 64. */
static int set_max_pacing_rate(struct sock *sk, const void *val, int len)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 rate = 0;

	if (len < (int)sizeof(u32))
		return -EINVAL;
	memcpy(&rate, val, len >= (int)sizeof(rate) ? sizeof(rate) : sizeof(u32));
	if (len < (int)sizeof(rate) && rate == UINT32_MAX)
		rate = UINT64_MAX;
	if (rate != UINT64_MAX)
		tp->pacing = true;
	tp->max_pacing_rate = rate;
	tp->pacing_rate = min(tp->pacing_rate, rate);
	return 0;
}

/* ---- TCP_DEFER_ACCEPT: seconds to the task, here as often as a SYN-ACK is sent in that time ----
 */

static u8 seconds_to_retrans(int seconds)
{
	const int most = TCP_RTO_MAX_US / 1000000;
	int timeout = TCP_TIMEOUT_INIT_US / 1000000, period = timeout;
	u8 n = 1;

	if (seconds <= 0)
		return 0;
	for (; seconds > period && n < 255; n++) {
		timeout = min(2 * timeout, most);
		period += timeout;
	}
	return n;
}

/* ---- fast open ---- */

static bool is_unconnected(const struct sock *sk)
{
	return sk->state == TCP_CLOSE || sk->state == TCP_LISTEN;
}

static int set_fastopen(struct sock *sk, int val)
{
	if (val < 0 || !is_unconnected(sk))
		return -EINVAL;
	tcp_sk(sk)->fastopen_max = (u16)min(val, sysctl_somaxconn);
	return 0;
}

static int set_fastopen_connect(struct sock *sk, int val)
{
	if (val < 0 || val > 1)
		return -EINVAL;
	if (!(sysctl_tcp_fastopen & 1))
		return -EOPNOTSUPP;
	if (sk->state != TCP_CLOSE)
		return -EINVAL;
	tcp_sk(sk)->fastopen_connect = val;
	return 0;
}

static int set_fastopen_no_cookie(struct sock *sk, int val)
{
	if (val < 0 || val > 1 || !is_unconnected(sk))
		return -EINVAL;
	tcp_sk(sk)->fastopen_no_cookie = val;
	return 0;
}

/* One key, or two. */
static int set_fastopen_key(struct sock *sk, const void *val, int len)
{
	u32 n = (u32)len / TCP_FASTOPEN_KEY_LENGTH;

	if ((len != TCP_FASTOPEN_KEY_LENGTH && len != 2 * TCP_FASTOPEN_KEY_LENGTH) ||
	    !is_unconnected(sk))
		return -EINVAL;
	return tcp_fastopen_set_keys(sk, val, n);
}

/* ---- the option by its name ---- */

static int set_congestion(struct sock *sk, const void *val, int len)
{
	char name[TCP_CA_NAME_MAX] = "";

	if (len < 1)
		return -EINVAL;
	memcpy(name, val, (size_t)min(len, (int)sizeof(name) - 1));
	return tcp_set_congestion_control(sk, name);
}

/* Those that few set. TCP_TX_DELAY takes a queue that sends by time, and there is none. */
static int set_rare(struct sock *sk, int name, int val)
{
	bool good = name == TCP_SAVE_SYN   ? val >= 0 && val <= 2 :
		    name == TCP_RTO_MAX_MS ? val >= 1000 && val <= (int)(TCP_RTO_MAX_US / 1000) :
					     val >= 0 && val < 1 << 28;
	struct sock_rare *r = good ? sock_rare_get(sk) : NULL;

	if (!r)
		return good ? -ENOMEM : -EINVAL;
	if (name == TCP_SAVE_SYN)
		r->save_syn = (u8)val;
	else if (name == TCP_RTO_MAX_MS)
		r->rto_max_ms = (u32)val;
	else
		r->tx_delay_us = val;
	return 0;
}

/* The options that are a number from @min to @max, and nothing happens when they change. */
static int set_number(struct tcp_sock *tp, int name, int val)
{
	switch (name) {
	case TCP_KEEPINTVL:
		if (val < 1 || val > MAX_KEEPALIVE_S)
			return -EINVAL;
		tp->keepalive_intvl_s = (u16)val;
		return 0;
	case TCP_KEEPCNT:
		if (val < 1 || val > MAX_KEEPALIVE_PROBES)
			return -EINVAL;
		tp->keepalive_probes = (u8)val;
		return 0;
	case TCP_SYNCNT:
		if (val < 1 || val > MAX_SYN_COUNT)
			return -EINVAL;
		tp->syn_retries = (u8)val;
		return 0;
	case TCP_USER_TIMEOUT:
		if (val < 0)
			return -EINVAL;
		tp->user_timeout_ms = (u32)val;
		return 0;
	case TCP_LINGER2:
		tp->linger2_s = val < 0 ? -1 : (s8)min(val, MAX_LINGER2_S);
		return 0;
	case TCP_DEFER_ACCEPT:
		tp->defer_accept = seconds_to_retrans(val);
		return 0;
	case TCP_THIN_LINEAR_TIMEOUTS:
		if (val < 0 || val > 1)
			return -EINVAL;
		tp->thin = val;
		return 0;
	case TCP_THIN_DUPACK: /* RACK has made it superfluous */
		return val < 0 || val > 1 ? -EINVAL : 0;
	case TCP_INQ:
		if (val < 0 || val > 1)
			return -EINVAL;
		tp->recvmsg_inq = val;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int set_option(struct sock *sk, int name, int val)
{
	struct tcp_sock *tp = tcp_sk(sk);

	switch (name) {
	case TCP_MAXSEG:
		return set_maxseg(tp, val);
	case TCP_NODELAY:
		return set_nodelay(sk, val);
	case TCP_CORK:
		return set_cork(sk, val);
	case TCP_QUICKACK:
		return set_quickack(sk, val);
	case TCP_KEEPIDLE:
		if (val < 1 || val > MAX_KEEPALIVE_S)
			return -EINVAL;
		tp->keepalive_time_s = (u16)val;
		keepalive_time_changed(sk);
		return 0;
	case TCP_WINDOW_CLAMP:
		return set_window_clamp(sk, val);
	case TCP_NOTSENT_LOWAT:
		return set_notsent_lowat(sk, val);
	case TCP_FASTOPEN:
		return set_fastopen(sk, val);
	case TCP_FASTOPEN_CONNECT:
		return set_fastopen_connect(sk, val);
	case TCP_FASTOPEN_NO_COOKIE:
		return set_fastopen_no_cookie(sk, val);
	case TCP_SAVE_SYN:
	case TCP_RTO_MAX_MS:
	case TCP_TX_DELAY:
		return set_rare(sk, name, val);
	default:
		return set_number(tp, name, val);
	}
}

int tcp_setsockopt(struct sock *sk, int level, int name, const void *val, int len)
{
	int v;

	if (level == SOL_SOCKET && name == SO_MAX_PACING_RATE)
		return set_max_pacing_rate(sk, val, len);
	if (level == SOL_SOCKET && (name == SO_ZEROCOPY || name == SO_TIMESTAMPING)) {
		if (len < (int)sizeof(v))
			return -EINVAL;
		memcpy(&v, val, sizeof(v));
		return tcp_txnote_setsockopt(sk, name, v);
	}
	if (level != SOL_TCP)
		return datagram_setsockopt(sk, level, name, val, len);
	if (name == TCP_CONGESTION)
		return set_congestion(sk, val, len);
	if (name == TCP_FASTOPEN_KEY)
		return set_fastopen_key(sk, val, len);
	if (len < (int)sizeof(v))
		return -EINVAL;
	memcpy(&v, val, sizeof(v));
	return set_option(sk, name, v);
}
