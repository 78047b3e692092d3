/* kill: sends a signal (TERM, -9, -INT, -s NAME) to tasks; -l lists the names. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/signals.h"
#include "lib/util.h"

static int kill_one(const char *word, int sig)
{
	long pid;

	if (!app_number(word, -0x7fffffff, 0x7fffffff, &pid))
		return app_error("kill", "%s: not a task", word);
	return kill(pid, sig) < 0 ? app_perror("kill", word) : 0;
}

int main(int argc, char **argv)
{
	int sig = SIGTERM, i = 1, status = 0;

	if (argc > 1 && !strcmp(argv[1], "-l"))
		return signals_list(), 0;
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return !app_help("kill");
	if (argc > 2 && argv[1][0] == '-') {
		const char *name = strcmp(argv[1], "-s") ? argv[1] + 1 : argv[++i];

		sig = signal_number(name);
		if (sig < 0)
			return app_error("kill", "%s: no such signal", name), 2;
		i++;
	}
	if (i >= argc)
		return app_usage("kill");
	for (; i < argc; i++)
		status |= kill_one(argv[i], sig);
	return status;
}
