/*
 * Tasks come into being here: threads of the kernel, and apps with their arguments, files and
 * working directory. How they end is exit.c's business, when they run sched.c's.
 */
#include "kernel/task.h"

#include <abi/errno.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/irq.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "kernel/timer.h"

#define MIN_TASKS 32
#define MAX_TASKS 512
#define RAM_PER_TASK (256 * 1024) /* one task for so much memory */

/* libc/start.c: runs an app's main and exits. */
void __libc_start(int (*main)(int, char **), int argc, char **argv);
/* What libc may ask without a syscall: where its own block for this task hangs. */
void **__task_libc(void);

struct list_head all_tasks = LIST_HEAD_INIT(all_tasks);

static struct kmem_cache *task_cache;
static int last_pid;

void **__task_libc(void)
{
	return &current->libc;
}

static int new_pid(void)
{
	do
		last_pid = last_pid < PID_MAX ? last_pid + 1 : INIT_PID + 1;
	while (task_find(last_pid));
	return last_pid;
}

/* The first thing that a task runs. */
static void task_start(void *arg)
{
	struct task *t = arg;

	sched_finish_switch();
	arch_irq_enable();
	if (t->kthread_fn) {
		t->kthread_fn(t->kthread_arg);
		task_exit(0);
	}
	t->syscall_depth = 0;
	signal_deliver();
	__libc_start(t->entry, t->argc, t->argv);
	panic("%s came back from its end", t->name);
}

struct task *task_alloc(const char *name, enum task_prio prio)
{
	struct task *t = kmem_cache_alloc(task_cache);

	if (!t)
		return NULL;
	memset(t, 0, sizeof(*t));
	t->stack = arch_stack_alloc(TASK_STACK_SIZE);
	if (!t->stack) {
		kmem_cache_free(task_cache, t);
		return NULL;
	}
	strlcpy(t->name, name, sizeof(t->name));
	strlcpy(t->cwd, "/", sizeof(t->cwd));
	t->state = TASK_SLEEPING;
	t->prio = prio;
	t->syscall_depth = 1;
	t->start_ns = ktime_ns();
	list_init(&t->run_node);
	list_init(&t->heap);
	list_init(&t->all_node);
	wait_queue_init(&t->exit_wait);
	arch_context_init(&t->context, t->stack, TASK_STACK_SIZE, task_start, t);
	return t;
}

void task_free(struct task *t)
{
	unsigned long flags = irq_save();

	list_del(&t->all_node);
	irq_restore(flags);
	if (t->stack)
		arch_stack_free(t->stack, TASK_STACK_SIZE);
	kmem_cache_free(task_cache, t);
}

/* From now on others see @t, and it runs when its turn comes. */
static void task_publish(struct task *t)
{
	unsigned long flags = irq_save();

	list_add_tail(&t->all_node, &all_tasks);
	wake_up_task(t);
	irq_restore(flags);
}

struct task *kthread_create(const char *name, enum task_prio prio, void (*fn)(void *), void *arg)
{
	struct task *t = task_alloc(name, prio);

	if (!t)
		panic("no memory for the thread %s", name);
	t->pid = new_pid();
	t->kthread_fn = fn;
	t->kthread_arg = arg;
	task_publish(t);
	return t;
}

/* @argv and its strings in one block, NULL-terminated; NULL without memory. */
static char **copy_argv(int argc, char **argv)
{
	size_t size = ((size_t)argc + 1) * sizeof(char *);
	char **copy;
	char *text;

	for (int i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	copy = kmalloc(size);
	if (!copy)
		return NULL;
	text = (char *)(copy + argc + 1);
	for (int i = 0; i < argc; i++) {
		size_t len = strlen(argv[i]) + 1;

		copy[i] = memcpy(text, argv[i], len);
		text += len;
	}
	copy[argc] = NULL;
	return copy;
}

static void inherit(struct task *t, const struct task *parent, bool new_pgrp)
{
	t->pid = task_find(INIT_PID) ? new_pid() : INIT_PID;
	t->ppid = parent->pid;
	t->pgrp = new_pgrp ? t->pid : parent->pgrp;
	strlcpy(t->cwd, parent->cwd, sizeof(t->cwd));
}

int task_spawn(const char *name, int (*entry)(int, char **), int argc, char **argv, bool new_pgrp)
{
	char **args = copy_argv(argc, argv);
	struct task *t;

	if (!args)
		return -ENOMEM;
	t = task_alloc(name, PRIO_NORMAL);
	if (!t) {
		kfree(args);
		return -EAGAIN;
	}
	t->entry = entry;
	t->argc = argc;
	t->argv = args;
	if (fd_inherit(&t->fds, &current->fds)) {
		kfree(args);
		task_free(t);
		return -ENOMEM;
	}
	inherit(t, current, new_pgrp);
	task_publish(t);
	return t->pid;
}

struct task *task_find(int pid)
{
	struct task *t;

	list_for_each_entry(t, &all_tasks, all_node) {
		if (t->pid == pid)
			return t;
	}
	return NULL;
}

struct task *task_next(struct task *t)
{
	struct list_head *node = t ? t->all_node.next : all_tasks.next;

	return node == &all_tasks ? NULL : list_entry(node, struct task, all_node);
}

void sched_init(void)
{
	struct mem_info info;
	u32 limit;

	mem_info(&info);
	limit = (u32)min(max(info.total / RAM_PER_TASK, (u64)MIN_TASKS), (u64)MAX_TASKS);
	task_cache = kmem_cache_create("task", sizeof(struct task), limit);
	last_pid = INIT_PID;
}
