/*
 * arp: shows the ARP cache (-a: BSD's form, -n: without names), -s HOST HWADDR adds an entry, -d
 * HOST removes one. -i IF: only of that interface.
 */
#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/ifc.h"
#include "lib/inaddr.h"
#include "lib/util.h"

struct options {
	bool bsd, numeric;
	const char *dev;
	char action; /* 0 show, 's', 'd' */
};

struct entry {
	in_addr_t addr;
	unsigned int flags;
	const char *addr_text, *hwaddr, *dev;
};

/* IP address, HW type, Flags, HW address, Mask, Device */
static bool parse_entry(char *line, struct entry *e)
{
	char *f[6];

	if (text_fields(line, f, 6) != 6 || !inaddr_parse(f[0], &e->addr))
		return false;
	e->addr_text = f[0];
	e->flags = strtoul(f[2], NULL, 16);
	e->hwaddr = f[3];
	e->dev = f[5];
	return true;
}

static void print_bsd(const struct entry *e, const struct options *o)
{
	char name[64] = "?";

	if (!o->numeric)
		inaddr_name(e->addr, false, name, sizeof(name));
	printf("%s (%s) at %s%s on %s\n", strcmp(name, e->addr_text) ? name : "?", e->addr_text,
	       e->flags & ATF_COM ? e->hwaddr : "<incomplete>",
	       !(e->flags & ATF_COM) ? "" :
	       e->flags & ATF_PERM   ? " [ether] PERM" :
				       " [ether]",
	       e->dev);
}

static void print_linux(const struct entry *e, const struct options *o)
{
	char name[64];

	inaddr_name(e->addr, o->numeric, name, sizeof(name));
	if (e->flags & ATF_COM)
		printf("%-24s ether   %-19s C%-13s %s\n", name, e->hwaddr,
		       e->flags & ATF_PERM ? "M" : "", e->dev);
	else
		printf("%-24s         %-34s %s\n", name, "(incomplete)", e->dev);
}

static int show(const struct options *o, const char *host)
{
	char *text = text_read("/proc/net/arp"), *cursor = text, *line;
	struct sockaddr_in only = { 0 };
	int found = 0;

	if (!text)
		return app_perror("arp", "/proc/net/arp");
	if (host && !inaddr_resolve("arp", host, &only))
		return 2;
	while ((line = text_line(&cursor))) {
		struct entry e;

		if (!parse_entry(line, &e) || (o->dev && strcmp(e.dev, o->dev)) ||
		    (host && e.addr != only.sin_addr.s_addr))
			continue;
		if (!found++ && !o->bsd)
			puts("Address                  HWtype  HWaddress           Flags Mask     Iface");
		if (o->bsd)
			print_bsd(&e, o);
		else
			print_linux(&e, o);
	}
	free(text);
	return host && !found ? app_error("arp", "%s: no entry", host) : 0;
}

static int request(unsigned long cmd, struct arpreq *r, const char *host)
{
	int fd = ifc_open(), err;

	if (fd < 0)
		return app_perror("arp", "socket");
	err = ioctl(fd, cmd, r) < 0 ? errno : 0;
	close(fd);
	if (!err)
		return 0;
	return app_error("arp", "%s: %s", host, err == ENXIO ? "no entry" : strerror(err));
}

static int change(const struct options *o, char **words)
{
	struct arpreq r = { .arp_flags = ATF_COM | ATF_PERM };
	struct sockaddr_in sin;

	if (!*words || (o->action == 's' && !words[1]))
		return app_usage("arp");
	if (!inaddr_resolve("arp", *words, &sin))
		return 2;
	memcpy(&r.arp_pa, &sin, sizeof(r.arp_pa));
	if (o->dev)
		strlcpy(r.arp_dev, o->dev, sizeof(r.arp_dev));
	if (o->action == 'd')
		return request(SIOCDARP, &r, *words);
	r.arp_ha.sa_family = ARPHRD_ETHER;
	if (!hwaddr_parse(words[1], (unsigned char *)r.arp_ha.sa_data))
		return app_error("arp", "%s: bad hardware address", words[1]), 2;
	if (words[2] && !strcmp(words[2], "temp"))
		r.arp_flags &= ~ATF_PERM;
	return request(SIOCSARP, &r, *words);
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	int c;

	while ((c = getopt(argc, argv, ":anei:sdv")) != -1) {
		switch (c) {
		case 'a':
			o.bsd = true;
			break;
		case 'n':
			o.numeric = true;
			break;
		case 'i':
			o.dev = optarg;
			break;
		case 's':
		case 'd':
			o.action = c;
			break;
		case 'e':
		case 'v':
			break;
		default:
			return app_badopt(argv, c);
		}
	}
	return o.action ? change(&o, argv + optind) : show(&o, argv[optind]);
}
