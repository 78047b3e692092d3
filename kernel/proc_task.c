/*
 * The files of /proc/<pid>/, in Linux's formats as far as there is something to say.
 */
#include "kernel/proc_node.h"
#include "kernel/task.h"
#include "kernel/timer.h"

typedef unsigned long long ull;

#define TICK_NS (10 * NSEC_PER_MSEC) /* the unit of Linux's times: 1/100 s */

char task_state_letter(const struct task *t)
{
	return t->state == TASK_ZOMBIE ? 'Z' : t->state == TASK_RUNNABLE ? 'R' : 'S';
}

static void show_cmdline(struct seq_file *s, const struct task *t)
{
	for (int i = 0; i < t->argc; i++)
		seq_printf(s, "%s%c", t->argv[i], '\0');
}

/*
 * pid comm state ppid pgrp session tty tpgid flags, four page-fault counts, utime stime cutime
 * cstime priority nice threads itrealvalue starttime
 */
static void show_stat(struct seq_file *s, const struct task *t)
{
	seq_printf(s, "%d (%s) %c %d %d %d 0 0 0 0 0 0 0 0 %llu 0 %llu %d 0 1 0 %llu\n", t->pid,
		   t->name, task_state_letter(t), t->ppid, t->pgrp, t->pgrp,
		   (ull)t->cpu_ns / TICK_NS, (ull)t->child_ns / TICK_NS, t->prio,
		   (ull)t->start_ns / TICK_NS);
}

static void show_status(struct seq_file *s, const struct task *t)
{
	seq_printf(s, "Name:\t%s\nState:\t%c\nPid:\t%d\nPPid:\t%d\nPgrp:\t%d\n", t->name,
		   task_state_letter(t), t->pid, t->ppid, t->pgrp);
	seq_printf(s, "Files:\t%u\nCwd:\t%s\nSigPnd:\t%08x\nSwitches:\t%llu\n", t->fds.count,
		   t->cwd, t->sig_pending, (ull)t->switches);
}

const struct pid_file pid_files[] = {
	{ "cmdline", show_cmdline },
	{ "stat", show_stat },
	{ "status", show_status },
};
const size_t nr_pid_files = ARRAY_SIZE(pid_files);
