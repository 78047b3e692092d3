/*
 * Calls of the library that may wait: each is a task of its own that makes the one syscall. It has
 * no descriptors but those that the call names, shared with the caller's; a new one that the call
 * makes becomes the caller's when it asks.
 */
#include <abi/errno.h>
#include <abi/fcntl.h>
#include <abi/poll.h>
#include <abi/signal.h>
#include <abi/socket.h>
#include <abi/syscall.h>
#include <string.h>

#include "kernel/arch/host/library.h"
#include "kernel/arch/host/skbox.h"
#include "kernel/file.h"
#include "kernel/mm.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "kernel/task.h"

#define MAX_STARTED 16
#define MAX_CALL_FDS 64

struct started {
	bool used, ended;
	long nr, args[6], ret;
	struct task *task;
	u32 nr_fds;
	int fds[MAX_CALL_FDS];
	struct file *files[MAX_CALL_FDS]; /* references */
	struct file *made;		  /* what the call has opened, a reference */
};

static struct started started[MAX_STARTED];

/* ---- the task ---- */

static bool makes_fd(long nr)
{
	return nr == SYS_accept || nr == SYS_accept4;
}

static void started_run(void *arg)
{
	struct started *c = arg;
	const long *a = c->args;

	for (u32 i = 0; i < c->nr_fds; i++)
		fd_replace(c->files[i], c->fds[i], false);
	c->ret = syscall_dispatch(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (makes_fd(c->nr) && c->ret >= 0) {
		c->made = fd_file((int)c->ret);
		fget_file(c->made);
	}
	fd_close_all();
	c->task = NULL;
	c->ended = true;
}

/* ---- the caller ---- */

/* Lends @fd to the call; close() takes it away. -EBADF is the call's own business. */
static void started_add_fd(struct started *c, int fd)
{
	struct file *f = fd_file(fd);

	if (!f)
		return;
	if (c->nr == SYS_close)
		fd_fill(fd, NULL);
	else
		fget_file(f);
	c->fds[c->nr_fds] = fd;
	c->files[c->nr_fds++] = f;
}

static int started_add_fds(struct started *c)
{
	const struct pollfd *p = (const struct pollfd *)c->args[0];

	switch (c->nr) {
	case SYS_poll:
		if ((unsigned long)c->args[1] > MAX_CALL_FDS)
			return -EINVAL;
		for (long i = 0; i < c->args[1]; i++)
			started_add_fd(c, p[i].fd);
		return 0;
	case SYS_sendfile:
		started_add_fd(c, (int)c->args[1]);
		/* fallthrough */
	case SYS_read:
	case SYS_write:
	case SYS_readv:
	case SYS_writev:
	case SYS_close:
	case SYS_connect:
	case SYS_accept:
	case SYS_accept4:
	case SYS_sendto:
	case SYS_recvfrom:
	case SYS_sendmsg:
	case SYS_recvmsg:
	case SYS_shutdown:
	case SYS_epoll_wait:
		started_add_fd(c, (int)c->args[0]);
		return 0;
	default:
		return -EINVAL;
	}
}

int skbox_start(long nr, const long args[6])
{
	struct started *c = started;
	int err;

	while (c < started + MAX_STARTED && c->used)
		c++;
	if (c == started + MAX_STARTED)
		return -EAGAIN;
	*c = (struct started){ .nr = nr };
	memcpy(c->args, args, sizeof(c->args));
	err = started_add_fds(c);
	if (err)
		return err;
	c->used = true;
	c->task = kthread_create("call", PRIO_NORMAL, started_run, c);
	library_settle();
	return (int)(c - started);
}

static struct started *started_find(int id)
{
	return id >= 0 && id < MAX_STARTED && started[id].used ? &started[id] : NULL;
}

int skbox_ended(int id, long *ret)
{
	struct started *c = started_find(id);

	if (!c)
		return -EINVAL;
	if (!c->ended)
		return 0;
	*ret = c->ret;
	if (c->made) {
		*ret = fd_install(c->made, 0, c->nr == SYS_accept4 && c->args[3] & SOCK_CLOEXEC);
		if (*ret < 0)
			fput(c->made);
	}
	c->used = false;
	library_settle();
	return 1;
}

int skbox_interrupt(int id)
{
	struct started *c = started_find(id);

	if (!c)
		return -EINVAL;
	if (c->task) {
		c->task->sig_pending |=
			1u << SIGALRM; /* which a thread of the kernel gets from nobody */
		wake_up_task(c->task);
	}
	library_settle();
	return 0;
}

/* ---- programs ---- */

/* A program with the console as its three descriptors; this thread is its parent. */
struct program {
	char *const *argv;
	int pid, status;
	bool ended;
};

static void program_run(void *arg)
{
	struct program *p = arg;
	int fd = (int)syscall_dispatch(SYS_open, (long)"/dev/console", O_RDWR, 0, 0, 0, 0);

	for (int i = 0; i < 3 && fd >= 0; i++)
		syscall_dispatch(SYS_dup2, fd, i, 0, 0, 0, 0);
	p->pid = (int)syscall_dispatch(SYS_spawn, (long)p->argv[0], (long)p->argv, 0, 0, 0, 0);
	fd_close_all();
	if (p->pid > 0)
		syscall_dispatch(SYS_wait4, p->pid, (long)&p->status, 0, 0, 0, 0);
	p->ended = true;
}

/* Task 1 may not end. Here it is one that reads the console, which never says anything. */
static void program_start_init(void)
{
	static char *const argv[] = { "cat", NULL };
	static struct program init = { .argv = argv };

	if (task_find(INIT_PID))
		return;
	kthread_create("run", PRIO_NORMAL, program_run, &init);
	library_settle();
}

int skbox_run(const char *command)
{
	char *const argv[] = { "sh", "-c", (char *)command, NULL };
	struct program p = { .argv = argv };
	bool waited;

	program_start_init();
	kthread_create("run", PRIO_NORMAL, program_run, &p);
	library_settle();
	waited = !p.ended;
	while (!p.ended) {
		syscall_dispatch(SYS_kill, p.pid, SIGKILL, 0, 0, 0, 0);
		library_settle();
	}
	if (p.pid < 0)
		return p.pid;
	return waited ? -EAGAIN : (p.status >> 8) & 0xff;
}

bool library_call_ended(void)
{
	for (int i = 0; i < MAX_STARTED; i++) {
		if (started[i].used && started[i].ended)
			return true;
	}
	return false;
}
