/* The list of tasks, for ps, top and killall. */
#pragma once

#include <stdint.h>

struct task_info {
	int pid, ppid;
	char state; /* R S Z */
	uint64_t cpu_ms;
	char name[20];
	char command[64]; /* with its arguments, as far as they fit */
};

/* All tasks in *@list (to be freed); their number, or -1 with errno. */
int tasks_read(struct task_info **list);
/* "1:02.34": minutes, seconds, hundredths. */
const char *task_time(const struct task_info *t, char buf[16]);
