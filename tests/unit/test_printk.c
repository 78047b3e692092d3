/*
 * Messages: what reaches the console and the log, time stamps, the ring's end, long lines, rate
 * limits.
 */
#include "kern.h"

#include <string.h>

#include "kernel/arch/host/library.h"
#include "kernel/arch/host/skbox.h"
#include "kernel/printk.h"

static char console[4096];

static void on_console(const char *text, size_t len)
{
	strncat(console, text, len);
}

static int setup(void **state)
{
	console[0] = '\0';
	klog_clear();
	console_loglevel = 7;
	return 0;
}

static char *log_text(size_t size)
{
	static char buf[65536];
	size_t len = klog_read(buf, size);

	assert_true(len <= size);
	buf[len] = '\0';
	return buf;
}

static void test_levels(void **state)
{
	printk(KERN_DEBUG "debug\n");
	printk(KERN_INFO "info\n");
	printk("plain\n");
	console_loglevel = 4;
	printk("plain again\n");
	printk(KERN_ERR "error\n");
	assert_null(strstr(console, "debug"));
	assert_non_null(strstr(console, "info"));
	assert_non_null(strstr(console, "] plain\n"));
	assert_null(strstr(console, "again"));
	assert_non_null(strstr(console, "error"));
	assert_non_null(strstr(log_text(10000), "debug"));
	assert_null(strstr(log_text(10000), "<7>"));
}

static void test_time_stamp(void **state)
{
	library.now = 12 * 1000000000ULL + 3456789;
	printk(KERN_INFO "x=%d ", 1);
	printk("y=%d\n", 2);
	assert_string_equal(console, "[   12.003456] x=1 y=2\n");
}

static void test_long_line(void **state)
{
	static char text[2000];

	memset(text, 'a', sizeof(text) - 1);
	printk("%s\n", text);
	printk("next\n");
	assert_true(strlen(console) < 700);
	assert_non_null(strstr(console, "a\n["));
	assert_non_null(strstr(console, "] next\n"));
}

/* The newest whole lines stay, whatever the reader's room. */
static void test_ring(void **state)
{
	char *text;

	console_loglevel = 0;
	for (int i = 0; i < 10000; i++)
		printk("message %d\n", i);
	text = log_text(60000);
	assert_int_equal(text[0], '[');
	assert_non_null(strstr(text, "message 9999\n"));
	assert_null(strstr(text, "message 1\n"));
	assert_true(strlen(text) > 30000);
	text = log_text(100);
	assert_int_equal(text[0], '[');
	assert_non_null(strstr(text, "message 9999\n"));
	assert_true(strlen(text) > 50);
	klog_clear();
	assert_int_equal(strlen(log_text(1000)), 0);
	printk("one\n");
	assert_non_null(strstr(log_text(1000), "one"));
	assert_int_equal(klog_read(text, 0), 0);
}

static void test_ratelimit(void **state)
{
	static u64 site[2];
	int printed = 0;

	for (int i = 0; i < 100; i++)
		printed += printk_ratelimit(site);
	assert_int_equal(printed, 10);
	skbox_advance(6000000000ULL);
	assert_true(printk_ratelimit(site));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_levels, setup),
		cmocka_unit_test_setup(test_time_stamp, setup),
		cmocka_unit_test_setup(test_long_line, setup),
		cmocka_unit_test_setup(test_ring, setup),
		cmocka_unit_test_setup(test_ratelimit, setup),
	};

	kern_start("quiet");
	skbox_set_console(on_console);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
