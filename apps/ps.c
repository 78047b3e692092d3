/* ps: the tasks. Options are taken as given elsewhere (ps aux, ps -ef): all tasks are shown anyway.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/tasks.h"
#include "lib/util.h"

int main(int argc, char **argv)
{
	struct task_info *tasks;
	char time[16];
	int n;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help"))
			return app_help(argv[0]) ? 0 : 2;
		if (argv[i][strspn(argv[i], "-aAdefFlLuwx")])
			return app_error(argv[0], "unknown option '%s'", argv[i]), 2;
	}
	n = tasks_read(&tasks);
	if (n < 0)
		return app_perror(argv[0], "/proc/tasks");
	printf("%5s %5s %s %9s %s\n", "PID", "PPID", "S", "TIME", "COMMAND");
	for (int i = 0; i < n; i++)
		printf("%5d %5d %c %9s %s\n", tasks[i].pid, tasks[i].ppid, tasks[i].state,
		       task_time(&tasks[i], time), tasks[i].command);
	free(tasks);
	return 0;
}
