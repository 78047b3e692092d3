/*
 * The signals of abi/signal.h by name.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "signals.h"
#include "util.h"

static const struct {
	const char *name;
	int number;
} names[] = {
	{ "HUP", SIGHUP },   { "INT", SIGINT },	  { "QUIT", SIGQUIT }, { "ABRT", SIGABRT },
	{ "KILL", SIGKILL }, { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV }, { "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE }, { "ALRM", SIGALRM }, { "TERM", SIGTERM }, { "CHLD", SIGCHLD },
};

int signal_number(const char *name)
{
	long number;

	if (app_number(name, 0, NSIG - 1, &number))
		return number;
	if (!strncasecmp(name, "SIG", 3))
		name += 3;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcasecmp(name, names[i].name))
			return names[i].number;
	return -1;
}

void signals_list(void)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		printf("%2d) SIG%s\n", names[i].number, names[i].name);
}
