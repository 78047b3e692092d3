/*
 * skbox.h: the kernel without its own life. The caller is the boot task, which never sleeps (a
 * signal is always pending for it), and every call runs what it has set going before it returns.
 */
#include "kernel/arch/host/library.h"

#include <abi/errno.h>
#include <abi/fcntl.h>
#include <abi/signal.h>
#include <abi/socket.h>
#include <abi/syscall.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/arch/host/skbox.h"
#include "kernel/cpu.h"
#include "kernel/init.h"
#include "kernel/irq.h"
#include "kernel/printk.h"
#include "kernel/random.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "kernel/timer.h"

struct library library;

void library_settle(void)
{
	do
		schedule();
	while (this_cpu()->softirq_pending);
}

static long call(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	long ret = syscall_dispatch(nr, a1, a2, a3, a4, a5, a6);

	library_settle();
	return ret;
}

/* ---- the machine ---- */

void skbox_set_seed(uint64_t seed)
{
	random_fix_seed(seed);
}

void skbox_set_console(void (*fn)(const char *text, size_t len))
{
	library.console = fn;
}

int skbox_boot(const char *cmdline)
{
	if (library.on)
		return -1;
	library.on = true;
	library.now = LIBRARY_BOOT_NS;
	kernel_init(cmdline);
	boot_task.sig_pending = 1u << SIGALRM;
	arch_irq_enable();
	for (size_t i = 0; i < nr_initcalls; i++)
		initcalls[i].fn();
	library_settle();
	return 0;
}

/* ---- devices ---- */

int skbox_add_device(const uint8_t mac[6])
{
	int index = simdev_add(mac);

	library_settle();
	return index;
}

int skbox_add_ip_device(unsigned int mtu)
{
	int index = simdev_add_ip(mtu);

	library_settle();
	return index;
}

int skbox_set_offload(int dev, unsigned int what)
{
	return simdev_set_offload(dev, what);
}

static int packet_in(int dev, bool raw, const void *packet, size_t len, u32 mss)
{
	int err = simdev_in(dev, raw, packet, len, mss);

	library_settle();
	return err;
}

int skbox_frame_in(int dev, const void *frame, size_t len)
{
	return packet_in(dev, false, frame, len, 0);
}

int skbox_ip_in(int dev, const void *packet, size_t len)
{
	return packet_in(dev, true, packet, len, 0);
}

int skbox_ip_in_gso(int dev, const void *packet, size_t len, unsigned int mss)
{
	return packet_in(dev, true, packet, len, mss);
}

static size_t packet_out(int dev, bool raw, void *buf, size_t size)
{
	size_t len = simdev_out(dev, raw, buf, size);

	library_settle();
	return len;
}

size_t skbox_frame_out(int dev, void *buf, size_t size)
{
	return packet_out(dev, false, buf, size);
}

size_t skbox_ip_out(int dev, void *buf, size_t size)
{
	return packet_out(dev, true, buf, size);
}

/* ---- time ---- */

uint64_t skbox_now(void)
{
	return library.now - LIBRARY_BOOT_NS;
}

uint64_t skbox_next_timer(void)
{
	u64 next = timer_next();

	return next == UINT64_MAX ? SKBOX_NEVER : max(next, LIBRARY_BOOT_NS) - LIBRARY_BOOT_NS;
}

void skbox_advance(uint64_t ns)
{
	u64 end = ns < UINT64_MAX - library.now ? library.now + ns : UINT64_MAX;
	u64 next;

	while ((next = timer_next()) <= end && next != UINT64_MAX) {
		library.now = max(library.now, next);
		machine_timer_fire();
		library_settle();
	}
	library.now = end;
}

uint64_t skbox_run_until(uint64_t ns)
{
	u64 end = ns < UINT64_MAX - LIBRARY_BOOT_NS ? ns + LIBRARY_BOOT_NS : UINT64_MAX;
	u64 next;

	while (!simdev_has_output() && !library_call_ended()) {
		next = timer_next();
		if (next == UINT64_MAX || next > end) {
			if (end != UINT64_MAX)
				library.now = max(library.now, end);
			break;
		}
		library.now = max(library.now, next);
		machine_timer_fire();
		library_settle();
	}
	return skbox_now();
}

/* ---- sockets ---- */

int skbox_socket(int family, int type, int protocol)
{
	return (int)call(SYS_socket, family, type | SOCK_NONBLOCK, protocol, 0, 0, 0);
}

int skbox_bind(int fd, const void *addr, unsigned int len)
{
	return (int)call(SYS_bind, fd, (long)addr, len, 0, 0, 0);
}

int skbox_connect(int fd, const void *addr, unsigned int len)
{
	return (int)call(SYS_connect, fd, (long)addr, len, 0, 0, 0);
}

int skbox_listen(int fd, int backlog)
{
	return (int)call(SYS_listen, fd, backlog, 0, 0, 0, 0);
}

int skbox_accept(int fd, void *addr, unsigned int *len)
{
	return (int)call(SYS_accept4, fd, (long)addr, (long)len, SOCK_NONBLOCK, 0, 0);
}

int skbox_accept4(int fd, void *addr, unsigned int *len, int flags)
{
	return (int)call(SYS_accept4, fd, (long)addr, (long)len, flags, 0, 0);
}

long skbox_read(int fd, void *buf, size_t len)
{
	return call(SYS_read, fd, (long)buf, (long)len, 0, 0, 0);
}

long skbox_write(int fd, const void *buf, size_t len)
{
	return call(SYS_write, fd, (long)buf, (long)len, 0, 0, 0);
}

long skbox_readv(int fd, const void *iov, int n)
{
	return call(SYS_readv, fd, (long)iov, n, 0, 0, 0);
}

long skbox_writev(int fd, const void *iov, int n)
{
	return call(SYS_writev, fd, (long)iov, n, 0, 0, 0);
}

int skbox_open(const char *path, int flags, unsigned int mode)
{
	return (int)call(SYS_open, (long)path, flags, mode, 0, 0, 0);
}

long skbox_sendfile(int out, int in, long *pos, size_t len)
{
	return call(SYS_sendfile, out, in, (long)pos, (long)len, 0, 0);
}

long skbox_sendto(int fd, const void *buf, size_t len, int flags, const void *addr,
		  unsigned int addrlen)
{
	return call(SYS_sendto, fd, (long)buf, (long)len, flags, (long)addr, addrlen);
}

long skbox_recvfrom(int fd, void *buf, size_t len, int flags, void *addr, unsigned int *addrlen)
{
	return call(SYS_recvfrom, fd, (long)buf, (long)len, flags, (long)addr, (long)addrlen);
}

long skbox_sendmsg(int fd, const void *msghdr, int flags)
{
	return call(SYS_sendmsg, fd, (long)msghdr, flags, 0, 0, 0);
}

long skbox_recvmsg(int fd, void *msghdr, int flags)
{
	return call(SYS_recvmsg, fd, (long)msghdr, flags, 0, 0, 0);
}

int skbox_shutdown(int fd, int how)
{
	return (int)call(SYS_shutdown, fd, how, 0, 0, 0, 0);
}

int skbox_close(int fd)
{
	return (int)call(SYS_close, fd, 0, 0, 0, 0, 0);
}

int skbox_getsockname(int fd, void *addr, unsigned int *len)
{
	return (int)call(SYS_getsockname, fd, (long)addr, (long)len, 0, 0, 0);
}

int skbox_getpeername(int fd, void *addr, unsigned int *len)
{
	return (int)call(SYS_getpeername, fd, (long)addr, (long)len, 0, 0, 0);
}

int skbox_setsockopt(int fd, int level, int name, const void *val, unsigned int len)
{
	return (int)call(SYS_setsockopt, fd, level, name, (long)val, len, 0);
}

int skbox_getsockopt(int fd, int level, int name, void *val, unsigned int *len)
{
	return (int)call(SYS_getsockopt, fd, level, name, (long)val, (long)len, 0);
}

int skbox_ioctl(int fd, unsigned long cmd, void *arg)
{
	return (int)call(SYS_ioctl, fd, (long)cmd, (long)arg, 0, 0, 0);
}

int skbox_fcntl(int fd, int cmd, long arg)
{
	return (int)call(SYS_fcntl, fd, cmd, arg, 0, 0, 0);
}

int skbox_poll(void *fds, unsigned long n)
{
	return (int)call(SYS_poll, (long)fds, (long)n, 0, 0, 0, 0);
}

int skbox_epoll_create1(int flags)
{
	return (int)call(SYS_epoll_create1, flags, 0, 0, 0, 0, 0);
}

int skbox_epoll_ctl(int epfd, int op, int fd, void *event)
{
	return (int)call(SYS_epoll_ctl, epfd, op, fd, (long)event, 0, 0);
}

int skbox_epoll_wait(int epfd, void *events, int max)
{
	return (int)call(SYS_epoll_wait, epfd, (long)events, max, 0, 0, 0);
}

/* ---- looking inside ---- */

static int open_proc(const char *dir, const char *name, int flags)
{
	char path[256];
	int n = snprintf(path, sizeof(path), "/proc/%s%s", dir, name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	/* A tunable's name has dots where its path has slashes. */
	for (char *c = path; *dir && *c; c++) {
		if (*c == '.')
			*c = '/';
	}
	return (int)call(SYS_open, (long)path, flags, 0, 0, 0, 0);
}

long skbox_proc_read(const char *path, char *buf, size_t size)
{
	int fd = open_proc("", path, O_RDONLY);
	size_t len = 0;
	long n = 1;

	if (fd < 0)
		return fd;
	while (n > 0 && size && len < size - 1) {
		n = call(SYS_read, fd, (long)(buf + len), (long)(size - 1 - len), 0, 0, 0);
		len += n > 0 ? (size_t)n : 0;
	}
	if (size)
		buf[len] = '\0';
	call(SYS_close, fd, 0, 0, 0, 0, 0);
	return n < 0 ? n : (long)len;
}

int skbox_sysctl(const char *name, const char *value)
{
	int fd = open_proc("sys/", name, O_WRONLY);
	long n;

	if (fd < 0)
		return fd;
	n = call(SYS_write, fd, (long)value, (long)strlen(value), 0, 0, 0);
	call(SYS_close, fd, 0, 0, 0, 0, 0);
	return n < 0 ? (int)n : 0;
}
