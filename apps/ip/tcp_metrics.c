/*
 * ip tcp_metrics: what TCP remembers of the hosts it has talked to (round trips, reordering, the
 * cookies of fast open), in iproute2's words, which are those of /proc/net/tcp_metrics.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "ip.h"

/* @want NULL: all. */
static int show(const char *want)
{
	char *text, *cursor, *line;
	size_t len = want ? strlen(want) : 0;

	text = cursor = text_read("/proc/net/tcp_metrics");
	if (!text)
		return ip_failed("tcp_metrics");
	while ((line = text_line(&cursor))) {
		if (!want || (!strncmp(line, want, len) && line[len] == ' '))
			puts(line);
	}
	free(text);
	return 0;
}

static int forget(struct in_addr addr)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), err;

	if (fd < 0)
		return ip_failed("tcp_metrics");
	err = ioctl(fd, SIOCDTCPMETRICS, &addr);
	close(fd);
	return err && errno != ESRCH ? ip_failed("tcp_metrics") : 0;
}

/* Of "all", or without a word, all. */
int cmd_ip_tcp_metrics(const struct ip_options *o, char **words)
{
	const char *cmd = *words ? *words++ : "show";
	struct in_addr addr = { 0 };
	bool drop = ip_matches(cmd, "delete") || ip_matches(cmd, "flush");

	(void)o;
	if (*words && ip_matches(*words, "address"))
		words++;
	if (*words && !strcmp(*words, "all"))
		words++;
	else if (*words && !inet_pton(AF_INET, *words, &addr))
		return app_error("ip", "tcp_metrics: '%s' is not an address", *words), 1;
	if (ip_matches(cmd, "delete") && !addr.s_addr)
		return app_error("ip", "tcp_metrics delete: which address?"), 1;
	if (drop)
		return forget(addr);
	if (ip_matches(cmd, "show") || ip_matches(cmd, "list"))
		return show(addr.s_addr ? *words : NULL);
	return ip_bad("tcp_metrics", cmd);
}
