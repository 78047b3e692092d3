/* Streams in a task of the kernel, over files in memory and pipes. */
#include "kern.h"

#include <string.h>

#include "kernel/syscall.h"
#include "tests/unit/task.h"

#define FILE struct libc_file
struct libc_file;

FILE *skbox_libc_fopen(const char *path, const char *mode);
FILE *skbox_libc_fdopen(int fd, const char *mode);
int skbox_libc_fclose(FILE *f);
int skbox_libc_fflush(FILE *f);
int skbox_libc_setvbuf(FILE *f, char *buf, int mode, size_t size);
int skbox_libc_fprintf(FILE *f, const char *fmt, ...);
int skbox_libc_fputs(const char *s, FILE *f);
int skbox_libc_fputc(int c, FILE *f);
int skbox_libc_fgetc(FILE *f);
int skbox_libc_ungetc(int c, FILE *f);
char *skbox_libc_fgets(char *buf, int size, FILE *f);
ssize_t skbox_libc_getline(char **line, size_t *size, FILE *f);
size_t skbox_libc_fread(void *buf, size_t size, size_t n, FILE *f);
size_t skbox_libc_fwrite(const void *buf, size_t size, size_t n, FILE *f);
int skbox_libc_fseek(FILE *f, long off, int whence);
long skbox_libc_ftell(FILE *f);
int skbox_libc_feof(FILE *f);
int skbox_libc_ferror(FILE *f);
int skbox_libc_remove(const char *path);
int skbox_libc_pipe(int fds[2]);
ssize_t skbox_libc_read(int fd, void *buf, size_t len);
int skbox_libc_close(int fd);

static int lines_main(int argc, char **argv)
{
	FILE *f = skbox_libc_fopen("/lines", "w+");
	char buf[32], *line = NULL;
	size_t size = 0;

	EXPECT(f);
	EXPECT(skbox_libc_fprintf(f, "one %d\ntwo\n", 1) == 10);
	EXPECT(skbox_libc_fputs("a line that is longer than the buffer it goes to\nend", f) == 0);
	EXPECT(skbox_libc_ftell(f) == 62);
	EXPECT(!skbox_libc_fseek(f, 0, 0));
	EXPECT(!strcmp(skbox_libc_fgets(buf, sizeof(buf), f), "one 1\n"));
	EXPECT(skbox_libc_ftell(f) == 6);
	EXPECT(skbox_libc_fgetc(f) == 't' && skbox_libc_ungetc('T', f) == 'T');
	EXPECT(skbox_libc_ftell(f) == 6);
	EXPECT(!strcmp(skbox_libc_fgets(buf, sizeof(buf), f), "Two\n"));
	EXPECT(skbox_libc_getline(&line, &size, f) == 49);
	EXPECT(!strcmp(line, "a line that is longer than the buffer it goes to\n"));
	EXPECT(skbox_libc_getline(&line, &size, f) == 3 && !strcmp(line, "end"));
	EXPECT(skbox_libc_feof(f) && !skbox_libc_ferror(f));
	EXPECT(skbox_libc_getline(&line, &size, f) == -1);
	EXPECT(!skbox_libc_fclose(f));
	EXPECT(!skbox_libc_remove("/lines"));
	EXPECT(!skbox_libc_fopen("/lines", "r"));
	return 0;
}

static void lines(void **state)
{
	assert_int_equal(task_end(task_begin(lines_main)), 0);
}

/* Reads and writes of all sizes in one file against a copy in memory. */
static int mixed_main(int argc, char **argv)
{
	static char want[40000], got[40000], chunk[3000];
	FILE *f = skbox_libc_fopen("/mixed", "w+");
	size_t end = 0;

	EXPECT(f);
	for (u32 i = 0; i < 3000; i++) {
		size_t at = test_random() % (end + 1), n = test_random() % (i % 8 ? 40 : 3000);

		EXPECT(!skbox_libc_fseek(f, (long)at, 0));
		if (test_random() % 2 && at + n < sizeof(want)) {
			memset(chunk, (int)('a' + i % 26), n);
			memcpy(want + at, chunk, n);
			EXPECT(skbox_libc_fwrite(chunk, 1, n, f) == n);
			end = at + n > end ? at + n : end;
		} else {
			size_t have = end - at < n ? end - at : n;

			EXPECT(skbox_libc_fread(got, 1, n, f) == have);
			EXPECT(!memcmp(got, want + at, have));
			n = have;
		}
		EXPECT(skbox_libc_ftell(f) == (long)(at + n));
		if (test_random() % 4 == 0 && at + n < end) { /* straight on, the other way */
			EXPECT(skbox_libc_fgetc(f) == want[at + n]);
			if (at + n + 1 < end) {
				want[at + n + 1] = '!';
				EXPECT(skbox_libc_fputc('!', f) == '!');
			}
		}
	}
	EXPECT(!skbox_libc_fclose(f));
	f = skbox_libc_fopen("/mixed", "r");
	EXPECT(f && skbox_libc_fread(got, 1, sizeof(got), f) == end && !memcmp(got, want, end));
	EXPECT(skbox_libc_fwrite("x", 1, 1, f) == 0 && skbox_libc_ferror(f));
	return 0;
}

static void mixed(void **state)
{
	assert_int_equal(task_end(task_begin(mixed_main)), 0);
}

static int append_main(int argc, char **argv)
{
	FILE *f = skbox_libc_fopen("/append", "a");
	char buf[32] = "";

	EXPECT(f && skbox_libc_fputs("one", f) == 0 && !skbox_libc_fclose(f));
	f = skbox_libc_fopen("/append", "a");
	EXPECT(f && skbox_libc_fputs("two", f) == 0 && !skbox_libc_fclose(f));
	f = skbox_libc_fopen("/append", "r");
	EXPECT(f && skbox_libc_fgets(buf, sizeof(buf), f) && !strcmp(buf, "onetwo"));
	skbox_libc_fclose(f);
	EXPECT(!skbox_libc_fopen("/append", "q"));
	return 0;
}

static void append(void **state)
{
	assert_int_equal(task_end(task_begin(append_main)), 0);
}

/* What each way of buffering has written when. */
static int buffering_main(int argc, char **argv)
{
	char buf[64];
	FILE *f;
	int fd[2];

	EXPECT(!skbox_libc_pipe(fd));
	f = skbox_libc_fdopen(fd[1], "w");
	EXPECT(f && skbox_libc_fputs("full\n", f) == 0);
	EXPECT(!skbox_libc_fflush(f));
	EXPECT(skbox_libc_read(fd[0], buf, sizeof(buf)) == 5);
	EXPECT(!skbox_libc_setvbuf(f, NULL, 1, 0));
	EXPECT(skbox_libc_fprintf(f, "line\nrest") == 9);
	EXPECT(skbox_libc_read(fd[0], buf, sizeof(buf)) == 9);
	EXPECT(!skbox_libc_setvbuf(f, NULL, 2, 0));
	EXPECT(skbox_libc_fprintf(f, "%s %d", "none", 1) == 6);
	EXPECT(skbox_libc_read(fd[0], buf, sizeof(buf)) == 6);
	EXPECT(skbox_libc_fputs("at the end", f) == 0 && !skbox_libc_fclose(f));
	EXPECT(skbox_libc_read(fd[0], buf, sizeof(buf)) == 10);
	EXPECT(skbox_libc_read(fd[0], buf, sizeof(buf)) == 0);
	return 0;
}

static void buffering(void **state)
{
	assert_int_equal(task_end(task_begin(buffering_main)), 0);
}

/* A stream that is open at the end of main() is written out. */
static int unclosed_main(int argc, char **argv)
{
	FILE *f = skbox_libc_fopen("/unclosed", "w");

	EXPECT(f && skbox_libc_fputs("kept", f) == 0);
	return 0;
}

static int unclosed_check(int argc, char **argv)
{
	FILE *f = skbox_libc_fopen("/unclosed", "r");
	char buf[8];

	EXPECT(f && skbox_libc_fgets(buf, sizeof(buf), f) && !strcmp(buf, "kept"));
	return 0;
}

static void exit_writes_out(void **state)
{
	assert_int_equal(task_end(task_begin(unclosed_main)), 0);
	assert_int_equal(task_end(task_begin(unclosed_check)), 0);
}

static int setup(void **state)
{
	kern_start("quiet mem=32M");
	task_begin(task_init);
	library_settle();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),	   cmocka_unit_test(mixed),
		cmocka_unit_test(append),	   cmocka_unit_test(buffering),
		cmocka_unit_test(exit_writes_out),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
