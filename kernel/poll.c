/*
 * poll and select: a sleep on many wait queues at once. Each round asks every file what holds now
 * and, as long as nothing does, leaves a waiter in every queue that the file names.
 */
#include <abi/errno.h>
#include <abi/poll.h>

#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/mm.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "kernel/uaccess.h"

#define CHUNK_WAITERS 12

/* Waiters never move once they are queued, so more of them are another chunk. */
struct poll_chunk {
	struct poll_chunk *next;
	struct waiter waiters[CHUNK_WAITERS];
};

struct poll_table {
	struct poll_chunk first; /* enough for most: nothing is allocated */
	struct poll_chunk *last;
	size_t used; /* waiters of *last */
	int err;
};

static void poll_table_init(struct poll_table *pt)
{
	pt->first.next = NULL;
	pt->last = &pt->first;
	pt->used = 0;
	pt->err = 0;
}

void poll_wait(struct wait_queue *wq, struct poll_table *pt)
{
	struct waiter *w;

	if (!pt || pt->err)
		return;
	if (pt->used == CHUNK_WAITERS) {
		pt->last->next = kzalloc(sizeof(*pt->last));
		if (!pt->last->next) {
			pt->err = -ENOMEM;
			return;
		}
		pt->last = pt->last->next;
		pt->used = 0;
	}
	w = &pt->last->waiters[pt->used++];
	*w = (struct waiter){ .exclusive = false };
	wait_prepare(wq, w);
}

/* Leaves all queues; the table is as new. */
static void poll_table_finish(struct poll_table *pt)
{
	struct poll_chunk *chunk = &pt->first, *next;

	for (; chunk; chunk = next) {
		size_t n = chunk == pt->last ? pt->used : CHUNK_WAITERS;

		next = chunk->next;
		for (size_t i = 0; i < n; i++)
			wait_finish(&chunk->waiters[i]);
		if (chunk != &pt->first)
			kfree(chunk);
	}
	poll_table_init(pt);
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
	if (!f->ops->poll)
		return (short)(wanted & (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM));
	return (short)(f->ops->poll(f, pt) & wanted);
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

/*
 * Sleeps until one of @fds has an event or @deadline. Their number, 0 at the deadline, -EINTR,
 * -ENOMEM.
 */
static int poll_until(struct pollfd *fds, size_t n, u64 deadline)
{
	struct wait_queue nothing; /* so that a poll of nothing sleeps, too */
	struct poll_table pt;
	int ready, err = deadline == 0 ? -ETIMEDOUT : 0;

	if (err)
		return poll_round(fds, n, NULL);
	wait_queue_init(&nothing);
	poll_table_init(&pt);
	for (;;) {
		poll_wait(&nothing, &pt);
		ready = poll_round(fds, n, &pt);
		if (ready || err || pt.err)
			break;
		err = wait_schedule(deadline);
		poll_table_finish(&pt);
	}
	if (!ready && pt.err)
		err = pt.err;
	poll_table_finish(&pt);
	return ready || err == -ETIMEDOUT ? ready : err;
}

static u64 deadline_after(u64 ns)
{
	u64 now = ktime_ns();

	return ns < WAIT_FOREVER - now ? now + ns : WAIT_FOREVER;
}

long sys_poll(struct pollfd *user_fds, nfds_t n, int timeout_ms)
{
	struct pollfd fds[NR_OPEN];
	u64 deadline = WAIT_FOREVER;
	int ready;

	if (n > NR_OPEN)
		return -EINVAL;
	if (copy_from_user(fds, user_fds, n * sizeof(*fds)))
		return -EFAULT;
	if (timeout_ms >= 0)
		deadline = timeout_ms ? deadline_after((u64)timeout_ms * NSEC_PER_MSEC) : 0;
	ready = poll_until(fds, n, deadline);
	if (ready >= 0 && copy_to_user(user_fds, fds, n * sizeof(*fds)))
		return -EFAULT;
	return ready;
}

/* ---- select, in terms of poll ---- */

/* The events that make a descriptor ready in select's three sets. */
static const u32 select_asks[3] = { POLLIN, POLLOUT, POLLPRI };
static const u32 select_holds[3] = {
	POLLIN | POLLRDNORM | POLLHUP | POLLERR,
	POLLOUT | POLLWRNORM | POLLERR,
	POLLPRI,
};

/* All descriptors that can be open fit into a set's first word. */
_Static_assert(NR_OPEN == 64, "one word holds all descriptors of a task");

/* Reads the sets: bit per descriptor in @sets, all further ones of the @nfds clear. */
static int select_read(int nfds, fd_set *const user[3], u64 sets[3])
{
	for (int k = 0; k < 3; k++) {
		fd_set set = { { 0 } };
		size_t words = ((size_t)nfds + 63) / 64;

		if (user[k] && copy_from_user(&set, user[k], words * sizeof(u64)))
			return -EFAULT;
		if (nfds % 64)
			set.fds_bits[nfds / 64] &= (1UL << nfds % 64) - 1;
		for (size_t w = 1; w < words; w++) {
			if (set.fds_bits[w])
				return -EBADF;
		}
		sets[k] = set.fds_bits[0];
	}
	return 0;
}

/* One struct pollfd for each descriptor in any set; -EBADF: one is not open. */
static int select_to_poll(const u64 sets[3], struct pollfd *fds)
{
	u64 all = sets[0] | sets[1] | sets[2];
	int n = 0;

	for (int fd = 0; fd < NR_OPEN; fd++) {
		if (!(all >> fd & 1))
			continue;
		if (!fd_file(fd))
			return -EBADF;
		fds[n].fd = fd;
		fds[n].events = 0;
		for (int k = 0; k < 3; k++) {
			if (sets[k] >> fd & 1)
				fds[n].events |= (short)select_asks[k];
		}
		n++;
	}
	return n;
}

/* Leaves in @sets what is ready; returns the number of bits. */
static int select_from_poll(const struct pollfd *fds, int n, u64 sets[3])
{
	u64 ready[3] = { 0 };
	int count = 0;

	for (int i = 0; i < n; i++) {
		for (int k = 0; k < 3; k++) {
			if (!(sets[k] >> fds[i].fd & 1) || !((u16)fds[i].revents & select_holds[k]))
				continue;
			ready[k] |= 1UL << fds[i].fd;
			count++;
		}
	}
	for (int k = 0; k < 3; k++)
		sets[k] = ready[k];
	return count;
}

static int select_write(int nfds, fd_set *const user[3], const u64 sets[3])
{
	for (int k = 0; k < 3; k++) {
		fd_set set = { { sets[k] } };

		if (user[k] && copy_to_user(user[k], &set, ((size_t)nfds + 63) / 64 * sizeof(u64)))
			return -EFAULT;
	}
	return 0;
}

/* Absolute time of the end of @user's timeout; 0: at once. */
static int select_deadline(const struct timeval *user, u64 *deadline)
{
	struct timeval tv;

	*deadline = WAIT_FOREVER;
	if (!user)
		return 0;
	if (copy_from_user(&tv, user, sizeof(tv)))
		return -EFAULT;
	if (tv.tv_sec < 0 || tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return -EINVAL;
	if (tv.tv_sec == 0 && tv.tv_usec == 0)
		*deadline = 0;
	else if ((u64)tv.tv_sec < UINT64_MAX / NSEC_PER_SEC)
		*deadline = deadline_after((u64)tv.tv_sec * NSEC_PER_SEC +
					   (u64)tv.tv_usec * NSEC_PER_USEC);
	return 0;
}

/* As on Linux, the timeout becomes what was left of it. */
static int select_left(struct timeval *user, u64 deadline)
{
	u64 now = ktime_ns();
	u64 left = deadline > now ? deadline - now : 0;
	struct timeval tv = {
		.tv_sec = (time_t)(left / NSEC_PER_SEC),
		.tv_usec = (suseconds_t)(left % NSEC_PER_SEC / NSEC_PER_USEC),
	};

	if (!user || deadline == WAIT_FOREVER)
		return 0;
	return copy_to_user(user, &tv, sizeof(tv));
}

long sys_select(int nfds, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout)
{
	fd_set *const user[3] = { in, out, except };
	struct pollfd fds[NR_OPEN];
	u64 sets[3], deadline;
	int n, ready;

	if (nfds < 0 || nfds > FD_SETSIZE)
		return -EINVAL;
	n = select_read(nfds, user, sets);
	if (!n)
		n = select_deadline(timeout, &deadline);
	if (!n)
		n = select_to_poll(sets, fds);
	if (n < 0)
		return n;
	ready = poll_until(fds, (size_t)n, deadline);
	if (select_left(timeout, deadline))
		return -EFAULT;
	if (ready < 0)
		return ready;
	ready = select_from_poll(fds, n, sets);
	return select_write(nfds, user, sets) ? -EFAULT : ready;
}
