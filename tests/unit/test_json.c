/*
 * iperf3's reading of JSON: values by key, what is not there, and any bytes at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "apps/iperf3/iperf.h"

static uint64_t uint_of(const char *text, const char *key)
{
	uint64_t n = 4711;

	json_uint(text, key, &n);
	return n;
}

static void test_values(void **state)
{
	static const char text[] =
		" { \"a\" : [1, {\"b\": 2}] ,\"s\":\"x\\\"y\",\"b\":3, \"t\":true,\"f\":false,"
		"\"d\":1.5, \"list\":[{\"id\":1},{\"id\":3}] , \"last\":18446744073709551616}";
	const char *list = json_find(text, "list");
	int64_t nano;

	assert_int_equal(uint_of(text, "b"), 3);
	assert_int_equal(uint_of(text, "a"), 4711);
	assert_int_equal(uint_of(text, "none"), 4711);
	assert_true(json_true(text, "t") && !json_true(text, "f") && !json_true(text, "none"));
	assert_true(json_nano(text, "d", &nano) && nano == 1500000000);
	assert_int_equal(uint_of(json_element(list, 0), "id"), 1);
	assert_int_equal(uint_of(json_element(list, 1), "id"), 3);
	assert_null(json_element(list, 2));
	assert_null(json_element(text, 0));
	assert_true(uint_of(text, "last") > 1000000000000);
}

static void test_string_is_bounded(void **state)
{
	char out[4];

	assert_true(json_string("{\"c\":\"cubic\"}", "c", out, sizeof(out)));
	assert_string_equal(out, "cub");
	assert_false(json_string("{\"c\":1}", "c", out, sizeof(out)));
}

static void look(const char *text)
{
	static const char *const keys[] = { "a", "", "id", "streams" };
	char out[8];
	int64_t nano;
	uint64_t n;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *value = json_find(text, keys[i]);

		json_true(text, keys[i]);
		json_nano(text, keys[i], &nano);
		json_uint(text, keys[i], &n);
		json_string(text, keys[i], out, sizeof(out));
		for (int k = 0; value && k < 3; k++)
			if (json_element(value, k))
				json_uint(json_element(value, k), "id", &n);
	}
}

static void test_any_bytes(void **state)
{
	static const char *const pieces[] = { "{",	     "}",	"[",
					      "]",	     "\"a\"",	"\"id\"",
					      "\"streams\"", "\"\"",	":",
					      ",",	     "\\",	"\"",
					      " ",	     "1",	"-1.5e9",
					      "true",	     "\"\\\"",	"999999999999999999999",
					      ".",	     "{\"a\":", "{\"streams\":[{\"id\":" };

	srandom(1);
	for (int i = 0; i < 20000; i++) {
		char text[600], *copy;
		size_t n = 0;

		for (int k = random() % 24; k >= 0; k--) {
			const char *p =
				pieces[(size_t)random() % (sizeof(pieces) / sizeof(*pieces))];

			memcpy(text + n, p, strlen(p));
			n += strlen(p);
			if (random() % 12 == 0)
				text[n++] = (char)random();
		}
		text[n] = '\0';
		copy = malloc(n + 1);
		memcpy(copy, text, n + 1);
		look(copy);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_string_is_bounded),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
