/*
 * What holds a sender up, as time spent (TCP_INFO's busy_time, rwnd_limited, sndbuf_limited) and by
 * name (tp->limit, which tcp_write_xmit sets whenever it stops).
 */
#include "net/transport/tcp_output.h"

static void tcp_chrono_set(struct tcp_sock *tp, enum tcp_chrono type)
{
	u32 now = tcp_now_ms();

	if (tp->chrono_type != TCP_CHRONO_UNSPEC)
		tp->chrono_ms[tp->chrono_type - 1] += now - tp->chrono_start_ms;
	tp->chrono_start_ms = now;
	tp->chrono_type = (u8)type;
}

void tcp_chrono_start(struct sock *sk, enum tcp_chrono type)
{
	/* The later in the list, the more it says. */
	if (type > tcp_sk(sk)->chrono_type)
		tcp_chrono_set(tcp_sk(sk), type);
}

void tcp_chrono_stop(struct sock *sk, enum tcp_chrono type)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tcp_rtx_queue_head(tp) && !tcp_send_head(tp)) {
		if (tp->chrono_type != TCP_CHRONO_UNSPEC)
			tcp_chrono_set(tp, TCP_CHRONO_UNSPEC);
	} else if (type == tp->chrono_type && type != TCP_CHRONO_BUSY) {
		tcp_chrono_set(tp, TCP_CHRONO_BUSY);
	}
}

const char *tcp_limit_name(enum tcp_limit limit)
{
	static const char *const names[TCP_NR_LIMIT] = {
		[TCP_LIMIT_APP] = "app",	 [TCP_LIMIT_RWND] = "rwnd",
		[TCP_LIMIT_CWND] = "cwnd",	 [TCP_LIMIT_NAGLE] = "nagle",
		[TCP_LIMIT_CORK] = "cork",	 [TCP_LIMIT_SWS] = "sws",
		[TCP_LIMIT_PERSIST] = "persist", [TCP_LIMIT_PACING] = "pacing",
		[TCP_LIMIT_QUEUE] = "queue",	 [TCP_LIMIT_TSO] = "tso",
		[TCP_LIMIT_MEMORY] = "memory",	 [TCP_LIMIT_RECOVERY] = "recovery",
	};

	return limit < TCP_NR_LIMIT ? names[limit] : "?";
}
