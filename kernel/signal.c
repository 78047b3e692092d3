/*
 * Signals: a bit per signal, set by anyone, looked at by the task on its way back to its own code.
 * A handler is called there, as a plain function on the task's own stack; no signal interrupts its
 * own handler.
 */
#include <abi/errno.h>

#include "kernel/cpu.h"
#include "kernel/irq.h"
#include "kernel/sched.h"

/* These end or interrupt a task whatever it wants. */
#define SIG_BIT(sig) (1u << (sig))
#define UNBLOCKABLE SIG_BIT(SIGKILL)

/* Would @sig do nothing to @t? Task 1 must live: only handlers reach it. */
static bool without_effect(const struct task *t, int sig)
{
	sighandler_t handler = t->sig_handler[sig];

	if (handler == SIG_IGN)
		return true;
	return handler == SIG_DFL && (sig == SIGCHLD || t->pid == INIT_PID);
}

int task_signal(struct task *t, int sig)
{
	unsigned long flags;

	if (sig < 0 || sig >= NSIG)
		return -EINVAL;
	if (sig == 0 || t->kthread_fn)
		return 0;
	flags = irq_save();
	if (t->state != TASK_ZOMBIE && !without_effect(t, sig)) {
		t->sig_pending |= SIG_BIT(sig);
		if (signal_pending(t))
			wake_up_task(t);
	}
	irq_restore(flags);
	return 0;
}

int pgrp_signal(int pgrp, int sig)
{
	unsigned long flags = irq_save();
	int err = -ESRCH;
	struct task *t;

	list_for_each_entry(t, &all_tasks, all_node) {
		if (t->pgrp == pgrp && !t->kthread_fn)
			err = task_signal(t, sig);
	}
	irq_restore(flags);
	return err;
}

int task_sigaction(int sig, sighandler_t handler, sighandler_t *old)
{
	struct task *t = current;

	if (sig <= 0 || sig >= NSIG || (SIG_BIT(sig) & UNBLOCKABLE))
		return -EINVAL;
	*old = t->sig_handler[sig];
	t->sig_handler[sig] = handler;
	if (without_effect(t, sig))
		t->sig_pending &= ~SIG_BIT(sig);
	return 0;
}

/* Calls @t's handler for @sig in its own code, with @sig held back. */
static void call_handler(struct task *t, int sig)
{
	u32 depth = t->syscall_depth;

	t->sig_blocked |= SIG_BIT(sig);
	t->syscall_depth = 0;
	t->sig_handler[sig](sig);
	t->syscall_depth = depth;
	t->sig_blocked &= ~SIG_BIT(sig);
}

static int take_signal(struct task *t)
{
	unsigned long flags = irq_save();
	u32 ready = t->sig_pending & ~t->sig_blocked;
	int sig = ready ? __builtin_ctz(ready) : 0;

	t->sig_pending &= ~SIG_BIT(sig);
	irq_restore(flags);
	return sig;
}

void signal_deliver(void)
{
	struct task *t = current;
	int sig;

	while ((sig = take_signal(t)) != 0) {
		if (without_effect(t, sig))
			continue;
		if (t->sig_handler[sig] == SIG_DFL)
			task_exit(sig);
		call_handler(t, sig);
	}
}
