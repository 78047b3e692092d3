/*
 * The retransmission timer (RFC 6298). It serves four purposes, one at a time: RTO, window probe,
 * loss probe, RACK's reordering timer. And the way in of the delayed ACK's.
 *
 * When a task holds the sock, what is due waits in tp->deferred for release_sock.
 */
#include "net/transport/tcp_ack.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input.h"
#include "net/ip/route.h"
#include "net/transport/tcp_output.h"

#define THIN_LINEAR_RETRIES 6 /* RTOs without back-off for a thin stream */
#define THIN_PACKETS 4
#define ORPHAN_RETRIES 8

/* ---- arming ---- */

void tcp_reset_xmit_timer(struct sock *sk, enum tcp_xmit_timer what, u32 in_us)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->rtx_purpose = (u8)what;
	tcp_alarm_set(tp, TCP_ALARM_RTX,
		      tp->mstamp_ns + (u64)min(in_us, tcp_rto_max_us(sk)) * NSEC_PER_USEC);
}

void tcp_clear_xmit_timer(struct sock *sk)
{
	tcp_sk(sk)->rtx_purpose = TCP_TIME_NONE;
	tcp_alarm_clear(tcp_sk(sk), TCP_ALARM_RTX);
}

s64 tcp_rto_delta_us(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const struct sk_buff *head = tcp_rtx_queue_head(tp);
	u32 rto = tcp_rto_backoff_us(tp);

	if (unlikely(!head))
		return rto;
	return (s64)(TCP_SKB_CB(head)->tx.xmit_ns + (u64)rto * NSEC_PER_USEC - tp->mstamp_ns) /
	       (s64)NSEC_PER_USEC;
}

/* The server's side of a fast open, whose handshake is not over: the timer is the SYN-ACK's. */
static bool tcp_is_fastopen_child(const struct sock *sk)
{
	return unlikely(tcp_sk(sk)->fastopen_rsk && sk->state != TCP_SYN_SENT);
}

void tcp_rearm_rto(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 rto;

	if (tcp_is_fastopen_child(sk))
		return;
	if (!tp->packets_out) {
		tcp_clear_xmit_timer(sk);
		return;
	}
	rto = tcp_rto_backoff_us(tp);
	/* These ran in place of the RTO, which has gone on meanwhile. */
	if (tp->rtx_purpose == TCP_TIME_REO_TIMEOUT || tp->rtx_purpose == TCP_TIME_LOSS_PROBE) {
		s64 left = tcp_rto_delta_us(sk);

		rto = left > 1 ? (u32)left : 1;
	}
	tcp_reset_xmit_timer(sk, TCP_TIME_RETRANS, rto);
}

/* ---- when to give up ---- */

/* us that @boundary retransmissions take from @rto_base on, doubling up to the maximum. */
static u64 tcp_model_timeout_us(const struct sock *sk, u32 boundary, u32 rto_base)
{
	u64 sum = 0, rto = rto_base;

	for (u32 i = 0; i <= boundary; i++) {
		sum += rto;
		rto = min(rto * 2, (u64)tcp_rto_max_us(sk));
	}
	return sum;
}

static bool tcp_in_handshake(const struct sock *sk)
{
	return sk->state == TCP_SYN_SENT || sk->state == TCP_SYN_RECV;
}

/*
 * Has it gone on for as long as @boundary retransmissions take from the least RTO on? @timeout_ms:
 * for as long as that, if not 0. By time, so that a large RTO does not make it last for ever.
 */
static bool tcp_retransmits_timed_out(const struct sock *sk, u32 boundary, u32 timeout_ms)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 elapsed;

	if (!tp->retransmits)
		return false;
	if (!timeout_ms) {
		u32 base = tcp_in_handshake(sk) ? TCP_TIMEOUT_INIT_US : TCP_RTO_MIN_US;

		timeout_ms = (u32)(tcp_model_timeout_us(sk, boundary, base) / 1000);
	}
	elapsed = tcp_time_stamp(tp) - tp->retrans_stamp_ms;
	return (s32)(elapsed - timeout_ms) >= 0;
}

u32 tcp_orphan_retries(const struct sock *sk, bool alive)
{
	u32 retries = (u32)sysctl_tcp_orphan_retries;

	if (sk->err_soft && !alive)
		retries = 0;
	return !retries && alive ? ORPHAN_RETRIES : retries;
}

bool tcp_out_of_resources(struct sock *sk, bool do_reset)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 idle_ms = tcp_now_ms() - tp->lsndtime_ms;

	if (!tcp_too_many_orphans() && !tcp_mem_exhausted())
		return false;
	/* The peer deserves to hear of it if it was there lately, or waits for a window to open. */
	if (idle_ms <= TCP_TIMEWAIT_LEN_NS / NSEC_PER_MSEC || (!tp->snd_wnd && !tp->packets_out))
		do_reset = true;
	if (do_reset)
		tcp_send_active_reset(sk);
	tcp_done(sk);
	TCPEXT_INC(TCPAbortOnMemory);
	return true;
}

/* Retransmissions after which to give up; *@gone: the sock has been ended. */
static u32 tcp_retry_limit(struct sock *sk, bool *gone)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 limit = (u32)sysctl_tcp_retries2;
	bool alive;

	if (tcp_retransmits_timed_out(sk, (u32)sysctl_tcp_retries1, 0))
		tcp_mtu_probing_timeout(sk); /* perhaps only large packets are lost */
	if (sock_flag(sk, SOCK_DEAD)) {
		alive = tcp_rto_backoff_us(tp) < tcp_rto_max_us(sk);
		limit = tcp_orphan_retries(sk, alive);
		*gone = tcp_out_of_resources(sk, alive || !tcp_retransmits_timed_out(sk, limit, 0));
	}
	return limit;
}

/* SYNs that are sent again without back-off, beside those of tcp_syn_retries. */
static u32 tcp_syn_linear(const struct sock *sk)
{
	return sk->state == TCP_SYN_SENT ? (u32)sysctl_tcp_syn_linear_timeouts : 0;
}

/* True: the connection has ended, or has just been given up. */
static bool tcp_write_timeout(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool expired = false, gone = false;
	u32 limit;

	if (tcp_in_handshake(sk)) {
		limit = tp->syn_retries ? tp->syn_retries : (u32)sysctl_tcp_syn_retries;
		expired = tp->retransmits >= limit + tcp_syn_linear(sk);
	} else {
		limit = tcp_retry_limit(sk, &gone);
		if (gone)
			return true;
	}
	if (!expired && !tcp_retransmits_timed_out(sk, limit, tp->user_timeout_ms))
		return false;
	tcp_write_err(sk, ETIMEDOUT);
	return true;
}

/* ---- the RTO ---- */

static void tcp_count_timeout(const struct tcp_sock *tp)
{
	TCPEXT_INC(TCPTimeouts);
	if (tp->retransmits)
		return;
	if (tp->ca_state == TCP_CA_Recovery)
		tcpext_mib[tp->sack_ok ? TCPEXT_MIB_TCPSackRecoveryFail :
					 TCPEXT_MIB_TCPRenoRecoveryFail]++;
	else if (tp->ca_state == TCP_CA_Loss)
		TCPEXT_INC(TCPLossFailures);
	else if (tp->ca_state == TCP_CA_Disorder || tp->sacked_out)
		tcpext_mib[tp->sack_ok ? TCPEXT_MIB_TCPSackFailures : TCPEXT_MIB_TCPRenoFailures]++;
}

/* Not later than TCP_USER_TIMEOUT ends. */
static u32 tcp_clamp_to_user_timeout(const struct tcp_sock *tp, u32 rto_us)
{
	s32 left_ms;

	if (likely(!tp->user_timeout_ms))
		return rto_us;
	left_ms = (s32)(tp->user_timeout_ms - (tcp_time_stamp(tp) - tp->retrans_stamp_ms));
	if (left_ms <= 0)
		return 1;
	return (u32)min((u64)rto_us, (u64)left_ms * 1000);
}

/* Few packets in flight: loss shows only by time, so doubling the time hurts most. */
static bool tcp_stays_linear(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return sk->state == TCP_ESTABLISHED && (tp->thin || sysctl_tcp_thin_linear_timeouts) &&
	       tp->packets_out < THIN_PACKETS && !tcp_in_initial_slowstart(tp) &&
	       tp->retransmits <= THIN_LINEAR_RETRIES;
}

/* The way may have broken: look for another with the next segment. */
static void tcp_forget_route(struct sock *sk)
{
	if (sk->dst_cache)
		dst_negative_advice(sk->dst_cache);
	dst_release(sk->dst_cache);
	sk->dst_cache = NULL;
}

static void tcp_rearm_after_rto(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_stays_linear(sk))
		tp->backoff = 0;
	tcp_reset_xmit_timer(sk, TCP_TIME_RETRANS,
			     tcp_clamp_to_user_timeout(tp, tcp_rto_backoff_us(tp)));
	if (tcp_retransmits_timed_out(sk, (u32)sysctl_tcp_retries1 + 1, 0))
		tcp_forget_route(sk);
}

/* The peer has shut a window that it had opened: retransmissions become probes of it. */
static void tcp_retransmit_into_closed(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 silent_ms = tcp_time_stamp(tp) - tp->rcv_tstamp_ms,
	    timeout_ms = 2 * tcp_rto_max_us(sk) / 1000;

	if (tp->user_timeout_ms)
		timeout_ms = min(timeout_ms, tp->user_timeout_ms);
	/* As long as it answers, it is alive. */
	if (tp->retransmits && silent_ms > timeout_ms) {
		tcp_write_err(sk, ETIMEDOUT);
		return;
	}
	tcp_enter_loss(sk);
	tp->retransmits += tp->retransmits < 255;
	tcp_retransmit_skb(sk, tcp_rtx_queue_head(tp), 1);
	tcp_forget_route(sk);
	tp->backoff += tp->backoff < 31;
	tcp_rearm_after_rto(sk);
}

/* RFC 7413 §4.2.2: the SYN-ACK again, not the data that may have followed it. */
static void tcp_fastopen_synack_timer(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_request_sock *req = tp->fastopen_rsk;
	u32 limit = tp->syn_retries ? tp->syn_retries : (u32)sysctl_tcp_synack_retries + 1;

	TCPEXT_INC(TCPTimeouts);
	if (req->num_timeout >= limit) {
		tcp_write_err(sk, ETIMEDOUT);
		return;
	}
	if (tp->retransmits == 1)
		tcp_enter_loss(sk);
	tcp_rtx_synack(req);
	req->num_timeout++;
	tp->retransmits++;
	if (!tp->retrans_stamp_ms)
		tp->retrans_stamp_ms = tcp_time_stamp(tp);
	tcp_reset_xmit_timer(sk, TCP_TIME_RETRANS,
			     TCP_TIMEOUT_INIT_US << min(req->num_timeout, (u8)7));
}

static void tcp_retransmit_timer(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_is_fastopen_child(sk)) {
		tcp_fastopen_synack_timer(sk);
		return;
	}
	if (!tp->packets_out)
		return;
	tp->tlp_high_seq = 0; /* it asked in vain */
	if (!tp->snd_wnd && !sock_flag(sk, SOCK_DEAD) && !tcp_in_handshake(sk)) {
		tcp_retransmit_into_closed(sk);
		return;
	}
	if (tcp_write_timeout(sk))
		return;
	tcp_count_timeout(tp);
	tcp_enter_loss(sk);
	tp->retransmits += tp->retransmits < 255;
	if (tcp_retransmit_skb(sk, tcp_rtx_queue_head(tp), 1) == -ENOBUFS) {
		/* Our own shortage says nothing of the path. */
		tcp_reset_xmit_timer(sk, TCP_TIME_RETRANS, TCP_RESOURCE_PROBE_US);
		return;
	}
	if (sk->state != TCP_SYN_SENT || tp->retransmits > tcp_syn_linear(sk))
		tp->backoff += tp->backoff < 31;
	tcp_rearm_after_rto(sk);
}

/* ---- dispatch ---- */

void tcp_write_timer_handler(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 what = tp->rtx_purpose;

	if (sk->state == TCP_CLOSE || sk->state == TCP_LISTEN || what == TCP_TIME_NONE)
		return;
	tcp_mstamp_refresh(tp);
	if (tcp_alarm_ns(tp, TCP_ALARM_RTX) > tp->mstamp_ns)
		return; /* set anew while this was put off */
	tcp_alarm_clear(tp, TCP_ALARM_RTX);
	switch (what) {
	case TCP_TIME_REO_TIMEOUT:
		tcp_rack_reo_timeout(sk);
		break;
	case TCP_TIME_LOSS_PROBE:
		tcp_send_loss_probe(sk);
		break;
	case TCP_TIME_RETRANS:
		tp->rtx_purpose = TCP_TIME_NONE;
		tcp_retransmit_timer(sk);
		break;
	case TCP_TIME_PROBE0:
		tp->rtx_purpose = TCP_TIME_NONE;
		tcp_probe_timer(sk);
		break;
	}
}

void tcp_write_timer(struct sock *sk)
{
	if (sock_owned_by_user(sk))
		tcp_sk(sk)->deferred |= TCP_DEFER_RTX;
	else
		tcp_write_timer_handler(sk);
}

void tcp_delack_timer_handler(struct sock *sk)
{
	if (sk->state != TCP_CLOSE && sk->state != TCP_LISTEN)
		tcp_delack_timeout(sk);
}

void tcp_delack_timer(struct sock *sk)
{
	if (sock_owned_by_user(sk)) {
		TCPEXT_INC(DelayedACKLocked);
		tcp_sk(sk)->deferred |= TCP_DEFER_DELACK;
	} else {
		tcp_delack_timer_handler(sk);
	}
}

void tcp_init_xmit_timers(struct sock *sk)
{
	tcp_alarms_init(tcp_sk(sk));
	tcp_sk(sk)->rtx_purpose = TCP_TIME_NONE;
}

void tcp_clear_xmit_timers(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->rtx_purpose = TCP_TIME_NONE;
	tp->deferred = 0;
	tcp_alarms_stop(tp);
}
