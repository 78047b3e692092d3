/*
 * Probes that die on the way, and who says so: UDP to ports where nobody is, ICMP echo requests,
 * TCP's first segment. What routers answer comes from the socket's error queue (IP_RECVERR).
 */
#include <errno.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/util.h"
#include "trace.h"

/* ---- the ways ---- */

static int send_payload(struct trace *t, void *payload)
{
	long len = t->packet > HEADERS ? t->packet - HEADERS : 0;

	return sendto(t->fd, payload, len, 0, (struct sockaddr *)&t->to, sizeof(t->to)) < 0 ? -1 :
											      0;
}

static int udp_send(struct trace *t, int ttl, int n)
{
	char payload[MAX_PACKET];

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = '@' + i % 64;
	t->to.sin_port = htons(t->port + (ttl - 1) * t->probes + n);
	return send_payload(t, payload);
}

static bool read_anything(struct trace *t)
{
	char c;

	return recv(t->fd, &c, 1, MSG_DONTWAIT) >= 0;
}

static int icmp_send(struct trace *t, int ttl, int n)
{
	struct {
		struct icmphdr head;
		char payload[MAX_PACKET];
	} echo = { .head.type = ICMP_ECHO };
	long len = t->packet > HEADERS ? t->packet - HEADERS : 0;

	t->to.sin_port = 0;
	echo.head.un.echo.sequence = htons((ttl - 1) * t->probes + n + 1);
	if (sendto(t->fd, &echo, sizeof(echo.head) + len, 0, (struct sockaddr *)&t->to,
		   sizeof(t->to)) < 0)
		return -1;
	return 0;
}

static int tcp_send(struct trace *t, int ttl, int n)
{
	const struct linger reset = { 1, 0 }; /* do not leave half a connection there */
	int one = 1;

	(void)ttl;
	(void)n;
	setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	setsockopt(t->fd, IPPROTO_TCP, TCP_SYNCNT, &one, sizeof(one));
	t->to.sin_port = htons(t->port);
	if (!connect(t->fd, (struct sockaddr *)&t->to, sizeof(t->to)) || errno == EINPROGRESS)
		return 0;
	return -1;
}

/* Connected or refused: either way the target has spoken. */
static bool tcp_answered(struct trace *t)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	return !err || err == ECONNREFUSED || err == ECONNRESET;
}

const struct probe_method probe_udp = { SOCK_DGRAM, 0, 33434, udp_send, read_anything },
			  probe_icmp = { SOCK_DGRAM, IPPROTO_ICMP, 1, icmp_send, read_anything },
			  probe_tcp = { SOCK_STREAM, 0, 80, tcp_send, tcp_answered };

/* ---- one probe ---- */

static bool receive_error(struct trace *t, struct answer *a)
{
	char control[256], payload[64];
	struct sockaddr_in name;
	struct iovec iov = { payload, sizeof(payload) };
	struct msghdr m = { .msg_name = &name,
			    .msg_namelen = sizeof(name),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };

	if (recvmsg(t->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		struct sock_extended_err *e = (struct sock_extended_err *)CMSG_DATA(c);

		if (c->cmsg_level != SOL_IP || c->cmsg_type != IP_RECVERR ||
		    e->ee_origin != SO_EE_ORIGIN_ICMP)
			continue;
		a->from = ((struct sockaddr_in *)SO_EE_OFFENDER(e))->sin_addr.s_addr;
		a->type = e->ee_type;
		a->code = e->ee_code;
		a->mtu = e->ee_info;
		return true;
	}
	return false;
}

static int set_options(struct trace *t, int ttl)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int one = 1, tos = t->tos, pmtu = t->dont_fragment ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT;

	setsockopt(t->fd, SOL_IP, IP_RECVERR, &one, sizeof(one));
	setsockopt(t->fd, SOL_IP, IP_TTL, &ttl, sizeof(ttl));
	setsockopt(t->fd, SOL_IP, IP_TOS, &tos, sizeof(tos));
	setsockopt(t->fd, SOL_IP, IP_MTU_DISCOVER, &pmtu, sizeof(pmtu));
	if (t->dev &&
	    setsockopt(t->fd, SOL_SOCKET, SO_BINDTODEVICE, t->dev, strlen(t->dev) + 1) < 0)
		return -1;
	if (!t->source)
		return 0;
	if (!inaddr_parse(t->source, &from.sin_addr.s_addr)) {
		errno = EINVAL;
		return -1;
	}
	return bind(t->fd, (struct sockaddr *)&from, sizeof(from));
}

static void wait_answer(struct trace *t, int64_t deadline, struct answer *a)
{
	short want = t->method->type == SOCK_STREAM ? POLLOUT : POLLIN;
	int64_t left;

	while (!app_caught() && (left = deadline - app_clock_ns()) > 0) {
		struct pollfd pfd = { .fd = t->fd, .events = want };

		if (poll(&pfd, 1, left / NSEC_PER_MSEC + 1) <= 0)
			continue;
		if (receive_error(t, a))
			return;
		if (!t->method->answered(t)) {
			if (t->method->type == SOCK_STREAM) /* over, and nobody has said why */
				return;
			continue;
		}
		a->type = ANSWER_TARGET;
		a->from = t->to.sin_addr.s_addr;
		return;
	}
}

int trace_probe(struct trace *t, int ttl, int n, struct answer *a)
{
	int64_t start;
	int err = 0;

	t->fd = socket(AF_INET, t->method->type | SOCK_NONBLOCK, t->method->protocol);
	if (t->fd < 0)
		return -1;
	a->type = ANSWER_NONE;
	if (set_options(t, ttl) < 0) {
		err = errno;
	} else {
		start = app_clock_ns();
		if (t->method->send(t, ttl, n) < 0 && !receive_error(t, a))
			err = errno;
		else if (a->type == ANSWER_NONE)
			wait_answer(t, start + t->wait, a);
		a->rtt = app_clock_ns() - start;
	}
	close(t->fd);
	errno = err;
	return err ? -1 : 0;
}
