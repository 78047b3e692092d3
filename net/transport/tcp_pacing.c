/*
 * Pacing: the next packet goes when the one before, at the pacing rate, would be through. For
 * congestion controls that want it, and SO_MAX_PACING_RATE. The timer that wakes the sender is
 * coarse (a tick is about a millisecond): being late is made good by what follows, up to two ticks,
 * so that the rate holds.
 */
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_output.h"

#define CATCH_UP_NS (2200 * NSEC_PER_USEC)
#define RATE_UNKNOWN (~0ULL)

bool tcp_pacing_check(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (likely(!tcp_needs_pacing(tp)) || tp->next_send_ns <= tp->mstamp_ns)
		return false;
	if (!tcp_alarm_is_set(tp, TCP_ALARM_PACING))
		tcp_alarm_set(tp, TCP_ALARM_PACING, tp->next_send_ns);
	return true;
}

void tcp_pacing_sent(struct tcp_sock *tp, u32 len)
{
	u64 oldest = tp->mstamp_ns;

	if (likely(!tcp_needs_pacing(tp))) {
		tp->next_send_ns = tp->mstamp_ns;
		return;
	}
	/* The first window of a connection goes in one piece. */
	if (tp->pacing_rate == RATE_UNKNOWN || !tp->pacing_rate ||
	    tp->data_segs_out < TCP_INIT_CWND) {
		tp->next_send_ns = max(tp->next_send_ns, oldest);
		return;
	}
	oldest = oldest > CATCH_UP_NS ? oldest - CATCH_UP_NS : 0;
	tp->next_send_ns = max(tp->next_send_ns, oldest) + len * NSEC_PER_SEC / tp->pacing_rate;
}

void tcp_pacing_timer(struct sock *sk)
{
	if (sock_owned_by_user(sk))
		tcp_sk(sk)->deferred |= TCP_DEFER_WRITE;
	else
		tcp_write_resume(sk);
}

void tcp_update_pacing_rate(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	/* srtt is << 3, the ratios are percents */
	u64 rate = (u64)tp->mss_cache * (8 * 1000000 / 100);
	bool slow_start = tp->snd_cwnd < tp->snd_ssthresh / 2;

	rate *= (u32)(slow_start ? sysctl_tcp_pacing_ss_ratio : sysctl_tcp_pacing_ca_ratio);
	rate *= max(tp->snd_cwnd, tp->packets_out);
	if (likely(tp->srtt_us))
		rate /= tp->srtt_us;
	tp->pacing_rate = min(rate, tp->max_pacing_rate);
}
