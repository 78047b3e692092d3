/*
 * ss -s: how many sockets of each kind there are, from /proc/net/sockstat and snmp.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "ss.h"

struct summary {
	int used;			     /* all sockets, packet's too */
	int inuse, orphan, tw, alloc, estab; /* TCP's */
	int udp, raw, frag;
};

/* The number after the word @key. */
static int number_after(const char *line, const char *key)
{
	const char *p = strstr(line, key);

	return p ? atoi(p + strlen(key)) : 0;
}

static void take_sockstat(char *line, void *arg)
{
	struct summary *s = arg;
	int inuse = number_after(line, "inuse ");

	if (!strncmp(line, "sockets:", 8))
		s->used = number_after(line, "used ");
	else if (!strncmp(line, "UDP:", 4))
		s->udp = inuse;
	else if (!strncmp(line, "RAW:", 4) || !strncmp(line, "PING:", 5))
		s->raw += inuse;
	else if (!strncmp(line, "FRAG:", 5))
		s->frag = inuse;
	if (strncmp(line, "TCP:", 4))
		return;
	s->inuse = inuse;
	s->orphan = number_after(line, "orphan ");
	s->tw = number_after(line, "tw ");
	s->alloc = number_after(line, "alloc ");
}

/* CurrEstab is the ninth of TCP's numbers; its names are in a line with letters. */
static void take_snmp(char *line, void *arg)
{
	char *f[11];

	if (!strncmp(line, "Tcp: ", 5) && text_fields(line, f, 11) == 11 && f[1][0] <= '9')
		((struct summary *)arg)->estab = atoi(f[9]);
}

static void print_row(const char *name, int n)
{
	printf("%s\t  %-9d %-9d %-9d\n", name, n, n, 0);
}

int summary_show(void)
{
	struct summary s = { 0 };
	int tcp;

	if (text_each_line("/proc/net/sockstat", take_sockstat, &s))
		return app_perror("ss", "/proc/net/sockstat");
	if (text_each_line("/proc/net/snmp", take_snmp, &s))
		return app_perror("ss", "/proc/net/snmp");
	tcp = s.alloc + s.tw;
	printf("Total: %d\n", s.used);
	printf("TCP:   %d (estab %d, closed %d, orphaned %d, timewait %d)\n\n", tcp, s.estab,
	       tcp - s.inuse, s.orphan, s.tw);
	printf("Transport Total     IP        IPv6\n");
	print_row("RAW", s.raw);
	print_row("UDP", s.udp);
	print_row("TCP", s.inuse);
	print_row("INET", s.raw + s.udp + s.inuse);
	print_row("FRAG", s.frag);
	putchar('\n');
	return 0;
}
