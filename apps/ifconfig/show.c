/*
 * ifconfig's output, in the form of net-tools 2.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../lib/ifc.h"
#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "ifconfig.h"

typedef unsigned long long ull;

static void show_address(int fd, const char *label, int flags)
{
	char text[INET_ADDRSTRLEN];
	in_addr_t addr, mask = 0, other = 0;

	if (ifc_get_addr(fd, SIOCGIFADDR, label, &addr) < 0 || !addr)
		return;
	ifc_get_addr(fd, SIOCGIFNETMASK, label, &mask);
	printf("        inet %s", inaddr_str(addr, text));
	printf("  netmask %s", inaddr_str(mask, text));
	if (flags & IFF_POINTOPOINT && !ifc_get_addr(fd, SIOCGIFDSTADDR, label, &other))
		printf("  destination %s", inaddr_str(other, text));
	else if (flags & IFF_BROADCAST && !ifc_get_addr(fd, SIOCGIFBRDADDR, label, &other) && other)
		printf("  broadcast %s", inaddr_str(other, text));
	putchar('\n');
}

static void show_link(int fd, const char *dev)
{
	unsigned char hw[6];
	char text[HWADDR_STRLEN];
	int type = 0, qlen = 0;

	if (ifc_hwaddr(fd, dev, hw, &type) < 0)
		return;
	ifc_get_int(fd, SIOCGIFTXQLEN, dev, &qlen);
	if (type == ARPHRD_ETHER)
		printf("        ether %s  txqueuelen %d  (Ethernet)\n", hwaddr_str(hw, text), qlen);
	else if (type == ARPHRD_LOOPBACK)
		printf("        loop  txqueuelen %d  (Local Loopback)\n", qlen);
}

static void show_counters(const struct netdev_stats *s)
{
	const uint64_t *n = s->count;
	char text[24];

	printf("        RX packets %llu  bytes %llu (%s)\n", (ull)n[RX_PACKETS], (ull)n[RX_BYTES],
	       netdev_bytes_text(n[RX_BYTES], text));
	printf("        RX errors %llu  dropped %llu  overruns %llu  frame %llu\n",
	       (ull)n[RX_ERRORS], (ull)n[RX_DROPPED], (ull)n[RX_FIFO], (ull)n[RX_FRAME]);
	printf("        TX packets %llu  bytes %llu (%s)\n", (ull)n[TX_PACKETS], (ull)n[TX_BYTES],
	       netdev_bytes_text(n[TX_BYTES], text));
	printf("        TX errors %llu  dropped %llu overruns %llu  carrier %llu  collisions %llu\n\n",
	       (ull)n[TX_ERRORS], (ull)n[TX_DROPPED], (ull)n[TX_FIFO], (ull)n[TX_CARRIER],
	       (ull)n[TX_COLLISIONS]);
}

static void show_head(int fd, const char *label, int flags)
{
	char text[96];
	int mtu = 0;

	ifc_get_int(fd, SIOCGIFMTU, label, &mtu);
	printf("%s: flags=%d<%s>  mtu %d\n", label, flags, netdev_flags_text(flags, false, text),
	       mtu);
	show_address(fd, label, flags);
}

/* The other labels of @dev: addresses without counters of their own. */
static void show_aliases(int fd, const char *dev, int flags)
{
	struct netdev_addr *list;
	int n = netdev_addrs_read(&list);

	for (int i = 0; i < n; i++) {
		if (strcmp(list[i].dev, dev) || !strchr(list[i].label, ':'))
			continue;
		show_head(fd, list[i].label, flags);
		show_link(fd, dev);
		putchar('\n');
	}
	free(list);
}

static void show_device(int fd, const struct netdev_stats *s, int flags)
{
	show_head(fd, s->name, flags);
	show_link(fd, s->name);
	show_counters(s);
}

int ifconfig_show_all(int fd, bool all)
{
	struct netdev_stats *list;
	int n = netdev_stats_read(&list), flags;

	if (n < 0)
		return app_perror("ifconfig", "/proc/net/dev");
	for (int i = 0; i < n; i++) {
		if (ifc_flags(fd, list[i].name, &flags) < 0 || (!all && !(flags & IFF_UP)))
			continue;
		show_device(fd, &list[i], flags);
		show_aliases(fd, list[i].name, flags);
	}
	free(list);
	return 0;
}

int ifconfig_show(int fd, const char *dev)
{
	struct netdev_stats *list;
	int n, flags;

	if (ifc_flags(fd, dev, &flags) < 0)
		return app_error(dev, "error fetching interface information: %s",
				 errno == ENODEV ? "Device not found" : strerror(errno));
	if (strchr(dev, ':')) {
		show_head(fd, dev, flags);
		return 0;
	}
	n = netdev_stats_read(&list);
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i].name, dev))
			show_device(fd, &list[i], flags);
	free(list);
	return 0;
}
