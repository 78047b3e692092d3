/*
 * A connection's four timers in one: struct timer is as large as all four times together, and a
 * connection has at most two or three of them running. Those that move with nearly every segment
 * move later, which is a store here.
 */
#include "net/transport/tcp_output.h"

static void (*const handlers[TCP_NR_ALARM])(struct sock *sk) = {
	[TCP_ALARM_RTX] = tcp_write_timer,
	[TCP_ALARM_DELACK] = tcp_delack_timer,
	[TCP_ALARM_KEEPALIVE] = tcp_keepalive_timer,
	[TCP_ALARM_PACING] = tcp_pacing_timer,
};

void tcp_alarm_set(struct tcp_sock *tp, enum tcp_alarm which, u64 at_ns)
{
	tp->alarm_ns[which] = max(at_ns, (u64)1);
	if (!timer_pending(&tp->timer) || tp->timer.expires > at_ns)
		timer_mod(&tp->timer, at_ns);
}

/* Which is the earliest? */
static void tcp_alarms_arm(struct tcp_sock *tp)
{
	u64 next = UINT64_MAX;

	for (u32 i = 0; i < TCP_NR_ALARM; i++)
		if (tp->alarm_ns[i])
			next = min(next, tp->alarm_ns[i]);
	if (next != UINT64_MAX && (!timer_pending(&tp->timer) || tp->timer.expires > next))
		timer_mod(&tp->timer, next);
}

/* A handler may end the connection; then no alarm is set any more. */
static void tcp_alarms_fire(struct timer *t)
{
	struct tcp_sock *tp = container_of(t, struct tcp_sock, timer);
	struct sock *sk = &tp->sk;
	u64 now = ktime_ns();

	sock_hold(sk);
	for (u32 i = 0; i < TCP_NR_ALARM; i++) {
		if (!tp->alarm_ns[i] || tp->alarm_ns[i] > now)
			continue;
		tp->alarm_ns[i] = 0;
		handlers[i](sk);
	}
	tcp_alarms_arm(tp);
	sock_put(sk);
}

void tcp_alarms_init(struct tcp_sock *tp)
{
	timer_init(&tp->timer, tcp_alarms_fire);
	memset(tp->alarm_ns, 0, sizeof(tp->alarm_ns));
}

void tcp_alarms_stop(struct tcp_sock *tp)
{
	memset(tp->alarm_ns, 0, sizeof(tp->alarm_ns));
	timer_del(&tp->timer);
}
