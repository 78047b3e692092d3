/*
 * netstat -g: who has joined which groups. Always in numbers: groups seldom have names.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "netstat.h"

/* "\t\t\t\t010000E0     1 0:00000000\t\t0": the word is in network order. */
static void print_group(const char *dev, char *line)
{
	struct in_addr addr;
	char *f[3], buf[INET_ADDRSTRLEN];

	if (text_fields(line, f, 3) < 3)
		return;
	addr.s_addr = (in_addr_t)strtoul(f[0], NULL, 16);
	printf("%-15s %-6s %s\n", dev, f[1], inet_ntop(AF_INET, &addr, buf, sizeof(buf)));
}

int netstat_groups(void)
{
	char *text, *cursor, *line, *f[3] = { "", "" };

	text = cursor = text_read("/proc/net/igmp");
	if (!text)
		return app_perror("netstat", "/proc/net/igmp"), 1;
	puts("IPv4 Group Memberships\n"
	     "Interface       RefCnt Group\n"
	     "--------------- ------ ---------------------");
	text_line(&cursor);
	while ((line = text_line(&cursor))) {
		if (line[0] == '\t')
			print_group(f[1], line);
		else if (text_fields(line, f, 3) >= 2)
			f[1][strcspn(f[1], ":")] = '\0';
	}
	free(text);
	return 0;
}
