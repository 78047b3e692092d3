/* tc's words: numbers with units both ways, and netem's options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "apps/tc/netem.h"
#include "apps/tc/units.h"
#include "kernel/types.h"

#define PERCENT(n) ((u32)(((u64)NETEM_ALWAYS * (n) + 50) / 100))

static void test_times(void **state)
{
	static const struct {
		const char *text;
		u64 ns;
	} good[] = {
		{ "50ms", 50000000 },
		{ "1.5s", 1500000000 },
		{ "100us", 100000 },
		{ "100", 100000 },
		{ "0", 0 },
		{ "0.000001s", 1000 },
		{ ".5ms", 500000 },
		{ "20ns", 20 },
		{ "1sec", 1000000000 },
		{ "3msecs", 3000000 },
		{ "2USEC", 2000 },
		{ "1.", 1000 },
		{ "0.0000000001s", 0 },
		{ "3600s", 3600000000000 },
	};
	static const char *const bad[] = { "",	    "x",    "-1ms",
					   "5xs",   "ms",   ".",
					   "1 ms",  "1ms ", "99999999999999999999s",
					   "1e3ms", "1..2s" };
	u64 ns;

	for (u32 i = 0; i < ARRAY_SIZE(good); i++) {
		assert_true(units_time(good[i].text, &ns));
		assert_int_equal(ns, good[i].ns);
	}
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(units_time(bad[i], &ns));
}

static void test_time_text(void **state)
{
	static const struct {
		u64 ns;
		const char *text;
	} cases[] = {
		{ 0, "0ns" },		{ 999, "999ns" },	{ 1000, "1us" },
		{ 50000000, "50ms" },	{ 1234567, "1.23ms" },	{ 12345678, "12.3ms" },
		{ 123456789, "123ms" }, { 1500000000, "1.5s" }, { 3600000000000, "3600s" },
		{ 100000, "100us" },	{ 1500, "1.5us" },
	};
	char buf[UNITS_STRLEN];

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(units_time_text(cases[i].ns, buf), cases[i].text);
}

static void test_percents(void **state)
{
	static const char *const same[] = { "0%",   "1%",  "0.1%",  "25%",   "99.9%",
					    "100%", "50%", "33.3%", "0.01%", "12.345%" };
	static const char *const bad[] = { "101%", "x", "", "-1%", "5p", "1%%", "100.0001%" };
	char buf[UNITS_STRLEN];
	u32 part;

	for (u32 i = 0; i < ARRAY_SIZE(same); i++) {
		assert_true(units_percent(same[i], &part));
		assert_string_equal(units_percent_text(part, buf), same[i]);
	}
	assert_true(units_percent("100", &part));
	assert_int_equal(part, NETEM_ALWAYS);
	assert_true(units_percent("25", &part));
	assert_int_equal(part, PERCENT(25));
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(units_percent(bad[i], &part));
}

static void test_rates(void **state)
{
	static const struct {
		const char *text;
		u64 bytes;
		const char *back;
	} good[] = {
		{ "1mbit", 125000, "1Mbit" },	       { "10Mbit", 1250000, "10Mbit" },
		{ "500kbit", 62500, "500Kbit" },       { "1gbit", 125000000, "1Gbit" },
		{ "1.5mbit", 187500, "1500Kbit" },     { "9600", 1200, "9600bit" },
		{ "10mbps", 10000000, "80Mbit" },      { "8bit", 1, "8bit" },
		{ "100gbit", 12500000000, "100Gbit" },
	};
	char buf[UNITS_STRLEN];
	u64 bytes;

	for (u32 i = 0; i < ARRAY_SIZE(good); i++) {
		assert_true(units_rate(good[i].text, &bytes));
		assert_int_equal(bytes, good[i].bytes);
		assert_string_equal(units_rate_text(bytes, buf), good[i].back);
	}
	assert_false(units_rate("1foo", &bytes));
	assert_false(units_rate("fast", &bytes));
	assert_false(units_rate("99999999999999tbit", &bytes));
}

/* netem_parse() of the words in @text. */
static struct netem_params parse(const char *text)
{
	char copy[256], *words[40], *word, *save;
	struct netem_params p;
	int n = 0;

	strncpy(copy, text, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	words[n] = NULL;
	assert_true(netem_parse(words, &p));
	return p;
}

static void test_netem_options(void **state)
{
	struct netem_params p = parse("");

	assert_int_equal(p.limit, NETEM_LIMIT);
	assert_int_equal(p.delay + p.jitter + p.rate + p.loss.probability, 0);
	p = parse("delay 50ms 10ms 25% loss 1% 30% duplicate 2% reorder 25% 50% corrupt 0.1% rate "
		  "10mbit 20 limit 500 distribution normal seed 18446744073709551615");
	assert_int_equal(p.delay, 50000000);
	assert_int_equal(p.jitter, 10000000);
	assert_int_equal(p.delay_correlation, PERCENT(25));
	assert_int_equal(p.loss.probability, PERCENT(1));
	assert_int_equal(p.loss.correlation, PERCENT(30));
	assert_int_equal(p.duplicate.probability, PERCENT(2));
	assert_int_equal(p.reorder.probability, PERCENT(25));
	assert_int_equal(p.reorder.correlation, PERCENT(50));
	assert_int_equal(p.gap, 1);
	assert_int_equal(p.rate, 1250000);
	assert_int_equal(p.overhead, 20);
	assert_int_equal(p.limit, 500);
	assert_int_equal(p.distribution, NETEM_NORMAL);
	assert_true(p.seed == UINT64_MAX);
	p = parse("del 1ms dup 1% dro 2%"); /* front parts of names */
	assert_int_equal(p.delay, 1000000);
	assert_int_equal(p.duplicate.probability, PERCENT(1));
	assert_int_equal(p.loss.probability, PERCENT(2));
	p = parse("loss random 5% delay 1ms reorder 100% gap 5");
	assert_int_equal(p.loss.probability, PERCENT(5));
	assert_int_equal(p.gap, 5);
}

static void test_netem_gemodel(void **state)
{
	struct netem_params p = parse("loss gemodel 1%");

	assert_int_equal(p.bursts, 1);
	assert_int_equal(p.gemodel.p, PERCENT(1));
	assert_int_equal(p.gemodel.r, NETEM_ALWAYS - PERCENT(1));
	assert_int_equal(p.gemodel.loss_bad, NETEM_ALWAYS);
	assert_int_equal(p.gemodel.loss_good, 0);
	p = parse("loss gemodel 1% 10% 70% 0.1% delay 5ms");
	assert_int_equal(p.gemodel.r, PERCENT(10));
	assert_int_equal(p.gemodel.loss_bad, PERCENT(70));
	assert_true(p.gemodel.loss_good > 0);
	assert_int_equal(p.delay, 5000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),	      cmocka_unit_test(test_time_text),
		cmocka_unit_test(test_percents),      cmocka_unit_test(test_rates),
		cmocka_unit_test(test_netem_options), cmocka_unit_test(test_netem_gemodel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
