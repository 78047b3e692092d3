/*
 * ip link: shows interfaces and changes them.
 */
#include <abi/qdisc.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../lib/ifc.h"
#include "../lib/inaddr.h"
#include "../lib/netdev.h"
#include "../lib/util.h"
#include "ip.h"

typedef unsigned long long ull;

const char *ip_link_state(int flags)
{
	if (flags & IFF_LOOPBACK)
		return flags & IFF_UP ? "UNKNOWN" : "DOWN";
	return flags & IFF_UP && flags & IFF_RUNNING ? "UP" : "DOWN";
}

void ip_print_link(int fd, const char *dev, const struct ip_options *o, bool mode)
{
	unsigned char hw[6] = { 0 };
	char text[96], addr[HWADDR_STRLEN];
	int flags = 0, mtu = 0, index = 0, qlen = 0, type = 0;
	struct qdisc_msg q = { 0 };

	ifc_flags(fd, dev, &flags);
	ifc_hwaddr(fd, dev, hw, &type);
	if (o->brief) {
		printf("%-16s %-14s %s <%s>\n", dev, ip_link_state(flags), hwaddr_str(hw, addr),
		       netdev_flags_text(flags, true, text));
		return;
	}
	ifc_get_int(fd, SIOCGIFMTU, dev, &mtu);
	ifc_get_int(fd, SIOCGIFINDEX, dev, &index);
	ifc_get_int(fd, SIOCGIFTXQLEN, dev, &qlen);
	strlcpy(q.dev, dev, sizeof(q.dev));
	ioctl(fd, SIOCGQDISC, &q);
	printf("%d: %s: <%s> mtu %d qdisc %s state %s%s group default qlen %d%c", index, dev,
	       netdev_flags_text(flags, true, text), mtu, q.kind, ip_link_state(flags),
	       mode ? " mode DEFAULT" : "", qlen, o->oneline ? '\\' : '\n');
	if (o->inet && !mode)
		return;
	printf("    link/%s %s brd %s\n", type == ARPHRD_LOOPBACK ? "loopback" : "ether",
	       hwaddr_str(hw, addr),
	       type == ARPHRD_LOOPBACK ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff");
}

/* What is not counted apart is 0. */
static void print_errors(const char *title, const uint64_t *n, const int *which, int columns)
{
	printf("    %s\n              ", title);
	for (int i = 0; i < columns; i++)
		printf("%8llu", which[i] < 0 ? 0ULL : (ull)n[which[i]]);
	putchar('\n');
}

static void print_stats(const struct netdev_stats *s, bool all)
{
	static const int rx[] = { -1, -1, RX_FRAME, RX_FIFO, -1 };
	static const int tx[] = { -1, TX_FIFO, -1, -1, -1 };
	const uint64_t *n = s->count;

	puts("    RX:  bytes packets errors dropped  missed   mcast");
	printf("    %10llu %7llu %6llu %7llu %7llu %7llu\n", (ull)n[RX_BYTES], (ull)n[RX_PACKETS],
	       (ull)n[RX_ERRORS], (ull)n[RX_DROPPED], (ull)n[RX_FIFO], (ull)n[RX_MULTICAST]);
	if (all)
		print_errors("RX errors:  length    crc   frame    fifo overrun", n, rx, 5);
	puts("    TX:  bytes packets errors dropped carrier collsns");
	printf("    %10llu %7llu %6llu %7llu %7llu %7llu\n", (ull)n[TX_BYTES], (ull)n[TX_PACKETS],
	       (ull)n[TX_ERRORS], (ull)n[TX_DROPPED], (ull)n[TX_CARRIER], (ull)n[TX_COLLISIONS]);
	if (all)
		print_errors("TX errors: aborted   fifo  window heartbt transns", n, tx, 5);
}

static int show(const struct ip_options *o, char **words)
{
	const char *dev = NULL;
	const struct ip_pair pairs[] = { { "dev", &dev }, { "", &dev } };
	bool up = ip_take_word(words, "up");
	struct netdev_stats *list;
	int n, fd, flags, found = 0;

	if (!ip_parse_pairs("link show", words, pairs, ARRAY_LEN(pairs)))
		return 1;
	n = netdev_stats_read(&list);
	fd = ifc_open();
	if (n < 0 || fd < 0)
		return ip_failed("link");
	for (int i = 0; i < n; i++) {
		if (dev && strcmp(dev, list[i].name))
			continue;
		found++;
		if (up && (ifc_flags(fd, list[i].name, &flags) < 0 || !(flags & IFF_UP)))
			continue;
		ip_print_link(fd, list[i].name, o, true);
		if (o->stats)
			print_stats(&list[i], o->stats > 1);
	}
	free(list);
	close(fd);
	return found || !dev ? 0 : ip_not_there(dev);
}

struct link_change {
	int fd;
	const char *dev;
};

static int set_switch(struct link_change *c, int flag, const char *value, bool inverted)
{
	bool on = !strcmp(value, "on");

	if (!on && strcmp(value, "off")) {
		errno = EINVAL;
		return -1;
	}
	on ^= inverted;
	return ifc_change_flags(c->fd, c->dev, on ? flag : 0, on ? 0 : flag);
}

static int set_address(struct link_change *c, const char *value)
{
	struct ifreq ifr = { .ifr_hwaddr.sa_family = ARPHRD_ETHER };

	if (!hwaddr_parse(value, (unsigned char *)ifr.ifr_hwaddr.sa_data)) {
		errno = EINVAL;
		return -1;
	}
	strlcpy(ifr.ifr_name, c->dev, sizeof(ifr.ifr_name));
	return ioctl(c->fd, SIOCSIFHWADDR, &ifr);
}

static int set_number(struct link_change *c, unsigned long cmd, const char *value)
{
	long n;

	if (!app_number(value, 0, 1 << 20, &n)) {
		errno = EINVAL;
		return -1;
	}
	return ifc_set_int(c->fd, cmd, c->dev, n);
}

/* A setting with a value; -2: there is no such. */
static int set_pair(struct link_change *c, const char *name, const char *value)
{
	if (!strcmp(name, "mtu"))
		return set_number(c, SIOCSIFMTU, value);
	if (!strcmp(name, "txqueuelen") || !strcmp(name, "qlen"))
		return set_number(c, SIOCSIFTXQLEN, value);
	if (!strcmp(name, "address"))
		return set_address(c, value);
	if (!strcmp(name, "promisc"))
		return set_switch(c, IFF_PROMISC, value, false);
	if (!strcmp(name, "allmulticast"))
		return set_switch(c, IFF_ALLMULTI, value, false);
	if (!strcmp(name, "arp"))
		return set_switch(c, IFF_NOARP, value, true);
	return -2;
}

static int set_words(struct link_change *c, char **words)
{
	for (; *words; words++) {
		const char *what = *words;
		int err;

		if (!strcmp(what, "up") || !strcmp(what, "down")) {
			bool up = !strcmp(what, "up");

			err = ifc_change_flags(c->fd, c->dev, up ? IFF_UP : 0, up ? 0 : IFF_UP);
		} else if (words[1]) {
			words++;
			err = set_pair(c, what, *words);
		} else {
			err = -2;
		}
		if (err == -2)
			return ip_bad("link set", what);
		if (err < 0 && !strcmp(what, "mtu") && errno == EINVAL)
			return ip_answer(errno, "mtu out of the device's bounds.");
		if (err < 0)
			return errno == ENODEV ? ip_cannot_find(c->dev) : ip_answer(errno, NULL);
	}
	return 0;
}

static int set(char **words)
{
	struct link_change c;
	int status;

	if (*words && !strcmp(*words, "dev"))
		words++;
	if (!*words)
		return app_error("ip", "link set: which device?");
	c.dev = *words++;
	c.fd = ifc_open();
	if (c.fd < 0)
		return ip_failed("socket");
	status = set_words(&c, words);
	close(c.fd);
	return status;
}

int cmd_ip_link(const struct ip_options *o, char **words)
{
	if (!*words)
		return show(o, words);
	if (ip_matches(*words, "show") || ip_matches(*words, "list") || !strcmp(*words, "ls"))
		return show(o, words + 1);
	if (ip_matches(*words, "set"))
		return set(words + 1);
	return ip_bad("link", *words);
}
