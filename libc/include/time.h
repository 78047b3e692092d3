/* Clocks and the calendar; the only time zone is UTC. */
#pragma once

#include <abi/system.h>
#include <abi/types.h>

struct tm {
	int tm_sec, tm_min, tm_hour;
	int tm_mday, tm_mon, tm_year;
	int tm_wday, tm_yday, tm_isdst;
};

typedef int clockid_t;

time_t time(time_t *t);
int clock_gettime(clockid_t clock, struct timespec *ts);
int clock_settime(clockid_t clock, const struct timespec *ts);
int clock_getres(clockid_t clock, struct timespec *ts);
/* EINTR: @rem is what was left. */
int nanosleep(const struct timespec *req, struct timespec *rem);

/* NULL (EOVERFLOW): the year does not fit. Without _r the result lies in the task's own block. */
struct tm *gmtime(const time_t *t);
struct tm *gmtime_r(const time_t *t, struct tm *tm);
struct tm *localtime(const time_t *t);
struct tm *localtime_r(const time_t *t, struct tm *tm);
/* Brings the fields into their ranges first; -1 (EOVERFLOW). */
time_t mktime(struct tm *tm);
time_t timegm(struct tm *tm);
size_t strftime(char *buf, size_t size, const char *fmt, const struct tm *tm);
char *asctime(const struct tm *tm);
char *asctime_r(const struct tm *tm, char *buf);
char *ctime(const time_t *t);
char *ctime_r(const time_t *t, char *buf);
