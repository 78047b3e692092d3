/*
 * Pipes: a ring of bytes between two open files. A write of up to PIPE_BUF bytes goes in as a
 * whole or waits.
 */
#include <abi/errno.h>
#include <abi/fcntl.h>
#include <abi/poll.h>
#include <abi/signal.h>
#include <abi/socket.h>

#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/mm.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"

#define PIPE_SIZE 16384u /* a power of two */
#define PIPE_BUF 4096u

/* Tasks only; none is preempted in a syscall, so nothing is locked. */
struct pipe {
	u8 *ring;
	u32 head, tail;	     /* count bytes written and read, modulo 2^32 */
	bool reader, writer; /* the end is open */
	struct wait_queue readers, writers;
};

static u32 pipe_used(const struct pipe *p)
{
	return p->head - p->tail;
}

static u32 pipe_room(const struct pipe *p)
{
	return PIPE_SIZE - pipe_used(p);
}

/* The bytes of the ring from @count on, up to its edge. */
static size_t ring_span(u32 count, size_t len)
{
	return min(len, (size_t)(PIPE_SIZE - count % PIPE_SIZE));
}

static int pipe_take(struct pipe *p, u8 *buf, size_t len)
{
	while (len) {
		size_t n = ring_span(p->tail, len);
		int err = copy_to_user(buf, p->ring + p->tail % PIPE_SIZE, n);

		if (err)
			return err;
		p->tail += (u32)n;
		buf += n;
		len -= n;
	}
	return 0;
}

static int pipe_put(struct pipe *p, const u8 *buf, size_t len)
{
	while (len) {
		size_t n = ring_span(p->head, len);
		int err = copy_from_user(p->ring + p->head % PIPE_SIZE, buf, n);

		if (err)
			return err;
		p->head += (u32)n;
		buf += n;
		len -= n;
	}
	return 0;
}

static ssize_t pipe_read(struct file *f, void *buf, size_t len)
{
	struct pipe *p = f->private;
	int err;

	if (len == 0)
		return 0;
	if (!access_ok(buf, len))
		return -EFAULT;
	if (!pipe_used(p) && p->writer) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event(&p->readers, pipe_used(p) || !p->writer);
		if (err)
			return err;
	}
	len = min(len, (size_t)pipe_used(p));
	err = pipe_take(p, buf, len);
	if (err)
		return err;
	if (len)
		wake_up_all(&p->writers);
	return (ssize_t)len;
}

static int pipe_broken(void)
{
	task_signal(current, SIGPIPE);
	return -EPIPE;
}

/* Waits for @want bytes of room. */
static int pipe_wait_room(struct file *f, u32 want)
{
	struct pipe *p = f->private;
	int err;

	if (p->reader && pipe_room(p) < want) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event(&p->writers, pipe_room(p) >= want || !p->reader);
		if (err)
			return err;
	}
	return p->reader ? 0 : pipe_broken();
}

static ssize_t pipe_write(struct file *f, const void *buf, size_t len)
{
	struct pipe *p = f->private;
	const u8 *from = buf;
	size_t done = 0;
	int err;

	if (!access_ok(buf, len))
		return -EFAULT;
	while (done < len) {
		/* A small write stays in one piece; a large one takes what room there is. */
		u32 want = len <= PIPE_BUF ? (u32)len : 1;
		size_t n;

		err = pipe_wait_room(f, want);
		if (err)
			return done ? (ssize_t)done : err;
		n = min(len - done, (size_t)pipe_room(p));
		err = pipe_put(p, from + done, n);
		if (err)
			return err;
		done += n;
		wake_up_all(&p->readers);
	}
	return (ssize_t)done;
}

static u32 pipe_read_poll(struct file *f, struct poll_table *pt)
{
	struct pipe *p = f->private;

	poll_wait(&p->readers, pt);
	return (pipe_used(p) ? POLLIN | POLLRDNORM : 0) | (p->writer ? 0 : POLLHUP);
}

static u32 pipe_write_poll(struct file *f, struct poll_table *pt)
{
	struct pipe *p = f->private;

	poll_wait(&p->writers, pt);
	return (pipe_room(p) >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0) | (p->reader ? 0 : POLLERR);
}

static int pipe_ioctl(struct file *f, unsigned long cmd, void *arg)
{
	int n = (int)pipe_used(f->private);

	return cmd == FIONREAD ? copy_to_user(arg, &n, sizeof(n)) : -ENOTTY;
}

static int pipe_stat(struct file *f, struct stat *st)
{
	st->st_ino = 3;
	st->st_mode = S_IFIFO | 0600;
	st->st_size = pipe_used(f->private);
	return 0;
}

/* One end has gone: the other one hears of it, and the second to go frees the pipe. */
static void pipe_close_end(struct pipe *p, bool *end)
{
	*end = false;
	wake_up_all(&p->readers);
	wake_up_all(&p->writers);
	if (p->reader || p->writer)
		return;
	kfree(p->ring);
	kfree(p);
}

static void pipe_read_release(struct file *f)
{
	struct pipe *p = f->private;

	pipe_close_end(p, &p->reader);
}

static void pipe_write_release(struct file *f)
{
	struct pipe *p = f->private;

	pipe_close_end(p, &p->writer);
}

static const struct file_operations pipe_read_ops = {
	.read = pipe_read,
	.poll = pipe_read_poll,
	.ioctl = pipe_ioctl,
	.stat = pipe_stat,
	.release = pipe_read_release,
};

static const struct file_operations pipe_write_ops = {
	.write = pipe_write,
	.poll = pipe_write_poll,
	.ioctl = pipe_ioctl,
	.stat = pipe_stat,
	.release = pipe_write_release,
};

static struct pipe *pipe_alloc(void)
{
	struct pipe *p = kzalloc(sizeof(*p));

	if (!p)
		return NULL;
	p->ring = kmalloc(PIPE_SIZE);
	if (!p->ring) {
		kfree(p);
		return NULL;
	}
	wait_queue_init(&p->readers);
	wait_queue_init(&p->writers);
	return p;
}

int pipe_open(struct file *ends[2], u32 flags)
{
	struct pipe *p = pipe_alloc();

	if (!p)
		return -ENOMEM;
	ends[0] = file_alloc(&pipe_read_ops, O_RDONLY | (flags & O_NONBLOCK), p);
	if (!ends[0])
		goto out_pipe;
	ends[1] = file_alloc(&pipe_write_ops, O_WRONLY | (flags & O_NONBLOCK), p);
	if (!ends[1])
		goto out_reader;
	p->reader = p->writer = true;
	return 0;

out_reader:
	fput(ends[0]); /* and the pipe, of which no end is open */
	return -ENOMEM;
out_pipe:
	kfree(p->ring);
	kfree(p);
	return -ENOMEM;
}
