/*
 * SOL_SOCKET options: those that every sock has, whatever its family. Not here: SO_BINDTODEVICE,
 * whose name only the layers above the link can look up (net/transport/datagram.c).
 */
#include "net/core/filter.h"
#include "net/core/sock_rare.h"

#define SOCK_TIMEO_MAX_SEC (SOCK_NO_TIMEO / 1000 - 1)

int sock_opt_give(void *val, int *len, const void *src, int size)
{
	*len = min(*len, size);
	memcpy(val, src, (size_t)*len);
	return 0;
}

/* ---- set ---- */

/* Twice what was asked for, as ever: the other half is for our own overhead. */
static void sock_set_bufsize(u32 *buf, int val, int limit, u32 least)
{
	u32 v = (u32)min(val < 0 ? limit : val, limit);

	*buf = max(v * 2, least);
}

static int sock_set_timeout(u32 *timeo, const void *val, int len)
{
	struct timeval tv;

	if (len < (int)sizeof(tv))
		return -EINVAL;
	memcpy(&tv, val, sizeof(tv));
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return -EDOM;
	if (tv.tv_sec < 0)
		*timeo = 0;
	else if ((!tv.tv_sec && !tv.tv_usec) || (u64)tv.tv_sec > SOCK_TIMEO_MAX_SEC)
		*timeo = SOCK_NO_TIMEO;
	else
		*timeo = (u32)tv.tv_sec * 1000 + ((u32)tv.tv_usec + 999) / 1000;
	return 0;
}

static int sock_set_linger(struct sock *sk, const void *val, int len)
{
	struct linger l;

	if (len < (int)sizeof(l))
		return -EINVAL;
	memcpy(&l, val, sizeof(l));
	sk->linger.l_onoff = l.l_onoff != 0;
	sk->linger.l_linger = (u32)l.l_linger & INT32_MAX;
	return 0;
}

static int sock_set_filter(struct sock *sk, const void *val, int len)
{
	struct sock_fprog fprog;

	if (len != (int)sizeof(fprog))
		return -EINVAL;
	memcpy(&fprog, val, sizeof(fprog));
	return sk_attach_filter(sk, &fprog);
}

static int sock_set_txtime(struct sock *sk, const void *val, int len)
{
	struct sock_txtime t;
	struct sock_rare *r;

	if (len != (int)sizeof(t))
		return -EINVAL;
	memcpy(&t, val, sizeof(t));
	if (t.flags & ~(u32)(SOF_TXTIME_DEADLINE_MODE | SOF_TXTIME_REPORT_ERRORS))
		return -EINVAL;
	r = sock_rare_get(sk);
	if (!r)
		return -ENOMEM;
	r->txtime = t;
	return 0;
}

/* What few set. There is one CPU, which polls as often as it can: the first two change nothing. */
static int sock_set_rare(struct sock *sk, int name, int v)
{
	struct sock_rare *r;

	if (name == SO_BUSY_POLL && v < 0)
		return -EINVAL;
	if (name == SO_PEEK_OFF && sk->type != SOCK_STREAM)
		return -EOPNOTSUPP;
	r = sock_rare_get(sk);
	if (!r)
		return -ENOMEM;
	if (name == SO_BUSY_POLL)
		r->busy_poll = v;
	else if (name == SO_INCOMING_CPU)
		r->incoming_cpu = v;
	else
		r->peek_off = v;
	return 0;
}

/* Options that are one bit of sk->flags; -1: not one of them. */
static int sock_opt_flag(int name)
{
	switch (name) {
	case SO_DEBUG:
		return SOCK_DBG;
	case SO_BROADCAST:
		return SOCK_BROADCAST;
	case SO_KEEPALIVE:
		return SOCK_KEEPOPEN;
	case SO_OOBINLINE:
		return SOCK_OOBINLINE;
	case SO_NO_CHECK:
		return SOCK_NOCHECK;
	case SO_DONTROUTE:
		return SOCK_DONTROUTE;
	default:
		return -1;
	}
}

static int sock_set_int(struct sock *sk, int name, int v)
{
	/* No limit but this: doubled, it must stay an int for getsockopt. */
	const int most = 0x3fffffff;

	switch (name) {
	case SO_REUSEADDR:
		sk->reuse = v != 0;
		return 0;
	case SO_REUSEPORT:
		sk->reuseport = v != 0;
		return 0;
	case SO_SNDBUF:
		sk->sndbuf_locked = true;
		sock_set_bufsize(&sk->sndbuf, v, sysctl_wmem_max, SOCK_MIN_SNDBUF);
		break;
	case SO_SNDBUFFORCE:
		sk->sndbuf_locked = true;
		sock_set_bufsize(&sk->sndbuf, max(v, 0), most, SOCK_MIN_SNDBUF);
		break;
	case SO_RCVBUF:
		sk->rcvbuf_locked = true;
		sock_set_bufsize(&sk->rcvbuf, v, sysctl_rmem_max, SOCK_MIN_RCVBUF);
		return 0;
	case SO_RCVBUFFORCE:
		sk->rcvbuf_locked = true;
		sock_set_bufsize(&sk->rcvbuf, max(v, 0), most, SOCK_MIN_RCVBUF);
		return 0;
	case SO_PRIORITY:
		sk->priority = (u32)v;
		return 0;
	case SO_MARK:
		sk->mark = (u32)v;
		return 0;
	case SO_TIMESTAMP:
	case SO_TIMESTAMPNS:
		sock_set_timestamping(sk, v != 0, name == SO_TIMESTAMPNS);
		return 0;
	case SO_DETACH_FILTER:
		return sk_detach_filter(sk);
	case SO_LOCK_FILTER:
		if (!v && sock_flag(sk, SOCK_FILTER_LOCKED))
			return -EPERM;
		sock_set_flag(sk, SOCK_FILTER_LOCKED, v != 0);
		return 0;
	case SO_BUSY_POLL:
	case SO_INCOMING_CPU:
	case SO_PEEK_OFF:
		return sock_set_rare(sk, name, v);
	case SO_RCVLOWAT:
		if (sk->prot->set_rcvlowat)
			return sk->prot->set_rcvlowat(sk, v);
		sk->rcvlowat = v < 0 ? INT32_MAX : v ? (u32)v : 1;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
	sk_write_space(sk);
	return 0;
}

int sock_setsockopt(struct sock *sk, int name, const void *val, int len)
{
	int v, flag = sock_opt_flag(name);

	switch (name) {
	case SO_LINGER:
		return sock_set_linger(sk, val, len);
	case SO_RCVTIMEO:
		return sock_set_timeout(&sk->rcvtimeo, val, len);
	case SO_SNDTIMEO:
		return sock_set_timeout(&sk->sndtimeo, val, len);
	case SO_ATTACH_FILTER:
		return sock_set_filter(sk, val, len);
	case SO_TXTIME:
		return sock_set_txtime(sk, val, len);
	case SO_BINDTODEVICE:
		return -ENOPROTOOPT;
	}
	if (len < (int)sizeof(v))
		return -EINVAL;
	memcpy(&v, val, sizeof(v));
	if (flag < 0)
		return sock_set_int(sk, name, v);
	if (flag == SOCK_KEEPOPEN && sk->prot->keepalive)
		sk->prot->keepalive(sk, v != 0);
	sock_set_flag(sk, (enum sock_flag)flag, v != 0);
	return 0;
}

/* ---- get ---- */

static int sock_take_any_error(struct sock *sk)
{
	int err = -sock_error(sk);

	if (!err) {
		err = sk->err_soft;
		sk->err_soft = 0;
	}
	return err;
}

static int sock_give_timeout(u32 timeo, void *val, int *len)
{
	struct timeval tv = { 0, 0 };

	if (timeo != SOCK_NO_TIMEO) {
		tv.tv_sec = timeo / 1000;
		tv.tv_usec = timeo % 1000 * 1000;
	}
	return sock_opt_give(val, len, &tv, sizeof(tv));
}

static int sock_give_linger(const struct sock *sk, void *val, int *len)
{
	struct linger l = { (int)sk->linger.l_onoff, (int)sk->linger.l_linger };

	return sock_opt_give(val, len, &l, sizeof(l));
}

static int sock_get_rare(const struct sock *sk, int name, int *v)
{
	const struct sock_rare *r = sock_rare(sk);

	switch (name) {
	case SO_BUSY_POLL:
		*v = r->busy_poll;
		return 0;
	case SO_PEEK_OFF:
		if (sk->type != SOCK_STREAM)
			return -EOPNOTSUPP;
		*v = r->peek_off;
		return 0;
	case SO_INCOMING_CPU: /* what has come, has come to the one there is */
		*v = r->incoming_cpu;
		if (*v < 0 && sk->state != TCP_CLOSE && sk->state != TCP_LISTEN)
			*v = 0;
		return 0;
	case SO_INCOMING_NAPI_ID:
		*v = 0;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int sock_get_int(struct sock *sk, int name, int *v)
{
	int flag = sock_opt_flag(name);

	if (flag >= 0) {
		*v = sock_flag(sk, (enum sock_flag)flag);
		return 0;
	}
	switch (name) {
	case SO_ERROR:
		*v = sock_take_any_error(sk);
		break;
	case SO_TYPE:
		*v = sk->type;
		break;
	case SO_PROTOCOL:
		*v = sk->protocol;
		break;
	case SO_DOMAIN:
		*v = sk->family;
		break;
	case SO_ACCEPTCONN:
		*v = sk->state == TCP_LISTEN;
		break;
	case SO_REUSEADDR:
		*v = sk->reuse;
		break;
	case SO_REUSEPORT:
		*v = sk->reuseport;
		break;
	case SO_SNDBUF:
		*v = (int)sk->sndbuf;
		break;
	case SO_RCVBUF:
		*v = (int)sk->rcvbuf;
		break;
	case SO_PRIORITY:
		*v = (int)sk->priority;
		break;
	case SO_MARK:
		*v = (int)sk->mark;
		break;
	case SO_RCVLOWAT:
		*v = (int)sk->rcvlowat;
		break;
	case SO_SNDLOWAT:
		*v = 1;
		break;
	case SO_TIMESTAMP:
		*v = sock_flag(sk, SOCK_RCVTSTAMP) && !sock_flag(sk, SOCK_RCVTSTAMPNS);
		break;
	case SO_TIMESTAMPNS:
		*v = sock_flag(sk, SOCK_RCVTSTAMPNS);
		break;
	case SO_LOCK_FILTER:
		*v = sock_flag(sk, SOCK_FILTER_LOCKED);
		break;
	default:
		return sock_get_rare(sk, name, v);
	}
	return 0;
}

int sock_getsockopt(struct sock *sk, int name, void *val, int *len)
{
	int v, err;

	switch (name) {
	case SO_LINGER:
		return sock_give_linger(sk, val, len);
	case SO_RCVTIMEO:
		return sock_give_timeout(sk->rcvtimeo, val, len);
	case SO_SNDTIMEO:
		return sock_give_timeout(sk->sndtimeo, val, len);
	case SO_TXTIME:
		return sock_opt_give(val, len, &sock_rare(sk)->txtime, sizeof(struct sock_txtime));
	}
	err = sock_get_int(sk, name, &v);
	return err ? err : sock_opt_give(val, len, &v, sizeof(v));
}
