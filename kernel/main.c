/*
 * Start-up, in order: the kernel's own parts, then what the image is made of (boot/image.c), then
 * task 1, whose program is init.
 */
#include "kernel/app.h"
#include "kernel/arch.h"
#include "kernel/cmdline.h"
#include "kernel/console.h"
#include "kernel/epoll.h"
#include "kernel/file.h"
#include "kernel/hostname.h"
#include "kernel/init.h"
#include "kernel/irq.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/random.h"
#include "kernel/sched.h"
#include "kernel/softirq.h"
#include "kernel/timer.h"
#include "kernel/vfs.h"

#define INIT_NAME "init"
#define QUIET_LOGLEVEL 4

static void set_loglevel(void)
{
	if (cmdline_get("quiet", 0))
		console_loglevel = QUIET_LOGLEVEL;
	console_loglevel = cmdline_int("loglevel", console_loglevel);
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
	printk(KERN_INFO UTS_SYSNAME " " UTS_RELEASE "%s%s\n", *cmdline ? ": " : "",
	       cmdline_text());
	mm_init();
	sched_init();
	timers_init();
	random_init();
	softirq_init();
	files_init();
	epoll_init();
	fs_init();
	tty_init();
	print_memory();
}

/* Task 1, with the console as its files 0 to 2. */
static void start_init(void)
{
	char name[] = INIT_NAME;
	char *argv[] = { name, NULL };
	const struct app *init = app_find(INIT_NAME);
	struct file *tty = tty_open();
	int pid;

	if (!init)
		panic("no program %s in the image", INIT_NAME);
	if (!tty)
		panic("no memory for the console's file");
	fget_file(tty);
	fget_file(tty);
	for (int fd = 0; fd < 3; fd++)
		fd_install(tty, fd, false);
	pid = task_spawn(name, init->main, 1, argv, true);
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
	sysctl_check_cmdline();
	start_init();
	arch_memory_warm();
	sched_idle();
}
