/* The time of day in microseconds. */
#pragma once

#include <abi/types.h>
#include <sys/select.h>

struct timezone {
	int tz_minuteswest, tz_dsttime;
};

int gettimeofday(struct timeval *tv, void *tz);
int settimeofday(const struct timeval *tv, const void *tz);

#define timerclear(t) ((t)->tv_sec = (t)->tv_usec = 0)
#define timerisset(t) ((t)->tv_sec || (t)->tv_usec)
#define timercmp(a, b, op)                                                                         \
	((a)->tv_sec == (b)->tv_sec ? (a)->tv_usec op(b)->tv_usec : (a)->tv_sec op(b)->tv_sec)
#define timeradd(a, b, res)                                                                        \
	do {                                                                                       \
		(res)->tv_sec = (a)->tv_sec + (b)->tv_sec;                                         \
		(res)->tv_usec = (a)->tv_usec + (b)->tv_usec;                                      \
		if ((res)->tv_usec >= 1000000) {                                                   \
			(res)->tv_sec++;                                                           \
			(res)->tv_usec -= 1000000;                                                 \
		}                                                                                  \
	} while (0)
#define timersub(a, b, res)                                                                        \
	do {                                                                                       \
		(res)->tv_sec = (a)->tv_sec - (b)->tv_sec;                                         \
		(res)->tv_usec = (a)->tv_usec - (b)->tv_usec;                                      \
		if ((res)->tv_usec < 0) {                                                          \
			(res)->tv_sec--;                                                           \
			(res)->tv_usec += 1000000;                                                 \
		}                                                                                  \
	} while (0)
