/*
 * TCP_INFO: struct tcp_info as Linux fills it; and which timer runs, for /proc.
 */
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_task.h"

static u8 info_options(const struct tcp_sock *tp)
{
	return (u8)((tp->tstamp_ok ? TCPI_OPT_TIMESTAMPS : 0) | (tp->sack_ok ? TCPI_OPT_SACK : 0) |
		    (tp->wscale_ok ? TCPI_OPT_WSCALE : 0) |
		    (tp->ecn_flags & TCP_ECN_AGREED ? TCPI_OPT_ECN : 0) |
		    (tp->ecn_flags & TCP_ECN_SEEN ? TCPI_OPT_ECN_SEEN : 0) |
		    (tp->syn_data_acked ? TCPI_OPT_SYN_DATA : 0));
}

u64 tcp_delivery_rate(const struct tcp_sock *tp)
{
	if (!tp->rate_interval_us)
		return 0;
	return (u64)tp->rate_delivered * tp->mss_cache * 1000000 / tp->rate_interval_us;
}

/* What has been counted, and of what is being counted the time until now. */
u64 tcp_chrono_us(const struct tcp_sock *tp, enum tcp_chrono type)
{
	u64 ms = tp->chrono_ms[type - 1];

	if (tp->chrono_type == type)
		ms += tcp_now_ms() - tp->chrono_start_ms;
	return ms * 1000;
}

static void info_state(const struct tcp_sock *tp, struct tcp_info *info)
{
	info->tcpi_ca_state = tp->ca_state;
	info->tcpi_retransmits = tp->retransmits;
	info->tcpi_probes = tp->probes_out;
	info->tcpi_backoff = tp->backoff;
	info->tcpi_options = info_options(tp);
	info->tcpi_fastopen_client_fail = tp->fastopen_client_fail & 3;
	if (tp->wscale_ok) {
		info->tcpi_snd_wscale = tp->snd_wscale;
		info->tcpi_rcv_wscale = tp->rcv_wscale;
	}
	info->tcpi_unacked = tp->packets_out;
	info->tcpi_sacked = tp->sacked_out;
	info->tcpi_lost = tp->lost_out;
	info->tcpi_retrans = tp->retrans_out;
	info->tcpi_total_retrans = tp->total_retrans;
	info->tcpi_dsack_dups = tp->dsack_dups;
	info->tcpi_reord_seen = tp->reord_seen;
	info->tcpi_rcv_ooopack = tp->rcv_ooopack;
}

static void info_times(const struct tcp_sock *tp, struct tcp_info *info)
{
	u32 now = tcp_now_ms();

	info->tcpi_rto = tcp_rto_backoff_us(tp);
	info->tcpi_ato = tp->ato_us;
	info->tcpi_rtt = tp->srtt_us >> 3;
	info->tcpi_rttvar = tp->mdev_us >> 2;
	info->tcpi_min_rtt = tcp_min_rtt_us(tp);
	info->tcpi_rcv_rtt = tp->rcv_rtt_us >> 3;
	info->tcpi_last_data_sent = now - tp->lsndtime_ms;
	info->tcpi_last_data_recv = now - tp->lrcvtime_ms;
	info->tcpi_last_ack_recv = now - tp->rcv_tstamp_ms;
	info->tcpi_rwnd_limited = tcp_chrono_us(tp, TCP_CHRONO_RWND_LIMITED);
	info->tcpi_sndbuf_limited = tcp_chrono_us(tp, TCP_CHRONO_SNDBUF_LIMITED);
	info->tcpi_busy_time = tcp_chrono_us(tp, TCP_CHRONO_BUSY) + info->tcpi_rwnd_limited +
			       info->tcpi_sndbuf_limited;
}

static void info_sizes(const struct tcp_sock *tp, struct tcp_info *info)
{
	info->tcpi_snd_mss = tp->mss_cache;
	info->tcpi_rcv_mss = tp->rcv_mss;
	info->tcpi_advmss = tp->advmss;
	info->tcpi_pmtu = tp->pmtu_cookie;
	info->tcpi_snd_ssthresh = tp->snd_ssthresh;
	info->tcpi_rcv_ssthresh = tp->rcv_ssthresh;
	info->tcpi_rcv_space = tp->rcvq_space;
	info->tcpi_snd_wnd = tp->snd_wnd;
	info->tcpi_rcv_wnd = tp->rcv_wnd;
	info->tcpi_notsent_bytes =
		after(tp->write_seq, tp->snd_nxt) ? tp->write_seq - tp->snd_nxt : 0;
}

static void info_counts(const struct tcp_sock *tp, struct tcp_info *info)
{
	info->tcpi_bytes_acked = tp->bytes_acked;
	info->tcpi_bytes_received = tp->bytes_received;
	info->tcpi_bytes_sent = tp->bytes_sent;
	info->tcpi_bytes_retrans = tp->bytes_retrans;
	info->tcpi_segs_in = tp->segs_in;
	info->tcpi_segs_out = tp->segs_out;
	info->tcpi_data_segs_in = tp->data_segs_in;
	info->tcpi_data_segs_out = tp->data_segs_out;
	info->tcpi_delivered = tp->delivered;
	info->tcpi_delivered_ce = tp->delivered_ce;
	info->tcpi_delivery_rate = tcp_delivery_rate(tp);
	info->tcpi_delivery_rate_app_limited = tp->rate_app_limited != 0;
}

static u32 info_ecn_mode(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_has_accecn(tp))
		return sk->state == TCP_SYN_SENT ? TCPI_ECN_MODE_PENDING : TCPI_ECN_MODE_ACCECN;
	return tp->ecn_flags & TCP_ECN_OK ? TCPI_ECN_MODE_RFC3168 : TCPI_ECN_MODE_DISABLED;
}

static void info_ecn(const struct sock *sk, struct tcp_info *info)
{
	const struct tcp_accecn *a = tcp_sk(sk)->accecn;

	info->tcpi_ecn_mode = info_ecn_mode(sk) & 3;
	if (!a)
		return;
	info->tcpi_received_ce = a->received_ce;
	info->tcpi_delivered_e1_bytes = a->delivered_bytes[INET_ECN_ECT_1 - 1];
	info->tcpi_delivered_e0_bytes = a->delivered_bytes[INET_ECN_ECT_0 - 1];
	info->tcpi_delivered_ce_bytes = a->delivered_bytes[INET_ECN_CE - 1];
	info->tcpi_received_e1_bytes = a->received_bytes[INET_ECN_ECT_1 - 1];
	info->tcpi_received_e0_bytes = a->received_bytes[INET_ECN_ECT_0 - 1];
	info->tcpi_received_ce_bytes = a->received_bytes[INET_ECN_CE - 1];
	info->tcpi_accecn_opt_seen = a->opt_seen;
	info->tcpi_accecn_fail_mode = a->fail_mode;
}

void tcp_get_info(struct sock *sk, struct tcp_info *info)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	memset(info, 0, sizeof(*info));
	info->tcpi_state = sk->state;
	info->tcpi_pacing_rate = tp->pacing_rate;
	info->tcpi_max_pacing_rate = tp->max_pacing_rate;
	info->tcpi_reordering = tp->reordering;
	info->tcpi_snd_cwnd = tp->snd_cwnd;
	if (sk->state == TCP_LISTEN) {
		info->tcpi_unacked = tcp_accept_queue_len(tp);
		info->tcpi_sacked = tp->listener->max_ack_backlog;
		return;
	}
	info_state(tp, info);
	info_times(tp, info);
	info_sizes(tp, info);
	info_counts(tp, info);
	info_ecn(sk, info);
}

/* ---- timers ---- */

enum tcp_timer_shown tcp_timer_active(const struct tcp_sock *tp, u64 *expires)
{
	*expires = tcp_alarm_ns(tp, TCP_ALARM_RTX);
	if (*expires && tp->rtx_purpose != TCP_TIME_NONE)
		return tp->rtx_purpose == TCP_TIME_PROBE0 ? TCP_SHOW_PROBE : TCP_SHOW_RETRANS;
	*expires = tcp_alarm_ns(tp, TCP_ALARM_KEEPALIVE);
	return *expires ? TCP_SHOW_KEEPALIVE : TCP_SHOW_NONE;
}
