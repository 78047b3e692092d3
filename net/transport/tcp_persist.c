/*
 * Asking a silent peer: window probes (RFC 9293 §3.8.6.1), for ever while it answers; keepalive
 * (RFC 9293 §3.8.4). Both send a segment that is below the window, which nobody takes and everybody
 * answers. Keepalive's timer also ends FIN_WAIT2 when no task is left to do so.
 */
#include "net/transport/tcp_ack.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_output.h"

#define PROBE0_MAX_SHIFT 10 /* RTO_MIN << 10 is beyond RTO_MAX */
#define OWNED_RETRY_NS (50 * NSEC_PER_MSEC)

/* ---- one probe ---- */

/* Below the window by one, or at the urgent data's place (@urgent), to tell of it. */
static int tcp_xmit_probe_skb(struct sock *sk, bool urgent, bool keepalive)
{
	if (keepalive)
		TCPEXT_INC(TCPKeepAlive);
	else
		TCPEXT_INC(TCPWinProbe);
	return tcp_xmit_bare(sk, tcp_sk(sk)->snd_una - !urgent, TCPHDR_ACK);
}

/* The window is open by less than a segment: that much of @skb. */
static int tcp_probe_with_data(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 mss = tcp_current_mss(sk), room = tcp_wnd_end(tp) - cb->seq;
	int err;

	if (before(tp->pushed_seq, cb->end_seq))
		tp->pushed_seq = cb->end_seq;
	room = min(room, mss);
	if (room < skb->len) {
		cb->tcp_flags |= TCPHDR_PSH;
		err = tcp_fragment(sk, &tp->write_queue, skb, room, mss);
		if (err)
			return err;
	} else {
		tcp_set_skb_tso_segs(skb, mss);
	}
	cb->tcp_flags |= TCPHDR_PSH;
	err = tcp_transmit_skb(sk, skb);
	if (!err)
		tcp_event_new_data_sent(sk, skb);
	return err;
}

int tcp_write_wakeup(struct sock *sk, bool keepalive)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = tcp_send_head(tp);

	if (sk->state == TCP_CLOSE)
		return -EPIPE;
	tcp_mstamp_refresh(tp);
	if (skb && before(TCP_SKB_CB(skb)->seq, tcp_wnd_end(tp)))
		return tcp_probe_with_data(sk, skb);
	if (tcp_urg_mode(tp) && between(tp->snd_up, tp->snd_una + 1, tp->snd_una + 0xffff))
		tcp_xmit_probe_skb(sk, true, keepalive);
	return tcp_xmit_probe_skb(sk, false, keepalive);
}

/* ---- the shut window ---- */

u32 tcp_probe0_base_us(const struct tcp_sock *tp)
{
	return max(tp->rto_us, TCP_RTO_MIN_US);
}

u32 tcp_probe0_when_us(const struct tcp_sock *tp)
{
	u64 when = (u64)tcp_probe0_base_us(tp) << min(tp->backoff, (u8)PROBE0_MAX_SHIFT);

	when = min(when, (u64)tcp_rto_max_us(&tp->sk));
	if (unlikely(tp->user_timeout_ms && tp->probes_tstamp_ms)) {
		s32 left_ms =
			(s32)(tp->user_timeout_ms - (tcp_time_stamp(tp) - tp->probes_tstamp_ms));

		/* Not sooner than a timer can tell. */
		when = min(when, (u64)max(left_ms, 2) * 1000);
	}
	return (u32)when;
}

void tcp_check_probe_timer(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tp->packets_out)
		return;
	if (tp->limit == TCP_LIMIT_RWND)
		tp->limit = TCP_LIMIT_PERSIST;
	if (tp->rtx_purpose != TCP_TIME_NONE)
		return;
	tcp_reset_xmit_timer(sk, TCP_TIME_PROBE0, tcp_probe0_base_us(tp));
}

static void tcp_probes_over(struct tcp_sock *tp)
{
	tp->probes_out = 0;
	tp->probes_tstamp_ms = 0;
}

void tcp_send_probe0(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 when = TCP_RESOURCE_PROBE_US;
	int err = tcp_write_wakeup(sk, false);

	if (tp->packets_out || !tcp_send_head(tp)) {
		tcp_probes_over(tp);
		tp->backoff = 0;
		return;
	}
	tp->probes_out += tp->probes_out < 255;
	if (err != -ENOBUFS) {
		if (tp->backoff < sysctl_tcp_retries2)
			tp->backoff++;
		when = tcp_probe0_when_us(tp);
	}
	tcp_reset_xmit_timer(sk, TCP_TIME_PROBE0, when);
}

/* The peer has not answered for too long (each answer sets probes_out back). */
static bool tcp_probes_failed(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 limit = (u32)sysctl_tcp_retries2;

	if (!tp->probes_tstamp_ms)
		tp->probes_tstamp_ms = max(tcp_time_stamp(tp), 1u);
	else if (tp->user_timeout_ms &&
		 tcp_time_stamp(tp) - tp->probes_tstamp_ms >= tp->user_timeout_ms)
		return true;
	if (sock_flag(sk, SOCK_DEAD)) {
		bool alive = tcp_probe0_base_us(tp) << min(tp->backoff, (u8)PROBE0_MAX_SHIFT) <
			     tcp_rto_max_us(sk);

		limit = tcp_orphan_retries(sk, alive);
		if (!alive && tp->backoff >= limit)
			return true;
	}
	return tp->probes_out >= limit;
}

void tcp_probe_timer(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tp->packets_out || !tcp_send_head(tp)) {
		tcp_probes_over(tp);
		return;
	}
	if (tcp_probes_failed(sk)) {
		tcp_write_err(sk, ETIMEDOUT);
		return;
	}
	if (sock_flag(sk, SOCK_DEAD) && tcp_out_of_resources(sk, true))
		return;
	tcp_send_probe0(sk);
}

/* ---- keepalive ---- */

static u64 sec_ns(u32 of_sock, int of_sysctl)
{
	return (of_sock ? of_sock : (u32)of_sysctl) * NSEC_PER_SEC;
}

static u64 keepalive_time(const struct tcp_sock *tp)
{
	return sec_ns(tp->keepalive_time_s, sysctl_tcp_keepalive_time);
}

void tcp_reset_keepalive_timer(struct sock *sk, u64 in_ns)
{
	tcp_alarm_set(tcp_sk(sk), TCP_ALARM_KEEPALIVE, ktime_ns() + in_ns);
}

void tcp_set_keepalive(struct sock *sk, bool on)
{
	bool was = sock_flag(sk, SOCK_KEEPOPEN);

	if (sk->state == TCP_CLOSE || sk->state == TCP_LISTEN)
		return;
	if (on && !was)
		tcp_reset_keepalive_timer(sk, keepalive_time(tcp_sk(sk)));
	else if (!on && sk->state != TCP_FIN_WAIT2)
		tcp_alarm_clear(tcp_sk(sk), TCP_ALARM_KEEPALIVE);
}

/* Enough probes, or TCP_USER_TIMEOUT if there is one. */
static bool tcp_keepalive_failed(const struct tcp_sock *tp, u64 idle_ns)
{
	u32 probes = tp->keepalive_probes ? tp->keepalive_probes : (u32)sysctl_tcp_keepalive_probes;

	if (tp->user_timeout_ms)
		return tp->probes_out && idle_ns >= tp->user_timeout_ms * NSEC_PER_MSEC;
	return tp->probes_out >= probes;
}

/* ns until the next look; 0: the connection has ended. */
static u64 tcp_keepalive_due(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 now = tcp_time_stamp(tp), idle_ms;
	u64 wait = keepalive_time(tp);

	if (tp->packets_out || tcp_send_head(tp))
		return wait; /* the retransmit timer watches */
	idle_ms = min(now - tp->lrcvtime_ms, now - tp->rcv_tstamp_ms);
	if (idle_ms * NSEC_PER_MSEC < wait)
		return wait - idle_ms * NSEC_PER_MSEC;
	if (tcp_keepalive_failed(tp, idle_ms * NSEC_PER_MSEC)) {
		tcp_send_active_reset(sk);
		tcp_write_err(sk, ETIMEDOUT);
		return 0;
	}
	if (tcp_write_wakeup(sk, true) == -ENOBUFS)
		return TCP_RESOURCE_PROBE_US * NSEC_PER_USEC;
	tp->probes_out++;
	return sec_ns(tp->keepalive_intvl_s, sysctl_tcp_keepalive_intvl);
}

/* An orphan waits for the peer's FIN no longer: what is left of the time as a TIME-WAIT entry. */
static void tcp_fin_wait2_over(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 whole = (u64)sysctl_tcp_fin_timeout * NSEC_PER_SEC;

	if (tp->linger2_s > 0)
		whole = (u64)tp->linger2_s * NSEC_PER_SEC;
	whole = max(whole, (u64)tp->rto_us * NSEC_PER_USEC * 7 / 2);
	if (tp->linger2_s >= 0 && whole > TCP_TIMEWAIT_LEN_NS) {
		tcp_time_wait(sk, TCP_FIN_WAIT2, whole - TCP_TIMEWAIT_LEN_NS);
		return;
	}
	tcp_send_active_reset(sk);
	tcp_done(sk);
}

static void tcp_keepalive_handler(struct sock *sk)
{
	u64 wait;

	if (sk->state == TCP_LISTEN || sk->state == TCP_CLOSE || sk->state == TCP_SYN_SENT)
		return;
	tcp_mstamp_refresh(tcp_sk(sk));
	if (sk->state == TCP_FIN_WAIT2 && sock_flag(sk, SOCK_DEAD)) {
		tcp_fin_wait2_over(sk);
		return;
	}
	if (!sock_flag(sk, SOCK_KEEPOPEN))
		return;
	wait = tcp_keepalive_due(sk);
	if (wait)
		tcp_reset_keepalive_timer(sk, wait);
}

void tcp_keepalive_timer(struct sock *sk)
{
	if (sock_owned_by_user(sk))
		tcp_reset_keepalive_timer(sk, OWNED_RETRY_NS);
	else
		tcp_keepalive_handler(sk);
}
