/*
 * Syscalls: the one door from a task to the kernel, and what is behind it. The network's own sys_*
 * are in net/socket/socket.h.
 */
#pragma once

#include <abi/epoll.h>
#include <abi/fcntl.h>
#include <abi/poll.h>
#include <abi/signal.h>
#include <abi/system.h>
#include <abi/types.h>

#include "kernel/types.h"

/*
 * Runs syscall @nr; what int 0x80 leads to. The result, or -errno; -ENOSYS: no such number. On the
 * way out, if this was the outermost one, the task may be preempted and gets its signals. Task.
 */
long syscall_dispatch(long nr, long a1, long a2, long a3, long a4, long a5, long a6);

/* The name of syscall @nr and how often it ran, for /proc/syscalls; NULL: no such number. */
const char *syscall_stat(int nr, u64 *count);

/* All of them: task; pointers are the task's; 0 or what POSIX says, or -errno. */

/* sys_file.c: by descriptor */
long sys_read(int fd, void *buf, size_t len);
long sys_write(int fd, const void *buf, size_t len);
long sys_close(int fd);
long sys_lseek(int fd, off_t off, int whence);
long sys_fstat(int fd, struct stat *st);
long sys_ioctl(int fd, unsigned long cmd, void *arg);
long sys_fcntl(int fd, int cmd, long arg);
long sys_dup(int fd);
long sys_dup2(int fd, int newfd);
long sys_ftruncate(int fd, off_t len);
long sys_readdir(int fd, struct dirent *d);
long sys_pipe2(int *fds, int flags);

/* sys_path.c: by name */
long sys_open(const char *name, int flags, mode_t mode);
long sys_stat(const char *name, struct stat *st);
long sys_mkdir(const char *name, mode_t mode);
long sys_rmdir(const char *name);
long sys_unlink(const char *name);
long sys_rename(const char *from, const char *to);
long sys_chdir(const char *name);
long sys_getcwd(char *buf, size_t size);

/* uio.c, sendfile.c */
long sys_readv(int fd, const struct iovec *iov, int n);
long sys_writev(int fd, const struct iovec *iov, int n);
long sys_sendfile(int out, int in, off_t *pos, size_t len);

/* poll.c, select.c, epoll.c */
long sys_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
long sys_epoll_create(int size);
long sys_epoll_create1(int flags);
long sys_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);
long sys_epoll_wait(int epfd, struct epoll_event *events, int max, int timeout_ms);
long sys_epoll_pwait(int epfd, struct epoll_event *events, int max, int timeout_ms,
		     const void *sigmask);
long sys_select(int nfds, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout);

/* sys_task.c */
long sys_spawn(const char *name, char *const *argv, int flags);
long sys_exit(int code);
long sys_wait4(int pid, int *status, int options);
long sys_kill(int pid, int sig);
long sys_rt_sigaction(int sig, sighandler_t handler, sighandler_t *old);
long sys_getpid(void);
long sys_getppid(void);
long sys_sched_yield(void);
long sys_tcsetpgrp(int pgrp);
long sys_ttymode(int flags);
long sys_mmap(size_t size);
long sys_munmap(void *addr);

/* sys_time.c */
long sys_nanosleep(const struct timespec *want, struct timespec *left);
long sys_clock_gettime(int clock, struct timespec *ts);
long sys_clock_settime(int clock, const struct timespec *ts);

/* sys_system.c */
long sys_uname(struct utsname *u);
long sys_sethostname(const char *name, size_t len);
long sys_sysinfo(struct sysinfo *info);
long sys_syslog(int action, char *buf, int len);
long sys_reboot(int how);
long sys_getrandom(void *buf, size_t len);

/* module.c */
long sys_finit_module(int fd, const char *params, int flags);
long sys_delete_module(const char *name, int flags);
long sys_module_info(int fd, char *buf, size_t size);
