/*
 * What we report of the out-of-order queue: at most four blocks, the one that holds the latest
 * segment first (RFC 2018 §4), and the segment that came twice (RFC 2883). How many of them go into
 * a segment, tcp_options.c decides.
 */
#include "net/transport/tcp_input_private.h"

#define SACK_BLOCKS_EXPECTED 2

/* Grows @b by [@start, @end) if they touch. */
static bool sack_extend(struct tcp_sack_block *b, u32 start, u32 end)
{
	if (after(start, b->end_seq) || after(b->start_seq, end))
		return false;
	if (before(start, b->start_seq))
		b->start_seq = start;
	if (after(end, b->end_seq))
		b->end_seq = end;
	return true;
}

static void sack_delete(struct tcp_ooo *ooo, u32 i)
{
	ooo->num_sacks--;
	for (; i < ooo->num_sacks; i++)
		ooo->sacks[i] = ooo->sacks[i + 1];
}

/* Block @i to the front, the ones before it down by one. */
static void sack_to_front(struct tcp_ooo *ooo, u32 i)
{
	struct tcp_sack_block b = ooo->sacks[i];

	for (; i; i--)
		ooo->sacks[i] = ooo->sacks[i - 1];
	ooo->sacks[0] = b;
}

/* The first block has grown: others may touch it now. */
static void sack_merge_into_first(struct tcp_ooo *ooo)
{
	for (u32 i = 1; i < ooo->num_sacks;) {
		const struct tcp_sack_block b = ooo->sacks[i];

		if (!sack_extend(&ooo->sacks[0], b.start_seq, b.end_seq)) {
			i++;
			continue;
		}
		sack_delete(ooo, i);
		i = 1;
	}
}

/* What is about to move beyond the blocks that one ACK is sure to hold is told before. */
static void sack_report_before(struct sock *sk, u32 i)
{
	if (i < SACK_BLOCKS_EXPECTED)
		return;
	tcp_flush_compressed_acks(sk);
	tcp_sk(sk)->ack_pending |= TCP_ACK_SCHED; /* for the segment in our hands */
}

void tcp_sack_add(struct sock *sk, u32 start, u32 end)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_ooo *ooo = tp->ooo;

	if (!tp->sack_ok || !ooo)
		return;
	for (u32 i = 0; i < ooo->num_sacks; i++) {
		if (!sack_extend(&ooo->sacks[i], start, end))
			continue;
		sack_report_before(sk, i);
		sack_to_front(ooo, i);
		sack_merge_into_first(ooo);
		return;
	}
	sack_report_before(sk, ooo->num_sacks);
	if (ooo->num_sacks < TCP_NUM_SACKS)
		ooo->num_sacks++;
	ooo->sacks[ooo->num_sacks - 1] = (struct tcp_sack_block){ start, end };
	sack_to_front(ooo, ooo->num_sacks - 1);
}

void tcp_sack_forget_old(struct tcp_sock *tp)
{
	struct tcp_ooo *ooo = tp->ooo;

	if (!ooo)
		return;
	for (u32 i = 0; i < ooo->num_sacks;) {
		if (before(tp->rcv_nxt, ooo->sacks[i].start_seq))
			i++;
		else
			sack_delete(ooo, i);
	}
}

/* ---- duplicates ---- */

void tcp_dsack_set(struct sock *sk, u32 start, u32 end)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tp->sack_ok || !sysctl_tcp_dsack)
		return;
	if (before(start, tp->rcv_nxt))
		TCPEXT_INC(TCPDSACKOldSent);
	else
		TCPEXT_INC(TCPDSACKOfoSent);
	tp->duplicate_sack = (struct tcp_sack_block){ start, end };
}

void tcp_dsack_extend(struct sock *sk, u32 start, u32 end)
{
	struct tcp_sack_block *b = &tcp_sk(sk)->duplicate_sack;

	if (b->start_seq == b->end_seq)
		tcp_dsack_set(sk, start, end);
	else
		sack_extend(b, start, end);
}
