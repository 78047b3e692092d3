/*
 * The line with which uptime and top begin.
 */
#include <stdio.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "load.h"

#define LOAD_ONE 65536UL

void print_uptime(void)
{
	struct sysinfo info = { 0 };
	time_t now = time(NULL);
	struct tm tm;
	long minutes;

	sysinfo(&info);
	gmtime_r(&now, &tm);
	minutes = info.uptime / 60;
	printf(" %02d:%02d:%02d up ", tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (minutes >= 24 * 60)
		printf("%ld day%s, ", minutes / (24 * 60), minutes >= 48 * 60 ? "s" : "");
	if (minutes >= 60)
		printf("%2ld:%02ld", minutes / 60 % 24, minutes % 60);
	else
		printf("%ld min", minutes);
	printf(",  load average:");
	for (int i = 0; i < 3; i++)
		printf("%s %lu.%02lu", i ? "," : "", info.loads[i] / LOAD_ONE,
		       info.loads[i] % LOAD_ONE * 100 / LOAD_ONE);
	putchar('\n');
}
