/*
 * epoll: a task says once which files it watches, and is told of those that have something to say.
 * Each watch leaves a waiter with a callback in its file's wait queue. A wake-up puts the watch on
 * its epoll's ready list; epoll_wait takes it from there and asks the file what holds. A file
 * about which there is no news thus costs nothing, however many there are.
 *
 *   wake_up(file's queue) -> ep_wake -> ep->ready -> epoll_wait -> file_poll -> the task
 *
 * Levels and edges differ only in whether a watch goes back to the ready list after its event.
 * An epoll may watch others, but only such as watch no epoll themselves.
 */
#include "kernel/epoll.h"

#include <abi/epoll.h>
#include <abi/errno.h>
#include <abi/fcntl.h>

#include "kernel/file.h"
#include "kernel/irq.h"
#include "kernel/mm.h"
#include "kernel/poll.h"
#include "kernel/printk.h"
#include "kernel/syscall.h"
#include "kernel/timer.h"
#include "kernel/uaccess.h"

#define EP_HOW (EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP)
#define EP_MAX_EVENTS ((int)(INT32_MAX / sizeof(struct epoll_event)))

struct epoll {
	struct list_head ready; /* watches that may have news; guarded by irq_save */
	struct wait_queue wq;	/* tasks in epoll_wait, and who watches or polls the epoll itself */
	/* tasks */
	struct list_head watches;
	u32 nested; /* how many of these are of epolls */
};

/* One descriptor in one epoll. */
struct watch {
	struct list_head ready_node; /* guarded by irq_save */
	struct waiter waiter;	     /* in the file's queue */
	struct epoll *ep;
	/* tasks */
	struct list_head ep_node;
	struct hlist_node file_node; /* in file->watchers */
	struct file *file;
	int fd;
	u32 events; /* without those of EP_HOW: nothing, after the one shot */
	u64 data;
};

static struct kmem_cache *watch_cache;
static const struct file_operations epoll_file_ops;

void epoll_init(void)
{
	watch_cache = kmem_cache_create("epoll_watch", sizeof(struct watch), 0);
}

/* ---- the ready list ---- */

static void watch_mark_ready(struct watch *w)
{
	unsigned long flags = irq_save();

	if (list_empty(&w->ready_node))
		list_add_tail(&w->ready_node, &w->ep->ready);
	irq_restore(flags);
}

static void watch_clear_ready(struct watch *w)
{
	unsigned long flags = irq_save();

	list_del(&w->ready_node);
	irq_restore(flags);
}

static void ep_splice(struct list_head *from, struct list_head *to)
{
	unsigned long flags = irq_save();

	list_splice_tail(from, to);
	irq_restore(flags);
}

/* Of use only if somebody waits: with EPOLLEXCLUSIVE the next epoll is asked else. */
static bool ep_wake(struct waiter *waiter, u32 events)
{
	struct watch *w = container_of(waiter, struct watch, waiter);
	bool waited_for = wait_queue_active(&w->ep->wq);

	if (!(w->events & ~EP_HOW))
		return false;
	watch_mark_ready(w);
	if (waited_for)
		wake_up(&w->ep->wq);
	return waited_for;
}

/* What holds now of what @w asks for. */
static u32 watch_poll(const struct watch *w, struct poll_table *pt)
{
	return file_poll(w->file, pt) & w->events & ~EP_HOW;
}

/* After a change of what is asked for: it may hold already. */
static void watch_look(struct watch *w, struct poll_table *pt)
{
	if (!watch_poll(w, pt))
		return;
	watch_mark_ready(w);
	if (wait_queue_active(&w->ep->wq))
		wake_up(&w->ep->wq);
}

/* ---- add, change, remove ---- */

struct watch_table {
	struct poll_table pt;
	struct watch *watch;
};

static void watch_queue(struct poll_table *pt, struct wait_queue *wq)
{
	struct watch *w = container_of(pt, struct watch_table, pt)->watch;

	BUG_ON(w->waiter.node.next); /* a file has one queue for those who ask it once */
	wait_queue_add(wq, &w->waiter);
}

static void watch_set(struct watch *w, const struct epoll_event *ev)
{
	w->events = ev->events | EPOLLERR | EPOLLHUP;
	w->data = ev->data.u64;
	w->waiter.events = w->events & ~EP_HOW;
}

static bool is_epoll(const struct file *f)
{
	return f->ops == &epoll_file_ops;
}

/* Errors of EPOLL_CTL_ADD that are about the two files. */
static int watch_check(const struct file *epf, const struct file *f, u32 events)
{
	const struct epoll *ep = epf->private, *other = f->private;

	if (events & EPOLLEXCLUSIVE &&
	    (is_epoll(f) || events & ~(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLET |
				       EPOLLWAKEUP | EPOLLEXCLUSIVE)))
		return -EINVAL;
	if (is_epoll(f) && (other->nested || epf->watchers.first || ep == other))
		return -ELOOP;
	return 0;
}

static int watch_add(struct file *epf, struct file *f, int fd, const struct epoll_event *ev)
{
	struct epoll *ep = epf->private;
	int err = watch_check(epf, f, ev->events);
	struct watch_table table = { .pt.queue = watch_queue };
	struct watch *w;

	if (err)
		return err;
	w = kmem_cache_alloc(watch_cache);
	if (!w)
		return -ENOMEM;
	*w = (struct watch){ .ep = ep, .file = f, .fd = fd };
	w->waiter.fn = ep_wake;
	w->waiter.exclusive = ev->events & EPOLLEXCLUSIVE;
	watch_set(w, ev);
	list_init(&w->ready_node);
	list_add_tail(&w->ep_node, &ep->watches);
	hlist_add_head(&w->file_node, &f->watchers);
	ep->nested += is_epoll(f);
	table.watch = w;
	table.pt.events = w->waiter.events;
	watch_look(w, &table.pt);
	return 0;
}

static int watch_change(struct watch *w, const struct epoll_event *ev)
{
	if ((w->events | ev->events) & EPOLLEXCLUSIVE)
		return -EINVAL;
	watch_set(w, ev);
	watch_look(w, NULL);
	return 0;
}

static void watch_remove(struct watch *w)
{
	wait_queue_del(&w->waiter);
	watch_clear_ready(w);
	list_del(&w->ep_node);
	hlist_del(&w->file_node);
	w->ep->nested -= is_epoll(w->file);
	kmem_cache_free(watch_cache, w);
}

/* A file is watched by few: by one epoll, as a rule. */
static struct watch *watch_find(const struct epoll *ep, struct file *f, int fd)
{
	struct watch *w;

	hlist_for_each_entry(w, &f->watchers, file_node) {
		if (w->ep == ep && w->fd == fd)
			return w;
	}
	return NULL;
}

void epoll_forget(struct file *f)
{
	struct watch *w;
	struct hlist_node *tmp;

	hlist_for_each_entry_safe(w, tmp, &f->watchers, file_node)
		watch_remove(w);
}

static long ep_ctl(struct file *epf, int op, struct file *f, int fd, const struct epoll_event *ev)
{
	struct watch *w = watch_find(epf->private, f, fd);

	if (op == EPOLL_CTL_ADD)
		return w ? -EEXIST : watch_add(epf, f, fd, ev);
	if (!w)
		return -ENOENT;
	if (op == EPOLL_CTL_MOD)
		return watch_change(w, ev);
	watch_remove(w);
	return 0;
}

long sys_epoll_ctl(int epfd, int op, int fd, struct epoll_event *user_event)
{
	struct file *epf = fd_file(epfd), *f = fd_file(fd);
	struct epoll_event ev = { 0 };

	if (op != EPOLL_CTL_DEL && copy_from_user(&ev, user_event, sizeof(ev)))
		return -EFAULT;
	if (!epf || !f)
		return -EBADF;
	if (!f->ops->poll)
		return -EPERM;
	if (!is_epoll(epf) || epf == f || op < EPOLL_CTL_ADD || op > EPOLL_CTL_MOD)
		return -EINVAL;
	return ep_ctl(epf, op, f, fd, &ev);
}

/* ---- wait ---- */

/* Tells the task of @w, unless nothing holds any more; @user has been checked. */
static bool watch_report(struct watch *w, struct epoll_event *user)
{
	struct epoll_event ev = { .data.u64 = w->data };

	/* Out of the list before the look: what comes after it puts it back. */
	watch_clear_ready(w);
	ev.events = watch_poll(w, NULL);
	if (!ev.events)
		return false;
	copy_to_user(user, &ev, sizeof(ev));
	if (w->events & EPOLLONESHOT)
		w->events &= EP_HOW;
	else if (!(w->events & EPOLLET))
		watch_mark_ready(w);
	return true;
}

/*
 * Up to @max events; 0: there is none. What is not looked at now comes first next time; watches of
 * levels go behind all others.
 */
static int ep_collect(struct epoll *ep, struct epoll_event *user, int max)
{
	struct list_head batch;
	int n = 0;

	list_init(&batch);
	ep_splice(&ep->ready, &batch);
	while (n < max && !list_empty(&batch))
		n += watch_report(list_first_entry(&batch, struct watch, ready_node), user + n);
	ep_splice(&ep->ready, &batch);
	ep_splice(&batch, &ep->ready);
	/* There is more than this task takes: others may wait for it. */
	if (!list_empty(&ep->ready) && wait_queue_active(&ep->wq))
		wake_up(&ep->wq);
	return n;
}

/* Of several tasks that wait for one epoll each wake-up is for one. */
static int ep_wait(struct epoll *ep, struct epoll_event *user, int max, u64 deadline)
{
	struct waiter w = { .exclusive = true };
	int n, err = 0;

	for (;;) {
		n = list_empty(&ep->ready) ? 0 : ep_collect(ep, user, max);
		if (n || err || !deadline)
			return n || err == -ETIMEDOUT ? n : err;
		wait_prepare(&ep->wq, &w);
		if (list_empty(&ep->ready))
			err = wait_schedule(deadline);
		wait_finish(&w);
	}
}

long sys_epoll_wait(int epfd, struct epoll_event *events, int max, int timeout_ms)
{
	struct file *epf = fd_file(epfd);
	u64 deadline = WAIT_FOREVER;

	if (max <= 0 || max > EP_MAX_EVENTS)
		return -EINVAL;
	if (!access_ok(events, (size_t)max * sizeof(*events)))
		return -EFAULT;
	if (!epf)
		return -EBADF;
	if (!is_epoll(epf))
		return -EINVAL;
	if (timeout_ms >= 0)
		deadline = timeout_ms ? poll_deadline((u64)timeout_ms * NSEC_PER_MSEC) : 0;
	return ep_wait(epf->private, events, max, deadline);
}

/* There are no signal masks here: @sigmask must be NULL. */
long sys_epoll_pwait(int epfd, struct epoll_event *events, int max, int timeout_ms,
		     const void *sigmask)
{
	return sigmask ? -EINVAL : sys_epoll_wait(epfd, events, max, timeout_ms);
}

/* ---- the file ---- */

/* Readable if epoll_wait has something to say; what turns out to be old news goes. */
static u32 epoll_poll(struct file *f, struct poll_table *pt)
{
	struct epoll *ep = f->private;

	poll_wait(&ep->wq, pt);
	while (!list_empty(&ep->ready)) {
		struct watch *w = list_first_entry(&ep->ready, struct watch, ready_node);

		watch_clear_ready(w);
		if (!watch_poll(w, NULL))
			continue;
		watch_mark_ready(w);
		return POLLIN | POLLRDNORM;
	}
	return 0;
}

static int epoll_stat(struct file *f, struct stat *st)
{
	st->st_mode = 0600;
	return 0;
}

static void epoll_release(struct file *f)
{
	struct epoll *ep = f->private;
	struct watch *w, *tmp;

	list_for_each_entry_safe(w, tmp, &ep->watches, ep_node)
		watch_remove(w);
	kfree(ep);
}

static const struct file_operations epoll_file_ops = {
	.poll = epoll_poll,
	.stat = epoll_stat,
	.release = epoll_release,
};

long sys_epoll_create1(int flags)
{
	struct epoll *ep;
	struct file *f;
	int fd;

	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	ep = kzalloc(sizeof(*ep));
	if (!ep)
		return -ENOMEM;
	list_init(&ep->ready);
	list_init(&ep->watches);
	wait_queue_init(&ep->wq);
	f = file_alloc(&epoll_file_ops, O_RDWR, ep);
	if (!f) {
		kfree(ep);
		return -ENOMEM;
	}
	fd = fd_install(f, 0, flags & EPOLL_CLOEXEC);
	if (fd < 0)
		fput(f);
	return fd;
}

long sys_epoll_create(int size)
{
	return size > 0 ? sys_epoll_create1(0) : -EINVAL;
}
