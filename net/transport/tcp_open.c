/*
 * A sock's beginning as TCP's, and the active open: bind, connect (RFC 9293 §3.10.1), and
 * disconnect, which takes it back to that beginning (§3.10.5, ABORT).
 */
#include "net/core/byteorder.h"
#include "net/ip/ip.h"
#include "net/ip/route.h"
#include "net/transport/datagram.h"
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_task.h"

/* ---- a sock's beginning ---- */

static void tcp_init_congestion_state(struct tcp_sock *tp)
{
	tp->snd_cwnd = (u32)sysctl_tcp_init_cwnd;
	tp->snd_ssthresh = TCP_INFINITE_SSTHRESH;
	tp->snd_cwnd_cnt = tp->snd_cwnd_used = 0;
	tp->is_cwnd_limited = false;
	tp->max_packets_out = 0;
	tp->cwnd_usage_seq = 0;
	tp->reordering = (u32)sysctl_tcp_reordering;
	tp->ca_state = TCP_CA_Open;
	tp->app_limited = ~0u;
	tp->rate_delivered = tp->rate_interval_us = 0;
	tp->rate_app_limited = true;
	tp->delivered = tp->delivered_ce = tp->lost = 0;
	tp->undo_marker = 0;
	tp->undo_retrans = -1;
	tp->high_seq = tp->prior_ssthresh = tp->prior_cwnd = 0;
	tp->retrans_stamp_ms = 0;
	tp->frto = tp->is_sack_reneg = false;
}

static void tcp_init_rtt_state(struct tcp_sock *tp)
{
	tp->srtt_us = tp->rttvar_us = tp->mdev_max_us = 0;
	tp->mdev_us = tp->rto_us = TCP_TIMEOUT_INIT_US;
	for (u32 i = 0; i < ARRAY_SIZE(tp->rtt_min); i++) {
		tp->rtt_min[i].value_us = ~0u;
		tp->rtt_min[i].at_ms = tcp_now_ms();
	}
	tp->rack_ns = 0;
	tp->rack_rtt_us = tp->rack_end_seq = tp->rack_last_delivered = 0;
	tp->rack_reo_wnd_steps = 1;
	tp->rack_reo_wnd_persist = 0;
	tp->rack_dsack_seen = tp->rack_advanced = false;
	tp->tlp_high_seq = 0;
}

static void tcp_init_receive_state(struct tcp_sock *tp)
{
	tp->rcv_wnd = tp->rcv_wup = tp->rcv_nxt = tp->copied_seq = 0;
	tp->rcv_ssthresh = 0;
	tp->duplicate_sack.start_seq = tp->duplicate_sack.end_seq = 0;
	tp->rcv_rtt_us = tp->rcv_rtt_seq = tp->rcv_rtt_time_us = 0;
	tp->rcvq_space = tp->rcvq_seq = tp->rcvq_time_us = 0;
	tp->ato_us = 0;
	tp->ack_pending = tp->quick = tp->pingpong = tp->ecn_flags = 0;
	tp->rcv_mss = TCP_MIN_MSS;
	tp->scaling_ratio = tcp_first_scaling_ratio();
	tp->last_seg_size = 0;
	tp->urg_data = 0;
	tp->urg_mode = false;
	tp->tstamp_ok = tp->sack_ok = tp->wscale_ok = false;
	tp->snd_wscale = tp->rcv_wscale = 0;
}

static void tcp_init_counts(struct tcp_sock *tp)
{
	tp->packets_out = tp->retrans_out = tp->lost_out = tp->sacked_out = 0;
	tp->total_retrans = tp->reord_seen = tp->dsack_dups = 0;
	tp->bytes_acked = tp->bytes_received = tp->bytes_sent = tp->bytes_retrans = 0;
	tp->segs_in = tp->segs_out = tp->data_segs_in = tp->data_segs_out = 0;
	tp->rcv_ooopack = 0;
	memset(tp->chrono_ms, 0, sizeof(tp->chrono_ms));
	tp->chrono_type = TCP_CHRONO_UNSPEC;
	tp->limit = TCP_LIMIT_APP;
	tp->retransmits = tp->backoff = tp->probes_out = 0;
	tp->probes_tstamp_ms = 0;
	tp->deferred = 0;
	tp->oow_ack_time_ms = 0;
	tp->compressed_acks = 0;
}

void tcp_init_state(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->snd_una = tp->snd_nxt = tp->snd_sml = tp->pushed_seq = tp->snd_up = 0;
	tp->snd_wnd = tp->max_window = tp->snd_wl1 = 0;
	tp->mss_cache = tp->mss_clamp = TCP_MSS_DEFAULT;
	tp->advmss = 0;
	tp->tcp_header_len = TCP_MIN_HEADER;
	tp->retransmit_skb_hint = tp->sack_hint = NULL;
	tp->syn_fastopen = tp->syn_data = tp->syn_data_acked = false;
	tp->fastopen_client_fail = TFO_STATUS_UNSPEC;
	tp->fastopen_rsk = NULL;
	sk->defer_connect = false;
	tp->mtu_info = tp->mtu_probe_seq_end = 0;
	tp->mtu_probe_size = 0;
	tp->mtu_probing = false;
	tcp_init_receive_state(tp);
	tcp_init_congestion_state(tp);
	tcp_init_rtt_state(tp);
	tcp_init_counts(tp);
}

int tcp_init_sock(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	skb_queue_head_init(&tp->write_queue);
	skb_queue_head_init(&tp->rtx_queue);
	list_init(&tp->tsorted_sent);
	tcp_init_xmit_timers(sk);
	tcp_init_state(sk);
	tp->pacing_rate = tp->max_pacing_rate = ~0ULL;
	sk->sndbuf = (u32)sysctl_tcp_wmem[1];
	sk->rcvbuf = (u32)sysctl_tcp_rmem[1];
	tcp_assign_congestion_control(sk);
	return 0;
}

int tcp_bind(struct sock *sk, const struct sockaddr *addr, int len)
{
	return datagram_bind(sk, addr, len); /* the same rules for all that has ports */
}

/* ---- connect ---- */

/* The way to the peer, and our address on it. Bh off. */
static int tcp_connect_route(struct sock *sk, be32 daddr)
{
	struct flowi fl = {
		.daddr = daddr, .saddr = sk->saddr, .oif = sk->bound_dev_if, .tos = sk->tos
	};
	struct rtable *rt;
	int err = ip_route_output(&rt, &fl);

	if (err) {
		if (err == -ENETUNREACH)
			IP_INC(OutNoRoutes);
		return err;
	}
	if (rt->type == RTN_MULTICAST || rt->type == RTN_BROADCAST) {
		dst_release(&rt->dst);
		return -ENETUNREACH;
	}
	dst_release(sk->dst_cache);
	sk->dst_cache = &rt->dst;
	sk->saddr = sk->saddr ? sk->saddr : fl.saddr;
	sk->rcv_saddr = sk->rcv_saddr ? sk->rcv_saddr : sk->saddr;
	sk->daddr = fl.daddr;
	return 0;
}

static void tcp_connect_failed(struct sock *sk)
{
	tcp_set_state(sk, TCP_CLOSE);
	if (!sk->bound_addr)
		sk->saddr = sk->rcv_saddr = 0;
	sk->daddr = 0;
	sk->dport = 0;
	dst_release(sk->dst_cache);
	sk->dst_cache = NULL;
}

/* Another peer's timestamps and sequence numbers say nothing of this one. */
static void tcp_forget_peer(struct sock *sk, be32 daddr)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (sk->daddr == daddr)
		return;
	tp->ts_recent = tp->ts_recent_stamp_s = 0;
	tp->write_seq = 0;
}

/* TCP_FASTOPEN_CONNECT: with a cookie at hand the SYN waits for the first send. */
static bool tcp_connect_deferred(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 cookie[16];
	s8 len = -1;
	u16 mss = 0;
	bool exp;

	if (!tp->fastopen_connect || tcp_fastopen_request(sk) || !(sysctl_tcp_fastopen & 1))
		return false;
	if (!tp->fastopen_no_cookie && !(sysctl_tcp_fastopen & 4) &&
	    (!tcp_fastopen_cache_get(sk->daddr, &mss, cookie, &len, &exp) || len <= 0))
		return false;
	sk->defer_connect = true;
	return true;
}

/* @sk has addresses and a route. */
static int tcp_connect_start(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int err;

	tp->mss_clamp = TCP_MSS_DEFAULT;
	tcp_set_state(sk, TCP_SYN_SENT);
	err = tcp_hash_connect(sk);
	if (err)
		return err;
	/* After TIME-WAIT's reuse it goes on where that ended. */
	if (!tp->write_seq)
		tp->write_seq = tcp_secure_seq(sk->saddr, sk->daddr, sk->sport, sk->dport);
	tp->tsoffset = tcp_secure_ts_offset(sk->saddr, sk->daddr);
	return tcp_connect_deferred(sk) ? 1 : tcp_connect(sk);
}

/*
 * What is left of a connection that has ended by itself: its data is to be read first, its error to
 * be heard; then nothing of it may be in the way of the next.
 */
static int tcp_connect_afresh(struct sock *sk)
{
	int err;

	if (sk->state != TCP_CLOSE || skb_peek(&sk->receive_queue))
		return -EISCONN;
	if (!sk->dport)
		return 0;
	err = sock_error(sk);
	tcp_disconnect(sk);
	return err;
}

int tcp_v4_connect(struct sock *sk, const struct sockaddr *addr, int len, int flags)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)addr;
	int err;

	if (len < (int)sizeof(*sin))
		return -EINVAL;
	if (sin->sin_family != AF_INET)
		return -EAFNOSUPPORT;
	err = tcp_connect_afresh(sk);
	if (err)
		return err;
	local_bh_disable();
	tcp_forget_peer(sk, sin->sin_addr.s_addr);
	err = tcp_connect_route(sk, sin->sin_addr.s_addr);
	if (!err) {
		sk->dport = sin->sin_port;
		err = tcp_connect_start(sk);
		if (err < 0)
			tcp_connect_failed(sk);
	}
	local_bh_enable();
	return err;
}

/* ---- disconnect ---- */

/* RFC 9293 §3.10.5: in these states an ABORT tells the peer. */
bool tcp_need_reset(u8 state)
{
	return state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT || state == TCP_FIN_WAIT1 ||
	       state == TCP_FIN_WAIT2 || state == TCP_SYN_RECV;
}

static void tcp_disconnect_tell(struct sock *sk, u8 old)
{
	struct tcp_sock *tp = tcp_sk(sk);

	/* A FIN that is queued but not sent: the state is ahead of what the peer knows. */
	bool unsent = tp->snd_nxt != tp->write_seq && (old == TCP_CLOSING || old == TCP_LAST_ACK);

	if (tcp_need_reset(old) || unsent) {
		tcp_send_active_reset(sk);
		sk->err = ECONNRESET;
	} else if (old == TCP_SYN_SENT) {
		sk->err = ECONNRESET;
	}
}

/* What belonged to the connection, without what the task has set. */
static void tcp_disconnect_clean(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_clear_xmit_timers(sk);
	skb_queue_purge(&sk->receive_queue, DROP_SOCKET_CLOSED);
	tcp_write_queue_purge(sk);
	tcp_ooo_purge(tp);
	tcp_accecn_stop(tp);
	tcp_cleanup_congestion_control(sk);
	dst_release(sk->dst_cache);
	sk->dst_cache = NULL;
	if (!sk->bound_addr)
		sk->saddr = sk->rcv_saddr = 0;
	sk->dport = 0;
	sk->shutdown = 0;
	tp->window_clamp = 0; /* its scale was that connection's */
	sock_set_flag(sk, SOCK_DONE, false);
	sk->err_soft = 0;
	/* A next incarnation to the same peer is ahead of this one. */
	tp->write_seq = tp->write_seq ? tp->write_seq + TCP_MAX_WINDOW + 2 : 0;
}

int tcp_disconnect(struct sock *sk)
{
	u8 old = sk->state;

	local_bh_disable();
	/* The RST needs the port and the address that CLOSE gives back. */
	if (old != TCP_LISTEN)
		tcp_disconnect_tell(sk, old);
	if (tcp_sk(sk)->fastopen_rsk)
		tcp_fastopen_done(sk, false);
	tcp_set_state(sk, TCP_CLOSE);
	if (old == TCP_LISTEN)
		tcp_listen_stop(sk);
	tcp_disconnect_clean(sk);
	tcp_init_state(sk);
	if (old != TCP_CLOSE)
		sk_error_report(sk);
	local_bh_enable();
	return 0;
}
