/* The task's end. */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libc/internal.h"
#include "libc/syscall.h"

int atexit(void (*fn)(void))
{
	struct libc_block *b = __libc();

	if (b->nr_atexit == NR_ATEXIT) {
		errno = ENOMEM;
		return -1;
	}
	b->atexit[b->nr_atexit++] = fn;
	return 0;
}

void exit(int status)
{
	struct libc_block *b = __libc();

	while (b->nr_atexit)
		b->atexit[--b->nr_atexit]();
	fflush(NULL);
	_exit(status);
}

void _exit(int status)
{
	for (;;)
		sys(SYS_exit, status);
}

void _Exit(int status)
{
	_exit(status);
}

void abort(void)
{
	signal(SIGABRT, SIG_DFL);
	raise(SIGABRT);
	_exit(127);
}

void __libc_die(const char *what)
{
	dprintf(STDERR_FILENO, "%s\n", what);
	abort();
}

void __assert_fail(const char *expr, const char *file, int line, const char *func)
{
	fflush(NULL);
	dprintf(STDERR_FILENO, "%s:%d: %s: Assertion `%s' failed.\n", file, line, func, expr);
	abort();
}
