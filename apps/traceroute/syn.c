/*
 * traceroute -T: segments of TCP that only ask (SYN), written by hand on a raw socket. The target's
 * answer - SYN and ACK, or RST - is seen there; the kernel, which knows of no such connection, ends
 * it with a RST. So nobody ever accepts anything: no program there is woken, nothing is logged.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/util.h"
#include "trace.h"

#define SYN_LEN 40 /* header and options: 60 bytes with IP's */
#define FLAG_SYN 0x02
#define FLAG_RST 0x04
#define FLAG_ACK 0x10

bool syn_open(struct trace *t)
{
	t->raw = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_TCP);
	return t->raw >= 0 && probe_set_options(t, t->raw, 1) >= 0 &&
	       connect(t->raw, (struct sockaddr *)&t->to, sizeof(t->to)) >= 0;
}

static uint16_t checksum(in_addr_t src, in_addr_t dst, const uint8_t *p)
{
	uint32_t sum = IPPROTO_TCP + SYN_LEN;

	for (int i = 0; i < SYN_LEN; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	sum += (ntohl(src) >> 16) + (ntohl(src) & 0xffff) + (ntohl(dst) >> 16) +
	       (ntohl(dst) & 0xffff);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* A port that is ours as long as the probe's socket is open. */
static bool take_port(struct trace *t, struct probe *p, in_addr_t *src)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	if (getsockname(t->raw, (struct sockaddr *)&sin, &len) < 0)
		return false;
	*src = sin.sin_addr.s_addr;
	sin.sin_port = 0;
	if (bind(p->fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 ||
	    getsockname(p->fd, (struct sockaddr *)&sin, &len) < 0)
		return false;
	p->port = ntohs(sin.sin_port);
	return true;
}

static int syn_send(struct trace *t, struct probe *p)
{
	/* MSS 1460, SACK permitted, timestamps, window scale 2: what a SYN looks like */
	static const uint8_t options[] = { 2, 4, 5, 180, 4, 2, 8, 10, 0, 0,
					   0, 1, 0, 0,	 0, 0, 1, 3,  3, 2 };
	uint8_t s[SYN_LEN] = { 0 };
	in_addr_t src;

	if (!take_port(t, p, &src))
		return -1;
	put16(s, p->port);
	put16(s + 2, (uint32_t)t->port);
	getrandom(s + 4, 4, 0);
	s[12] = SYN_LEN / 4 << 4;
	s[13] = FLAG_SYN;
	put16(s + 14, 5840);
	memcpy(s + 20, options, sizeof(options));
	put16(s + 16, checksum(src, t->to.sin_addr.s_addr, s));
	setsockopt(t->raw, SOL_IP, IP_TTL, &p->ttl, sizeof(p->ttl));
	if (send(t->raw, s, sizeof(s), 0) >= 0)
		return 0;
	/* What was told of an earlier one; its report lies in the queue. */
	return (int)send(t->raw, s, sizeof(s), 0);
}

const struct probe_method probe_tcp = { SOCK_STREAM, 0, 80, syn_send, NULL };

static struct probe *probe_of(struct trace *t, uint32_t port)
{
	for (int i = 0; i < t->next; i++)
		if (t->probe[i].port == port && !t->probe[i].done)
			return &t->probe[i];
	return NULL;
}

static void answered(struct probe *p, const struct answer *a)
{
	p->a = *a;
	p->a.rtt = app_clock_ns() - p->sent_at;
	p->done = true;
}

/* A segment from the target, with its IP header. */
static void take_segment(struct trace *t, const uint8_t *packet, int n)
{
	int hlen = (packet[0] & 15) * 4;
	const uint8_t *s = packet + hlen;
	struct answer a = { .from = t->to.sin_addr.s_addr, .type = ANSWER_TARGET };
	struct probe *p;

	if (n < 20 || n - hlen < 20 || (s[0] << 8 | s[1]) != t->port)
		return;
	p = probe_of(t, (uint32_t)(s[2] << 8 | s[3]));
	a.tcp_flags = s[13];
	if (p && (s[13] & FLAG_RST || (s[13] & (FLAG_SYN | FLAG_ACK)) == (FLAG_SYN | FLAG_ACK)))
		answered(p, &a);
}

void syn_take(struct trace *t)
{
	uint8_t packet[256];
	struct answer a = { 0 };
	struct probe *p;
	int n;

	while ((n = (int)recv(t->raw, packet, sizeof(packet), MSG_DONTWAIT)) >= 0)
		take_segment(t, packet, n);
	/* The quoted segment begins with its ports. */
	while ((n = probe_error(t->raw, &a, packet, sizeof(packet))) >= 0) {
		p = n >= 8 ? probe_of(t, (uint32_t)(packet[0] << 8 | packet[1])) : NULL;
		if (p)
			answered(p, &a);
	}
}
