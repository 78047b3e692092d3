/*
 * See kern.h.
 */
#include "kern.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/arch/host/library.h"
#include "kernel/init.h"

extern bool host_irq_flag;

void kern_start(const char *cmdline)
{
	library.on = true;
	kernel_init(cmdline);
	host_irq_flag = true;
	library_settle();
}

/* How a child that calls @fn ends. */
static int run_in_child(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		/* cmocka would make a failed test of it. */
		signal(SIGABRT, SIG_DFL);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

void assert_panics(void (*fn)(void))
{
	int status = run_in_child(fn);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

void assert_sanitizer_stops(void (*fn)(void))
{
	int status = run_in_child(fn);

	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 0);
}

u32 test_random(void)
{
	static u64 state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (u32)(state >> 16);
}
