/*
 * The routing cache as `route -C` prints it, from /proc/net/rt_cache.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inaddr.h"
#include "routes.h"
#include "util.h"

#define FIELDS 15

/* net-tools' letters. */
static const char *cache_flags(unsigned int flags, char buf[8])
{
	static const struct {
		unsigned int flag;
		char letter;
	} all[] = {
		{ 0x04000000, 'i' }, { 0x80000000, 'l' }, { 0x10000000, 'b' }, { 0x20000000, 'm' },
		{ 0x01000000, 'd' }, { 0x00040000, 'r' }, { 0x40000000, '!' },
	};
	char *p = buf;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (flags & all[i].flag)
			*p++ = all[i].letter;
	*p = '\0';
	return buf;
}

static void print_line(char *line, void *arg)
{
	bool numeric = *(bool *)arg;
	char *f[FIELDS + 1], src[64], dst[64], gateway[64], flags[8];

	if (text_fields(line, f, FIELDS + 1) < FIELDS || !strcmp(f[0], "Iface"))
		return;
	inaddr_name(strtoul(f[7], NULL, 16), numeric, src, sizeof(src));
	inaddr_name(strtoul(f[1], NULL, 16), numeric, dst, sizeof(dst));
	inaddr_name(strtoul(f[2], NULL, 16), numeric, gateway, sizeof(gateway));
	printf("%-15s %-15s %-15s %-5s %-6s %-3s %8s %s\n", src, dst, gateway,
	       cache_flags(strtoul(f[3], NULL, 16), flags), f[6], f[4], f[5], f[0]);
}

int routes_print_cache(const char *app, int numeric)
{
	bool digits = numeric;

	puts("Kernel IP routing cache");
	puts("Source          Destination     Gateway         Flags Metric Ref    Use Iface");
	if (text_each_line("/proc/net/rt_cache", print_line, &digits))
		return app_perror(app, "/proc/net/rt_cache");
	return 0;
}
