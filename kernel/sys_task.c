/*
 * Syscalls about tasks: starting, ending, waiting, signals, memory, and who owns the console.
 */
#include <abi/errno.h>
#include <abi/syscall.h>
#include <string.h>

#include "kernel/app.h"
#include "kernel/console.h"
#include "kernel/cpu.h"
#include "kernel/softirq.h"
#include "kernel/syscall.h"
#include "kernel/sched.h"
#include "kernel/uaccess.h"
#include "kernel/vfs.h"

#define ARGS_MAX 2048
#define ARG_BYTES_MAX 32768

/* Counts the words of @argv, or -EFAULT, -E2BIG. */
static int argv_check(char *const *argv)
{
	size_t bytes = 0;

	for (int argc = 0; argc <= ARGS_MAX; argc++) {
		ssize_t len;

		if (!access_ok(argv + argc, sizeof(*argv)))
			return -EFAULT;
		if (!argv[argc])
			return argc ? argc : -EINVAL;
		len = strnlen_user(argv[argc], ARG_BYTES_MAX - bytes);
		if (len < 0)
			return len == -EFAULT ? -EFAULT : -E2BIG;
		bytes += (size_t)len;
	}
	return -E2BIG;
}

/*
 * The app that @name means: a bare name, or a path into /bin. -ENOEXEC: the path leads to a file,
 * but not to an app.
 */
static int app_lookup(const char *name, const struct app **app)
{
	struct path p;
	struct stat st;
	int err;

	*app = NULL;
	if (!strchr(name, '/')) {
		*app = app_find(name);
		return *app ? 0 : -ENOENT;
	}
	err = path_resolve(&p, name);
	if (err)
		return err;
	if (strncmp(p.text, "/bin/", 5) == 0)
		*app = app_find(p.text + 5);
	if (*app)
		return 0;
	err = vfs_stat(p.text, &st);
	if (err)
		return err;
	return S_ISDIR(st.st_mode) ? -EACCES : -ENOEXEC;
}

long sys_spawn(const char *name, char *const *argv, int flags)
{
	ssize_t len = strnlen_user(name, PATH_MAX);
	const struct app *app;
	int argc, err, pid;

	if (len < 0)
		return len;
	argc = argv_check(argv);
	if (argc < 0)
		return argc;
	err = app_lookup(name, &app);
	if (err)
		return err;
	pid = task_spawn(app->name, app->main, argc, (char **)argv, flags & SPAWN_NEWPGRP);
	if (pid > 0 && (flags & SPAWN_FOREGROUND) == SPAWN_FOREGROUND)
		tty_set_foreground(pid);
	return pid;
}

long sys_exit(int code)
{
	task_exit((code & 0xff) << 8);
}

long sys_wait4(int pid, int *user_status, int options)
{
	int status = 0, ret;

	if (user_status && !access_ok(user_status, sizeof(status)))
		return -EFAULT;
	ret = task_wait(pid, &status, options);
	if (ret > 0 && user_status)
		copy_to_user(user_status, &status, sizeof(status));
	return ret;
}

/* Is there a task in job @pgrp? */
static bool pgrp_exists(int pgrp)
{
	struct task *t;

	local_bh_disable();
	for (t = task_next(NULL); t && t->pgrp != pgrp; t = task_next(t))
		;
	local_bh_enable();
	return t;
}

/* Signal 0 only asks whether there is somebody. */
long sys_kill(int pid, int sig)
{
	struct task *t;

	if (sig < 0 || sig >= NSIG)
		return -EINVAL;
	if (pid < -PID_MAX)
		return -ESRCH;
	if (pid <= 0) {
		int pgrp = pid ? -pid : current->pgrp;

		if (sig == 0)
			return pgrp_exists(pgrp) ? 0 : -ESRCH;
		return pgrp_signal(pgrp, sig);
	}
	t = task_find(pid);
	if (!t)
		return -ESRCH;
	return sig ? task_signal(t, sig) : 0;
}

long sys_rt_sigaction(int sig, sighandler_t handler, sighandler_t *user_old)
{
	sighandler_t old;
	int err;

	if (user_old && !access_ok(user_old, sizeof(old)))
		return -EFAULT;
	err = task_sigaction(sig, handler, &old);
	if (!err && user_old)
		copy_to_user(user_old, &old, sizeof(old));
	return err;
}

long sys_getpid(void)
{
	return current->pid;
}

long sys_getppid(void)
{
	return current->ppid;
}

long sys_sched_yield(void)
{
	schedule();
	return 0;
}

long sys_tcsetpgrp(int pgrp)
{
	if (pgrp < 0)
		return -EINVAL;
	tty_set_foreground(pgrp);
	return 0;
}

/* Returns the mode before, and whether the cursor stands within a line. */
long sys_ttymode(int flags)
{
	if (flags & ~(TTY_RAW | TTY_NOSIG))
		return -EINVAL;
	return tty_set_mode(flags) | (tty_midline() ? TTY_MIDLINE : 0);
}

/* -ENOMEM, or the address, which no errno can be mistaken for. */
long sys_mmap(size_t size)
{
	void *addr;

	if (size == 0)
		return -EINVAL;
	addr = task_heap_alloc(size);
	return addr ? (long)addr : -ENOMEM;
}

long sys_munmap(void *addr)
{
	return task_heap_free(addr);
}
