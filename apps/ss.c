/*
 * ss: sockets, from /proc/net/tcp_diag and /proc/net/{udp,raw,icmp}. -t -u -w: which protocols, -a
 * -l: which states, -n, -i: TCP's insides, -p: the tasks, -o: timers, -m: memory, -e: all of these,
 * -s: a summary, -H: no title. Filters, which all have to hold: state NAME, sport = :N, dport = :N,
 * src ADDR[:N], dst ADDR[:N].
 */
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/inaddr.h"
#include "lib/util.h"

#define MAX_WORDS 96

struct filter {
	const char *state; /* NULL: as the options say */
	int sport, dport;  /* -1: any */
	in_addr_t src, dst;
	int src_len, dst_len; /* -1: any */
};

struct options {
	bool tcp, udp, raw, all, listening, numeric, info, process, timer, memory, summary,
		no_title;
	struct filter filter;
};

struct entry {
	const char *netid, *state;
	unsigned int recvq, sendq;
	in_addr_t local, remote;
	int lport, rport;
};

/* ---- which ---- */

static bool is_listening(const struct entry *e)
{
	return !strcmp(e->state, "LISTEN") ||
	       (!strcmp(e->state, "UNCONN") && strcmp(e->netid, "tcp"));
}

/* Without -a and -l: what has a peer and is not about to vanish. */
static bool state_wanted(const struct options *o, const struct entry *e)
{
	const char *want = o->filter.state;

	if (want && !strcasecmp(want, "established"))
		return !strcmp(e->state, "ESTAB");
	if (want && !strcasecmp(want, "listening"))
		return is_listening(e);
	if (want && !strcasecmp(want, "connected"))
		return !is_listening(e);
	if (want && strcasecmp(want, "all"))
		return !strcasecmp(want, e->state);
	if (o->all || want)
		return true;
	if (o->listening)
		return is_listening(e);
	return !is_listening(e) && strcmp(e->state, "TIME-WAIT") && strcmp(e->state, "SYN-RECV");
}

static bool in_prefix(in_addr_t addr, in_addr_t net, int len)
{
	return len < 0 || !((addr ^ net) & inaddr_mask(len));
}

static bool wanted(const struct options *o, const struct entry *e)
{
	const struct filter *f = &o->filter;

	return state_wanted(o, e) && (f->sport < 0 || f->sport == e->lport) &&
	       (f->dport < 0 || f->dport == e->rport) && in_prefix(e->local, f->src, f->src_len) &&
	       in_prefix(e->remote, f->dst, f->dst_len);
}

/* ---- printing ---- */

static void end_text(const struct options *o, const struct entry *e, in_addr_t addr, int port,
		     char *buf, size_t size)
{
	struct servent *s = NULL;
	char host[48] = "0.0.0.0", service[24] = "*";

	if (addr)
		inaddr_name(addr, true, host, sizeof(host));
	if (port && !o->numeric)
		s = getservbyport(htons((uint16_t)port), e->netid);
	if (port)
		snprintf(service, sizeof(service), "%d", port);
	if (s)
		strlcpy(service, s->s_name, sizeof(service));
	snprintf(buf, size, "%s:%s", host, service);
}

static void print_title(const struct options *o, bool one_kind)
{
	if (o->no_title)
		return;
	printf("%s%-10s %-6s %-6s %23s %23s%s\n", one_kind ? "" : "Netid ", "State", "Recv-Q",
	       "Send-Q", "Local Address:Port", "Peer Address:Port", o->process ? "  Process" : "");
}

static void print_entry(const struct options *o, const struct entry *e, bool one_kind)
{
	char local[80], remote[80];

	end_text(o, e, e->local, e->lport, local, sizeof(local));
	end_text(o, e, e->remote, e->rport, remote, sizeof(remote));
	if (!one_kind)
		printf("%-5s ", e->netid);
	printf("%-10s %-6u %-6u %23s %23s", e->state, e->recvq, e->sendq, local, remote);
}

/* The words of a line that the options ask for: on the line, or (-i) on the next one. */
static void print_words(const struct options *o, char **words, int n)
{
	bool begun = false;

	for (int i = 0; i < n; i++)
		if ((o->process && !strncmp(words[i], "users:", 6)) ||
		    (o->timer && !strncmp(words[i], "timer:", 6)))
			printf(" %s", words[i]);
	for (int i = 0; i < n; i++) {
		bool aside = !strncmp(words[i], "users:", 6) || !strncmp(words[i], "timer:", 6);
		bool mem = !strncmp(words[i], "skmem:", 6);

		if (aside || !(mem ? o->memory : o->info))
			continue;
		printf("%s%s", begun ? " " : "\n\t ", words[i]);
		begun = true;
	}
	printf("\n");
}

/* ---- TCP ---- */

/* "10.0.2.15:22" */
static bool parse_end(char *text, in_addr_t *addr, int *port)
{
	char *colon = strrchr(text, ':');
	long n;

	if (!colon || !app_number(colon + 1, 0, 65535, &n))
		return false;
	*colon = '\0';
	*port = (int)n;
	return inaddr_parse(text, addr);
}

/* The kernel's name of a state as ss writes it. */
static const char *state_name(char *name)
{
	if (!strcmp(name, "FIN_WAIT1"))
		return "FIN-WAIT-1";
	if (!strcmp(name, "FIN_WAIT2"))
		return "FIN-WAIT-2";
	for (char *p = name; *p; p++)
		if (*p == '_')
			*p = '-';
	return name;
}

/* "STATE rx tx local remote word ...": the number of words, -1: not such a line. */
static int parse_tcp(char *line, struct entry *e, char **words)
{
	char *f[MAX_WORDS + 5];
	int n = text_fields(line, f, MAX_WORDS + 5);

	if (n < 5 || !parse_end(f[3], &e->local, &e->lport) ||
	    !parse_end(f[4], &e->remote, &e->rport))
		return -1;
	e->netid = "tcp";
	e->state = state_name(f[0]);
	e->recvq = (unsigned int)strtoul(f[1], NULL, 10);
	e->sendq = (unsigned int)strtoul(f[2], NULL, 10);
	memcpy(words, f + 5, (size_t)(n - 5) * sizeof(*words));
	return n - 5;
}

static void show_tcp(const struct options *o, bool one_kind)
{
	char *text = text_read("/proc/net/tcp_diag"), *cursor = text, *line, *words[MAX_WORDS];
	struct entry e;
	int n;

	while ((line = text_line(&cursor))) {
		n = parse_tcp(line, &e, words);
		if (n < 0 || !wanted(o, &e))
			continue;
		print_entry(o, &e, one_kind);
		print_words(o, words, n);
	}
	free(text);
}

/* ---- the others ---- */

static void show_datagram(const struct options *o, const char *netid, const char *path,
			  bool one_kind)
{
	char *text = text_read(path), *cursor = text, *line;
	unsigned int lport, rport, state;
	struct entry e = { .netid = netid };

	while ((line = text_line(&cursor))) {
		char *p = strchr(line, ':');

		if (!p || sscanf(p + 1, " %x:%x %x:%x %x %x:%x", &e.local, &lport, &e.remote,
				 &rport, &state, &e.sendq, &e.recvq) != 7)
			continue;
		e.lport = (int)lport;
		e.rport = (int)rport;
		e.state = state == 1 ? "ESTAB" : "UNCONN";
		if (!wanted(o, &e))
			continue;
		print_entry(o, &e, one_kind);
		printf("\n");
	}
	free(text);
}

static int show_summary(void)
{
	char *text = text_read("/proc/net/sockstat");

	if (!text)
		return app_perror("ss", "/proc/net/sockstat");
	fputs(text, stdout);
	free(text);
	return 0;
}

static int show(const struct options *o)
{
	bool any = o->tcp || o->udp || o->raw, one_kind = (int)o->tcp + o->udp + o->raw == 1;

	if (o->summary)
		return show_summary();
	print_title(o, one_kind);
	if (o->raw || !any) {
		show_datagram(o, "raw", "/proc/net/raw", one_kind);
		show_datagram(o, "icmp", "/proc/net/icmp", one_kind);
	}
	if (o->udp || !any)
		show_datagram(o, "udp", "/proc/net/udp", one_kind);
	if (o->tcp || !any)
		show_tcp(o, one_kind);
	return 0;
}

/* ---- the command line ---- */

/* ":80", ":http" */
static bool parse_port(const char *text, int *port)
{
	*port = *text == ':' ? inaddr_port(text + 1, "tcp") : -1;
	if (*port >= 0)
		return true;
	app_error("ss", "bad port '%s' (:80)", text);
	return false;
}

static bool parse_state(struct filter *f, const char *name)
{
	static const char *const names[] = { "established", "listening",  "connected",	"all",
					     "estab",	    "listen",	  "syn-sent",	"syn-recv",
					     "fin-wait-1",  "fin-wait-2", "close-wait", "last-ack",
					     "closing",	    "time-wait",  "closed",	"unconn" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcasecmp(name, names[i])) {
			f->state = name;
			return true;
		}
	app_error("ss", "no such state '%s'", name);
	return false;
}

/* "10.0.0.0/8", "10.0.0.1:80", ":80" */
static bool parse_address(char *text, in_addr_t *addr, int *len, int *port)
{
	char *colon = strchr(text, ':');

	if (colon && !parse_port(colon, port))
		return false;
	if (colon == text)
		return true;
	if (colon)
		*colon = '\0';
	if (inaddr_parse_prefix(text, addr, len))
		return true;
	app_error("ss", "bad address '%s'", text);
	return false;
}

/* How many words the condition at @w takes; 0: has said what is wrong. */
static int parse_condition(struct filter *f, int n, char **w)
{
	int equal = n > 2 && (!strcmp(w[1], "=") || !strcmp(w[1], "eq") || !strcmp(w[1], "=="));
	char *value = n > 1 + equal ? w[1 + equal] : NULL;
	bool ok;

	if (!strcmp(w[0], "and") || !strcmp(w[0], "(") || !strcmp(w[0], ")"))
		return 1;
	if (value && !strcmp(w[0], "state"))
		ok = parse_state(f, value);
	else if (value && !strcmp(w[0], "sport"))
		ok = parse_port(value, &f->sport);
	else if (value && !strcmp(w[0], "dport"))
		ok = parse_port(value, &f->dport);
	else if (value && !strcmp(w[0], "src"))
		ok = parse_address(value, &f->src, &f->src_len, &f->sport);
	else if (value && !strcmp(w[0], "dst"))
		ok = parse_address(value, &f->dst, &f->dst_len, &f->dport);
	else
		ok = !app_error("ss", "bad filter at '%s' (state, sport, dport, src, dst)", w[0]);
	return ok ? 2 + equal : 0;
}

static bool take_flag(struct options *o, int c)
{
	bool *flags[] = { ['t'] = &o->tcp,    ['u'] = &o->udp,	     ['w'] = &o->raw,
			  ['a'] = &o->all,    ['l'] = &o->listening, ['n'] = &o->numeric,
			  ['i'] = &o->info,   ['p'] = &o->process,   ['o'] = &o->timer,
			  ['m'] = &o->memory, ['s'] = &o->summary,   ['H'] = &o->no_title };

	if (c == 'e')
		return o->info = o->process = o->timer = o->memory = true;
	if (c == '4')
		return true;
	if (c < 0 || (size_t)c >= ARRAY_LEN(flags) || !flags[c])
		return false;
	return *flags[c] = true;
}

static const struct option long_options[] = {
	{ "tcp", no_argument, NULL, 't' },	 { "udp", no_argument, NULL, 'u' },
	{ "raw", no_argument, NULL, 'w' },	 { "all", no_argument, NULL, 'a' },
	{ "listening", no_argument, NULL, 'l' }, { "numeric", no_argument, NULL, 'n' },
	{ "info", no_argument, NULL, 'i' },	 { "processes", no_argument, NULL, 'p' },
	{ "options", no_argument, NULL, 'o' },	 { "memory", no_argument, NULL, 'm' },
	{ "extended", no_argument, NULL, 'e' },	 { "summary", no_argument, NULL, 's' },
	{ "no-header", no_argument, NULL, 'H' }, { NULL, 0, NULL, 0 },
};

int main(int argc, char **argv)
{
	struct options o = { .filter = { .sport = -1, .dport = -1, .src_len = -1, .dst_len = -1 } };
	int c, i;

	while ((c = getopt_long(argc, argv, ":tuwalnipomesH4", long_options, NULL)) != -1)
		if (!take_flag(&o, c))
			return app_badopt(argv, c);
	for (i = optind; i < argc; i += c) {
		c = parse_condition(&o.filter, argc - i, argv + i);
		if (!c)
			return 2;
	}
	return show(&o);
}
