/*
 * The timer wheel against an oracle: a hundred thousand timers with random times over eleven orders
 * of magnitude, moved and deleted at random.
 */
#include "kern.h"

#include "kernel/arch/host/library.h"
#include "kernel/arch/host/skbox.h"
#include "kernel/timer.h"

#define NR 100000
#define TICK (1ULL << 20)

struct entry {
	struct timer timer;
	bool armed;
	u64 expires;
	u32 fired;
};

static struct entry entries[NR];
static u32 nr_armed, nr_fired;

static void entry_fired(struct timer *t)
{
	struct entry *e = container_of(t, struct entry, timer);

	assert_true(e->armed);
	assert_false(timer_pending(t));
	assert_true(ktime_ns() >= e->expires);
	assert_true(ktime_ns() - e->expires <= TICK);
	e->armed = false;
	e->fired++;
	nr_armed--;
	nr_fired++;
}

/* Between 1 ns and some 19 hours from now, each order of magnitude as likely. */
static u64 random_delay(void)
{
	u64 bits = (u64)test_random() << 32 | test_random();

	return bits >> (18 + test_random() % 46);
}

static void entry_arm(struct entry *e)
{
	nr_armed += !e->armed;
	e->armed = true;
	e->expires = ktime_ns() + random_delay();
	timer_mod(&e->timer, e->expires);
}

static void entry_del(struct entry *e)
{
	assert_int_equal(timer_del(&e->timer), e->armed);
	nr_armed -= e->armed;
	e->armed = false;
}

static u64 earliest(void)
{
	u64 first = UINT64_MAX;

	for (int i = 0; i < NR; i++) {
		if (entries[i].armed && entries[i].expires < first)
			first = entries[i].expires;
	}
	return first;
}

static void check_all(void)
{
	for (int i = 0; i < NR; i++) {
		assert_int_equal(timer_pending(&entries[i].timer), entries[i].armed);
		if (entries[i].armed)
			assert_true(entries[i].expires + TICK > ktime_ns());
	}
}

static void test_many(void **state)
{
	for (int i = 0; i < NR; i++) {
		timer_init(&entries[i].timer, entry_fired);
		entry_arm(&entries[i]);
	}
	assert_int_equal(nr_armed, NR);
	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < 2000; i++) {
			struct entry *e = &entries[test_random() % NR];

			if (test_random() % 3)
				entry_arm(e);
			else
				entry_del(e);
		}
		u64 first = earliest();
		u64 next = timer_next();

		assert_true(next >= first && next - first <= TICK);
		skbox_advance(random_delay());
		check_all();
	}
	skbox_advance(1ULL << 47);
	assert_int_equal(nr_armed, 0);
	assert_true(nr_fired > NR / 2);
	assert_true(skbox_next_timer() == SKBOX_NEVER);
}

static int order[8], nr_order;

static void note(struct timer *t);

static struct timer seq[8];

static void note(struct timer *t)
{
	order[nr_order++] = (int)(t - seq);
}

static void test_order(void **state)
{
	static const int delay_ms[] = { 900, 3, 70, 5000, 2, 64, 65, 4200 };
	static const int want[] = { 4, 1, 5, 6, 2, 0, 7, 3 };

	for (int i = 0; i < 8; i++) {
		timer_init(&seq[i], note);
		timer_mod(&seq[i], ktime_ns() + (u64)delay_ms[i] * NSEC_PER_MSEC);
	}
	skbox_advance(10 * NSEC_PER_SEC);
	assert_memory_equal(order, want, sizeof(want));
}

static u32 rearmed;

static void rearm(struct timer *t)
{
	if (++rearmed < 1000)
		timer_mod(t, ktime_ns() + 10 * NSEC_PER_MSEC);
}

/* A timer that arms itself again keeps its rhythm, however far the clock jumps at once. */
static void test_rearm(void **state)
{
	struct timer t;
	u64 start = ktime_ns();

	timer_init(&t, rearm);
	timer_mod(&t, start + 10 * NSEC_PER_MSEC);
	skbox_advance(100 * NSEC_PER_SEC);
	assert_int_equal(rearmed, 1000);
	assert_false(timer_pending(&t));
}

static struct timer victim, killer;
static bool victim_fired;

static void victim_fn(struct timer *t)
{
	victim_fired = true;
}

static void killer_fn(struct timer *t)
{
	assert_true(timer_del(&victim));
}

/* Both are due and collected together; the first still can stop the second. */
static void test_del_when_due(void **state)
{
	u64 at = ktime_ns() + NSEC_PER_SEC;

	timer_init(&killer, killer_fn);
	timer_init(&victim, victim_fn);
	timer_mod(&killer, at);
	timer_mod(&victim, at);
	skbox_advance(2 * NSEC_PER_SEC);
	assert_false(victim_fired);
	assert_false(timer_pending(&victim));
}

static void test_past_and_never(void **state)
{
	timer_init(&victim, victim_fn);
	timer_mod(&victim, 0);
	skbox_advance(0);
	assert_true(victim_fired);
	timer_mod(&victim, UINT64_MAX);
	assert_true(skbox_next_timer() > 1ULL << 60);
	assert_true(timer_del(&victim));
	assert_false(timer_del(&victim));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),	       cmocka_unit_test(test_order),
		cmocka_unit_test(test_rearm),	       cmocka_unit_test(test_del_when_due),
		cmocka_unit_test(test_past_and_never),
	};

	kern_start("quiet");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
