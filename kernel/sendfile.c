/*
 * sendfile: from a file with a position to whatever can be written to, without a turn through the
 * task. Bytes that stay where they are go straight from there; all others through a buffer, a chunk
 * at a time.
 */
#include <abi/errno.h>
#include <abi/fcntl.h>
#include <string.h>

#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/mm.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"
#include "kernel/uio.h"

#define CHUNK (32UL << 10)

struct transfer {
	struct file *in, *out;
	off_t pos;
	off_t size; /* of the file, as far as it says; 0: it does not */
	u8 *buf;    /* CHUNK bytes; NULL: not needed yet */
};

/* From @t->pos, whatever the file's own position is; it is lent for the length of the read. */
static ssize_t transfer_read(struct transfer *t, size_t len)
{
	off_t own = t->in->pos;
	ssize_t n;

	if (!t->buf)
		t->buf = kmalloc(CHUNK);
	if (!t->buf)
		return -ENOMEM;
	t->in->pos = t->pos;
	n = t->in->ops->read(t->in, t->buf, len);
	t->in->pos = own;
	return n;
}

/* The next bytes of the file, *@len of them at most; NULL: *@len is 0 (the end) or -errno. */
static const void *transfer_next(struct transfer *t, ssize_t *len)
{
	const struct file_operations *ops = t->in->ops;
	size_t room = (size_t)*len;
	const void *from = ops->lasting ? ops->lasting(t->in, (u64)t->pos, &room) : NULL;

	*len = from ? (ssize_t)room : transfer_read(t, min(room, CHUNK));
	if (*len <= 0)
		return NULL;
	return from ? from : t->buf;
}

/* @left: what is wanted beyond these bytes. */
static ssize_t transfer_write(struct transfer *t, const void *buf, size_t len, size_t left)
{
	bool more = left && t->pos + (off_t)len < t->size;

	return t->out->ops->send ? t->out->ops->send(t->out, buf, len, more) :
				   t->out->ops->write(t->out, buf, len);
}

/* Bytes that went over; -errno only if none did. */
static ssize_t transfer_run(struct transfer *t, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = (ssize_t)(len - done), put;
		const void *from = transfer_next(t, &n);

		put = from ? transfer_write(t, from, (size_t)n, len - done - (size_t)n) : n;
		if (put <= 0)
			return done ? (ssize_t)done : put;
		done += (size_t)put;
		t->pos += put;
		if (put < n || signal_pending(current))
			break;
	}
	return (ssize_t)done;
}

static int sendfile_check(const struct file *in, const struct file *out, bool has_pos)
{
	if (!in || !out || (in->flags & O_ACCMODE) == O_WRONLY ||
	    (out->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (!in->ops->llseek)
		return has_pos ? -ESPIPE : -EINVAL;
	if (!in->ops->read || !out->ops->write || out->flags & O_APPEND)
		return -EINVAL;
	return 0;
}

long sys_sendfile(int out_fd, int in_fd, off_t *user_pos, size_t len)
{
	struct transfer t = { .in = fd_file(in_fd), .out = fd_file(out_fd) };
	int err = sendfile_check(t.in, t.out, user_pos);
	struct stat st = { 0 };
	ssize_t n;

	if (err)
		return err;
	t.pos = t.in->pos;
	if (user_pos && copy_from_user(&t.pos, user_pos, sizeof(t.pos)))
		return -EFAULT;
	if (t.pos < 0)
		return -EINVAL;
	if (t.in->ops->stat && !t.in->ops->stat(t.in, &st))
		t.size = st.st_size;
	n = transfer_run(&t, min(len, RW_MAX));
	kfree(t.buf);
	if (!user_pos)
		t.in->pos = t.pos;
	else if (copy_to_user(user_pos, &t.pos, sizeof(t.pos)))
		return -EFAULT;
	return n;
}
