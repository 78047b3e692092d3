/*
 * ping's socket: a ping socket (the kernel gives it an identifier and only its own answers), or
 * else a raw one.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "ping.h"

#define RCVBUF (256 * 1024)

static bool set_option(int fd, int level, int name, int value)
{
	return !setsockopt(fd, level, name, &value, sizeof(value));
}

/* -I: an interface or one of our addresses. */
static bool bind_source(const struct ping *p, int fd)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };

	if (inaddr_parse(p->source, &sin.sin_addr.s_addr))
		return !bind(fd, (struct sockaddr *)&sin, sizeof(sin));
	return !setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, p->source, strlen(p->source) + 1);
}

/* The source as it was named; with -B the one that was found, too, whatever changes later. */
static bool set_source(struct ping *p)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = p->from.sin_addr };

	if (p->source && !bind_source(p, p->fd)) {
		app_perror("ping", p->source);
		return false;
	}
	if (p->keep_source)
		bind(p->fd, (struct sockaddr *)&sin, sizeof(sin));
	return true;
}

static bool open_any(struct ping *p)
{
	p->fd = p->raw ? -1 : socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	if (p->fd >= 0)
		return true;
	p->fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	p->raw = true;
	p->id = p->ident ? p->ident : getpid();
	return p->fd >= 0;
}

/* Asks the kernel where packets would come from; a broadcast address needs -b, and is told by
 * connect() too. */
static bool may_send(struct ping *p)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
	socklen_t len = sizeof(p->from);
	bool forbidden = false;

	if (fd < 0)
		return true;
	if (p->broadcast)
		set_option(fd, SOL_SOCKET, SO_BROADCAST, one);
	if (p->source)
		bind_source(p, fd);
	if (connect(fd, (const struct sockaddr *)&p->to, sizeof(p->to)) < 0)
		forbidden = errno == EACCES;
	getsockname(fd, (struct sockaddr *)&p->from, &len);
	close(fd);
	if (forbidden)
		app_error("ping", "Do you want to ping broadcast? Then -b.");
	return !forbidden;
}

bool ping_open(struct ping *p)
{
	if (!may_send(p))
		return false;
	if (!open_any(p)) {
		app_perror("ping", "socket");
		return false;
	}
	if (!set_source(p) || !ping_set_options(p))
		return false;
	set_option(p->fd, SOL_IP, IP_RECVERR, 1);
	set_option(p->fd, SOL_IP, IP_RECVTTL, 1);
	set_option(p->fd, SOL_SOCKET, SO_RCVBUF, RCVBUF);
	if (p->broadcast)
		set_option(p->fd, SOL_SOCKET, SO_BROADCAST, 1);
	if ((p->ttl > 0 && !set_option(p->fd, SOL_IP, IP_TTL, p->ttl)) ||
	    (p->tos && !set_option(p->fd, SOL_IP, IP_TOS, p->tos)) ||
	    (p->dont_route && !set_option(p->fd, SOL_SOCKET, SO_DONTROUTE, 1)) ||
	    (p->no_loop && !set_option(p->fd, SOL_IP, IP_MULTICAST_LOOP, 0)) ||
	    (p->ttl > 0 && !set_option(p->fd, SOL_IP, IP_MULTICAST_TTL, p->ttl)) ||
	    (p->mark && !set_option(p->fd, SOL_SOCKET, SO_MARK, p->mark)) ||
	    (p->sndbuf && !set_option(p->fd, SOL_SOCKET, SO_SNDBUF, p->sndbuf)) ||
	    (p->connected && connect(p->fd, (struct sockaddr *)&p->to, sizeof(p->to)) < 0) ||
	    (p->pmtudisc >= 0 && !set_option(p->fd, SOL_IP, IP_MTU_DISCOVER, p->pmtudisc))) {
		app_perror("ping", "setsockopt");
		return false;
	}
	return true;
}

int ping_transmit(struct ping *p, size_t len)
{
	if (sendto(p->fd, p->out, len, 0, (struct sockaddr *)&p->to, sizeof(p->to)) >= 0)
		return 0;
	return errno;
}

struct message {
	struct msghdr hdr;
	struct iovec iov;
	char control[256];
};

static ssize_t receive(struct ping *p, struct message *m, struct sockaddr_in *from, int flags)
{
	memset(m, 0, sizeof(*m));
	m->iov.iov_base = p->in;
	m->iov.iov_len = p->in_size;
	m->hdr.msg_name = from;
	m->hdr.msg_namelen = sizeof(*from);
	m->hdr.msg_iov = &m->iov;
	m->hdr.msg_iovlen = 1;
	m->hdr.msg_control = m->control;
	m->hdr.msg_controllen = sizeof(m->control);
	return recvmsg(p->fd, &m->hdr, flags | MSG_DONTWAIT);
}

static void take_error(struct ping_event *e, const struct sock_extended_err *err)
{
	const struct sockaddr_in *offender = (const struct sockaddr_in *)SO_EE_OFFENDER(err);

	e->kind = PING_ERROR;
	e->error = err->ee_errno;
	e->info = err->ee_info;
	e->type = err->ee_origin == SO_EE_ORIGIN_ICMP ? err->ee_type : -1;
	e->code = err->ee_code;
	if (err->ee_origin == SO_EE_ORIGIN_ICMP)
		e->from = *offender;
}

/* The report of an error: it comes with the packet that caused it. */
static bool receive_error(struct ping *p, struct ping_event *e)
{
	struct sockaddr_in to;
	struct message m;
	ssize_t n = receive(p, &m, &to, MSG_ERRQUEUE);

	if (n < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m.hdr); c; c = CMSG_NXTHDR(&m.hdr, c))
		if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR)
			take_error(e, (struct sock_extended_err *)CMSG_DATA(c));
	/* A raw socket is told of everybody's errors. */
	if (n < PING_HEADER || p->in[0] != 8 || (p->raw && (p->in[4] << 8 | p->in[5]) != p->id)) {
		if (e->type >= 0)
			e->kind = PING_NOTHING;
		e->seq = -1;
		return true;
	}
	e->seq = ping_seq(p->in);
	return true;
}

/* With a raw socket the IP header comes first, and answers to other pings come too. */
static bool strip_header(struct ping *p, struct ping_event *e)
{
	size_t header = (e->icmp[0] & 15) * 4;

	if (e->len < 20 || header > e->len || e->len - header < PING_HEADER)
		return false;
	e->ttl = e->icmp[8];
	e->icmp += header;
	e->len -= header;
	return (e->icmp[4] << 8 | e->icmp[5]) == p->id;
}

static void take_options(struct ping_event *e, const void *data, size_t len)
{
	e->options_len = len < sizeof(e->options) ? len : sizeof(e->options);
	memcpy(e->options, data, e->options_len);
}

void ping_receive(struct ping *p, struct ping_event *e)
{
	struct message m;
	ssize_t n;

	memset(e, 0, sizeof(*e));
	e->ttl = -1;
	n = receive(p, &m, &e->from, 0);
	if (n < 0) {
		receive_error(p, e);
		return;
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m.hdr); c; c = CMSG_NXTHDR(&m.hdr, c)) {
		if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_TTL)
			memcpy(&e->ttl, CMSG_DATA(c), sizeof(e->ttl));
		if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVOPTS)
			take_options(e, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	}
	e->icmp = p->in;
	e->len = n;
	if (p->raw && !strip_header(p, e))
		return;
	if (e->len >= PING_HEADER && e->icmp[0] == 0)
		e->kind = PING_REPLY;
}
