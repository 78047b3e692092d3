/*
 * Writing to /proc/net/tcp_diag: "10.0.2.15:22 10.0.2.2:5555" ends that connection, listener or
 * TIME-WAIT entry at once, for `ss -K`: the peer gets a RST, the task ECONNABORTED.
 */
#include "net/core/byteorder.h"
#include "net/transport/tcp.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_table.h"

/* "1.2.3.4:5" at *@text, which goes on behind it; a number too large for its place is refused. */
static bool parse_end(char **text, be32 *addr, u16 *port)
{
	u8 *bytes = (u8 *)addr;
	char *p = *text;

	for (int i = 0; i < 5; i++) {
		u32 v = 0, max = i < 4 ? 255 : 65535;

		if (*p < '0' || *p > '9')
			return false;
		for (; *p >= '0' && *p <= '9' && v <= max; p++)
			v = v * 10 + (u32)(*p - '0');
		if (v > max || (i < 4 && *p++ != (i < 3 ? '.' : ':')))
			return false;
		if (i < 4)
			bytes[i] = (u8)v;
		else
			*port = (u16)v;
	}
	*text = p;
	return true;
}

static void end_sock(struct sock *sk)
{
	lock_sock(sk);
	local_bh_disable();
	if (sk->state == TCP_LISTEN) {
		tcp_set_state(sk, TCP_CLOSE);
		tcp_listen_stop(sk);
		sk_state_change(sk); /* accept(): EINVAL */
	} else {
		tcp_abort(sk, ECONNABORTED);
	}
	local_bh_enable();
	release_sock(sk);
}

/* On just this address, not on all. */
static struct sock *find_listener(const struct tcp_flow *fl)
{
	struct sock *sk = tcp_lookup_listener(fl);

	return sk && sk->rcv_saddr == fl->laddr ? sk : NULL;
}

/* Bh off. A reference; NULL: it was not a sock, and is gone already, or (*@found false) there is
 * none. */
static struct sock *find_or_end(const struct tcp_flow *fl, bool *found)
{
	u32 hash = tcp_flow_hash(fl);
	struct tcp_request_sock *req;
	struct tcp_timewait_sock *tw;
	struct sock *sk = fl->raddr ? tcp_lookup_established(fl, hash) : find_listener(fl);

	*found = true;
	if (sk) {
		sock_hold(sk);
		return sk;
	}
	req = tcp_lookup_request(fl, hash);
	tw = tcp_lookup_timewait(fl, hash);
	if (req)
		tcp_request_drop(req);
	else if (tw)
		tcp_timewait_kill(tw);
	else
		*found = false;
	return NULL;
}

ssize_t tcp_diag_proc_write(char *text, size_t len)
{
	struct tcp_flow fl = { 0 };
	struct sock *sk;
	u16 rport;
	bool found;

	if (!parse_end(&text, &fl.laddr, &fl.lport) || *text++ != ' ' ||
	    !parse_end(&text, &fl.raddr, &rport) || (*text && *text != '\n'))
		return -EINVAL;
	fl.rport = htons(rport);
	local_bh_disable();
	sk = find_or_end(&fl, &found);
	local_bh_enable();
	if (sk) {
		end_sock(sk);
		sock_put(sk);
	}
	return found ? (ssize_t)len : -ENOENT;
}
