/* /etc/resolv.conf: nameserver, search or domain (the last one counts), options. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libc/netdb/dns_msg.h"
#include "libc/netdb/resolv_conf.h"

#define BLANKS " \t\r\n"

static void add_server(struct resolv_conf *conf, const char *text)
{
	struct sockaddr_in *sin = &conf->servers[conf->nservers];

	if (!text || conf->nservers == MAXNS || inet_pton(AF_INET, text, &sin->sin_addr) != 1)
		return;
	sin->sin_family = AF_INET;
	sin->sin_port = htons(DNS_PORT);
	conf->nservers++;
}

static void set_search(struct resolv_conf *conf, char **rest, int max)
{
	char *to = conf->names, *word;
	size_t room = sizeof(conf->names), len;

	conf->nsearch = 0;
	while (conf->nsearch < max && (word = strtok_r(NULL, BLANKS, rest))) {
		len = strlcpy(to, word, room) + 1;
		if (len > room)
			return;
		conf->search[conf->nsearch++] = to;
		to += len;
		room -= len;
	}
}

/* The number after @name in an option such as "timeout:3", held to @min … @max. */
static void set_option(const char *word, const char *name, int *value, int min, int max)
{
	size_t len = strlen(name);
	int v;

	if (strncmp(word, name, len))
		return;
	v = atoi(word + len);
	*value = v < min ? min : v > max ? max : v;
}

static void set_options(struct resolv_conf *conf, char **rest)
{
	char *word;

	while ((word = strtok_r(NULL, BLANKS, rest))) {
		set_option(word, "timeout:", &conf->timeout, 1, 30);
		set_option(word, "attempts:", &conf->attempts, 1, 5);
		set_option(word, "ndots:", &conf->ndots, 0, 15);
	}
}

static void read_line(struct resolv_conf *conf, char *line)
{
	char *rest, *word;

	if (*line == '#' || *line == ';')
		return;
	word = strtok_r(line, BLANKS, &rest);
	if (!word)
		return;
	if (!strcmp(word, "nameserver"))
		add_server(conf, strtok_r(NULL, BLANKS, &rest));
	else if (!strcmp(word, "search"))
		set_search(conf, &rest, DNS_MAXSEARCH);
	else if (!strcmp(word, "domain"))
		set_search(conf, &rest, 1);
	else if (!strcmp(word, "options"))
		set_options(conf, &rest);
}

void resolv_conf_read(struct resolv_conf *conf)
{
	FILE *f = fopen("/etc/resolv.conf", "re");
	char line[256];

	memset(conf, 0, sizeof(*conf));
	conf->timeout = 5;
	conf->attempts = 2;
	conf->ndots = 1;
	if (f) {
		while (fgets(line, sizeof(line), f))
			read_line(conf, line);
		fclose(f);
	}
	if (!conf->nservers)
		add_server(conf, "127.0.0.1");
}
