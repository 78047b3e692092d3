/* The calendar and strftime against the machine's own libc, in UTC. */
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The first nine members are the same in both. */
struct our_tm {
	int sec, min, hour, mday, mon, year, wday, yday, isdst;
};

struct our_tm *skbox_libc_gmtime_r(const time_t *t, struct our_tm *tm);
time_t skbox_libc_timegm(struct our_tm *tm);
size_t skbox_libc_strftime(char *buf, size_t size, const char *fmt, const struct our_tm *tm);
char *skbox_libc_asctime_r(const struct our_tm *tm, char *buf);

static void same_date(time_t t)
{
	struct our_tm a;
	struct tm b;

	memset(&a, 0xff, sizeof(a));
	assert_non_null(skbox_libc_gmtime_r(&t, &a));
	gmtime_r(&t, &b);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(skbox_libc_timegm(&a), t);
}

static time_t random_time(void)
{
	int64_t v = (int64_t)((uint64_t)rand() << 33 ^ (uint64_t)rand() << 11 ^ (uint64_t)rand());

	/* Up to about the year 140000, both ways. */
	return v % (rand() % 2 ? 4400000000000L : 5000000000L);
}

static void dates(void **state)
{
	time_t t;
	int i;

	for (t = -800L * 365 * 86400; t < 800L * 365 * 86400; t += 86400)
		same_date(t + t % 86400);
	for (i = 0; i < 200000; i++)
		same_date(random_time());
	same_date(0);
	same_date(-1);
	same_date(INT32_MAX);
	same_date(951782400); /* 2000-02-29 */
}

static void out_of_range(void **state)
{
	struct our_tm tm;
	time_t t = INT64_MAX / 2;

	assert_null(skbox_libc_gmtime_r(&t, &tm));
	t = INT64_MIN / 2;
	assert_null(skbox_libc_gmtime_r(&t, &tm));
}

static void normalizing(void **state)
{
	int i;

	for (i = 0; i < 100000; i++) {
		struct our_tm a = { rand() % 20000 - 10000,
				    rand() % 20000 - 10000,
				    rand() % 2000 - 1000,
				    rand() % 2000 - 1000,
				    rand() % 200 - 100,
				    rand() % 400 - 100,
				    0,
				    0,
				    0 };
		struct tm b = { .tm_sec = a.sec,
				.tm_min = a.min,
				.tm_hour = a.hour,
				.tm_mday = a.mday,
				.tm_mon = a.mon,
				.tm_year = a.year };

		assert_int_equal(skbox_libc_timegm(&a), timegm(&b));
		assert_memory_equal(&a, &b, sizeof(a));
	}
}

static void formats(void **state)
{
	static const char all[] =
		"%a|%A|%b|%B|%c|%C|%d|%D|%e|%F|%g|%G|%h|%H|%I|%j|%k|%l|%m|%M|%n|%p|%r|%R|%s|%S|"
		"%t|%T|%u|%U|%V|%w|%W|%x|%X|%y|%Y|%z|%%";
	char x[512], y[512];
	int i;

	for (i = 0; i < 20000; i++) {
		time_t t = rand() * 4L;
		struct our_tm a;
		struct tm b;

		skbox_libc_gmtime_r(&t, &a);
		gmtime_r(&t, &b);
		assert_int_equal(skbox_libc_strftime(x, sizeof(x), all, &a),
				 strftime(y, sizeof(y), all, &b));
		assert_string_equal(x, y);
		assert_string_equal(skbox_libc_asctime_r(&a, x), asctime_r(&b, y));
	}
}

static void small_buffers(void **state)
{
	struct our_tm tm = { .mday = 1, .year = 126 };
	char buf[5];

	assert_int_equal(skbox_libc_strftime(buf, 5, "%Y", &tm), 4);
	assert_string_equal(buf, "2026");
	assert_int_equal(skbox_libc_strftime(buf, 4, "%Y", &tm), 0);
	assert_int_equal(skbox_libc_strftime(NULL, 0, "%Y", &tm), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates),	 cmocka_unit_test(out_of_range),
		cmocka_unit_test(normalizing),	 cmocka_unit_test(formats),
		cmocka_unit_test(small_buffers),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
