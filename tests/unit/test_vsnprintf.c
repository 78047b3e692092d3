/* The printf formatter and strtol's family against the machine's own libc. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int skbox_libc_snprintf(char *buf, size_t size, const char *fmt, ...);
long skbox_libc_strtol(const char *s, char **end, int base);
unsigned long skbox_libc_strtoul(const char *s, char **end, int base);
int skbox_libc_sscanf(const char *s, const char *fmt, ...);

/* Not known to the compiler, which would rather check the formats than let us try them. */
static int (*volatile theirs)(char *, size_t, const char *, ...) = snprintf;
static int (*volatile ours)(char *, size_t, const char *, ...) = skbox_libc_snprintf;
static int (*volatile their_scan)(const char *, const char *, ...) = sscanf;
static int (*volatile our_scan)(const char *, const char *, ...) = skbox_libc_sscanf;

#define SAME(...)                                                                                  \
	do {                                                                                       \
		char a_[256], b_[256];                                                             \
		size_t size_ = (size_t)rand() % 100;                                               \
		memset(a_, '#', sizeof(a_));                                                       \
		memset(b_, '#', sizeof(b_));                                                       \
		assert_int_equal(ours(a_, size_, __VA_ARGS__), theirs(b_, size_, __VA_ARGS__));    \
		assert_memory_equal(a_, b_, sizeof(a_));                                           \
	} while (0)

/* "%[flags][width][.precision]", and what is common to the conversions of @flags. */
static void random_spec(char *fmt, const char *flags)
{
	int i, n = rand() % 4;

	*fmt++ = '%';
	for (i = 0; i < n && *flags; i++)
		*fmt++ = flags[(size_t)rand() % strlen(flags)];
	if (rand() % 2)
		fmt += sprintf(fmt, "%d", 1 + rand() % 40);
	if (rand() % 2)
		fmt += sprintf(fmt, ".%d", rand() % 30);
	*fmt = '\0';
}

static uint64_t random_value(void)
{
	uint64_t v = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();
	static const uint64_t special[] = { 0,
					    1,
					    7,
					    8,
					    9,
					    10,
					    15,
					    16,
					    UINT64_MAX,
					    INT64_MAX,
					    (uint64_t)INT64_MIN,
					    0x80,
					    0x8000,
					    0x80000000 };

	if (rand() % 4 == 0)
		return special[(size_t)rand() % (sizeof(special) / sizeof(special[0]))];
	return v >> rand() % 64;
}

static void random_integers(void **state)
{
	static const char *const lengths[] = { "hh", "h", "", "l", "ll", "z", "j", "t" };
	char fmt[64];
	int i;

	for (i = 0; i < 300000; i++) {
		char conv = "diuxXo"[rand() % 6];
		const char *length = lengths[rand() % 8];
		uint64_t v = random_value();

		random_spec(fmt, conv == 'd' || conv == 'i' ? "-+ 0" : conv == 'u' ? "-0" : "-#0");
		sprintf(fmt + strlen(fmt), "%s%c|", length, conv);
		if (strlen(length) && *length != 'h')
			SAME(fmt, v);
		else
			SAME(fmt, (int)v);
	}
}

static void random_texts(void **state)
{
	char fmt[64];
	int i;

	for (i = 0; i < 50000; i++) {
		const char *text = "the quick brown fox" + rand() % 19;
		void *p = (void *)(random_value() | 1);

		random_spec(fmt, "-");
		strcat(fmt, "s|%-5c|%%|%p");
		SAME(fmt, text, 'x', p);
	}
}

static void widths_from_arguments(void **state)
{
	SAME("[%*d] [%-*d] [%*.*s] [%.*d]", 7, 42, 7, 42, -9, 2, "abc", 5, 42);
	SAME("[%*d] [%.*s]", -7, 42, -1, "all of it");
	SAME("%.0d|%.0x|%#.0o|%#x|%#o", 0, 0, 0, 0, 0);
	SAME("%d%%%s%c", 5, "", 0);
}

static void null_and_unknown(void **state)
{
	char buf[32];
	int n = -1;

	assert_int_equal(ours(buf, sizeof(buf), "%s", NULL), 6);
	assert_string_equal(buf, "(null)");
	ours(buf, sizeof(buf), "a%qb %");
	assert_string_equal(buf, "a%qb %");
	ours(buf, sizeof(buf), "abc%ndef", &n);
	assert_int_equal(n, 3);
	assert_int_equal(ours(NULL, 0, "%d", 12345), 5);
	assert_int_equal(ours(buf, sizeof(buf), "%2147483647d%d", 1, 1), -1);
}

static void same_number(const char *s, int base)
{
	char *a, *b;
	long x, y;

	errno = 0;
	x = skbox_libc_strtol(s, &a, base);
	y = strtol(s, &b, base);
	assert_int_equal(x, y);
	assert_ptr_equal(a, b);
	assert_int_equal(skbox_libc_strtoul(s, &a, base), strtoul(s, &b, base));
	assert_ptr_equal(a, b);
}

static void numbers(void **state)
{
	static const char *const texts[] = {
		"0",
		"-0",
		"+17",
		" \t\n42x",
		"0x1f",
		"0x",
		"0xg",
		"0X",
		"-0x10",
		"077",
		"08",
		"",
		"-",
		"+-1",
		"abc",
		"zz",
		"9223372036854775807",
		"9223372036854775808",
		"-9223372036854775808",
		"-9223372036854775809",
		"18446744073709551615",
		"18446744073709551616",
		"99999999999999999999999",
		"-1",
		"- 1",
		"1e5",
		"-18446744073709551615",
		"ffffffffffffffffffff",
		"0b11",
	};
	static const int bases[] = { 0, 2, 8, 10, 16, 36 };
	size_t i, j;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (j = 0; j < 6; j++)
			same_number(texts[i], bases[j]);
	}
}

struct scanned {
	int i[4];
	long l;
	short h;
	unsigned char b;
	char s[3][32];
};

#define SCAN(text, fmt, ...)                                                                       \
	do {                                                                                       \
		struct scanned v, a, b;                                                            \
		int n;                                                                             \
		memset(&v, 0, sizeof(v));                                                          \
		n = our_scan(text, fmt, __VA_ARGS__);                                              \
		a = v;                                                                             \
		memset(&v, 0, sizeof(v));                                                          \
		assert_int_equal(n, their_scan(text, fmt, __VA_ARGS__));                           \
		b = v;                                                                             \
		assert_memory_equal(&a, &b, sizeof(a));                                            \
	} while (0)

static void scans(void **state)
{
	SCAN("10 -20 0x1f", "%d %d %i", &v.i[0], &v.i[1], &v.i[2]);
	SCAN("eth0: 123 456", " %15[^:]: %lu %hu", v.s[0], &v.l, &v.h);
	SCAN("12345", "%2d%3d", &v.i[0], &v.i[1]);
	SCAN("ab cd", "%s%s%s", v.s[0], v.s[1], v.s[2]);
	SCAN("abc", "%c%2c", v.s[0], v.s[1]);
	SCAN("  x", "%c", v.s[0]);
	SCAN("10%", "%d%%%n", &v.i[0], &v.i[1]);
	SCAN("1 2 3", "%d %*d %d", &v.i[0], &v.i[1]);
	SCAN("", "%d", &v.i[0]);
	SCAN("   ", "%s", v.s[0]);
	SCAN("x", "%d", &v.i[0]);
	SCAN("7 x", "%d %d", &v.i[0], &v.i[1]);
	SCAN("7", "%d %d", &v.i[0], &v.i[1]);
	SCAN("192.168.1.255", "%d.%d.%d.%hhu", &v.i[0], &v.i[1], &v.i[2], &v.b);
	SCAN("a-z]q", "%[]a-z-]", v.s[0]);
	SCAN("cafe", "%x", &v.i[0]);
	SCAN("deadbeef01", "%8x%n", &v.i[0], &v.i[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_integers),
		cmocka_unit_test(random_texts),
		cmocka_unit_test(widths_from_arguments),
		cmocka_unit_test(null_and_unknown),
		cmocka_unit_test(numbers),
		cmocka_unit_test(scans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
