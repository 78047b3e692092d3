/* /proc: listing, texts that stay whole, and tunables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <abi/errno.h>

#include "kernel/init.h"
#include "kernel/proc.h"
#include "kernel/syscall.h"

/* ---- files to look at ---- */

static int shown, lines = 1;
static char written[64];

static void show_lines(struct seq_file *s)
{
	shown++;
	for (int i = 0; i < lines; i++)
		seq_printf(s, "%d line %d %s\n", shown, i, "and some text to make it longer");
}

static ssize_t write_it(char *text, size_t len)
{
	snprintf(written, sizeof(written), "%s", text);
	return strcmp(text, "bad") == 0 ? -EINVAL : (ssize_t)len;
}

static void show_nothing(struct seq_file *s)
{
}

static const struct proc_entry files[] = {
	{ "zz/b", show_lines, NULL },	  { "zz/a", show_lines, write_it },
	{ "zz/a.b/c", show_lines, NULL }, { "zz/a-b", show_nothing, NULL },
	{ "zz/d/e/f", show_lines, NULL }, { "zz/d/e/g", show_lines, NULL },
};

static int one = 1, two = 2, from_cmdline = 7, too_big = 8, three[3] = { 1, 2, 3 }, changes;

static void changed(void)
{
	changes++;
}

static const struct ctl_entry ctls[] = {
	{ "test.one", &one, -5, 100, changed, 0, NULL, NULL },
	{ "test.sub.two", &two, INT32_MIN, INT32_MAX, NULL, 1, NULL, NULL },
	{ "test.cmdline", &from_cmdline, 0, 100, changed, 0, NULL, NULL },
	{ "test.toobig", &too_big, 0, 100, NULL, 0, NULL, NULL },
	{ "test.three", three, 0, 9, changed, 3, NULL, NULL },
};

/* ---- help ---- */

static char buf[1 << 20];

static long read_all(int fd, size_t step)
{
	size_t done = 0;
	long n;

	while ((n = sys_read(fd, buf + done, step)) > 0)
		done += (size_t)n;
	buf[done] = '\0';
	return n < 0 ? n : (long)done;
}

static const char *get(const char *path)
{
	long fd = sys_open(path, O_RDONLY, 0);

	assert_true(fd >= 0);
	assert_true(read_all((int)fd, 1000) >= 0);
	sys_close((int)fd);
	return buf;
}

static long put(const char *path, const char *text)
{
	long fd = sys_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644), n;

	if (fd < 0)
		return fd;
	n = sys_write((int)fd, text, strlen(text));
	sys_close((int)fd);
	return n;
}

static const char *list(const char *path)
{
	static char names[4096];
	long fd = sys_open(path, O_RDONLY | O_DIRECTORY, 0);
	struct dirent d;

	names[0] = '\0';
	assert_true(fd >= 0);
	while (sys_readdir((int)fd, &d) == 1) {
		strcat(names, d.d_name);
		strcat(names, d.d_type == DT_DIR ? "/ " : " ");
	}
	sys_close((int)fd);
	return names;
}

/* ---- directories ---- */

static void listing_is_sorted_and_each_name_comes_once(void **state)
{
	assert_string_equal(list("/proc/zz"), "a a-b a.b/ b d/ ");
	assert_string_equal(list("/proc/zz/d"), "e/ ");
	assert_string_equal(list("/proc/zz/d/e"), "f g ");
	assert_string_equal(list("/proc/zz/a.b"), "c ");
	assert_non_null(strstr(list("/proc"), "version "));
	assert_non_null(strstr(list("/proc"), "sys/ "));
}

static void paths(void **state)
{
	struct stat st;

	assert_int_equal(sys_stat("/proc", &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(sys_stat("/proc/zz/d", &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(sys_stat("/proc/zz/a", &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	assert_int_equal(sys_stat("/proc/zz/b", &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0444);
	assert_int_equal(sys_stat("/proc/z", &st), -ENOENT);
	assert_int_equal(sys_stat("/proc/zz/a/b", &st), -ENOENT);
	assert_int_equal(sys_stat("/procfs", &st), -ENOENT);
	assert_int_equal(sys_stat("/proc/99999", &st), -ENOENT);
	assert_int_equal(sys_stat("/proc/zz/d/..", &st), 0);
	assert_int_equal(sys_open("/proc/zz", O_RDWR, 0), -EISDIR);
	assert_int_equal(sys_open("/proc/zz/b", O_RDWR, 0), -EACCES);
	assert_int_equal(sys_open("/proc/zz/new", O_WRONLY | O_CREAT, 0), -ENOENT);
	assert_int_equal(sys_unlink("/proc/zz/b"), -EROFS);
}

/* ---- texts ---- */

static void a_reader_gets_one_consistent_text(void **state)
{
	long fd = sys_open("/proc/zz/b", O_RDONLY, 0);
	char first[16];
	long n;

	lines = 3;
	shown = 0;
	n = read_all((int)fd, 7);
	assert_int_equal(shown, 1);
	assert_int_equal(n, 3 * strlen("1 line 0 and some text to make it longer\n"));
	assert_int_equal(sys_lseek((int)fd, 0, SEEK_SET), 0);
	assert_int_equal(sys_read((int)fd, first, 8), 8);
	assert_memory_equal(first, "2 line 0", 8);
	sys_close((int)fd);
	lines = 1;
}

static void a_long_text_is_not_cut(void **state)
{
	long fd = sys_open("/proc/zz/b", O_RDONLY, 0);
	int count = 0;

	lines = 10000;
	assert_true(read_all((int)fd, 5000) > 400000);
	for (const char *p = buf; *p; p++)
		count += *p == '\n';
	assert_int_equal(count, 10000);
	assert_string_equal(strstr(buf, " line 9999"),
			    " line 9999 and some text to make it longer\n");
	sys_close((int)fd);
	lines = 1;
}

static void an_empty_text_is_the_end(void **state)
{
	assert_string_equal(get("/proc/zz/a-b"), "");
}

static void writes_reach_the_file(void **state)
{
	static char big[5000];

	assert_int_equal(put("/proc/zz/a", "some text\n"), 10);
	assert_string_equal(written, "some text\n");
	assert_int_equal(put("/proc/zz/a", "bad"), -EINVAL);
	memset(big, 'x', sizeof(big) - 1);
	assert_int_equal(put("/proc/zz/a", big), -EINVAL);
}

static void a_file_comes_and_goes_even_for_who_has_it_open(void **state)
{
	static const struct proc_entry entry = { "zz/late", show_lines, write_it };
	long fd;

	assert_int_equal(proc_add(&entry), 0);
	assert_int_equal(proc_add(&entry), -EEXIST);
	assert_non_null(strstr(list("/proc/zz"), " late "));
	assert_non_null(strstr(get("/proc/zz/late"), "some text"));
	fd = sys_open("/proc/zz/late", O_RDWR, 0);
	assert_int_equal(sys_read((int)fd, buf, 5), 5);
	proc_remove(&entry);
	assert_true(sys_read((int)fd, buf, 5) == 5); /* of the text that it has already */
	assert_int_equal(sys_lseek((int)fd, 0, SEEK_SET), 0);
	assert_int_equal(sys_read((int)fd, buf, 5), -ENODEV);
	assert_int_equal(sys_write((int)fd, "x", 1), -ENODEV);
	assert_null(strstr(list("/proc/zz"), "late"));
	assert_int_equal(sys_open("/proc/zz/late", O_RDONLY, 0), -ENOENT);
	assert_int_equal(proc_add(&entry), 0);
	assert_int_equal(sys_read((int)fd, buf, 5), -ENODEV); /* another one of the same name */
	sys_close((int)fd);
	proc_remove(&entry);
}

static void the_kernels_own_files(void **state)
{
	assert_memory_equal(get("/proc/version"), "skbox version", 13);
	assert_non_null(strstr(get("/proc/meminfo"), "MemTotal:"));
	assert_non_null(strstr(get("/proc/cmdline"), "sysctl.test.cmdline=55"));
	assert_non_null(strstr(get("/proc/tasks"), " NAME\n"));
	assert_non_null(strstr(get("/proc/stat"), "\nctxt "));
	get("/proc/uptime");
	get("/proc/loadavg");
	get("/proc/interrupts");
	get("/proc/softirqs");
	get("/proc/slabinfo");
	get("/proc/syscalls");
	get("/proc/kmsg");
}

static void the_host_name(void **state)
{
	assert_int_equal(put("/proc/sys/kernel/hostname", "box-1.example\n"), 14);
	assert_string_equal(get("/proc/sys/kernel/hostname"), "box-1.example\n");
	assert_int_equal(put("/proc/sys/kernel/hostname", "two words\n"), -EINVAL);
	assert_int_equal(put("/proc/sys/kernel/hostname", "\n"), -EINVAL);
}

/* ---- tunables ---- */

static void a_tunable_shows_and_takes_one_number(void **state)
{
	changes = 0;
	assert_string_equal(get("/proc/sys/test/one"), "1\n");
	assert_int_equal(put("/proc/sys/test/one", "42\n"), 3);
	assert_int_equal(one, 42);
	assert_int_equal(changes, 1);
	assert_int_equal(put("/proc/sys/test/one", " \t-5  \n"), 7);
	assert_string_equal(get("/proc/sys/test/one"), "-5\n");
	assert_int_equal(put("/proc/sys/test/one", "0x3f"), 4);
	assert_int_equal(one, 0x3f);
	assert_int_equal(put("/proc/sys/test/one", "-0X5"), 4);
	assert_int_equal(one, -5);
	assert_int_equal(put("/proc/sys/test/one", "010\n"), 4);
	assert_int_equal(one, 8);
	assert_int_equal(put("/proc/sys/test/one", "0"), 1);
	assert_int_equal(one, 0);
}

static void a_tunable_refuses_the_rest(void **state)
{
	static const char *const bad[] = { "",
					   "\n",
					   "x",
					   "1x",
					   "1 2",
					   "-",
					   "+-1",
					   "101",
					   "-6",
					   "4294967297",
					   "99999999999999999999",
					   "0x",
					   "0xg",
					   "0x65",
					   "08",
					   "1.0" };

	one = 3;
	changes = 0;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (put("/proc/sys/test/one", bad[i]) != -EINVAL)
			fail_msg("took '%s'", bad[i]);
	}
	assert_int_equal(one, 3);
	assert_int_equal(changes, 0);
}

static void a_tunable_takes_all_ints(void **state)
{
	assert_int_equal(put("/proc/sys/test/sub/two", "-2147483648"), 11);
	assert_int_equal(two, INT32_MIN);
	assert_int_equal(put("/proc/sys/test/sub/two", "+2147483647"), 11);
	assert_int_equal(two, INT32_MAX);
	assert_int_equal(put("/proc/sys/test/sub/two", "2147483648"), -EINVAL);
	assert_int_equal(put("/proc/sys/test/sub/two", "-2147483649"), -EINVAL);
}

static void a_tunable_of_several_numbers_takes_all_or_nothing(void **state)
{
	assert_string_equal(get("/proc/sys/test/three"), "1\t2\t3\n");
	assert_int_equal(put("/proc/sys/test/three", "4 5\t 6\n"), 7);
	assert_string_equal(get("/proc/sys/test/three"), "4\t5\t6\n");
	assert_int_equal(put("/proc/sys/test/three", "7 8"), -EINVAL);
	assert_int_equal(put("/proc/sys/test/three", "7 8 10"), -EINVAL);
	assert_int_equal(put("/proc/sys/test/three", "7 8 9 1"), -EINVAL);
	assert_string_equal(get("/proc/sys/test/three"), "4\t5\t6\n");
}

static void the_command_line_sets_tunables(void **state)
{
	assert_int_equal(from_cmdline, 55);
	assert_int_equal(too_big, 8);
}

static void an_unregistered_tunable_is_gone_even_for_who_has_it_open(void **state)
{
	static int value = 5;
	static const struct ctl_entry gone[] = { { "test.gone", &value, 0, 9, NULL, 0, NULL,
						   NULL } };
	struct stat st;
	long fd;
	char c;

	sysctl_register(gone, 1);
	fd = sys_open("/proc/sys/test/gone", O_RDWR, 0);
	assert_true(fd >= 0);
	sysctl_unregister(gone, 1);
	assert_int_equal(sys_stat("/proc/sys/test/gone", &st), -ENOENT);
	assert_int_equal(sys_read((int)fd, &c, 1), -ENODEV);
	assert_int_equal(sys_write((int)fd, "1", 1), -ENODEV);
	assert_int_equal(value, 5);
	sys_close((int)fd);
	sysctl_register(gone, 1);
	assert_string_equal(get("/proc/sys/test/gone"), "5\n");
	sysctl_unregister(gone, 1);
}

static int boot(void **state)
{
	kernel_init("quiet loglevel=1 sysctl.test.cmdline=54 sysctl.test.toobig=101 "
		    "sysctl.test.cmdline=55");
	proc_register(files, sizeof(files) / sizeof(files[0]));
	sysctl_register(ctls, sizeof(ctls) / sizeof(ctls[0]));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listing_is_sorted_and_each_name_comes_once),
		cmocka_unit_test(paths),
		cmocka_unit_test(a_reader_gets_one_consistent_text),
		cmocka_unit_test(a_long_text_is_not_cut),
		cmocka_unit_test(an_empty_text_is_the_end),
		cmocka_unit_test(writes_reach_the_file),
		cmocka_unit_test(a_file_comes_and_goes_even_for_who_has_it_open),
		cmocka_unit_test(the_kernels_own_files),
		cmocka_unit_test(the_host_name),
		cmocka_unit_test(the_command_line_sets_tunables),
		cmocka_unit_test(a_tunable_shows_and_takes_one_number),
		cmocka_unit_test(a_tunable_refuses_the_rest),
		cmocka_unit_test(a_tunable_takes_all_ints),
		cmocka_unit_test(a_tunable_of_several_numbers_takes_all_or_nothing),
		cmocka_unit_test(an_unregistered_tunable_is_gone_even_for_who_has_it_open),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
