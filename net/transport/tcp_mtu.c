/*
 * How much the path takes. ICMP tells (RFC 1191) where it comes through; where it does not, larger
 * segments are tried now and then, and smaller ones when nothing large gets through (RFC 4821:
 * net.ipv4.tcp_mtu_probing; 1: when a black hole shows, 2: always).
 */
#include "net/ip/route.h"
#include "net/transport/tcp_ack.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_input.h"
#include "net/transport/tcp_output.h"

#define IP_TCP_HEADERS 40
#define MTU_PROBE_FLOOR 48
#define MTU_PROBE_CWND 11 /* a probe's loss must show by duplicate ACKs */

/* ---- sums ---- */

static u32 tcp_mtu_to_full_mss(const struct tcp_sock *tp, u32 pmtu)
{
	u32 mss = max(pmtu, (u32)IP_TCP_HEADERS) - IP_TCP_HEADERS;

	return max(min(mss, (u32)tp->mss_clamp), (u32)sysctl_tcp_min_snd_mss);
}

u32 tcp_mtu_to_mss(struct sock *sk, u32 pmtu)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return tcp_mtu_to_full_mss(tp, pmtu) - (tp->tcp_header_len - TCP_MIN_HEADER);
}

u32 tcp_mss_to_mtu(struct sock *sk, u32 mss)
{
	return mss + tcp_sk(sk)->tcp_header_len + 20;
}

/*
 * Not above half of the largest window ever seen: two segments are to fit. Where windows are tiny
 * anyhow, whatever fits.
 */
static u32 tcp_bound_to_half_wnd(const struct tcp_sock *tp, u32 mss)
{
	u32 cutoff = tp->max_window > TCP_MSS_DEFAULT ? tp->max_window >> 1 : tp->max_window;

	if (cutoff && mss > cutoff)
		return max(cutoff, 68u - tp->tcp_header_len);
	return mss;
}

u32 tcp_sync_mss(struct sock *sk, u32 pmtu)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 mss;

	if (tp->mtu_search_high > pmtu)
		tp->mtu_search_high = (u16)pmtu;
	mss = tcp_bound_to_half_wnd(tp, tcp_mtu_to_mss(sk, pmtu));
	tp->pmtu_cookie = (u16)pmtu;
	if (tp->mtu_probing)
		mss = min(mss, tcp_mtu_to_mss(sk, tp->mtu_search_low));
	tp->mss_cache = (u16)mss;
	return mss;
}

/* What to expect of the peer, as long as nothing has come: for delayed ACKs. */
void tcp_initialize_rcv_mss(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 hint = min((u32)tp->advmss, (u32)tp->mss_cache);

	hint = min(hint, tp->rcv_wnd / 2);
	hint = min(hint, (u32)TCP_MSS_DEFAULT);
	tp->rcv_mss = (u16)max(hint, (u32)TCP_MIN_MSS);
}

/* ---- ICMP ---- */

void tcp_v4_mtu_reduced(struct sock *sk, u32 mtu)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct dst_entry *dst;

	if (sk->state == TCP_LISTEN || sk->state == TCP_CLOSE)
		return;
	ip_rt_update_pmtu(sk->daddr, mtu);
	dst = tcp_route(sk);
	if (!dst)
		return;
	/* Told to the task if the connection comes to nothing. */
	if (mtu < dst_mtu(dst) && sk->pmtudisc != IP_PMTUDISC_DONT)
		sk->err_soft = EMSGSIZE;
	mtu = dst_mtu(dst);
	if (sk->pmtudisc == IP_PMTUDISC_DONT || sk->pmtudisc >= IP_PMTUDISC_PROBE ||
	    tp->pmtu_cookie <= mtu)
		return;
	tcp_mstamp_refresh(tp);
	tcp_sync_mss(sk, mtu);
	/* What was larger is lost for sure: no need to wait for anything. */
	tcp_simple_retransmit(sk);
}

/* ---- probing ---- */

static u32 tcp_now_s(void)
{
	return (u32)(ktime_ns() / NSEC_PER_SEC);
}

void tcp_mtup_init(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->mtu_probing = sysctl_tcp_mtu_probing > 1;
	tp->mtu_search_high = (u16)min((u32)tp->mss_clamp + IP_TCP_HEADERS, 65535u);
	tp->mtu_search_low = (u16)min(tcp_mss_to_mtu(sk, (u32)sysctl_tcp_base_mss), 65535u);
	tp->mtu_probe_size = 0;
	tp->mtu_probe_time_s = tcp_now_s();
}

/* The search is over; after a while the path may have become wider. */
static void tcp_mtu_check_reprobe(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 now = tcp_now_s();

	if (now - tp->mtu_probe_time_s < (u32)sysctl_tcp_probe_interval)
		return;
	tp->mtu_probe_size = 0;
	tp->mtu_search_high = (u16)min((u32)tp->mss_clamp + IP_TCP_HEADERS, 65535u);
	tp->mtu_search_low = (u16)tcp_mss_to_mtu(sk, tcp_current_mss(sk));
	tp->mtu_probe_time_s = now;
}

/*
 * May a probe of @size bytes go now? 1: yes; 0: it could soon, wait; -1: no. What follows must be
 * enough for its loss to show by duplicate ACKs.
 */
static int tcp_mtu_probe_fits(const struct tcp_sock *tp, u32 size)
{
	u32 needed = size + (tp->reordering + 1) * tp->mss_cache;
	u32 in_flight = tcp_packets_in_flight(tp);

	if (tp->write_seq - tp->snd_nxt < needed || tp->snd_wnd < needed)
		return -1;
	if (after(tp->snd_nxt + needed, tcp_wnd_end(tp)))
		return 0;
	if (in_flight + 2 > tp->snd_cwnd)
		return in_flight ? 0 : -1;
	return 1;
}

/* Makes the head of write_queue @size bytes long. False: it cannot be. */
static bool tcp_mtu_gather(struct sock *sk, u32 size)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *head = tcp_send_head(tp), *next;

	while (head->len < size && (next = tcp_queue_next(&tp->write_queue, head))) {
		u32 take = min(next->len, size - head->len), truesize = head->truesize;

		if (TCP_SKB_CB(head)->eor || !take ||
		    skb_shinfo(head)->nr_frags + skb_shinfo(next)->nr_frags > SKB_BURST_FRAGS)
			return false;
		skb_share_bytes(head, next, 0, take);
		tcp_wmem_add(tp, (s32)(head->truesize - truesize));
		TCP_SKB_CB(head)->end_seq += take;
		if (take < next->len) {
			tcp_trim_head(sk, next, take);
			TCP_SKB_CB(next)->pcount = 0;
			break;
		}
		TCP_SKB_CB(head)->tcp_flags |= TCP_SKB_CB(next)->tcp_flags;
		TCP_SKB_CB(head)->end_seq = TCP_SKB_CB(next)->end_seq;
		TCP_SKB_CB(head)->eor = TCP_SKB_CB(next)->eor;
		__skb_unlink(&tp->write_queue, next);
		tcp_wmem_free_skb(tp, next);
	}
	if (head->len > size)
		return !tcp_fragment(sk, &tp->write_queue, head, size, tp->mss_cache);
	return head->len == size;
}

static bool tcp_mtu_may_probe(const struct tcp_sock *tp)
{
	return tp->mtu_probing && !tp->mtu_probe_size && tp->ca_state == TCP_CA_Open &&
	       tp->snd_cwnd >= MTU_PROBE_CWND && !(tp->ooo && tp->ooo->num_sacks) &&
	       tp->duplicate_sack.start_seq == tp->duplicate_sack.end_seq;
}

/* The head of write_queue, @size bytes in one segment. */
static int tcp_mtu_send_probe(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = tcp_send_head(tp);

	tcp_set_skb_tso_segs(skb, skb->len);
	if (tcp_transmit_skb(sk, skb)) {
		TCP_SKB_CB(skb)->pcount = 0;
		return -1;
	}
	tp->snd_cwnd--; /* it counts for more than one segment */
	tcp_event_new_data_sent(sk, skb);
	tp->mtu_probe_size = (u16)tcp_mss_to_mtu(sk, skb->len);
	tp->mtu_probe_seq_end = TCP_SKB_CB(skb)->end_seq;
	return 1;
}

int tcp_mtu_probe(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 interval, size;
	int fits;

	if (!tcp_mtu_may_probe(tp))
		return -1;
	tcp_current_mss(sk);
	interval = (u32)(tp->mtu_search_high - tp->mtu_search_low);
	size = tcp_mtu_to_mss(sk, (u32)(tp->mtu_search_high + tp->mtu_search_low) >> 1);
	if (tp->mtu_search_high < tp->mtu_search_low ||
	    size > tcp_mtu_to_mss(sk, tp->mtu_search_high) ||
	    interval < (u32)sysctl_tcp_probe_threshold) {
		tcp_mtu_check_reprobe(sk);
		return -1;
	}
	fits = tcp_mtu_probe_fits(tp, size);
	if (fits <= 0)
		return fits;
	if (tcp_pacing_check(sk) || !tcp_mtu_gather(sk, size))
		return -1;
	return tcp_mtu_send_probe(sk);
}

void tcp_mtup_probe_failed(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->mtu_search_high = (u16)(tp->mtu_probe_size - 1);
	tp->mtu_probe_size = 0;
	TCPEXT_INC(TCPMTUPFail);
}

void tcp_mtup_probe_success(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 cwnd = (u64)tp->snd_cwnd * tcp_mss_to_mtu(sk, tp->mss_cache);

	/* As many bytes as before, in segments that are larger now. */
	tp->snd_cwnd = max((u32)(cwnd / tp->mtu_probe_size), 1u);
	tp->snd_cwnd_cnt = 0;
	tp->snd_cwnd_stamp_ms = tcp_now_ms();
	if (tp->ca_state != TCP_CA_CWR && tp->ca_state != TCP_CA_Recovery)
		tp->snd_ssthresh = max(tp->snd_ssthresh, (tp->snd_cwnd >> 1) + (tp->snd_cwnd >> 2));
	tp->mtu_search_low = tp->mtu_probe_size;
	tp->mtu_probe_size = 0;
	tcp_sync_mss(sk, tp->pmtu_cookie);
	TCPEXT_INC(TCPMTUPSuccess);
}

void tcp_mtu_probing_timeout(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 mss;

	if (!sysctl_tcp_mtu_probing)
		return;
	if (!tp->mtu_probing) {
		tp->mtu_probing = true;
		tp->mtu_probe_time_s = tcp_now_s();
	} else {
		mss = tcp_mtu_to_mss(sk, tp->mtu_search_low) >> 1;
		mss = min((u32)sysctl_tcp_base_mss, mss);
		mss = max(mss, (u32)MTU_PROBE_FLOOR);
		mss = max(mss, (u32)sysctl_tcp_min_snd_mss);
		tp->mtu_search_low = (u16)tcp_mss_to_mtu(sk, mss);
	}
	tcp_sync_mss(sk, tp->pmtu_cookie);
}
