/* libc's heap in tasks of the kernel: contents, alignment, limits, misuse, and that tasks share
 * nothing. */
#include "kern.h"

#include <abi/signal.h>
#include <string.h>

#include "kernel/mm.h"
#include "kernel/syscall.h"
#include "tests/unit/task.h"

void *skbox_libc_malloc(size_t size);
void *skbox_libc_calloc(size_t n, size_t size);
void *skbox_libc_realloc(void *ptr, size_t size);
void *skbox_libc_reallocarray(void *ptr, size_t n, size_t size);
void skbox_libc_free(void *ptr);
int *skbox_libc___errno_location(void);
char *skbox_libc_strtok(char *s, const char *sep);
int skbox_libc_rand(void);
void skbox_libc_srand(unsigned int seed);
int skbox_libc_setenv(const char *name, const char *value, int overwrite);
char *skbox_libc_getenv(const char *name);
int skbox_libc_atexit(void (*fn)(void));

#define NR_BLOCKS 200

static bool holds(const unsigned char *p, size_t size, unsigned char value)
{
	while (size--) {
		if (*p++ != value)
			return false;
	}
	return true;
}

static int random_blocks(int argc, char **argv)
{
	static unsigned char *block[NR_BLOCKS];
	static size_t size[NR_BLOCKS];
	unsigned char *p;

	for (u32 i = 0; i < 50000; i++) {
		u32 at = test_random() % NR_BLOCKS;
		size_t want = test_random() % (test_random() % 32 ? 700 : 40000);

		if (block[at])
			EXPECT(holds(block[at], size[at], (unsigned char)at));
		if (test_random() % 3) {
			p = skbox_libc_realloc(block[at], want);
			EXPECT(p && (uintptr_t)p % 16 == 0);
			EXPECT(!block[at] ||
			       holds(p, size[at] < want ? size[at] : want, (unsigned char)at));
			memset(p, (int)at, want);
			block[at] = p;
			size[at] = want;
		} else {
			skbox_libc_free(block[at]);
			block[at] = NULL;
			size[at] = 0;
		}
	}
	return 7;
}

static void blocks_keep_what_is_theirs(void **state)
{
	struct mem_info before, after;

	mem_info(&before);
	assert_int_equal(task_end(task_begin(random_blocks)), 7 << 8);
	mem_info(&after);
	assert_int_equal(after.free, before.free);
}

static int sizes_main(int argc, char **argv)
{
	unsigned char *p;

	for (size_t n = 0; n < 20000; n += n < 600 ? 1 : 97) {
		p = skbox_libc_malloc(n);
		EXPECT(p && (uintptr_t)p % 16 == 0);
		memset(p, 0xff, n);
		skbox_libc_free(p);
		p = skbox_libc_calloc(n, 1);
		EXPECT(p && holds(p, n, 0));
		skbox_libc_free(p);
	}
	skbox_libc_free(NULL);
	return 0;
}

static void all_sizes(void **state)
{
	assert_int_equal(task_end(task_begin(sizes_main)), 0);
}

static int limits_main(int argc, char **argv)
{
	void *p;

	EXPECT(!skbox_libc_malloc(SIZE_MAX));
	EXPECT(*skbox_libc___errno_location() == 12);
	EXPECT(!skbox_libc_malloc(SIZE_MAX - 16));
	EXPECT(!skbox_libc_malloc(1UL << 40));
	EXPECT(!skbox_libc_calloc(1UL << 33, 1UL << 33));
	EXPECT(!skbox_libc_reallocarray(NULL, 1UL << 63, 2));
	p = skbox_libc_malloc(10);
	EXPECT(!skbox_libc_realloc(p, SIZE_MAX)); /* and p is still there */
	skbox_libc_free(p);
	return 0;
}

static void limits(void **state)
{
	assert_int_equal(task_end(task_begin(limits_main)), 0);
}

/* Memory that was freed is used again: a loop must not grow. */
static int loop_main(int argc, char **argv)
{
	struct mem_info first, last;
	void *p[8];

	for (int round = 0; round < 300; round++) {
		for (int i = 0; i < 8; i++)
			p[i] = skbox_libc_malloc(100u << i);
		for (int i = 0; i < 8; i++)
			skbox_libc_free(p[i]);
		if (round == 2)
			mem_info(&first);
	}
	mem_info(&last);
	EXPECT(first.free == last.free);
	return 0;
}

static void freed_memory_is_used_again(void **state)
{
	assert_int_equal(task_end(task_begin(loop_main)), 0);
}

static int double_free_main(int argc, char **argv)
{
	void *p = skbox_libc_malloc(10);

	skbox_libc_free(p);
	skbox_libc_free(p);
	return 0;
}

static int inner_free_main(int argc, char **argv)
{
	char *p = skbox_libc_calloc(1, 100);

	skbox_libc_free(p + 32);
	return 0;
}

static int odd_free_main(int argc, char **argv)
{
	char *p = skbox_libc_calloc(1, 100);

	skbox_libc_free(p + 1);
	return 0;
}

static void misuse_ends_the_task(void **state)
{
	assert_int_equal(task_end(task_begin(double_free_main)), SIGABRT);
	assert_int_equal(task_end(task_begin(inner_free_main)), SIGABRT);
	assert_int_equal(task_end(task_begin(odd_free_main)), SIGABRT);
}

/* Everything that C calls global is the task's own. */
static int private_main(int argc, char **argv)
{
	char mine[] = "a b c d";
	char id[2] = { (char)syscall_dispatch(SYS_getpid, 0, 0, 0, 0, 0, 0), 0 };
	char *word = skbox_libc_strtok(mine, " ");
	int numbers[3];

	*skbox_libc___errno_location() = id[0];
	skbox_libc_srand(5);
	EXPECT(!skbox_libc_setenv("ID", id, 1));
	for (int i = 0; i < 3; i++) {
		syscall_dispatch(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
		EXPECT(*skbox_libc___errno_location() == id[0]);
		EXPECT(word == mine + 2 * i);
		EXPECT(!strcmp(skbox_libc_getenv("ID"), id));
		numbers[i] = skbox_libc_rand();
		word = skbox_libc_strtok(NULL, " ");
	}
	skbox_libc_srand(5);
	for (int i = 0; i < 3; i++)
		EXPECT(skbox_libc_rand() == numbers[i]);
	return 0;
}

static void tasks_share_nothing(void **state)
{
	int pids[3];

	for (int i = 0; i < 3; i++)
		pids[i] = task_begin(private_main);
	for (int i = 0; i < 3; i++)
		assert_int_equal(task_end(pids[i]), 0);
}

static int order;

static void last(void)
{
	order = order * 10 + 2;
}

static void first(void)
{
	order = order * 10 + 1;
}

static int atexit_main(int argc, char **argv)
{
	skbox_libc_atexit(last);
	skbox_libc_atexit(first);
	return 3;
}

static void functions_at_exit(void **state)
{
	order = 0;
	assert_int_equal(task_end(task_begin(atexit_main)), 3 << 8);
	assert_int_equal(order, 12);
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
		cmocka_unit_test(blocks_keep_what_is_theirs),
		cmocka_unit_test(all_sizes),
		cmocka_unit_test(limits),
		cmocka_unit_test(freed_memory_is_used_again),
		cmocka_unit_test(misuse_ends_the_task),
		cmocka_unit_test(tasks_share_nothing),
		cmocka_unit_test(functions_at_exit),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
