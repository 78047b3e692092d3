/*
 * ip route: what changes the tables - add, append, prepend, replace, change, del. A route is read
 * as iproute2 reads it: its type, then words in any order, the one without a name being the
 * destination. What is shown is route_show.c's and route_get.c's.
 */
#include <errno.h>
#include <string.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "route.h"

int route_answers(int err)
{
	fprintf(stderr, "RTNETLINK answers: %s\n",
		err == ESRCH ? "No such process" : strerror(err));
	return 2;
}

/* A route that is being read. */
struct parse {
	struct rt_request *r;
	struct rt_request_nh *nh; /* which via, dev and weight go to */
	bool has_dst, has_scope, has_nexthops;
};

static bool bad_value(const char *name, const char *value)
{
	app_error("ip", "route: %s '%s' is wrong", name, value);
	return false;
}

static bool set_dst(struct parse *p, const char *word)
{
	int len;

	if (p->has_dst)
		return bad_value("destination", word);
	if (!inaddr_parse_prefix(word, &p->r->dst, &len))
		return !ip_no_prefix(word);
	p->r->len = len;
	p->has_dst = true;
	return true;
}

static bool set_via(struct parse *p, const char *word)
{
	return inaddr_parse(word, &p->nh->gateway) || bad_value("gateway", word);
}

static bool set_dev(struct parse *p, const char *word)
{
	strlcpy(p->nh->dev, word, sizeof(p->nh->dev));
	return true;
}

static bool set_src(struct parse *p, const char *word)
{
	return inaddr_parse(word, &p->r->prefsrc) || bad_value("src", word);
}

static bool set_number(const char *name, const char *word, long max, unsigned int *to)
{
	long n;

	if (!app_number(word, 0, max, &n))
		return bad_value(name, word);
	*to = n;
	return true;
}

static bool set_metric(struct parse *p, const char *word)
{
	return set_number("metric", word, 0x7fffffff, &p->r->metric);
}

static bool set_mtu(struct parse *p, const char *word)
{
	return set_number("mtu", word, 65535, &p->r->mtu);
}

static bool set_weight(struct parse *p, const char *word)
{
	return set_number("weight", word, 256, &p->nh->weight) &&
	       (p->nh->weight || bad_value("weight", word));
}

/* "3" of the destination, or "2/3": of the source and the destination. */
static bool set_realm(struct parse *p, const char *word)
{
	const char *slash = strchr(word, '/');
	char from[8];
	long a = 0, b;

	if (slash) {
		strlcpy(from, word, sizeof(from));
		from[slash - word < 7 ? slash - word : 7] = '\0';
		if (!app_number(from, 0, 255, &a))
			return bad_value("realm", word);
		word = slash + 1;
	}
	if (!app_number(word, 0, 255, &b))
		return bad_value("realm", word);
	p->nh->realm = a << 16 | b;
	return true;
}

static bool set_named(enum fib_names kind, const char *name, const char *word, unsigned char *to)
{
	int n = fib_number(kind, word);

	if (n < 0)
		return bad_value(name, word);
	*to = n;
	return true;
}

static bool set_proto(struct parse *p, const char *word)
{
	return set_named(FIB_PROTOCOLS, "proto", word, &p->r->protocol);
}

static bool set_scope(struct parse *p, const char *word)
{
	p->has_scope = true;
	return set_named(FIB_SCOPES, "scope", word, &p->r->scope);
}

static bool set_table(struct parse *p, const char *word)
{
	return set_named(FIB_TABLES, "table", word, &p->r->table);
}

static bool set_tos(struct parse *p, const char *word)
{
	unsigned int tos;

	if (!set_number("tos", word, 255, &tos))
		return false;
	p->r->tos = tos & 0x1c;
	return p->r->tos == tos || bad_value("tos", word);
}

static const struct {
	const char *name;
	bool (*set)(struct parse *p, const char *word);
} setters[] = {
	{ "to", set_dst },	 { "via", set_via },	   { "dev", set_dev },
	{ "src", set_src },	 { "metric", set_metric }, { "preference", set_metric },
	{ "mtu", set_mtu },	 { "weight", set_weight }, { "realm", set_realm },
	{ "realms", set_realm }, { "proto", set_proto },   { "protocol", set_proto },
	{ "scope", set_scope },	 { "table", set_table },   { "tos", set_tos },
	{ "dsfield", set_tos },
};

static bool next_nexthop(struct parse *p)
{
	if (p->r->nr_nh == RT_MAX_NH && p->has_nexthops) {
		app_error("ip", "route: more than %d next hops", RT_MAX_NH);
		return false;
	}
	if (!p->has_nexthops)
		p->r->nr_nh = 0;
	p->has_nexthops = true;
	p->nh = &p->r->nh[p->r->nr_nh++];
	return true;
}

/* One word, or a name and its value; how many it took, 0: said what is wrong. */
static int parse_word(struct parse *p, char **words)
{
	if (!strcmp(*words, "nexthop"))
		return next_nexthop(p);
	if (!strcmp(*words, "onlink")) {
		p->nh->flags |= RTNH_F_ONLINK;
		return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(setters); i++) {
		if (strcmp(*words, setters[i].name))
			continue;
		if (!words[1]) {
			app_error("ip", "route: %s needs a value", *words);
			return 0;
		}
		return setters[i].set(p, words[1]) ? 2 : 0;
	}
	return set_dst(p, *words);
}

/* iproute2's: as far as the route leads. */
static unsigned char default_scope(const struct rt_request *r)
{
	if (r->type == 2) /* local */
		return 254;
	if (r->type == 3 || r->type == 5 || r->type == 4)
		return 253;
	return r->type <= FIB_RTN_UNICAST && !r->nh[0].gateway && r->nr_nh == 1 ? 253 : 0;
}

static bool type_without_nexthop(unsigned char type)
{
	return type >= 6 && type <= 9;
}

static bool parse_route(char **words, struct rt_request *r, bool del)
{
	struct parse p = { .r = r, .nh = &r->nh[0] };
	int n;

	r->nr_nh = 1;
	if (*words && fib_number(FIB_TYPES, *words) > 0 && **words > '9')
		r->type = fib_number(FIB_TYPES, *words++);
	for (; *words; words += n) {
		n = parse_word(&p, words);
		if (!n)
			return false;
	}
	if (!p.has_dst) {
		app_error("ip", "route: a destination is needed");
		return false;
	}
	if (type_without_nexthop(r->type) ||
	    (del && !p.has_nexthops && !*r->nh[0].dev && !r->nh[0].gateway))
		r->nr_nh = 0;
	if (!p.has_scope)
		r->scope = del ? FIB_SCOPE_NOWHERE : default_scope(r);
	if (!r->protocol && !del)
		r->protocol = RTPROT_BOOT;
	if (!r->table && r->type >= 2 && r->type <= 4)
		r->table = RT_TABLE_LOCAL;
	return true;
}

static const struct change {
	const char *name;
	unsigned int cmd, how;
} changes[] = {
	{ "add", RT_REQ_ADD, RT_EXCL },
	{ "append", RT_REQ_ADD, RT_APPEND },
	{ "prepend", RT_REQ_ADD, 0 },
	{ "replace", RT_REQ_ADD, RT_REPLACE },
	{ "change", RT_REQ_ADD, RT_REPLACE | RT_NOCREATE },
	{ "chg", RT_REQ_ADD, RT_REPLACE | RT_NOCREATE },
	{ "delete", RT_REQ_DEL, 0 },
};

static int change(const struct change *c, char **words)
{
	struct rt_request r = { .how = c->how };

	if (!parse_route(words, &r, c->cmd == RT_REQ_DEL))
		return 1;
	return fib_request(c->cmd, &r) < 0 ? route_answers(errno) : 0;
}

int cmd_ip_route(const struct ip_options *o, char **words)
{
	const char *cmd = *words ? *words : "show";
	char **rest = *words ? words + 1 : words;

	if (ip_matches(cmd, "show") || ip_matches(cmd, "list") || !strcmp(cmd, "ls"))
		return route_show(o, rest);
	if (ip_matches(cmd, "get"))
		return route_get(rest);
	if (ip_matches(cmd, "flush"))
		return route_flush(rest);
	for (size_t i = 0; i < ARRAY_LEN(changes); i++)
		if (ip_matches(cmd, changes[i].name))
			return change(&changes[i], rest);
	return ip_bad("route", cmd);
}
