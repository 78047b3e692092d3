/*
 * ip addr: shows, adds and removes addresses. The kernel knows each address of an interface by a
 * label; the second and further ones get "eth0:1" and so on.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/ifc.h"
#include "../lib/inaddr.h"
#include "../lib/netdev.h"
#include "../lib/util.h"
#include "ip.h"

static void print_addr(int fd, const struct netdev_addr *a, const struct ip_options *o)
{
	char text[INET_ADDRSTRLEN];
	int index = 0;

	if (o->oneline) {
		ifc_get_int(fd, SIOCGIFINDEX, a->dev, &index);
		printf("%d: %s", index, a->dev);
	}
	printf("    inet %s/%d", inaddr_str(a->addr, text), a->len);
	if (a->broadcast)
		printf(" brd %s", inaddr_str(a->broadcast, text));
	printf(" scope %s %s%s%c", a->scope, a->secondary ? "secondary " : "", a->label,
	       o->oneline ? '\\' : '\n');
	puts("       valid_lft forever preferred_lft forever");
}

static void print_brief(int fd, const char *dev, const struct netdev_addr *list, int n)
{
	char text[INET_ADDRSTRLEN];
	int flags = 0;

	ifc_flags(fd, dev, &flags);
	printf("%-16s %-14s ", dev, ip_link_state(flags));
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i].dev, dev))
			printf("%s/%d ", inaddr_str(list[i].addr, text), list[i].len);
	putchar('\n');
}

/* Has @dev an address (of @scope, if that is not NULL)? */
static bool has_scope(const struct netdev_addr *list, int n, const char *dev, const char *scope)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i].dev, dev) && (!scope || !strcmp(list[i].scope, scope)))
			return true;
	return false;
}

static int show(const struct ip_options *o, char **words)
{
	const char *dev = NULL, *scope = NULL;
	const struct ip_pair pairs[] = { { "dev", &dev }, { "", &dev }, { "scope", &scope } };
	bool up = ip_take_word(words, "up");
	char names[IFC_MAX][IFNAMSIZ];
	struct netdev_addr *list;
	int fd, n, nr_names, flags, found = 0;

	if (!ip_parse_pairs("addr show", words, pairs, ARRAY_LEN(pairs)))
		return 1;
	nr_names = ifc_names(names, IFC_MAX);
	n = netdev_addrs_read(&list);
	fd = ifc_open();
	if (n < 0 || fd < 0)
		return ip_failed("addr");
	for (int k = 0; k < nr_names; k++) {
		if (dev && strcmp(dev, names[k]))
			continue;
		found++;
		if ((up && (ifc_flags(fd, names[k], &flags) < 0 || !(flags & IFF_UP))) ||
		    ((scope || o->inet) && !has_scope(list, n, names[k], scope)))
			continue;
		if (o->brief) {
			print_brief(fd, names[k], list, n);
			continue;
		}
		if (!o->oneline)
			ip_print_link(fd, names[k], o, false);
		for (int i = 0; i < n; i++)
			if (!strcmp(list[i].dev, names[k]) &&
			    (!scope || !strcmp(list[i].scope, scope)))
				print_addr(fd, &list[i], o);
	}
	free(list);
	close(fd);
	return found || !dev ? 0 : ip_not_there(dev);
}

static const struct netdev_addr *find(const struct netdev_addr *list, int n, const char *dev,
				      in_addr_t addr, int len)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i].dev, dev) && list[i].addr == addr &&
		    (len < 0 || list[i].len == len))
			return &list[i];
	return NULL;
}

static bool label_used(const struct netdev_addr *list, int n, const char *label)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i].label, label))
			return true;
	return false;
}

static void free_label(const struct netdev_addr *list, int n, const char *dev, char label[IFNAMSIZ])
{
	strlcpy(label, dev, IFNAMSIZ);
	for (int i = 1; label_used(list, n, label); i++)
		snprintf(label, IFNAMSIZ, "%.*s:%d", IFNAMSIZ - 5, dev, i);
}

/* Whether @label may be that of another address of @dev: it names no address yet. */
static bool label_free(const struct netdev_addr *list, int n, const char *dev, const char *label)
{
	size_t len = strlen(dev);

	if (strncmp(label, dev, len) || label[len] != ':' || !label[len + 1]) {
		app_error("ip", "\"dev\" (%s) must match \"label\" (%s).", dev, label);
		return false;
	}
	if (strlen(label) >= IFNAMSIZ || label_used(list, n, label)) {
		app_error("ip", "addr add: label '%s' is %s", label,
			  label_used(list, n, label) ? "that of another address" : "too long");
		return false;
	}
	return true;
}

struct addr_args {
	const char *target, *dev, *broadcast, *label;
	in_addr_t addr, brd;
	int len;
};

static bool parse_args(const char *what, char **words, struct addr_args *a)
{
	const struct ip_pair pairs[] = {
		{ "", &a->target },	  { "local", &a->target },
		{ "dev", &a->dev },	  { "broadcast", &a->broadcast },
		{ "brd", &a->broadcast }, { "label", &a->label },
		{ "scope", NULL },
	};

	*a = (struct addr_args){ 0 };
	if (!ip_parse_pairs(what, words, pairs, ARRAY_LEN(pairs)))
		return false;
	if (a->target && !inaddr_parse_prefix(a->target, &a->addr, &a->len))
		return !ip_no_prefix(a->target);
	if (!a->dev) {
		fprintf(stderr, "Not enough information: \"dev\" argument is required.\n");
		return false;
	}
	if (!a->target) {
		app_error("ip", "%s: which address?", what);
		return false;
	}
	if (a->broadcast && strcmp(a->broadcast, "+") && !inaddr_parse(a->broadcast, &a->brd)) {
		app_error("ip", "%s: '%s' is not an address", what, a->broadcast);
		return false;
	}
	return true;
}

/* Unlike ifconfig, ip does not bring the interface up. */
static int set_label(int fd, const char *label, const struct addr_args *a)
{
	if (ifc_set_addr(fd, SIOCSIFADDR, label, a->addr) < 0 ||
	    ifc_set_addr(fd, SIOCSIFNETMASK, label, inaddr_mask(a->len)) < 0)
		return ip_failed(a->target);
	if (a->brd && ifc_set_addr(fd, SIOCSIFBRDADDR, label, a->brd) < 0)
		return ip_failed(a->broadcast);
	return 0;
}

static int add(char **words)
{
	struct netdev_addr *list;
	struct addr_args a;
	char label[IFNAMSIZ];
	int n, fd, status, index;

	if (!parse_args("addr add", words, &a))
		return 1;
	n = netdev_addrs_read(&list);
	fd = ifc_open();
	if (n < 0 || fd < 0)
		return ip_failed("addr");
	free_label(list, n, a.dev, label);
	if (find(list, n, a.dev, a.addr, a.len)) {
		status = ip_answer(EEXIST, "ipv4: Address already assigned.");
	} else if (ifc_get_int(fd, SIOCGIFINDEX, a.dev, &index) < 0) {
		status = ip_cannot_find(a.dev);
	} else if (a.label && strcmp(a.label, a.dev)) {
		status = label_free(list, n, a.dev, a.label) ? set_label(fd, a.label, &a) : 1;
	} else {
		status = set_label(fd, label, &a);
	}
	free(list);
	close(fd);
	return status;
}

static int del(char **words)
{
	const struct netdev_addr *found;
	struct netdev_addr *list;
	struct addr_args a;
	int n, fd, status = 0, index;

	if (!parse_args("addr del", words, &a))
		return 1;
	n = netdev_addrs_read(&list);
	fd = ifc_open();
	if (n < 0 || fd < 0)
		return ip_failed("addr");
	found = find(list, n, a.dev, a.addr, strchr(a.target, '/') ? a.len : -1);
	if (!found) {
		status = ifc_get_int(fd, SIOCGIFINDEX, a.dev, &index) < 0 ?
				 ip_cannot_find(a.dev) :
				 ip_answer(EADDRNOTAVAIL, "ipv4: Address not found.");
	} else if (ifc_set_addr(fd, SIOCSIFADDR, found->label, 0) < 0) {
		status = ip_failed(a.target);
	}
	free(list);
	close(fd);
	return status;
}

static int flush(char **words)
{
	const char *dev = NULL;
	const struct ip_pair pairs[] = { { "dev", &dev }, { "", &dev } };
	struct netdev_addr *list;
	int n, fd, status = 0, index;

	if (!ip_parse_pairs("addr flush", words, pairs, ARRAY_LEN(pairs)))
		return 1;
	if (!dev)
		return app_error("ip", "addr flush: which device?");
	n = netdev_addrs_read(&list);
	fd = ifc_open();
	if (n < 0 || fd < 0)
		return ip_failed("addr");
	if (ifc_get_int(fd, SIOCGIFINDEX, dev, &index) < 0)
		status = ip_not_there(dev);
	for (int i = n - 1; i >= 0; i--)
		if (!strcmp(list[i].dev, dev) &&
		    ifc_set_addr(fd, SIOCSIFADDR, list[i].label, 0) < 0)
			status = ip_failed(list[i].label);
	free(list);
	close(fd);
	return status;
}

int cmd_ip_addr(const struct ip_options *o, char **words)
{
	if (!*words)
		return show(o, words);
	if (ip_matches(*words, "show") || ip_matches(*words, "list") || !strcmp(*words, "ls"))
		return show(o, words + 1);
	if (ip_matches(*words, "add"))
		return add(words + 1);
	if (ip_matches(*words, "delete"))
		return del(words + 1);
	if (ip_matches(*words, "flush"))
		return flush(words + 1);
	return ip_bad("addr", *words);
}
