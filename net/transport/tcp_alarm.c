/*
 * A connection's four timers in one: struct timer is larger than all four times together, and a
 * connection has at most two or three of them running. Those that move with nearly every segment
 * move later, which is a store here.
 *
 * A time is kept in units of 2^16 ns (66 us), rounded up, as its low 32 bits: good for a day and a
 * half into the future. 0 is "not set".
 */
#include "net/transport/tcp_output.h"

#define UNIT_SHIFT 16

static void (*const handlers[TCP_NR_ALARM])(struct sock *sk) = {
	[TCP_ALARM_RTX] = tcp_write_timer,
	[TCP_ALARM_DELACK] = tcp_delack_timer,
	[TCP_ALARM_KEEPALIVE] = tcp_keepalive_timer,
	[TCP_ALARM_PACING] = tcp_pacing_timer,
};

static u64 now_units(void)
{
	return ktime_ns() >> UNIT_SHIFT;
}

u64 tcp_alarm_ns(const struct tcp_sock *tp, enum tcp_alarm which)
{
	u64 now = now_units();

	if (!tp->alarms[which])
		return 0;
	return (now + (u64)(s64)(s32)(tp->alarms[which] - (u32)now)) << UNIT_SHIFT;
}

void tcp_alarm_set(struct tcp_sock *tp, enum tcp_alarm which, u64 at_ns)
{
	u64 at = (at_ns + (1u << UNIT_SHIFT) - 1) >> UNIT_SHIFT;

	at = min(at, now_units() + INT32_MAX);
	at += (u32)at == 0;
	tp->alarms[which] = (u32)at;
	if (!timer_pending(&tp->timer) || tp->timer.expires > at << UNIT_SHIFT)
		timer_mod(&tp->timer, at << UNIT_SHIFT);
}

/* Which is the earliest? */
static void tcp_alarms_arm(struct tcp_sock *tp)
{
	u64 next = UINT64_MAX;

	for (u32 i = 0; i < TCP_NR_ALARM; i++)
		if (tp->alarms[i])
			next = min(next, tcp_alarm_ns(tp, i));
	if (next != UINT64_MAX && (!timer_pending(&tp->timer) || tp->timer.expires > next))
		timer_mod(&tp->timer, next);
}

/* A handler may end the connection; then no alarm is set any more. */
static void tcp_alarms_fire(struct timer *t)
{
	struct tcp_sock *tp = container_of(t, struct tcp_sock, timer);
	struct sock *sk = &tp->sk;
	u32 now = (u32)now_units();

	sock_hold(sk);
	for (u32 i = 0; i < TCP_NR_ALARM; i++) {
		if (!tp->alarms[i] || after(tp->alarms[i], now))
			continue;
		tp->alarms[i] = 0;
		handlers[i](sk);
	}
	tcp_alarms_arm(tp);
	sock_put(sk);
}

void tcp_alarms_init(struct tcp_sock *tp)
{
	timer_init(&tp->timer, tcp_alarms_fire);
	memset(tp->alarms, 0, sizeof(tp->alarms));
}

void tcp_alarms_stop(struct tcp_sock *tp)
{
	memset(tp->alarms, 0, sizeof(tp->alarms));
	timer_del(&tp->timer);
}
