/*
 * select, in terms of poll: three sets of descriptors become one list of struct pollfd, and what is
 * ready goes back into the sets.
 */
#include <abi/errno.h>

#include "kernel/file.h"
#include "kernel/mm.h"
#include "kernel/poll.h"
#include "kernel/syscall.h"
#include "kernel/timer.h"
#include "kernel/uaccess.h"

/* The events that make a descriptor ready in select's three sets. */
static const u32 select_asks[3] = { POLLIN, POLLOUT, POLLPRI };
static const u32 select_holds[3] = {
	POLLIN | POLLRDNORM | POLLHUP | POLLERR,
	POLLOUT | POLLWRNORM | POLLERR,
	POLLPRI,
};

struct select {
	fd_set *const *user; /* three; NULL: not asked for */
	fd_set sets[3];
	size_t words; /* of each that matter */
};

static bool set_has(const fd_set *set, int fd)
{
	return set->fds_bits[fd / 64] >> fd % 64 & 1;
}

/* All bits from @nfds on are clear afterwards. */
static int select_read(struct select *s, int nfds)
{
	s->words = ((size_t)nfds + 63) / 64;
	for (int k = 0; k < 3; k++) {
		fd_set *set = &s->sets[k];

		memset(set, 0, sizeof(*set));
		if (s->user[k] && copy_from_user(set, s->user[k], s->words * sizeof(u64)))
			return -EFAULT;
		if (nfds % 64)
			set->fds_bits[nfds / 64] &= (1UL << nfds % 64) - 1;
	}
	return 0;
}

/* One struct pollfd for each descriptor in any set; -EBADF: one is not open. */
static int select_to_poll(const struct select *s, int nfds, struct pollfd *fds)
{
	int n = 0;

	for (int fd = 0; fd < nfds; fd++) {
		u32 events = 0;

		for (int k = 0; k < 3; k++) {
			if (set_has(&s->sets[k], fd))
				events |= select_asks[k];
		}
		if (!events)
			continue;
		if (!fd_file(fd))
			return -EBADF;
		fds[n++] = (struct pollfd){ .fd = fd, .events = (short)events };
	}
	return n;
}

/* Leaves in the sets what is ready; returns the number of bits. */
static int select_from_poll(struct select *s, const struct pollfd *fds, int n)
{
	fd_set ready[3];
	int count = 0;

	memset(ready, 0, sizeof(ready));
	for (int i = 0; i < n; i++) {
		int fd = fds[i].fd;

		for (int k = 0; k < 3; k++) {
			if (!set_has(&s->sets[k], fd) || !((u16)fds[i].revents & select_holds[k]))
				continue;
			ready[k].fds_bits[fd / 64] |= 1UL << fd % 64;
			count++;
		}
	}
	memcpy(s->sets, ready, sizeof(ready));
	return count;
}

static int select_write(const struct select *s)
{
	for (int k = 0; k < 3; k++) {
		if (s->user[k] && copy_to_user(s->user[k], &s->sets[k], s->words * sizeof(u64)))
			return -EFAULT;
	}
	return 0;
}

/* ---- timeouts ---- */

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
		*deadline = poll_deadline((u64)tv.tv_sec * NSEC_PER_SEC +
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

/* ---- the call ---- */

static long select_fds(struct select *s, int nfds, struct pollfd *fds, struct timeval *timeout)
{
	u64 deadline;
	int n, ready;

	n = select_deadline(timeout, &deadline);
	if (!n)
		n = select_to_poll(s, nfds, fds);
	if (n < 0)
		return n;
	ready = poll_until(fds, (size_t)n, deadline);
	if (select_left(timeout, deadline))
		return -EFAULT;
	if (ready < 0)
		return ready;
	ready = select_from_poll(s, fds, n);
	return select_write(s) ? -EFAULT : ready;
}

long sys_select(int nfds, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout)
{
	fd_set *const user[3] = { in, out, except };
	struct pollfd small[POLL_SMALL], *fds = small;
	struct select s = { .user = user };
	long ret;

	if (nfds < 0 || nfds > FD_SETSIZE)
		return -EINVAL;
	if (select_read(&s, nfds))
		return -EFAULT;
	if (nfds > POLL_SMALL)
		fds = kmalloc((size_t)nfds * sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	ret = select_fds(&s, nfds, fds, timeout);
	if (fds != small)
		kfree(fds);
	return ret;
}
