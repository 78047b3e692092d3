/* Signals. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "libc/internal.h"
#include "libc/syscall.h"

sighandler_t signal(int sig, sighandler_t handler)
{
	sighandler_t old = SIG_DFL;

	return __ret(sys(SYS_rt_sigaction, sig, handler, &old)) < 0 ? SIG_ERR : old;
}

int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	/* The kernel tells the old handler only when it gets a new one. */
	sighandler_t was = signal(sig, act ? act->sa_handler : SIG_IGN);

	if (was == SIG_ERR)
		return -1;
	if (!act)
		signal(sig, was);
	if (old)
		*old = (struct sigaction){ .sa_handler = was };
	return 0;
}

int kill(pid_t pid, int sig)
{
	return (int)__ret(sys(SYS_kill, pid, sig));
}

int raise(int sig)
{
	return kill(getpid(), sig);
}

static sigset_t sig_bit(int sig)
{
	if (sig > 0 && sig < NSIG)
		return 1UL << sig;
	errno = EINVAL;
	return 0;
}

int sigemptyset(sigset_t *set)
{
	*set = 0;
	return 0;
}

int sigfillset(sigset_t *set)
{
	*set = ~0UL;
	return 0;
}

int sigaddset(sigset_t *set, int sig)
{
	*set |= sig_bit(sig);
	return sig_bit(sig) ? 0 : -1;
}

int sigdelset(sigset_t *set, int sig)
{
	*set &= ~sig_bit(sig);
	return sig_bit(sig) ? 0 : -1;
}

int sigismember(const sigset_t *set, int sig)
{
	return sig_bit(sig) ? (*set & sig_bit(sig)) != 0 : -1;
}
