/* top: the busiest tasks, again and again. -d SECONDS, -n ROUNDS, -b: without clearing the screen.
 * q ends it. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/tty.h>
#include <unistd.h>

#include "lib/load.h"
#include "lib/memory.h"
#include "lib/tasks.h"
#include "lib/util.h"

#define ROWS 17

struct snapshot {
	struct task_info *tasks;
	int n;
	uint64_t busy, idle; /* hundredths of a second */
};

/* "cpu user nice system idle …" */
static void read_cpu(struct snapshot *s)
{
	char *text = text_read("/proc/stat"), *cursor = text, *line = text_line(&cursor), *f[6];

	if (line && text_fields(line, f, 6) >= 5) {
		s->busy = strtoull(f[1], NULL, 10) + strtoull(f[2], NULL, 10) +
			  strtoull(f[3], NULL, 10);
		s->idle = strtoull(f[4], NULL, 10);
	}
	free(text);
}

static bool take(struct snapshot *s)
{
	memset(s, 0, sizeof(*s));
	s->n = tasks_read(&s->tasks);
	read_cpu(s);
	return s->n >= 0;
}

static const struct task_info *find(const struct snapshot *s, int pid)
{
	for (int i = 0; i < s->n; i++)
		if (s->tasks[i].pid == pid)
			return &s->tasks[i];
	return NULL;
}

struct row {
	const struct task_info *task;
	uint64_t used_ms;
};

static int by_use(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->used_ms != y->used_ms)
		return x->used_ms < y->used_ms ? 1 : -1;
	return x->task->pid - y->task->pid;
}

static void print_head(const struct snapshot *old, const struct snapshot *now)
{
	uint64_t busy = now->busy - old->busy, all = busy + now->idle - old->idle;
	uint64_t share = all ? busy * 1000 / all : 0;
	struct memory_info m = { 0 };

	printf("top -");
	print_uptime();
	printf("Tasks: %3d total\n", now->n);
	printf("%%Cpu(s): %2llu.%llu sy, %2llu.%llu id\n", (unsigned long long)(share / 10),
	       (unsigned long long)(share % 10), (unsigned long long)((1000 - share) / 10),
	       (unsigned long long)((1000 - share) % 10));
	memory_read(&m);
	printf("KiB Mem : %8llu total, %8llu free, %8llu used\n\n",
	       (unsigned long long)(m.total >> 10), (unsigned long long)(m.free >> 10),
	       (unsigned long long)(m.used >> 10));
}

static void print_tasks(const struct snapshot *old, const struct snapshot *now, uint64_t ms)
{
	struct row *rows = calloc(now->n + 1, sizeof(*rows));
	char time[16];

	for (int i = 0; rows && i < now->n; i++) {
		const struct task_info *t = &now->tasks[i], *before = find(old, t->pid);

		rows[i] = (struct row){ t, t->cpu_ms - (before ? before->cpu_ms : 0) };
	}
	printf("%5s %5s %s %5s %9s %s\n", "PID", "PPID", "S", "%CPU", "TIME+", "COMMAND");
	if (!rows)
		return;
	qsort(rows, now->n, sizeof(*rows), by_use);
	for (int i = 0; i < now->n && i < ROWS; i++) {
		uint64_t share = ms ? rows[i].used_ms * 1000 / ms : 0;

		printf("%5d %5d %c %3llu.%llu %9s %s\n", rows[i].task->pid, rows[i].task->ppid,
		       rows[i].task->state, (unsigned long long)(share / 10),
		       (unsigned long long)(share % 10), task_time(rows[i].task, time),
		       rows[i].task->command);
	}
	free(rows);
}

/* Waits; true: the user has had enough. */
static bool wait_key(int64_t ns, bool batch)
{
	struct pollfd pfd = { .fd = 0, .events = POLLIN };
	char c;

	if (batch) {
		app_sleep_ns(ns);
		return false;
	}
	return poll(&pfd, 1, ns / NSEC_PER_MSEC) != 0 &&
	       (read(0, &c, 1) != 1 || c == 'q' || c == 'Q');
}

static void loop(int64_t delay, long rounds, bool batch)
{
	struct snapshot old = { 0 }, now;
	int64_t before = 0;

	for (long i = 0; !rounds || i < rounds; i++) {
		int64_t time = app_clock_ns();

		if (!take(&now))
			return;
		if (!batch)
			fputs("\033[H\033[2J", stdout);
		print_head(&old, &now);
		/* The first round shows the shares since the start. */
		print_tasks(&old, &now, (time - before) / NSEC_PER_MSEC);
		putchar('\n');
		fflush(stdout);
		free(old.tasks);
		old = now;
		before = time;
		if (i + 1 != rounds && wait_key(delay, batch))
			break;
	}
	free(old.tasks);
}

int main(int argc, char **argv)
{
	int64_t delay = 2 * NSEC_PER_SEC;
	bool batch = !isatty(0) || !isatty(1);
	long rounds = 0;
	int c;

	while ((c = getopt(argc, argv, ":bd:n:")) != -1) {
		switch (c) {
		case 'b':
			batch = true;
			break;
		case 'd':
			if (!app_seconds(optarg, &delay))
				return app_error(argv[0], "bad delay '%s'", optarg), 2;
			break;
		case 'n':
			if (!app_number_or_say(argv[0], "number", optarg, 1, 1000000, &rounds))
				return 2;
			break;
		default:
			return app_badopt(argv, c);
		}
	}
	if (app_surplus(argc, argv))
		return 2;
	if (!batch)
		ttymode(TTY_RAW);
	loop(delay, rounds, batch);
	if (!batch)
		ttymode(0);
	return 0;
}
