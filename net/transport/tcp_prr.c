/*
 * The congestion window where no algorithm sets it: while it is being reduced, proportionally to
 * what is delivered (PRR, RFC 6937, with the slow-start bound while no further loss shows); and
 * where the path is not the limit: after a pause (RFC 2861) and when the application does not use
 * it (RFC 7661).
 */
#include "net/transport/tcp_ack_private.h"
#include "net/transport/tcp_output.h"

u32 tcp_current_ssthresh(const struct tcp_sock *tp)
{
	if (tcp_in_cwnd_reduction(tp))
		return tp->snd_ssthresh;
	return max(tp->snd_ssthresh, (tp->snd_cwnd >> 1) + (tp->snd_cwnd >> 2));
}

/* ---- PRR ---- */

void tcp_init_cwnd_reduction(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->high_seq = tp->snd_nxt;
	tp->tlp_high_seq = 0;
	tp->snd_cwnd_cnt = 0;
	tp->prior_cwnd = tp->snd_cwnd;
	tp->prr_delivered = 0;
	tp->prr_out = 0;
	tp->snd_ssthresh = tcp_ca(tp)->ssthresh(sk);
	tcp_ecn_queue_cwr(tp);
}

void tcp_cwnd_reduction(struct sock *sk, u32 newly_delivered, u32 newly_lost, u32 flag)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 in_flight = tcp_packets_in_flight(tp);
	s32 room = (s32)(tp->snd_ssthresh - in_flight), send;

	if (!newly_delivered || !tp->prior_cwnd)
		return;
	tp->prr_delivered += newly_delivered;
	if (room < 0) {
		u64 share = (u64)tp->snd_ssthresh * tp->prr_delivered + tp->prior_cwnd - 1;

		send = (s32)(share / tp->prior_cwnd) - (s32)tp->prr_out;
	} else {
		send = max((s32)(tp->prr_delivered - tp->prr_out), (s32)newly_delivered);
		if ((flag & FLAG_SND_UNA_ADVANCED) && !newly_lost)
			send++;
		send = min(send, room);
	}
	/* The first retransmission goes in any case. */
	send = max(send, tp->prr_out ? 0 : 1);
	tp->snd_cwnd = in_flight + (u32)send;
}

void tcp_end_cwnd_reduction(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_ca(tp)->cong_control)
		return;
	if (tp->snd_ssthresh < TCP_INFINITE_SSTHRESH &&
	    (tp->ca_state == TCP_CA_CWR || tp->undo_marker)) {
		tp->snd_cwnd = tp->snd_ssthresh;
		tp->snd_cwnd_stamp_ms = tcp_time_stamp(tp);
	}
	tcp_ca_event(sk, CA_EVENT_COMPLETE_CWR);
}

/* ---- when the path is not the limit ---- */

void tcp_cwnd_restart(struct sock *sk, u32 idle_us)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 floor = min((u32)sysctl_tcp_init_cwnd, tp->snd_cwnd), rto = tp->rto_us;

	tcp_ca_event(sk, CA_EVENT_CWND_RESTART);
	tp->snd_ssthresh = tcp_current_ssthresh(tp);
	/* Halved for each RTO that has gone by. */
	for (; idle_us > rto && tp->snd_cwnd > floor; idle_us -= rto)
		tp->snd_cwnd >>= 1;
	tp->snd_cwnd = max(tp->snd_cwnd, floor);
	tp->snd_cwnd_stamp_ms = tcp_time_stamp(tp);
	tp->snd_cwnd_used = 0;
}

void tcp_slow_start_after_idle_check(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 idle_ms = tcp_now_ms() - tp->lsndtime_ms;

	if (!sysctl_tcp_slow_start_after_idle || tp->packets_out || tcp_ca(tp)->cong_control)
		return;
	/* Nothing is on its way: what has backed off are window probes, and not the RTO. */
	if (idle_ms > tp->rto_us / 1000)
		tcp_cwnd_restart(sk, min(idle_ms, UINT32_MAX / 1000) * 1000);
}

/* Not filled for an RTO: half the way down to what was used. */
static void cwnd_application_limited(struct tcp_sock *tp)
{
	if (tp->ca_state == TCP_CA_Open && tp->sk.socket && !sock_flag(&tp->sk, SOCK_NOSPACE)) {
		u32 used = max(tp->snd_cwnd_used, (u32)sysctl_tcp_init_cwnd);

		if (used < tp->snd_cwnd) {
			tp->snd_ssthresh = tcp_current_ssthresh(tp);
			tp->snd_cwnd = (tp->snd_cwnd + used) >> 1;
		}
		tp->snd_cwnd_used = 0;
	}
	tp->snd_cwnd_stamp_ms = tcp_time_stamp(tp);
}

void tcp_cwnd_validate(struct sock *sk, bool is_cwnd_limited)
{
	struct tcp_sock *tp = tcp_sk(sk);

	/* Over a window: was it ever full? If not, how much of it was used at most? */
	if (!before(tp->snd_una, tp->cwnd_usage_seq) || is_cwnd_limited ||
	    (!tp->is_cwnd_limited && tp->packets_out > tp->max_packets_out)) {
		tp->is_cwnd_limited = is_cwnd_limited;
		tp->max_packets_out = tp->packets_out;
		tp->cwnd_usage_seq = tp->snd_nxt;
	}
	if (tcp_is_cwnd_limited(sk)) {
		tp->snd_cwnd_used = 0;
		tp->snd_cwnd_stamp_ms = tcp_time_stamp(tp);
		return;
	}
	tp->snd_cwnd_used = max(tp->snd_cwnd_used, tp->packets_out);
	if (sysctl_tcp_slow_start_after_idle && !tcp_ca(tp)->cong_control &&
	    tcp_time_stamp(tp) - tp->snd_cwnd_stamp_ms >= tcp_rto_backoff_us(tp) / 1000)
		cwnd_application_limited(tp);
	/* A writer sleeps although the window is not full: the send buffer is too small. */
	if (!tcp_send_head(tp) && sk->socket && sock_flag(sk, SOCK_NOSPACE) &&
	    (sk->state == TCP_ESTABLISHED || sk->state == TCP_CLOSE_WAIT))
		tcp_chrono_start(sk, TCP_CHRONO_SNDBUF_LIMITED);
}
