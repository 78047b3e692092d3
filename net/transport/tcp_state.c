/*
 * A connection's state: which may follow which (RFC 9293 figure 5, with the ways out of it that the
 * text adds), and the ends that it can come to - in order, by the peer's RST, by giving up.
 */
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_output.h"

#define S(state) (1u << TCP_##state)

static const struct {
	const char *name;
	u16 next; /* legal successors */
} states[] = {
	[TCP_ESTABLISHED] = { "ESTABLISHED", S(FIN_WAIT1) | S(CLOSE_WAIT) | S(CLOSE) },
	[TCP_SYN_SENT] = { "SYN_SENT", S(SYN_RECV) | S(ESTABLISHED) | S(CLOSE) },
	/* to CLOSE_WAIT: a fast open's SYN with data and FIN */
	[TCP_SYN_RECV] = { "SYN_RECV", S(ESTABLISHED) | S(FIN_WAIT1) | S(CLOSE_WAIT) | S(CLOSE) },
	[TCP_FIN_WAIT1] = { "FIN_WAIT1", S(FIN_WAIT2) | S(CLOSING) | S(TIME_WAIT) | S(CLOSE) },
	[TCP_FIN_WAIT2] = { "FIN_WAIT2", S(TIME_WAIT) | S(CLOSE) },
	[TCP_TIME_WAIT] = { "TIME_WAIT", S(CLOSE) },
	[TCP_CLOSE] = { "CLOSE", S(SYN_SENT) | S(SYN_RECV) | S(LISTEN) },
	[TCP_CLOSE_WAIT] = { "CLOSE_WAIT", S(LAST_ACK) | S(CLOSE) },
	[TCP_LAST_ACK] = { "LAST_ACK", S(CLOSE) },
	[TCP_LISTEN] = { "LISTEN", S(CLOSE) },
	[TCP_CLOSING] = { "CLOSING", S(TIME_WAIT) | S(CLOSE) },
};

const char *tcp_state_name(u8 state)
{
	return state < ARRAY_SIZE(states) && states[state].name ? states[state].name : "UNKNOWN";
}

bool tcp_state_may_follow(u8 from, u8 to)
{
	return from < ARRAY_SIZE(states) && ((states[from].next >> to) & 1);
}

/* RFC 4022's tcpCurrEstab: ESTABLISHED or CLOSE-WAIT. */
static bool counts_as_established(u8 state)
{
	return state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT;
}

void tcp_set_state(struct sock *sk, u8 state)
{
	u8 old = sk->state;

	if (old == state)
		return;
	if (unlikely(!tcp_state_may_follow(old, state)))
		panic("tcp: %s cannot become %s", tcp_state_name(old), tcp_state_name(state));
	if (counts_as_established(state) && !counts_as_established(old))
		TCP_INC(CurrEstab);
	if (counts_as_established(old) && !counts_as_established(state))
		TCP_DEC(CurrEstab);
	if (state == TCP_CLOSE) {
		if (counts_as_established(old))
			TCP_INC(EstabResets);
		/* The table may have held the last reference of what our caller goes on with. */
		tcp_unhash(sk);
		if (!sk->bound_port)
			tcp_put_port(sk);
	}
	sk->state = state;
}

/* ---- ends ---- */

void tcp_done(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (sk->state == TCP_SYN_SENT || sk->state == TCP_SYN_RECV)
		TCP_INC(AttemptFails);
	if (tp->fastopen_rsk)
		tcp_fastopen_done(sk, false);
	tcp_clear_xmit_timers(sk);
	sock_hold(sk);
	tcp_set_state(sk, TCP_CLOSE);
	sk->shutdown = RCV_SHUTDOWN | SEND_SHUTDOWN;
	if (!sock_flag(sk, SOCK_DEAD))
		sk_state_change(sk);
	else
		tcp_destroy_sock(sk);
	sock_put(sk);
}

void tcp_reset(struct sock *sk)
{
	switch (sk->state) {
	case TCP_SYN_SENT:
		sk->err = ECONNREFUSED;
		break;
	case TCP_CLOSE_WAIT:
		sk->err = EPIPE;
		break;
	case TCP_CLOSE:
		return;
	default:
		sk->err = ECONNRESET;
	}
	tcp_write_queue_purge(sk);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
	tcp_done(sk);
}

void tcp_write_err(struct sock *sk, int err)
{
	sk->err = sk->err_soft ? sk->err_soft : err;
	sk_error_report(sk);
	tcp_write_queue_purge(sk);
	TCPEXT_INC(TCPAbortOnTimeout);
	tcp_done(sk);
}
