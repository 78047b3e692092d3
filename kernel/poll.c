/*
 * poll: a sleep on many wait queues at once. The first round asks every file what holds now and, as
 * long as nothing does, leaves a waiter in every queue that the file names; later rounds only ask.
 */
#include "kernel/poll.h"

#include <abi/errno.h>

#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/mm.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "kernel/uaccess.h"

#define FIRST_WAITERS 8
#define CHUNK_WAITERS ((PAGE_SIZE - sizeof(void *)) / sizeof(struct waiter))

/* Waiters never move once they are queued, so more of them are another page. */
struct poll_chunk {
	struct poll_chunk *next;
	struct waiter waiters[CHUNK_WAITERS];
};

struct poll_sleep {
	struct poll_table pt;
	struct waiter first[FIRST_WAITERS]; /* enough for most: nothing is allocated */
	struct poll_chunk *chunks;	    /* the last one first; all others are full */
	size_t used;			    /* waiters of first, or of the last chunk */
	int err;
};

static struct waiter *poll_new_waiter(struct poll_sleep *ps)
{
	struct poll_chunk *chunk;

	if (ps->used < (ps->chunks ? CHUNK_WAITERS : FIRST_WAITERS))
		return ps->chunks ? &ps->chunks->waiters[ps->used++] : &ps->first[ps->used++];
	chunk = kmalloc(sizeof(*chunk));
	if (!chunk)
		return NULL;
	chunk->next = ps->chunks;
	ps->chunks = chunk;
	ps->used = 1;
	return &chunk->waiters[0];
}

static void poll_queue(struct poll_table *pt, struct wait_queue *wq)
{
	struct poll_sleep *ps = container_of(pt, struct poll_sleep, pt);
	struct waiter *w = ps->err ? NULL : poll_new_waiter(ps);

	if (!w) {
		ps->err = -ENOMEM;
		return;
	}
	/* The task is marked as sleeping already, and perhaps woken again by a file before. */
	*w = (struct waiter){ .task = current, .events = pt->events };
	wait_queue_add(wq, w);
}

static void finish_waiters(struct waiter *w, size_t n)
{
	while (n--)
		wait_finish(w++);
}

/* Leaves all queues. */
static void poll_finish(struct poll_sleep *ps)
{
	struct poll_chunk *chunk;
	size_t used = ps->used;

	while ((chunk = ps->chunks) != NULL) {
		finish_waiters(chunk->waiters, used);
		ps->chunks = chunk->next;
		used = ps->chunks ? CHUNK_WAITERS : FIRST_WAITERS;
		kfree(chunk);
	}
	finish_waiters(ps->first, used);
}

/* What holds now of the events that @p asks for. */
static short poll_one(const struct pollfd *p, struct poll_table *pt)
{
	u32 wanted = (u16)p->events | POLLERR | POLLHUP;
	struct file *f = fd_file(p->fd);

	if (p->fd < 0)
		return 0;
	if (!f)
		return POLLNVAL;
	if (pt)
		pt->events = wanted;
	return (short)(file_poll(f, pt) & wanted);
}

/* How many of @fds have an event; once one has, the rest need no waiters. */
static int poll_round(struct pollfd *fds, size_t n, struct poll_table *pt)
{
	int ready = 0;

	for (size_t i = 0; i < n; i++) {
		fds[i].revents = poll_one(&fds[i], ready ? NULL : pt);
		ready += fds[i].revents != 0;
	}
	return ready;
}

int poll_until(struct pollfd *fds, size_t n, u64 deadline)
{
	struct wait_queue nothing; /* so that a poll of nothing sleeps, too */
	struct poll_sleep ps;
	int ready, err = 0;

	if (!deadline)
		return poll_round(fds, n, NULL);
	ps.pt = (struct poll_table){ .queue = poll_queue };
	ps.chunks = NULL;
	ps.first[0] = (struct waiter){ .exclusive = false };
	ps.used = 1;
	ps.err = 0;
	wait_queue_init(&nothing);
	wait_prepare(&nothing, &ps.first[0]);
	ready = poll_round(fds, n, &ps.pt);
	while (!ready && !err && !ps.err) {
		err = wait_schedule(deadline);
		wait_prepare(&nothing, &ps.first[0]);
		ready = poll_round(fds, n, NULL);
	}
	poll_finish(&ps);
	if (ready || err == -ETIMEDOUT)
		return ready;
	return ps.err ? ps.err : err;
}

u64 poll_deadline(u64 ns)
{
	u64 now = ktime_ns();

	return ns < WAIT_FOREVER - now ? now + ns : WAIT_FOREVER;
}

static long poll_user(struct pollfd *fds, struct pollfd *user_fds, nfds_t n, int timeout_ms)
{
	u64 deadline = WAIT_FOREVER;
	int ready;

	if (copy_from_user(fds, user_fds, n * sizeof(*fds)))
		return -EFAULT;
	if (timeout_ms >= 0)
		deadline = timeout_ms ? poll_deadline((u64)timeout_ms * NSEC_PER_MSEC) : 0;
	ready = poll_until(fds, n, deadline);
	if (ready >= 0 && copy_to_user(user_fds, fds, n * sizeof(*fds)))
		return -EFAULT;
	return ready;
}

long sys_poll(struct pollfd *user_fds, nfds_t n, int timeout_ms)
{
	struct pollfd small[POLL_SMALL], *fds = small;
	long ret;

	if (n > (nfds_t)sysctl_nr_open)
		return -EINVAL;
	if (n > POLL_SMALL)
		fds = kmalloc(n * sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	ret = poll_user(fds, user_fds, n, timeout_ms);
	if (fds != small)
		kfree(fds);
	return ret;
}
