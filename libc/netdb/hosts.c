/* /etc/hosts: "address name alias…" lines. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "libc/netdb/lookup.h"

#define BLANKS " \t\r\n"

/* Cuts @line into its address and its names; false if there is neither. */
static bool parse_line(char *line, struct in_addr *addr, char **names)
{
	char *word;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, BLANKS, names);
	return word && inet_pton(AF_INET, word, addr) == 1;
}

static bool has_name(char *names, const char *name, char *first, size_t size)
{
	char *word, *rest = names;
	bool found = false;

	*first = '\0';
	while ((word = strtok_r(NULL, BLANKS, &rest))) {
		if (!*first)
			strlcpy(first, word, size);
		found |= !strcasecmp(word, name);
	}
	return found;
}

bool hosts_file_by_name(const char *name, struct host_result *res)
{
	FILE *f = fopen("/etc/hosts", "re");
	char line[256], *names, first[NI_MAXHOST];
	struct in_addr addr;

	res->n = 0;
	while (f && res->n < NR_HOST_ADDRS && fgets(line, sizeof(line), f)) {
		if (!parse_line(line, &addr, &names) ||
		    !has_name(names, name, first, sizeof(first)))
			continue;
		if (!res->n)
			strlcpy(res->name, first, sizeof(res->name));
		res->addrs[res->n++] = addr;
	}
	if (f)
		fclose(f);
	return res->n > 0;
}

bool hosts_file_by_addr(struct in_addr addr, struct host_result *res)
{
	FILE *f = fopen("/etc/hosts", "re");
	char line[256], *names, *word;
	struct in_addr a;

	res->n = 0;
	while (f && !res->n && fgets(line, sizeof(line), f)) {
		if (!parse_line(line, &a, &names) || a.s_addr != addr.s_addr)
			continue;
		word = strtok_r(NULL, BLANKS, &names);
		if (word && strlcpy(res->name, word, sizeof(res->name)) < sizeof(res->name))
			res->addrs[res->n++] = addr;
	}
	if (f)
		fclose(f);
	return res->n > 0;
}
