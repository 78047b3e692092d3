/*
 * Messages: printk with Linux's levels into a ring buffer (dmesg) and to the console, and panic.
 */
#pragma once

#include <stdarg.h>

#include "kernel/types.h"

/* "<level>" prefixes, as Linux numbers them; a message without one is KERN_WARNING. */
#define KERN_EMERG "<0>"
#define KERN_ALERT "<1>"
#define KERN_CRIT "<2>"
#define KERN_ERR "<3>"
#define KERN_WARNING "<4>"
#define KERN_NOTICE "<5>"
#define KERN_INFO "<6>"
#define KERN_DEBUG "<7>"

/* Logs one line (end it with '\n'). Any context. Messages above console_loglevel only reach the
 * ring buffer. */
void printk(const char *fmt, ...) __printf(1, 2);
void vprintk(const char *fmt, va_list ap);

/* True at most 10 times in 5 s for each call site's @state (zeroed static u64[2]). Any context. */
bool printk_ratelimit(u64 state[2]);

/* Messages with a level below this number are printed on the console (default 7, `quiet`: 4). */
extern int console_loglevel;

/* Copies the last @size bytes of the log to @buf; returns the number of bytes copied. Task. */
size_t klog_read(char *buf, size_t size);
void klog_clear(void);

/*
 * Stops the system over a broken invariant of our own: prints @fmt, registers and a backtrace with
 * names, then follows panic=: 0 waits for ever, N > 0 resets after N seconds, N < 0 resets at once.
 * Any context.
 */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;

/* vsnprintf/snprintf as in C99 (no floating point). Pure; any context. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#define BUG_ON(cond)                                                                               \
	do {                                                                                       \
		if (unlikely(cond))                                                                \
			panic("BUG at %s:%d: %s", __FILE__, __LINE__, #cond);                      \
	} while (0)
