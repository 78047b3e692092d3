/*
 * ip neigh: the neighbour table with its states, as /proc/net/neigh gives it line by line.
 */
#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../lib/ifc.h"
#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "ip.h"

/* "10.0.2.2 dev eth0 lladdr 52:… REACHABLE used 1/2/3 probes 0": what is behind the state is for
 * -s. */
static void print_line(char *line, bool stats)
{
	char *used = strstr(line, " used ");

	if (used && !stats)
		*used = '\0';
	puts(line);
}

struct neigh_args {
	const char *target, *dev, *lladdr, *nud;
};

static bool parse_args(const char *what, char **words, struct neigh_args *a)
{
	const struct ip_pair pairs[] = {
		{ "", &a->target },	  { "to", &a->target }, { "dev", &a->dev },
		{ "lladdr", &a->lladdr }, { "nud", &a->nud },
	};

	*a = (struct neigh_args){ 0 };
	return ip_parse_pairs(what, words, pairs, ARRAY_LEN(pairs));
}

/* Does @line (left as it is) belong to @a? Its address goes to @addr. */
static bool line_matches(const char *line, const struct neigh_args *a, in_addr_t *addr,
			 char dev[IFNAMSIZ])
{
	char copy[128], *f[4];
	in_addr_t want;
	int len;

	strlcpy(copy, line, sizeof(copy));
	if (text_fields(copy, f, 4) < 4 || !inaddr_parse(f[0], addr))
		return false;
	strlcpy(dev, f[2], IFNAMSIZ);
	if (a->dev && strcmp(a->dev, dev))
		return false;
	if (a->target &&
	    (!inaddr_parse_prefix(a->target, &want, &len) || ((want ^ *addr) & inaddr_mask(len))))
		return false;
	if (a->nud && !strstr(line, "PERMANENT") != !!strcmp(a->nud, "permanent"))
		return false;
	return true;
}

static int delete_one(int fd, in_addr_t addr, const char *dev)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = { addr } };
	struct arpreq r = { 0 };

	memcpy(&r.arp_pa, &sin, sizeof(r.arp_pa));
	strlcpy(r.arp_dev, dev, sizeof(r.arp_dev));
	return ioctl(fd, SIOCDARP, &r);
}

static int show(const struct ip_options *o, char **words)
{
	char *text, *cursor, *line, dev[IFNAMSIZ];
	struct neigh_args a;
	in_addr_t addr;

	if (!parse_args("neigh show", words, &a))
		return 1;
	text = cursor = text_read("/proc/net/neigh");
	if (!text)
		return ip_failed("/proc/net/neigh");
	while ((line = text_line(&cursor)))
		if (line_matches(line, &a, &addr, dev))
			print_line(line, o->stats);
	free(text);
	return 0;
}

/* Removes what matches, except what was set by hand - unless that is what was asked for. */
static int flush(char **words)
{
	char *text, *cursor, *line, dev[IFNAMSIZ];
	struct neigh_args a;
	in_addr_t addr;
	int fd;

	if (*words && !strcmp(*words, "all"))
		words++;
	if (!parse_args("neigh flush", words, &a))
		return 1;
	text = cursor = text_read("/proc/net/neigh");
	fd = ifc_open();
	if (!text || fd < 0)
		return ip_failed("neigh flush");
	while ((line = text_line(&cursor)))
		if (line_matches(line, &a, &addr, dev) && (a.nud || !strstr(line, "PERMANENT")))
			delete_one(fd, addr, dev);
	close(fd);
	free(text);
	return 0;
}

static int add(char **words)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct arpreq r = { .arp_flags = ATF_COM | ATF_PERM, .arp_ha.sa_family = ARPHRD_ETHER };
	struct neigh_args a;
	int fd, status = 0;

	if (!parse_args("neigh add", words, &a))
		return 1;
	if (!a.target || !a.dev || !a.lladdr)
		return app_error("ip", "neigh add: ADDRESS lladdr HWADDR dev IF are needed");
	if (!inaddr_parse(a.target, &sin.sin_addr.s_addr))
		return ip_bad("neigh add", a.target);
	if (!hwaddr_parse(a.lladdr, (unsigned char *)r.arp_ha.sa_data))
		return ip_bad("neigh add", a.lladdr);
	if (a.nud && strcmp(a.nud, "permanent"))
		r.arp_flags &= ~ATF_PERM;
	memcpy(&r.arp_pa, &sin, sizeof(r.arp_pa));
	strlcpy(r.arp_dev, a.dev, sizeof(r.arp_dev));
	fd = ifc_open();
	if (fd < 0 || ioctl(fd, SIOCSARP, &r) < 0)
		status = ip_failed(a.target);
	close(fd);
	return status;
}

static int del(char **words)
{
	struct neigh_args a;
	in_addr_t addr;
	int fd, status = 0;

	if (!parse_args("neigh del", words, &a))
		return 1;
	if (!a.target || !a.dev || !inaddr_parse(a.target, &addr))
		return app_error("ip", "neigh del: ADDRESS dev IF are needed");
	fd = ifc_open();
	if (fd < 0 || delete_one(fd, addr, a.dev) < 0)
		status = ip_failed(a.target);
	close(fd);
	return status;
}

int cmd_ip_neigh(const struct ip_options *o, char **words)
{
	if (!*words)
		return show(o, words);
	if (ip_matches(*words, "show") || ip_matches(*words, "list") || !strcmp(*words, "ls"))
		return show(o, words + 1);
	if (ip_matches(*words, "add") || ip_matches(*words, "replace") ||
	    ip_matches(*words, "change"))
		return add(words + 1);
	if (ip_matches(*words, "delete"))
		return del(words + 1);
	if (ip_matches(*words, "flush"))
		return flush(words + 1);
	return ip_bad("neigh", *words);
}
