/*
 * /proc/net/tcp in Linux's columns: listeners and connections, and those that are less than a sock,
 * requests (SYN_RECV) and TIME-WAIT entries. And TCP's line of /proc/net/sockstat. Times are in
 * 1/100 s.
 */
#include "net/transport/tcp.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_table.h"
#include "net/transport/tcp_task.h"

#define LINE_WIDTH 149
#define NSEC_PER_TICK (NSEC_PER_SEC / 100)

/* What the columns up to "inode" say. */
struct line {
	be32 laddr, raddr;
	u16 lport;
	be16 rport;
	u8 state;
	u32 tx_queue, rx_queue;
	enum tcp_timer_shown timer;
	u64 expires; /* of the timer, ns */
	u32 retransmits, probes;
};

static unsigned long ticks_until(u64 when)
{
	u64 now = ktime_ns();

	return when > now ? (unsigned long)((when - now + NSEC_PER_TICK - 1) / NSEC_PER_TICK) : 0;
}

/* Socks have no inode and no user here; the pointer column is for machines that hide it: zeros. */
static void put_line(struct seq_file *s, const struct line *f, const char *rest)
{
	char line[LINE_WIDTH + 64];

	snprintf(line, sizeof(line),
		 "%4u: %08X:%04X %08X:%04X %02X %08X:%08X %02X:%08lX %08X %5u %8u %u %s", s->line++,
		 f->laddr, f->lport, f->raddr, ntohs(f->rport), f->state, f->tx_queue, f->rx_queue,
		 f->timer, f->timer ? ticks_until(f->expires) : 0UL, f->retransmits, 0U, f->probes,
		 0U, rest);
	seq_printf(s, "%-*s\n", LINE_WIDTH, line);
}

/* ---- socks ---- */

static int shown_ssthresh(const struct tcp_sock *tp)
{
	if (tp->sk.state == TCP_LISTEN)
		return tp->fastopen_max;
	return tcp_in_initial_slowstart(tp) ? -1 : (int)tp->snd_ssthresh;
}

static u32 shown_rx_queue(const struct tcp_sock *tp)
{
	if (tp->sk.state == TCP_LISTEN)
		return tcp_accept_queue_len(tp);
	return after(tp->rcv_nxt, tp->copied_seq) ? tp->rcv_nxt - tp->copied_seq : 0;
}

static void show_sock(struct seq_file *s, struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct line f = {
		.laddr = sk->rcv_saddr,
		.raddr = sk->daddr,
		.lport = sk->num,
		.rport = sk->dport,
		.state = sk->state,
		.tx_queue = tp->write_seq - tp->snd_una,
		.rx_queue = shown_rx_queue(tp),
		.retransmits = tp->retransmits,
		.probes = tp->probes_out,
	};
	char rest[80];

	f.timer = tcp_timer_active(tp, &f.expires);
	snprintf(rest, sizeof(rest), "%u %016x %u %u %u %u %d", sk->refs, 0U, tp->rto_us / 10000,
		 tp->ato_us / 10000, (u32)tp->quick << 1 | (tp->pingpong >= TCP_PINGPONG_THRESH),
		 tp->snd_cwnd, shown_ssthresh(tp));
	put_line(s, &f, rest);
}

/* ---- less than a sock ---- */

static void show_request(struct seq_file *s, const struct tcp_request_sock *req)
{
	struct line f = {
		.laddr = req->laddr,
		.raddr = req->raddr,
		.lport = req->lport,
		.rport = req->rport,
		.state = TCP_SYN_RECV,
		.timer = TCP_SHOW_RETRANS,
		.expires = req->timer.expires,
		.retransmits = req->num_timeout,
	};

	put_line(s, &f, "0 0000000000000000");
}

static void show_timewait(struct seq_file *s, const struct tcp_timewait_sock *tw)
{
	struct line f = {
		.laddr = tw->laddr,
		.raddr = tw->raddr,
		.lport = tw->lport,
		.rport = tw->rport,
		.state = tw->substate,
		.timer = TCP_SHOW_TIMEWAIT,
		.expires = tw->timer.expires,
	};

	put_line(s, &f, "3 0000000000000000");
}

bool tcp_proc_walk(struct seq_file *s)
{
	static const struct tcp_seq_ops ops = { show_request, show_sock, show_timewait };

	if (!s->at)
		seq_printf(s, "%-*s\n", LINE_WIDTH,
			   "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
			   "retrnsmt   uid  timeout inode");
	return tcp_seq_walk(s, &ops);
}

/* ---- sockstat ---- */

void tcp_sockstat_show(struct seq_file *s)
{
	seq_printf(s, "TCP: inuse %u orphan %u tw %u alloc %u mem %lu\n", tcp_nr_socks(),
		   tcp_orphan_count, tcp_nr_timewait(), kmem_cache_in_use(tcp_prot.cache),
		   (unsigned long)(tcp_memory_allocated + PAGE_SIZE - 1) / PAGE_SIZE);
}
