/*
 * sh: the shell. Interactive on a console, else it runs a file, the text behind -c, or its standard
 * input.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"
#include "sh/edit.h"
#include "sh/sh.h"

#define PROMPT "skbox# "
#define PROMPT_MORE "> "

/* Is the text a whole command, or does it need more lines? */
static bool is_whole(const char *text)
{
	struct arena a = { 0 };
	struct node *tree;
	char *near;
	bool whole = sh_parse(&a, text, &tree, &near) != PARSE_UNFINISHED;

	arena_free(&a);
	return whole;
}

static void update_columns(struct sh *sh)
{
	const char *text = sh_get(sh, "COLUMNS");
	long columns;

	if (text && app_number(text, 20, 1000, &columns))
		editor_set_columns(sh->editor, columns);
}

static void add_line(struct sh *sh, struct str *command)
{
	editor_remember(sh->editor, editor_line(sh->editor));
	if (command->len)
		str_putc(command, '\n');
	str_puts(command, editor_line(sh->editor));
}

/* One command, of as many lines as it takes. False: end of input. */
static bool read_command(struct sh *sh, struct str *command)
{
	command->len = 0;
	do {
		switch (editor_read(sh->editor, command->len ? PROMPT_MORE : PROMPT)) {
		case EDIT_EOF:
			return false;
		case EDIT_INTERRUPT:
			command->len = 0;
			str_puts(command, "");
			sh->status = 130;
			return true;
		default:
			add_line(sh, command);
		}
	} while (!is_whole(command->s));
	return true;
}

/* A shell that another one has started for a part of a command is in that one's job. */
static int own_pgrp(void)
{
	char path[32], *text, *end;
	int pgrp = getpid();

	snprintf(path, sizeof(path), "/proc/%d/stat", pgrp);
	text = text_read(path);
	end = text ? strrchr(text, ')') : NULL;
	if (end)
		sscanf(end, ") %*c %*d %d", &pgrp);
	free(text);
	return pgrp;
}

static int run_interactive(struct sh *sh)
{
	struct str command = { 0 };

	sh->interactive = true;
	app_catch(SIGINT);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sh->pgrp = own_pgrp();
	tcsetpgrp(0, sh->pgrp);
	while (!sh->exiting) {
		sh_jobs_report(sh, false);
		update_columns(sh);
		sh->interrupted = false;
		sh->breaking = sh->continuing = 0;
		app_caught_clear();
		if (!read_command(sh, &command)) {
			fputs("exit\n", stderr);
			break;
		}
		/* A Ctrl-C may have come right behind the line. */
		if (sh_leaving(sh))
			sh->status = 130;
		else
			sh_run_text(sh, command.s);
	}
	return sh->status;
}

/* Reads all of standard input, then runs it: for `echo commands | sh`. */
static int run_stdin(struct sh *sh)
{
	struct str text = { 0 };
	char buf[256];
	ssize_t n;

	while ((n = read(0, buf, sizeof(buf))) > 0)
		str_add(&text, buf, n);
	if (text.s)
		sh_run_text(sh, text.s);
	str_free(&text);
	return sh->status;
}

static int run_script(struct sh *sh, const char *path)
{
	if (sh_run_file(sh, path) >= 0)
		return sh->status;
	app_perror("sh", path);
	return 127;
}

int main(int argc, char **argv)
{
	struct sh *sh = calloc(1, sizeof(*sh));
	const char *text = NULL;
	int c;

	if (!sh)
		return app_error("sh", "out of memory");
	while ((c = getopt(argc, argv, "+:c:ex")) != -1) {
		if (c == 'c')
			text = optarg;
		else if (c == 'e')
			sh->exit_on_error = true;
		else if (c == 'x')
			sh->trace = true;
		else
			return app_badopt(argv, c);
	}
	sh->argc = argc - optind;
	sh->argv = argv + optind;
	if (!sh->argc) {
		sh->argc = 1;
		sh->argv = argv;
	}
	if (text)
		sh_run_text(sh, text);
	else if (optind < argc)
		return run_script(sh, argv[optind]);
	else if (isatty(0) && (sh->editor = editor_new()))
		return run_interactive(sh);
	else
		return run_stdin(sh);
	return sh->status;
}
