/*
 * Open files: what a descriptor stands for, and the table of operations behind it (a RAM file, a
 * /proc file, the console, a pipe, a socket).
 */
#pragma once

#include <abi/poll.h>
#include <abi/types.h>

#include "kernel/types.h"
#include "kernel/wait.h"

struct fd_table;
struct file;
struct poll_table;
struct stat;
struct dirent;

/* Operations return bytes or 0, or -errno. Any of them may be NULL: -EINVAL (read, write,
 * truncate), -ENOTTY (ioctl), -ESPIPE (llseek), -ENOTDIR (readdir), always ready (poll). Task. */
struct file_operations {
	ssize_t (*read)(struct file *f, void *buf, size_t len);
	ssize_t (*write)(struct file *f, const void *buf, size_t len);
	/*
	 * Where one call is one message. @iov is the kernel's copy and used up; @len its bytes.
	 * NULL: one read or write for each part.
	 */
	ssize_t (*readv)(struct file *f, struct iovec *iov, size_t n, size_t len);
	ssize_t (*writev)(struct file *f, struct iovec *iov, size_t n, size_t len);
	/* sendfile's write; @more: further bytes follow at once. NULL: write. */
	ssize_t (*send)(struct file *f, const void *buf, size_t len, bool more);
	/*
	 * Bytes of the file from @pos on that nothing will ever change or free, *@len of them at
	 * most; NULL: none. Optional.
	 */
	const void *(*lasting)(struct file *f, u64 pos, size_t *len);
	off_t (*llseek)(struct file *f, off_t off, int whence);
	/*
	 * The POLL* bits that hold now; registers with @pt (may be NULL) every queue that will
	 * wake when one comes.
	 */
	u32 (*poll)(struct file *f, struct poll_table *pt);
	int (*ioctl)(struct file *f, unsigned long cmd, void *arg);
	int (*stat)(struct file *f, struct stat *st);
	int (*truncate)(struct file *f, off_t len);
	/* Fills @d with the next entry of a directory: 1, 0 at the end, or -errno. */
	int (*readdir)(struct file *f, struct dirent *d);
	/* The last reference is gone. */
	void (*release)(struct file *f);
};

struct file {
	const struct file_operations *ops;
	u32 flags; /* O_ACCMODE, O_NONBLOCK, O_APPEND; F_SETFL changes them */
	u32 refs;
	off_t pos;
	void *private;		    /* the operations' own: inode, socket … */
	struct hlist_head watchers; /* epoll.c's */
};

/* The cache of struct file. Boot. */
void files_init(void);

/* A file with one reference, NULL without memory. Task. */
struct file *file_alloc(const struct file_operations *ops, u32 flags, void *private);
/*
 * Another reference to the current task's descriptor @fd; NULL: not open. Task; give back with
 * fput.
 */
struct file *fget(int fd);
void fget_file(struct file *f);
/*
 * The file behind the current task's @fd, borrowed; NULL: not open. Nobody else can close it while
 * we are inside one syscall: the table is this task's alone. Task.
 */
struct file *fd_file(int fd);
/* Drops a reference; the last one calls release. Task. */
void fput(struct file *f);
/*
 * The lowest free descriptor >= @from for @f (takes over the reference), or -EMFILE or -ENOMEM (the
 * reference stays the caller's). Task.
 */
int fd_install(struct file *f, int from, bool cloexec);
/*
 * In two steps, for a call that must know that there is one before it does what cannot be undone:
 * a descriptor that stands for nothing yet, or -EMFILE, -ENOMEM; then the file for it (takes over
 * the reference), or NULL, which gives it back. Task.
 */
int fd_reserve(int from, bool cloexec);
void fd_fill(int fd, struct file *f);
/*
 * Makes @fd stand for @f (takes over the reference), closing what it was; -EBADF: no such number,
 * -ENOMEM (the reference stays). Task.
 */
int fd_replace(struct file *f, int fd, bool cloexec);
/* 0 or -EBADF. Task. */
int fd_close(int fd);
/* Closes all of the current task's files. */
void fd_close_all(void);
/* Gives @to, which has none yet, what @from has and does not close on exec; 0 or -ENOMEM. Task. */
int fd_inherit(struct fd_table *to, const struct fd_table *from);
/* Drops all references of @t, which nobody uses. Task. */
void fd_table_drop(struct fd_table *t);

/* llseek for a file of @size bytes: sets f->pos and returns it, or -EINVAL. Task. */
off_t generic_llseek(struct file *f, off_t size, off_t off, int whence);

/* Two ends of a new pipe; @flags: O_NONBLOCK. -ENOMEM. Task. */
int pipe_open(struct file *ends[2], u32 flags);

/* Who asks a file what holds, and wants to hear of changes. */
struct poll_table {
	void (*queue)(struct poll_table *pt, struct wait_queue *wq);
	u32 events; /* POLL* bits that matter */
};

/* What a poll operation calls for each wait queue that matters; NULL @pt is allowed. Task. */
static inline void poll_wait(struct wait_queue *wq, struct poll_table *pt)
{
	if (pt)
		pt->queue(pt, wq);
}

/* The POLL* bits that hold for @f; @pt may be NULL. Task. */
static inline u32 file_poll(struct file *f, struct poll_table *pt)
{
	return f->ops->poll ? f->ops->poll(f, pt) : POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
}
