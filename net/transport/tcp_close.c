/*
 * The end by the task: shutdown and close (RFC 9293 §3.10.4) with all that SO_LINGER and
 * TCP_LINGER2 ask for, and orphans - connections that go on ending when their task has gone.
 */
#include "net/transport/tcp_accecn.h"
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_txnote.h"

u32 tcp_orphan_count;

#define MORE_THAN_A_FEW (2 * 65536) /* bytes in the send queues */

/* ---- orphans ---- */

bool tcp_too_many_orphans(void)
{
	return tcp_orphan_count > (u32)sysctl_tcp_max_orphans;
}

/* One more may not stay: there are too many, or memory is short and it holds much of it. */
static bool tcp_no_room_for_orphan(const struct sock *sk)
{
	static u64 limit[2];
	bool many = tcp_too_many_orphans();
	bool memory = tcp_sk(sk)->wmem_queued > MORE_THAN_A_FEW && tcp_mem_exhausted();

	if (many && printk_ratelimit(limit))
		printk(KERN_INFO "TCP: too many orphaned sockets\n");
	if (memory && printk_ratelimit(limit))
		printk(KERN_INFO "TCP: out of memory -- consider tuning tcp_mem\n");
	return many || memory;
}

static void tcp_orphan(struct sock *sk)
{
	sock_set_flag(sk, SOCK_DEAD, true);
	sk->socket = NULL;
	tcp_orphan_count++;
}

u64 tcp_fin_time(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u64 wait = (u32)(tp->linger2_s > 0 ? tp->linger2_s : sysctl_tcp_fin_timeout) * NSEC_PER_SEC;
	u64 least = (u64)tp->rto_us * NSEC_PER_USEC * 7 / 2;

	return max(wait, least);
}

void tcp_destroy_sock(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	BUG_ON(sk->state != TCP_CLOSE || !sock_flag(sk, SOCK_DEAD));
	tcp_clear_xmit_timers(sk);
	tcp_cleanup_congestion_control(sk);
	tcp_write_queue_purge(sk);
	tcp_ooo_purge(tp);
	tcp_accecn_stop(tp);
	skb_queue_purge(&sk->receive_queue, DROP_SOCKET_CLOSED);
	skb_list_purge(&sk->error_queue, DROP_SOCKET_CLOSED);
	if (unlikely(tp->fastopen_own_key))
		tcp_fastopen_drop_keys(sk);
	if (unlikely(tp->tx_notes))
		tcp_txnote_forget(sk);
	tcp_put_port(sk);
	dst_release(sk->dst_cache);
	sk->dst_cache = NULL;
	BUG_ON(tp->ooo);
	tcp_orphan_count--;
	sock_put(sk);
}

/* ---- FIN ---- */

/* Where CLOSE leads (RFC 9293 §3.10.4), and whether a FIN goes with it. */
static const struct {
	u8 state;
	bool fin;
} after_close[] = {
	[TCP_ESTABLISHED] = { TCP_FIN_WAIT1, true }, [TCP_SYN_SENT] = { TCP_CLOSE, false },
	[TCP_SYN_RECV] = { TCP_FIN_WAIT1, true },    [TCP_FIN_WAIT1] = { TCP_FIN_WAIT1, false },
	[TCP_FIN_WAIT2] = { TCP_FIN_WAIT2, false },  [TCP_TIME_WAIT] = { TCP_CLOSE, false },
	[TCP_CLOSE] = { TCP_CLOSE, false },	     [TCP_CLOSE_WAIT] = { TCP_LAST_ACK, true },
	[TCP_LAST_ACK] = { TCP_LAST_ACK, false },    [TCP_LISTEN] = { TCP_CLOSE, false },
	[TCP_CLOSING] = { TCP_CLOSING, false },
};

/* True: a FIN is due. */
static bool tcp_close_state(struct sock *sk)
{
	u8 old = sk->state;

	tcp_set_state(sk, after_close[old].state);
	return after_close[old].fin;
}

int tcp_shutdown(struct sock *sk, int bits)
{
	if (!(bits & SEND_SHUTDOWN))
		return 0;
	if (sk->state != TCP_ESTABLISHED && sk->state != TCP_SYN_SENT &&
	    sk->state != TCP_SYN_RECV && sk->state != TCP_CLOSE_WAIT)
		return 0;
	local_bh_disable();
	if (tcp_close_state(sk))
		tcp_send_fin(sk);
	local_bh_enable();
	return 0;
}

/* ---- abort ---- */

static void tcp_abort_to_peer(struct sock *sk)
{
	tcp_send_active_reset(sk);
	tcp_set_state(sk, TCP_CLOSE);
}

void tcp_abort(struct sock *sk, int err)
{
	if (sk->state == TCP_CLOSE)
		return;
	sk->err = err;
	if (!sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
	if (tcp_need_reset(sk->state))
		tcp_send_active_reset(sk);
	tcp_write_queue_purge(sk);
	tcp_done(sk);
}

/* ---- close ---- */

/* Throws away what the task has not read; how many bytes of it. */
static u32 tcp_close_unread(struct sock *sk)
{
	struct sk_buff *skb;
	u32 unread = 0;

	while ((skb = skb_dequeue(&sk->receive_queue)) != NULL) {
		const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
		u32 len = cb->end_seq - cb->seq - !!(cb->tcp_flags & TCPHDR_FIN);

		/* What of it was read does not count. */
		if (before(cb->seq, tcp_sk(sk)->copied_seq))
			len -= min(len, tcp_sk(sk)->copied_seq - cb->seq);
		unread += len;
		kfree_skb(skb, DROP_SOCKET_CLOSED);
	}
	return unread;
}

/* CLOSE, by what there is to lose. Locked, bh off. */
static void tcp_close_begin(struct sock *sk)
{
	u32 unread;

	sk->shutdown = RCV_SHUTDOWN | SEND_SHUTDOWN;
	if (sk->state == TCP_LISTEN) {
		tcp_set_state(sk, TCP_CLOSE);
		tcp_listen_stop(sk);
		return;
	}
	unread = tcp_close_unread(sk);
	if (sk->state == TCP_CLOSE)
		return;
	if (unread) { /* RFC 2525 §2.17: the peer must learn that its data is lost */
		TCPEXT_INC(TCPAbortOnClose);
		tcp_abort_to_peer(sk);
	} else if (sk->linger.l_onoff && !sk->linger.l_linger) {
		tcp_disconnect(sk);
		TCPEXT_INC(TCPAbortOnData);
	} else if (tcp_close_state(sk)) {
		tcp_send_fin(sk);
	}
}

static bool tcp_closing(const struct sock *sk)
{
	u8 state = READ_ONCE(sk->state);

	return state == TCP_FIN_WAIT1 || state == TCP_CLOSING || state == TCP_LAST_ACK;
}

/* SO_LINGER: until the peer has acknowledged our FIN, but not longer than asked. Locked. */
static void tcp_close_linger(struct sock *sk)
{
	u64 deadline;

	if (!sk->linger.l_onoff || sk->linger.l_linger <= 0 || !tcp_closing(sk))
		return;
	deadline = ktime_ns() + sk->linger.l_linger * NSEC_PER_SEC;
	release_sock(sk);
	(void)wait_event_deadline(&sk->wq, !tcp_closing(sk), deadline);
	lock_sock(sk);
}

/* An orphan in FIN_WAIT2 needs no full sock. True: it has none any more. Bh off. */
static bool tcp_close_fin_wait2(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 wait;

	if (tp->linger2_s < 0) {
		TCPEXT_INC(TCPAbortOnLinger);
		tcp_abort_to_peer(sk);
		return false;
	}
	wait = tcp_fin_time(sk);
	if (wait > TCP_TIMEWAIT_LEN_NS) {
		tcp_reset_keepalive_timer(sk, wait - TCP_TIMEWAIT_LEN_NS);
		return false;
	}
	tcp_time_wait(sk, TCP_FIN_WAIT2, wait);
	return true;
}

/* The task has let go. Locked, bh off. */
static void tcp_close_orphan(struct sock *sk)
{
	u8 before_backlog = sk->state;

	tcp_orphan(sk);
	sock_replay_backlog(sk);
	/* What came meanwhile may have ended it already. */
	if (before_backlog != TCP_CLOSE && sk->state == TCP_CLOSE)
		return;
	if (sk->state == TCP_FIN_WAIT2 && tcp_close_fin_wait2(sk))
		return;
	if (sk->state != TCP_CLOSE && tcp_no_room_for_orphan(sk)) {
		TCPEXT_INC(TCPAbortOnMemory);
		tcp_abort_to_peer(sk);
	}
	if (sk->state == TCP_CLOSE) {
		if (tcp_sk(sk)->fastopen_rsk)
			tcp_fastopen_done(sk, false);
		tcp_destroy_sock(sk);
	}
}

void tcp_close(struct sock *sk)
{
	sock_hold(sk);
	lock_sock(sk);
	local_bh_disable();
	tcp_close_begin(sk);
	local_bh_enable();
	tcp_close_linger(sk);
	local_bh_disable();
	tcp_close_orphan(sk);
	local_bh_enable();
	release_sock(sk);
	sock_put(sk);
	tcp_refill();
}
