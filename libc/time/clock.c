/* Clocks and sleeping. */
#include <errno.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "libc/internal.h"
#include "libc/syscall.h"

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	return (int)__ret(sys(SYS_clock_gettime, clock, ts));
}

int clock_settime(clockid_t clock, const struct timespec *ts)
{
	return (int)__ret(sys(SYS_clock_settime, clock, ts));
}

int clock_getres(clockid_t clock, struct timespec *ts)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) {
		errno = EINVAL;
		return -1;
	}
	if (ts)
		*ts = (struct timespec){ 0, 1 };
	return 0;
}

time_t time(time_t *t)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (t)
		*t = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *tv, void *tz)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now))
		return -1;
	tv->tv_sec = now.tv_sec;
	tv->tv_usec = now.tv_nsec / 1000;
	return 0;
}

int settimeofday(const struct timeval *tv, const void *tz)
{
	struct timespec ts = { tv->tv_sec, tv->tv_usec * 1000 };

	return clock_settime(CLOCK_REALTIME, &ts);
}

int nanosleep(const struct timespec *req, struct timespec *rem)
{
	return (int)__ret(sys(SYS_nanosleep, req, rem));
}

unsigned int sleep(unsigned int seconds)
{
	struct timespec ts = { seconds, 0 };

	return nanosleep(&ts, &ts) ? (unsigned int)ts.tv_sec + (ts.tv_nsec > 0) : 0;
}

int usleep(useconds_t usec)
{
	struct timespec ts = { usec / 1000000, (long)(usec % 1000000) * 1000 };

	return nanosleep(&ts, NULL);
}
