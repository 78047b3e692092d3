/*
 * ss: sockets. -t -u -w -0: which protocols, -a -l: which states, -n -r: numbers or names, -i:
 * TCP's insides, -p: the tasks, -o: timers, -m: memory, -e: timers and details, -s: a summary, -K:
 * ends those that are found, -O: a line each, -H: no title. Filters as iproute2's (ss/filter.c).
 */
#include <getopt.h>

#include "lib/util.h"
#include "ss/ss.h"

static bool take_flag(struct options *o, int c)
{
	bool *flags[] = {
		['t'] = &o->tcp,      ['u'] = &o->udp,	   ['w'] = &o->raw,
		['0'] = &o->packet,   ['a'] = &o->all,	   ['l'] = &o->listening,
		['n'] = &o->numeric,  ['r'] = &o->resolve, ['i'] = &o->info,
		['p'] = &o->process,  ['o'] = &o->timer,   ['m'] = &o->memory,
		['e'] = &o->details,  ['s'] = &o->summary, ['H'] = &o->no_title,
		['O'] = &o->one_line, ['K'] = &o->kill,
	};

	if (c == '4')
		return true;
	if (c < 0 || (size_t)c >= ARRAY_LEN(flags) || !flags[c])
		return false;
	return *flags[c] = true;
}

static const struct option long_options[] = {
	{ "tcp", no_argument, NULL, 't' },
	{ "udp", no_argument, NULL, 'u' },
	{ "raw", no_argument, NULL, 'w' },
	{ "packet", no_argument, NULL, '0' },
	{ "all", no_argument, NULL, 'a' },
	{ "listening", no_argument, NULL, 'l' },
	{ "numeric", no_argument, NULL, 'n' },
	{ "resolve", no_argument, NULL, 'r' },
	{ "info", no_argument, NULL, 'i' },
	{ "processes", no_argument, NULL, 'p' },
	{ "options", no_argument, NULL, 'o' },
	{ "memory", no_argument, NULL, 'm' },
	{ "extended", no_argument, NULL, 'e' },
	{ "summary", no_argument, NULL, 's' },
	{ "no-header", no_argument, NULL, 'H' },
	{ "oneline", no_argument, NULL, 'O' },
	{ "kill", no_argument, NULL, 'K' },
	{ "ipv4", no_argument, NULL, '4' },
	{ NULL, 0, NULL, 0 },
};

int main(int argc, char **argv)
{
	struct options o = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, ":tuw0alnripomesHOK4", long_options, NULL)) != -1)
		if (!take_flag(&o, c))
			return app_badopt(argv, c);
	if (!filter_parse(&o.filter, argc - optind, argv + optind))
		return 2;
	return o.summary ? summary_show() : tables_show(&o);
}
