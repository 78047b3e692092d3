/*
 * The border inside the host build. Files named host_*.c are its outer side: they include the
 * machine's own headers and call Linux. Everything else is the kernel, which sees neither. Only
 * basic types cross, results are -errno (Linux's numbers are ours), and no call blocks except
 * host_wait.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- descriptors, for drivers ---- */

/*
 * An interrupt line for @fd, for request_irq(): it is raised whenever @fd is readable, again and
 * again until it has been read empty (level-triggered). Masked from the start. -ENOSPC: no line
 * left.
 */
int host_irq_alloc(int fd);

/* A descriptor on tap device @name, one frame a read or write, non-blocking; or -errno. */
int host_tap_open(const char *name);

/*
 * A datagram socket as QEMU's -netdev dgram speaks it, one frame a datagram: bound to @local,
 * sending to @remote. Each is a path (AF_UNIX) or ADDRESS:PORT (UDP over IPv4, numeric). The peer
 * may come later. Non-blocking; or -errno.
 */
int host_dgram_open(const char *local, const char *remote);

struct host_iovec {
	const void *base;
	size_t len;
};

/* Bytes, or -errno (-EAGAIN: nothing there, or no room). A peer that is not there yet is -ENOTCONN
 * or -ECONNREFUSED. */
long host_read(int fd, void *buf, size_t len);
long host_write(int fd, const void *buf, size_t len);
long host_writev(int fd, const struct host_iovec *iov, int n);
void host_close(int fd);

/* The @n'th (from 0) --tap NAME or --dgram LOCAL,REMOTE of the command line; NULL past the end. */
const char *host_option_tap(int n);
const char *host_option_dgram(int n, const char **remote);
/* The file of --initrd; NULL: none. */
const char *host_option_initrd(void);

/* ---- interrupts and time, for the machine ---- */

/* Lines that host_poll looks at. */
void host_irq_enable(int irq, bool on);

/*
 * Bit n set: line n is raised. Waits for one until @deadline (ns on host_clock_ns's clock; 0: does
 * not wait, UINT64_MAX: for ever).
 */
uint64_t host_poll(uint64_t deadline);

uint64_t host_clock_ns(void); /* monotonic */
uint64_t host_realtime_s(void);
uint64_t host_cycles(void);
bool host_random(uint64_t *seed);

/* ---- memory ---- */

void *host_ram_alloc(size_t size); /* zeroed, page aligned, or NULL */
/* A stack with an inaccessible page below; NULL without memory. */
void *host_stack_alloc(size_t size);
void host_stack_free(void *stack, size_t size);
/* Tells the address sanitizer what may be touched. No-ops where it is not linked in. */
void host_poison(const void *addr, size_t size);
void host_unpoison(const void *addr, size_t size);
/* The file's bytes, for ever; NULL: *@err is -errno. */
const void *host_file_map(const char *path, size_t *len, int *err);

/* ---- fibers: what a task's context is ---- */

struct host_fiber {
	void *sp; /* where it was left */
	const void *stack;
	size_t size;
	void *fake_stack; /* the address sanitizer's */
};

/* @fiber will run @fn(@arg), which must not return, on [@stack, @stack + @size). */
void host_fiber_init(struct host_fiber *fiber, void *stack, size_t size, void (*fn)(void *),
		     void *arg);
/* Leaves @from, the one that runs, and continues @to. */
void host_fiber_switch(struct host_fiber *from, struct host_fiber *to);

/* ---- console and the end ---- */

int host_console_open(void); /* standard input raw, if it is a terminal; its descriptor */
void host_console_write(const char *s,
			size_t len); /* '\n' becomes CR LF where the terminal is raw */
void host_backtrace(void);
void host_exit(int status) __attribute__((noreturn));
void host_abort(void) __attribute__((noreturn));
