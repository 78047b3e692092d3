/* Modules come and go; the spy sees what passes, the dropper loses what it is told to. */
#include "iplab.h"

#include <abi/errno.h>
#include <abi/fcntl.h>
#include <stdio.h>

#include "kernel/file.h"
#include "kernel/mm.h"
#include "kernel/module_load.h"
#include "kernel/proc.h"
#include "kernel/seq_file.h"
#include "kernel/syscall.h"
#include "net/core/netfilter.h"

long atol(const char *s); /* the host's; its <stdlib.h> and our headers exclude each other */

/* ---- help ---- */

static long load(const char *name, const char *params)
{
	char path[64];
	long fd, err;

	snprintf(path, sizeof(path), "/lib/modules/%s.o", name);
	fd = sys_open(path, O_RDONLY, 0);
	assert_true(fd >= 0);
	err = sys_finit_module((int)fd, params, 0);
	sys_close((int)fd);
	return err;
}

static const char *get(const char *path)
{
	static char text[16384];
	long fd = sys_open(path, O_RDONLY, 0), n;

	assert_true(fd >= 0);
	n = sys_read((int)fd, text, sizeof(text) - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	sys_close((int)fd);
	return text;
}

static long put(const char *path, const char *text)
{
	long fd = sys_open(path, O_WRONLY | O_TRUNC, 0), n;

	assert_true(fd >= 0);
	n = sys_write((int)fd, text, strlen(text));
	sys_close((int)fd);
	return n;
}

static bool is_there(const char *path)
{
	struct stat st;

	return sys_stat(path, &st) == 0;
}

/* The number behind @word in a /proc file. */
static long number(const char *path, const char *word)
{
	const char *at = strstr(get(path), word);

	assert_non_null(at);
	return atol(at + strlen(word));
}

/* Sends @count echo requests from @saddr; how many were answered. */
static int pings(int count, be32 saddr)
{
	struct lab_packet p = { .protocol = IPPROTO_ICMP, .saddr = saddr };
	u8 frame[256];
	int answers = 0;

	for (int i = 0; i < count; i++) {
		lab_icmp_in(p, ICMP_ECHO, 0, (u32)i, "hello", 5, false);
		answers += lab_out(frame, sizeof(frame)) > 0;
	}
	return answers;
}

/* Modules that are linked in keep their variables: all of them are said each time. */
#define SPY_ALL "hook= last=16 printk=0"

/* ---- coming and going ---- */

static void the_list_of_modules(void **state)
{
	struct module_info *info;
	char line[80];
	u64 size, addr;
	u32 refs;

	assert_string_equal(get("/proc/modules"), "");
	assert_int_equal(load("spy", SPY_ALL), 0);
	assert_int_equal(load("spy", SPY_ALL), -EEXIST);
	assert_int_equal(sscanf(get("/proc/modules"), "%79s %lu %u - Live 0x%lx\n", line, &size,
				&refs, &addr),
			 4);
	assert_string_equal(line, "spy");
	assert_int_equal(refs, 0);
	info = (struct module_info *)addr;
	assert_true(module_get(info));
	assert_non_null(strstr(get("/proc/modules"), " 1 - Live"));
	assert_int_equal(sys_delete_module("spy", 0), -EBUSY);
	assert_true(is_there("/proc/net/spy"));
	module_put(info);
	assert_int_equal(sys_delete_module("spy", 0), 0);
	assert_false(is_there("/proc/net/spy"));
	assert_false(module_get(info));
	assert_int_equal(sys_delete_module("spy", 0), -ENOENT);
	assert_string_equal(get("/proc/modules"), "");
}

static void what_is_no_module(void **state)
{
	static const u8 elf[] = "\177ELF";
	long fd = sys_open("/tmp/no.o", O_RDWR | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(sys_finit_module((int)fd, "", 0), -ENOEXEC); /* empty */
	sys_write((int)fd, elf, sizeof(elf));
	assert_int_equal(sys_finit_module((int)fd, "", 0), -ENOEXEC);
	assert_int_equal(sys_finit_module((int)fd, "", 1), -EINVAL);
	assert_int_equal(sys_finit_module((int)fd, NULL, 0), -EFAULT);
	assert_int_equal(sys_module_info((int)fd, (char *)elf, 0), -ENOEXEC);
	sys_close((int)fd);
	assert_int_equal(sys_finit_module((int)fd, "", 0), -EBADF);
	fd = sys_open("/proc", O_RDONLY, 0);
	assert_int_equal(sys_finit_module((int)fd, "", 0), -EINVAL);
	sys_close((int)fd);
	assert_int_equal(sys_delete_module("", 0), -ENOENT);
	assert_int_equal(sys_delete_module(NULL, 0), -EFAULT);
	assert_int_equal(sys_delete_module("a name that is much too long for a module", 0),
			 -ENOENT);
}

static void a_module_that_does_not_start_was_never_here(void **state)
{
	assert_int_equal(load("spy", "hook=NOWHERE"), -EINVAL);
	assert_int_equal(load("spy", "hook= last=65"), -EINVAL);
	assert_int_equal(load("spy", "nothing=1"), -EINVAL);
	assert_int_equal(load("spy", "hook=A_NAME_OF_MORE_THAN_15"), -EINVAL);
	assert_string_equal(get("/proc/modules"), "");
	assert_false(is_there("/proc/net/spy"));
	for (u32 i = 0; i < NF_NUMHOOKS; i++)
		assert_true(list_empty(&nf_hooks[i]));
}

static void what_is_said_of_a_file(void **state)
{
	long fd = sys_open("/lib/modules/dropper.o", O_RDONLY, 0), n;
	char text[1024];

	n = sys_module_info((int)fd, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(strstr(text, "name:           dropper\n"));
	assert_non_null(strstr(text, "vermagic:       " MODULE_VERSION "\n"));
	assert_non_null(strstr(text, "parm:           percent:how many of a hundred packets to "
				     "drop (int)\n"));
	assert_non_null(strstr(text, " (address)\n"));
	assert_int_equal(sys_module_info((int)fd, text, 10), 10);
	sys_close((int)fd);
	assert_string_equal(get("/proc/modules"), "");
}

/* ---- parameters ---- */

static int number_param;
static char text_param[4];
static be32 addr_param;
static const struct module_param params[] = {
	PARAM_INT("n", &number_param, -5, 5, "a number"),
	PARAM_STRING("t", text_param, "a text"),
	PARAM_ADDR("a", &addr_param, "an address"),
};

static int set(const char *name, const char *value)
{
	return module_param_set(params, ARRAY_SIZE(params), name, value);
}

static void parameters(void **state)
{
	static const char *const bad_numbers[] = { "", "-", "6", "-6", "1x", "99999999999", "+1" };
	static const char *const bad_addrs[] = { "",	      "1",	    "1.2.3",
						 "1.2.3.4.5", "1.2.3.256",  "1.2.3.",
						 "1..2.3",    "1.2.3.4 ",   "-1.2.3.4",
						 "a.b.c.d",   "1111.2.3.4", "99999999999.1.1.1" };

	assert_int_equal(set("n", "-5"), 0);
	assert_int_equal(number_param, -5);
	for (u32 i = 0; i < ARRAY_SIZE(bad_numbers); i++)
		assert_int_equal(set("n", bad_numbers[i]), -EINVAL);
	assert_int_equal(number_param, -5);
	assert_int_equal(set("t", "abc"), 0);
	assert_int_equal(set("t", "abcd"), -EINVAL);
	assert_string_equal(text_param, "abc");
	assert_int_equal(set("t", ""), 0);
	assert_string_equal(text_param, "");
	assert_int_equal(set("a", "10.0.2.255"), 0);
	assert_int_equal(addr_param, IP4(10, 0, 2, 255));
	for (u32 i = 0; i < ARRAY_SIZE(bad_addrs); i++)
		assert_int_equal(set("a", bad_addrs[i]), -EINVAL);
	assert_int_equal(set("a", "any"), 0);
	assert_int_equal(addr_param, 0);
	assert_int_equal(set("b", "1"), -ENOENT);
	assert_int_equal(set("", ""), -ENOENT);
}

static void parameters_in_a_row(void **state)
{
	const struct module_info info = { .name = "mine", MODULE_PARAMS(params) };
	char why[MODULE_WHY_MAX], text[64];

	strcpy(text, " \tn=4  a=1.2.3.4 t=xyz\n");
	assert_int_equal(module_params_parse(&info, text, why), 0);
	assert_int_equal(number_param, 4);
	assert_int_equal(addr_param, IP4(1, 2, 3, 4));
	assert_string_equal(text_param, "xyz");
	strcpy(text, "");
	assert_int_equal(module_params_parse(&info, text, why), 0);
	strcpy(text, "n=1 m=2");
	assert_int_equal(module_params_parse(&info, text, why), -EINVAL);
	assert_string_equal(why, "mine: no parameter 'm'");
	strcpy(text, "n=7");
	assert_int_equal(module_params_parse(&info, text, why), -EINVAL);
	assert_string_equal(why, "mine: not a value for the parameter: 'n=7'");
	strcpy(text, "n");
	assert_int_equal(module_params_parse(&info, text, why), -EINVAL);
}

/* ---- the spy ---- */

static void the_spy_counts_what_passes(void **state)
{
	const char *text;

	assert_int_equal(load("spy", SPY_ALL), 0);
	assert_int_equal(pings(7, 0), 7);
	text = get("/proc/net/spy");
	assert_non_null(strstr(text, "\nPRE_ROUTING  icmp              7            231\n"));
	assert_non_null(strstr(text, "\nLOCAL_IN     icmp              7            231\n"));
	assert_non_null(strstr(text, "\nLOCAL_OUT    icmp              7            231\n"));
	assert_non_null(strstr(text, "\nPOST_ROUTING icmp              7            231\n"));
	assert_null(strstr(text, "FORWARD"));
	assert_non_null(strstr(text, " LOCAL_IN     eth0   -      icmp  10.0.0.1 > 10.0.0.2 len 33 "
				     "ttl 64\n"));
	assert_int_equal(put("/proc/net/spy", "clear\n"), 6);
	assert_int_equal(put("/proc/net/spy", "clean"), -EINVAL);
	assert_null(strstr(get("/proc/net/spy"), "icmp"));
	assert_int_equal(sys_delete_module("spy", 0), 0);
	assert_int_equal(pings(1, 0), 1);
}

static void the_spy_remembers_the_last_packets(void **state)
{
	struct lab_packet p = { .protocol = IPPROTO_UDP,
				.data = "\x12\x34\x00\x35\0\x08\0\0",
				.len = 8 };
	const char *text;

	assert_int_equal(load("spy", "hook=PRE_ROUTING last=3 printk=0"), 0);
	for (u32 i = 0; i < 10; i++) {
		p.ttl = (u8)(i + 1);
		p.frag_off = i == 9 ? 1 : 0; /* the rest of a fragment has no ports */
		lab_in(&p);
	}
	text = get("/proc/net/spy");
	assert_non_null(strstr(text, "\nPRE_ROUTING  udp              10            280\n"));
	assert_null(strstr(text, "ttl 7\n"));
	assert_non_null(strstr(text, "10.0.0.1:4660 > 10.0.0.2:53 len 28 ttl 8\n"));
	assert_non_null(strstr(text, "10.0.0.1:4660 > 10.0.0.2:53 len 28 ttl 9\n"));
	assert_non_null(strstr(text, "10.0.0.1 > 10.0.0.2 len 28 ttl 10\n"));
	assert_int_equal(sys_delete_module("spy", 0), 0);
}

/* ---- the dropper ---- */

static void the_dropper_drops_its_share(void **state)
{
	u64 drops = lab_drops(DROP_NETFILTER);
	int answers, again;

	assert_int_equal(load("dropper", "percent=10 addr=any seed=7 hook=PRE_ROUTING"), 0);
	answers = pings(2000, 0);
	assert_in_range(answers, 1740, 1860); /* 1800, 4.5 standard deviations of 13.4 */
	assert_int_equal(number("/proc/net/dropper", "matched "), 2000);
	assert_int_equal(number("/proc/net/dropper", "dropped "), 2000 - answers);
	assert_int_equal(lab_drops(DROP_NETFILTER) - drops, 2000 - answers);
	assert_int_equal(put("/proc/net/dropper", "seed 7\n"), 7);
	again = pings(2000, 0);
	assert_int_equal(again, answers); /* the same dice */
	assert_int_equal(put("/proc/net/dropper", "percent 0"), 9);
	assert_int_equal(pings(100, 0), 100);
	assert_int_equal(put("/proc/net/dropper", "percent=100"), 11);
	assert_int_equal(pings(100, 0), 0);
	assert_int_equal(sys_delete_module("dropper", 0), 0);
	assert_int_equal(pings(100, 0), 100);
}

static void the_dropper_drops_an_address(void **state)
{
	assert_int_equal(load("dropper", "percent=100 addr=10.0.0.9 seed=1 hook=LOCAL_IN"), 0);
	assert_int_equal(pings(10, IP4(10, 0, 0, 9)), 0);
	assert_int_equal(pings(10, IP4(10, 0, 0, 8)), 10);
	assert_int_equal(number("/proc/net/dropper", "dropped "), 10);
	assert_non_null(strstr(get("/proc/net/dropper"), "addr 10.0.0.9\nhook LOCAL_IN\n"));
	assert_int_equal(put("/proc/net/dropper", "addr any"), 8);
	assert_int_equal(pings(10, IP4(10, 0, 0, 8)), 0);
	assert_int_equal(put("/proc/net/dropper", "percent 101"), -EINVAL);
	assert_int_equal(put("/proc/net/dropper", "percent"), -EINVAL);
	assert_int_equal(put("/proc/net/dropper", "hook FORWARD"), -EINVAL);
	assert_int_equal(put("/proc/net/dropper", "colour red"), -EINVAL);
	assert_int_equal(sys_delete_module("dropper", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(the_list_of_modules),
		lab_test(what_is_no_module),
		lab_test(a_module_that_does_not_start_was_never_here),
		lab_test(what_is_said_of_a_file),
		cmocka_unit_test(parameters),
		cmocka_unit_test(parameters_in_a_row),
		lab_test(the_spy_counts_what_passes),
		lab_test(the_spy_remembers_the_last_packets),
		lab_test(the_dropper_drops_its_share),
		lab_test(the_dropper_drops_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
