/*
 * Timers: a function to be called once in softirq context at a time on the monotonic clock. The
 * node lives in the caller's struct; adding, moving and removing are O(1) and never allocate, so a
 * hundred thousand can be armed.
 */
#pragma once

#include "kernel/list.h"
#include "kernel/types.h"

#define NSEC_PER_SEC 1000000000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_USEC 1000ULL

struct timer {
	struct list_head node;	    /* guarded by irq_save; empty (or zero): not armed */
	u64 expires;		    /* ns on ktime_ns's clock */
	void (*fn)(struct timer *); /* softirq; may re-arm or free the struct that holds @timer */
};

/* Prepares @t, not armed. Any context. */
void timer_init(struct timer *t, void (*fn)(struct timer *));

/* Arms or moves @t to @expires (ns, absolute; the past fires at once). It never fires early, and at
 * most 1.1 ms late while interrupts are on. Any context. */
void timer_mod(struct timer *t, u64 expires);

/* Disarms @t; true if it was armed. After it returns fn is not running (one CPU), unless we are
 * inside it. Any context. */
bool timer_del(struct timer *t);

static inline bool timer_pending(const struct timer *t)
{
	return t->node.next && !list_empty(&t->node);
}

/* Time of the next expiry, UINT64_MAX if nothing is armed. */
u64 timer_next(void);

/* Sets up TIMER_SOFTIRQ. Boot only. */
void timers_init(void);

/* The clock interrupt's top half: raises TIMER_SOFTIRQ if something is due. Hardirq, called by
 * arch/. */
void timer_interrupt(void);

/* Nanoseconds since boot, never going back. Any context. */
u64 ktime_ns(void);

/* Nanoseconds since 1970-01-01 00:00 UTC, from the RTC at boot plus ktime_ns (and clock_settime
 * since). Any context. */
u64 realtime_ns(void);
void realtime_set(u64 ns);
