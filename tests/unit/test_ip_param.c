/*
 * The kernel command line as init reads it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <string.h>

#include "apps/init/ipparam.h"

static struct ip_param good(const char *text)
{
	struct ip_param p;
	const char *why;

	if (!ip_param_parse(text, &p, &why))
		fail_msg("%s: %s", text, why);
	return p;
}

static void bad(const char *text)
{
	struct ip_param p;
	const char *why = NULL;

	assert_false(ip_param_parse(text, &p, &why));
	assert_non_null(why);
}

static void test_static(void **state)
{
	struct ip_param p =
		good("10.0.0.2:10.0.0.9:10.0.0.1:255.255.255.0:walker:eth1:off:10.0.0.3:10.0.0.4");

	assert_int_equal(p.mode, IP_AUTO_STATIC);
	assert_int_equal(p.client, inet_addr("10.0.0.2"));
	assert_int_equal(p.gateway, inet_addr("10.0.0.1"));
	assert_int_equal(p.len, 24);
	assert_string_equal(p.hostname, "walker");
	assert_string_equal(p.device, "eth1");
	assert_int_equal(p.dns[0], inet_addr("10.0.0.3"));
	assert_int_equal(p.dns[1], inet_addr("10.0.0.4"));
}

static void test_short_forms(void **state)
{
	struct ip_param p = good("192.168.1.5");

	assert_int_equal(p.mode, IP_AUTO_STATIC);
	assert_int_equal(p.len, 24); /* class C */
	assert_int_equal(good("10.1.2.3::10.0.0.1").len, 8);
	assert_int_equal(good("172.16.0.1:").len, 16);
	assert_int_equal(good("10.0.0.2:::255.255.255.255").len, 32);
	assert_int_equal(good("10.0.0.2:::255.255.255.0::eth0:dhcp").mode, IP_AUTO_STATIC);
}

static void test_auto(void **state)
{
	assert_int_equal(good("dhcp").mode, IP_AUTO_DHCP);
	assert_int_equal(good("on").mode, IP_AUTO_DHCP);
	assert_int_equal(good("any").mode, IP_AUTO_DHCP);
	assert_int_equal(good("off").mode, IP_AUTO_OFF);
	assert_int_equal(good("none").mode, IP_AUTO_OFF);
	assert_int_equal(good(":::::eth0:dhcp").mode, IP_AUTO_DHCP);
	assert_string_equal(good(":::::eth0:dhcp").device, "eth0");
	assert_int_equal(good(":::::eth1").mode, IP_AUTO_DHCP);
	assert_int_equal(good("::::walker::off").mode, IP_AUTO_OFF);
}

static void test_bad(void **state)
{
	bad("");
	bad("nonsense");
	bad("300.1.1.1");
	bad("10.0.0.2::10.0.0");
	bad("10.0.0.2:::255.0.255.0");
	bad("10.0.0.2:::24");
	bad("10.0.0.2:::::eth0:maybe");
	bad("10.0.0.2:::::a-name-much-too-long");
	bad("10.0.0.2:::::::x");
	bad("10.0.0.2:::::::::");
}

static void test_words(void **state)
{
	char text[] = " quiet ip=dhcp run=\"ping -c 1 10.0.2.2; ps\"\tx= \"y=1 2\" z=a=b\n";
	char *cursor = text, *name, *value;
	const char *want[][2] = {
		{ "quiet", "" }, { "ip", "dhcp" }, { "run", "ping -c 1 10.0.2.2; ps" },
		{ "x", "" },	 { "y", "1 2" },   { "z", "a=b" },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_true(cmdline_word(&cursor, &name, &value));
		assert_string_equal(name, want[i][0]);
		assert_string_equal(value, want[i][1]);
	}
	assert_false(cmdline_word(&cursor, &name, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_static), cmocka_unit_test(test_short_forms),
		cmocka_unit_test(test_auto),   cmocka_unit_test(test_bad),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
