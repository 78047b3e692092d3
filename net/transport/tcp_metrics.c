/*
 * What is remembered of destinations (RFC 9040, RFC 7413 §4.1.3): how long a round trip takes, how
 * much reordering there is, where slow start ended, and the cookie for a fast open. A new
 * connection begins with it. A fixed number of entries, in sets of a few; of a full set the one
 * that was used longest ago goes.
 */
#include "net/core/siphash.h"
#include "net/transport/tcp_ack.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_output.h"

#define WAYS 4
#define FORGET_NS (3600 * NSEC_PER_SEC) /* figures of a path that nobody has used for so long */

/* Is the experimental option to be asked for a cookie? */
#define TFO_EXP_NEXT 1
#define TFO_EXP_TRIED 2

struct tcp_metric {
	be32 daddr; /* 0: unused */
	u32 rtt_us, rttvar_us;
	u32 ssthresh, cwnd, reordering; /* 0: unknown */
	u64 stamp_ns;			/* of the figures; 0: none */
	u64 used_ns;
	/* fast open */
	u16 mss;
	s8 cookie_len;	 /* -1: none */
	bool cookie_exp; /* it came in the experimental option */
	u8 try_exp;	 /* no cookie came: TFO_EXP_NEXT, TFO_EXP_TRIED */
	u8 cookie[16];
	u16 syn_loss;
	u64 syn_loss_ns;
};

static struct tcp_metric *table;
static u32 set_mask;
static struct siphash_key metrics_key;

/* Linux's default: where slow start ended is true of the load of that hour only. */
static int sysctl_no_ssthresh = 1;
static const struct ctl_entry metrics_sysctls[] = {
	{ "net.ipv4.tcp_no_ssthresh_metrics_save", &sysctl_no_ssthresh, 0, 1 },
};

void tcp_metrics_init(void)
{
	struct mem_info mem;
	u32 sets = 64;

	mem_info(&mem);
	while (sets < 2048 && sets < mem.total >> 18)
		sets *= 2;
	set_mask = sets - 1;
	table = alloc_boot(sets * WAYS * sizeof(*table));
	if (!table)
		panic("tcp: no memory for %u metrics", sets * WAYS);
	memset(table, 0, sets * WAYS * sizeof(*table));
	siphash_new_key(&metrics_key);
	sysctl_register(metrics_sysctls, ARRAY_SIZE(metrics_sysctls));
}

/* ---- the table ---- */

static struct tcp_metric *metric_set(be32 daddr)
{
	const u64 word = daddr;

	return &table[(siphash_words(&word, 1, &metrics_key) & set_mask) * WAYS];
}

static struct tcp_metric *metric_find(be32 daddr)
{
	struct tcp_metric *set = metric_set(daddr);

	for (u32 i = 0; i < WAYS; i++) {
		if (set[i].daddr != daddr)
			continue;
		set[i].used_ns = ktime_ns();
		return &set[i];
	}
	return NULL;
}

static struct tcp_metric *metric_get(be32 daddr)
{
	struct tcp_metric *m = metric_find(daddr), *set = metric_set(daddr);

	if (m)
		return m;
	m = set;
	for (u32 i = 1; i < WAYS; i++) {
		if (set[i].used_ns < m->used_ns)
			m = &set[i];
	}
	*m = (struct tcp_metric){ .daddr = daddr, .used_ns = ktime_ns(), .cookie_len = -1 };
	return m;
}

/* The figures of @m, if they are of use; NULL. */
static struct tcp_metric *metric_fresh(struct tcp_metric *m)
{
	return m && m->stamp_ns && ktime_ns() - m->stamp_ns < FORGET_NS ? m : NULL;
}

static void metric_forget_figures(struct tcp_metric *m)
{
	m->stamp_ns = 0;
	m->rtt_us = m->rttvar_us = m->ssthresh = m->cwnd = m->reordering = 0;
}

/* ---- into a new connection ---- */

/*
 * The RTO of the first flight. One sample of the handshake is not enough to be bold, and a path
 * that was slow before may be so again; without a sample (the SYN was repeated) RFC 6298 §5.7 says
 * 3 s.
 */
static void tcp_metrics_rto(struct tcp_sock *tp, const struct tcp_metric *m)
{
	u32 rtt = m ? m->rtt_us / 8 : 0;

	if (rtt > tp->srtt_us / 8) {
		tp->rto_us = rtt + max(2 * rtt, (u32)sysctl_tcp_rto_min_us);
	} else if (!tp->srtt_us) {
		tp->rttvar_us = tp->mdev_us = tp->mdev_max_us = TCP_TIMEOUT_FALLBACK_US;
		tp->rto_us = TCP_TIMEOUT_FALLBACK_US;
	}
}

void tcp_init_metrics(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	const struct tcp_metric *m = metric_fresh(metric_find(sk->daddr));

	if (m && m->ssthresh && !sysctl_no_ssthresh)
		tp->snd_ssthresh = m->ssthresh;
	if (m && m->reordering > (u32)sysctl_tcp_reordering)
		tp->reordering = min(m->reordering, (u32)sysctl_tcp_max_reordering);
	tcp_metrics_rto(tp, m);
}

/* ---- from an ending one ---- */

/* Smoothed: down slowly, up at once for the round trip; the variation the other way. */
static void metric_save_rtt(struct tcp_metric *m, const struct tcp_sock *tp)
{
	u32 rtt = m->rtt_us, diff = rtt > tp->srtt_us ? rtt - tp->srtt_us : tp->srtt_us - rtt;
	u32 var = max(diff / 8, tp->mdev_us);

	if (!rtt || rtt < tp->srtt_us)
		m->rtt_us = tp->srtt_us;
	else
		m->rtt_us -= diff / 8;
	if (!m->rttvar_us || var >= m->rttvar_us)
		m->rttvar_us = var;
	else
		m->rttvar_us -= (m->rttvar_us - var) / 4;
}

static u32 average(u32 old, u32 now)
{
	return old ? (old + now) / 2 : now;
}

static void metric_save_window(struct tcp_metric *m, const struct tcp_sock *tp)
{
	if (tcp_in_initial_slowstart(tp)) { /* never ended: the path takes at least this */
		m->cwnd = max(m->cwnd, tp->snd_cwnd);
	} else if (!tcp_in_slow_start(tp) && tp->ca_state == TCP_CA_Open) {
		m->ssthresh = max(tp->snd_cwnd / 2, tp->snd_ssthresh);
		m->cwnd = average(m->cwnd, tp->snd_cwnd);
	} else {
		m->cwnd = average(m->cwnd, tp->snd_ssthresh);
		m->ssthresh = max(m->ssthresh, tp->snd_ssthresh);
	}
	if (tp->reordering > (u32)sysctl_tcp_reordering)
		m->reordering = max(m->reordering, tp->reordering);
}

void tcp_update_metrics(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_metric *m;

	if (sysctl_tcp_no_metrics_save || !sk->daddr)
		return;
	if (tp->backoff || !tp->srtt_us) {
		/* It ended without a sample, or in trouble: what was known may be wrong. */
		m = metric_find(sk->daddr);
		if (m)
			m->rtt_us = 0;
		return;
	}
	m = metric_get(sk->daddr);
	if (!metric_fresh(m))
		metric_forget_figures(m);
	m->stamp_ns = ktime_ns();
	metric_save_rtt(m, tp);
	metric_save_window(m, tp);
}

/* ---- fast open, client ---- */

bool tcp_fastopen_cache_get(be32 daddr, u16 *mss, u8 *cookie, s8 *len, bool *exp)
{
	const struct tcp_metric *m = metric_find(daddr);

	*len = -1;
	*exp = false;
	if (!m)
		return false;
	/* SYNs with data got lost on the way: not for a while, longer each time (RFC 7413
	 * §4.1.3.1). */
	if (m->syn_loss > 1 && ktime_ns() - m->syn_loss_ns < (60 * NSEC_PER_SEC)
								     << min(m->syn_loss, (u16)10))
		return false;
	if (m->mss)
		*mss = m->mss;
	*len = m->cookie_len;
	*exp = *len > 0 ? m->cookie_exp : m->try_exp == TFO_EXP_NEXT;
	if (*len <= 0)
		return false;
	memcpy(cookie, m->cookie, (size_t)*len);
	return true;
}

void tcp_fastopen_cache_set(be32 daddr, u16 mss, const u8 *cookie, s8 len, bool syn_drop, bool exp)
{
	struct tcp_metric *m = metric_get(daddr);

	if (mss)
		m->mss = mss;
	if (cookie && len > 0 && (size_t)len <= sizeof(m->cookie)) {
		memcpy(m->cookie, cookie, (size_t)len);
		m->cookie_len = len;
		m->cookie_exp = exp;
	} else if (exp && m->cookie_len <= 0 && m->try_exp != TFO_EXP_TRIED) {
		m->try_exp++;
	}
	if (syn_drop) {
		m->syn_loss++;
		m->syn_loss_ns = ktime_ns();
	} else {
		m->syn_loss = 0;
	}
}

/* ---- /proc/net/tcp_metrics ---- */

static void metric_show(struct seq_file *s, const struct tcp_metric *m)
{
	u64 age_ms = (ktime_ns() - m->used_ns) / NSEC_PER_MSEC;

	seq_printf(s, IP4_FMT " age %lu.%03usec", IP4_ARGS(m->daddr),
		   (unsigned long)(age_ms / 1000), (u32)(age_ms % 1000));
	if (m->ssthresh)
		seq_printf(s, " ssthresh %u", m->ssthresh);
	if (m->cwnd)
		seq_printf(s, " cwnd %u", m->cwnd);
	if (m->reordering)
		seq_printf(s, " reordering %u", m->reordering);
	if (m->rtt_us)
		seq_printf(s, " rtt %uus rttvar %uus", m->rtt_us / 8, m->rttvar_us / 4);
	if (m->mss)
		seq_printf(s, " fo_mss %u", m->mss);
	if (m->syn_loss)
		seq_printf(s, " fo_syn_drops %u", m->syn_loss);
	if (m->cookie_len > 0) {
		seq_puts(s, " fo_cookie ");
		for (s8 i = 0; i < m->cookie_len; i++)
			seq_printf(s, "%02x", m->cookie[i]);
	}
	seq_puts(s, "\n");
}

void tcp_metrics_proc_show(struct seq_file *s)
{
	for (u32 i = 0; i < (set_mask + 1) * WAYS; i++) {
		if (table[i].daddr)
			metric_show(s, &table[i]);
	}
}

int tcp_metrics_forget(be32 daddr)
{
	struct tcp_metric *m = daddr ? metric_find(daddr) : NULL;

	if (m)
		m->daddr = 0;
	else if (!daddr)
		memset(table, 0, (set_mask + 1) * WAYS * sizeof(*table));
	return m || !daddr ? 0 : -ESRCH;
}
