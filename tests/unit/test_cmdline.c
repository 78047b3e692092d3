/*
 * The kernel's command line: words, values, quotes, repetition, and lines that are too long.
 */
#include "kern.h"

#include <string.h>

#include "kernel/cmdline.h"

static void test_words(void **state)
{
	cmdline_init(
		"  quiet panic=-1\tip=10.0.0.2::10.0.0.1:255.255.255.0::eth0:off  empty= a=b=c ");
	assert_string_equal(cmdline_get("quiet", 0), "");
	assert_string_equal(cmdline_get("panic", 0), "-1");
	assert_string_equal(cmdline_get("ip", 0), "10.0.0.2::10.0.0.1:255.255.255.0::eth0:off");
	assert_string_equal(cmdline_get("empty", 0), "");
	assert_string_equal(cmdline_get("a", 0), "b=c");
	assert_null(cmdline_get("b", 0));
	assert_null(cmdline_get("qui", 0));
	assert_null(cmdline_get("quiet", 1));
}

static void test_quotes(void **state)
{
	cmdline_init("run=\"ping -c 1 10.0.2.2; ps\" \"x=1 2\" y=a\" b\"c z=\"\" end");
	assert_string_equal(cmdline_get("run", 0), "ping -c 1 10.0.2.2; ps");
	assert_string_equal(cmdline_get("x", 0), "1 2");
	assert_string_equal(cmdline_get("y", 0), "a bc");
	assert_string_equal(cmdline_get("z", 0), "");
	assert_string_equal(cmdline_get("end", 0), "");
	cmdline_init("a=\"never closed b=1");
	assert_string_equal(cmdline_get("a", 0), "never closed b=1");
}

static void test_repeated(void **state)
{
	cmdline_init("ip=1 x ip=2 ip=3");
	assert_string_equal(cmdline_get("ip", 0), "1");
	assert_string_equal(cmdline_get("ip", 1), "2");
	assert_string_equal(cmdline_get("ip", 2), "3");
	assert_null(cmdline_get("ip", 3));
}

static char seen[200];

static void collect(const char *name, const char *value)
{
	strcat(seen, name);
	strcat(seen, "[");
	strcat(seen, value);
	strcat(seen, "]");
}

static void test_for_each(void **state)
{
	cmdline_init("a b=1 a=\"2 3\"");
	cmdline_for_each(collect);
	assert_string_equal(seen, "a[]b[1]a[2 3]");
	assert_string_equal(cmdline_text(), "a b=1 a=\"2 3\"");
}

static void test_limits(void **state)
{
	static char line[10000];

	cmdline_init("");
	assert_null(cmdline_get("", 0));
	for (size_t i = 0; i + 2 < sizeof(line); i += 2)
		memcpy(line + i, "a ", 2);
	cmdline_init(line);
	assert_non_null(cmdline_get("a", 100));
	memset(line, 'x', sizeof(line) - 1);
	cmdline_init(line);
	assert_true(strlen(cmdline_text()) < sizeof(line) / 2);
}

static void test_numbers(void **state)
{
	cmdline_init("a=5 b=-1 c=9999999999 d=x e= f=7x m=16M k=3K g=2G n=100 w=5T z=1MB");
	assert_int_equal(cmdline_int("a", 0), 5);
	assert_int_equal(cmdline_int("b", 0), -1);
	assert_int_equal(cmdline_int("c", 8), 8);
	assert_int_equal(cmdline_int("d", 8), 8);
	assert_int_equal(cmdline_int("e", 8), 8);
	assert_int_equal(cmdline_int("f", 8), 8);
	assert_int_equal(cmdline_int("none", 8), 8);
	assert_int_equal(cmdline_size("m", 0), 16 << 20);
	assert_int_equal(cmdline_size("k", 0), 3 << 10);
	assert_int_equal(cmdline_size("g", 0), 2ULL << 30);
	assert_int_equal(cmdline_size("n", 0), 100);
	assert_int_equal(cmdline_size("w", 1), 1);
	assert_int_equal(cmdline_size("z", 1), 1);
	assert_int_equal(cmdline_size("d", 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	 cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_repeated), cmocka_unit_test(test_for_each),
		cmocka_unit_test(test_limits),	 cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
