/*
 * ip route get ADDR [from ADDR iif IF] [oif IF] [tos T], and ip route show cache: ways as the
 * kernel has found them, for one packet or for all that it remembers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "route.h"

#define FLOW_FIELDS 16
#define RTN_UNICAST FIB_RTN_UNICAST

/* One way. */
struct way {
	in_addr_t dst, src, gateway, prefsrc;
	const char *dev, *iif; /* iif NULL: of ours */
	unsigned int type, tos, flags, mtu, expires, realm;
	int error;
	unsigned int users, used, age; /* with statistics */
};

static void print_way(const struct way *w, bool stats)
{
	char text[INET_ADDRSTRLEN], num[12], flags[96];

	if (w->error)
		printf("unreachable ");
	else if (w->type != RTN_UNICAST)
		printf("%s ", fib_name(FIB_TYPES, w->type, num));
	printf("%s", inaddr_str(w->dst, text));
	if (w->src)
		printf(" from %s", inaddr_str(w->src, text));
	if (w->tos)
		printf(" tos 0x%02x", w->tos);
	if (w->gateway)
		printf(" via %s", inaddr_str(w->gateway, text));
	printf(" dev %s", w->dev);
	if (w->prefsrc && !w->iif)
		printf(" src %s", inaddr_str(w->prefsrc, text));
	if (w->realm)
		printf(" realm %u", w->realm & 0xffff);
	printf("\n    cache%s", fib_cache_flags(w->flags, flags));
	if (w->expires)
		printf(" expires %usec", w->expires);
	if (stats)
		printf(" users %u used %u age %usec", w->users, w->used, w->age);
	if (w->error)
		printf(" error %d", w->error);
	if (w->mtu)
		printf(" mtu %u", w->mtu);
	if (w->iif)
		printf(" iif %s", w->iif);
	putchar('\n');
}

/* ---- for one packet ---- */

static bool parse_get(char **words, struct rt_get *get)
{
	const char *to = NULL, *from = NULL, *iif = NULL, *oif = NULL, *tos = NULL;
	const struct ip_pair pairs[] = { { "", &to },	  { "to", &to },   { "from", &from },
					 { "iif", &iif }, { "oif", &oif }, { "dev", &oif },
					 { "tos", &tos } };
	long n = 0;

	if (!ip_parse_pairs("route get", words, pairs, ARRAY_LEN(pairs)))
		return false;
	if (!to)
		return app_error("ip", "route get: an address is needed"), false;
	if (!inaddr_parse(to, &get->dst))
		return ip_bad("route get", to), false;
	if (from && !inaddr_parse(from, &get->src))
		return ip_bad("route get", from), false;
	if (tos && !app_number_or_say("ip", "tos", tos, 0, 255, &n))
		return false;
	get->tos = n;
	if (iif)
		strlcpy(get->iif, iif, sizeof(get->iif));
	if (oif)
		strlcpy(get->oif, oif, sizeof(get->oif));
	return true;
}

int route_get(char **words)
{
	struct rt_get get = { 0 };
	bool input;

	if (!parse_get(words, &get))
		return 1;
	input = *get.iif;
	if (fib_get(&get) < 0)
		return route_answers(errno);
	if (get.error && !(get.flags && input))
		return route_answers(get.error);
	print_way(&(struct way){ .dst = get.dst,
				 .src = get.src,
				 .gateway = get.gateway,
				 .prefsrc = get.prefsrc,
				 .dev = get.dev,
				 .iif = input ? get.iif : NULL,
				 .type = get.type,
				 .tos = get.tos,
				 .flags = get.flags,
				 .mtu = get.mtu,
				 .expires = get.expires,
				 .realm = get.realm,
				 .error = get.error },
		  false);
	return 0;
}

/* ---- all that are remembered ---- */

static void print_flow(char *line, void *stats)
{
	char *f[FLOW_FIELDS + 1];
	int n = text_fields(line, f, FLOW_FIELDS + 1);

	if (n < FLOW_FIELDS || *f[0] == '#')
		return;
	print_way(&(struct way){ .iif = strcmp(f[0], "in") ? NULL : f[5],
				 .type = strtoul(f[1], NULL, 10),
				 .dst = strtoul(f[2], NULL, 16),
				 .src = strtoul(f[3], NULL, 16),
				 .tos = strtoul(f[4], NULL, 10),
				 .dev = f[6],
				 .gateway = strtoul(f[7], NULL, 16),
				 .prefsrc = strtoul(f[8], NULL, 16),
				 .flags = strtoul(f[9], NULL, 16),
				 .mtu = strtoul(f[10], NULL, 10),
				 .expires = strtoul(f[11], NULL, 10),
				 .used = strtoul(f[12], NULL, 10),
				 .age = strtoul(f[13], NULL, 10),
				 .users = strtoul(f[14], NULL, 10),
				 .error = atoi(f[15]) },
		  *(bool *)stats);
}

int route_show_cache(const struct ip_options *o)
{
	bool stats = o->stats;

	return text_each_line("/proc/net/rt_flows", print_flow, &stats) ?
		       ip_failed("/proc/net/rt_flows") :
		       0;
}
