/* What the two ends do; see app.h. */
#include "tests/property/app.h"
#include "tests/property/path.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define BUF_MAX 200000
#define CONNECT_TRIES 5

static uint8_t buf[BUF_MAX + 8], expected[BUF_MAX + 8];

const char *app_failure;

void fail(const char *format, ...)
{
	static char text[9000];
	va_list args;

	if (app_failure)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	app_failure = text;
}

static const char *name(const struct app *a)
{
	static char text[80];

	snprintf(text, sizeof(text), "connection %d, %s (on %s)", a->conn->number,
		 a == &a->conn->end[0] ? "client" : "server", a->stack->name);
	return text;
}

/* ---- the bytes ---- */

static const uint8_t *stream(uint8_t *to, uint64_t key, uint64_t pos, size_t len)
{
	uint64_t word = pos / 8;

	for (size_t i = 0; i < pos % 8 + len; i += 8, word++) {
		uint64_t value = mix64(key + word * 0x9e3779b97f4a7c15ULL);

		memcpy(to + i, &value, 8);
	}
	return to + pos % 8;
}

/* ---- the end of it ---- */

static void done(struct app *a)
{
	int ret;

	if (a->fd >= 0) {
		ret = a->stack->close(a->fd);
		if (ret)
			fail("%s: close: %s", name(a), strerror(-ret));
	}
	a->fd = -1;
	a->state = APP_DONE;
}

static void abort_now(struct app *a)
{
	const struct linger reset = { .l_onoff = 1 };

	if (dice_percent(&a->dice, 30))
		a->stack->setsockopt(a->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	done(a);
}

/* A call has failed. It may if the other end goes away early. */
static void broken(struct app *a, const char *call, long ret)
{
	bool reset = ret == -ECONNRESET || ret == -EPIPE || ret == -ENOTCONN;

	if (!a->conn->may_break || !reset)
		fail("%s: %s: %s; sent %lu of %lu, got %lu of %lu", name(a), call,
		     strerror((int)-ret), a->sent, a->total_out, a->got, a->total_in);
	a->conn->given_up = a->conn->cookies;
	done(a);
}

static uint64_t pause(struct app *a, uint64_t now, uint32_t percent)
{
	return dice_percent(&a->dice, percent) ? now + dice_scale(&a->dice, 1000, a->pause_max) :
						 now;
}

/* ---- options ---- */

static void set(struct app *a, int level, int option, uint64_t value)
{
	int v = (int)value;
	int ret = a->stack->setsockopt(a->fd, level, option, &v, sizeof(v));

	if (ret)
		fail("%s: setsockopt %d %d = %d: %s", name(a), level, option, v, strerror(-ret));
}

static void fidget(struct app *a)
{
	struct dice *d = &a->dice;

	switch (dice_range(d, 0, 7)) {
	case 0:
		set(a, IPPROTO_TCP, TCP_NODELAY, dice_range(d, 0, 1));
		break;
	case 1:
		set(a, IPPROTO_TCP, TCP_CORK, dice_range(d, 0, 1));
		break;
	case 2:
		set(a, IPPROTO_TCP, TCP_QUICKACK, dice_range(d, 0, 1));
		break;
	case 3:
		set(a, SOL_SOCKET, SO_SNDBUF, dice_scale(d, 1, 1 << 20));
		break;
	case 4:
		set(a, SOL_SOCKET, SO_RCVBUF, dice_scale(d, 1, 1 << 20));
		break;
	case 5:
		set(a, IPPROTO_TCP, TCP_NOTSENT_LOWAT, dice_scale(d, 1, 1 << 20));
		break;
	case 6:
		set(a, SOL_SOCKET, SO_KEEPALIVE, dice_range(d, 0, 1));
		break;
	default:
		set(a, SOL_SOCKET, SO_RCVLOWAT, 1);
		break;
	}
}

static void look_inside(struct app *a)
{
	struct tcp_info info;
	unsigned int len = sizeof(info);

	if (a->stack->getsockopt(a->fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		fail("%s: TCP_INFO", name(a));
	else if (!info.tcpi_snd_cwnd || !info.tcpi_snd_mss ||
		 info.tcpi_retrans > info.tcpi_unacked ||
		 info.tcpi_sacked + info.tcpi_lost > info.tcpi_unacked)
		fail("%s: TCP_INFO: window %u mss %u unacked %u sacked %u lost %u retrans %u",
		     name(a), info.tcpi_snd_cwnd, info.tcpi_snd_mss, info.tcpi_unacked,
		     info.tcpi_sacked, info.tcpi_lost, info.tcpi_retrans);
}

/* ---- connecting ---- */

static struct sockaddr_in address(uint32_t addr, int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr = htonl(addr) };
}

static void opened(struct app *a, uint64_t now)
{
	a->state = APP_OPEN;
	a->write_at = a->read_at = now;
	a->write_blocked = a->read_blocked = false;
	a->conn->progress_at = now;
}

/* The call that opens it: connect, or the first bytes with it. */
static long open_call(struct app *a)
{
	struct sockaddr_in to = address(a->stack->peer, APP_PORT);
	uint64_t len = a->total_out < a->write_max ? a->total_out : a->write_max;
	long ret;

	if (!a->fast_open)
		return a->stack->connect(a->fd, &to, sizeof(to));
	ret = a->stack->sendto(a->fd, stream(buf, a->key_out, 0, len), len,
			       MSG_FASTOPEN | MSG_NOSIGNAL, &to, sizeof(to));
	if (ret > 0)
		a->sent += (uint64_t)ret;
	return ret;
}

static void start(struct app *a, uint64_t now)
{
	int port = APP_LOCAL_PORT + a->conn->number + 100 * a->conn->tries++;
	struct sockaddr_in from = address(a->stack->addr, port);
	long ret;

	a->start_at = STACK_NEVER;
	a->sent = 0;
	a->conn->progress_at = now;
	a->fd = a->stack->socket(AF_INET, SOCK_STREAM, 0);
	if (a->fd < 0 || a->stack->bind(a->fd, &from, sizeof(from))) {
		fail("%s: socket or bind", name(a));
		return;
	}
	for (int i = 0; a->fidgets && i < 3; i++)
		fidget(a);
	ret = open_call(a);
	if (ret < 0 && ret != -EINPROGRESS)
		fail("%s: connect: %s", name(a), strerror((int)-ret));
	a->state = APP_CONNECTING;
	a->write_blocked = true;
}

/* poll has said that something came of it. */
static void connected(struct app *a, uint64_t now)
{
	int error = 0;
	unsigned int len = sizeof(error);

	a->stack->getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (!error) {
		opened(a, now);
		return;
	}
	if (a->conn->may_break &&
	    (error == ECONNRESET || error == EPIPE || error == ECONNREFUSED)) {
		done(a);
		return;
	}
	if (error != ETIMEDOUT || a->conn->tries == CONNECT_TRIES || a->conn->accepted) {
		fail("%s: connecting: %s", name(a), strerror(error));
		return;
	}
	done(a);
	a->state = APP_IDLE;
	a->start_at = now;
}

void app_accepted(struct conn *c, int fd, uint64_t now)
{
	c->accepted = true;
	c->end[1].fd = fd;
	opened(&c->end[1], now);
}

/* ---- sending ---- */

static void finish_sending(struct app *a)
{
	int ret = a->stack->shutdown(a->fd, SHUT_WR);

	a->fin_sent = true;
	if (ret)
		broken(a, "shutdown", ret);
}

static bool send_some(struct app *a, uint64_t now)
{
	uint64_t left = a->total_out - a->sent;
	uint64_t len = dice_scale(&a->dice, 1, a->write_max);
	int flags = MSG_NOSIGNAL;
	long ret;

	len = len < left ? len : left;
	if (len < left && dice_percent(&a->dice, 10))
		flags |= MSG_MORE;
	ret = a->stack->sendto(a->fd, stream(buf, a->key_out, a->sent, len), len, flags, NULL, 0);
	if (ret == -EAGAIN) {
		a->write_blocked = true;
		return false;
	}
	if (ret <= 0 || (uint64_t)ret > len) {
		broken(a, "send", ret);
		return true;
	}
	a->sent += (uint64_t)ret;
	a->write_at = pause(a, now, a->write_pause);
	return true;
}

/* ---- receiving ---- */

static void received(struct app *a, const uint8_t *data, uint64_t len)
{
	uint64_t at = 0;

	if (len > a->total_in - a->got) {
		fail("%s: %lu bytes after byte %lu, but there are only %lu", name(a), len, a->got,
		     a->total_in);
		return;
	}
	if (!memcmp(data, stream(expected, a->key_in, a->got, len), len))
		return;
	while (data[at] == stream(expected, a->key_in, a->got, len)[at])
		at++;
	fail("%s: byte %lu is %02x", name(a), a->got + at, data[at]);
}

static void end_of_file(struct app *a)
{
	a->eof = true;
	if (a->got != a->total_in && !a->conn->may_break)
		fail("%s: ended after %lu of %lu bytes", name(a), a->got, a->total_in);
	if (a->got != a->total_in)
		done(a);
}

static bool receive_some(struct app *a, uint64_t now)
{
	uint64_t len = dice_scale(&a->dice, 1, a->read_max);
	bool peek = dice_percent(&a->dice, 3);
	long ret = a->stack->recvfrom(a->fd, buf, len, peek ? MSG_PEEK : 0, NULL, NULL);

	if (ret == -EAGAIN) {
		a->read_blocked = true;
		return false;
	}
	if (ret < 0 || (uint64_t)ret > len) {
		broken(a, "recv", ret);
		return true;
	}
	if (!ret) {
		end_of_file(a);
		return true;
	}
	received(a, buf, (uint64_t)ret);
	if (peek)
		return true;
	a->got += (uint64_t)ret;
	a->conn->progress_at = now;
	a->read_at = pause(a, now, a->read_pause);
	return true;
}

/* ---- the life of an end ---- */

static bool wants_to_write(const struct app *a)
{
	return !a->fin_sent && (a->sent < a->total_out || a->shuts || a->eof);
}

static bool write_step(struct app *a, uint64_t now)
{
	if (!wants_to_write(a) || a->write_blocked || now < a->write_at)
		return false;
	if (a->fidgets && dice_percent(&a->dice, 5))
		fidget(a);
	if (a->sent < a->total_out)
		return send_some(a, now);
	finish_sending(a);
	return true;
}

static bool read_step(struct app *a, uint64_t now)
{
	if (a->eof || a->read_blocked || now < a->read_at)
		return false;
	if (dice_percent(&a->dice, 3))
		look_inside(a);
	return receive_some(a, now);
}

static bool step(struct app *a, uint64_t now)
{
	bool any;

	if (a->sent + a->got >= a->abort_after) {
		abort_now(a);
		return true;
	}
	any = write_step(a, now);
	if (a->state == APP_OPEN)
		any = read_step(a, now) || any;
	if (a->state == APP_OPEN && a->eof && a->fin_sent)
		done(a);
	return any;
}

bool app_run(struct conn *c, struct app *a, uint64_t now)
{
	bool any = false;

	if (a->state == APP_IDLE && now >= a->start_at) {
		start(a, now);
		any = true;
	}
	if (a->state == APP_CONNECTING && !a->write_blocked) {
		connected(a, now);
		any = true;
	}
	if (a->state == APP_OPEN && c->given_up)
		done(a);
	while (a->state == APP_OPEN && !app_failure && step(a, now))
		any = true;
	if (any)
		c->progress_at = now;
	return any;
}

uint64_t app_next(const struct app *a)
{
	uint64_t next = STACK_NEVER;

	if (a->state == APP_IDLE)
		return a->start_at;
	if (a->state != APP_OPEN)
		return next;
	if (wants_to_write(a) && !a->write_blocked)
		next = a->write_at;
	if (!a->eof && !a->read_blocked && a->read_at < next)
		next = a->read_at;
	return next;
}

short app_events(const struct app *a)
{
	if (a->state == APP_CONNECTING)
		return POLLOUT;
	if (a->state != APP_OPEN)
		return 0;
	return (short)((a->write_blocked ? POLLOUT : 0) | (a->read_blocked ? POLLIN : 0));
}
