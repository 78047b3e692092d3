/*
 * Small queues: no more of a connection's data waits below TCP than keeps the card busy. What is
 * more stays in write_queue, where it still grows together, and can be cut for a smaller window;
 * and no connection fills the queue that all share. A packet's destructor tells when it has left.
 */
#include "net/ip/ip.h"
#include "net/transport/tcp_output.h"

#define PACING_SHIFT 10 /* about a millisecond of the pacing rate */

/* Those whose card has room again: a reference each. Guarded by bh-disable. */
static struct sock *resume_list;

bool tcp_small_queue_check(struct sock *sk, const struct sk_buff *skb, u32 factor)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 limit = max((u64)skb->truesize * 2, tp->pacing_rate >> PACING_SHIFT);

	if (!tcp_needs_pacing(tp))
		limit = min(limit, (u64)sysctl_tcp_limit_output_bytes);
	if (likely(sk->wmem_alloc <= limit << factor))
		return false;
	/* What nobody acknowledges must not wait for what is acknowledged. */
	if (tp->rtx_queue.qlen <= 1)
		return false;
	tp->throttled = true;
	return true;
}

void tcp_wfree(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;
	struct tcp_sock *tp = tcp_sk(sk);

	sk->wmem_alloc -= skb->truesize;
	if (likely(!tp->throttled || tp->tsq_queued)) {
		sock_put(sk);
		return;
	}
	tp->tsq_queued = true; /* the packet's reference becomes the list's */
	tp->tsq_next = resume_list;
	resume_list = sk;
	raise_softirq(NET_WRITE_SOFTIRQ);
}

static bool tcp_may_still_send(const struct sock *sk)
{
	const u32 states = 1u << TCP_ESTABLISHED | 1u << TCP_FIN_WAIT1 | 1u << TCP_CLOSING |
			   1u << TCP_CLOSE_WAIT | 1u << TCP_LAST_ACK;

	return states >> sk->state & 1;
}

void tcp_write_resume(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->throttled = false;
	if (!tcp_may_still_send(sk))
		return;
	if (tp->lost_out > tp->retrans_out && tp->snd_cwnd > tcp_packets_in_flight(tp)) {
		tcp_mstamp_refresh(tp);
		tcp_xmit_retransmit_queue(sk);
	}
	if (tcp_send_head(tp))
		tcp_write_xmit(sk, tcp_current_mss(sk), tp->nonagle, 0);
}

/* A round over who is in the list now; who comes meanwhile gets the next. */
static void tcp_resume_action(void)
{
	struct sock *sk = resume_list, *next;

	resume_list = NULL;
	dev_batch_begin();
	for (; sk; sk = next) {
		struct tcp_sock *tp = tcp_sk(sk);

		next = tp->tsq_next;
		tp->tsq_queued = false;
		if (sock_owned_by_user(sk))
			tp->deferred |= TCP_DEFER_WRITE;
		else
			tcp_write_resume(sk);
		sock_put(sk);
	}
	dev_batch_end();
}

void tcp_smallqueue_init(void)
{
	open_softirq(NET_WRITE_SOFTIRQ, tcp_resume_action);
}
