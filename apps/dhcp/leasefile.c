/*
 * /var/lib/dhcp/dhclient.<dev>.lease: the lease in the form that ISC's client made familiar.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "apply.h"

#define PATH_MAX_LEN 64

static const char *lease_path(const char *dev, char path[PATH_MAX_LEN])
{
	snprintf(path, PATH_MAX_LEN, "/var/lib/dhcp/dhclient.%s.lease", dev);
	return path;
}

static void write_addrs(FILE *f, const char *name, const in_addr_t *addrs, int n)
{
	char buf[INET_ADDRSTRLEN];

	for (int i = 0; i < n; i++)
		fprintf(f, "%s%s", i ? ", " : name, inaddr_str(addrs[i], buf));
	if (n)
		fputs(";\n", f);
}

static void write_routes(FILE *f, const struct dhcp_view *lease)
{
	char dst[INET_ADDRSTRLEN], gw[INET_ADDRSTRLEN];

	for (int i = 0; i < lease->nr_routes; i++) {
		const struct dhcp_route *r = &lease->routes[i];

		fprintf(f, "%s%s/%d %s", i ? ", " : "  option rfc3442-classless-static-routes ",
			inaddr_str(r->dst, dst), r->len, inaddr_str(r->gateway, gw));
	}
	if (lease->nr_routes)
		fputs(";\n", f);
}

static void write_time(FILE *f, const char *name, uint32_t in)
{
	time_t when = time(NULL) + in;
	char text[40];
	struct tm tm;

	if (in == DHCP_INFINITE) {
		fprintf(f, "  %s never;\n", name);
		return;
	}
	if (!gmtime_r(&when, &tm))
		return;
	strftime(text, sizeof(text), "%w %Y/%m/%d %H:%M:%S", &tm);
	fprintf(f, "  %s %s;\n", name, text);
}

void dhcp_lease_write(const char *dev, const struct dhcp_view *lease, const struct dhcp_times *t)
{
	in_addr_t mask = inaddr_mask(dhcp_prefixlen(lease));
	char path[PATH_MAX_LEN];
	FILE *f = fopen(lease_path(dev, path), "w");

	if (!f) {
		app_perror("dhclient", path);
		return;
	}
	fprintf(f, "lease {\n  interface \"%s\";\n", dev);
	write_addrs(f, "  fixed-address ", &lease->yiaddr, 1);
	write_addrs(f, "  option subnet-mask ", &mask, 1);
	write_addrs(f, "  option routers ", &lease->router, !!lease->router);
	write_addrs(f, "  option broadcast-address ", &lease->broadcast, !!lease->broadcast);
	write_addrs(f, "  option domain-name-servers ", lease->dns, lease->nr_dns);
	write_routes(f, lease);
	if (*lease->domain)
		fprintf(f, "  option domain-name \"%s\";\n", lease->domain);
	if (*lease->hostname)
		fprintf(f, "  option host-name \"%s\";\n", lease->hostname);
	if (lease->mtu)
		fprintf(f, "  option interface-mtu %u;\n", lease->mtu);
	fprintf(f, "  option dhcp-lease-time %u;\n", lease->lease);
	write_addrs(f, "  option dhcp-server-identifier ", &lease->server_id, 1);
	write_time(f, "renew", t->renew);
	write_time(f, "rebind", t->rebind);
	write_time(f, "expire", t->expire);
	fputs("}\n", f);
	fclose(f);
}

void dhcp_lease_remove(const char *dev)
{
	char path[PATH_MAX_LEN];

	unlink(lease_path(dev, path));
}

in_addr_t dhcp_lease_address(const char *dev)
{
	char path[PATH_MAX_LEN], addr[INET_ADDRSTRLEN];
	char *text = text_read(lease_path(dev, path));
	const char *at = text ? strstr(text, "fixed-address ") : NULL;
	in_addr_t found = 0;
	size_t len;

	if (at) {
		at += strlen("fixed-address ");
		len = strcspn(at, ";");
		if (len < sizeof(addr)) {
			memcpy(addr, at, len);
			addr[len] = '\0';
			inaddr_parse(addr, &found);
		}
	}
	free(text);
	return found;
}

int dhcp_lease_show(const char *dev)
{
	char path[PATH_MAX_LEN];
	char *text = text_read(lease_path(dev, path));

	if (!text)
		return app_error("dhclient", "%s: no lease", dev);
	fputs(text, stdout);
	free(text);
	return 0;
}
