/*
 * The kernel's own /proc files, in Linux's formats where Linux has them; and its own tunables.
 * Others register theirs.
 */
#include <abi/errno.h>
#include <abi/fcntl.h>
#include <abi/syscall.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/cmdline.h"
#include "kernel/console.h"
#include "kernel/cpu.h"
#include "kernel/hostname.h"
#include "kernel/idle.h"
#include "kernel/irq.h"
#include "kernel/loadavg.h"
#include "kernel/mm.h"
#include "kernel/module_load.h"
#include "kernel/printk.h"
#include "kernel/proc.h"
#include "kernel/proc_kernel.h"
#include "kernel/proc_node.h"
#include "kernel/ramfs.h"
#include "kernel/softirq.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "kernel/uaccess.h"

#define KMSG_MAX (64 * 1024) /* more than the log ever holds */

typedef unsigned long long ull;

static void show_cmdline(struct seq_file *s)
{
	seq_printf(s, "%s\n", cmdline_text());
}

static void show_cpuinfo(struct seq_file *s)
{
	seq_printf(s, "processor\t: 0\nmachine\t\t: %s\n", UTS_MACHINE);
}

static void show_version(struct seq_file *s)
{
	seq_printf(s, "%s version %s %s\n", UTS_SYSNAME, UTS_RELEASE, UTS_VERSION);
}

static void show_uptime(struct seq_file *s)
{
	u64 up = ktime_ns() / (10 * NSEC_PER_MSEC);
	u64 idle = this_cpu()->idle->cpu_ns / (10 * NSEC_PER_MSEC);

	seq_printf(s, "%llu.%02llu %llu.%02llu\n", (ull)up / 100, (ull)up % 100, (ull)idle / 100,
		   (ull)idle % 100);
}

static void show_loadavg(struct seq_file *s)
{
	struct task *t = NULL;
	int tasks = 0, last_pid = 0;

	for (int i = 0; i < 3; i++) {
		u32 load = load_average(i);

		seq_printf(s, "%u.%02u ", load >> LOAD_SHIFT,
			   (load & ((1u << LOAD_SHIFT) - 1)) * 100 >> LOAD_SHIFT);
	}
	local_bh_disable();
	while ((t = task_next(t))) {
		tasks++;
		last_pid = max(last_pid, t->pid);
	}
	local_bh_enable();
	seq_printf(s, "%d/%d %d\n", tasks_runnable(), tasks, last_pid);
}

static void show_meminfo(struct seq_file *s)
{
	struct mem_info info;

	mem_info(&info);
	seq_printf(s, "MemTotal:  %12llu kB\n", (ull)info.total >> 10);
	seq_printf(s, "MemFree:   %12llu kB\n", (ull)info.free >> 10);
	seq_printf(s, "Slab:      %12llu kB\n", (ull)info.slab >> 10);
	seq_printf(s, "RamFS:     %12llu kB\n", (ull)ramfs_used() >> 10);
}

static void show_softirqs(struct seq_file *s)
{
	seq_printf(s, "%12s %10s\n", "", "CPU0");
	for (int nr = 0; nr < NR_SOFTIRQS; nr++)
		seq_printf(s, "%11s: %10llu\n", softirq_name(nr), (ull)softirq_count(nr));
}

/*
 * Linux's first lines, with times in hundredths of a second; then what this kernel counts of
 * itself.
 */
static void show_stat(struct seq_file *s)
{
	u64 busy = 0, switches = 0, irqs = 0, softirqs = 0;
	u64 idle = this_cpu()->idle->cpu_ns;
	struct task *t = NULL;

	local_bh_disable();
	while ((t = task_next(t))) {
		busy += t == this_cpu()->idle ? 0 : t->cpu_ns;
		switches += t->switches;
	}
	local_bh_enable();
	for (int irq = 0; irq < NR_IRQS; irq++)
		irqs += irq_count(irq);
	for (int nr = 0; nr < NR_SOFTIRQS; nr++)
		softirqs += softirq_count(nr);
	seq_printf(s, "cpu  0 0 %llu %llu 0 0 0 0 0 0\n", (ull)busy / 10000000,
		   (ull)idle / 10000000);
	seq_printf(s, "intr %llu\nctxt %llu\nsoftirq %llu\n", (ull)irqs, (ull)switches,
		   (ull)softirqs);
	seq_printf(s, "btime %llu\n", (ull)(realtime_ns() - ktime_ns()) / NSEC_PER_SEC);
	seq_printf(s, "copied_in %llu\ncopied_out %llu\n", (ull)user_bytes_in, (ull)user_bytes_out);
	seq_printf(s, "tty_dropped %llu\n", (ull)tty_dropped());
}

static void show_syscalls(struct seq_file *s)
{
	for (int nr = 0; nr < NR_SYSCALLS; nr++) {
		u64 count;
		const char *name = syscall_stat(nr, &count);

		if (name && count)
			seq_printf(s, "%-16s %12llu\n", name, (ull)count);
	}
}

static void show_tasks(struct seq_file *s)
{
	struct task *t = NULL;

	seq_puts(s, "  PID  PPID  PGRP S PRI      CPU-MS NAME\n");
	local_bh_disable();
	while ((t = task_next(t)))
		seq_printf(s, "%5d %5d %5d %c %3d %11llu %s\n", t->pid, t->ppid, t->pgrp,
			   task_state_letter(t), t->prio, (ull)t->cpu_ns / NSEC_PER_MSEC, t->name);
	local_bh_enable();
}

static void show_kmsg(struct seq_file *s)
{
	char *buf = kmalloc(KMSG_MAX + 1);
	size_t n;

	if (!buf) {
		s->overflow = true;
		return;
	}
	n = klog_read(buf, KMSG_MAX);
	buf[n] = '\0';
	seq_puts(s, buf);
	kfree(buf);
}

static void show_hostname(struct seq_file *s)
{
	seq_printf(s, "%s\n", hostname());
}

static ssize_t write_hostname(char *text, size_t len)
{
	int err = hostname_set(text, strcspn(text, "\n"));

	return err ? err : (ssize_t)len;
}

static const struct proc_entry kernel_files[] = {
	{ "cmdline", show_cmdline, NULL },
	{ "cpuinfo", show_cpuinfo, NULL },
	{ "interrupts", irq_show, NULL },
	{ "kmsg", show_kmsg, NULL },
	{ "loadavg", show_loadavg, NULL },
	{ "meminfo", show_meminfo, NULL },
	{ "modules", modules_show, NULL },
	{ "slabinfo", slabinfo_show, NULL },
	{ "softirqs", show_softirqs, NULL },
	{ "stat", show_stat, NULL },
	{ "sys/kernel/hostname", show_hostname, write_hostname },
	{ "syscalls", show_syscalls, NULL },
	{ "tasks", show_tasks, NULL },
	{ "uptime", show_uptime, NULL },
	{ "version", show_version, NULL },
};

static const struct ctl_entry kernel_sysctls[] = {
	{ "kernel.console_loglevel", &console_loglevel, 1, 8, NULL },
	{ "kernel.idle_poll_us", &idle_poll_us, 0, 1000000, NULL },
};

void proc_kernel_init(void)
{
	hostname_init();
	proc_register(kernel_files, ARRAY_SIZE(kernel_files));
	sysctl_register(kernel_sysctls, ARRAY_SIZE(kernel_sysctls));
}
