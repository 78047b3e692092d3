/*
 * ip: addresses, links, routes, neighbours and groups in the language of iproute2. -s: with
 * counters, -br: one line each, -4 and -n accepted.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ip/ip.h"
#include "lib/util.h"

bool ip_matches(const char *word, const char *name)
{
	return *word && !strncmp(word, name, strlen(word));
}

int ip_failed(const char *what)
{
	app_perror("ip", what);
	return 2;
}

int ip_bad(const char *what, const char *word)
{
	app_error("ip", "%s: '%s' is unknown", what, word);
	return 1;
}

int ip_not_there(const char *dev)
{
	fflush(stdout);
	fprintf(stderr, "Device \"%s\" does not exist.\n", dev);
	return 1;
}

int ip_cannot_find(const char *dev)
{
	fprintf(stderr, "Cannot find device \"%s\"\n", dev);
	return 1;
}

int ip_no_prefix(const char *word)
{
	fprintf(stderr, "Error: any valid prefix is expected rather than \"%s\".\n", word);
	return 1;
}

int ip_answer(int err, const char *text)
{
	if (text)
		fprintf(stderr, "Error: %s\n", text);
	else
		fprintf(stderr, "RTNETLINK answers: %s\n", strerror(err));
	return 2;
}

bool ip_take_word(char **words, const char *word)
{
	for (; *words; words++) {
		if (strcmp(*words, word))
			continue;
		for (; *words; words++)
			words[0] = words[1];
		return true;
	}
	return false;
}

static const struct ip_pair *find_pair(const struct ip_pair *pairs, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(pairs[i].name, name))
			return &pairs[i];
	return NULL;
}

bool ip_parse_pairs(const char *what, char **words, const struct ip_pair *pairs, int n)
{
	for (; *words; words++) {
		const struct ip_pair *p = find_pair(pairs, n, *words);

		if (p) {
			if (!words[1]) {
				app_error("ip", "%s: %s needs a value", what, *words);
				return false;
			}
			words++;
		} else {
			p = find_pair(pairs, n, "");
			if (!p || *p->value) {
				ip_bad(what, *words);
				return false;
			}
		}
		if (p->value)
			*p->value = *words;
	}
	return true;
}

/* Options stand before the object. False: unknown. */
static bool parse_option(struct ip_options *o, const char *word)
{
	while (*word == '-')
		word++;
	if (ip_matches(word, "statistics") || !strcmp(word, "s"))
		o->stats++;
	else if (ip_matches(word, "brief") && word[1] == 'r')
		o->brief = true;
	else if (ip_matches(word, "oneline"))
		o->oneline = true;
	else if (ip_matches(word, "numeric"))
		o->numeric = true;
	else if (!strcmp(word, "4"))
		o->inet = true;
	else if (strcmp(word, "d") && strcmp(word, "details"))
		return false;
	return true;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*fn)(const struct ip_options *o, char **words);
	} objects[] = {
		{ "address", cmd_ip_addr },
		{ "addr", cmd_ip_addr },
		{ "link", cmd_ip_link },
		{ "route", cmd_ip_route },
		{ "neighbour", cmd_ip_neigh },
		{ "neighbor", cmd_ip_neigh },
		{ "maddress", cmd_ip_maddr },
		{ "rule", cmd_ip_rule },
		{ "tcp_metrics", cmd_ip_tcp_metrics },
		{ "tcpmetrics", cmd_ip_tcp_metrics },
	};
	struct ip_options o = { 0 };
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return !app_help(argv[0]);
		if (!strcmp(argv[i], "-V") || !strcmp(argv[i], "-Version"))
			return puts("ip utility, skbox"), 0;
		if (!parse_option(&o, argv[i]))
			return app_error(argv[0], "unknown option '%s'", argv[i]), 2;
	}
	if (i >= argc)
		return app_usage(argv[0]);
	if (!strcmp(argv[i], "help"))
		return !app_help(argv[0]);
	for (size_t k = 0; k < ARRAY_LEN(objects); k++)
		if (ip_matches(argv[i], objects[k].name))
			return objects[k].fn(&o, argv + i + 1);
	fprintf(stderr, "Object \"%s\" is unknown, try \"ip help\".\n", argv[i]);
	return 1;
}
