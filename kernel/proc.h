/*
 * /proc: files made when they are read. A file is a name and a function that prints all of it, or,
 * where that has no bound, one that prints piece by piece; a writable one has another function. The
 * kernel's own are in proc_kernel.c's table; others bring a table and call proc_register.
 */
#pragma once

#include <stdarg.h>

#include "kernel/types.h"

/* A growing text; printing past the memory's end sets @overflow and the reader gets -ENOMEM. */
struct seq_file {
	char *buf;
	size_t len, size;
	bool overflow;
	/* Of a text made in pieces, for its walk alone; all 0 at the start of the text. */
	u64 at, mark; /* where it goes on */
	u32 line;     /* a running number */
};

/* Task, or with bottom halves off. */
void seq_printf(struct seq_file *s, const char *fmt, ...) __printf(2, 3);
void seq_puts(struct seq_file *s, const char *text);

/*
 * One of the hash tables that a text shows. A slot is shown whole, so that an entry that is there
 * all the time comes just once, whatever comes and goes between two pieces; a table whose slots may
 * be long needs a walk of its own.
 */
struct seq_table {
	u32 (*slots)(void);					     /* NULL: one */
	void (*show)(struct seq_file *s, u32 slot, const void *arg); /* bh off */
};
/*
 * A proc_entry's walk over @tables, in order: shows slots until something is printed, or many were
 * empty. Task.
 */
bool seq_walk(struct seq_file *s, const struct seq_table *tables, u32 count, const void *arg);

struct proc_entry {
	const char *path;		  /* below /proc: "net/dev" */
	void (*show)(struct seq_file *s); /* task; must not sleep. NULL: walk */
	/*
	 * Takes the whole text written, NUL-terminated. Bytes taken or -errno. NULL: read only
	 * (-EACCES).
	 */
	ssize_t (*write)(char *text, size_t len);
	/*
	 * For a text without bound: prints the next piece, from s->at on, and moves it; true: call
	 * again. The reader's memory is a window of some pieces. Task; must not sleep.
	 */
	bool (*walk)(struct seq_file *s);
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
