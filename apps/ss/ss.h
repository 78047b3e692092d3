/*
 * The parts of ss: what a socket is (struct entry), which ones are wanted (filter.c), where they
 * come from (tables.c), how they are printed (print.c, summary.c).
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/* Bits of a set of states: of Linux's numbers. */
enum {
	SS_ESTABLISHED = 1 << 1,
	SS_SYN_SENT = 1 << 2,
	SS_SYN_RECV = 1 << 3,
	SS_FIN_WAIT1 = 1 << 4,
	SS_FIN_WAIT2 = 1 << 5,
	SS_TIME_WAIT = 1 << 6,
	SS_UNCONN = 1 << 7,
	SS_CLOSE_WAIT = 1 << 8,
	SS_LAST_ACK = 1 << 9,
	SS_LISTEN = 1 << 10,
	SS_CLOSING = 1 << 11,
	SS_ALL = 0xffe,
};

#define MAX_WORDS 96

/* A socket, and what else is said of it: "key:value" words. */
struct entry {
	const char *netid;
	unsigned int state; /* one bit */
	unsigned int recvq, sendq;
	in_addr_t local, remote;
	int lport, rport; /* of a packet socket: EtherType, and 0 */
	int ifindex;	  /* of a packet socket; 0: all */
	char *words[MAX_WORDS];
	int nr_words;
};

/* ---- filter.c ---- */

#define MAX_CONDITIONS 32

struct condition {
	enum { AND, OR, NOT, SRC, DST, SPORT, DPORT, AUTOBOUND } kind;
	int left, right; /* of AND, OR, NOT: which ones */
	in_addr_t addr;	 /* SRC, DST */
	int len;	 /* of the prefix; -1: any address */
	int port;	 /* -1: any */
	enum { EQ, NE, GE, LE, GT, LT } op;
};

struct filter {
	unsigned int states; /* 0: as the kind of socket has it */
	struct condition conditions[MAX_CONDITIONS];
	int n, top; /* top: the whole expression; -1: none */
};

/* Reads "[state NAME | exclude NAME]... [EXPRESSION]"; false: has said what is wrong. */
bool filter_parse(struct filter *f, int argc, char **argv);
/* Whether @e meets the expression; states are the caller's. */
bool filter_matches(const struct filter *f, const struct entry *e);
/* The state that the kernel calls @name, or ss; 0: none. */
unsigned int state_by_name(const char *name);
const char *state_name(unsigned int state); /* "ESTAB" */

/* ---- the command ---- */

struct options {
	bool tcp, udp, raw, packet; /* none: all of them */
	bool all, listening, numeric, resolve;
	bool info, process, timer, memory, details, one_line, no_title, summary, kill;
	struct filter filter;
};

/* How many kinds are shown: with one, no column names it. */
bool one_kind(const struct options *o);

/* ---- tables.c ---- */

/* Prints (or ends) the sockets that @o asks for. An exit status. */
int tables_show(const struct options *o);

/* ---- print.c ---- */

void print_title(const struct options *o);
void print_entry(const struct options *o, const struct entry *e);

/* ---- summary.c ---- */

int summary_show(void);
