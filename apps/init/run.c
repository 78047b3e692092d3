/*
 * Starting tasks for init: plain commands directly, everything else through the shell.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/util.h"
#include "init.h"

#define MAX_WORDS 32

/* The app that runs @words[0], after "/bin/" and the like; NULL: the shell has to look at it. */
static const char *plain_app(char **words)
{
	const char *slash = strrchr(words[0], '/');
	const char *name = slash ? slash + 1 : words[0];
	const struct app *app = strncmp(words[0], "/etc/", 5) ? app_by_name(name) : NULL;

	return app ? app->name : NULL;
}

static pid_t start_shell(const char *command)
{
	char *argv[] = { "sh", "-c", (char *)command, NULL };

	return spawn("sh", argv, SPAWN_NEWPGRP);
}

static pid_t start_words(const char *command)
{
	char *words[MAX_WORDS + 1] = { NULL }, *copy = strdup(command);
	const char *app;
	pid_t pid;

	if (!copy)
		return -1;
	words[text_fields(copy, words, MAX_WORDS)] = NULL;
	app = words[0] ? plain_app(words) : NULL;
	pid = app ? spawn(app, words, SPAWN_NEWPGRP) : start_shell(command);
	free(copy);
	return pid;
}

pid_t init_start(const char *command)
{
	pid_t pid = strpbrk(command, "'\"\\$`;&|<>(){}*?#=") ? start_shell(command) :
							       start_words(command);

	if (pid < 0)
		app_perror("init", command);
	return pid;
}

void init_child_ended(struct inittab_entry *tab, pid_t pid)
{
	for (struct inittab_entry *e = tab; e; e = e->next)
		if (e->pid == pid)
			e->pid = 0;
}

void init_run(const char *command, struct inittab_entry *tab)
{
	pid_t pid = init_start(command), ended;

	if (pid < 0)
		return;
	tcsetpgrp(0, pid);
	do {
		ended = waitpid(-1, NULL, 0);
		if (ended > 0)
			init_child_ended(tab, ended);
	} while (ended != pid && (ended > 0 || errno == EINTR));
	tcsetpgrp(0, 0);
}
