/*
 * ip route: the routing table as sentences.
 */
#include <errno.h>
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../lib/ifc.h"
#include "../lib/inaddr.h"
#include "../lib/netdev.h"
#include "../lib/routes.h"
#include "../lib/util.h"
#include "ip.h"

/* The address from which a connected route follows; NULL: it was set by hand. */
static const struct netdev_addr *owner(const struct route_info *r, const struct netdev_addr *list,
				       int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i].dev, r->dev) && list[i].len == r->len &&
		    !((list[i].addr ^ r->dst) & inaddr_mask(r->len)))
			return &list[i];
	return NULL;
}

static void print_route(const struct route_info *r, const struct netdev_addr *addrs, int nr_addrs)
{
	const struct netdev_addr *from = owner(r, addrs, nr_addrs);
	char text[INET_ADDRSTRLEN];

	if (r->flags & RTF_REJECT)
		printf("unreachable ");
	if (r->len == 0)
		printf("default");
	else if (r->len == 32)
		printf("%s", inaddr_str(r->dst, text));
	else
		printf("%s/%d", inaddr_str(r->dst, text), r->len);
	if (r->gateway)
		printf(" via %s", inaddr_str(r->gateway, text));
	if (!(r->flags & RTF_REJECT))
		printf(" dev %s", r->dev);
	if (!r->gateway && from)
		printf(" proto kernel scope link src %s", inaddr_str(from->addr, text));
	else if (!r->gateway && !(r->flags & RTF_REJECT))
		printf(" scope link");
	if (r->metric)
		printf(" metric %d", r->metric);
	if (r->mtu)
		printf(" mtu %d", r->mtu);
	putchar('\n');
}

static int show(char **words)
{
	const char *dev = NULL, *target = NULL;
	const struct ip_pair pairs[] = {
		{ "dev", &dev }, { "", &target }, { "table", NULL }, { "proto", NULL }
	};
	struct route_info *routes;
	struct netdev_addr *addrs;
	in_addr_t dst = 0;
	int n, nr_addrs, len = -1;

	if (!ip_parse_pairs("route show", words, pairs, ARRAY_LEN(pairs)))
		return 1;
	if (target && !inaddr_parse_prefix(target, &dst, &len))
		return ip_bad("route show", target);
	n = routes_read(&routes);
	if (n < 0)
		return ip_failed("route");
	nr_addrs = netdev_addrs_read(&addrs);
	for (int i = 0; i < n; i++) {
		if ((dev && strcmp(dev, routes[i].dev)) ||
		    (len >= 0 && (routes[i].dst != dst || routes[i].len != len)))
			continue;
		print_route(&routes[i], addrs, nr_addrs);
	}
	free(routes);
	free(addrs);
	return 0;
}

/* The source address that the kernel would take: asked by connecting a socket, which sends nothing.
 */
static bool source_for(in_addr_t dst, in_addr_t *src)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(9),
				   .sin_addr = { dst } };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool ok = fd >= 0 && !connect(fd, (struct sockaddr *)&sin, len) &&
		  !getsockname(fd, (struct sockaddr *)&sin, &len);
	int err = errno;

	*src = sin.sin_addr.s_addr;
	close(fd);
	errno = err;
	return ok;
}

static bool is_own(in_addr_t addr, const struct netdev_addr *list, int n)
{
	for (int i = 0; i < n; i++)
		if (list[i].addr == addr)
			return true;
	return false;
}

static int get(char **words)
{
	const struct route_info *r;
	struct route_info *routes;
	struct netdev_addr *addrs;
	struct sockaddr_in dst;
	char text[INET_ADDRSTRLEN];
	in_addr_t src;
	int n, nr_addrs;

	if (!*words)
		return app_error("ip", "route get: an address is needed");
	if (!inaddr_resolve("ip", *words, &dst))
		return 1;
	if (!source_for(dst.sin_addr.s_addr, &src))
		return ip_failed(*words);
	n = routes_read(&routes);
	nr_addrs = netdev_addrs_read(&addrs);
	r = n > 0 ? route_best(routes, n, dst.sin_addr.s_addr) : NULL;
	if (is_own(dst.sin_addr.s_addr, addrs, nr_addrs)) {
		printf("local %s dev lo", inaddr_str(dst.sin_addr.s_addr, text));
	} else {
		printf("%s", inaddr_str(dst.sin_addr.s_addr, text));
		if (r && r->gateway)
			printf(" via %s", inaddr_str(r->gateway, text));
		printf(" dev %s", r ? r->dev : "lo");
	}
	printf(" src %s\n    cache\n", inaddr_str(src, text));
	free(routes);
	free(addrs);
	return 0;
}

static bool parse_route(const char *what, char **words, struct ifc_route *r)
{
	const char *target = NULL, *via = NULL, *metric = NULL, *mtu = NULL;
	const struct ip_pair pairs[] = {
		{ "", &target },       { "to", &target }, { "via", &via }, { "dev", &r->dev },
		{ "metric", &metric }, { "mtu", &mtu },	  { "src", NULL }, { "scope", NULL },
		{ "proto", NULL },     { "table", NULL },
	};
	long n;

	if (*words && (!strcmp(*words, "unreachable") || !strcmp(*words, "unicast")))
		r->reject = !strcmp(*words++, "unreachable");
	if (!ip_parse_pairs(what, words, pairs, ARRAY_LEN(pairs)))
		return false;
	if (!target || !inaddr_parse_prefix(target, &r->dst, &r->len)) {
		app_error("ip", "%s: '%s' is not a destination", what, target ? target : "");
		return false;
	}
	if (via && !inaddr_parse(via, &r->gateway)) {
		app_error("ip", "%s: '%s' is not an address", what, via);
		return false;
	}
	if (metric && !app_number_or_say("ip", "metric", metric, 0, 32767, &n))
		return false;
	r->metric = metric ? n : 0;
	if (mtu && !app_number_or_say("ip", "mtu", mtu, 68, 65535, &n))
		return false;
	r->mtu = mtu ? n : 0;
	return true;
}

/* A route is named by its destination: whether it leads anywhere does not matter. */
static int delete_any(int fd, struct ifc_route *r)
{
	int result = ifc_route(fd, SIOCDELRT, r);

	if (!result || errno != ESRCH || r->gateway || r->dev)
		return result;
	r->reject = true;
	return ifc_route(fd, SIOCDELRT, r);
}

static int change(const char *what, unsigned long cmd, bool replace, char **words)
{
	struct ifc_route r = { 0 };
	int fd, status = 0;

	if (!parse_route(what, words, &r))
		return 1;
	fd = ifc_open();
	if (fd < 0)
		return ip_failed("socket");
	if (replace) {
		struct ifc_route old = { .dst = r.dst, .len = r.len, .metric = r.metric };

		delete_any(fd, &old);
	}
	if ((cmd == SIOCDELRT ? delete_any(fd, &r) : ifc_route(fd, cmd, &r)) < 0)
		status = errno == ESRCH ? app_error("ip", "%s: no such route", what) :
					  ip_failed(what);
	close(fd);
	return status;
}

static int flush(char **words)
{
	const char *dev = NULL;
	const struct ip_pair pairs[] = { { "dev", &dev } };
	struct route_info *list;
	int n, fd;

	/* "ip route flush cache" has nothing to do: what is cached is checked at every use. */
	if (*words && !strcmp(*words, "cache"))
		return 0;
	if (!ip_parse_pairs("route flush", words, pairs, ARRAY_LEN(pairs)))
		return 1;
	if (!dev)
		return app_error("ip", "route flush: 'dev IF' is needed");
	n = routes_read(&list);
	fd = ifc_open();
	for (int i = 0; i < n && fd >= 0; i++) {
		struct ifc_route r = { .dst = list[i].dst,
				       .len = list[i].len,
				       .dev = list[i].dev,
				       .gateway = list[i].gateway,
				       .metric = list[i].metric };

		if (!strcmp(list[i].dev, dev) && ifc_route(fd, SIOCDELRT, &r) < 0)
			ip_failed("route flush");
	}
	free(list);
	close(fd);
	return 0;
}

int cmd_ip_route(const struct ip_options *o, char **words)
{
	const char *cmd = *words ? *words : "show";
	char **rest = *words ? words + 1 : words;

	if (ip_matches(cmd, "show") || ip_matches(cmd, "list") || !strcmp(cmd, "ls"))
		return show(rest);
	if (ip_matches(cmd, "get"))
		return get(rest);
	if (ip_matches(cmd, "add") || !strcmp(cmd, "append"))
		return change("route add", SIOCADDRT, false, rest);
	if (ip_matches(cmd, "delete"))
		return change("route del", SIOCDELRT, false, rest);
	if (ip_matches(cmd, "replace") || ip_matches(cmd, "change"))
		return change("route replace", SIOCADDRT, true, rest);
	if (ip_matches(cmd, "flush"))
		return flush(rest);
	return ip_bad("route", cmd);
}
