/*
 * Which congestion control a connection has: the table of all, the default (net.ipv4.
 * tcp_congestion_control), the task's choice (TCP_CONGESTION).
 */
#include "net/transport/tcp_cong.h"

const struct tcp_congestion_ops *const tcp_cong_list[] = { &tcp_reno, &tcp_cubic, &tcp_bbr };
const size_t nr_tcp_cong = ARRAY_SIZE(tcp_cong_list);
const struct tcp_congestion_ops *tcp_cong_default = &tcp_cubic;

const struct tcp_congestion_ops *tcp_ca_find(const char *name)
{
	for (size_t i = 0; i < nr_tcp_cong; i++)
		if (!strcmp(tcp_cong_list[i]->name, name))
			return tcp_cong_list[i];
	return NULL;
}

void tcp_assign_congestion_control(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->ca_ops = tcp_cong_default;
	tp->ca_priv = NULL;
}

void tcp_init_congestion_control(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->prior_ssthresh = 0;
	if (tp->ca_inited)
		return;
	tp->ca_inited = true;
	if (tp->ca_ops->init)
		tp->ca_ops->init(sk);
}

void tcp_cleanup_congestion_control(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tp->ca_inited && tp->ca_ops->release)
		tp->ca_ops->release(sk);
	tp->ca_inited = false;
	tp->ca_priv = NULL;
}

int tcp_set_congestion_control(struct sock *sk, const char *name)
{
	const struct tcp_congestion_ops *ca = tcp_ca_find(name);
	struct tcp_sock *tp = tcp_sk(sk);

	if (!ca)
		return -ENOENT;
	tp->ca_setsockopt = true;
	if (ca == tp->ca_ops)
		return 0;
	local_bh_disable();
	tcp_cleanup_congestion_control(sk);
	tp->ca_ops = ca;
	if (sk->state != TCP_CLOSE && sk->state != TCP_LISTEN)
		tcp_init_congestion_control(sk);
	local_bh_enable();
	return 0;
}

/* ---- sysctl ---- */

static void show_default(struct seq_file *s)
{
	seq_printf(s, "%s\n", tcp_cong_default->name);
}

static int set_default(const char *name)
{
	const struct tcp_congestion_ops *ca = tcp_ca_find(name);

	if (!ca)
		return -ENOENT;
	if (ca == &tcp_bbr)
		tcp_bbr_reserve();
	tcp_cong_default = ca;
	return 0;
}

static void show_all(struct seq_file *s)
{
	for (size_t i = 0; i < nr_tcp_cong; i++)
		seq_printf(s, i ? " %s" : "%s", tcp_cong_list[i]->name);
	seq_puts(s, "\n");
}

static const struct ctl_entry cong_sysctls[] = {
	{ "net.ipv4.tcp_congestion_control", .show = show_default, .set = set_default },
	{ "net.ipv4.tcp_available_congestion_control", .show = show_all },
	{ "net.ipv4.tcp_allowed_congestion_control", .show = show_all },
};

void tcp_cong_refill(void)
{
	tcp_cubic_refill();
	tcp_bbr_refill();
}

void tcp_cong_init(void)
{
	tcp_cubic_setup();
	tcp_bbr_setup();
	sysctl_register(cong_sysctls, ARRAY_SIZE(cong_sysctls));
}
