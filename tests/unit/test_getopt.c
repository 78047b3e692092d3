/* getopt and getopt_long, called by a task of the kernel, against the machine's own on random
 * command lines. */
#include "kern.h"

#include <getopt.h>
#include <string.h>

#include "tests/unit/task.h"

struct our_getopt {
	int ind, err, opt;
	char *arg, *next;
	int skipped;
};
struct our_getopt *skbox_libc___getopt_state(void);
int skbox_libc_getopt(int argc, char *const argv[], const char *opts);
int skbox_libc_getopt_long(int argc, char *const argv[], const char *opts,
			   const struct option *longopts, int *index);

static const struct option longopts[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "count", required_argument, NULL, 'c' },
	{ "colour", optional_argument, NULL, 1000 },
	{ "every", no_argument, NULL, 'e' },
	{ NULL, 0, NULL, 0 },
};

static const char *const words[] = {
	"-a",	     "-b",	"-ab",	     "-c",   "-c5",	 "-abc",	 "-d",
	"-dx",	     "-x",	"--",	     "-",    "word",	 "--all",	 "--al",
	"--a",	     "--count", "--count=3", "--co", "--colour", "--colour=red", "--every",
	"--every=1", "--none",	"-ax",	     "-:",
};
static const char *const all_opts[] = { "abc:d::e", ":abc:d::e", "+abc:d::e", "+:abc:d::e" };
#define NR_WORDS (sizeof(words) / sizeof(words[0]))
#define MAX_ARGS 6

static int same_parse(int argc, char **argv, const char *opts, bool with_long)
{
	struct our_getopt *g = skbox_libc___getopt_state();
	int ours, theirs, our_index, their_index;
	char *their_argv[MAX_ARGS + 2];

	memcpy(their_argv, argv, sizeof(their_argv));

	g->ind = 0;
	optind = 0;
	g->err = opterr = 0;
	do {
		our_index = their_index = -1;
		if (with_long) {
			ours = skbox_libc_getopt_long(argc, argv, opts, longopts, &our_index);
			theirs = getopt_long(argc, their_argv, opts, longopts, &their_index);
		} else {
			ours = skbox_libc_getopt(argc, argv, opts);
			theirs = getopt(argc, their_argv, opts);
		}
		EXPECT(ours == theirs);
		EXPECT(our_index == their_index);
		EXPECT(ours == -1 || g->arg == optarg);
		EXPECT(ours != '?' || with_long || g->opt == optopt);
	} while (ours != -1);
	/* On the way they differ: the machine's moves what it has passed one step later. */
	EXPECT(g->ind == optind);
	EXPECT(!memcmp(their_argv, argv, (argc + 1) * sizeof(*argv)));
	return 0;
}

static int random_lines(int argc, char **argv)
{
	char *args[MAX_ARGS + 2];

	for (u32 i = 0; i < 100000; i++) {
		u32 n = test_random() % MAX_ARGS;
		const char *opts = all_opts[test_random() % 4];

		args[0] = (char *)"app";
		for (u32 j = 1; j <= n; j++)
			args[j] = (char *)words[test_random() % NR_WORDS];
		args[n + 1] = NULL;
		if (same_parse((int)n + 1, args, opts, false) ||
		    same_parse((int)n + 1, args, opts, true)) {
			for (u32 j = 1; j <= n; j++)
				print_message("%s ", args[j]);
			return 99;
		}
	}
	return 0;
}

static void command_lines(void **state)
{
	assert_int_equal(task_end(task_begin(random_lines)), 0);
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
		cmocka_unit_test(command_lines),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
