/*
 * Start-up, in order: the kernel's own parts, then what the image is made of (boot/image.c), then task 1, whose program is init.
 */
#include <abi/app.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/cmdline.h"
#include "kernel/console.h"
#include "kernel/file.h"
#include "kernel/init.h"
#include "kernel/irq.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/random.h"
#include "kernel/sched.h"
#include "kernel/softirq.h"
#include "kernel/timer.h"

#define INIT_NAME "init"
#define QUIET_LOGLEVEL 4

void fs_init(void);

static void set_loglevel(void)
{
	const char *level = cmdline_get("loglevel", 0);

	if (cmdline_get("quiet", 0))
		console_loglevel = QUIET_LOGLEVEL;
	if (level)
		console_loglevel = atoi(level);
}

static void print_memory(void)
{
	struct mem_info info;

	mem_info(&info);
	printk(KERN_INFO "Memory: %lluK of %lluK free\n", (unsigned long long)info.free / 1024,
	       (unsigned long long)info.total / 1024);
}

void kernel_init(const char *cmdline)
{
	cmdline_init(cmdline);
	set_loglevel();
	printk(KERN_INFO "skbox: %s\n", cmdline_text());
	mm_init();
	sched_init();
	timers_init();
	random_init();
	softirq_init();
	fs_init();
	tty_init();
	print_memory();
}

static int (*find_init(void))(int, char **)
{
	for (size_t i = 0; i < nr_apps; i++) {
		if (strcmp(apps[i].name, INIT_NAME) == 0)
			return apps[i].main;
	}
	panic("no program %s in the image", INIT_NAME);
}

/* Task 1, with the console as its files 0 to 2. */
static void start_init(void)
{
	char name[] = INIT_NAME;
	char *argv[] = { name, NULL };
	struct file *tty = tty_open();
	int pid;

	if (!tty)
		panic("no memory for the console's file");
	fget_file(tty);
	fget_file(tty);
	for (int fd = 0; fd < 3; fd++)
		fd_install(tty, fd, false);
	pid = task_spawn(name, find_init(), 1, argv, true);
	if (pid < 0)
		panic("task 1 cannot be started: error %d", -pid);
	fd_close_all();
}

void kernel_main(const char *cmdline)
{
	kernel_init(cmdline);
	arch_console_init();
	arch_irq_enable();
	for (size_t i = 0; i < nr_initcalls; i++)
		initcalls[i].fn();
	start_init();
	sched_idle();
}
