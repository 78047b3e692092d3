/*
 * The scoreboard (RFC 2018, 2883, 6675): what SACK blocks say is marked at the packets of
 * rtx_queue. A block is looked at only where it says something new: what the ACK before has said
 * already is skipped (tp->sack_cache), and the way to the first packet begins at the nearer of the
 * queue's head and the place of the last work (tp->sack_hint). A packet of several segments that
 * a block covers in part is cut at a segment's border.
 *
 * Nothing that a peer claims can harm but itself: blocks outside what is on its way are ignored.
 */
#include "net/transport/tcp_ack_private.h"
#include "net/transport/tcp_output.h"

static struct kmem_cache *sack_caches;

#define SACK_CACHE_SIZE (TCP_NUM_SACKS * sizeof(struct tcp_sack_block))

void tcp_ack_init(void)
{
	sack_caches = kmem_cache_create("tcp_sack", SACK_CACHE_SIZE, 0);
	kmem_cache_reserve(sack_caches, 1024);
}

/* ---- what the ACK before has said; without memory for it walks are longer, no more ---- */

static void sack_remember(struct tcp_sock *tp, const struct tcp_sack_block *b, u32 n)
{
	if (!tp->sack_cache && sack_caches)
		tp->sack_cache = kmem_cache_alloc(sack_caches);
	if (!tp->sack_cache)
		return;
	memset(tp->sack_cache, 0, SACK_CACHE_SIZE);
	memcpy(tp->sack_cache, b, n * sizeof(*b));
}

void tcp_sack_forget(struct tcp_sock *tp)
{
	if (tp->sack_cache)
		kmem_cache_free(sack_caches, tp->sack_cache);
	tp->sack_cache = NULL;
	tp->sack_hint = NULL;
}

/* ---- reordering ---- */

void tcp_check_sack_reordering(struct sock *sk, u32 low_seq, bool ts)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 fack = tcp_fack(tp), mss = tp->mss_cache, distance = fack - low_seq;

	if (!before(low_seq, fack))
		return;
	if (mss && distance > tp->reordering * mss)
		tp->reordering = min((distance + mss - 1) / mss, (u32)sysctl_tcp_max_reordering);
	tp->reord_seen++;
	if (ts)
		TCPEXT_INC(TCPTSReorder);
	else
		TCPEXT_INC(TCPSACKReorder);
}

/* ---- duplicates: RFC 2883 ---- */

/* Segments that D-SACK block @b tells of; 0: it cannot be true, or was not our doing. */
static u32 dsack_segments(struct tcp_sock *tp, const struct tcp_sack_block *b,
			  struct tcp_ack_state *st)
{
	u32 len = b->end_seq - b->start_seq, segs = 1;

	if (!before(b->start_seq, b->end_seq) || len > tp->max_window)
		return 0;
	if (len > tp->mss_cache)
		segs = (len + tp->mss_cache - 1) / tp->mss_cache;
	else if (tp->tlp_high_seq && tp->tlp_high_seq == b->end_seq)
		st->flag |= FLAG_DSACK_TLP;
	tp->dsack_dups += segs;
	/* More duplicates than were ever sent twice: the network made them, or the peer lies. */
	if (tp->dsack_dups > tp->total_retrans)
		return 0;
	/* A loss probe is the timer's doing; only RACK's mistakes widen its window. */
	if (tp->reord_seen && !(st->flag & FLAG_DSACK_TLP))
		tp->rack_dsack_seen = true;
	st->flag |= FLAG_DSACKING_ACK;
	st->sack_delivered += segs;
	return segs;
}

static void undo_retrans_less(struct tcp_sock *tp, u32 segs)
{
	tp->undo_retrans = max(0, tp->undo_retrans - (s32)segs);
}

/* Is the first block a D-SACK (RFC 2883 §4)? Below the ACK, or inside the second block. */
static bool sack_check_dsack(struct tcp_sock *tp, struct tcp_ack_state *st)
{
	const struct tcp_sack_block *b = st->opt->sacks;
	u32 segs;

	if (before(b[0].start_seq, st->ack)) {
		TCPEXT_INC(TCPDSACKRecv);
	} else if (st->opt->num_sacks > 1 && !after(b[0].end_seq, b[1].end_seq) &&
		   !before(b[0].start_seq, b[1].start_seq)) {
		TCPEXT_INC(TCPDSACKOfoRecv);
	} else {
		return false;
	}
	segs = dsack_segments(tp, &b[0], st);
	if (!segs) {
		TCPEXT_INC(TCPDSACKIgnoredDubious);
		return false;
	}
	TCPEXT_ADD(TCPDSACKRecvSegs, segs);
	/* Of what has left the queue already there is only the number. */
	if (tp->undo_marker && tp->undo_retrans > 0 && !after(b[0].end_seq, st->prior_snd_una) &&
	    after(b[0].end_seq, tp->undo_marker))
		undo_retrans_less(tp, segs);
	return true;
}

/* ---- which blocks can be believed ---- */

static bool sack_valid(const struct tcp_sock *tp, bool dsack, const struct tcp_sack_block *b)
{
	if (after(b->end_seq, tp->snd_nxt) || !before(b->start_seq, b->end_seq) ||
	    !before(b->start_seq, tp->snd_nxt))
		return false;
	/* At snd_una itself the receiver would have acknowledged, not SACKed. */
	if (after(b->start_seq, tp->snd_una))
		return true;
	/* Duplicates below snd_una count while they may lead to an undo. */
	if (!dsack || !tp->undo_marker || after(b->end_seq, tp->snd_una))
		return false;
	if (!before(b->start_seq, tp->undo_marker))
		return true;
	return after(b->end_seq, tp->undo_marker) &&
	       !before(b->start_seq, b->end_seq - tp->max_window);
}

static void sack_count_invalid(const struct tcp_sock *tp, const struct tcp_ack_state *st,
			       bool dsack, const struct tcp_sack_block *b)
{
	if (dsack && tp->undo_marker)
		TCPEXT_INC(TCPDSACKIgnoredOld);
	else if (dsack)
		TCPEXT_INC(TCPDSACKIgnoredNoUndo);
	else if (st->ack == tp->snd_una || after(b->end_seq, tp->snd_una))
		TCPEXT_INC(TCPSACKDiscard); /* else it is old: ACKs were reordered */
}

/* The good blocks, ascending; how many. A good D-SACK goes to *@dup instead. */
static u32 sack_collect(const struct tcp_sock *tp, struct tcp_ack_state *st, bool dsack,
			struct tcp_sack_block *out, struct tcp_sack_block *dup)
{
	u32 n = 0, at;

	for (u32 i = 0; i < st->opt->num_sacks; i++) {
		const struct tcp_sack_block *b = &st->opt->sacks[i];
		bool is_dup = dsack && i == 0;

		if (!sack_valid(tp, is_dup, b)) {
			sack_count_invalid(tp, st, is_dup, b);
			continue;
		}
		if (!after(b->end_seq, st->prior_snd_una))
			continue;
		if (is_dup) {
			*dup = *b;
			continue;
		}
		for (at = n++; at > 0 && after(out[at - 1].start_seq, b->start_seq); at--)
			out[at] = out[at - 1];
		out[at] = *b;
	}
	return n;
}

/* ---- marking ---- */

/* @run, a packet or the first segments of one, on its way until now, has arrived. */
void tcp_sack_arrived(struct tcp_sock *tp, struct tcp_ack_state *st, const struct tcp_skb_cb *run)
{
	tcp_rack_advance(tp, run->sacked, run->end_seq, run->tx.xmit_ns);
	if (!(run->sacked & TCPCB_RETRANS)) {
		/* Sent once, and something above it came first: that is reordering. */
		if (before(run->seq, tcp_fack(tp)) && before(run->seq, st->reord))
			st->reord = run->seq;
		if (!after(run->end_seq, tp->high_seq))
			st->flag |= FLAG_ORIG_SACK_ACKED;
		if (!st->first_sack_ns)
			st->first_sack_ns = run->tx.xmit_ns;
		st->last_sack_ns = run->tx.xmit_ns;
	}
	/*
	 * Held lost and sent again: whichever of the two arrived, none is awaited. Not held lost:
	 * the second may still be on its way.
	 */
	if (run->sacked & TCPCB_LOST) {
		tp->lost_out -= run->pcount;
		if (run->sacked & TCPCB_SACKED_RETRANS)
			tp->retrans_out -= run->pcount;
	}
	if (!tp->sacked_out || after(run->end_seq, tp->highest_sack))
		tp->highest_sack = run->end_seq;
	tp->sacked_out += run->pcount;
	st->sack_delivered += run->pcount;
	st->sacked_bytes += run->end_seq - run->seq;
	st->flag |= FLAG_DATA_SACKED;
}

static void sack_mark(struct sock *sk, struct tcp_ack_state *st, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	/* What is acknowledged in the same breath is about to leave the queue. */
	if ((cb->sacked & TCPCB_SACKED_ACKED) || !after(cb->end_seq, tcp_sk(sk)->snd_una))
		return;
	tcp_sack_arrived(tcp_sk(sk), st, cb);
	if (cb->sacked & TCPCB_LOST)
		cb->sacked &= (u8) ~(TCPCB_LOST | TCPCB_SACKED_RETRANS);
	cb->sacked |= TCPCB_SACKED_ACKED;
	tcp_rate_skb_delivered(sk, skb, &st->rs);
	list_del(&cb->tx.tsorted);
}

/*
 * Is @skb covered by @b? A packet of several segments is cut where the block begins or ends (then
 * its first part is meant), but only between segments. -1: no memory for that.
 */
static int sack_match(struct sock *sk, struct sk_buff *skb, const struct tcp_sack_block *b)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	bool from_start = !after(b->start_seq, cb->seq);
	u32 len;

	if (from_start && !before(b->end_seq, cb->end_seq))
		return 1;
	if (cb->pcount <= 1 || !after(cb->end_seq, b->start_seq))
		return 0;
	len = from_start ? b->end_seq - cb->seq : b->start_seq - cb->seq + cb->mss - 1;
	len -= len % cb->mss;
	if (!len || len >= skb->len)
		return 0;
	if (tcp_fragment(sk, &tcp_sk(sk)->rtx_queue, skb, len, cb->mss))
		return -1;
	return from_start;
}

/* The packet that @seq is in, or the next; from where it is nearest. */
static struct sk_buff *sack_seek(const struct tcp_sock *tp, u32 seq)
{
	const struct sk_buff_head *q = &tp->rtx_queue;
	struct sk_buff *skb = skb_peek(q), *prev;
	s32 way = tp->sack_hint ? (s32)(seq - TCP_SKB_CB(tp->sack_hint)->seq) : INT32_MAX;

	if (skb && (s32)(seq - TCP_SKB_CB(skb)->seq) > (way < 0 ? -way : way))
		skb = tp->sack_hint;
	while (skb && !after(TCP_SKB_CB(skb)->end_seq, seq))
		skb = tcp_queue_next(q, skb);
	while (skb && after(TCP_SKB_CB(skb)->seq, seq)) {
		prev = tcp_queue_prev(q, skb);
		if (!prev || !after(TCP_SKB_CB(prev)->end_seq, seq))
			break;
		skb = prev;
	}
	return skb;
}

/* What of @b lies in [@from, @to). False: no memory. */
static bool sack_walk(struct sock *sk, struct tcp_ack_state *st, const struct tcp_sack_block *b,
		      u32 from, u32 to)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = sack_seek(tp, from);
	int in;

	for (; skb && before(TCP_SKB_CB(skb)->seq, to); skb = tcp_queue_next(&tp->rtx_queue, skb)) {
		if (tcp_sack_shift(sk, st, skb, b))
			continue;
		in = sack_match(sk, skb, b);
		if (in < 0)
			return false;
		if (in) {
			sack_mark(sk, st, skb);
			skb = tcp_sack_join(sk, skb);
		}
		if (!tp->sack_hint || !before(TCP_SKB_CB(skb)->seq, TCP_SKB_CB(tp->sack_hint)->seq))
			tp->sack_hint = skb;
	}
	return true;
}

/* The parts of @b that the last ACK has not told. False: no memory. */
static bool sack_block(struct sock *sk, struct tcp_ack_state *st, const struct tcp_sack_block *b,
		       const struct tcp_sack_block *known)
{
	u32 pos = b->start_seq;

	for (u32 i = 0; known && i < TCP_NUM_SACKS && before(pos, b->end_seq); i++) {
		if (known[i].start_seq == known[i].end_seq || !after(known[i].end_seq, pos))
			continue;
		if (!before(known[i].start_seq, b->end_seq))
			break;
		if (before(pos, known[i].start_seq) &&
		    !sack_walk(sk, st, b, pos, known[i].start_seq))
			return false;
		pos = known[i].end_seq;
	}
	return !before(pos, b->end_seq) || sack_walk(sk, st, b, pos, b->end_seq);
}

/*
 * The packets that @b says came twice: if they were sent twice, that was for nothing. If one was
 * SACKed before, the original had only been late.
 */
static void sack_duplicates(struct sock *sk, struct tcp_ack_state *st,
			    const struct tcp_sack_block *b)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = sack_seek(tp, b->start_seq);

	for (; skb && !after(TCP_SKB_CB(skb)->end_seq, b->end_seq);
	     skb = tcp_queue_next(&tp->rtx_queue, skb)) {
		struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		if (before(cb->seq, b->start_seq) || !(cb->sacked & TCPCB_RETRANS))
			continue;
		if (tp->undo_marker && tp->undo_retrans > 0 && after(cb->end_seq, tp->undo_marker))
			undo_retrans_less(tp, cb->pcount);
		if ((cb->sacked & TCPCB_SACKED_ACKED) && before(cb->seq, st->reord))
			st->reord = cb->seq;
		if (!after(cb->end_seq, tp->snd_una))
			continue;
		if ((cb->sacked & (TCPCB_SACKED_RETRANS | TCPCB_LOST)) == TCPCB_SACKED_RETRANS) {
			cb->sacked &= (u8)~TCPCB_SACKED_RETRANS;
			tp->retrans_out -= cb->pcount;
		}
	}
}

void tcp_sacktag_write_queue(struct sock *sk, struct tcp_ack_state *st)
{
	struct tcp_sack_block blocks[TCP_NUM_SACKS], dup = { 0, 0 };
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_sack_block *known = tp->sacked_out ? tp->sack_cache : NULL;
	bool dsack;
	u32 n;

	st->reord = tp->snd_nxt;
	dsack = sack_check_dsack(tp, st);
	if (before(st->ack, st->prior_snd_una - tp->max_window) || !tp->packets_out)
		return;
	n = sack_collect(tp, st, dsack, blocks, &dup);
	if (dup.start_seq != dup.end_seq)
		sack_duplicates(sk, st, &dup);
	for (u32 i = 0; i < n; i++)
		if (!sack_block(sk, st, &blocks[i], known))
			n = 0;
	if (n)
		sack_remember(tp, blocks, n);
	if (tp->ca_state != TCP_CA_Loss || tp->undo_marker)
		tcp_check_sack_reordering(sk, st->reord, false);
	tcp_verify_left_out(tp);
}
