/*
 * Timers on a hierarchical wheel. Time is cut into ticks of 2^20 ns (about 1 ms); a timer belongs
 * to the first tick at whose beginning it has expired, so it never fires early. Eight levels of 64
 * slots cover all of 64-bit time:
 *
 *   tick (44 bits)   [ … | level 2: 6 bits | level 1: 6 bits | level 0: 6 bits ]
 *
 * A timer hangs on the level of the highest digit in which its tick differs from the wheel's time,
 * in the slot of that digit. When the wheel's time reaches the beginning of a slot above level 0,
 * the slot's timers move down. Everything on one level is due before anything above, so a bitmap
 * per level finds the next event in a few instructions.
 */
#include "kernel/timer.h"

#include "kernel/arch.h"
#include "kernel/irq.h"
#include "kernel/sched.h"
#include "kernel/softirq.h"

#define TICK_SHIFT 20
#define LAST_TICK (UINT64_MAX >> TICK_SHIFT)
#define LEVEL_BITS 6
#define SLOTS (1 << LEVEL_BITS)
#define LEVELS 8
#define NO_EVENT UINT64_MAX
#define FIRE_MAX 4096 /* in one run of the softirq; the rest follows in the next */

/* guarded by irq_save */
static struct list_head wheel[LEVELS][SLOTS];
static u64 occupied[LEVELS]; /* a bit per slot: it is not empty */
static u64 wheel_tick;	     /* the wheel's time; no timer on it is due before this */
static struct list_head expired = LIST_HEAD_INIT(expired); /* due, about to be called */
static u64 armed = NO_EVENT;				   /* what the clock is set to, ns */
static u64 slice_end = NO_EVENT;

void timer_init(struct timer *t, void (*fn)(struct timer *))
{
	list_init(&t->node);
	t->expires = 0;
	t->fn = fn;
}

/* The tick at whose beginning @ns has passed; the last one there is for the end of time. */
static u64 tick_after(u64 ns)
{
	u64 tick = (ns >> TICK_SHIFT) + ((ns & ((1ULL << TICK_SHIFT) - 1)) != 0);

	return min(tick, LAST_TICK);
}

static u64 tick_to_ns(u64 tick)
{
	return tick << TICK_SHIFT;
}

/* Sets the clock to @ns if it would otherwise come later. */
static void arm(u64 ns)
{
	if (ns >= armed)
		return;
	armed = ns;
	arch_timer_arm(ns);
}

static int level_of(u64 tick)
{
	u64 differs = tick ^ wheel_tick;

	return differs ? (63 - __builtin_clzll(differs)) / LEVEL_BITS : 0;
}

/* Hangs @t on the wheel; returns the tick of the event that this makes. */
static u64 wheel_add(struct timer *t)
{
	u64 tick = max(tick_after(t->expires), wheel_tick);
	int level = level_of(tick);
	int shift = level * LEVEL_BITS;
	int slot = (tick >> shift) & (SLOTS - 1);

	list_add_tail(&t->node, &wheel[level][slot]);
	occupied[level] |= 1ULL << slot;
	return tick >> shift << shift;
}

/* Takes @t off whichever list it is on, and notes when that was the last of a slot. */
static void unhook(struct timer *t)
{
	struct list_head *head = t->node.next;
	struct list_head *base = &wheel[0][0];

	list_del(&t->node);
	if (list_empty(head) && head >= base && head < base + LEVELS * SLOTS) {
		size_t n = (size_t)(head - base);

		occupied[n / SLOTS] &= ~(1ULL << n % SLOTS);
	}
}

void timer_mod(struct timer *t, u64 expires)
{
	unsigned long flags = irq_save();

	if (timer_pending(t))
		unhook(t);
	t->expires = expires;
	arm(tick_to_ns(wheel_add(t)));
	irq_restore(flags);
}

bool timer_del(struct timer *t)
{
	unsigned long flags = irq_save();
	bool was = timer_pending(t);

	if (was)
		unhook(t);
	irq_restore(flags);
	return was;
}

/* The level on which something happens next, -1 if the wheel is empty; *@tick is the beginning of
 * its slot *@slot. */
static int next_event(int *slot, u64 *tick)
{
	for (int level = 0; level < LEVELS; level++) {
		int shift = level * LEVEL_BITS;
		u64 prefix;

		if (!occupied[level])
			continue;
		*slot = __builtin_ctzll(occupied[level]);
		prefix = wheel_tick >> shift & ~(u64)(SLOTS - 1);
		*tick = (prefix | (u64)*slot) << shift;
		return level;
	}
	return -1;
}

static u64 next_event_ns(void)
{
	int slot;
	u64 tick;

	if (!list_empty(&expired))
		return 0;
	return next_event(&slot, &tick) < 0 ? NO_EVENT : tick_to_ns(tick);
}

u64 timer_next(void)
{
	unsigned long flags = irq_save();
	u64 first = next_event_ns();
	int slot;
	u64 tick;
	int level = next_event(&slot, &tick);
	struct timer *t;

	if (first != 0 && level > 0) {
		first = NO_EVENT;
		list_for_each_entry(t, &wheel[level][slot], node)
			first = min(first, tick_to_ns(tick_after(t->expires)));
	}
	irq_restore(flags);
	return first;
}

/* Moves all that is due by @now (ticks) from the wheel to the list of the expired. */
static void collect(u64 now)
{
	int slot, level;
	u64 tick;

	while ((level = next_event(&slot, &tick)) >= 0 && tick <= now) {
		struct list_head due = LIST_HEAD_INIT(due);
		struct timer *t, *tmp;

		list_splice_tail(&wheel[level][slot], level ? &due : &expired);
		occupied[level] &= ~(1ULL << slot);
		wheel_tick = tick;
		list_for_each_entry_safe(t, tmp, &due, node)
			wheel_add(t);
	}
	wheel_tick = max(wheel_tick, now);
}

static struct timer *take_expired(void)
{
	unsigned long flags = irq_save();
	struct timer *t = NULL;

	if (!list_empty(&expired)) {
		t = list_first_entry(&expired, struct timer, node);
		list_del(&t->node);
	}
	irq_restore(flags);
	return t;
}

static void run_timers(void)
{
	unsigned long flags = irq_save();
	struct timer *t;

	collect(ktime_ns() >> TICK_SHIFT);
	irq_restore(flags);
	for (int n = 0; n < FIRE_MAX && (t = take_expired()); n++)
		t->fn(t);
	flags = irq_save();
	if (list_empty(&expired))
		arm(next_event_ns());
	else
		raise_softirq(TIMER_SOFTIRQ);
	irq_restore(flags);
}

void timer_set_slice(u64 deadline)
{
	unsigned long flags = irq_save();

	slice_end = deadline;
	arm(deadline);
	irq_restore(flags);
}

void timer_interrupt(void)
{
	u64 now = ktime_ns();

	armed = NO_EVENT;
	if (now >= slice_end) {
		slice_end = NO_EVENT;
		sched_slice_over();
	}
	arm(slice_end);
	if (now >= next_event_ns())
		raise_softirq(TIMER_SOFTIRQ);
	else
		arm(next_event_ns());
}

void timers_init(void)
{
	for (int level = 0; level < LEVELS; level++) {
		for (int slot = 0; slot < SLOTS; slot++)
			list_init(&wheel[level][slot]);
	}
	wheel_tick = ktime_ns() >> TICK_SHIFT;
	open_softirq(TIMER_SOFTIRQ, run_timers);
}
