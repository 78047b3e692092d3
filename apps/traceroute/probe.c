/*
 * Probes that die on the way, and who says so: UDP to ports where nobody is, and ICMP echo
 * requests. What routers answer comes from the socket's error queue (IP_RECVERR). TCP's are
 * syn.c's.
 */
#include <errno.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/util.h"
#include "trace.h"

/* ---- the ways ---- */

static long payload_len(const struct trace *t)
{
	return t->packet > HEADERS ? t->packet - HEADERS : 0;
}

static int number(const struct trace *t, const struct probe *p)
{
	return (p->ttl - 1) * (int)t->probes + p->n;
}

static int udp_send_to(struct trace *t, struct probe *p, long port)
{
	struct sockaddr_in to = t->to;
	char payload[MAX_PACKET];

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = '@' + i % 64;
	to.sin_port = htons(port);
	return (int)sendto(p->fd, payload, payload_len(t), 0, (struct sockaddr *)&to, sizeof(to));
}

static int udp_send(struct trace *t, struct probe *p)
{
	return udp_send_to(t, p, t->port + number(t, p));
}

static int udp_send_port(struct trace *t, struct probe *p)
{
	return udp_send_to(t, p, t->port);
}

static bool read_anything(struct probe *p)
{
	char c;

	return recv(p->fd, &c, 1, MSG_DONTWAIT) >= 0;
}

static int icmp_send(struct trace *t, struct probe *p)
{
	struct {
		struct icmphdr head;
		char payload[MAX_PACKET];
	} echo = { .head.type = ICMP_ECHO };

	echo.head.un.echo.sequence = htons(t->port + number(t, p));
	return (int)sendto(p->fd, &echo, sizeof(echo.head) + payload_len(t), 0,
			   (struct sockaddr *)&t->to, sizeof(t->to));
}

const struct probe_method probe_udp = { SOCK_DGRAM, 0, 33434, udp_send, read_anything },
			  probe_udp_port = { SOCK_DGRAM, 0, 53, udp_send_port, read_anything },
			  probe_icmp = { SOCK_DGRAM, IPPROTO_ICMP, 1, icmp_send, read_anything };

/* ---- options ---- */

/* -g: a loose source route. */
static bool set_gates(const struct trace *t, int fd)
{
	uint8_t o[40] = { 1, 131, (uint8_t)(3 + 4 * t->nr_gates), 4 };

	memcpy(o + 4, t->gates, 4 * (size_t)t->nr_gates);
	return !t->nr_gates ||
	       !setsockopt(fd, SOL_IP, IP_OPTIONS, o, 4 + 4 * (socklen_t)t->nr_gates);
}

int probe_set_options(const struct trace *t, int fd, int ttl)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int one = 1, tos = t->tos, pmtu = t->dont_fragment ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT;

	setsockopt(fd, SOL_IP, IP_RECVERR, &one, sizeof(one));
	setsockopt(fd, SOL_IP, IP_TTL, &ttl, sizeof(ttl));
	setsockopt(fd, SOL_IP, IP_TOS, &tos, sizeof(tos));
	setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, &pmtu, sizeof(pmtu));
	if (t->direct)
		setsockopt(fd, SOL_SOCKET, SO_DONTROUTE, &one, sizeof(one));
	if (!set_gates(t, fd))
		return -1;
	if (t->dev && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, t->dev, strlen(t->dev) + 1) < 0)
		return -1;
	if (!t->source)
		return 0;
	if (!inaddr_parse(t->source, &from.sin_addr.s_addr)) {
		errno = EINVAL;
		return -1;
	}
	return bind(fd, (struct sockaddr *)&from, sizeof(from));
}

/* ---- one probe ---- */

int probe_start(struct trace *t, struct probe *p)
{
	int err;

	p->a.type = ANSWER_NONE;
	p->fd = socket(AF_INET, t->method->type | SOCK_NONBLOCK, t->method->protocol);
	if (p->fd < 0)
		return -1;
	if (t->raw < 0 && probe_set_options(t, p->fd, p->ttl) < 0)
		return -1;
	p->sent_at = app_clock_ns();
	if (t->method->send(t, p) >= 0)
		return 0;
	err = errno;
	if (probe_error(p->fd, &p->a, NULL, 0) >= 0)
		return 0; /* somebody has told of this packet already */
	errno = err;
	return -1;
}

int probe_error(int fd, struct answer *a, uint8_t *packet, int size)
{
	char control[256];
	uint8_t dummy;
	struct sockaddr_in name;
	struct iovec iov = { packet ? packet : &dummy, packet ? (size_t)size : 1 };
	struct msghdr m = { .msg_name = &name,
			    .msg_namelen = sizeof(name),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int n = (int)recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT);

	for (struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		struct sock_extended_err *e = (struct sock_extended_err *)CMSG_DATA(c);

		if (c->cmsg_level != SOL_IP || c->cmsg_type != IP_RECVERR ||
		    e->ee_origin != SO_EE_ORIGIN_ICMP)
			continue;
		a->from = ((struct sockaddr_in *)SO_EE_OFFENDER(e))->sin_addr.s_addr;
		a->type = e->ee_type;
		a->code = e->ee_code;
		a->mtu = (int)e->ee_info;
		return n;
	}
	return -1;
}

bool probe_take(struct trace *t, struct probe *p)
{
	if (probe_error(p->fd, &p->a, NULL, 0) >= 0)
		return true;
	if (!t->method->answered(p))
		return false;
	p->a.type = ANSWER_TARGET;
	p->a.from = t->to.sin_addr.s_addr;
	return true;
}
