/*
 * traceroute: the routers on the way, seen by packets that die at each. By UDP, -I by ICMP echo
 * requests, -T by TCP's first segment. -n: no names, -m HOPS, -q PROBES, -w SECONDS, -f FIRST, -p
 * PORT, -s SOURCE, -i IF, -t TOS, -F: do not fragment; behind the host the packets' length.
 */
#include <errno.h>
#include <netinet/ip_icmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"
#include "traceroute/trace.h"

static void print_mark(const struct answer *a)
{
	static const char *const marks[] = {
		[ICMP_NET_UNREACH] = "N",  [ICMP_HOST_UNREACH] = "H", [ICMP_PROT_UNREACH] = "P",
		[ICMP_SR_FAILED] = "S",	   [ICMP_NET_UNKNOWN] = "U",  [ICMP_HOST_UNKNOWN] = "W",
		[ICMP_NET_ANO] = "A",	   [ICMP_HOST_ANO] = "Z",     [ICMP_NET_UNR_TOS] = "Q",
		[ICMP_HOST_UNR_TOS] = "T", [ICMP_PKT_FILTERED] = "X",
	};

	if (a->type != ICMP_DEST_UNREACH || a->code == ICMP_PORT_UNREACH)
		return;
	if (a->code == ICMP_FRAG_NEEDED)
		printf(" !F-%d", a->mtu);
	else if (a->code < (int)ARRAY_LEN(marks) && marks[a->code])
		printf(" !%s", marks[a->code]);
	else
		printf(" !<%d>", a->code);
}

static void print_answer(struct trace *t, const struct answer *a)
{
	char name[64], text[INET_ADDRSTRLEN];

	if (a->from != t->last) {
		inaddr_str(a->from, text);
		if (t->numeric)
			printf(" %s", text);
		else
			printf(" %s (%s)", inaddr_name(a->from, false, name, sizeof(name)), text);
		t->last = a->from;
	}
	printf("  %ld.%03ld ms", (long)(a->rtt / 1000000), (long)(a->rtt / 1000 % 1000));
	print_mark(a);
}

/* One line. 1: the end has been reached, -1: nothing can be sent. */
static int hop(struct trace *t, int ttl)
{
	int end = 0;

	printf("%2d ", ttl);
	t->last = 0;
	for (int n = 0; n < t->probes && !app_caught(); n++) {
		struct answer a;

		fflush(stdout);
		if (trace_probe(t, ttl, n, &a) < 0) {
			putchar('\n');
			app_perror("traceroute", "send");
			return -1;
		}
		if (a.type == ANSWER_NONE) {
			printf(" *");
			continue;
		}
		print_answer(t, &a);
		end |= a.type != ICMP_TIME_EXCEEDED;
	}
	putchar('\n');
	return end;
}

static bool take_switch(struct trace *t, int c)
{
	switch (c) {
	case 'n':
		t->numeric = true;
		return true;
	case 'I':
		t->method = &probe_icmp;
		return true;
	case 'T':
		t->method = &probe_tcp;
		return true;
	case 'U':
		t->method = &probe_udp;
		return true;
	case 'F':
		t->dont_fragment = true;
		return true;
	case 's':
		t->source = optarg;
		return true;
	case 'i':
		t->dev = optarg;
		return true;
	default:
		return c == '4';
	}
}

/* -1: no such option; 0: said why not; 1: taken. */
static int take_number(struct trace *t, int c)
{
	const struct {
		int c;
		const char *what;
		long min, max, *value;
	} numbers[] = {
		{ 'm', "hops", 1, 255, &t->hops },	 { 'q', "probes", 1, 10, &t->probes },
		{ 'f', "first hop", 1, 255, &t->first }, { 'p', "port", 1, 65535, &t->port },
		{ 't', "tos", 0, 255, &t->tos },
	};

	if (c == 'w')
		return app_seconds(optarg, &t->wait);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (numbers[i].c == c)
			return app_number_or_say("traceroute", numbers[i].what, optarg,
						 numbers[i].min, numbers[i].max, numbers[i].value);
	return -1;
}

static int parse_options(struct trace *t, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, ":4nITUFm:q:w:f:p:s:i:t:")) != -1) {
		int taken = take_switch(t, c) ? 1 : take_number(t, c);

		if (taken < 0)
			return app_badopt(argv, c);
		if (!taken)
			return 2;
	}
	if (optind == argc || optind < argc - 2)
		return app_usage(argv[0]);
	t->host = argv[optind];
	if (optind == argc - 2 && !app_number_or_say(argv[0], "packet length", argv[optind + 1],
						     HEADERS, MAX_PACKET, &t->packet))
		return 2;
	if (t->port < 0)
		t->port = t->method->port;
	return -1;
}

int main(int argc, char **argv)
{
	struct trace t = { .method = &probe_udp,
			   .hops = 30,
			   .probes = 3,
			   .first = 1,
			   .port = -1,
			   .packet = 60,
			   .wait = 5 * NSEC_PER_SEC };
	char text[INET_ADDRSTRLEN];
	int status = parse_options(&t, argc, argv);

	if (status >= 0)
		return status;
	if (!inaddr_resolve(argv[0], t.host, &t.to))
		return 2;
	app_catch(SIGINT);
	printf("traceroute to %s (%s), %ld hops max, %ld byte packets\n", t.host,
	       inaddr_str(t.to.sin_addr.s_addr, text), t.hops, t.packet);
	for (int ttl = t.first; ttl <= t.hops && !app_caught(); ttl++) {
		int end = hop(&t, ttl);

		if (end)
			return end < 0;
	}
	return 0;
}
