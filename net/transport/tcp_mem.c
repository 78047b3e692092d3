/*
 * TCP's share of the packet pool. Everything in a receive, out-of-order or send queue is charged
 * here by truesize. Over tcp_mem[1] the stack is under pressure: windows shrink and buffers stop
 * growing until it has fallen below tcp_mem[0]; over tcp_mem[2] nothing new is taken. As the pool
 * is closed the limits are shares of it: what is left is for cards, other protocols, headers.
 */
#include "net/transport/tcp_cong.h"
#include "net/transport/tcp_output.h"
#include "net/transport/tcp_table.h"
#include "net/transport/tcp_task.h"

u64 tcp_memory_allocated;
bool tcp_memory_pressure;
static u64 pressure_since_ns;

#define RMEM_MOST (32u << 20) /* for a receive buffer, however large the pool */
#define CARD_BUFS 256u	      /* a card's receive ring is out of the pool all the time */

static u64 mem_limit(int i)
{
	return (u64)sysctl_tcp_mem[i] * PAGE_SIZE;
}

void tcp_mem_init(void)
{
	struct skb_pool_stat pool;
	u32 pages, most;

	skb_pool_stat(&pool);
	pages = (pool.bufs_total - min(pool.bufs_total / 4, CARD_BUFS)) /
		(PAGE_SIZE / SKB_BUF_SIZE);
	sysctl_tcp_mem[0] = (int)(pages / 8 * 3);
	sysctl_tcp_mem[1] = (int)(pages / 2);
	sysctl_tcp_mem[2] = (int)(pages / 4 * 3);
	/* One connection's window alone does not bring pressure. */
	most = (u32)min(mem_limit(0), (u64)RMEM_MOST);
	sysctl_tcp_rmem[2] = max(sysctl_tcp_rmem[2], (int)most);
}

/* ---- the sum ---- */

static void tcp_enter_pressure(void)
{
	tcp_memory_pressure = true;
	pressure_since_ns = ktime_ns();
	TCPEXT_INC(TCPMemoryPressures);
}

static void tcp_leave_pressure(void)
{
	tcp_memory_pressure = false;
	TCPEXT_ADD(TCPMemoryPressuresChrono, (ktime_ns() - pressure_since_ns) / NSEC_PER_MSEC);
}

void tcp_mem_charge(s64 bytes)
{
	tcp_memory_allocated += (u64)bytes;
	if (unlikely(tcp_memory_pressure)) {
		if (tcp_memory_allocated <= mem_limit(0))
			tcp_leave_pressure();
	} else if (unlikely(tcp_memory_allocated > mem_limit(1))) {
		tcp_enter_pressure();
	}
}

bool tcp_mem_exhausted(void)
{
	return tcp_memory_allocated > mem_limit(2);
}

bool tcp_mem_reserve_left(u32 part)
{
	u64 limit = mem_limit(2);

	return tcp_memory_allocated <= limit + limit / part;
}

/* Would @sk with one more packet have no more than its share? */
static bool tcp_mem_fair(const struct sock *sk)
{
	u64 use = (u64)tcp_sk(sk)->wmem_queued + sk->rmem_alloc + SKB_TRUESIZE;

	return use * kmem_cache_in_use(tcp_prot.cache) <= mem_limit(1);
}

bool tcp_wmem_may_grow(const struct tcp_sock *tp)
{
	if (likely(!tcp_memory_pressure))
		return true;
	if (!tp->wmem_queued)
		return tcp_mem_reserve_left(8);
	return !tcp_mem_exhausted() && tcp_mem_fair(&tp->sk);
}

bool tcp_ooo_may_grow(const struct sock *sk)
{
	return likely(!tcp_memory_pressure) || tcp_mem_fair(sk);
}

bool tcp_mem_below_low(void)
{
	return tcp_memory_allocated < mem_limit(0);
}

/* ---- a sock's ---- */

static void tcp_rfree(struct sk_buff *skb)
{
	skb->sk->rmem_alloc -= skb->truesize;
	tcp_mem_charge(-(s64)skb->truesize);
}

void tcp_skb_set_owner_r(struct sk_buff *skb, struct sock *sk)
{
	skb_orphan(skb);
	skb->sk = sk;
	skb->destructor = tcp_rfree;
	sk->rmem_alloc += skb->truesize;
	tcp_mem_charge(skb->truesize);
}

void tcp_wmem_add(struct tcp_sock *tp, s32 truesize)
{
	tp->wmem_queued += (u32)truesize;
	tcp_mem_charge(truesize);
}

void tcp_wmem_free_skb(struct tcp_sock *tp, struct sk_buff *skb)
{
	tcp_wmem_add(tp, -(s32)skb->truesize);
	consume_skb(skb);
}

/* ---- room in the send buffer ---- */

/* Of what is not sent; who polls is woken only when it is below half (@half). */
static bool tcp_notsent_low(const struct tcp_sock *tp, bool half)
{
	u32 lowat = tp->notsent_lowat ? tp->notsent_lowat : sysctl_tcp_notsent_lowat;
	u32 notsent = tp->write_seq - tp->snd_nxt;

	return likely(lowat == UINT32_MAX) || (half ? (u64)notsent * 2 : notsent) < lowat;
}

#define PACKET_COST 832 /* what Linux counts for one (6.18; 1280 before 6.3) */

u32 tcp_wmem_used(const struct tcp_sock *tp)
{
	u32 packets = tp->rtx_queue.qlen + tp->write_queue.qlen;
	u32 used = tp->write_seq - tp->snd_una + packets * PACKET_COST;
	u32 arrived = tp->sack_ok ? tp->sacked_out * tp->mss_cache : 0;

	return used - min(arrived, used / 2);
}

bool tcp_stream_memory_free(const struct tcp_sock *tp)
{
	return tcp_wmem_used(tp) < tp->sk.sndbuf && tcp_notsent_low(tp, false);
}

/* Memory is short: what this sock has queued is about what it may queue. */
void tcp_moderate_sndbuf(struct sock *sk)
{
	if (sk->sndbuf_locked)
		return;
	sk->sndbuf = max(min(sk->sndbuf, tcp_sk(sk)->wmem_queued / 2), (u32)SOCK_MIN_SNDBUF);
}

static bool tcp_should_expand_sndbuf(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (sk->sndbuf_locked || tcp_under_pressure() || !tcp_mem_below_low())
		return false;
	/* More would not make it faster: the window is not even filled. */
	return tcp_packets_in_flight(tp) < tp->snd_cwnd;
}

/* What Linux counts for one segment in a buffer of its own: headers, and a power of two of bytes.
 */
static u32 tcp_segment_truesize(u32 mss)
{
	u32 size = 1;

	while (size < mss + 640)
		size <<= 1;
	return size + 256;
}

void tcp_sndbuf_expand(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 window = max((u32)TCP_INIT_CWND, tp->snd_cwnd);
	u32 segments = max(window, tp->reordering + 1);
	u32 times = tcp_ca(tp)->sndbuf_expand ? tcp_ca(tp)->sndbuf_expand(sk) : 2;
	u32 mss = max(tp->mss_clamp, tp->mss_cache);
	u64 bytes = (u64)times * segments * tcp_segment_truesize(mss);

	if (sk->sndbuf < bytes)
		sk->sndbuf = (u32)min(bytes, (u64)sysctl_tcp_wmem[2]);
}

/* The third rule: room for at least half of what is queued; and memory, when it is short. */
bool tcp_stream_is_writeable(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 used = tcp_wmem_used(tp);

	/* Who has nothing queued is told at once: no ACK would do it later. */
	if (unlikely(tp->wmem_queued && !tcp_wmem_may_grow(tp)))
		return false;
	return used < sk->sndbuf && sk->sndbuf - used >= used / 2 && tcp_notsent_low(tp, true);
}

void tcp_write_space(struct sock *sk)
{
	if (!sock_flag(sk, SOCK_NOSPACE) || !tcp_stream_is_writeable(sk))
		return;
	sock_set_flag(sk, SOCK_NOSPACE, false);
	if (wait_queue_active(&sk->wq))
		wake_up_poll(&sk->wq, POLLOUT | POLLWRNORM | POLLWRBAND);
}

void tcp_check_space(struct sock *sk)
{
	if (likely(!sock_flag(sk, SOCK_NOSPACE)))
		return;
	if (tcp_should_expand_sndbuf(sk)) {
		tcp_sndbuf_expand(sk);
		tcp_sk(sk)->snd_cwnd_stamp_ms = tcp_now_ms();
	}
	sk_write_space(sk);
	if (!sock_flag(sk, SOCK_NOSPACE))
		tcp_chrono_stop(sk, TCP_CHRONO_SNDBUF_LIMITED);
}
