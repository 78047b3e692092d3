/*
 * Syscalls about the whole system: names, numbers, the log, chance, and the end.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/cmdline.h"
#include "kernel/hostname.h"
#include "kernel/loadavg.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/random.h"
#include "kernel/softirq.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "kernel/uaccess.h"

/* ---- names ---- */

static char host[HOSTNAME_MAX + 1] = "skbox";

const char *hostname(void)
{
	return host;
}

static bool hostname_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_';
}

int hostname_set(const char *name, size_t len)
{
	if (len == 0 || len > HOSTNAME_MAX)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (!hostname_char(name[i]))
			return -EINVAL;
	}
	memcpy(host, name, len);
	host[len] = '\0';
	return 0;
}

void hostname_init(void)
{
	const char *name = cmdline_get("hostname", 0);

	if (name && hostname_set(name, strlen(name)))
		printk(KERN_ERR "hostname=%s: not a host name\n", name);
}

long sys_sethostname(const char *name, size_t len)
{
	if (!access_ok(name, len))
		return -EFAULT;
	return hostname_set(name, len);
}

long sys_uname(struct utsname *user)
{
	struct utsname u = {
		.sysname = UTS_SYSNAME,
		.release = UTS_RELEASE,
		.version = UTS_VERSION,
		.machine = UTS_MACHINE,
	};

	strlcpy(u.nodename, host, sizeof(u.nodename));
	return copy_to_user(user, &u, sizeof(u));
}

/* ---- numbers ---- */

static unsigned short count_tasks(void)
{
	unsigned short n = 0;

	local_bh_disable();
	for (struct task *t = task_next(NULL); t; t = task_next(t))
		n++;
	local_bh_enable();
	return n;
}

long sys_sysinfo(struct sysinfo *user)
{
	struct mem_info mem;
	struct sysinfo info = { 0 };

	mem_info(&mem);
	info.uptime = (long)(ktime_ns() / NSEC_PER_SEC);
	info.totalram = mem.total;
	info.freeram = mem.free;
	info.slabram = mem.slab;
	info.procs = count_tasks();
	for (int i = 0; i < 3; i++)
		info.loads[i] = (unsigned long)load_average(i) << (16 - LOAD_SHIFT);
	return copy_to_user(user, &info, sizeof(info));
}

/* ---- the log ---- */

#define KLOG_MAX (64 * 1024) /* more than it ever holds */

static long syslog_read(char *user, int len)
{
	char *buf;
	size_t n;
	int err;

	if (len < 0)
		return -EINVAL;
	len = min(len, KLOG_MAX);
	buf = kmalloc((size_t)len + 1);
	if (!buf)
		return -ENOMEM;
	n = klog_read(buf, (size_t)len);
	err = copy_to_user(user, buf, n);
	kfree(buf);
	return err ? err : (long)n;
}

long sys_syslog(int action, char *buf, int len)
{
	long ret = 0;

	switch (action) {
	case SYSLOG_ACTION_READ_ALL:
		return syslog_read(buf, len);
	case SYSLOG_ACTION_READ_CLEAR:
		ret = syslog_read(buf, len);
		if (ret >= 0)
			klog_clear();
		return ret;
	case SYSLOG_ACTION_CLEAR:
		klog_clear();
		return 0;
	case SYSLOG_ACTION_CONSOLE_LEVEL:
		if (len < 1 || len > 8)
			return -EINVAL;
		console_loglevel = len;
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- the rest ---- */

long sys_getrandom(void *buf, size_t len)
{
	if (!access_ok(buf, len))
		return -EFAULT;
	len = min(len, (size_t)1 << 20);
	get_random_bytes(buf, len);
	return (long)len;
}

long sys_reboot(int how)
{
	switch ((u32)how) {
	case RB_AUTOBOOT:
		printk(KERN_NOTICE "restarting\n");
		arch_reset();
	case RB_POWER_OFF:
		printk(KERN_NOTICE "powering off\n");
		arch_poweroff();
	case RB_HALT_SYSTEM:
		printk(KERN_NOTICE "halted\n");
		arch_halt();
	default:
		return -EINVAL;
	}
}
