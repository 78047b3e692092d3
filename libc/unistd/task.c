/* Tasks, the system, the console. */
#include <sched.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/module.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/spawn.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/tty.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libc/internal.h"
#include "libc/syscall.h"

long __syscall(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	return __ret(__syscall6(nr, a1, a2, a3, a4, a5, a6));
}

pid_t getpid(void)
{
	return (pid_t)sys(SYS_getpid);
}

pid_t getppid(void)
{
	return (pid_t)sys(SYS_getppid);
}

uid_t getuid(void)
{
	return 0;
}

uid_t geteuid(void)
{
	return 0;
}

pid_t spawn(const char *name, char *const argv[], int flags)
{
	return (pid_t)__ret(sys(SYS_spawn, name, argv, flags));
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return (pid_t)__ret(sys(SYS_wait4, pid, status, options, 0));
}

pid_t wait(int *status)
{
	return waitpid(-1, status, 0);
}

int sched_yield(void)
{
	return (int)__ret(sys(SYS_sched_yield));
}

int tcsetpgrp(int fd, pid_t pgrp)
{
	return (int)__ret(sys(SYS_tcsetpgrp, pgrp));
}

int ttymode(int flags)
{
	return (int)__ret(sys(SYS_ttymode, flags));
}

int uname(struct utsname *u)
{
	return (int)__ret(sys(SYS_uname, u));
}

int gethostname(char *name, size_t size)
{
	struct utsname u;

	if (uname(&u))
		return -1;
	strlcpy(name, u.nodename, size);
	return 0;
}

int sethostname(const char *name, size_t len)
{
	return (int)__ret(sys(SYS_sethostname, name, len));
}

int sysinfo(struct sysinfo *info)
{
	return (int)__ret(sys(SYS_sysinfo, info));
}

int reboot(int cmd)
{
	return (int)__ret(sys(SYS_reboot, cmd));
}

int klogctl(int type, char *buf, int len)
{
	return (int)__ret(sys(SYS_syslog, type, buf, len));
}

ssize_t getrandom(void *buf, size_t len, unsigned int flags)
{
	return __ret(sys(SYS_getrandom, buf, len, flags));
}

int getpagesize(void)
{
	return 4096;
}

int finit_module(int fd, const char *params, int flags)
{
	return (int)__ret(sys(SYS_finit_module, fd, params, flags));
}

int delete_module(const char *name, int flags)
{
	return (int)__ret(sys(SYS_delete_module, name, flags));
}

long module_info(int fd, char *buf, size_t size)
{
	return __ret(sys(SYS_module_info, fd, buf, size));
}
