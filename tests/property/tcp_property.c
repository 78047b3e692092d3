/*
 * TCP's property test: two stacks, each a libskbox of its own, on one virtual clock, with bad
 * weather between them and programs at random on both. Whatever happens: every byte arrives once,
 * in order and unaltered; a transfer advances while the path is alive; few timers fire; and at the
 * end nothing is left of any connection, neither a sock nor a buffer.
 *
 *	tcp_property [-v] [--lib build/host/libskbox.so] [--seeds A-B | --seed N] [--pcap FILE]
 *
 * Each seed is a run in a process of its own, and a line of TAP. It repeats itself exactly.
 */
#include "tests/property/run.h"

#include <err.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS_MAX 64
#define WALL_LIMIT 900 /* s; for a run that never ends */

static struct {
	const char *program, *lib, *pcap;
	uint64_t first, last;
	int jobs;
	bool verbose;
} options = { .lib = "build/host/libskbox.so", .first = 1, .last = 40 };

static struct stack stacks[2];
static struct run the_run;

/* ---- one seed ---- */

static void print_proc(struct stack *s, const char *path)
{
	static char text[16384];
	char *rest = text;

	s->proc_read(path, text, sizeof(text));
	for (const char *line; (line = strsep(&rest, "\n"));)
		printf("# %s: %s\n", s->name, line);
}

static void print_result(const struct run *r)
{
	uint64_t bytes = 0;

	for (int i = 0; i < r->conns; i++)
		bytes += r->conn[i].end[0].got + r->conn[i].end[1].got;
	if (app_failure || options.verbose)
		printf("# %s\n", r->what);
	for (int i = 0; i < 2 && app_failure; i++) {
		print_proc(&r->stack[i], "net/tcp");
		print_proc(&r->stack[i], "net/skb_pool");
		print_proc(&r->stack[i], "net/netstat");
		print_proc(&r->stack[i], "net/drops");
	}
	if (app_failure)
		printf("# %s\n# at %.6f s; repeat it: %s --seed %lu --pcap FILE\n", app_failure,
		       (double)r->now / 1e9, options.program, r->seed);
	printf("%s %lu - seed %lu: %d connections, %lu bytes, %lu packets, %lu s\n",
	       app_failure ? "not ok" : "ok", r->seed, r->seed, r->conns, bytes, r->path.packets,
	       r->now / SECOND);
	fflush(stdout);
}

static int run_seed(uint64_t seed)
{
	alarm(WALL_LIMIT);
	scenario(&the_run, stacks, seed, options.pcap);
	run(&the_run);
	path_clear(&the_run.path);
	print_result(&the_run);
	return app_failure ? 1 : 0;
}

/* ---- many ---- */

struct job {
	pid_t pid;
	uint64_t seed;
};

static struct job jobs[JOBS_MAX];

static void start_job(struct job *j, uint64_t seed)
{
	fflush(stdout);
	j->seed = seed;
	j->pid = fork();
	if (j->pid < 0)
		err(2, "fork");
	if (!j->pid)
		exit(run_seed(seed));
}

/* One of them ends: whether it was good, and free is where it was. */
static bool wait_job(struct job **free)
{
	int status;
	pid_t pid = wait(&status);

	*free = NULL;
	if (pid < 0)
		err(2, "wait");
	for (int i = 0; i < options.jobs; i++) {
		if (jobs[i].pid == pid)
			*free = &jobs[i];
	}
	if (!*free)
		return true;
	(*free)->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) <= 1)
		return WEXITSTATUS(status) == 0;
	printf("not ok %lu - seed %lu: ended with status %#x\n", (*free)->seed, (*free)->seed,
	       status);
	return false;
}

static uint64_t run_seeds(void)
{
	uint64_t seed = options.first, failed = 0;
	struct job *free;
	int busy = 0;

	printf("1..%lu\n", options.last - options.first + 1);
	for (; busy < options.jobs && seed <= options.last; busy++)
		start_job(&jobs[busy], seed++);
	while (busy) {
		failed += !wait_job(&free);
		busy--;
		if (free && seed <= options.last) {
			start_job(free, seed++);
			busy++;
		}
	}
	return failed;
}

/* ---- the command line ---- */

static void usage(void)
{
	errx(2, "usage: [-v] [-j JOBS] [--lib FILE] [--seed N | --seeds A-B] [--pcap FILE]");
}

static void parse(int argc, char **argv)
{
	static const struct option longs[] = { { "lib", required_argument, NULL, 'l' },
					       { "seed", required_argument, NULL, 's' },
					       { "seeds", required_argument, NULL, 'r' },
					       { "pcap", required_argument, NULL, 'p' },
					       { NULL } };
	int c;

	while ((c = getopt_long(argc, argv, "vj:", longs, NULL)) >= 0) {
		if (c == 'v')
			options.verbose = true;
		else if (c == 'j')
			options.jobs = atoi(optarg);
		else if (c == 'l')
			options.lib = optarg;
		else if (c == 'p')
			options.pcap = optarg;
		else if (c == 's' && sscanf(optarg, "%lu", &options.first) == 1)
			options.last = options.first;
		else if (c != 'r' || sscanf(optarg, "%lu-%lu", &options.first, &options.last) != 2)
			usage();
	}
	if (optind < argc || options.last < options.first || options.jobs > JOBS_MAX)
		usage();
}

int main(int argc, char **argv)
{
	cpu_set_t cpus;

	options.program = argv[0];
	parse(argc, argv);
	if (options.jobs < 1)
		options.jobs = sched_getaffinity(0, sizeof(cpus), &cpus) ? 1 : CPU_COUNT(&cpus);
	if (options.jobs > JOBS_MAX)
		options.jobs = JOBS_MAX;
	stack_load(&stacks[0], options.lib);
	stack_load(&stacks[1], options.lib);
	return run_seeds() ? 1 : 0;
}
