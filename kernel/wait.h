/*
 * Wait queues: where tasks sleep until a condition may have changed. A sleep always checks its
 * condition after it has queued itself, so no wake-up is lost, and it ends by condition, deadline
 * or signal.
 */
#pragma once

#include "kernel/list.h"
#include "kernel/types.h"

struct task;

struct wait_queue {
	struct list_head waiters; /* guarded by irq_save */
};

/*
 * One sleeper's place in one queue, on the sleeper's stack; poll() has several. Or, with @fn, what
 * is to be called instead of a task being woken: it says whether the wake-up was of use to anybody,
 * in hardirq's or softirq's context or a task's with irq_save, and may wake other queues.
 */
struct waiter {
	struct list_head node;
	struct task *task;
	bool (*fn)(struct waiter *w, u32 events);
	u32 events;	/* POLL* bits that it waits for; 0: any */
	bool exclusive; /* a wake-up is for one of these only */
};

#define WAIT_QUEUE_INIT(name)                                                                      \
	{                                                                                          \
		LIST_HEAD_INIT((name).waiters)                                                     \
	}
#define WAIT_FOREVER UINT64_MAX

void wait_queue_init(struct wait_queue *wq);

static inline bool wait_queue_active(const struct wait_queue *wq)
{
	return !list_empty(&wq->waiters);
}

/* Wakes every waiter, but at most one exclusive one. Any context. */
void wake_up(struct wait_queue *wq);
/* The same, leaving out those that wait for none of @events (POLL*). Any context. */
void wake_up_poll(struct wait_queue *wq, u32 events);
/* Wakes every waiter. Any context. */
void wake_up_all(struct wait_queue *wq);

/*
 * The pieces of a sleep, for wait_event and poll: prepare marks the task as sleeping and queues @w;
 * wait_schedule gives up the CPU until woken or @deadline (ns, ktime_ns's clock; WAIT_FOREVER);
 * finish makes it runnable and takes @w out. Task. wait_schedule returns 0, -ETIMEDOUT when the
 * deadline has passed, or -EINTR when a signal is pending.
 */
void wait_prepare(struct wait_queue *wq, struct waiter *w);
/* Only queues @w, and takes it out: for one with fn, whose owner does not sleep. Any context. */
void wait_queue_add(struct wait_queue *wq, struct waiter *w);
void wait_queue_del(struct waiter *w);
int wait_schedule(u64 deadline);
void wait_finish(struct waiter *w);

/*
 * Sleeps on @wq until @cond is true. 0: it is; -ETIMEDOUT: @deadline passed first; -EINTR: a signal
 * came first.
 * @cond is evaluated many times. Task that holds no bh-disable and no irq_save.
 */
#define wait_event_deadline(wq, cond, deadline)                                                    \
	({                                                                                         \
		struct waiter we_w_ = { .exclusive = false };                                      \
		int we_err_ = 0;                                                                   \
		for (;;) {                                                                         \
			wait_prepare(wq, &we_w_);                                                  \
			if (cond) {                                                                \
				we_err_ = 0;                                                       \
				break;                                                             \
			}                                                                          \
			if (we_err_)                                                               \
				break;                                                             \
			we_err_ = wait_schedule(deadline);                                         \
		}                                                                                  \
		wait_finish(&we_w_);                                                               \
		we_err_;                                                                           \
	})

#define wait_event(wq, cond) wait_event_deadline(wq, cond, WAIT_FOREVER)
