/*
 * ping's parts: options and state, the socket, the packets, what is printed, the statistics. Times
 * are nanoseconds, no floating point exists.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PING_HEADER 8 /* of ICMP echo */
#define PING_STAMP 8  /* bytes of payload that hold the time of sending */
#define PING_MAX_SIZE 65507

struct ping_stats {
	long sent, received, errors, duplicates, bad;
	long timed;	       /* replies with a time */
	int64_t min, max, sum; /* ns */
	uint64_t sum2;	       /* µs² */
	int64_t ewma;	       /* µs * 8 */
	long pipe;	       /* most that were under way at once */
};

struct ping {
	/* what was asked for */
	const char *host;
	struct sockaddr_in to;
	bool by_name; /* the host was not given as digits */
	long count;   /* 0: no end */
	int64_t interval, wait,
		deadline;	 /* wait: for the last replies; deadline: of all, 0: none */
	long size;		 /* of the payload */
	long ttl, tos;		 /* -1, 0: default */
	long ident;		 /* of a raw socket's questions; 0: the task's number */
	int pmtudisc;		 /* -1: default */
	const char *source;	 /* interface or address to send from; NULL */
	struct sockaddr_in from; /* what that makes the packets' source */
	bool quiet, flood, adaptive, numeric, tell_missing, broadcast;
	bool audible, verbose, clock; /* -a -v -D */
	bool dont_route, no_loop;     /* -r -L */
	bool connected, keep_source;  /* -C -B */
	long preload, mark, sndbuf;   /* -l -m -S; mark, sndbuf 0: not set */
	/* of the IP header */
	bool record_route;
	int timestamps; /* -1: none, else the option's flag */
	int nr_hops;	/* hosts named before the target: to sign with a time, or to go by */
	in_addr_t hops[9];
	int option_len;
	uint8_t pattern[16];
	int pattern_len; /* 0: counting bytes */

	/* what is going on */
	int fd;
	bool raw; /* a raw socket: answers come with an IP header and everybody's */
	uint16_t id;
	uint8_t *out, *in;
	size_t in_size;
	uint8_t seen[65536 / 8]; /* sequence numbers answered */
	uint8_t last_route[40];	 /* recorded by the last answer */
	int nr_last_route;
	int64_t started, last_sent, last_reply;
	struct ping_stats st;
};

/* socket.c */
bool ping_open(struct ping *p); /* false: said why */
/* What came: an answer's bytes (ICMP header first), or the report of an error. */
struct ping_event {
	enum { PING_NOTHING, PING_REPLY, PING_ERROR } kind;
	const uint8_t *icmp;
	size_t len;
	struct sockaddr_in from; /* of an error: who reports it */
	int ttl;		 /* -1: unknown */
	uint8_t options[40];	 /* of the IP header */
	size_t options_len;
	/* of an error */
	int type, code; /* of ICMP; type -1: our own kernel says @error */
	int error;
	uint32_t info; /* the MTU that fits */
	int seq;
};
void ping_receive(struct ping *p, struct ping_event *e);
/* 0, or errno. */
int ping_transmit(struct ping *p, size_t len);

/* packet.c */
void ping_build(struct ping *p, uint16_t seq, int64_t now); /* into p->out */
uint16_t ping_seq(const uint8_t *icmp);
/* When it was sent; 0: the payload is too short to say. */
int64_t ping_stamp(const uint8_t *icmp, size_t len);
/* The offset in the payload of the first byte that is not as sent, -1: all are. */
long ping_compare(const struct ping *p, const uint8_t *icmp, size_t len);
uint16_t ping_checksum(const uint8_t *bytes, size_t len);

/* option.c */
bool ping_option_ts(struct ping *p, const char *name); /* false: said why */
bool ping_set_options(struct ping *p);
void ping_print_options(struct ping *p, const struct ping_event *e);

/* print.c */
void ping_print_header(const struct ping *p);
void ping_print_reply(struct ping *p, const struct ping_event *e, int64_t rtt, bool duplicate);
void ping_print_error(const struct ping *p, const struct ping_event *e);
void ping_print_summary(const struct ping *p);

/* stats.c: pure */
void ping_stats_add(struct ping_stats *st, int64_t rtt);
int64_t ping_stats_mdev_us(const struct ping_stats *st);
/* "33.3333": the loss in percent, as %g would print it. */
const char *ping_stats_loss(const struct ping_stats *st, char buf[16]);
