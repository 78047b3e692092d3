/*
 * Seconds since 1970 to a date and back, in the proleptic Gregorian calendar. Years begin in March
 * here, so that the leap day is a year's last and each day's place in the 400-year cycle of 146097
 * days follows by division.
 */
#include <errno.h>
#include <limits.h>
#include <time.h>

#include "libc/internal.h"

#define DAY 86400L
#define CYCLE 146097L	     /* days in 400 years */
#define EPOCH_OFFSET 719468L /* days from 0000-03-01 to 1970-01-01 */

static int is_leap(long year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01 to the first of month @mon (0 = January) of @year. */
static long days_before(long year, int mon)
{
	long march_year = year - (mon < 2), cycle, yoe;
	int march_month = (mon + 10) % 12;

	cycle = (march_year >= 0 ? march_year : march_year - 399) / 400;
	yoe = march_year - cycle * 400;
	return cycle * CYCLE + yoe * 365 + yoe / 4 - yoe / 100 + (153 * march_month + 2) / 5 -
	       EPOCH_OFFSET;
}

struct tm *gmtime_r(const time_t *t, struct tm *tm)
{
	long days = *t / DAY, secs = *t % DAY, cycle, doe, yoe, doy, year;
	int march_month;

	if (secs < 0) {
		secs += DAY;
		days--;
	}
	tm->tm_wday = (int)(((days + 4) % 7 + 7) % 7); /* 1970 began on a Thursday */
	days += EPOCH_OFFSET;
	cycle = (days >= 0 ? days : days - CYCLE + 1) / CYCLE;
	doe = days - cycle * CYCLE;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	march_month = (int)(5 * doy + 2) / 153;
	tm->tm_mon = (march_month + 2) % 12;
	year = cycle * 400 + yoe + (march_month >= 10);
	if (year - 1900 > INT_MAX || year - 1900 < INT_MIN) {
		errno = EOVERFLOW;
		return NULL;
	}
	tm->tm_year = (int)(year - 1900);
	tm->tm_mday = (int)doy - (153 * march_month + 2) / 5 + 1;
	tm->tm_yday = march_month >= 10 ? (int)doy - 306 : (int)doy + 59 + is_leap(year);
	tm->tm_hour = (int)(secs / 3600);
	tm->tm_min = (int)(secs / 60 % 60);
	tm->tm_sec = (int)(secs % 60);
	tm->tm_isdst = 0;
	return tm;
}

time_t timegm(struct tm *tm)
{
	long year = tm->tm_year + 1900L + tm->tm_mon / 12;
	int mon = tm->tm_mon % 12;
	time_t t;

	if (mon < 0) {
		mon += 12;
		year--;
	}
	t = (days_before(year, mon) + tm->tm_mday - 1L) * DAY;
	t += tm->tm_hour * 3600L + tm->tm_min * 60L + tm->tm_sec;
	return gmtime_r(&t, tm) ? t : -1;
}

time_t mktime(struct tm *tm)
{
	return timegm(tm);
}

struct tm *gmtime(const time_t *t)
{
	return gmtime_r(t, &__libc()->tm);
}

struct tm *localtime_r(const time_t *t, struct tm *tm)
{
	return gmtime_r(t, tm);
}

struct tm *localtime(const time_t *t)
{
	return gmtime(t);
}
