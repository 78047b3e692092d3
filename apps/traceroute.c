/*
 * traceroute: the routers on the way, seen by packets that die at each. By UDP, -I by ICMP echo
 * requests, -T by TCP's first segment, -U by UDP to one port. -n: no names, -m HOPS, -q PROBES, -w
 * MAX,HERE,NEAR, -f FIRST, -p PORT, -s SOURCE, -i IF, -t TOS, -N how many at once, -z pause, -g
 * gateways, -r: no routes, -F: do not fragment; behind the host the packets' length.
 */
#include <errno.h>
#include <getopt.h>
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

static void print_source(const struct trace *t, in_addr_t from)
{
	char name[64], text[INET_ADDRSTRLEN];

	inaddr_str(from, text);
	if (t->numeric)
		printf(" %s", text);
	else
		printf(" %s (%s)", inaddr_name(from, false, name, sizeof(name)), text);
}

/* Whom the line has named last. */
static in_addr_t named(const struct trace *t, const struct probe *p)
{
	for (const struct probe *q = p - 1; q >= t->probe && q->ttl == p->ttl; q--)
		if (q->a.type != ANSWER_NONE)
			return q->a.from;
	return 0;
}

/* Probes of a hop stand in one line. */
static void print_probe(struct trace *t, const struct probe *p)
{
	const struct answer *a = &p->a;

	if (p->n == 0)
		printf("%2d ", p->ttl);
	if (a->type == ANSWER_NONE) {
		printf(" *");
	} else {
		if (a->from != named(t, p))
			print_source(t, a->from);
		printf("  %ld.%03ld ms", (long)(a->rtt / 1000000), (long)(a->rtt / 1000 % 1000));
		print_mark(a);
	}
	if (p->n == t->probes - 1)
		putchar('\n');
	fflush(stdout);
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
		t->method = &probe_udp_port;
		return true;
	case 'r':
		t->direct = true;
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
		return c == '4' || c == 'd';
	}
}

/* "5", "5,3,10": the longest wait, and how many times an answer of the same, of a later hop. */
static bool take_wait(struct trace *t, const char *text)
{
	char *copy = strdup(text), *rest = copy, *word;
	int64_t ns[3] = { t->wait, t->here * NSEC_PER_SEC, t->near * NSEC_PER_SEC };
	bool good = copy != NULL;

	for (int i = 0; good && (word = strsep(&rest, ",")); i++)
		good = i < 3 && app_seconds(word, &ns[i]);
	free(copy);
	if (!good) {
		app_error("traceroute", "bad wait '%s' (MAX,HERE,NEAR)", text);
		return false;
	}
	t->wait = ns[0];
	t->here = (int)(ns[1] / NSEC_PER_SEC);
	t->near = (int)(ns[2] / NSEC_PER_SEC);
	return true;
}

/* -z: seconds, or, above 10, milliseconds. */
static bool take_pause(struct trace *t, const char *text)
{
	if (!app_seconds(text, &t->pause)) {
		app_error("traceroute", "bad pause '%s'", text);
		return false;
	}
	if (t->pause > 10 * NSEC_PER_SEC)
		t->pause /= 1000;
	return true;
}

/* -g A,B */
static bool take_gates(struct trace *t, const char *text)
{
	char *copy = strdup(text), *rest = copy, *word;
	struct sockaddr_in sin;
	bool good = copy != NULL;

	while (good && (word = strsep(&rest, ","))) {
		if (t->nr_gates == MAX_GATES) {
			app_error("traceroute", "Too many gateways specified. No more than 8");
			good = false;
		} else if ((good = inaddr_resolve("traceroute", word, &sin))) {
			t->gates[t->nr_gates++] = sin.sin_addr.s_addr;
		}
	}
	free(copy);
	return good;
}

/* -1: no such option; 0: said why not; 1: taken. */
static int take_number(struct trace *t, int c)
{
	const struct {
		int c;
		const char *what;
		long min, max, *value;
	} numbers[] = {
		{ 'm', "hops", 1, 255, &t->hops },
		{ 'q', "probes", 1, 10, &t->probes },
		{ 'f', "first hop", 1, 255, &t->first },
		{ 'p', "port", 1, 65535, &t->port },
		{ 't', "tos", 0, 255, &t->tos },
		{ 'N', "number of probes at once", 1, MAX_AT_ONCE, &t->at_once },
	};

	if (c == 'w')
		return take_wait(t, optarg);
	if (c == 'z')
		return take_pause(t, optarg);
	if (c == 'g')
		return take_gates(t, optarg);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (numbers[i].c == c)
			return app_number_or_say("traceroute", numbers[i].what, optarg,
						 numbers[i].min, numbers[i].max, numbers[i].value);
	return -1;
}

static int parse_options(struct trace *t, int argc, char **argv)
{
	static const struct option names[] = {
		{ "icmp", no_argument, NULL, 'I' },
		{ "tcp", no_argument, NULL, 'T' },
		{ "udp", no_argument, NULL, 'U' },
		{ "dont-fragment", no_argument, NULL, 'F' },
		{ "first", required_argument, NULL, 'f' },
		{ "gateway", required_argument, NULL, 'g' },
		{ "interface", required_argument, NULL, 'i' },
		{ "max-hops", required_argument, NULL, 'm' },
		{ "sim-queries", required_argument, NULL, 'N' },
		{ "port", required_argument, NULL, 'p' },
		{ "tos", required_argument, NULL, 't' },
		{ "wait", required_argument, NULL, 'w' },
		{ "queries", required_argument, NULL, 'q' },
		{ "source", required_argument, NULL, 's' },
		{ "sendwait", required_argument, NULL, 'z' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, ":4dnITUFrm:q:w:f:p:s:i:t:N:z:g:", names, NULL)) !=
	       -1) {
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

static bool prepare(struct trace *t)
{
	t->nr_probes = (int)((t->hops - t->first + 1) * t->probes);
	t->end = (int)t->hops;
	t->probe = calloc((size_t)t->nr_probes, sizeof(*t->probe));
	if (!t->probe)
		return false;
	for (int i = 0; i < t->nr_probes; i++)
		t->probe[i] = (struct probe){ .ttl = (int)t->first + i / (int)t->probes,
					      .n = i % (int)t->probes,
					      .fd = -1 };
	return t->method != &probe_tcp || syn_open(t);
}

int main(int argc, char **argv)
{
	struct trace t = { .method = &probe_udp,
			   .hops = 30,
			   .probes = 3,
			   .first = 1,
			   .port = -1,
			   .packet = 60,
			   .at_once = 16,
			   .raw = -1,
			   .here = 3,
			   .near = 10,
			   .wait = 5 * NSEC_PER_SEC };
	char text[INET_ADDRSTRLEN];
	int status = parse_options(&t, argc, argv);

	if (status >= 0)
		return status;
	if (t.first > t.hops)
		return app_error(argv[0], "first hop out of range"), 2;
	if (!inaddr_resolve(argv[0], t.host, &t.to))
		return 2;
	app_catch(SIGINT);
	printf("traceroute to %s (%s), %ld hops max, %ld byte packets\n", t.host,
	       inaddr_str(t.to.sin_addr.s_addr, text), t.hops, t.packet);
	status = !prepare(&t) || trace_run(&t, print_probe) < 0;
	if (status) {
		putchar('\n');
		app_perror(argv[0], "send");
	}
	if (t.raw >= 0)
		close(t.raw);
	free(t.probe);
	return status;
}
