/*
 * /proc/net/tcp_diag: all that is known of each connection, a line each, for ss and for people:
 *
 *   STATE rx_queue tx_queue local:port remote:port word word …
 *
 * The words are ss's own (`ss -tinpoem`), key:value with plain numbers: times in us or ms as the
 * key's name says in ss (rtt, rto: ms with fraction), rates in bits/s. Beyond ss: "limited:" says
 * what holds the sender up now, "ca:" what it does about losses; "accecn" goes with "ecn" if it is
 * the accurate kind, whose counters have their names in struct tcp_info.
 */
#include "net/core/sock_diag.h"
#include "net/transport/tcp.h"
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_table.h"
#include "net/transport/tcp_task.h"

/* ---- the head of a line ---- */

static void put_head(struct seq_file *s, u8 state, u32 rx_queue, u32 tx_queue)
{
	const char *name = state == TCP_ESTABLISHED ? "ESTAB" : tcp_state_name(state);

	seq_printf(s, "%s %u %u", name, rx_queue, tx_queue);
}

static u64 ms_until(u64 when)
{
	u64 now = ktime_ns();

	return when > now ? (when - now) / NSEC_PER_MSEC : 0;
}

static void put_timer(struct seq_file *s, enum tcp_timer_shown timer, u64 expires, u32 retrans)
{
	static const char *const names[] = { NULL, "on", "keepalive", "timewait", "persist" };

	if (timer != TCP_SHOW_NONE)
		seq_printf(s, " timer:(%s,%llums,%u)", names[timer],
			   (unsigned long long)ms_until(expires), retrans);
}

/* ---- the words ---- */

static void put_u32(struct seq_file *s, const char *key, u32 value)
{
	if (value)
		seq_printf(s, " %s:%u", key, value);
}

static void put_u64(struct seq_file *s, const char *key, u64 value)
{
	if (value)
		seq_printf(s, " %s:%llu", key, (unsigned long long)value);
}

/* Milliseconds with three places. */
static void put_us(struct seq_file *s, const char *key, u32 us)
{
	if (us)
		seq_printf(s, " %s:%u.%03u", key, us / 1000, us % 1000);
}

static void put_options(struct seq_file *s, const struct tcp_sock *tp)
{
	seq_printf(s, "%s%s%s%s%s%s %s", tp->tstamp_ok ? " ts" : "", tp->sack_ok ? " sack" : "",
		   tp->ecn_flags & TCP_ECN_AGREED ? " ecn" : "",
		   tcp_has_accecn(tp) ? " accecn" : "",
		   tp->ecn_flags & TCP_ECN_SEEN ? " ecnseen" : "",
		   tp->syn_data_acked ? " fastopen" : "", tp->ca_ops->name);
	if (tp->wscale_ok)
		seq_printf(s, " wscale:%u,%u", tp->snd_wscale, tp->rcv_wscale);
}

static void put_round_trip(struct seq_file *s, const struct tcp_sock *tp)
{
	put_us(s, "rto", tcp_rto_backoff_us(tp));
	put_u32(s, "backoff", tp->backoff);
	if (tp->srtt_us)
		seq_printf(s, " rtt:%u.%03u/%u.%03u", (tp->srtt_us >> 3) / 1000,
			   (tp->srtt_us >> 3) % 1000, (tp->mdev_us >> 2) / 1000,
			   (tp->mdev_us >> 2) % 1000);
	if (tcp_min_rtt_us(tp) != UINT32_MAX)
		put_us(s, "minrtt", tcp_min_rtt_us(tp));
	put_us(s, "ato", tp->ato_us);
}

static void put_sizes(struct seq_file *s, const struct tcp_sock *tp)
{
	put_u32(s, "mss", tp->mss_cache);
	put_u32(s, "pmtu", tp->pmtu_cookie);
	put_u32(s, "rcvmss", tp->rcv_mss);
	put_u32(s, "advmss", tp->advmss);
	put_u32(s, "cwnd", tp->snd_cwnd);
	if (!tcp_in_initial_slowstart(tp))
		put_u32(s, "ssthresh", tp->snd_ssthresh);
}

static void put_counts(struct seq_file *s, const struct tcp_sock *tp)
{
	put_u64(s, "bytes_sent", tp->bytes_sent);
	put_u64(s, "bytes_retrans", tp->bytes_retrans);
	put_u64(s, "bytes_acked", tp->bytes_acked);
	put_u64(s, "bytes_received", tp->bytes_received);
	put_u32(s, "segs_out", tp->segs_out);
	put_u32(s, "segs_in", tp->segs_in);
	put_u32(s, "data_segs_out", tp->data_segs_out);
	put_u32(s, "data_segs_in", tp->data_segs_in);
}

static void put_congestion_info(struct seq_file *s, struct sock *sk)
{
	const struct tcp_congestion_ops *ca = tcp_sk(sk)->ca_ops;
	union tcp_cc_info info = { .words = { 0 } };

	if (ca != &tcp_bbr || !tcp_sk(sk)->ca_inited)
		return;
	ca->get_info(sk, &info, sizeof(info));
	seq_printf(s, " bbr:(bw:%llubps,mrtt:%u.%03u,pacing_gain:%u.%02u,cwnd_gain:%u.%02u)",
		   ((unsigned long long)info.bbr.bbr_bw_hi << 32 | info.bbr.bbr_bw_lo) * 8,
		   info.bbr.bbr_min_rtt / 1000, info.bbr.bbr_min_rtt % 1000,
		   info.bbr.bbr_pacing_gain >> 8, (info.bbr.bbr_pacing_gain & 255) * 100 >> 8,
		   info.bbr.bbr_cwnd_gain >> 8, (info.bbr.bbr_cwnd_gain & 255) * 100 >> 8);
}

/* Accurate ECN: by the names in struct tcp_info. */
static void put_accecn(struct seq_file *s, const struct tcp_accecn *a)
{
	put_u32(s, "received_ce", a->received_ce);
	put_u32(s, "delivered_e1_bytes", a->delivered_bytes[INET_ECN_ECT_1 - 1]);
	put_u32(s, "delivered_e0_bytes", a->delivered_bytes[INET_ECN_ECT_0 - 1]);
	put_u32(s, "delivered_ce_bytes", a->delivered_bytes[INET_ECN_CE - 1]);
	put_u32(s, "received_e1_bytes", a->received_bytes[INET_ECN_ECT_1 - 1]);
	put_u32(s, "received_e0_bytes", a->received_bytes[INET_ECN_ECT_0 - 1]);
	put_u32(s, "received_ce_bytes", a->received_bytes[INET_ECN_CE - 1]);
	put_u32(s, "accecn_fail_mode", a->fail_mode);
}

static void put_rates(struct seq_file *s, const struct tcp_sock *tp)
{
	u32 srtt = tp->srtt_us >> 3;

	if (srtt)
		put_u64(s, "send", (u64)tp->snd_cwnd * tp->mss_cache * 8000000 / srtt);
	if (tp->pacing_rate != UINT64_MAX) /* not known before there is a round-trip time */
		put_u64(s, "pacing_rate", tp->pacing_rate * 8);
	if (tp->max_pacing_rate != UINT64_MAX)
		put_u64(s, "max_pacing_rate", tp->max_pacing_rate * 8);
	put_u64(s, "delivery_rate", tcp_delivery_rate(tp) * 8);
	put_u32(s, "delivered", tp->delivered);
	put_u32(s, "delivered_ce", tp->delivered_ce);
	if (tcp_has_accecn(tp))
		put_accecn(s, tp->accecn);
	if (tp->app_limited)
		seq_puts(s, " app_limited");
}

static void put_idle(struct seq_file *s, const struct tcp_sock *tp)
{
	u32 now = tcp_now_ms();

	seq_printf(s, " lastsnd:%u lastrcv:%u lastack:%u", now - tp->lsndtime_ms,
		   now - tp->lrcvtime_ms, now - tp->rcv_tstamp_ms);
}

static void put_busy(struct seq_file *s, const struct tcp_sock *tp)
{
	u64 rwnd = tcp_chrono_us(tp, TCP_CHRONO_RWND_LIMITED);
	u64 sndbuf = tcp_chrono_us(tp, TCP_CHRONO_SNDBUF_LIMITED);

	put_u64(s, "busy_us", tcp_chrono_us(tp, TCP_CHRONO_BUSY) + rwnd + sndbuf);
	put_u64(s, "rwnd_limited_us", rwnd);
	put_u64(s, "sndbuf_limited_us", sndbuf);
}

static void put_losses(struct seq_file *s, const struct tcp_sock *tp)
{
	put_u32(s, "unacked", tp->packets_out);
	if (tp->retrans_out || tp->total_retrans)
		seq_printf(s, " retrans:%u/%u", tp->retrans_out, tp->total_retrans);
	put_u32(s, "lost", tp->lost_out);
	put_u32(s, "sacked", tp->sacked_out);
	put_u32(s, "dsack_dups", tp->dsack_dups);
	if (tp->reordering != (u32)sysctl_tcp_reordering)
		put_u32(s, "reordering", tp->reordering);
	put_u32(s, "reord_seen", tp->reord_seen);
}

static void put_receiver(struct seq_file *s, const struct tcp_sock *tp)
{
	put_us(s, "rcv_rtt", tp->rcv_rtt_us >> 3);
	put_u32(s, "rcv_space", tp->rcvq_space);
	put_u32(s, "rcv_ssthresh", tp->rcv_ssthresh);
	put_u32(s, "rcv_ooopack", tp->rcv_ooopack);
	put_u32(s, "snd_wnd", tp->snd_wnd);
	put_u32(s, "rcv_wnd", tcp_receive_window(tp));
	if (after(tp->write_seq, tp->snd_nxt))
		put_u32(s, "notsent", tp->write_seq - tp->snd_nxt);
}

static void put_why(struct seq_file *s, const struct tcp_sock *tp)
{
	static const char *const ca_states[] = { "open", "disorder", "cwr", "recovery", "loss" };

	seq_printf(s, " ca:%s limited:%s", ca_states[tp->ca_state], tcp_limit_name(tp->limit));
}

/* ---- lines ---- */

static void show_listener(struct seq_file *s, struct sock *sk)
{
	put_head(s, sk->state, tcp_accept_queue_len(tcp_sk(sk)),
		 tcp_sk(sk)->listener->max_ack_backlog);
	sock_diag_addr(s, sk->rcv_saddr, sk->num);
	sock_diag_addr(s, 0, 0);
	sock_diag_owner(s, sk);
	sock_diag_memory(s, sk, tcp_sk(sk)->wmem_queued);
	seq_printf(s, " %s\n", tcp_sk(sk)->ca_ops->name);
}

static void show_connection(struct seq_file *s, struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	enum tcp_timer_shown timer;
	u64 expires;

	put_head(s, sk->state,
		 after(tp->rcv_nxt, tp->copied_seq) ? tp->rcv_nxt - tp->copied_seq : 0,
		 tp->write_seq - tp->snd_una);
	sock_diag_addr(s, sk->rcv_saddr, sk->num);
	sock_diag_addr(s, sk->daddr, ntohs(sk->dport));
	sock_diag_owner(s, sk);
	timer = tcp_timer_active(tp, &expires);
	put_timer(s, timer, expires, tp->retransmits);
	sock_diag_memory(s, sk, tcp_sk(sk)->wmem_queued);
	put_options(s, tp);
	put_round_trip(s, tp);
	put_sizes(s, tp);
	put_counts(s, tp);
	put_congestion_info(s, sk);
	put_rates(s, tp);
	put_idle(s, tp);
	put_busy(s, tp);
	put_losses(s, tp);
	put_receiver(s, tp);
	put_why(s, tp);
	seq_puts(s, "\n");
}

static void show_sock(struct seq_file *s, struct sock *sk)
{
	if (sk->state == TCP_LISTEN)
		show_listener(s, sk);
	else
		show_connection(s, sk);
}

static void show_request(struct seq_file *s, const struct tcp_request_sock *req)
{
	put_head(s, TCP_SYN_RECV, 0, 0);
	sock_diag_addr(s, req->laddr, req->lport);
	sock_diag_addr(s, req->raddr, ntohs(req->rport));
	put_timer(s, TCP_SHOW_RETRANS, req->timer.expires, req->num_timeout);
	seq_puts(s, "\n");
}

static void show_timewait(struct seq_file *s, const struct tcp_timewait_sock *tw)
{
	put_head(s, tw->substate, 0, 0);
	sock_diag_addr(s, tw->laddr, tw->lport);
	sock_diag_addr(s, tw->raddr, ntohs(tw->rport));
	put_timer(s, TCP_SHOW_TIMEWAIT, tw->timer.expires, 0);
	seq_puts(s, "\n");
}

bool tcp_diag_proc_walk(struct seq_file *s)
{
	static const struct tcp_seq_ops ops = { show_request, show_sock, show_timewait };

	return tcp_seq_walk(s, &ops);
}
