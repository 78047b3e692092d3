/*
 * /proc: files made when they are read. A file is a name and a function that prints; a writable
 * one has a second function. The kernel's own are in proc_kernel.c's table; others bring a table
 * and call proc_register.
 */
#pragma once

#include <stdarg.h>

#include "kernel/types.h"

/* A growing text; printing past the memory's end sets @overflow and the reader gets -ENOMEM. */
struct seq_file {
	char *buf;
	size_t len, size;
	bool overflow;
};

/* Task, or with bottom halves off. */
void seq_printf(struct seq_file *s, const char *fmt, ...) __printf(2, 3);
void seq_puts(struct seq_file *s, const char *text);

struct proc_entry {
	const char *path;		  /* below /proc: "net/dev" */
	void (*show)(struct seq_file *s); /* task; must not sleep */
	/*
	 * Takes the whole text written, NUL-terminated. Bytes taken or -errno. NULL: read only
	 * (-EACCES).
	 */
	ssize_t (*write)(char *text, size_t len);
};

/*
 * Adds @count files; directories on the way appear by themselves. The table is borrowed for ever.
 * Boot only.
 */
void proc_register(const struct proc_entry *entries, size_t count);

/*
 * One file more or less at run time, for who comes and goes. @entry is borrowed until it is
 * removed; after that nobody calls its functions: readers that still have the file open get
 * -ENODEV when they ask for its text anew. 0, -EEXIST or -ENOMEM. Task.
 */
int proc_add(const struct proc_entry *entry);
void proc_remove(const struct proc_entry *entry);

#define SYSCTL_MAX_COUNT 4

/* A tunable, numbers or a text: /proc/sys/<name with '/' for '.'> and sysctl.<name>= on the command
 * line. */
struct ctl_entry {
	const char *name; /* "net.ipv4.ip_forward" */
	int *value;
	int min, max;	       /* outside: -EINVAL */
	void (*changed)(void); /* after a write; may be NULL. Task */
	u32 count;	       /* numbers in a row at @value, SYSCTL_MAX_COUNT at most; 0 is 1 */
	/* Of one that is no number: prints it (with the newline) … */
	void (*show)(struct seq_file *s);
	int (*set)(const char *text); /* … takes it; 0 or -errno. NULL: read only. Task */
};

/*
 * Adds tunables and applies what the command line says of them. The table is borrowed for ever.
 * Boot, or device registration.
 */
void sysctl_register(const struct ctl_entry *entries, size_t count);
void sysctl_unregister(const struct ctl_entry *entries, size_t count);
