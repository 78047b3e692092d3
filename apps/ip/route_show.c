/*
 * ip route show, ip route flush: the tables as iproute2 words them, all of them or those that a
 * filter lets through: [to] [root|match|exact] PREFIX, table, dev, via, src, proto, scope, type.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "route.h"

enum { MATCH_EXACT, MATCH_ROOT, MATCH_COVERS };

struct filter {
	int table;    /* 0: all */
	int how, len; /* len -1: any destination */
	in_addr_t dst, via, src;
	const char *dev;
	int proto, scope, type; /* -1: any */
	bool cache;
};

/* ---- what is wanted ---- */

static bool set_target(struct filter *f, int how, const char *word)
{
	f->how = how;
	if (word && inaddr_parse_prefix(word, &f->dst, &f->len))
		return true;
	ip_bad("route show", word ? word : "");
	return false;
}

static bool set_table(struct filter *f, const char *word)
{
	f->cache = !strcmp(word, "cache");
	f->table = !strcmp(word, "all") ? 0 : fib_number(FIB_TABLES, word);
	return f->cache || f->table >= 0 || (ip_bad("table", word), false);
}

static bool set_number(int *to, enum fib_names kind, const char *word)
{
	*to = fib_number(kind, word);
	return *to >= 0 || (ip_bad("route show", word), false);
}

static bool set_value(struct filter *f, const char *name, const char *value)
{
	if (!strcmp(name, "root"))
		return set_target(f, MATCH_ROOT, value);
	if (!strcmp(name, "match"))
		return set_target(f, MATCH_COVERS, value);
	if (!strcmp(name, "exact"))
		return set_target(f, MATCH_EXACT, value);
	if (!strcmp(name, "table"))
		return set_table(f, value);
	if (!strcmp(name, "dev"))
		return f->dev = value, true;
	if (!strcmp(name, "via"))
		return inaddr_parse(value, &f->via) || (ip_bad("via", value), false);
	if (!strcmp(name, "src"))
		return inaddr_parse(value, &f->src) || (ip_bad("src", value), false);
	if (!strncmp(name, "proto", 5))
		return set_number(&f->proto, FIB_PROTOCOLS, value);
	if (!strcmp(name, "scope"))
		return set_number(&f->scope, FIB_SCOPES, value);
	return set_number(&f->type, FIB_TYPES, value);
}

static bool takes_value(const char *word)
{
	static const char *const all[] = { "root", "match", "exact",	"table", "dev", "via",
					   "src",  "proto", "protocol", "scope", "type" };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (!strcmp(word, all[i]))
			return true;
	return false;
}

static bool parse_filter(char **words, struct filter *f)
{
	*f = (struct filter){
		.table = RT_TABLE_MAIN, .len = -1, .proto = -1, .scope = -1, .type = -1
	};
	for (; *words; words++) {
		if (!strcmp(*words, "to") && words[1])
			words++;
		if (!strcmp(*words, "cache") || !strcmp(*words, "cached")) {
			f->cache = true;
		} else if (!takes_value(*words)) {
			if (!set_target(f, MATCH_EXACT, *words))
				return false;
		} else if (!words[1]) {
			app_error("ip", "route: %s needs a value", *words);
			return false;
		} else {
			if (!set_value(f, words[0], words[1]))
				return false;
			words++;
		}
	}
	return true;
}

static bool dst_matches(const struct rt_request *r, const struct filter *f)
{
	int len = r->len < f->len ? r->len : f->len;

	if (f->len < 0)
		return true;
	if ((r->dst ^ f->dst) & inaddr_mask(len))
		return false;
	if (f->how == MATCH_EXACT)
		return r->len == f->len;
	return f->how == MATCH_ROOT ? r->len >= f->len : r->len <= f->len;
}

static bool nexthop_matches(const struct rt_request *r, const struct filter *f)
{
	if (!f->dev && !f->via)
		return true;
	for (int i = 0; i < r->nr_nh; i++)
		if ((!f->dev || !strcmp(f->dev, r->nh[i].dev)) &&
		    (!f->via || f->via == r->nh[i].gateway))
			return true;
	return false;
}

static bool matches(const struct rt_request *r, const struct filter *f)
{
	return (!f->table || r->table == f->table) && dst_matches(r, f) && nexthop_matches(r, f) &&
	       (!f->src || r->prefsrc == f->src) && (f->proto < 0 || r->protocol == f->proto) &&
	       (f->scope < 0 || r->scope == f->scope) && (f->type < 0 || r->type == f->type);
}

/* ---- sentences ---- */

static void print_realm(unsigned int realm)
{
	if (realm >> 16)
		printf(" realms %u/%u", realm >> 16, realm & 0xffff);
	else if (realm)
		printf(" realm %u", realm);
}

static void print_nh_flags(unsigned int flags)
{
	if (flags & RTNH_F_DEAD)
		printf(" dead");
	if (flags & RTNH_F_ONLINK)
		printf(" onlink");
}

static void print_via(const struct rt_request_nh *nh)
{
	char text[INET_ADDRSTRLEN];

	if (nh->gateway)
		printf(" via %s", inaddr_str(nh->gateway, text));
	if (*nh->dev)
		printf(" dev %s", nh->dev);
}

static void print_route(const struct rt_request *r, const struct filter *f)
{
	char prefix[24], text[INET_ADDRSTRLEN], num[12];

	if (r->type != FIB_RTN_UNICAST)
		printf("%s ", fib_name(FIB_TYPES, r->type, num));
	printf("%s", fib_prefix(r->dst, r->len, prefix));
	if (r->tos)
		printf(" tos 0x%02x", r->tos);
	if (r->nr_nh == 1)
		print_via(&r->nh[0]);
	if (!f->table && r->table != RT_TABLE_MAIN)
		printf(" table %s", fib_name(FIB_TABLES, r->table, num));
	if (r->protocol != RTPROT_BOOT)
		printf(" proto %s", fib_name(FIB_PROTOCOLS, r->protocol, num));
	if (r->scope)
		printf(" scope %s", fib_name(FIB_SCOPES, r->scope, num));
	if (r->prefsrc)
		printf(" src %s", inaddr_str(r->prefsrc, text));
	if (r->metric)
		printf(" metric %u", r->metric);
	if (r->nr_nh == 1) {
		print_nh_flags(r->nh[0].flags);
		print_realm(r->nh[0].realm);
	}
	if (r->mtu)
		printf(" mtu %u", r->mtu);
	for (int i = 0; r->nr_nh > 1 && i < r->nr_nh; i++) {
		printf("\n\tnexthop");
		print_via(&r->nh[i]);
		printf(" weight %u", r->nh[i].weight);
		print_nh_flags(r->nh[i].flags);
		print_realm(r->nh[i].realm);
	}
	putchar('\n');
}

/* ---- commands ---- */

int route_show(const struct ip_options *o, char **words)
{
	struct rt_request *list;
	struct filter f;
	int n;

	if (!parse_filter(words, &f))
		return 1;
	if (f.cache)
		return route_show_cache(o);
	n = fib_read(&list);
	if (n < 0)
		return ip_failed("route");
	for (int i = 0; i < n; i++)
		if (matches(&list[i], &f))
			print_route(&list[i], &f);
	free(list);
	return 0;
}

static int flush_cache(void)
{
	struct rt_request r = { 0 };

	return fib_request(RT_REQ_FLUSH_CACHE, &r) < 0 ? route_answers(errno) : 0;
}

int route_flush(char **words)
{
	struct rt_request *list;
	struct filter f;
	int n, status = 0;

	if (!*words)
		return app_error("ip", "\"ip route flush\" requires arguments."), 1;
	if (!parse_filter(words, &f))
		return 1;
	if (f.cache)
		return flush_cache();
	n = fib_read(&list);
	for (int i = 0; i < n; i++)
		if (matches(&list[i], &f) && fib_request(RT_REQ_DEL, &list[i]) < 0)
			status = route_answers(errno);
	free(list);
	return n < 0 ? ip_failed("route") : status;
}
