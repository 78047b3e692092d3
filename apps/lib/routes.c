/*
 * Reading and printing the routing table.
 */
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inaddr.h"
#include "routes.h"
#include "util.h"

#define FIELDS 11

static bool parse_line(char *line, void *elem)
{
	struct route_info *r = elem;
	char *f[FIELDS + 1], *p = line;
	int n = 0;

	/* Columns are separated by tabs. */
	while (n < FIELDS && *p) {
		f[n++] = p;
		p += strcspn(p, "\t ");
		if (*p)
			*p++ = '\0';
		p += strspn(p, "\t ");
	}
	if (n < FIELDS || !strcmp(f[0], "Iface"))
		return false;
	strlcpy(r->dev, f[0], sizeof(r->dev));
	r->dst = strtoul(f[1], NULL, 16);
	r->gateway = strtoul(f[2], NULL, 16);
	r->flags = strtoul(f[3], NULL, 16);
	r->refs = atoi(f[4]);
	r->use = atoi(f[5]);
	r->metric = atoi(f[6]);
	r->len = inaddr_prefixlen(strtoul(f[7], NULL, 16));
	r->mtu = atoi(f[8]);
	r->window = atoi(f[9]);
	r->irtt = atoi(f[10]);
	return true;
}

/* The order of Linux: by destination, the default route first. */
static int by_destination(const void *a, const void *b)
{
	const struct route_info *x = a, *y = b;

	if (x->dst != y->dst)
		return ntohl(x->dst) < ntohl(y->dst) ? -1 : 1;
	if (x->len != y->len)
		return x->len - y->len;
	return x->metric != y->metric ? x->metric - y->metric : x->order - y->order;
}

int routes_read(struct route_info **list)
{
	int n = text_table("/proc/net/route", (void **)list, sizeof(**list), parse_line);

	for (int i = 0; i < n; i++)
		(*list)[i].order = i;
	if (n > 0)
		qsort(*list, n, sizeof(**list), by_destination);
	return n;
}

const char *route_flags_text(unsigned int flags, char buf[8])
{
	char *p = buf;

	if (flags & RTF_REJECT)
		*p++ = '!';
	else if (flags & RTF_UP)
		*p++ = 'U';
	if (flags & RTF_GATEWAY)
		*p++ = 'G';
	if (flags & RTF_HOST)
		*p++ = 'H';
	*p = '\0';
	return buf;
}

static void print_route(const struct route_info *r, bool numeric, bool mss)
{
	char dst[64], gateway[64], mask[INET_ADDRSTRLEN], flags[8];

	if (!numeric && !r->dst && !r->len)
		strcpy(dst, "default");
	else
		inaddr_name(r->dst, numeric || r->len < 32, dst, sizeof(dst));
	inaddr_name(r->gateway, numeric || !r->gateway, gateway, sizeof(gateway));
	if (r->flags & RTF_REJECT)
		strcpy(gateway, "-");
	printf("%-15s %-15s %-15s %-5s ", dst, gateway, inaddr_str(inaddr_mask(r->len), mask),
	       route_flags_text(r->flags, flags));
	if (r->flags & RTF_REJECT)
		printf(mss ? "    - -          - -\n" : "%-6d -      %3d -\n", r->metric, r->use);
	else if (mss)
		printf("%5d %-5d %6d %s\n", r->mtu, r->window, r->irtt, r->dev);
	else
		printf("%-6d %-6d %3d %s\n", r->metric, r->refs, r->use, r->dev);
}

int routes_print(const char *app, bool numeric, bool mss)
{
	struct route_info *list;
	int n = routes_read(&list);

	if (n < 0)
		return app_perror(app, "/proc/net/route");
	puts("Kernel IP routing table");
	printf("Destination     Gateway         Genmask         Flags %s\n",
	       mss ? "  MSS Window  irtt Iface" : "Metric Ref    Use Iface");
	for (int i = 0; i < n; i++)
		print_route(&list[i], numeric, mss);
	free(list);
	return 0;
}

const struct route_info *route_best(const struct route_info *list, int n, in_addr_t dst)
{
	const struct route_info *best = NULL;

	for (int i = 0; i < n; i++) {
		const struct route_info *r = &list[i];

		if ((dst ^ r->dst) & inaddr_mask(r->len))
			continue;
		if (!best || r->len > best->len ||
		    (r->len == best->len && r->metric < best->metric))
			best = r;
	}
	return best;
}
