/*
 * Without SACK a duplicate ACK says only that one segment more has arrived, not which (RFC 5681
 * §3.2). They are counted in sacked_out, so that the sums of what is on its way hold for both; an
 * advance of snd_una eats as many as it covers. More than could have arrived: the network
 * reorders, or duplicates.
 */
#include "net/transport/tcp_ack_private.h"
#include "net/transport/tcp_output.h"

/* At least one hole must be left, or there would be no duplicates. True: there were too many. */
bool tcp_limit_reno_sacked(struct tcp_sock *tp)
{
	u32 holes = min(max(tp->lost_out, 1u), tp->packets_out);

	if (tp->sacked_out + holes <= tp->packets_out)
		return false;
	tp->sacked_out = tp->packets_out - holes;
	return true;
}

static void check_reno_reordering(struct tcp_sock *tp, u32 addend)
{
	if (!tcp_limit_reno_sacked(tp))
		return;
	tp->reordering = min(tp->packets_out + addend, (u32)sysctl_tcp_max_reordering);
	tp->reord_seen++;
	TCPEXT_INC(TCPRenoReorder);
}

void tcp_add_reno_sack(struct sock *sk, const struct tcp_ack_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 prior = tp->sacked_out;

	if (!st->num_dupack)
		return;
	tp->sacked_out += st->num_dupack;
	check_reno_reordering(tp, 0);
	if (tp->sacked_out > prior)
		tcp_count_delivered(tp, tp->sacked_out - prior, st->flag & FLAG_ECE);
	tcp_verify_left_out(tp);
}

/* @acked segments left the queue: one filled the hole, the duplicates were for the others. */
void tcp_remove_reno_sacks(struct sock *sk, u32 acked, bool ece)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (acked) {
		tcp_count_delivered(tp, acked > tp->sacked_out + 1 ? acked - tp->sacked_out : 1,
				    ece);
		tp->sacked_out -= min(tp->sacked_out, acked - 1);
	}
	check_reno_reordering(tp, acked);
	tcp_verify_left_out(tp);
}

/*
 * Three duplicates, or in recovery an ACK that is only partial (RFC 6582 §3.2): the first segment
 * is lost.
 */
void tcp_newreno_mark_lost(struct sock *sk, bool snd_una_advanced)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = tcp_rtx_queue_head(tp);
	u32 mss = TCP_SKB_CB(skb)->mss;

	if (!(tp->ca_state < TCP_CA_Recovery && tp->sacked_out >= tp->reordering) &&
	    !(tp->ca_state == TCP_CA_Recovery && snd_una_advanced))
		return;
	if (TCP_SKB_CB(skb)->sacked & TCPCB_LOST)
		return;
	if (tcp_skb_pcount(skb) > 1 && skb->len > mss)
		tcp_fragment(sk, &tp->rtx_queue, skb, mss, mss);
	tcp_mark_skb_lost(sk, skb);
}
