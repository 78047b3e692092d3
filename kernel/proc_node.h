/*
 * The insides of /proc: what stands behind a path below it. proc_node.c keeps the list of
 * registered files, sysctl.c adds tunables to it, proc_task.c has the files of /proc/<pid>/,
 * procfs.c makes open files of them.
 */
#pragma once

#include "kernel/list.h"
#include "kernel/proc.h"
#include "kernel/types.h"

struct task;

/*
 * A registered file. Only tasks use the list, and none is preempted in a syscall, so nothing
 * guards it.
 */
struct proc_node {
	struct list_head list; /* in the order of proc_path_cmp */
	u32 refs;	       /* the list's, and each open file's */
	unsigned long ino;
	const char *path;		/* below /proc; the node's own memory for a tunable */
	const struct proc_entry *entry; /* one of the two; both NULL once unregistered */
	const struct ctl_entry *ctl;
};

/* A file of /proc/<pid>/. */
struct pid_file {
	const char *name;
	void (*show)(struct seq_file *s, const struct task *t); /* with bottom halves off */
};
extern const struct pid_file pid_files[];
extern const size_t nr_pid_files;

/* 'R', 'S' or 'Z', as ps shows it. */
char task_state_letter(const struct task *t);

/* Compares paths component by component. Pure. */
int proc_path_cmp(const char *a, const char *b);

/* Adds a file; @path is borrowed for as long as the node stays. False without memory. Task. */
bool proc_node_add(const char *path, const struct proc_entry *entry, const struct ctl_entry *ctl);
/*
 * Takes the node out that stands for @entry or @ctl (the other is NULL); readers that have it open
 * get -ENODEV. Its path, for the caller to free. Task.
 */
const char *proc_node_remove(const struct proc_entry *entry, const struct ctl_entry *ctl);
/* The file at @path, or NULL. Task. */
struct proc_node *proc_node_find(const char *path);
void proc_node_put(struct proc_node *node);

/*
 * The name that comes after @last ("" for the first) in directory @dir ("" is /proc itself): its
 * bytes at *@name, their number returned; 0: there is none. *@node is the file, or NULL for a
 * directory. Task.
 */
size_t proc_node_next(const char *dir, const char *last, const char **name,
		      struct proc_node **node);

/* What a tunable's file says, and what writing to it does. Task. */
void sysctl_show(const struct ctl_entry *ctl, struct seq_file *s);
ssize_t sysctl_write(const struct ctl_entry *ctl, const char *text, size_t len);
