/*
 * The clock. Its rate comes from the hypervisor's or the CPU's own word where that can be trusted,
 * else from a short measurement against a reference counter, made better after a second. A CPU
 * without TSC reads the reference counter itself. Reading the TSC takes no division and no lock:
 * rate and starting point lie in one struct, and a change of rate is a change of pointer.
 */
#include "clock.h"

#include "cpu_x86.h"
#include "kernel/arch.h"
#include "kernel/timer.h"
#include "lapic.h"
#include "refclock.h"

#define MEASURE_NS (2 * NSEC_PER_MSEC)
#define REFINE_AFTER NSEC_PER_SEC
#define REFINE_BEFORE (100 * NSEC_PER_SEC) /* beyond, the sums below would wrap */
#define SAMPLES 4

struct rate {
	u64 base_tsc;
	u64 base_ns;
	u64 mult;	  /* ns per tick, times 2^32 */
	u64 ticks_per_ns; /* times 2^32 */
	u64 hz;		  /* 0: there is no TSC */
};

/* All counters, read at nearly one moment. */
struct sample {
	u64 tsc;
	u32 ref;
	u32 lapic;
};

static struct rate rates[2];
static const struct rate *rate = &rates[0];
static u64 last_ns;

static const struct refclock *ref;
static u64 ref_mult;  /* ns per tick of @ref, times 2^32 */
static u64 ref_ticks; /* no TSC: of @ref since boot; guarded by irq_save */
static u32 ref_last;

static bool have_lapic;
static u64 lapic_hz;
static struct sample first;
static bool refined;

bool cpu_has_tsc(void)
{
	static s8 known; /* 1: yes, -1: no */

	if (!known)
		known = cpuid_or_zero(1).edx & 1 << 4 ? 1 : -1;
	return known > 0;
}

static u64 ref_clock_ns(void)
{
	unsigned long flags = arch_irq_save();
	u32 now = ref->read() & ref->mask;

	ref_ticks += (now - ref_last) & ref->mask;
	ref_last = now;
	arch_irq_restore(flags);
	return mul_shift32(ref_ticks, ref_mult);
}

u64 arch_clock_ns(void)
{
	const struct rate *r = READ_ONCE(rate);
	u64 ns;

	if (unlikely(!r->hz))
		return ref ? ref_clock_ns() : 0;
	ns = r->base_ns + mul_shift32(rdtsc() - r->base_tsc, r->mult);
	if (unlikely((s64)(ns - last_ns) < 0)) /* a TSC that was set back */
		return last_ns;
	last_ns = ns;
	return ns;
}

static void set_rate(u64 tsc, u64 ns, u64 hz)
{
	struct rate *next = rate == &rates[0] ? &rates[1] : &rates[0];

	*next = (struct rate){
		.base_tsc = tsc,
		.base_ns = ns,
		.mult = (NSEC_PER_SEC << 32) / hz,
		.ticks_per_ns = (hz << 30) / NSEC_PER_SEC << 2,
		.hz = hz,
	};
	barrier();
	WRITE_ONCE(rate, next);
}

/* The sample whose reads took the shortest time says best what was read when. */
static struct sample take_sample(void)
{
	struct sample best = { 0 };
	u64 shortest = UINT64_MAX;

	for (int i = 0; i < SAMPLES; i++) {
		u64 before = rdtsc();
		u32 counter = ref->read() & ref->mask;
		u64 after = rdtsc();

		if (after - before >= shortest)
			continue;
		shortest = after - before;
		best = (struct sample){ before + shortest / 2, counter, 0 };
		if (have_lapic)
			best.lapic = lapic_timer_count();
	}
	return best;
}

static u64 frequency(u64 ticks, u64 ref_elapsed)
{
	return ticks * ref->hz / ref_elapsed;
}

static void measure(void)
{
	u32 wait = MEASURE_NS * ref->hz / NSEC_PER_SEC;
	struct sample last;
	u32 elapsed;

	if (have_lapic)
		lapic_timer_start(UINT32_MAX);
	first = take_sample();
	while (((ref->read() - first.ref) & ref->mask) < wait)
		;
	last = take_sample();
	elapsed = (last.ref - first.ref) & ref->mask;
	lapic_hz = have_lapic ? frequency(first.lapic - last.lapic, elapsed) : 0;
	set_rate(first.tsc, 0, frequency(last.tsc - first.tsc, elapsed));
	if (have_lapic)
		lapic_timer_start(0);
}

/* The hypervisor's timing leaf (as VMware defined it), or without hypervisor the CPU's crystal
 * leaf. */
static bool told_by_cpuid(void)
{
	bool hypervisor = cpuid_or_zero(1).ecx & 1U << 31;
	struct cpuid c = hypervisor ? cpuid_or_zero(0x40000010) : cpuid_or_zero(0x15);

	if (hypervisor && c.eax && c.ebx) {
		set_rate(rdtsc(), 0, c.eax * 1000UL);
		lapic_hz = have_lapic ? c.ebx * 1000UL / 16 : 0;
		return true;
	}
	if (!hypervisor && c.eax && c.ebx && c.ecx) {
		set_rate(rdtsc(), 0, (u64)c.ecx * c.ebx / c.eax);
		lapic_hz = have_lapic ? c.ecx / 16 : 0;
		return true;
	}
	return false;
}

void clock_init(void)
{
	have_lapic = lapic_init();
	if (cpu_has_tsc() && told_by_cpuid()) {
		refined = true;
		return;
	}
	ref = refclock_init();
	ref_mult = (NSEC_PER_SEC << 32) / ref->hz;
	ref_last = ref->read() & ref->mask;
	if (cpu_has_tsc()) {
		measure();
		refined = ref->mask < 0xffffff; /* it wraps too often to be followed for a second */
		return;
	}
	have_lapic = false; /* too little to measure it by: the PIT does */
	refined = true;
}

bool clock_refine(u64 now)
{
	u64 expected, elapsed, hz;
	struct sample s;

	if (likely(refined) || now < REFINE_AFTER)
		return false;
	refined = true;
	if (now > REFINE_BEFORE)
		return false;
	s = take_sample();
	expected = mul_shift32(s.tsc - first.tsc, rate->mult) * ref->hz / NSEC_PER_SEC;
	elapsed = (s.ref - first.ref) & ref->mask;
	elapsed += ALIGN_DOWN(expected - elapsed + ref->mask / 2, (u64)ref->mask + 1);
	hz = frequency(s.tsc - first.tsc, elapsed);
	lapic_hz = lapic_hz * (hz / 1000) / (rate->hz / 1000);
	set_rate(s.tsc, rate->base_ns + mul_shift32(s.tsc - rate->base_tsc, rate->mult), hz);
	return true;
}

u64 clock_lapic_hz(void)
{
	return lapic_hz;
}

u64 clock_tsc_at(u64 ns)
{
	const struct rate *r = READ_ONCE(rate);

	return r->base_tsc + mul_shift32(ns - r->base_ns, r->ticks_per_ns);
}

u64 clock_max_sleep(void)
{
	return rate->hz ? UINT64_MAX : mul_shift32(ref->mask / 2, ref_mult);
}
