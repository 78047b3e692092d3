/*
 * How tasks end, and how their parents hear of it. A dead app stays as a zombie until its parent
 * has asked for its status; task 1 takes over the children of the dead. Threads of the kernel leave
 * nothing behind.
 */
#include <abi/errno.h>
#include <abi/system.h>

#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/irq.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/sched.h"

static void tell_parent(struct task *parent)
{
	if (!parent)
		return;
	task_signal(parent, SIGCHLD);
	wake_up_all(&parent->exit_wait);
}

static void give_children_to_init(struct task *t)
{
	struct task *init = task_find(INIT_PID);
	struct task *child;

	list_for_each_entry(child, &all_tasks, all_node) {
		if (child->ppid != t->pid || child->kthread_fn)
			continue;
		child->ppid = INIT_PID;
		if (child->state == TASK_ZOMBIE)
			tell_parent(init);
	}
}

void task_exit(int status)
{
	struct task *t = current;

	if (t->pid == INIT_PID || t == &boot_task)
		panic("task %d (%s) must not end; its status is %#x", t->pid, t->name, status);
	t->syscall_depth++;
	if (t->kthread_fn) {
		t->state = TASK_ZOMBIE;
		sched_exit(true);
	}
	t->exiting = true;
	fd_close_all();
	task_heap_free_all();
	kfree(t->argv);
	t->argv = NULL;
	t->argc = 0; /* so says /proc of a zombie, too */
	t->libc = NULL;
	irq_save();
	t->exit_status = status;
	t->state = TASK_ZOMBIE;
	give_children_to_init(t);
	tell_parent(task_find(t->ppid));
	sched_exit(false);
}

static bool is_wanted(const struct task *child, int pid)
{
	if (child->ppid != current->pid || child->kthread_fn)
		return false;
	if (pid > 0)
		return child->pid == pid;
	if (pid == 0)
		return child->pgrp == current->pgrp;
	return pid == -1 || child->pgrp == -pid;
}

/* A dead child that @pid asks for; else NULL, and *@any says whether there are living ones. */
static struct task *find_zombie(int pid, bool *any)
{
	struct task *t;

	*any = false;
	list_for_each_entry(t, &all_tasks, all_node) {
		if (!is_wanted(t, pid))
			continue;
		*any = true;
		if (t->state == TASK_ZOMBIE)
			return t;
	}
	return NULL;
}

int task_wait(int pid, int *status, int options)
{
	struct task *child;
	bool any;
	int err;

	if (pid < -PID_MAX)
		return -ECHILD;
	child = find_zombie(pid, &any);
	if (!child && any && !(options & WNOHANG)) {
		err = wait_event(&current->exit_wait, (child = find_zombie(pid, &any)) || !any);
		if (err)
			return err;
	}
	if (!child)
		return any ? 0 : -ECHILD;
	pid = child->pid;
	if (status)
		*status = child->exit_status;
	current->child_ns += child->cpu_ns + child->child_ns;
	task_free(child);
	return pid;
}
