/*
 * Urgent data (RFC 6093): a mark in the stream, and the byte that it names. The byte is kept apart
 * for recv(MSG_OOB) unless SO_OOBINLINE; where the pointer points - at the byte, or behind it - is
 * net.ipv4.tcp_stdurg. The stream itself is unchanged: the byte stays in it, and the reader leaves
 * it out.
 */
#include "net/transport/tcp_input_private.h"

/*
 * The last urgent byte is the next to be read and a new mark takes its place: the reader would not
 * know any more that the byte was told apart, so it is skipped now. Only once more has come: until
 * then the task may still ask whether it is at the mark.
 */
static void tcp_urg_skip_read_byte(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb;

	if (tp->urg_seq != tp->copied_seq || !tp->urg_data || sock_flag(sk, SOCK_OOBINLINE) ||
	    tp->copied_seq == tp->rcv_nxt)
		return;
	tp->copied_seq++;
	skb = skb_peek(&sk->receive_queue);
	if (skb && !before(tp->copied_seq, TCP_SKB_CB(skb)->end_seq)) {
		__skb_unlink(&sk->receive_queue, skb);
		consume_skb(skb);
	}
}

/* An urgent pointer: news only if it is ahead of what has come, and of the last one. */
static void tcp_check_urg(struct sock *sk, const struct tcp_skb_cb *cb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 ptr = cb->rx.urg_ptr;

	if (ptr && !sysctl_tcp_stdurg)
		ptr--;
	ptr += cb->seq;
	if (after(tp->copied_seq, ptr) || before(ptr, tp->rcv_nxt))
		return;
	if (tp->urg_data && !after(ptr, tp->urg_seq))
		return;
	tcp_urg_skip_read_byte(sk);
	tp->urg_data = TCP_URG_NOTYET;
	tp->urg_seq = ptr;
}

void tcp_urg(struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);
	u32 off;
	u8 byte;

	if (unlikely(cb->tcp_flags & TCPHDR_URG))
		tcp_check_urg(sk, cb);
	if (likely(tp->urg_data != TCP_URG_NOTYET))
		return;
	off = tp->urg_seq - cb->seq - !!(cb->tcp_flags & TCPHDR_SYN);
	if (off >= skb->len - cb->rx.hlen || skb_copy_bits(skb, cb->rx.hlen + off, &byte, 1))
		return;
	tp->urg_data = TCP_URG_VALID | byte;
	if (!sock_flag(sk, SOCK_DEAD))
		sk_data_ready(sk);
}
