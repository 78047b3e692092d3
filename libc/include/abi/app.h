/*
 * A program of the image: what the shell finds by name. The table is apps/apps.c.
 */
#pragma once

#include <stddef.h>

struct app {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *help; /* for `help` and `man`: "ping [-c N] HOST\tsend ICMP echo requests" */
};

extern const struct app apps[];
extern const size_t nr_apps;

/* Where a task's app is entered: sets libc's block of the task up, calls @main, then exit(). Task,
 * fresh; never returns. */
void __libc_start(int (*main)(int argc, char **argv), int argc, char **argv)
	__attribute__((noreturn));

/* The kernel's: where libc keeps the pointer to its block of the current task. The one function
 * that is lent without a trap. */
void **__task_libc(void);
