/* Dates as text, in the C locale and UTC. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "libc/internal.h"

static const char *const days[] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
};
static const char *const months[] = {
	"January", "February", "March",	    "April",   "May",	   "June",
	"July",	   "August",   "September", "October", "November", "December",
};

struct text {
	char *pos;
	size_t room; /* what fits before the NUL */
	bool full;
};

static void put(struct text *out, const char *s, size_t n)
{
	if (n > out->room) {
		out->full = true;
		return;
	}
	memcpy(out->pos, s, n);
	out->pos += n;
	out->room -= n;
}

static void put_number(struct text *out, const char *fmt, long v)
{
	char buf[24];
	int n = snprintf(buf, sizeof(buf), fmt, v);

	put(out, buf, (size_t)n);
}

static void put_name(struct text *out, const char *const *names, int nr, int i, bool brief)
{
	const char *name = i >= 0 && i < nr ? names[i] : "?";

	put(out, name, brief ? strnlen(name, 3) : strlen(name));
}

static int weeks_in(long year)
{
	/* A year has 53 ISO weeks if it or its last day but 364 ends on a Thursday. */
	long y = year, p = (y + y / 4 - y / 100 + y / 400) % 7;
	long q = (y - 1 + (y - 1) / 4 - (y - 1) / 100 + (y - 1) / 400) % 7;

	return p == 4 || q == 3 ? 53 : 52;
}

/* ISO 8601: week 1 holds the year's first Thursday, and the days before belong to the last year. */
static int iso_week(const struct tm *tm, long *year)
{
	int week = (tm->tm_yday - (tm->tm_wday + 6) % 7 + 10) / 7;

	*year = tm->tm_year + 1900L;
	if (week < 1)
		return weeks_in(--*year);
	if (week > weeks_in(*year)) {
		++*year;
		return 1;
	}
	return week;
}

/* What one letter stands for, in other letters. */
static const char *shorthand(char c)
{
	switch (c) {
	case 'c':
		return "%a %b %e %H:%M:%S %Y";
	case 'D':
	case 'x':
		return "%m/%d/%y";
	case 'F':
		return "%Y-%m-%d";
	case 'R':
		return "%H:%M";
	case 'r':
		return "%I:%M:%S %p";
	case 'T':
	case 'X':
		return "%H:%M:%S";
	}
	return NULL;
}

static void put_week(struct text *out, char c, const struct tm *tm)
{
	long year;
	int week = iso_week(tm, &year);

	switch (c) {
	case 'U':
		put_number(out, "%02ld", (tm->tm_yday + 7 - tm->tm_wday) / 7);
		break;
	case 'W':
		put_number(out, "%02ld", (tm->tm_yday + 7 - (tm->tm_wday + 6) % 7) / 7);
		break;
	case 'V':
		put_number(out, "%02ld", week);
		break;
	case 'G':
		put_number(out, "%ld", year);
		break;
	case 'g':
		put_number(out, "%02ld", year % 100);
		break;
	}
}

static bool put_date(struct text *out, char c, const struct tm *tm)
{
	long year = tm->tm_year + 1900L;

	switch (c) {
	case 'a':
	case 'A':
		put_name(out, days, 7, tm->tm_wday, c == 'a');
		return true;
	case 'b':
	case 'h':
	case 'B':
		put_name(out, months, 12, tm->tm_mon, c != 'B');
		return true;
	case 'C':
		put_number(out, "%02ld", year / 100);
		return true;
	case 'd':
		put_number(out, "%02ld", tm->tm_mday);
		return true;
	case 'e':
		put_number(out, "%2ld", tm->tm_mday);
		return true;
	case 'j':
		put_number(out, "%03ld", tm->tm_yday + 1);
		return true;
	case 'm':
		put_number(out, "%02ld", tm->tm_mon + 1);
		return true;
	case 'u':
		put_number(out, "%ld", tm->tm_wday ? tm->tm_wday : 7);
		return true;
	case 'w':
		put_number(out, "%ld", tm->tm_wday);
		return true;
	case 'y':
		put_number(out, "%02ld", year % 100);
		return true;
	case 'Y':
		put_number(out, "%ld", year);
		return true;
	}
	return false;
}

static bool put_time(struct text *out, char c, const struct tm *tm)
{
	struct tm copy = *tm;
	int hour12 = tm->tm_hour % 12 ? tm->tm_hour % 12 : 12;

	switch (c) {
	case 'H':
		put_number(out, "%02ld", tm->tm_hour);
		return true;
	case 'I':
		put_number(out, "%02ld", hour12);
		return true;
	case 'k':
		put_number(out, "%2ld", tm->tm_hour);
		return true;
	case 'l':
		put_number(out, "%2ld", hour12);
		return true;
	case 'M':
		put_number(out, "%02ld", tm->tm_min);
		return true;
	case 'p':
		put(out, tm->tm_hour < 12 ? "AM" : "PM", 2);
		return true;
	case 'S':
		put_number(out, "%02ld", tm->tm_sec);
		return true;
	case 's':
		put_number(out, "%ld", timegm(&copy));
		return true;
	case 'z':
		put(out, "+0000", 5);
		return true;
	case 'Z':
		put(out, "UTC", 3);
		return true;
	}
	return false;
}

static void put_format(struct text *out, const char *fmt, const struct tm *tm)
{
	for (; *fmt && !out->full; fmt++) {
		if (*fmt != '%' || !fmt[1]) {
			put(out, fmt, 1);
			continue;
		}
		fmt++;
		if (shorthand(*fmt))
			put_format(out, shorthand(*fmt), tm);
		else if (strchr("UWVGg", *fmt))
			put_week(out, *fmt, tm);
		else if (*fmt == 'n' || *fmt == 't' || *fmt == '%')
			put(out, *fmt == 'n' ? "\n" : *fmt == 't' ? "\t" : "%", 1);
		else if (!put_date(out, *fmt, tm) && !put_time(out, *fmt, tm))
			put(out, fmt - 1, 2); /* shown as it stands */
	}
}

size_t strftime(char *buf, size_t size, const char *fmt, const struct tm *tm)
{
	struct text out = { buf, size ? size - 1 : 0, !size };

	put_format(&out, fmt, tm);
	if (out.full)
		return 0;
	*out.pos = '\0';
	return (size_t)(out.pos - buf);
}

char *asctime_r(const struct tm *tm, char *buf)
{
	if (!strftime(buf, 26, "%a %b %e %H:%M:%S %Y\n", tm))
		*buf = '\0';
	return buf;
}

char *asctime(const struct tm *tm)
{
	return asctime_r(tm, __libc()->time_text);
}

char *ctime_r(const time_t *t, char *buf)
{
	struct tm tm;

	return gmtime_r(t, &tm) ? asctime_r(&tm, buf) : NULL;
}

char *ctime(const time_t *t)
{
	return ctime_r(t, __libc()->time_text);
}
