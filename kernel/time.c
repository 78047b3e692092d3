/*
 * The two clocks: monotonic (the machine's) and civil time, which is the monotonic one plus an
 * offset that the battery clock sets at boot.
 */
#include "kernel/arch.h"
#include "kernel/timer.h"

static u64 realtime_offset; /* 0: not read yet */

u64 ktime_ns(void)
{
	return arch_clock_ns();
}

void realtime_set(u64 ns)
{
	realtime_offset = ns - ktime_ns();
}

u64 realtime_ns(void)
{
	if (!realtime_offset)
		realtime_set(arch_rtc_seconds() * NSEC_PER_SEC);
	return realtime_offset + ktime_ns();
}
