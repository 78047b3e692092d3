/*
 * arp: shows the ARP cache (-a: BSD's form, -n: without names), -s HOST HWADDR adds an entry
 * ("pub": we answer for HOST, -D: HWADDR is an interface), -d HOST removes one, -f [FILE] adds
 * those of a file (/etc/ethers). -i IF: only of that interface.
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

#define ARP_FAILED 255 /* what net-tools ends with */

struct options {
	bool bsd, numeric, hw_of_dev, verbose;
	const char *dev;
	char action; /* 0 show, 's', 'd', 'f' */
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
	printf("%s (%s) at ", strcmp(name, e->addr_text) ? name : "?", e->addr_text);
	if (e->flags & ATF_COM)
		printf("%s [ether] ", e->hwaddr);
	else
		printf("%s ", e->flags & ATF_PUBL ? "<from_interface>" : "<incomplete>");
	printf("%s%son %s\n", e->flags & ATF_PERM ? "PERM " : "", e->flags & ATF_PUBL ? "PUB " : "",
	       e->dev);
}

static void print_linux(const struct entry *e, const struct options *o)
{
	char name[64], flags[4] = "";

	inaddr_name(e->addr, o->numeric, name, sizeof(name));
	if (e->flags & ATF_COM)
		strlcat(flags, "C", sizeof(flags));
	if (e->flags & ATF_PERM)
		strlcat(flags, "M", sizeof(flags));
	if (e->flags & ATF_PUBL)
		strlcat(flags, "P", sizeof(flags));
	if (e->flags & ATF_COM)
		printf("%-24s ether   %-19s %-21s %s\n", name, e->hwaddr, flags, e->dev);
	else if (e->flags & ATF_PUBL)
		printf("%-24s *       %-19s %-21s %s\n", name, "<from_interface>", flags, e->dev);
	else
		printf("%-24s         %-41s %s\n", name, "(incomplete)", e->dev);
}

static int show(const struct options *o, const char *host)
{
	char *text = text_read("/proc/net/arp"), *cursor = text, *line;
	struct sockaddr_in only = { 0 };
	int found = 0, entries = 0;

	if (!text)
		return app_perror("arp", "/proc/net/arp");
	if (host && !inaddr_resolve("arp", host, &only))
		return 2;
	while ((line = text_line(&cursor))) {
		struct entry e;

		if (!parse_entry(line, &e))
			continue;
		entries++;
		if ((o->dev && strcmp(e.dev, o->dev)) || (host && e.addr != only.sin_addr.s_addr))
			continue;
		if (!found++ && !o->bsd)
			puts("Address                  HWtype  HWaddress           Flags Mask            Iface");
		if (o->bsd)
			print_bsd(&e, o);
		else
			print_linux(&e, o);
	}
	free(text);
	if (o->verbose)
		printf("Entries: %d\tSkipped: %d\tFound: %d\n", entries, entries - found, found);
	if (!found && host && !o->bsd)
		printf("%s (%s) -- no entry\n", host, inet_ntoa(only.sin_addr));
	else if (!found && (host || o->dev))
		printf("arp: in %d entries no match found.\n", entries);
	return 0;
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
	if (err == ENXIO)
		printf("No ARP entry for %s\n", host);
	else
		app_error("arp", "%s: %s", host, strerror(err));
	return ARP_FAILED;
}

static bool hw_of(const char *dev, char *hw)
{
	int fd = ifc_open();
	bool ok = fd >= 0 && !ifc_hwaddr(fd, dev, (unsigned char *)hw, NULL);

	close(fd);
	return ok;
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
	for (char **w = words + 1; *w; w++) {
		if (!strcmp(*w, "temp"))
			r.arp_flags &= ~ATF_PERM;
		else if (!strcmp(*w, "pub"))
			r.arp_flags |= ATF_PUBL;
	}
	if (o->action == 'd')
		return request(SIOCDARP, &r, *words);
	r.arp_ha.sa_family = ARPHRD_ETHER;
	if (!(o->hw_of_dev ? hw_of(words[1], r.arp_ha.sa_data) :
			     hwaddr_parse(words[1], (unsigned char *)r.arp_ha.sa_data)))
		return app_error("arp", "invalid hardware address"), ARP_FAILED;
	if (o->hw_of_dev && !o->dev)
		strlcpy(r.arp_dev, words[1], sizeof(r.arp_dev));
	return request(SIOCSARP, &r, *words);
}

/* "HOST HWADDR [temp|pub]" in each line, or, as ethers(5) has it, HWADDR first. */
static int from_file(const struct options *o, const char *path)
{
	char *text = text_read(path), *cursor = text, *line;
	const struct options add = { .action = 's', .dev = o->dev };
	int status = 0;

	if (!text)
		return app_perror("arp", path);
	while ((line = text_line(&cursor))) {
		char *f[8], *host;
		unsigned char hw[6];
		int n;

		line[strcspn(line, "#")] = '\0';
		n = text_fields(line, f, 7);
		f[n] = NULL;
		if (n < 2)
			continue;
		if (hwaddr_parse(f[0], hw)) {
			host = f[1];
			f[1] = f[0];
			f[0] = host;
		}
		status |= change(&add, f);
	}
	free(text);
	return status;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	int c;

	while ((c = getopt(argc, argv, ":anei:sdvDfH:t:")) != -1) {
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
		case 'f':
			o.action = c;
			break;
		case 'D':
			o.hw_of_dev = true;
			break;
		case 'v':
			o.verbose = true;
			break;
		case 'e':
			break;
		case 'H':
		case 't':
			if (strcmp(optarg, "ether"))
				return app_error(argv[0], "%s: unknown hardware type.", optarg);
			break;
		default:
			return app_badopt(argv, c);
		}
	}
	if (o.action == 'f')
		return from_file(&o, optind < argc ? argv[optind] : "/etc/ethers");
	return o.action ? change(&o, argv + optind) : show(&o, argv[optind]);
}
