/*
 * Messages: each line gets its time, goes into a ring of text that dmesg reads, and, if it is
 * urgent enough, to the console. Works in any context and from the first instruction on. Formatting
 * itself is libc's.
 */
#include "kernel/printk.h"

#include <string.h>

#include "kernel/arch.h"
#include "kernel/irq.h"
#include "kernel/timer.h"

#define LOG_SIZE (32 * 1024) /* a power of two */
#define LINE_MAX_LEN 512
#define DEFAULT_LEVEL 4
#define RATELIMIT_NS (5 * NSEC_PER_SEC)
#define RATELIMIT_BURST 10

int console_loglevel = 7;

/* guarded by irq_save */
static char ring[LOG_SIZE];
static u64 ring_head;  /* bytes ever written */
static u64 ring_start; /* the first one that dmesg shows */
static bool mid_line;  /* the last message did not end its line */

static void ring_write(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ring[ring_head++ % LOG_SIZE] = s[i];
}

/* Takes a "<n>" prefix off @fmt; the level, or -1 where there is none. */
static int take_level(const char **fmt)
{
	const char *s = *fmt;

	if (s[0] != '<' || s[1] < '0' || s[1] > '7' || s[2] != '>')
		return -1;
	*fmt = s + 3;
	return s[1] - '0';
}

void vprintk(const char *fmt, va_list ap)
{
	static int level = DEFAULT_LEVEL;
	unsigned long flags = irq_save();
	u64 now = ktime_ns();
	char line[LINE_MAX_LEN];
	size_t len = 0;
	int given = take_level(&fmt);
	int n;

	if (!mid_line) {
		level = given < 0 ? DEFAULT_LEVEL : given;
		len = (size_t)snprintf(line, sizeof(line), "[%5llu.%06llu] ",
				       (unsigned long long)(now / NSEC_PER_SEC),
				       (unsigned long long)(now % NSEC_PER_SEC / NSEC_PER_USEC));
	}
	n = vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof(line) - len) {
		n = (int)(sizeof(line) - len - 1);
		line[len + (size_t)n - 1] = '\n';
	}
	len += (size_t)n;
	mid_line = n == 0 || line[len - 1] != '\n';
	ring_write(line, len);
	if (level < console_loglevel)
		arch_console_write(line, len);
	irq_restore(flags);
}

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
}

bool printk_ratelimit(u64 state[2])
{
	unsigned long flags = irq_save();
	u64 now = ktime_ns();
	bool ok;

	if (state[1] == 0 || now - state[0] >= RATELIMIT_NS) {
		state[0] = now;
		state[1] = 0;
	}
	ok = state[1] < RATELIMIT_BURST;
	if (ok)
		state[1]++;
	irq_restore(flags);
	return ok;
}

/* Where a reader with room for @size bytes starts: at the beginning of a line. */
static u64 read_start(size_t size)
{
	u64 oldest = ring_head > LOG_SIZE ? ring_head - LOG_SIZE : 0;
	u64 pos = ring_start;

	if (pos >= oldest && ring_head - pos <= size)
		return pos;
	pos = max(oldest, ring_head - min((u64)size, ring_head));
	while (pos < ring_head && ring[pos++ % LOG_SIZE] != '\n')
		continue;
	return pos;
}

size_t klog_read(char *buf, size_t size)
{
	unsigned long flags = irq_save();
	size_t len = 0;

	for (u64 pos = read_start(size); pos < ring_head; pos++)
		buf[len++] = ring[pos % LOG_SIZE];
	irq_restore(flags);
	return len;
}

void klog_clear(void)
{
	unsigned long flags = irq_save();

	ring_start = ring_head;
	irq_restore(flags);
}
