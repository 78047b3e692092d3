/*
 * explain route: how the way to an address is found, step by step - the routing cache, the zones
 * of each table from the longest prefix on, the entry that matched - and what the neighbour table
 * knows of the next hop.
 */
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/fib.h"
#include "../lib/inaddr.h"
#include "../lib/util.h"

static bool parse(const char *app, char **words, struct rt_get *get)
{
	for (; *words; words++) {
		const char *name = *words;

		if (inaddr_parse(name, &get->dst))
			continue;
		if (!words[1])
			break;
		words++;
		if (!strcmp(name, "iif"))
			strlcpy(get->iif, *words, sizeof(get->iif));
		else if (!strcmp(name, "oif"))
			strlcpy(get->oif, *words, sizeof(get->oif));
		else if (strcmp(name, "from") || !inaddr_parse(*words, &get->src))
			break;
	}
	if (*words)
		app_error(app, "route: '%s' is wrong", *words);
	else if (!get->dst)
		app_error(app, "route: an address is needed");
	return !*words && get->dst;
}

static void print_table(const struct rt_get *get, unsigned int table, unsigned long long tried)
{
	char num[12], prefix[24];
	const char *name = fib_name(FIB_TABLES, table, num);

	if (!tried && get->table != table) {
		printf("  table %-6s empty, or not asked\n", name);
		return;
	}
	printf("  table %-6s zones tried:", name);
	for (int len = 32; len >= 0; len--)
		if (tried >> len & 1)
			printf(" /%d", len);
	if (get->table != table) {
		puts(": nothing matches");
		return;
	}
	printf(": %s matches", fib_prefix(get->prefix, get->len, prefix));
	if (get->metric)
		printf(" (metric %u)", get->metric);
	putchar('\n');
}

static void print_neighbour(const char *next_hop, const char *dev)
{
	char *text = text_read("/proc/net/neigh"), *cursor = text, *line, *used;
	size_t len = strlen(next_hop);

	while (text && (line = text_line(&cursor))) {
		if (strncmp(line, next_hop, len) || line[len] != ' ' || !strstr(line, dev))
			continue;
		used = strstr(line, " used ");
		if (used)
			*used = '\0';
		printf("  neighbour    %s\n", line);
		free(text);
		return;
	}
	free(text);
	printf("  neighbour    %s dev %s is not known: ARP will ask\n", next_hop, dev);
}

static void print_way(const struct rt_get *get)
{
	char gateway[INET_ADDRSTRLEN], src[INET_ADDRSTRLEN], num[12], flags[96];
	const char *hop = inaddr_str(get->gateway ? get->gateway : get->dst, gateway);

	printf("  way          %s, %s %s dev %s", fib_name(FIB_TYPES, get->type, num),
	       get->gateway ? "by way of the gateway" : "straight to", hop, get->dev);
	if (get->prefsrc && !*get->iif)
		printf(", from %s", inaddr_str(get->prefsrc, src));
	if (get->mtu)
		printf(", mtu %u", get->mtu);
	if (get->expires)
		printf(" (learnt, for %u s)", get->expires);
	printf("%s\n", fib_cache_flags(get->flags, flags));
	if (get->type == FIB_RTN_UNICAST && !get->error)
		print_neighbour(hop, get->dev);
}

int explain_route(const char *app, char **words)
{
	struct rt_get get = { 0 };
	char dst[INET_ADDRSTRLEN];

	if (!parse(app, words, &get))
		return 2;
	if (fib_get(&get) < 0)
		return app_perror(app, "route");
	printf("%s, %s%s\n", inaddr_str(get.dst, dst),
	       *get.iif ? "coming in on " : "sent from here", get.iif);
	printf("  cache        %s\n", get.cached ? "hit: the tables need not be asked; they say" :
						   "miss: the tables are asked");
	print_table(&get, RT_TABLE_LOCAL, get.tried_local);
	print_table(&get, RT_TABLE_MAIN, get.tried_main);
	if (get.error)
		printf("  end          %s\n", strerror(get.error));
	else
		print_way(&get);
	return !!get.error;
}
