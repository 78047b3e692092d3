/*
 * route: shows (-n: without names; -C: its cache) and changes the routing table.
 * route add|del [-net|-host] TARGET[/len] [netmask M] [gw G] [metric N] [mss N] [reject] [[dev] IF]
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/ifc.h"
#include "lib/inaddr.h"
#include "lib/routes.h"
#include "lib/util.h"

enum { KIND_ANY, KIND_NET, KIND_HOST };

static bool parse_target(const char *word, int kind, struct ifc_route *r)
{
	struct sockaddr_in sin;

	if (inaddr_parse_prefix(word, &r->dst, &r->len)) {
		/* A network without a length: the class says it, as it always did. */
		if (!strchr(word, '/') && strcmp(word, "default") && kind == KIND_NET)
			r->len = inaddr_classful_len(r->dst);
		return true;
	}
	if (!inaddr_resolve("route", word, &sin))
		return false;
	r->dst = sin.sin_addr.s_addr;
	r->len = 32;
	return true;
}

static bool set_value(struct ifc_route *r, const char *name, const char *value)
{
	struct sockaddr_in sin;
	in_addr_t mask;
	long n;

	if (!strcmp(name, "gw")) {
		if (!inaddr_resolve("route", value, &sin))
			return false;
		r->gateway = sin.sin_addr.s_addr;
	} else if (!strcmp(name, "netmask")) {
		if (!inaddr_parse(value, &mask) || inaddr_prefixlen(mask) < 0) {
			app_error("route", "%s: bad netmask", value);
			return false;
		}
		r->len = inaddr_prefixlen(mask);
	} else if (!strcmp(name, "dev")) {
		r->dev = value;
	} else {
		if (!app_number_or_say("route", name, value, 0, 65535, &n))
			return false;
		*(strcmp(name, "metric") ? &r->mtu : &r->metric) = n;
	}
	return true;
}

static bool is_value_word(const char *word)
{
	static const char *const words[] = { "gw", "netmask", "dev", "metric", "mss", "mtu" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

/* What follows the target. */
static bool parse_rest(char **words, struct ifc_route *r)
{
	for (; *words; words++) {
		if (is_value_word(*words)) {
			if (!words[1]) {
				app_error("route", "%s needs a value", *words);
				return false;
			}
			if (!set_value(r, words[0], words[1]))
				return false;
			words++;
		} else if (!strcmp(*words, "reject")) {
			r->reject = true;
		} else if (!words[1]) {
			r->dev = *words;
		} else {
			app_error("route", "unknown word '%s'", *words);
			return false;
		}
	}
	return true;
}

static int change(unsigned long cmd, char **words)
{
	struct ifc_route r = { 0 };
	int kind = KIND_ANY, fd, err;

	if (*words && (!strcmp(*words, "-net") || !strcmp(*words, "-host")))
		kind = strcmp(*words++, "-net") ? KIND_HOST : KIND_NET;
	if (!*words)
		return app_usage("route");
	if (!parse_target(*words, kind, &r) || !parse_rest(words + 1, &r))
		return 2;
	if (cmd == SIOCADDRT && !r.gateway && !r.dev && !r.reject)
		return app_error("route", "where to? A gateway (gw) or a device (dev) is missing"),
		       2;
	fd = ifc_open();
	if (fd < 0)
		return app_perror("route", "socket");
	err = ifc_route(fd, cmd, &r) < 0 ? errno : 0;
	close(fd);
	if (!err)
		return 0;
	return app_error("route", "%s: %s", *words, err == ESRCH ? "no such route" : strerror(err));
}

int main(int argc, char **argv)
{
	bool numeric = false, cache = false;
	int c;

	while ((c = getopt(argc, argv, "+:neCF")) != -1) {
		if (c == 'n')
			numeric = true;
		else if (c == 'C')
			cache = true;
		else if (c != 'e' && c != 'F')
			return app_badopt(argv, c);
	}
	if (optind == argc)
		return cache ? routes_print_cache(argv[0], numeric) :
			       routes_print(argv[0], numeric, false);
	if (!strcmp(argv[optind], "add"))
		return change(SIOCADDRT, argv + optind + 1);
	if (!strcmp(argv[optind], "del"))
		return change(SIOCDELRT, argv + optind + 1);
	return app_error(argv[0], "'%s' is neither add nor del", argv[optind]), 2;
}
