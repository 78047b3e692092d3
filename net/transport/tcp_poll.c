/*
 * Readiness of a TCP socket, bit by bit as Linux has it, and the ioctls that count bytes.
 */
#include <abi/poll.h>

#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_output.h"
#include "net/transport/tcp_task.h"

/* ---- poll ---- */

/* Over seven eighths of SO_RCVBUF: a reader that waits for more would wait for ever. */
static bool tcp_rmem_pressure(const struct sock *sk)
{
	return tcp_under_pressure() || sk->rmem_alloc > sk->rcvbuf - sk->rcvbuf / 8;
}

bool tcp_epollin_ready(const struct sock *sk, u32 target)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	s32 avail = (s32)(tp->rcv_nxt - tp->copied_seq);

	if (avail <= 0)
		return false;
	return (u32)avail >= target || tcp_rmem_pressure(sk) ||
	       tcp_receive_window(tp) <= tp->rcv_mss;
}

/* At the mark the urgent byte is not readable: it is read apart. */
static bool tcp_readable(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 target = sk->rcvlowat;

	if (tp->urg_data && !sock_flag(sk, SOCK_OOBINLINE) && tp->urg_seq == tp->copied_seq)
		target++;
	return tcp_epollin_ready(sk, target);
}

/*
 * Writers that find no room are noted, so that tcp_write_space tells them; the second look is for
 * room that came between.
 */
static bool tcp_writeable(struct sock *sk)
{
	if (tcp_stream_is_writeable(sk))
		return true;
	local_bh_disable();
	sock_set_flag(sk, SOCK_NOSPACE, true);
	local_bh_enable();
	return tcp_stream_is_writeable(sk);
}

/* The bits of a sock that has, or has had, a connection or tries to get one. */
static u32 tcp_poll_stream(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 mask = 0;

	if (sk->state == TCP_SYN_SENT || (sk->state == TCP_SYN_RECV && !tp->fastopen_rsk)) {
		/* A connect that is put off wants to be written to. */
		return sk->defer_connect ? POLLOUT | POLLWRNORM : 0;
	}
	if (tcp_readable(sk))
		mask |= POLLIN | POLLRDNORM;
	if ((sk->shutdown & SEND_SHUTDOWN) || tcp_writeable(sk))
		mask |= POLLOUT | POLLWRNORM;
	if (tp->urg_data & TCP_URG_VALID)
		mask |= POLLPRI;
	return mask;
}

u32 tcp_poll(struct sock *sk, struct poll_table *pt)
{
	u32 mask = 0;

	poll_wait(&sk->wq, pt);
	if (sk->state == TCP_LISTEN)
		return tcp_accept_queue_empty(tcp_sk(sk)) ? 0 : POLLIN | POLLRDNORM;
	if (sk->shutdown == (RCV_SHUTDOWN | SEND_SHUTDOWN) || sk->state == TCP_CLOSE)
		mask |= POLLHUP;
	if (sk->shutdown & RCV_SHUTDOWN)
		mask |= POLLIN | POLLRDNORM | POLLRDHUP;
	mask |= tcp_poll_stream(sk);
	if (sk->err || sk->error_queue.first)
		mask |= POLLERR;
	return mask;
}

/* ---- ioctl ---- */

static bool tcp_counts_nothing(const struct sock *sk)
{
	return sk->state == TCP_SYN_SENT || sk->state == TCP_SYN_RECV;
}

/* Bytes to read, up to the urgent mark. The FIN has a number, too, and is no byte. */
static int tcp_inq(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	int n = (int)(tp->rcv_nxt - tp->copied_seq);

	if (tcp_counts_nothing(sk))
		return 0;
	if (!sock_flag(sk, SOCK_OOBINLINE) && tp->urg_data &&
	    !before(tp->urg_seq, tp->copied_seq) && before(tp->urg_seq, tp->rcv_nxt))
		return (int)(tp->urg_seq - tp->copied_seq);
	return n > 0 && sock_flag(sk, SOCK_DONE) ? n - 1 : n;
}

/* Bytes that are queued, of these from @from on. */
static int tcp_outq(const struct sock *sk, u32 from)
{
	return tcp_counts_nothing(sk) ? 0 : (int)(tcp_sk(sk)->write_seq - from);
}

static int tcp_ioctl_locked(struct sock *sk, u32 cmd, int *v)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (cmd == SIOCATMARK) {
		*v = tp->urg_data && tp->urg_seq == tp->copied_seq;
		return 0;
	}
	if (sk->state == TCP_LISTEN)
		return -EINVAL;
	if (cmd == SIOCINQ)
		*v = tcp_inq(sk);
	else
		*v = tcp_outq(sk, cmd == SIOCOUTQ ? tp->snd_una : tp->snd_nxt);
	return 0;
}

static int tcp_ioctl_forget(const void *arg)
{
	be32 daddr;
	int err = copy_from_user(&daddr, arg, sizeof(daddr));

	if (err)
		return err;
	local_bh_disable();
	err = tcp_metrics_forget(daddr);
	local_bh_enable();
	return err;
}

int tcp_ioctl(struct sock *sk, u32 cmd, void *arg)
{
	int v = 0, err;

	if (cmd == SIOCDTCPMETRICS)
		return tcp_ioctl_forget(arg);
	if (cmd != SIOCINQ && cmd != SIOCOUTQ && cmd != SIOCOUTQNSD && cmd != SIOCATMARK)
		return -ENOTTY;
	lock_sock(sk);
	err = tcp_ioctl_locked(sk, cmd, &v);
	release_sock(sk);
	return err ? err : copy_to_user(arg, &v, sizeof(v));
}
