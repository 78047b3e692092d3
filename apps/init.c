/*
 * init, task 1: brings the network up, starts what /etc/inittab names, runs run= of the kernel
 * command line, keeps a shell on the console, and is the parent of every orphan. With ip= on the
 * command line the network does not wait for any file or script.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/init.h"
#include "lib/util.h"

#define FAST_END (1 * NSEC_PER_SEC) /* a process that ends sooner counts as failing */
#define MAX_FAST_ENDS 5
#define PENALTY (10 * NSEC_PER_SEC)

static void read_hostname(void)
{
	char *text = text_read("/etc/hostname"), *cursor = text, *line = text_line(&cursor);

	if (line && *line)
		sethostname(line, strlen(line));
	free(text);
}

static bool is_action(const struct inittab_entry *e, const char *action)
{
	return !strcmp(e->action, action);
}

/* sysinit and wait lines, one after the other. The line "net" is not needed where ip= has said all.
 */
static void run_waiting(struct inittab_entry *tab, const char *action, bool skip_net)
{
	for (struct inittab_entry *e = tab; e; e = e->next)
		if (is_action(e, action) && !(skip_net && !strcmp(e->id, "net")))
			init_run(e->process, tab);
}

static void start_entry(struct inittab_entry *e)
{
	e->started = app_clock_ns();
	e->pid = init_start(e->process);
	if (e->pid < 0)
		e->pid = 0;
}

static void start_once(struct inittab_entry *tab)
{
	for (struct inittab_entry *e = tab; e; e = e->next)
		if (is_action(e, "once"))
			start_entry(e);
}

/* Starts @e again unless it keeps failing; then it has to wait. The time to wait, 0: none. */
static int64_t respawn(struct inittab_entry *e)
{
	int64_t now = app_clock_ns(), since = now - e->started;

	if (!e->started || since >= FAST_END + (e->fast_ends == MAX_FAST_ENDS ? PENALTY : 0))
		e->fast_ends = 0;
	if (e->fast_ends == MAX_FAST_ENDS)
		return FAST_END + PENALTY - since;
	if (e->started && ++e->fast_ends == MAX_FAST_ENDS) {
		app_error("init", "%s ends too fast, waiting for %d s", e->id,
			  (int)(PENALTY / NSEC_PER_SEC));
		return PENALTY;
	}
	start_entry(e);
	return 0;
}

/* Starts all that should run and does not. When to look again, INT64_MAX: when something ends. */
static int64_t respawn_all(struct inittab_entry *tab)
{
	int64_t wait = INT64_MAX;

	for (struct inittab_entry *e = tab; e; e = e->next) {
		int64_t this_wait;

		if (e->pid || !is_action(e, "respawn"))
			continue;
		this_wait = respawn(e);
		if (this_wait > 0 && this_wait < wait)
			wait = this_wait;
		else if (!e->pid && !this_wait)
			wait = NSEC_PER_SEC;
	}
	return wait;
}

static void reap(struct inittab_entry *tab, bool block)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, block ? 0 : WNOHANG)) > 0) {
		init_child_ended(tab, pid);
		block = false;
	}
}

static void keep_running(struct inittab_entry *tab)
{
	for (;;) {
		int64_t wait = respawn_all(tab);

		if (wait == INT64_MAX) {
			reap(tab, true);
			continue;
		}
		app_sleep_ns(wait < NSEC_PER_SEC / 4 ? wait : NSEC_PER_SEC / 4);
		reap(tab, false);
	}
}

/* Where /etc/inittab is missing there is still a shell. */
static struct inittab_entry *or_just_a_shell(struct inittab_entry *tab)
{
	if (tab)
		return tab;
	tab = calloc(1, sizeof(*tab));
	if (tab)
		*tab = (struct inittab_entry){ .id = "con", .action = "respawn", .process = "sh" };
	return tab;
}

int main(int argc, char **argv)
{
	struct init_options *o;
	struct inittab_entry *tab;

	if (getpid() != 1)
		return app_error(argv[0], "task 1 only");
	o = calloc(1, sizeof(*o));
	if (!o)
		return app_error(argv[0], "out of memory");
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	init_options_read(o);
	if (!o->has_hostname)
		read_hostname();
	if (o->has_ip)
		init_network(o);
	tab = or_just_a_shell(inittab_read("/etc/inittab"));
	run_waiting(tab, "sysinit", o->has_ip);
	run_waiting(tab, "wait", o->has_ip);
	start_once(tab);
	for (int i = 0; i < o->nr_run; i++)
		init_run(o->run[i], tab);
	init_banner();
	keep_running(tab);
	return 0;
}
