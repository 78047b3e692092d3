/*
 * Standard input and output as the kernel's console, and the end of the process. The terminal is
 * raw while we run, and put right again however we end.
 */
#include <errno.h>
#include <execinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "kernel/arch/host/host_private.h"

__attribute__((weak)) void __sanitizer_print_stack_trace(void);

static struct termios saved;
static bool raw;

static void restore_terminal(void)
{
	if (raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	raw = false;
}

/* Ends as if nobody had caught the signal, which is what our parent expects to see. */
static void end_by_signal(int sig)
{
	restore_terminal();
	host_net_cleanup();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void set_raw(void)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &saved) < 0)
		return;
	t = saved;
	cfmakeraw(&t);
	raw = true;
	tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

int host_console_open(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	atexit(restore_terminal);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		signal(ends[i], end_by_signal);
	signal(SIGPIPE, SIG_IGN);
	if (isatty(STDIN_FILENO))
		set_raw();
	return STDIN_FILENO;
}

static void write_all(const char *s, size_t len)
{
	while (len) {
		ssize_t n = write(STDOUT_FILENO, s, len);

		if (n < 0 && errno == EAGAIN) {
			poll(&(struct pollfd){ .fd = STDOUT_FILENO, .events = POLLOUT }, 1, -1);
			continue;
		}
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			s += n;
			len -= (size_t)n;
		}
	}
}

void host_console_write(const char *s, size_t len)
{
	while (raw && len) {
		const char *newline = memchr(s, '\n', len);
		size_t n = newline ? (size_t)(newline - s) : len;

		write_all(s, n);
		if (!newline)
			return;
		write_all("\r\n", 2);
		s += n + 1;
		len -= n + 1;
	}
	write_all(s, len);
}

void host_backtrace(void)
{
	void *frames[32];

	restore_terminal();
	if (__sanitizer_print_stack_trace)
		__sanitizer_print_stack_trace();
	else
		backtrace_symbols_fd(frames, backtrace(frames, 32), STDERR_FILENO);
}

void host_exit(int status)
{
	host_net_cleanup();
	exit(status);
}

void host_abort(void)
{
	restore_terminal();
	host_net_cleanup();
	abort();
}
