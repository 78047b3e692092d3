/* What traceroute's files share: the options (traceroute.c) and the ways to probe (probe.c). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../lib/inaddr.h"

#define HEADERS 28 /* IP's and UDP's or ICMP's */
#define MAX_PACKET 1500

struct trace {
	struct sockaddr_in to;
	const char *host, *source, *dev;
	const struct probe_method *method;
	bool numeric, dont_fragment;
	long hops, probes, first, port, tos, packet; /* port -1: the method's own */
	int64_t wait;
	int fd;
	in_addr_t last; /* whom the line has named already */
};

struct answer {
	in_addr_t from;
	int type, code, mtu; /* ICMP's; ANSWER_TARGET: the target itself has answered, in its way */
	int64_t rtt;
};
#define ANSWER_NONE (-1)
#define ANSWER_TARGET (-2)

/*
 * A way to probe. Each probe has its own socket (and with UDP its own port): an answer can only be
 * to this one.
 */
struct probe_method {
	int type, protocol;
	long port;
	/* Sends; -1: errno. */
	int (*send)(struct trace *t, int ttl, int n);
	/* The socket can be read or written: whether the target has answered. */
	bool (*answered)(struct trace *t);
};
extern const struct probe_method probe_udp, probe_icmp, probe_tcp;

/* One probe and the wait for its answer: 0, or -1: it could not be sent (errno). */
int trace_probe(struct trace *t, int ttl, int n, struct answer *a);
