/*
 * ip maddr: the groups that each interface takes in, on the link and of IPv4, with their users; and
 * those of the link that the administrator adds and takes away.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../lib/ifc.h"
#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "ip.h"

static void print_users(unsigned long users, bool is_static)
{
	if (users != 1)
		printf(" users %lu", users);
	if (is_static)
		printf(" static");
	putchar('\n');
}

/* "2    eth0            1     0     01005e000001" */
static void print_link_groups(const char *dev)
{
	char *text, *cursor, *line, *f[5];

	text = cursor = text_read("/proc/net/dev_mcast");
	while (text && (line = text_line(&cursor))) {
		if (text_fields(line, f, 5) < 5 || strcmp(f[1], dev))
			continue;
		printf("\tlink  ");
		for (int i = 0; i < 12 && f[4][i]; i += 2)
			printf("%s%.2s", i ? ":" : "", f[4] + i);
		print_users(strtoul(f[2], NULL, 10), strtoul(f[3], NULL, 10));
	}
	free(text);
}

/* "\t\t\t\t010000E0     1 0:00000000\t\t0": the word is in network order. */
static void print_group(char *line)
{
	struct in_addr addr;
	char *f[2], buf[INET_ADDRSTRLEN];

	if (text_fields(line, f, 2) < 2)
		return;
	addr.s_addr = (in_addr_t)strtoul(f[0], NULL, 16);
	printf("\tinet  %s", inet_ntop(AF_INET, &addr, buf, sizeof(buf)));
	print_users(strtoul(f[1], NULL, 10), false);
}

/* A long name has its colon close by. */
static const char *device_name(char *word)
{
	word[strcspn(word, ":")] = '\0';
	return word;
}

static int change(unsigned long cmd, char **words)
{
	const char *dev = NULL, *address = NULL;
	const struct ip_pair pairs[] = { { "dev", &dev },
					 { "address", &address },
					 { "", &address } };
	struct ifreq ifr = { .ifr_hwaddr.sa_family = AF_UNSPEC };
	unsigned char hw[6];
	int fd, err;

	if (!ip_parse_pairs("maddr", words, pairs, ARRAY_LEN(pairs)))
		return 1;
	if (!dev || !address)
		return app_error("ip", "maddr: \"dev IF\" and an address are required");
	if (!hwaddr_parse(address, hw))
		return app_error("ip", "maddr: \"%s\" is not a legal ether address", address);
	strlcpy(ifr.ifr_name, dev, sizeof(ifr.ifr_name));
	memcpy(ifr.ifr_hwaddr.sa_data, hw, sizeof(hw));
	fd = ifc_open();
	err = fd < 0 || ioctl(fd, cmd, &ifr) < 0;
	if (err)
		err = errno == ENODEV ? ip_cannot_find(dev) : app_perror("ip", "ioctl");
	if (fd >= 0)
		close(fd);
	return err;
}

static int show(char **words)
{
	const char *want = NULL;
	const struct ip_pair pairs[] = { { "", &want }, { "dev", &want } };
	char *text, *cursor, *line, *f[3];
	bool shown = false;

	if (!ip_parse_pairs("maddr show", words, pairs, ARRAY_LEN(pairs)))
		return 1;
	text = cursor = text_read("/proc/net/igmp");
	if (!text)
		return ip_failed("/proc/net/igmp");
	text_line(&cursor);
	while ((line = text_line(&cursor))) {
		if (line[0] == '\t') {
			if (shown)
				print_group(line);
			continue;
		}
		shown = text_fields(line, f, 3) >= 3 && (!want || !strcmp(want, device_name(f[1])));
		if (shown) {
			printf("%s:\t%s\n", f[0], device_name(f[1]));
			print_link_groups(f[1]);
		}
	}
	free(text);
	return 0;
}

int cmd_ip_maddr(const struct ip_options *o, char **words)
{
	(void)o;
	if (!*words)
		return show(words);
	if (ip_matches(*words, "show") || ip_matches(*words, "list") || !strcmp(*words, "ls"))
		return show(words + 1);
	if (ip_matches(*words, "add"))
		return change(SIOCADDMULTI, words + 1);
	if (ip_matches(*words, "delete"))
		return change(SIOCDELMULTI, words + 1);
	return ip_bad("maddr", *words);
}
