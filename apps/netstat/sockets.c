/*
 * The sockets, from /proc/net/{tcp,udp,raw,icmp}.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "netstat.h"

struct socket_line {
	in_addr_t local, remote;
	unsigned int local_port, remote_port, state, sendq, recvq;
};

/* "sl: LLLLLLLL:PPPP RRRRRRRR:PPPP ST TTTTTTTT:RRRRRRRR …", all in hex, addresses as they lie in
 * memory. */
static bool parse_line(char *line, struct socket_line *s)
{
	char *p = strchr(line, ':');

	return p && sscanf(p + 1, " %x:%x %x:%x %x %x:%x", &s->local, &s->local_port, &s->remote,
			   &s->remote_port, &s->state, &s->sendq, &s->recvq) == 7;
}

/* Of raw sockets net-tools has only ever shown the number. */
static const char *state_name(const char *proto, unsigned int state, char digits[12])
{
	static const char *const names[] = {
		"",	     "ESTABLISHED", "SYN_SENT",	  "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
		"TIME_WAIT", "CLOSE",	    "CLOSE_WAIT", "LAST_ACK", "LISTEN",	   "CLOSING",
	};

	if (!strcmp(proto, "udp") && state == 7)
		return "";
	if ((!strcmp(proto, "tcp") || !strcmp(proto, "udp")) && state < ARRAY_LEN(names))
		return names[state];
	snprintf(digits, 12, "%u", state);
	return digits;
}

static void end_text(const struct netstat_options *o, const char *proto, in_addr_t addr,
		     unsigned int port, char *buf, size_t size)
{
	char host[48], service[24];
	struct servent *s = NULL;

	if (addr)
		inaddr_name(addr, o->numeric, host, sizeof(host));
	else
		strcpy(host, "0.0.0.0");
	if (port && !o->numeric && (!strcmp(proto, "tcp") || !strcmp(proto, "udp")))
		s = getservbyport(htons(port), proto);
	if (s)
		strlcpy(service, s->s_name, sizeof(service));
	else if (port)
		snprintf(service, sizeof(service), "%u", port);
	else
		strcpy(service, "*");
	snprintf(buf, size, "%s:%s", host, service);
}

static bool wanted(const struct netstat_options *o, const char *proto, const struct socket_line *s)
{
	bool listening = !strcmp(proto, "tcp") ? s->state == 10 : !s->remote_port && s->state == 7;

	return o->all || listening == o->listening;
}

static void print_line(const struct netstat_options *o, const char *proto,
		       const struct socket_line *s)
{
	char local[80], remote[80], digits[12];

	end_text(o, proto, s->local, s->local_port, local, sizeof(local));
	end_text(o, proto, s->remote, s->remote_port, remote, sizeof(remote));
	printf("%-5s %6u %6u %-23s %-23s %s\n", proto, s->recvq, s->sendq, local, remote,
	       state_name(proto, s->state, digits));
}

struct printing {
	const struct netstat_options *o;
	const char *proto;
};

static void take_line(char *line, void *arg)
{
	const struct printing *p = arg;
	struct socket_line s;

	if (parse_line(line, &s) && wanted(p->o, p->proto, &s))
		print_line(p->o, p->proto, &s);
}

static void print_proto(const struct netstat_options *o, const char *proto)
{
	struct printing p = { o, proto };
	char path[32];

	snprintf(path, sizeof(path), "/proc/net/%s", proto);
	text_each_line(path, take_line, &p);
}

int netstat_sockets(const struct netstat_options *o)
{
	bool any = o->tcp || o->udp || o->raw;

	printf("Active Internet connections (%s)\n", o->listening ? "only servers" :
						     o->all	  ? "servers and established" :
								    "w/o servers");
	puts("Proto Recv-Q Send-Q Local Address           Foreign Address         State");
	if (o->tcp || !any)
		print_proto(o, "tcp");
	if (o->udp || !any)
		print_proto(o, "udp");
	if (o->raw || !any) {
		print_proto(o, "raw");
		print_proto(o, "icmp");
	}
	return 0;
}
