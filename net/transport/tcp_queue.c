/*
 * What sendmsg has to do with the sender: the size that packets in write_queue should have, packets
 * appended, the push at a write's end - and the end of all that is queued.
 */
#include "net/ip/route.h"
#include "net/transport/tcp_ack.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_output.h"
#include "net/transport/tcp_txnote.h"

/* ---- sizes ---- */

u32 tcp_current_mss(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct dst_entry *dst = tcp_route(sk);
	u32 mss = tp->mss_cache;

	if (likely(dst) && unlikely(dst_mtu(dst) != tp->pmtu_cookie))
		mss = tcp_sync_mss(sk, dst_mtu(dst));
	if (unlikely(tp->ooo || tp->duplicate_sack.start_seq != tp->duplicate_sack.end_seq ||
		     (tp->ecn_flags & TCP_ECN_ACCECN))) {
		/* SACK blocks and accurate ECN take room that mss_cache does not know of. */
		struct tcp_out_options opt;

		mss -= TCP_MIN_HEADER + tcp_established_options(sk, &opt) - tp->tcp_header_len;
	}
	return mss;
}

/* A packet in the queue should have as many whole segments as go to the device at once. */
static u32 tcp_size_goal(struct tcp_sock *tp, u32 mss_now)
{
	u32 most = TCP_BURST_MAX, half = tp->max_window >> 1;

	/* Not more than half of what the peer ever took: the other half is to be on its way. */
	if (half && half < most)
		most = max(half, 68u - tp->tcp_header_len);
	if (tp->size_goal_mss != mss_now || tp->size_goal > most ||
	    (u32)tp->size_goal + mss_now <= most) {
		tp->size_goal = (u16)(most / mss_now * mss_now);
		tp->size_goal_mss = (u16)mss_now;
	}
	return max((u32)tp->size_goal, mss_now);
}

u32 tcp_send_mss(struct sock *sk, u32 *size_goal, int flags)
{
	u32 mss = tcp_current_mss(sk);

	*size_goal = (flags & MSG_OOB) || !sysctl_tcp_tso ? mss : tcp_size_goal(tcp_sk(sk), mss);
	return mss;
}

/* ---- packets ---- */

struct sk_buff *tcp_stream_alloc_skb(struct sock *sk)
{
	struct sk_buff *skb = alloc_skb(0);

	if (likely(skb)) {
		TCP_SKB_CB(skb)->tcp_flags = TCPHDR_ACK;
		list_init(&TCP_SKB_CB(skb)->tx.tsorted);
	}
	return skb;
}

void tcp_queue_skb(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);

	TCP_SKB_CB(skb)->seq = TCP_SKB_CB(skb)->end_seq = tp->write_seq;
	if (!tcp_send_head(tp))
		tcp_chrono_start(sk, TCP_CHRONO_BUSY);
	__skb_queue_tail(&tp->write_queue, skb);
	tcp_wmem_add(tp, (s32)skb->truesize);
	tp->nonagle &= (u8)~TCP_NAGLE_PUSH;
	tcp_slow_start_after_idle_check(sk);
}

static void tcp_purge_queue(struct tcp_sock *tp, struct sk_buff_head *q)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(q))) {
		tcp_wmem_add(tp, -(s32)skb->truesize);
		kfree_skb(skb, DROP_TCP_WRITE_PURGED);
	}
}

void tcp_write_queue_purge(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tcp_purge_queue(tp, &tp->write_queue);
	tcp_purge_queue(tp, &tp->rtx_queue);
	if (unlikely(tp->tx_notes))
		tcp_txnote_purge(sk);
	tcp_chrono_stop(sk, TCP_CHRONO_BUSY);
	list_init(&tp->tsorted_sent);
	tcp_sack_forget(tp);
	tp->retransmit_skb_hint = tp->sack_hint = NULL;
	tp->packets_out = tp->retrans_out = tp->lost_out = tp->sacked_out = 0;
	tp->backoff = 0;
}

/* ---- pushing ---- */

static bool tcp_forced_push(const struct tcp_sock *tp)
{
	return after(tp->write_seq, tp->pushed_seq + (tp->max_window >> 1));
}

/*
 * Something of ours waits in the card: what is small may grow until that has left (its destructor
 * then sends it).
 */
static bool tcp_should_autocork(const struct sock *sk, const struct sk_buff *skb, u32 size_goal)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return skb->len < size_goal && sysctl_tcp_autocorking && tcp_rtx_queue_head(tp) &&
	       sk->wmem_alloc > skb->truesize && !TCP_SKB_CB(skb)->eor;
}

void tcp_push(struct sock *sk, int flags, u32 mss_now, int nonagle, u32 size_goal)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = tcp_queue_tail(&tp->write_queue);

	if (!skb)
		return;
	if (!(flags & MSG_MORE) || tcp_forced_push(tp))
		tcp_mark_push(tp, skb);
	if (unlikely(flags & MSG_OOB)) {
		tp->snd_up = tp->write_seq;
		tp->urg_mode = true;
	}
	if (tcp_should_autocork(sk, skb, size_goal)) {
		if (!tp->throttled) {
			TCPEXT_INC(TCPAutoCorking);
			tp->throttled = true;
		}
		tp->limit = TCP_LIMIT_QUEUE;
		return;
	}
	if (flags & MSG_MORE)
		nonagle = TCP_NAGLE_CORK;
	__tcp_push_pending_frames(sk, mss_now, nonagle);
}
