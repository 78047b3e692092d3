/* Paths and the RAM file system, through the syscalls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <abi/errno.h>

#include "kernel/cpu.h"
#include "kernel/init.h"
#include "kernel/mm.h"
#include "kernel/syscall.h"
#include "kernel/task.h"

static int open_ok(const char *path, int flags)
{
	long fd = sys_open(path, flags, 0644);

	if (fd < 0)
		fail_msg("open %s: %ld", path, fd);
	return (int)fd;
}

static void put(const char *path, const char *text)
{
	int fd = open_ok(path, O_WRONLY | O_CREAT | O_TRUNC);

	assert_int_equal(sys_write(fd, text, strlen(text)), strlen(text));
	sys_close(fd);
}

static const char *get(const char *path)
{
	static char buf[256];
	int fd = open_ok(path, O_RDONLY);
	long n = sys_read(fd, buf, sizeof(buf) - 1);

	assert_true(n >= 0);
	buf[n] = '\0';
	sys_close(fd);
	return buf;
}

static bool exists(const char *path)
{
	struct stat st;

	return sys_stat(path, &st) == 0;
}

static u64 free_memory(void)
{
	struct mem_info info;

	mem_info(&info);
	return info.free;
}

/* Each test has a directory of its own as working directory. */
static int enter(void **state)
{
	sys_chdir("/");
	assert_int_equal(sys_mkdir("t", 0755), 0);
	return (int)sys_chdir("t");
}

static void remove_all(const char *path)
{
	struct dirent d;
	char below[PATH_MAX + 130];
	long fd = sys_open(path, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0) {
		sys_unlink(path);
		return;
	}
	while (sys_readdir((int)fd, &d) == 1) {
		snprintf(below, sizeof(below), "%s/%s", path, d.d_name);
		remove_all(below);
	}
	sys_close((int)fd);
	sys_rmdir(path);
}

static int leave(void **state)
{
	sys_chdir("/");
	remove_all("/t");
	assert_int_equal(current->fds.count, 0);
	return exists("/t");
}

/* ---- open, read, write ---- */

static void open_flags(void **state)
{
	int fd;

	assert_int_equal(sys_open("f", O_RDONLY, 0), -ENOENT);
	put("f", "hello");
	assert_string_equal(get("f"), "hello");
	assert_int_equal(sys_open("f", O_WRONLY | O_CREAT | O_EXCL, 0), -EEXIST);
	fd = open_ok("f", O_WRONLY | O_APPEND);
	assert_int_equal(sys_write(fd, " world", 6), 6);
	assert_int_equal(sys_read(fd, &fd, 1), -EBADF);
	sys_close(fd);
	assert_string_equal(get("f"), "hello world");
	fd = open_ok("f", O_RDONLY);
	assert_int_equal(sys_write(fd, "x", 1), -EBADF);
	sys_close(fd);
	sys_close(open_ok("f", O_WRONLY | O_TRUNC));
	assert_string_equal(get("f"), "");
	assert_int_equal(sys_open("f", O_ACCMODE, 0), -EINVAL);
	assert_int_equal(sys_open("f", O_RDONLY | O_DIRECTORY, 0), -ENOTDIR);
	assert_int_equal(sys_open(".", O_RDWR, 0), -EISDIR);
	assert_int_equal(sys_open("f/x", O_RDONLY, 0), -ENOTDIR);
	assert_int_equal(sys_open("no/x", O_WRONLY | O_CREAT, 0), -ENOENT);
}

static void holes_and_truncation_read_as_zeros(void **state)
{
	int fd = open_ok("f", O_RDWR | O_CREAT);
	char buf[10000], zeros[10000] = { 0 };
	struct stat st;

	assert_int_equal(sys_lseek(fd, 9000, SEEK_SET), 9000);
	assert_int_equal(sys_write(fd, "end", 3), 3);
	assert_int_equal(sys_lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(sys_read(fd, buf, sizeof(buf)), 9003);
	assert_memory_equal(buf, zeros, 9000);
	assert_memory_equal(buf + 9000, "end", 3);

	assert_int_equal(sys_ftruncate(fd, 9001), 0);
	assert_int_equal(sys_ftruncate(fd, 9800), 0);
	assert_int_equal(sys_fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 9800);
	assert_int_equal(sys_lseek(fd, 9000, SEEK_SET), 9000);
	assert_int_equal(sys_read(fd, buf, sizeof(buf)), 800);
	assert_int_equal(buf[0], 'e');
	assert_memory_equal(buf + 1, zeros, 799);
	assert_int_equal(sys_ftruncate(fd, -1), -EINVAL);
	assert_int_equal(sys_ftruncate(fd, 1L << 40), -EFBIG);
	sys_close(fd);
}

static void a_large_file_comes_back_as_written(void **state)
{
	static u8 data[300000], back[300000];
	int fd = open_ok("f", O_RDWR | O_CREAT);
	size_t done = 0;
	long n;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 2654435761u >> 13);
	for (size_t step = 1; done < sizeof(data); step = step * 3 % 7919 + 1) {
		size_t len = step < sizeof(data) - done ? step : sizeof(data) - done;

		assert_int_equal(sys_write(fd, data + done, len), len);
		done += len;
	}
	sys_lseek(fd, 0, SEEK_SET);
	for (done = 0; (n = sys_read(fd, back + done, 7777)) > 0; done += (size_t)n)
		;
	assert_int_equal(done, sizeof(data));
	assert_memory_equal(data, back, sizeof(data));
	sys_close(fd);
}

static void seek(void **state)
{
	int fd;

	put("f", "0123456789");
	fd = open_ok("f", O_RDONLY);
	assert_int_equal(sys_lseek(fd, -3, SEEK_END), 7);
	assert_int_equal(sys_lseek(fd, 1, SEEK_CUR), 8);
	assert_int_equal(sys_lseek(fd, -9, SEEK_CUR), -EINVAL);
	assert_int_equal(sys_lseek(fd, INT64_MAX, SEEK_CUR), -EINVAL);
	assert_int_equal(sys_lseek(fd, 0, 77), -EINVAL);
	assert_int_equal(sys_lseek(fd, 0, SEEK_CUR), 8);
	sys_close(fd);
	assert_int_equal(sys_lseek(fd, 0, SEEK_CUR), -EBADF);
}

static void unlink_leaves_what_is_open(void **state)
{
	char buf[8];
	int fd;

	put("f", "alive");
	fd = open_ok("f", O_RDWR);
	assert_int_equal(sys_unlink("f"), 0);
	assert_false(exists("f"));
	assert_int_equal(sys_read(fd, buf, 8), 5);
	assert_int_equal(sys_write(fd, "more", 4), 4);
	put("f", "another");
	sys_lseek(fd, 0, SEEK_SET);
	assert_int_equal(sys_read(fd, buf, 8), 8);
	assert_memory_equal(buf, "alivemor", 8);
	sys_close(fd);
	assert_string_equal(get("f"), "another");
}

/* ---- names ---- */

static void dots_and_slashes(void **state)
{
	char buf[64];

	sys_mkdir("d", 0755);
	put("d/f", "x");
	assert_string_equal(get("./d/../d/.//f"), "x");
	assert_string_equal(get("//t///d/f"), "x");
	assert_string_equal(get("../../../../t/d/f"), "x");
	assert_int_equal(sys_open("d/f/", O_RDONLY, 0), -ENOTDIR);
	assert_int_equal(sys_open("d/f/.", O_RDONLY, 0), -ENOTDIR);
	assert_int_equal(sys_open("d/f/..", O_RDONLY, 0), -ENOTDIR);
	assert_int_equal(sys_open("no/..", O_RDONLY, 0), -ENOENT);
	assert_int_equal(sys_open("new/", O_WRONLY | O_CREAT, 0), -EISDIR);
	assert_int_equal(sys_open("", O_RDONLY, 0), -ENOENT);
	assert_int_equal(sys_mkdir("e/", 0755), 0);
	assert_int_equal(sys_chdir("d/"), 0);
	assert_int_equal(sys_getcwd(buf, sizeof(buf)), 5);
	assert_string_equal(buf, "/t/d");
	assert_int_equal(sys_getcwd(buf, 4), -ERANGE);
	assert_string_equal(get("f"), "x");
	assert_int_equal(sys_chdir("f"), -ENOTDIR);
	assert_int_equal(sys_chdir("/.."), 0);
	assert_int_equal(sys_getcwd(buf, sizeof(buf)), 2);
	assert_string_equal(buf, "/");
	assert_string_equal(get("t/d/f"), "x");
}

static void names_too_long(void **state)
{
	char name[400], deep[400] = "";

	memset(name, 'n', sizeof(name));
	name[NAME_MAX] = '\0';
	put(name, "x");
	assert_string_equal(get(name), "x");
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = '\0';
	assert_int_equal(sys_open(name, O_WRONLY | O_CREAT, 0), -ENAMETOOLONG);
	name[NAME_MAX + 1] = 'n';
	name[399] = '\0';
	assert_int_equal(sys_open(name, O_RDONLY, 0), -ENAMETOOLONG);
	assert_int_equal(sys_mkdir(name, 0), -ENAMETOOLONG);
	/* Each name is short enough, the path with the working directory is not. */
	for (int i = 0; i < 11; i++)
		strcat(deep, "twenty-characters-xx/");
	strcat(deep, "twenty-characters-xxxxxx");
	assert_int_equal(strlen(deep), PATH_MAX - 1);
	assert_int_equal(sys_mkdir(deep, 0), -ENAMETOOLONG);
}

static void directories(void **state)
{
	assert_int_equal(sys_mkdir("d", 0755), 0);
	assert_int_equal(sys_mkdir("d", 0755), -EEXIST);
	put("d/f", "x");
	assert_int_equal(sys_mkdir("d/f/g", 0755), -ENOTDIR);
	assert_int_equal(sys_rmdir("d"), -ENOTEMPTY);
	assert_int_equal(sys_rmdir("d/f"), -ENOTDIR);
	assert_int_equal(sys_unlink("d"), -EISDIR);
	assert_int_equal(sys_unlink("d/f/"), -ENOTDIR);
	assert_int_equal(sys_unlink("d/f"), 0);
	assert_int_equal(sys_rmdir("d"), 0);
	assert_int_equal(sys_rmdir("d"), -ENOENT);
	assert_int_equal(sys_rmdir("/"), -EBUSY);
	assert_int_equal(sys_rmdir("/proc"), -EBUSY);
	assert_int_equal(sys_mkdir("/proc/x", 0755), -EROFS);
	assert_int_equal(sys_mkdir("/", 0755), -EEXIST);
}

static void readdir_survives_removal(void **state)
{
	struct dirent d;
	char name[16];
	int fd, seen = 0;

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		put(name, "");
	}
	fd = open_ok(".", O_RDONLY);
	while (sys_readdir(fd, &d) == 1) {
		assert_int_equal(d.d_type, DT_REG);
		assert_int_equal(sys_unlink(d.d_name), 0);
		seen++;
	}
	assert_int_equal(seen, 20);
	assert_int_equal(sys_readdir(fd, &d), 0);
	assert_int_equal(sys_read(fd, &d, 1), -EISDIR);
	put("again", "");
	assert_int_equal(sys_lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(sys_readdir(fd, &d), 1);
	assert_string_equal(d.d_name, "again");
	sys_close(fd);
	fd = open_ok("again", O_RDONLY);
	assert_int_equal(sys_readdir(fd, &d), -ENOTDIR);
	sys_close(fd);
}

static void rename_rules(void **state)
{
	put("a", "A");
	put("b", "B");
	sys_mkdir("d", 0755);
	sys_mkdir("e", 0755);
	assert_int_equal(sys_rename("a", "a"), 0);
	assert_int_equal(sys_rename("a", "b"), 0);
	assert_false(exists("a"));
	assert_string_equal(get("b"), "A");
	assert_int_equal(sys_rename("b", "d/longer-name"), 0);
	assert_string_equal(get("d/longer-name"), "A");
	assert_int_equal(sys_rename("no", "x"), -ENOENT);
	assert_int_equal(sys_rename("d/longer-name", "e"), -EISDIR);
	assert_int_equal(sys_rename("d/longer-name", "f/"), -ENOTDIR);
	assert_int_equal(sys_rename("e", "d/longer-name"), -ENOTDIR);
	assert_int_equal(sys_rename("e", "d"), -ENOTEMPTY);
	assert_int_equal(sys_rename("d", "d/sub"), -EINVAL);
	assert_int_equal(sys_rename("d", "e/"), 0);
	assert_string_equal(get("e/longer-name"), "A");
	assert_false(exists("d"));
	assert_int_equal(sys_rename("e", "/proc/e"), -EXDEV);
	assert_int_equal(sys_rename("/proc", "p"), -EBUSY);
}

/* ---- bounds ---- */

static void a_full_file_system_says_so_and_recovers(void **state)
{
	static u8 page[4096];
	u64 before = free_memory();
	int fd, n = 0;

	put("/proc/sys/fs/ramfs_max_kb", "256\n");
	fd = open_ok("f", O_WRONLY | O_CREAT);
	while (sys_write(fd, page, sizeof(page)) == sizeof(page))
		n++;
	assert_in_range(n, 40, 63);
	assert_int_equal(sys_write(fd, page, sizeof(page)), -ENOSPC);
	sys_close(fd);
	fd = open_ok("f", O_WRONLY | O_TRUNC);
	assert_int_equal(sys_write(fd, page, sizeof(page)), sizeof(page));
	sys_close(fd);
	sys_unlink("f");
	for (n = 0; n < 10000; n++) {
		char name[16];

		snprintf(name, sizeof(name), "d%d", n);
		if (sys_mkdir(name, 0755) != 0)
			break;
	}
	assert_in_range(n, 100, 5000);
	assert_int_equal(sys_mkdir("x", 0755), -ENOSPC);
	put("/proc/sys/fs/ramfs_max_kb", "100000");
	sys_chdir("/");
	remove_all("/t");
	sys_mkdir("/t", 0755);
	assert_true(free_memory() + 64 * 1024 >= before);
}

static void bad_pointers(void **state)
{
	int fd;

	put("f", "x");
	fd = open_ok("f", O_RDWR);
	assert_int_equal(sys_open(NULL, O_RDONLY, 0), -EFAULT);
	assert_int_equal(sys_open((char *)0x800000000000, O_RDONLY, 0), -EFAULT);
	assert_int_equal(sys_read(fd, NULL, 1), -EFAULT);
	assert_int_equal(sys_read(fd, NULL, 0), 0);
	assert_int_equal(sys_write(fd, (char *)-2L, 10), -EFAULT);
	assert_int_equal(sys_write(fd, (char *)0x7ffffffff000, 0x2000), -EFAULT);
	assert_int_equal(sys_fstat(fd, (void *)8), -EFAULT);
	sys_close(fd);
}

static int boot(void **state)
{
	kernel_init("quiet loglevel=1");
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(open_flags),
		TEST(holes_and_truncation_read_as_zeros),
		TEST(a_large_file_comes_back_as_written),
		TEST(seek),
		TEST(unlink_leaves_what_is_open),
		TEST(dots_and_slashes),
		TEST(names_too_long),
		TEST(directories),
		TEST(readdir_survives_removal),
		TEST(rename_rules),
		TEST(a_full_file_system_says_so_and_recovers),
		TEST(bad_pointers),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
