/*
 * date: shows the time or sets it. -u is accepted (UTC is the only zone), +FORMAT as strftime, -s
 * "2024-01-31 12:00[:00]" or -s @SECONDS, -I: the ISO form.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/util.h"

static bool parse_time(const char *s, time_t *t)
{
	struct tm tm = { 0 };
	long seconds;
	char sep;

	if (*s == '@') {
		if (!app_number(s + 1, 0, 0x3fffffffffL, &seconds))
			return false;
		*t = seconds;
		return true;
	}
	if (sscanf(s, "%d-%d-%d%c%d:%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &sep, &tm.tm_hour,
		   &tm.tm_min, &tm.tm_sec) < 6)
		return false;
	if (tm.tm_year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*t = timegm(&tm);
	return *t != (time_t)-1;
}

static int set(const char *text)
{
	struct timespec ts = { 0 };

	if (!parse_time(text, &ts.tv_sec))
		return app_error("date", "bad time '%s' (2024-01-31 12:00:00 or @seconds)", text);
	if (clock_settime(CLOCK_REALTIME, &ts) < 0)
		return app_perror("date", "clock_settime");
	return 0;
}

int main(int argc, char **argv)
{
	const char *format = "%a %b %e %H:%M:%S UTC %Y";
	char text[128];
	time_t now;
	struct tm tm;
	int c;

	while ((c = getopt(argc, argv, ":us:I")) != -1) {
		if (c == 's' && set(optarg))
			return 1;
		if (c == 'I')
			format = "%Y-%m-%d";
		if (!strchr("usI", c))
			return app_badopt(argv, c);
	}
	if (optind < argc && argv[optind][0] == '+')
		format = argv[optind++] + 1;
	if (optind < argc)
		return app_error(argv[0], "bad argument '%s'", argv[optind]), 2;
	now = time(NULL);
	if (!gmtime_r(&now, &tm))
		return app_perror(argv[0], "time");
	text[strftime(text, sizeof(text), format, &tm)] = '\0';
	puts(text);
	return 0;
}
