/*
 * Tasks: threads of the kernel's one address space, each with a stack (guarded by an unmapped
 * page), a table of files, a heap and a working directory. The timer preempts a task while it runs
 * its own code, never inside a syscall.
 */
#pragma once

#include <abi/signal.h>
#include <machine.h>

#include "kernel/fdtable.h"
#include "kernel/list.h"
#include "kernel/types.h"
#include "kernel/wait.h"

#define TASK_NAME_MAX 16
#define TASK_STACK_SIZE (32 * 1024)
#define NR_PRIO 3

enum task_state { TASK_RUNNABLE, TASK_SLEEPING, TASK_ZOMBIE };

/* Lower number runs first; round robin within one. Only kernel threads leave PRIO_NORMAL. */
enum task_prio { PRIO_HIGH, PRIO_NORMAL, PRIO_IDLE };

struct file;

struct task {
	/* guarded by irq_save */
	enum task_state state;
	u64 slice_used;		   /* ns of its time slice */
	struct list_head run_node; /* in the run queue of its priority while it waits for the CPU */
	u32 sig_pending;	   /* bit per signal */

	/* the task's own */
	struct arch_context context;
	void *stack;			/* lowest usable address */
	u32 syscall_depth;		/* > 0: inside the kernel, not to be preempted */
	bool exiting;			/* closes its files for the last time */
	u32 sig_blocked;		/* signals whose handler is running */
	sighandler_t sig_handler[NSIG]; /* SIG_DFL where none was set */
	struct fd_table fds;
	char cwd[128];
	struct list_head heap; /* runs of pages from task_heap_alloc, freed at exit */
	void *libc;	       /* libc's block for this task (errno, stdio …) */

	/* written at creation or exit */
	int pid;
	int ppid;
	int pgrp; /* job: the console's Ctrl-C goes to the foreground one */
	enum task_prio prio;
	char name[TASK_NAME_MAX];
	void (*kthread_fn)(void *arg); /* a thread of the kernel; NULL: an app */
	void *kthread_arg;
	int (*entry)(int argc, char **argv);
	int argc;
	char **argv;		     /* one block, owned by the task */
	int exit_status;	     /* as wait4 gives it: (code << 8) or the signal's number */
	struct wait_queue exit_wait; /* the parent in wait4 */

	/* accounting */
	u64 cpu_ns;
	u64 child_ns; /* of children that were waited for */
	u64 start_ns;
	u64 switches;
	struct list_head all_node;
};

/* Starts a thread of the kernel, always inside the kernel (never preempted, no signals). Task.
 * Panics without memory: boot only. */
struct task *kthread_create(const char *name, enum task_prio prio, void (*fn)(void *), void *arg);

/*
 * Starts an app: copies @argv, inherits the caller's files (those without FD_CLOEXEC), working
 * directory and, unless @new_pgrp, its job. Returns the pid, -EAGAIN (too many tasks) or -ENOMEM.
 * Task.
 */
int task_spawn(const char *name, int (*entry)(int, char **), int argc, char **argv, bool new_pgrp);

/* Ends the current task with @status as wait4 gives it: closes its files, frees its heap, wakes its
 * parent. */
void task_exit(int status) __noreturn;

/* Waits for a child as wait4: pid, 0 (WNOHANG and none), -ECHILD, -EINTR. Task. */
int task_wait(int pid, int *status, int options);

/* @size bytes rounded to pages, zeroed, for the current task's heap; NULL without memory. Freed at
 * exit at the latest. Task. */
void *task_heap_alloc(size_t size);
/* Gives back what task_heap_alloc returned; -EINVAL if @addr is none of the current task's. Task.
 */
int task_heap_free(void *addr);

struct task *task_find(int pid);

/* Next of all tasks after @t (NULL: first), for ps. With bottom halves off. */
struct task *task_next(struct task *t);

/* Marks signal @sig for @t and wakes it. Any context. -EINVAL: no such signal. */
int task_signal(struct task *t, int sig);
/* The same for every task of job @pgrp; -ESRCH if there is none. */
int pgrp_signal(int pgrp, int sig);

static inline bool signal_pending(const struct task *t)
{
	return (t->sig_pending & ~t->sig_blocked) != 0;
}

/* Sets the current task's handler for @sig, SIG_DFL or SIG_IGN; the one before goes to *@old. 0 or
 * -EINVAL. Task. */
int task_sigaction(int sig, sighandler_t handler, sighandler_t *old);

/* On the way from the kernel to the task's own code: calls handlers, or ends the task. Task. */
void signal_deliver(void);

/* Gives the CPU to the best runnable task. Task with no bh-disable held. */
void schedule(void);
/* Makes @t runnable. Any context. */
void wake_up_task(struct task *t);

void sched_init(void);
