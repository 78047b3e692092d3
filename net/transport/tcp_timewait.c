/*
 * TIME-WAIT (RFC 9293 §3.10.7.4, RFC 1337, RFC 6191) and FIN-WAIT-2 of orphans: a connection that
 * has nobody to serve any more, in an entry of some hundred bytes. It acknowledges what comes late,
 * and keeps the flow from being used anew until nothing of it can be on its way.
 */
#include "net/ip/inet_addr.h"
#include "net/transport/tcp_accecn.h"

/* A new incarnation begins this far above the old one's numbers. */
#define REINCARNATION_GAP (TCP_MAX_WINDOW + 2)

static struct hlist_head *entries;
static u32 entry_mask, nr_entries;
static struct kmem_cache *entry_cache;

void tcp_timewait_init(void)
{
	struct mem_info mem;
	u32 slots = tcp_flow_slots / 2;

	mem_info(&mem);
	entries = tcp_alloc_table(slots);
	entry_mask = slots - 1;
	entry_cache = kmem_cache_create("tcp_timewait", sizeof(struct tcp_timewait_sock), 0);
	kmem_cache_reserve(entry_cache, (u32)min(mem.total >> 16, 4096ULL));
}

void tcp_timewait_refill(void)
{
	kmem_cache_refill(entry_cache);
}

static struct hlist_head *tcp_timewait_slot(u32 hash)
{
	return &entries[hash & entry_mask];
}

struct tcp_timewait_sock *tcp_lookup_timewait(const struct tcp_flow *fl, u32 hash)
{
	struct tcp_timewait_sock *tw;

	hlist_for_each_entry(tw, tcp_timewait_slot(hash), node) {
		if (tw->raddr == fl->raddr && tw->laddr == fl->laddr && tw->rport == fl->rport &&
		    tw->lport == fl->lport && (!tw->bound_dev_if || tw->bound_dev_if == fl->dif))
			return tw;
	}
	return NULL;
}

u32 tcp_nr_timewait(void)
{
	return nr_entries;
}

u32 tcp_timewaits_slots(void)
{
	return entry_mask + 1;
}

void tcp_timewaits_in(u32 slot, void (*fn)(struct seq_file *s, const struct tcp_timewait_sock *tw),
		      struct seq_file *s)
{
	struct tcp_timewait_sock *tw;

	hlist_for_each_entry(tw, &entries[slot], node)
		fn(s, tw);
}

/* ---- life ---- */

static void tcp_timewait_free(struct tcp_timewait_sock *tw)
{
	timer_del(&tw->timer);
	hlist_del(&tw->node);
	tcp_timewait_put_port(tw);
	kmem_cache_free(entry_cache, tw);
	nr_entries--;
}

void tcp_timewait_kill(struct tcp_timewait_sock *tw)
{
	TCPEXT_INC(TWKilled);
	tcp_timewait_free(tw);
}

static void tcp_timewait_timer(struct timer *t)
{
	TCPEXT_INC(TW);
	tcp_timewait_free(container_of(t, struct tcp_timewait_sock, timer));
}

static void tcp_timewait_for(struct tcp_timewait_sock *tw, u64 ns)
{
	timer_mod(&tw->timer, ktime_ns() + ns);
}

static u32 tcp_now_s(void)
{
	return (u32)(ktime_ns() / NSEC_PER_SEC);
}

static struct tcp_timewait_sock *tcp_timewait_alloc(void)
{
	if (nr_entries >= (u32)sysctl_tcp_max_tw_buckets)
		return NULL;
	return kmem_cache_alloc(entry_cache);
}

static void tcp_timewait_fill(struct tcp_timewait_sock *tw, const struct sock *sk, u8 substate)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	*tw = (struct tcp_timewait_sock){
		.laddr = sk->rcv_saddr,
		.raddr = sk->daddr,
		.rport = sk->dport,
		.lport = sk->num,
		.rcv_nxt = tp->rcv_nxt,
		.snd_nxt = tp->snd_nxt,
		.rcv_wnd = tcp_receive_window(tp),
		.ts_recent = tp->ts_recent,
		.ts_recent_stamp_s = tp->ts_recent_stamp_s,
		.tsoffset = tp->tsoffset,
		.entry_ms = tcp_now_ms(),
		.substate = substate,
		.rcv_wscale = tp->rcv_wscale,
		.tos = tcp_has_accecn(tp) ? (u8)(sk->tos | INET_ECN_ECT_0) : sk->tos,
		.tstamp_ok = tp->tstamp_ok,
		.reuse = sk->reuse,
		.reuseport = sk->reuseport,
		.bound_dev_if = sk->bound_dev_if,
	};
}

void tcp_time_wait(struct sock *sk, u8 substate, u64 timeout_ns)
{
	u64 least = (u64)tcp_sk(sk)->rto_us * NSEC_PER_USEC * 7 / 2;
	struct tcp_timewait_sock *tw = tcp_timewait_alloc();
	struct tcp_flow fl;

	if (tw) {
		tcp_timewait_fill(tw, sk, substate);
		tcp_flow_of_sock(sk, &fl);
		timer_init(&tw->timer, tcp_timewait_timer);
		hlist_add_head(&tw->node, tcp_timewait_slot(tcp_flow_hash(&fl)));
		tcp_timewait_hold_port(tw);
		nr_entries++;
		tcp_timewait_for(tw, substate == TCP_TIME_WAIT ? TCP_TIMEWAIT_LEN_NS :
								 max(timeout_ns, least));
	} else {
		/* A peer that sends anything now gets RST: better than memory without bound. */
		TCPEXT_INC(TCPTimeWaitOverflow);
	}
	tcp_update_metrics(sk);
	tcp_done(sk);
}

/* ---- a segment for it ---- */

void tcp_timewait_ack(struct tcp_timewait_sock *tw, const struct sk_buff *skb)
{
	const struct tcp_reply r = {
		.seq = tw->snd_nxt,
		.ack = tw->rcv_nxt,
		.win = tw->rcv_wnd >> tw->rcv_wscale,
		.tstamp = tw->ts_recent_stamp_s != 0,
		.tsval = tcp_now_ms() + tw->tsoffset,
		.tsecr = tw->ts_recent,
		.flags = TCPHDR_ACK,
		.tos = tw->tos,
		.ect = tw->tos & INET_ECN_MASK,
	};

	tcp_v4_send_reply(skb, &r);
}

/* What the segment says of time; true: too old (RFC 7323 §5). */
static bool tcp_timewait_paws(const struct tcp_timewait_sock *tw, const struct sk_buff *skb,
			      struct tcp_options_received *opt)
{
	opt->saw_tstamp = false;
	if (!tw->ts_recent_stamp_s || TCP_SKB_CB(skb)->rx.hlen == TCP_MIN_HEADER)
		return false;
	tcp_parse_options(skb, opt, true);
	return opt->saw_tstamp && tcp_paws_reject(tw->ts_recent, tw->ts_recent_stamp_s, opt,
						  TCP_SKB_CB(skb)->tcp_flags & TCPHDR_RST);
}

static void tcp_timewait_note_ts(struct tcp_timewait_sock *tw,
				 const struct tcp_options_received *opt)
{
	if (!opt->saw_tstamp)
		return;
	tw->ts_recent = opt->rcv_tsval;
	tw->ts_recent_stamp_s = tcp_now_s();
}

enum tw_verdict {
	TW_TAKEN, /* as it should be */
	TW_FIN,	  /* so is this, and it is acknowledged */
	TW_DROP,
	TW_ACK, /* dropped, and told where we stand */
	TW_RST,
	TW_SYN,
};

static enum tw_verdict tcp_timewait_oow(struct tcp_timewait_sock *tw, const struct tcp_skb_cb *cb,
					u64 *skipped)
{
	if (!tcp_oow_rate_limited(cb, &tw->last_oow_ack_time_ms))
		return TW_ACK;
	(*skipped)++;
	return TW_DROP;
}

/* An orphan that waits for the peer's FIN, and for nothing else. May end @tw. */
static enum tw_verdict tcp_timewait_fin_wait2(struct tcp_timewait_sock *tw,
					      const struct tcp_skb_cb *cb,
					      const struct tcp_options_received *opt, bool paws)
{
	u8 flags = cb->tcp_flags;

	if (paws || !tcp_in_window(cb->seq, cb->end_seq, tw->rcv_nxt, tw->rcv_nxt + tw->rcv_wnd))
		return tcp_timewait_oow(tw, cb, &tcpext_mib[TCPEXT_MIB_TCPACKSkippedFinWait2]);
	if (flags & TCPHDR_RST) {
		tcp_timewait_kill(tw);
		return TW_TAKEN;
	}
	if ((flags & TCPHDR_SYN) && !before(cb->seq, tw->rcv_nxt))
		return TW_RST;
	if (!(flags & TCPHDR_ACK) || !after(cb->end_seq, tw->rcv_nxt) || cb->end_seq == cb->seq)
		return TW_TAKEN;
	/* Data for nobody (RFC 9293 §3.6.1, RFC 1122 §4.2.2.13). */
	if (!(flags & TCPHDR_FIN) || cb->end_seq != tw->rcv_nxt + 1)
		return TW_RST;
	tw->substate = TCP_TIME_WAIT;
	tw->rcv_nxt = cb->end_seq;
	tcp_timewait_note_ts(tw, opt);
	tcp_timewait_for(tw, TCP_TIMEWAIT_LEN_NS);
	return TW_FIN;
}

/* May @cb's SYN open a new incarnation? It is ahead of the old one in sequence or time (RFC 6191).
 */
static bool tcp_timewait_new_syn(const struct tcp_timewait_sock *tw, const struct tcp_skb_cb *cb,
				 const struct tcp_options_received *opt)
{
	if ((cb->tcp_flags & (TCPHDR_SYN | TCPHDR_RST | TCPHDR_ACK)) != TCPHDR_SYN)
		return false;
	return after(cb->seq, tw->rcv_nxt) ||
	       (opt->saw_tstamp && before(tw->ts_recent, opt->rcv_tsval));
}

/* In window it can be a RST or a bare ACK only. May end @tw. */
static void tcp_timewait_in_window(struct tcp_timewait_sock *tw, const struct tcp_skb_cb *cb,
				   const struct tcp_options_received *opt)
{
	if (cb->tcp_flags & TCPHDR_RST) {
		/* RFC 1337 §2: its assassination; harmless only where it is forbidden. */
		if (!sysctl_tcp_rfc1337) {
			tcp_timewait_kill(tw);
			return;
		}
	} else {
		tcp_timewait_for(tw, TCP_TIMEWAIT_LEN_NS);
	}
	tcp_timewait_note_ts(tw, opt);
}

/* RFC 9293 §3.10.7.4 for TIME-WAIT. May end @tw. */
static enum tw_verdict tcp_timewait_process(struct tcp_timewait_sock *tw, const struct sk_buff *skb,
					    u32 *isn)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_options_received opt;
	bool paws = tcp_timewait_paws(tw, skb, &opt), rst = cb->tcp_flags & TCPHDR_RST;

	if (tw->substate == TCP_FIN_WAIT2)
		return tcp_timewait_fin_wait2(tw, cb, &opt, paws);
	if (!paws && cb->seq == tw->rcv_nxt && (cb->seq == cb->end_seq || rst)) {
		tcp_timewait_in_window(tw, cb, &opt);
		return TW_TAKEN;
	}
	if (!paws && tcp_timewait_new_syn(tw, cb, &opt)) {
		*isn = tw->snd_nxt + REINCARNATION_GAP;
		*isn += !*isn;
		return TW_SYN;
	}
	if (paws)
		TCPEXT_INC(PAWSEstab);
	if (rst)
		return TW_DROP;
	/* An old SYN may as well be a new one with bad luck: it does not prolong the wait. */
	if (paws || (cb->tcp_flags & TCPHDR_ACK))
		tcp_timewait_for(tw, TCP_TIMEWAIT_LEN_NS);
	return tcp_timewait_oow(tw, cb, &tcpext_mib[TCPEXT_MIB_TCPACKSkippedTimeWait]);
}

bool tcp_timewait_rcv(struct tcp_timewait_sock *tw, struct sk_buff *skb, u32 *isn)
{
	enum tw_verdict verdict = tcp_timewait_process(tw, skb, isn);

	if (verdict == TW_SYN)
		return true;
	if (verdict == TW_ACK || verdict == TW_FIN)
		tcp_timewait_ack(tw, skb);
	if (verdict == TW_RST) {
		tcp_v4_send_reset(NULL, skb);
		tcp_timewait_kill(tw);
	}
	if (verdict == TW_TAKEN || verdict == TW_FIN)
		consume_skb(skb);
	else
		kfree_skb(skb, DROP_TCP_TIMEWAIT);
	return false;
}

/* ---- a new incarnation from our side ---- */

bool tcp_timewait_reuse(struct sock *sk, const struct tcp_timewait_sock *tw, bool by_task)
{
	struct tcp_sock *tp = tcp_sk(sk);
	bool local = ipv4_is_loopback(tw->laddr) || ipv4_is_loopback(tw->raddr);
	bool allowed = sysctl_tcp_tw_reuse == 1 || (sysctl_tcp_tw_reuse == 2 && local);

	/* Only timestamps tell the segments of the two apart. A task that asks for just this port
	 * knows what it does; else tcp_tw_reuse_delay must have passed. */
	if (!tw->ts_recent_stamp_s || tw->substate != TCP_TIME_WAIT)
		return false;
	if (!by_task &&
	    (!allowed || (s32)(tcp_now_ms() - tw->entry_ms) <= sysctl_tcp_tw_reuse_delay))
		return false;
	tp->write_seq = tw->snd_nxt + REINCARNATION_GAP;
	tp->write_seq += !tp->write_seq;
	tp->ts_recent = tw->ts_recent;
	tp->ts_recent_stamp_s = tw->ts_recent_stamp_s;
	return true;
}
