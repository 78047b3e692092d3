/* What traceroute's files share: the options and the lines (traceroute.c), many probes at once
 * (run.c), the ways to probe (probe.c, syn.c). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../lib/inaddr.h"

#define HEADERS 28 /* IP's and UDP's or ICMP's */
#define MAX_PACKET 1500
#define MAX_AT_ONCE 64
#define MAX_GATES 8

struct answer {
	in_addr_t from;
	int type, code, mtu; /* ICMP's; ANSWER_TARGET: the target itself has answered, in its way */
	int64_t rtt;
	uint8_t tcp_flags; /* of the target's segment */
};
#define ANSWER_NONE (-1)
#define ANSWER_TARGET (-2)

struct probe {
	int ttl, n; /* the how manieth of its hop */
	int fd;	    /* its own, so that an answer can only be to this one; -1: closed */
	uint16_t port;
	int64_t sent_at; /* 0: not yet */
	bool done;
	struct answer a;
};

struct trace {
	struct sockaddr_in to;
	const char *host, *source, *dev;
	const struct probe_method *method;
	bool numeric, dont_fragment, direct;
	long hops, probes, first, port, tos, packet, at_once; /* port -1: the method's own */
	int64_t wait, pause;				      /* -z */
	int here, near; /* times an answer of the same, of a later hop that one waits at most */
	in_addr_t gates[MAX_GATES];
	int nr_gates;
	int raw; /* a raw socket that all probes share; -1 */
	struct probe *probe;
	int nr_probes, next; /* next: the first that was not sent */
	int end;	     /* the hop at which somebody has said that it is the last */
};

/*
 * A way to probe. Each probe has its own socket (and with UDP its own port); SYNs are written by
 * hand and share a raw socket, so that no connection is ever made.
 */
struct probe_method {
	int type, protocol;
	long port;
	/* Sends; -1: errno. */
	int (*send)(struct trace *t, struct probe *p);
	/* Its socket can be read: whether the target has answered. NULL: answers come by raw. */
	bool (*answered)(struct probe *p);
};
extern const struct probe_method probe_udp, probe_udp_port, probe_icmp, probe_tcp;

/* Opens @p's socket and sends. -1: errno. */
int probe_start(struct trace *t, struct probe *p);
/* Sets what the user wants of packets, and @ttl. -1: errno. */
int probe_set_options(const struct trace *t, int fd, int ttl);
/* Takes what has come for @p by its own socket: true, it is answered. */
bool probe_take(struct trace *t, struct probe *p);
/* Takes what has come by the raw socket, whichever probe it is for. */
void syn_take(struct trace *t);
/* Opens the raw socket. False: errno. */
bool syn_open(struct trace *t);
/* Takes an error of ICMP from @fd's queue, with the first @size bytes of the packet that it is
 * about; the number of bytes, -1: there is none. */
int probe_error(int fd, struct answer *a, uint8_t *packet, int size);

/* Sends all probes, at most at_once under way, and calls @print for each in order as soon as it is
 * known. -1: nothing can be sent (errno). */
int trace_run(struct trace *t, void (*print)(struct trace *t, const struct probe *p));
