/*
 * Interrupt lines of the host build: each is a descriptor that ppoll() watches; and the clocks.
 */
#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <time.h>

#include "kernel/arch/host/hostio.h"

#define NR_LINES 64

static struct pollfd lines[NR_LINES]; /* fd < 0: masked or free */
static int fds[NR_LINES];
static int nr_lines;

int host_irq_alloc(int fd)
{
	if (nr_lines == NR_LINES)
		return -ENOSPC;
	fds[nr_lines] = fd;
	lines[nr_lines] = (struct pollfd){ .fd = -1, .events = POLLIN };
	return nr_lines++;
}

void host_irq_enable(int irq, bool on)
{
	if (irq >= 0 && irq < nr_lines)
		lines[irq].fd = on ? fds[irq] : -1;
}

static struct timespec time_until(uint64_t deadline)
{
	uint64_t now = host_clock_ns();
	uint64_t ns = deadline > now ? deadline - now : 0;

	return (struct timespec){ (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
}

uint64_t host_poll(uint64_t deadline)
{
	struct timespec wait = time_until(deadline);
	uint64_t raised = 0;

	if (ppoll(lines, (nfds_t)nr_lines, deadline == UINT64_MAX ? NULL : &wait, NULL) <= 0)
		return 0;
	for (int i = 0; i < nr_lines; i++) {
		if (lines[i].fd >= 0 && lines[i].revents)
			raised |= 1ULL << i;
	}
	return raised;
}

uint64_t host_clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t host_realtime_s(void)
{
	return (uint64_t)time(NULL);
}

uint64_t host_cycles(void)
{
	return __builtin_ia32_rdtsc();
}

bool host_random(uint64_t *seed)
{
	return getrandom(seed, sizeof(*seed), 0) == sizeof(*seed);
}
