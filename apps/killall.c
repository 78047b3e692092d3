/* killall: sends a signal to all tasks of a name. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/signals.h"
#include "lib/tasks.h"
#include "lib/util.h"

static int kill_named(const struct task_info *tasks, int n, const char *name, int sig)
{
	int hit = 0;

	for (int i = 0; i < n; i++)
		if (!strcmp(tasks[i].name, name) && tasks[i].pid > 1 && !kill(tasks[i].pid, sig))
			hit++;
	return hit ? 0 : app_error("killall", "%s: no such task", name);
}

int main(int argc, char **argv)
{
	int sig = SIGTERM, i = 1, status = 0, n;
	struct task_info *tasks;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return !app_help(argv[0]);
	if (argc > 1 && argv[1][0] == '-') {
		sig = signal_number(argv[1] + 1);
		if (sig < 0)
			return app_error(argv[0], "%s: no such signal", argv[1]), 2;
		i++;
	}
	if (i >= argc)
		return app_usage(argv[0]);
	n = tasks_read(&tasks);
	if (n < 0)
		return app_perror(argv[0], "/proc/tasks");
	for (; i < argc; i++)
		status |= kill_named(tasks, n, argv[i], sig);
	free(tasks);
	return status;
}
