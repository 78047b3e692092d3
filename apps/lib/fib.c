/*
 * See fib.h.
 */
#include "fib.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ifc.h"
#include "inaddr.h"
#include "util.h"

#define FIELDS 11
#define NH_FIELDS 5
#define MAX_FIELDS (FIELDS + NH_FIELDS * RT_MAX_NH + 1)

/* ---- names ---- */

static const struct {
	enum fib_names kind;
	unsigned int n;
	const char *name;
} names[] = {
	{ FIB_TYPES, 0, "none" },
	{ FIB_TYPES, 1, "unicast" },
	{ FIB_TYPES, 2, "local" },
	{ FIB_TYPES, 3, "broadcast" },
	{ FIB_TYPES, 4, "anycast" },
	{ FIB_TYPES, 5, "multicast" },
	{ FIB_TYPES, 6, "blackhole" },
	{ FIB_TYPES, 7, "unreachable" },
	{ FIB_TYPES, 8, "prohibit" },
	{ FIB_TYPES, 9, "throw" },
	{ FIB_SCOPES, 0, "global" },
	{ FIB_SCOPES, 200, "site" },
	{ FIB_SCOPES, 253, "link" },
	{ FIB_SCOPES, 254, "host" },
	{ FIB_SCOPES, 255, "nowhere" },
	{ FIB_PROTOCOLS, RTPROT_UNSPEC, "unspec" },
	{ FIB_PROTOCOLS, RTPROT_REDIRECT, "redirect" },
	{ FIB_PROTOCOLS, RTPROT_KERNEL, "kernel" },
	{ FIB_PROTOCOLS, RTPROT_BOOT, "boot" },
	{ FIB_PROTOCOLS, RTPROT_STATIC, "static" },
	{ FIB_PROTOCOLS, 12, "bird" },
	{ FIB_PROTOCOLS, RTPROT_DHCP, "dhcp" },
	{ FIB_PROTOCOLS, 186, "bgp" },
	{ FIB_PROTOCOLS, 188, "ospf" },
	{ FIB_PROTOCOLS, RTPROT_RIP, "rip" },
	{ FIB_TABLES, RT_TABLE_UNSPEC, "unspec" },
	{ FIB_TABLES, RT_TABLE_MAIN, "main" },
	{ FIB_TABLES, RT_TABLE_LOCAL, "local" },
};

const char *fib_name(enum fib_names kind, unsigned int n, char buf[12])
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].kind == kind && names[i].n == n)
			return names[i].name;
	snprintf(buf, 12, "%u", n);
	return buf;
}

int fib_number(enum fib_names kind, const char *name)
{
	long n;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].kind == kind && !strcmp(names[i].name, name))
			return names[i].n;
	return app_number(name, 0, 255, &n) ? (int)n : -1;
}

const char *fib_prefix(in_addr_t dst, int len, char buf[24])
{
	char addr[INET_ADDRSTRLEN];

	if (len == 0 && !dst)
		strcpy(buf, "default");
	else if (len == 32)
		strcpy(buf, inaddr_str(dst, addr));
	else
		snprintf(buf, 24, "%s/%d", inaddr_str(dst, addr), len);
	return buf;
}

const char *fib_cache_flags(unsigned int flags, char buf[96])
{
	static const struct {
		unsigned int flag;
		const char *name;
	} all[] = {
		{ 0x80000000, "local" },      { 0x40000000, "reject" },
		{ 0x20000000, "mc" },	      { 0x10000000, "brd" },
		{ 0x04000000, "src-direct" }, { 0x00040000, "redirected" },
		{ 0x01000000, "redirect" },
	};

	*buf = '\0';
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (!(flags & all[i].flag))
			continue;
		strlcat(buf, *buf ? "," : " <", 96);
		strlcat(buf, all[i].name, 96);
	}
	if (*buf)
		strlcat(buf, ">", 96);
	return buf;
}

/* ---- the table ---- */

static void parse_nexthop(char **f, struct rt_request_nh *nh)
{
	nh->gateway = strtoul(f[0], NULL, 16);
	if (strcmp(f[1], "*"))
		strlcpy(nh->dev, f[1], sizeof(nh->dev));
	nh->weight = strtoul(f[2], NULL, 10);
	nh->flags = strtoul(f[3], NULL, 10);
	nh->realm = strtoul(f[4], NULL, 10);
}

static bool parse_line(char *line, void *elem)
{
	struct rt_request *r = elem;
	char *f[MAX_FIELDS];
	int n = text_fields(line, f, MAX_FIELDS);

	if (n < FIELDS || *f[0] == '#')
		return false;
	*r = (struct rt_request){
		.table = strtoul(f[0], NULL, 10),
		.type = strtoul(f[1], NULL, 10),
		.dst = strtoul(f[2], NULL, 16),
		.len = strtoul(f[3], NULL, 10),
		.tos = strtoul(f[4], NULL, 10),
		.scope = strtoul(f[5], NULL, 10),
		.protocol = strtoul(f[6], NULL, 10),
		.prefsrc = strtoul(f[7], NULL, 16),
		.metric = strtoul(f[8], NULL, 10),
		.mtu = strtoul(f[9], NULL, 10),
		.nr_nh = strtoul(f[10], NULL, 10),
	};
	if (r->nr_nh > RT_MAX_NH || n < FIELDS + r->nr_nh * NH_FIELDS)
		return false;
	for (int i = 0; i < r->nr_nh; i++)
		parse_nexthop(f + FIELDS + i * NH_FIELDS, &r->nh[i]);
	return true;
}

/* Linux's order, the default route first; what the table tries first stands first. */
static int by_destination(const void *a, const void *b)
{
	const struct rt_request *x = a, *y = b;

	if (x->table != y->table)
		return y->table - x->table;
	if (x->dst != y->dst)
		return ntohl(x->dst) < ntohl(y->dst) ? -1 : 1;
	if (x->len != y->len)
		return x->len - y->len;
	if (x->tos != y->tos)
		return y->tos - x->tos;
	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	return (int)x->how - (int)y->how;
}

int fib_read(struct rt_request **list)
{
	int n = text_table("/proc/net/fib", (void **)list, sizeof(**list), parse_line);

	for (int i = 0; i < n; i++)
		(*list)[i].how = i; /* keeps the order of equals while sorting */
	if (n > 0)
		qsort(*list, n, sizeof(**list), by_destination);
	return n;
}

/* ---- requests ---- */

static int call(unsigned long cmd, void *arg)
{
	int fd = ifc_open(), result, err;

	if (fd < 0)
		return -1;
	result = ioctl(fd, cmd, arg);
	err = errno;
	close(fd);
	errno = err;
	return result;
}

int fib_request(unsigned int cmd, struct rt_request *req)
{
	req->cmd = cmd;
	return call(SIOCRTREQ, req);
}

int fib_get(struct rt_get *get)
{
	return call(SIOCRTGET, get);
}
