/* The tar parser, and what unpacking makes of good and bad archives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <abi/errno.h>

#include "kernel/init.h"
#include "kernel/syscall.h"
#include "kernel/tar.h"

/* ---- archives made by hand ---- */

static u8 archive[64 * 1024];
static size_t archive_len;

static void octal(u8 *field, size_t len, unsigned long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%0*lo", (int)len - 1, value);
	memcpy(field, text, len);
}

static void seal(u8 *block)
{
	unsigned long sum = 0;

	memset(block + 148, ' ', 8);
	for (int i = 0; i < TAR_BLOCK; i++)
		sum += block[i];
	octal(block + 148, 7, sum);
}

static void header(u8 *block, const char *name, char type, unsigned long size)
{
	memset(block, 0, TAR_BLOCK);
	strncpy((char *)block, name, 100);
	octal(block + 100, 8, 0640);
	octal(block + 124, 12, size);
	octal(block + 136, 12, 1234567890);
	block[156] = (u8)type;
	memcpy(block + 257,
	       "ustar\0"
	       "00",
	       8);
	seal(block);
}

static void add(const char *name, char type, const char *data)
{
	size_t len = strlen(data);

	header(archive + archive_len, name, type, len);
	archive_len += TAR_BLOCK;
	memcpy(archive + archive_len, data, len);
	archive_len += (len + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

static int start(void **state)
{
	memset(archive, 0, sizeof(archive));
	archive_len = 0;
	return 0;
}

static const char *content(const char *path)
{
	static char buf[512];
	long fd = sys_open(path, O_RDONLY, 0), n;

	if (fd < 0)
		return NULL;
	n = sys_read((int)fd, buf, sizeof(buf) - 1);
	assert_true(n >= 0);
	buf[n] = '\0';
	sys_close((int)fd);
	return buf;
}

/* ---- the parser ---- */

static void parse_reads_all_fields(void **state)
{
	u8 block[TAR_BLOCK];
	struct tar_view v;

	header(block, "etc/passwd", '0', 01234567);
	assert_int_equal(tar_parse(block, sizeof(block), &v), 1);
	assert_string_equal(v.name, "etc/passwd");
	assert_int_equal(v.type, TAR_FILE);
	assert_int_equal(v.mode, 0640);
	assert_int_equal(v.mtime, 1234567890);
	assert_int_equal(v.size, 01234567);
}

static void parse_joins_prefix_and_name(void **state)
{
	u8 block[TAR_BLOCK];
	struct tar_view v;
	char want[300];

	header(block, "x", '0', 0);
	memset(block, 'n', 100);
	memset(block + 345, 'p', 155);
	seal(block);
	assert_int_equal(tar_parse(block, sizeof(block), &v), 1);
	memset(want, 'p', 155);
	want[155] = '/';
	memset(want + 156, 'n', 100);
	want[256] = '\0';
	assert_int_equal(strlen(v.name), 256);
	assert_string_equal(v.name, want);
}

static void parse_knows_gnu_magic_without_prefix(void **state)
{
	u8 block[TAR_BLOCK];
	struct tar_view v;

	header(block, "name", '0', 0);
	memcpy(block + 257, "ustar  ", 8);
	memset(block + 345, 'p', 12);
	seal(block);
	assert_int_equal(tar_parse(block, sizeof(block), &v), 1);
	assert_string_equal(v.name, "name");
}

static void parse_ends(void **state)
{
	u8 block[TAR_BLOCK] = { 0 };
	struct tar_view v;

	assert_int_equal(tar_parse(block, 0, &v), 0);
	assert_int_equal(tar_parse(block, sizeof(block), &v), 0);
	assert_int_equal(tar_parse(block, sizeof(block) - 1, &v), -EINVAL);
	block[511] = 1;
	assert_int_equal(tar_parse(block, sizeof(block), &v), -EINVAL);
}

static void parse_refuses(const char *what, size_t at, const char *bytes, size_t len)
{
	u8 block[TAR_BLOCK];
	struct tar_view v;

	header(block, "name", '0', 5);
	memcpy(block + at, bytes, len);
	seal(block);
	if (tar_parse(block, sizeof(block), &v) != -EINVAL)
		fail_msg("took %s", what);
}

static void parse_refuses_bad_fields(void **state)
{
	u8 block[TAR_BLOCK];
	struct tar_view v;

	parse_refuses("no magic", 257, "USTAR", 5);
	parse_refuses("a decimal size", 124, "00000000009", 11);
	parse_refuses("a base-256 size", 124, "\x80\0\0\0\0\0\0\0\0\0\0\1", 12);
	parse_refuses("a negative mode", 100, "-000644", 7);
	header(block, "name", '0', 5);
	block[0]++;
	assert_int_equal(tar_parse(block, sizeof(block), &v), -EINVAL);
}

static void parse_drops_the_size_of_links_and_directories(void **state)
{
	u8 block[TAR_BLOCK];
	struct tar_view v;

	header(block, "dir", '5', 4096);
	assert_int_equal(tar_parse(block, sizeof(block), &v), 1);
	assert_int_equal(v.type, TAR_DIR);
	assert_int_equal(v.size, 0);
}

/* ---- unpacking ---- */

static void unpack_makes_files_and_their_directories(void **state)
{
	struct stat st;

	add("./", '5', "");
	add("./t1/deep/file", '0', "hello\n");
	add("t1/empty", '0', "");
	add("t1/dir/", '5', "");
	tar_unpack("test", archive, archive_len + 2 * TAR_BLOCK);
	assert_string_equal(content("/t1/deep/file"), "hello\n");
	assert_string_equal(content("/t1/empty"), "");
	assert_int_equal(sys_stat("/t1/dir", &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(sys_stat("/t1/deep/file", &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(st.st_mtim.tv_sec, 1234567890);
	assert_int_equal(st.st_size, 6);
}

static void unpack_lays_one_archive_over_another(void **state)
{
	add("t2/a", '0', "old");
	add("t2/b", '0', "stays");
	tar_unpack("test", archive, archive_len);
	archive_len += TAR_BLOCK;
	add("t2/a", '0', "new and longer");
	tar_unpack("test", archive + 5 * TAR_BLOCK, archive_len - 5 * TAR_BLOCK);
	assert_string_equal(content("/t2/a"), "new and longer");
	assert_string_equal(content("/t2/b"), "stays");
}

static void unpack_stops_at_what_is_malformed(void **state)
{
	add("t3/good", '0', "1");
	add("t3/bad", '0', "2");
	archive[2 * TAR_BLOCK]++;
	tar_unpack("test", archive, archive_len);
	assert_string_equal(content("/t3/good"), "1");
	assert_null(content("/t3/bad"));
}

static void unpack_refuses_a_file_longer_than_the_archive(void **state)
{
	header(archive, "t4", '0', 1000);
	tar_unpack("test", archive, TAR_BLOCK + 999);
	assert_null(content("/t4"));
	tar_unpack("test", archive, TAR_BLOCK + 1000);
	assert_non_null(content("/t4"));
}

static void unpack_refuses_dotdot(void **state)
{
	add("t5/../../t5evil", '0', "x");
	tar_unpack("test", archive, archive_len);
	assert_null(content("/t5evil"));
	assert_null(content("/t5"));
}

static void unpack_leaves_links_out(void **state)
{
	add("t6/link", '2', "");
	add("t6/file", '0', "x");
	tar_unpack("test", archive, archive_len);
	assert_null(content("/t6/link"));
	assert_string_equal(content("/t6/file"), "x");
}

static void unpack_takes_gnu_long_names(void **state)
{
	char name[190], path[200];

	memset(name, 'd', sizeof(name));
	memcpy(name, "t7/", 3);
	name[100] = '/';
	name[189] = '\0';
	add("././@LongLink", 'L', name);
	add("t7/cut", '0', "long");
	add("t7/next", '0', "short");
	tar_unpack("test", archive, archive_len);
	snprintf(path, sizeof(path), "/%s", name);
	assert_string_equal(content(path), "long");
	assert_string_equal(content("/t7/next"), "short");
	assert_null(content("/t7/cut"));
}

static int pax(const char *text, char *name)
{
	return tar_pax_path((const u8 *)text, strlen(text), name);
}

static void pax_records(void **state)
{
	char name[PATH_MAX] = "", text[400];

	assert_int_equal(pax("", name), 0);
	assert_int_equal(pax("19 mtime=123.456789\n", name), -EINVAL);
	assert_int_equal(pax("20 mtime=123.456789\n13 path=a/b/c\n", name), -EINVAL);
	assert_int_equal(pax("20 mtime=123.456789\n14 path=a/b/c\n", name), 1);
	assert_string_equal(name, "a/b/c");
	assert_int_equal(pax("8 path=\n", name), 1);
	assert_string_equal(name, "");
	assert_int_equal(pax("7 path\n", name), 0);
	assert_int_equal(pax("2 \n", name), -EINVAL);
	assert_int_equal(pax("3 \n", name), 0);
	assert_int_equal(pax("0 path=x\n", name), -EINVAL);
	assert_int_equal(pax("99999999999999999999 path=x\n", name), -EINVAL);
	assert_int_equal(pax("9 path=x", name), -EINVAL);
	assert_int_equal(pax("9path=x\n", name), -EINVAL);
	snprintf(text, sizeof(text), "266 path=%0*d\n", PATH_MAX, 0);
	assert_int_equal(pax(text, name), -ENAMETOOLONG);
	snprintf(text, sizeof(text), "265 path=%0*d\n", PATH_MAX - 1, 0);
	assert_int_equal(pax(text, name), 1);
}

static void unpack_takes_pax_names(void **state)
{
	add("PaxHeaders/x", 'g', "14 comment=abc\n");
	add("PaxHeaders/x", 'x', "19 path=t9/\xc3\xa4/long\n");
	add("t9/cut", '0', "pax");
	add("t9/next", '0', "plain");
	tar_unpack("test", archive, archive_len);
	assert_string_equal(content("/t9/\xc3\xa4/long"), "pax");
	assert_string_equal(content("/t9/next"), "plain");
	assert_null(content("/t9/cut"));
}

static void unpack_survives_any_byte_flipped(void **state)
{
	add("t8/a", '0', "data");
	add("t8/dir/b", '0', "data");
	for (size_t i = 0; i < archive_len; i++) {
		archive[i] ^= 0x55;
		tar_unpack("test", archive, archive_len);
		/* With a good checksum the rest of the header gets looked at, too. */
		if (i < TAR_BLOCK)
			seal(archive);
		tar_unpack("test", archive, archive_len);
		archive[i] ^= 0x55;
		if (i < TAR_BLOCK)
			seal(archive);
	}
}

static int boot(void **state)
{
	kernel_init("quiet loglevel=1");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(parse_reads_all_fields, start),
		cmocka_unit_test_setup(parse_joins_prefix_and_name, start),
		cmocka_unit_test_setup(parse_knows_gnu_magic_without_prefix, start),
		cmocka_unit_test_setup(parse_ends, start),
		cmocka_unit_test_setup(parse_refuses_bad_fields, start),
		cmocka_unit_test_setup(parse_drops_the_size_of_links_and_directories, start),
		cmocka_unit_test_setup(unpack_makes_files_and_their_directories, start),
		cmocka_unit_test_setup(unpack_lays_one_archive_over_another, start),
		cmocka_unit_test_setup(unpack_stops_at_what_is_malformed, start),
		cmocka_unit_test_setup(unpack_refuses_a_file_longer_than_the_archive, start),
		cmocka_unit_test_setup(unpack_refuses_dotdot, start),
		cmocka_unit_test_setup(unpack_leaves_links_out, start),
		cmocka_unit_test_setup(unpack_takes_gnu_long_names, start),
		cmocka_unit_test_setup(pax_records, start),
		cmocka_unit_test_setup(unpack_takes_pax_names, start),
		cmocka_unit_test_setup(unpack_survives_any_byte_flipped, start),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
