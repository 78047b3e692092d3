/*
 * Reading the kernel's tables of interfaces and addresses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ifc.h"
#include "inaddr.h"
#include "netdev.h"
#include "util.h"

static bool parse_stats(char *line, void *elem)
{
	struct netdev_stats *s = elem;
	char *colon = strchr(line, ':'), *f[NETDEV_COUNTERS + 1];

	if (!colon || strchr(line, '|'))
		return false;
	*colon = '\0';
	strlcpy(s->name, line + strspn(line, " "), sizeof(s->name));
	if (text_fields(colon + 1, f, NETDEV_COUNTERS + 1) < NETDEV_COUNTERS)
		return false;
	for (int i = 0; i < NETDEV_COUNTERS; i++)
		s->count[i] = strtoull(f[i], NULL, 10);
	return true;
}

int netdev_stats_read(struct netdev_stats **list)
{
	return text_table("/proc/net/dev", (void **)list, sizeof(**list), parse_stats);
}

/* eth0 eth0:1 10.0.2.15/24 10.0.2.255 global - */
static bool parse_addr(char *line, void *elem)
{
	struct netdev_addr *a = elem;
	char *f[6];

	if (text_fields(line, f, 6) != 6 || !inaddr_parse_prefix(f[2], &a->addr, &a->len) ||
	    !inaddr_parse(f[3], &a->broadcast))
		return false;
	strlcpy(a->dev, f[0], sizeof(a->dev));
	strlcpy(a->label, f[1], sizeof(a->label));
	strlcpy(a->scope, f[4], sizeof(a->scope));
	a->secondary = !strncmp(f[5], "secondary", 9);
	return true;
}

int netdev_addrs_read(struct netdev_addr **list)
{
	return text_table("/proc/net/ifaddr", (void **)list, sizeof(**list), parse_addr);
}

static void add_flag(char *buf, size_t size, const char *name)
{
	if (*buf)
		strlcat(buf, ",", size);
	strlcat(buf, name, size);
}

const char *netdev_flags_text(int flags, bool iproute, char buf[96])
{
	static const struct {
		int flag;
		const char *name;
	} ifconfig_names[] =
		{
			{IFF_UP, "UP"},
			{IFF_BROADCAST, "BROADCAST"},
			{IFF_LOOPBACK, "LOOPBACK"},
			{IFF_POINTOPOINT, "POINTOPOINT"},
			{IFF_RUNNING, "RUNNING"},
			{IFF_NOARP, "NOARP"},
			{IFF_PROMISC, "PROMISC"},
			{IFF_ALLMULTI, "ALLMULTI"},
			{IFF_MULTICAST, "MULTICAST"},
		},
	  ip_names[] = {
		  {IFF_LOOPBACK, "LOOPBACK"},
		  {IFF_BROADCAST, "BROADCAST"},
		  {IFF_POINTOPOINT, "POINTOPOINT"},
		  {IFF_MULTICAST, "MULTICAST"},
		  {IFF_NOARP, "NOARP"},
		  {IFF_ALLMULTI, "ALLMULTI"},
		  {IFF_PROMISC, "PROMISC"},
		  {IFF_UP, "UP"},
		  {IFF_RUNNING, "LOWER_UP"},
	  };

	*buf = '\0';
	if (iproute && (flags & IFF_UP) && !(flags & IFF_RUNNING))
		add_flag(buf, 96, "NO-CARRIER");
	for (size_t i = 0; i < ARRAY_LEN(ip_names); i++)
		if (flags & (iproute ? ip_names : ifconfig_names)[i].flag)
			add_flag(buf, 96, (iproute ? ip_names : ifconfig_names)[i].name);
	return buf;
}

const char *netdev_bytes_text(uint64_t bytes, char buf[24])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	uint64_t tenths = bytes * 10;
	size_t unit = 0;

	while (tenths >= 10240 && unit < ARRAY_LEN(units) - 1) {
		tenths /= 1024;
		unit++;
	}
	snprintf(buf, 24, "%llu.%llu %s", (unsigned long long)(tenths / 10),
		 (unsigned long long)(tenths % 10), units[unit]);
	return buf;
}

static void print_row(int fd, const struct netdev_stats *s, int flags)
{
	static const struct {
		int flag;
		char letter;
	} letters[] = { { IFF_ALLMULTI, 'A' }, { IFF_BROADCAST, 'B' },	 { IFF_DEBUG, 'D' },
			{ IFF_LOOPBACK, 'L' }, { IFF_MULTICAST, 'M' },	 { IFF_PROMISC, 'P' },
			{ IFF_NOARP, 'O' },    { IFF_POINTOPOINT, 'P' }, { IFF_RUNNING, 'R' },
			{ IFF_UP, 'U' } };
	static const int columns[] = { RX_PACKETS, RX_ERRORS, RX_DROPPED, RX_FIFO,
				       TX_PACKETS, TX_ERRORS, TX_DROPPED, TX_FIFO };
	char text[12] = "";
	int mtu = 0;

	ifc_get_int(fd, SIOCGIFMTU, s->name, &mtu);
	printf("%-15s %5d", s->name, mtu);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		printf(i % 4 == 0 ? " %8llu" :
		       i == 3	  ? " %-6llu" :
				    " %6llu",
		       (unsigned long long)s->count[columns[i]]);
	for (size_t i = 0, n = 0; i < ARRAY_LEN(letters); i++)
		if (flags & letters[i].flag)
			text[n++] = letters[i].letter;
	printf(" %s\n", text);
}

int netdev_print_table(const char *app, bool all)
{
	struct netdev_stats *list;
	int n = netdev_stats_read(&list), fd = ifc_open(), flags;

	if (n < 0 || fd < 0)
		return app_perror(app, "/proc/net/dev");
	printf("Iface%s MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n",
	       strcmp(app, "netstat") ? "     " : "            ");
	for (int i = 0; i < n; i++)
		if (!ifc_flags(fd, list[i].name, &flags) && (all || flags & IFF_UP))
			print_row(fd, &list[i], flags);
	close(fd);
	free(list);
	return 0;
}
