/*
 * tcpdump: shows packets of a device or a pcap file as lines of text, or writes them down. Options
 * and wording are those of the tool that everybody knows. Filters are compiled here
 * (tcpdump/filter.h) and run in the kernel, or over a file here.
 */
#include <abi/filter.h>
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/inaddr.h"
#include "lib/util.h"
#include "tcpdump/tcpdump.h"

#define LINE_ROOM (32 * 1024)	   /* for a packet's line */
#define LINE_HEX (5 * PACKET_ROOM) /* and for its bytes in hex */

const char *link_name(int link)
{
	switch (link) {
	case LINK_ETHERNET:
		return "EN10MB (Ethernet)";
	case LINK_RAW:
		return "RAW (Raw IP)";
	case LINK_SLL2:
		return "LINUX_SLL2 (Linux cooked v2)";
	}
	return NULL;
}

/* ---- names ---- */

static int resolve_host(const char *name, uint32_t addrs[FILTER_MAX_ADDRESSES])
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found;
	int n = 0;

	if (getaddrinfo(name, NULL, &hints, &found))
		return 0;
	for (struct addrinfo *a = found; a && n < FILTER_MAX_ADDRESSES; a = a->ai_next)
		addrs[n++] = ntohl(((struct sockaddr_in *)a->ai_addr)->sin_addr.s_addr);
	freeaddrinfo(found);
	return n;
}

static const char *host_name(uint32_t addr, char *buf, size_t size)
{
	return inaddr_name(htonl(addr), false, buf, size);
}

static const char *port_name(uint16_t port, const char *proto, char *buf, size_t size)
{
	struct servent *s = getservbyport(htons(port), proto);

	if (s)
		snprintf(buf, size, "%s", s->s_name);
	else
		snprintf(buf, size, "%u", port);
	return buf;
}

/* ---- the filter ---- */

bool session_compile(struct session *s)
{
	int port = sink_port(s->write);
	char error[FILTER_ERROR_SIZE], *text = NULL;
	bool ok;

	s->env.link = (enum filter_link)s->link;
	s->env.snaplen = (uint32_t)s->snaplen;
	s->env.optimize = !s->no_optimize;
	s->env.live = !s->read;
	s->env.host = resolve_host;
	s->env.port = inaddr_port;
	/* What the listener sends is not captured, or it would feed on itself. */
	if (port && *s->expression)
		asprintf(&text, "(%s) and not tcp port %d", s->expression, port);
	else if (port)
		asprintf(&text, "not tcp port %d", port);
	ok = filter_compile(text ? text : s->expression, &s->env, &s->prog, error);
	free(text);
	if (!ok)
		app_error("tcpdump", "%s", error);
	return ok;
}

static void show_insn(const struct session *s, unsigned int i)
{
	const struct sock_filter *f = &s->prog.insns[i];
	char line[FILTER_LINE_SIZE];

	if (s->show_code == 1) {
		filter_line(&s->prog, i, line);
		puts(line);
	} else if (s->show_code == 2) {
		printf("{ 0x%x, %u, %u, 0x%08x },\n", f->code, f->jt, f->jf, f->k);
	} else {
		printf("%u %u %u %u\n", f->code, f->jt, f->jf, f->k);
	}
}

static int show_code(const struct session *s)
{
	if (s->show_code > 2)
		printf("%u\n", s->prog.len);
	for (unsigned int i = 0; i < s->prog.len; i++)
		show_insn(s, i);
	return 0;
}

/* ---- packets ---- */

bool session_take(struct session *s, const struct packet *packet)
{
	s->captured++;
	if (s->sink) {
		if (!sink_write(s->sink, packet)) {
			app_perror("tcpdump", s->write);
			return false;
		}
	} else {
		dump_packet(&s->dump, s->link, packet->ns, packet->p, packet->caplen, packet->len);
		fputs(s->dump.text, stdout);
		fputs("\n", stdout);
		if (s->line_buffered)
			fflush(stdout);
	}
	return !s->count || s->captured < (uint64_t)s->count;
}

static int read_packets(struct session *s, struct savefile *f)
{
	struct packet packet;
	int r;

	while ((r = savefile_next(f, &packet)) > 0) {
		if (!filter_run(&s->prog, packet.p, packet.len, packet.caplen))
			continue;
		if (!session_take(s, &packet))
			break;
	}
	return r < 0;
}

static int read_file(struct session *s)
{
	struct savefile *f = savefile_open(s->read);
	int status = 1;

	if (!f)
		return 1;
	s->link = savefile_link(f);
	fprintf(stderr, "reading from file %s, link-type %s, snapshot length %u\n", s->read,
		link_name(s->link), savefile_snaplen(f));
	if (!session_compile(s))
		goto out;
	if (s->show_code) {
		status = show_code(s);
		goto out;
	}
	if (s->write) {
		s->sink = sink_open(s->write, s->link, (uint32_t)s->snaplen, s->flush);
		if (!s->sink)
			goto out;
	}
	status = read_packets(s, f);
out:
	savefile_close(f);
	return status;
}

/* ---- the command line ---- */

/* The letters that need no more than a field. */
static bool take_flag(struct session *s, int c)
{
	struct dump_options *o = &s->o;
	bool *flags[128] = {
		['D'] = &s->list,	 ['p'] = &s->no_promisc, ['U'] = &s->flush,
		['O'] = &s->no_optimize, ['n'] = &s->no_names,	 ['l'] = &s->line_buffered,
		['A'] = &o->ascii,	 ['e'] = &o->ether,	 ['q'] = &o->quick,
		['S'] = &o->absolute,	 ['K'] = &o->no_cksum,	 ['#'] = &o->number,
	};
	int *counts[128] = {
		['d'] = &s->show_code, ['v'] = &o->verbose,  ['t'] = &o->time,
		['x'] = &o->hex,       ['X'] = &o->text_hex,
	};

	if (c <= 0 || c >= 128 || (!flags[c] && !counts[c]))
		return false;
	if (flags[c])
		*flags[c] = true;
	else
		++*counts[c];
	return true;
}

static bool take_value(struct session *s, int c, const char *value)
{
	switch (c) {
	case 'i':
		s->device = value;
		return true;
	case 'r':
		s->read = value;
		return true;
	case 'w':
		s->write = value;
		if (strncmp(value, "tcp:", 4) || sink_port(value))
			return true;
		app_error("tcpdump", "bad port '%s' (1 to 65535)", value + 4);
		return false;
	case 'c':
		return app_number_or_say("tcpdump", "packet count", value, 1, INT32_MAX, &s->count);
	case 's':
		if (!app_number_or_say("tcpdump", "snaplen", value, 0, SNAPLEN_MAX, &s->snaplen))
			return false;
		if (!s->snaplen)
			s->snaplen = SNAPLEN_MAX;
		return true;
	case 'Q':
		s->direction = !strcmp(value, "in") ? 'i' : !strcmp(value, "out") ? 'o' : 0;
		if (s->direction || !strcmp(value, "inout"))
			return true;
		app_error("tcpdump", "unknown capture direction '%s' (in, out, inout)", value);
	}
	return false;
}

static char *join(int n, char **words)
{
	size_t size = 1;
	char *text;

	for (int i = 0; i < n; i++)
		size += strlen(words[i]) + 1;
	text = calloc(1, size);
	for (int i = 0; text && i < n; i++) {
		if (i)
			strlcat(text, " ", size);
		strlcat(text, words[i], size);
	}
	return text;
}

static bool prepare(struct session *s)
{
	s->dump.o = &s->o;
	s->dump.size =
		LINE_ROOM + (s->o.hex || s->o.text_hex || s->o.ascii ? LINE_HEX : LINE_HEX / 4);
	s->dump.text = malloc(s->dump.size);
	s->dump.flows = calloc(DUMP_FLOWS, sizeof(*s->dump.flows));
	s->o.device = if_indextoname;
	if (!s->no_names) {
		s->o.host = host_name;
		s->o.port = port_name;
	}
	if (s->dump.text && s->dump.flows && s->expression)
		return true;
	app_perror("tcpdump", "start");
	return false;
}

static int run(struct session *s)
{
	if (s->list)
		return capture_list();
	if (!prepare(s))
		return 1;
	if (s->read)
		return read_file(s);
	if (!s->show_code)
		return capture(s);
	s->link = LINK_ETHERNET;
	return session_compile(s) ? show_code(s) : 1;
}

static int show_version(void)
{
	puts("tcpdump version skbox");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "version", no_argument, NULL, 'V' },	       { "help", no_argument, NULL, 'h' },
		{ "list-interfaces", no_argument, NULL, 'D' }, { "number", no_argument, NULL, '#' },
		{ "print", no_argument, NULL, 'l' },	       { NULL, 0, NULL, 0 },
	};
	struct session s = { .snaplen = SNAPLEN_MAX };
	int c, status;

	while ((c = getopt_long(argc, argv, "+:i:r:w:c:s:Q:DnevqtxXASlpK#UOdh", long_options,
				NULL)) != -1) {
		if (c == 'V')
			return show_version();
		if (c == 'h')
			return app_help(argv[0]) ? 0 : 2;
		if (strchr("irwcsQ", c)) {
			if (!take_value(&s, c, optarg))
				return 1;
		} else if (!take_flag(&s, c)) {
			return app_badopt(argv, c);
		}
	}
	s.expression = join(argc - optind, argv + optind);
	status = run(&s);
	if (s.sink && !sink_close(s.sink) && !status)
		status = app_perror("tcpdump", s.write);
	filter_free(&s.prog);
	free(s.expression);
	free(s.dump.text);
	free(s.dump.flows);
	return status;
}
