/*
 * ifconfig's words that change something, from left to right: each is one call of the kernel.
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

struct change {
	int fd;
	const char *dev;
	char **words; /* the next one */
};

/* A failed call as "ifconfig: eth0: what: why". */
static int done(const struct change *c, const char *what, int result)
{
	if (result >= 0)
		return 0;
	return app_error("ifconfig", "%s: %s: %s", c->dev, what, strerror(errno));
}

static const char *next(struct change *c, const char *what)
{
	if (!*c->words) {
		app_error("ifconfig", "%s: %s needs a value", c->dev, what);
		return NULL;
	}
	return *c->words++;
}

static int set_flag(struct change *c, const char *word)
{
	static const struct {
		const char *name;
		int flag;
	} flags[] = {
		{ "promisc", IFF_PROMISC },
		{ "allmulti", IFF_ALLMULTI },
		{ "multicast", IFF_MULTICAST },
		{ "arp", IFF_NOARP },
	};
	bool on = *word != '-';

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (strcmp(word + !on, flags[i].name))
			continue;
		if (flags[i].flag == IFF_NOARP)
			on = !on;
		return done(c, word,
			    ifc_change_flags(c->fd, c->dev, on ? flags[i].flag : 0,
					     on ? 0 : flags[i].flag));
	}
	return -1;
}

static int set_address(struct change *c, const char *word)
{
	struct sockaddr_in sin;
	in_addr_t addr;
	int len;

	if (strchr(word, '/')) {
		if (!inaddr_parse_prefix(word, &addr, &len))
			return app_error("ifconfig", "%s: bad address", word);
		return done(c, word, ifc_configure(c->fd, c->dev, addr, len, 0));
	}
	if (!inaddr_resolve("ifconfig", word, &sin))
		return 1;
	if (done(c, word, ifc_set_addr(c->fd, SIOCSIFADDR, c->dev, sin.sin_addr.s_addr)))
		return 1;
	return sin.sin_addr.s_addr ? done(c, "up", ifc_change_flags(c->fd, c->dev, IFF_UP, 0)) : 0;
}

static int set_other_address(struct change *c, const char *what, unsigned long cmd)
{
	const char *word = next(c, what);
	in_addr_t addr;

	if (!word)
		return 1;
	if (!inaddr_parse(word, &addr))
		return app_error("ifconfig", "%s: bad %s", word, what);
	return done(c, what, ifc_set_addr(c->fd, cmd, c->dev, addr));
}

static int set_number(struct change *c, const char *what, unsigned long cmd)
{
	const char *word = next(c, what);
	long value;

	if (!word || !app_number_or_say("ifconfig", what, word, 0, 1 << 20, &value))
		return 1;
	return done(c, what, ifc_set_int(c->fd, cmd, c->dev, value));
}

static int set_hwaddr(struct change *c, const char *word)
{
	struct ifreq ifr = { .ifr_hwaddr.sa_family = ARPHRD_ETHER };

	if (!strcmp(word, "hw")) {
		word = next(c, "hw");
		if (!word || strcmp(word, "ether"))
			return app_error("ifconfig", "hw: only 'hw ether ADDRESS' is known");
	}
	word = next(c, "ether");
	if (!word)
		return 1;
	if (!hwaddr_parse(word, (unsigned char *)ifr.ifr_hwaddr.sa_data))
		return app_error("ifconfig", "%s: bad hardware address", word);
	strlcpy(ifr.ifr_name, c->dev, sizeof(ifr.ifr_name));
	return done(c, word, ioctl(c->fd, SIOCSIFHWADDR, &ifr));
}

/* "add ADDRESS[/LEN]": one more, under the next free label; "del ADDRESS" takes one away. */
static int set_more(struct change *c, const char *what, unsigned long adding)
{
	const char *word = next(c, what);
	struct netdev_addr *list;
	char label[IFNAMSIZ] = "";
	in_addr_t addr;
	int len, n, free_label = 0;

	if (!word)
		return 1;
	if (!inaddr_parse_prefix(word, &addr, &len))
		return app_error("ifconfig", "%s: bad address", word);
	n = netdev_addrs_read(&list);
	for (int i = 0; i < n; i++) {
		const char *colon = strchr(list[i].label, ':');

		if (strcmp(list[i].dev, c->dev))
			continue;
		if (list[i].addr == addr)
			strlcpy(label, list[i].label, sizeof(label));
		if (colon && atoi(colon + 1) >= free_label)
			free_label = atoi(colon + 1) + 1;
	}
	free(list);
	errno = adding ? EEXIST : EADDRNOTAVAIL;
	if (!adding == !*label)
		return done(c, word, -1);
	if (!adding)
		return done(c, word, ifc_set_addr(c->fd, SIOCSIFADDR, label, 0));
	snprintf(label, sizeof(label), "%.*s:%d", IFNAMSIZ - 5, c->dev, free_label);
	if (!strchr(word, '/'))
		len = inaddr_classful_len(addr);
	if (ifc_set_addr(c->fd, SIOCSIFADDR, label, addr) < 0)
		return done(c, word, -1);
	return done(c, word, ifc_set_addr(c->fd, SIOCSIFNETMASK, label, inaddr_mask(len)));
}

static int set_one(struct change *c, const char *word)
{
	static const struct {
		const char *name;
		unsigned long cmd;
		int (*fn)(struct change *c, const char *what, unsigned long cmd);
	} settings[] = {
		{ "netmask", SIOCSIFNETMASK, set_other_address },
		{ "broadcast", SIOCSIFBRDADDR, set_other_address },
		{ "pointopoint", SIOCSIFDSTADDR, set_other_address },
		{ "dstaddr", SIOCSIFDSTADDR, set_other_address },
		{ "mtu", SIOCSIFMTU, set_number },
		{ "txqueuelen", SIOCSIFTXQLEN, set_number },
		{ "metric", SIOCSIFMETRIC, set_number },
		{ "add", 1, set_more },
		{ "del", 0, set_more },
	};
	int status;

	if (!strcmp(word, "up"))
		return done(c, word, ifc_change_flags(c->fd, c->dev, IFF_UP, 0));
	if (!strcmp(word, "down"))
		return done(c, word, ifc_change_flags(c->fd, c->dev, 0, IFF_UP));
	if (!strcmp(word, "inet"))
		return 0;
	if (!strcmp(word, "hw") || !strcmp(word, "ether"))
		return set_hwaddr(c, word);
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (!strcmp(word, settings[i].name))
			return settings[i].fn(c, word, settings[i].cmd);
	status = set_flag(c, word);
	return status < 0 ? set_address(c, word) : status;
}

int ifconfig_set(int fd, const char *dev, char **words)
{
	struct change c = { fd, dev, words };
	int status = 0;

	while (*c.words && !status) {
		const char *word = *c.words++;

		status = set_one(&c, word);
	}
	return status;
}
