/*
 * The table of a task's descriptors: slots for files, and bitmaps to find the lowest free one
 * without looking at those that are taken. The first 64 lie in the task; beyond, the table doubles.
 */
#pragma once

#include "kernel/types.h"

#define FD_SMALL 64u
#define NR_OPEN_MAX 131072 /* the most that fs.nr_open can grant */

struct file;
struct task;

/* The task's own. All zeros is an empty table. */
struct fd_table {
	struct file **files; /* NULL: free, or reserved */
	u64 *open, *cloexec; /* bit per slot; open: taken or reserved */
	u64 *full;	     /* bit per word of open: no free slot in it */
	u32 size;	     /* slots: 0, 64, 128 … */
	u32 count;	     /* bits in open */
	struct file *small_files[FD_SMALL];
	u64 small_open, small_cloexec, small_full;
};

extern int sysctl_nr_open; /* fs.nr_open: descriptors that a task may have */

/* Makes room for slot @fd: 0, -EMFILE (beyond fs.nr_open) or -ENOMEM. Task. */
int fd_table_grow(struct fd_table *t, u32 fd);
/* The lowest free slot >= @from; it may be beyond the table's size. Task. */
u32 fd_table_free_slot(const struct fd_table *t, u32 from);
/* The first slot >= @from that is taken or reserved; t->size: there is none. Task. */
u32 fd_table_next(const struct fd_table *t, u32 from);
/* Takes or gives back slot @fd, which the table has room for. Task. */
void fd_table_take(struct fd_table *t, u32 fd, bool cloexec);
void fd_table_clear(struct fd_table *t, u32 fd);
/* Frees what the table has allocated; it is empty then. */
void fd_table_free(struct fd_table *t);

static inline bool fd_table_cloexec(const struct fd_table *t, u32 fd)
{
	return t->cloexec[fd / 64] >> fd % 64 & 1;
}
