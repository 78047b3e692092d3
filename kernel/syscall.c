/*
 * The border between tasks and the kernel: one table from a syscall's number to its function and
 * name, and the door through which all of them pass.
 */
#include "kernel/syscall.h"

#include <abi/errno.h>
#include <abi/syscall.h>

#include "kernel/cpu.h"
#include "kernel/task.h"
#include "net/socket/socket.h"

static long sys_accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	return sys_accept4(fd, addr, len, 0);
}

static long sys_pipe(int *fds)
{
	return sys_pipe2(fds, 0);
}

/* The arguments as the function wants them: an int, a pointer, a long. */
#define I(n) (int)a[n]
#define P(n) (void *)a[n]
#define L(n) (unsigned long)a[n]

#define SYSCALLS(X)                                                                                \
	X(read, I(0), P(1), L(2))                                                                  \
	X(write, I(0), P(1), L(2))                                                                 \
	X(open, P(0), I(1), (mode_t)a[2])                                                          \
	X(close, I(0))                                                                             \
	X(stat, P(0), P(1))                                                                        \
	X(fstat, I(0), P(1))                                                                       \
	X(poll, P(0), L(1), I(2))                                                                  \
	X(lseek, I(0), a[1], I(2))                                                                 \
	X(mmap, L(0))                                                                              \
	X(munmap, P(0))                                                                            \
	X(rt_sigaction, I(0), P(1), P(2))                                                          \
	X(ioctl, I(0), L(1), P(2))                                                                 \
	X(readv, I(0), P(1), I(2))                                                                 \
	X(writev, I(0), P(1), I(2))                                                                \
	X(pipe, P(0))                                                                              \
	X(select, I(0), P(1), P(2), P(3), P(4))                                                    \
	X(sched_yield)                                                                             \
	X(dup, I(0))                                                                               \
	X(dup2, I(0), I(1))                                                                        \
	X(nanosleep, P(0), P(1))                                                                   \
	X(getpid)                                                                                  \
	X(sendfile, I(0), I(1), P(2), L(3))                                                        \
	X(socket, I(0), I(1), I(2))                                                                \
	X(connect, I(0), P(1), (socklen_t)a[2])                                                    \
	X(accept, I(0), P(1), P(2))                                                                \
	X(sendto, I(0), P(1), L(2), I(3), P(4), (socklen_t)a[5])                                   \
	X(recvfrom, I(0), P(1), L(2), I(3), P(4), P(5))                                            \
	X(sendmsg, I(0), P(1), I(2))                                                               \
	X(recvmsg, I(0), P(1), I(2))                                                               \
	X(shutdown, I(0), I(1))                                                                    \
	X(bind, I(0), P(1), (socklen_t)a[2])                                                       \
	X(listen, I(0), I(1))                                                                      \
	X(getsockname, I(0), P(1), P(2))                                                           \
	X(getpeername, I(0), P(1), P(2))                                                           \
	X(setsockopt, I(0), I(1), I(2), P(3), (socklen_t)a[4])                                     \
	X(getsockopt, I(0), I(1), I(2), P(3), P(4))                                                \
	X(exit, I(0))                                                                              \
	X(wait4, I(0), P(1), I(2))                                                                 \
	X(kill, I(0), I(1))                                                                        \
	X(uname, P(0))                                                                             \
	X(fcntl, I(0), I(1), a[2])                                                                 \
	X(ftruncate, I(0), a[1])                                                                   \
	X(getcwd, P(0), L(1))                                                                      \
	X(chdir, P(0))                                                                             \
	X(rename, P(0), P(1))                                                                      \
	X(mkdir, P(0), (mode_t)a[1])                                                               \
	X(rmdir, P(0))                                                                             \
	X(unlink, P(0))                                                                            \
	X(sysinfo, P(0))                                                                           \
	X(syslog, I(0), P(1), I(2))                                                                \
	X(getppid)                                                                                 \
	X(reboot, I(0))                                                                            \
	X(sethostname, P(0), L(1))                                                                 \
	X(delete_module, P(0), I(1))                                                               \
	X(epoll_create, I(0))                                                                      \
	X(clock_settime, I(0), P(1))                                                               \
	X(clock_gettime, I(0), P(1))                                                               \
	X(epoll_wait, I(0), P(1), I(2), I(3))                                                      \
	X(epoll_ctl, I(0), I(1), I(2), P(3))                                                       \
	X(epoll_pwait, I(0), P(1), I(2), I(3), P(4))                                               \
	X(accept4, I(0), P(1), P(2), I(3))                                                         \
	X(epoll_create1, I(0))                                                                     \
	X(pipe2, P(0), I(1))                                                                       \
	X(finit_module, I(0), P(1), I(2))                                                          \
	X(getrandom, P(0), L(1))                                                                   \
	X(spawn, P(0), P(1), I(2))                                                                 \
	X(readdir, I(0), P(1))                                                                     \
	X(tcsetpgrp, I(0))                                                                         \
	X(ttymode, I(0))                                                                           \
	X(module_info, I(0), P(1), L(2))

#define CALL(name, ...)                                                                            \
	static long call_##name(const long *a)                                                     \
	{                                                                                          \
		return sys_##name(__VA_ARGS__);                                                    \
	}
SYSCALLS(CALL)

#define ROW(name, ...) [SYS_##name] = { call_##name, #name },
static const struct syscall {
	long (*fn)(const long *a);
	const char *name;
} syscalls[NR_SYSCALLS] = { SYSCALLS(ROW) };

static u64 counts[NR_SYSCALLS];

/*
 * On the way back to the task's own code, still in the kernel: others get their turn, then signals
 * are dealt with.
 */
static void syscall_leave(struct task *t)
{
	if (this_cpu()->need_resched)
		schedule();
	if (signal_pending(t))
		signal_deliver();
}

long syscall_dispatch(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	const long a[6] = { a1, a2, a3, a4, a5, a6 };
	struct task *t = current;
	long ret = -ENOSYS;

	t->syscall_depth++;
	if ((unsigned long)nr < NR_SYSCALLS && syscalls[nr].fn) {
		counts[nr]++;
		ret = syscalls[nr].fn(a);
	}
	if (t->syscall_depth == 1)
		syscall_leave(t);
	t->syscall_depth--;
	return ret;
}

const char *syscall_stat(int nr, u64 *count)
{
	*count = counts[nr];
	return syscalls[nr].name;
}
