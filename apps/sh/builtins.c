/*
 * Commands that change the shell itself. `echo`, `test` and their kind are apps that the shell
 * calls without a task (simple.c).
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/util.h"
#include "edit.h"
#include "sh.h"

int kill_main(int argc, char **argv);

static int do_cd(struct sh *sh, int argc, char **argv)
{
	const char *old = sh_get(sh, "OLDPWD"), *to = argc > 1 ? argv[1] : "/";
	char cwd[128];
	bool back = !strcmp(to, "-");

	if (back && !old)
		return app_error("cd", "OLDPWD not set");
	if (!getcwd(cwd, sizeof(cwd)))
		return app_perror("cd", ".");
	to = back ? old : to;
	if (chdir(to) < 0)
		return app_perror("cd", to);
	if (back)
		puts(to);
	sh_set(sh, "OLDPWD", cwd);
	return 0;
}

static int do_pwd(struct sh *sh, int argc, char **argv)
{
	char cwd[128];

	if (!getcwd(cwd, sizeof(cwd)))
		return app_perror("pwd", ".");
	puts(cwd);
	return 0;
}

static int do_exit(struct sh *sh, int argc, char **argv)
{
	long status = sh->status;

	if (argc > 1 && !app_number_or_say("exit", "status", argv[1], -255, 255, &status))
		status = 2;
	sh->exiting = true;
	sh->status = status & 0xff;
	return sh->status;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct var *const *)a)->name, (*(struct var *const *)b)->name);
}

static int print_vars(struct sh *sh, bool exported, bool quoted)
{
	struct var **list;
	int n = 0, i = 0;

	for (struct var *v = sh->vars; v; v = v->next)
		n++;
	list = calloc(n + 1, sizeof(*list));
	if (!list)
		return app_error("sh", "out of memory");
	for (struct var *v = sh->vars; v; v = v->next)
		if (v->exported || !exported)
			list[i++] = v;
	qsort(list, i, sizeof(*list), by_name);
	for (n = 0; n < i; n++) {
		struct str value = { 0 };

		if (quoted)
			sh_quote(&value, list[n]->value);
		printf("%s=%s\n", list[n]->name, quoted ? value.s : list[n]->value);
		str_free(&value);
	}
	free(list);
	return 0;
}

static int do_export(struct sh *sh, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		size_t len = strcspn(argv[i], "=");
		char *value = argv[i][len] ? argv[i] + len + 1 : NULL;
		const char *old;
		struct var *v;

		if (!sh_is_name(argv[i], len))
			return app_error("export", "'%s': not a name", argv[i]);
		argv[i][len] = '\0';
		old = sh_get(sh, argv[i]);
		v = sh_set(sh, argv[i], value ? value : old ? old : "");
		if (v)
			v->exported = true;
	}
	return argc > 1 ? 0 : print_vars(sh, true, true);
}

static int do_env(struct sh *sh, int argc, char **argv)
{
	if (argc > 1)
		return app_error("env", "shows exported variables only; set them with export");
	return print_vars(sh, true, false);
}

static void set_positional(struct sh *sh, int argc, char **argv)
{
	char **copy = calloc(argc + 2, sizeof(*copy));

	if (!copy)
		return;
	/* $0 stays; the old ones stay allocated as somebody may be running over them. */
	copy[0] = sh->argv[0];
	for (int i = 0; i < argc; i++)
		copy[i + 1] = strdup(argv[i]);
	sh->argv = copy;
	sh->argc = argc + 1;
}

static int do_set(struct sh *sh, int argc, char **argv)
{
	if (argc == 1)
		return print_vars(sh, false, true);
	if (!strcmp(argv[1], "--")) {
		set_positional(sh, argc - 2, argv + 2);
		return 0;
	}
	for (int i = 1; i < argc; i++) {
		bool on = argv[i][0] == '-';

		if ((!on && argv[i][0] != '+') ||
		    (strcmp(argv[i] + 1, "e") && strcmp(argv[i] + 1, "x")))
			return app_error("set", "unknown option '%s' (-e -x +e +x)", argv[i]);
		if (argv[i][1] == 'e')
			sh->exit_on_error = on;
		else
			sh->trace = on;
	}
	return 0;
}

static int do_unset(struct sh *sh, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		sh_unset(sh, argv[i]);
	return 0;
}

static int do_shift(struct sh *sh, int argc, char **argv)
{
	if (sh->argc < 2)
		return 1;
	sh->argv[1] = sh->argv[0];
	sh->argv++;
	sh->argc--;
	return 0;
}

static int do_jobs(struct sh *sh, int argc, char **argv)
{
	sh_jobs_report(sh, true);
	return 0;
}

static int do_fg(struct sh *sh, int argc, char **argv)
{
	struct job *j = sh_job_find(sh, argc > 1 ? argv[1] : "%%");

	if (!j)
		return app_error("fg", "%s: no such job", argc > 1 ? argv[1] : "current");
	puts(j->text);
	fflush(stdout);
	return sh_job_run(sh, j);
}

static int wait_for(struct sh *sh, const char *word)
{
	struct job *j = NULL;
	int status;
	long pid;

	if (*word == '%')
		j = sh_job_find(sh, word);
	else if (app_number(word, 1, 0x7fffffff, &pid))
		j = sh_job_of(sh, pid);
	if (!j)
		return app_error("wait", "%s: not a child of this shell", word), 127;
	if (!sh_wait(sh, j))
		return 130;
	status = sh_status(j->status);
	sh_job_drop(sh, j);
	return status;
}

static int do_wait(struct sh *sh, int argc, char **argv)
{
	int status = 0;

	if (argc < 2)
		return sh_wait(sh, NULL) ? 0 : 130;
	for (int i = 1; i < argc && !sh_leaving(sh); i++)
		status = wait_for(sh, argv[i]);
	return status;
}

/* The tasks of @j that live, as words; how many. */
static int pids_of(const struct job *j, struct arena *a, char **words)
{
	int n = 0;

	for (int i = 0; i < j->nr_pids; i++) {
		char text[12];

		if (j->pids[i])
			words[n++] = arena_strndup(a, text,
						   snprintf(text, sizeof(text), "%d", j->pids[i]));
	}
	return n;
}

static struct job *job_word(struct sh *sh, const char *word)
{
	return *word == '%' ? sh_job_find(sh, word) : NULL;
}

/* The same as the app, but %1 stands for a job of this shell. */
static int do_kill(struct sh *sh, int argc, char **argv)
{
	int room = argc + 1, n = 0, status;
	struct arena a = { 0 };
	char **plain;

	for (int i = 0; i < argc; i++)
		if (job_word(sh, argv[i]))
			room += job_word(sh, argv[i])->nr_pids;
	plain = arena_alloc(&a, room * sizeof(*plain));
	for (int i = 0; i < argc; i++) {
		struct job *j = job_word(sh, argv[i]);

		if (j)
			n += pids_of(j, &a, plain + n);
		else
			plain[n++] = argv[i];
	}
	status = kill_main(n, plain);
	arena_free(&a);
	return status;
}

static int do_source(struct sh *sh, int argc, char **argv)
{
	if (argc < 2)
		return app_error(".", "which file?"), 2;
	if (sh_run_file(sh, argv[1]) == -1)
		return app_perror(".", argv[1]);
	return sh->status;
}

static int do_eval(struct sh *sh, int argc, char **argv)
{
	struct str text = { 0 };

	for (int i = 1; i < argc; i++) {
		str_puts(&text, argv[i]);
		str_putc(&text, ' ');
	}
	sh->status = 0;
	if (text.s)
		sh_run_text(sh, text.s);
	str_free(&text);
	return sh->status;
}

static int loop_count(int argc, char **argv)
{
	long n = 1;

	return argc > 1 && !app_number(argv[1], 1, 1000, &n) ? 1 : n;
}

static int do_break(struct sh *sh, int argc, char **argv)
{
	sh->breaking = loop_count(argc, argv);
	return 0;
}

static int do_continue(struct sh *sh, int argc, char **argv)
{
	sh->continuing = 1;
	return 0;
}

/* One byte at a time: what follows the line is for somebody else. */
static int do_read(struct sh *sh, int argc, char **argv)
{
	struct str line = { 0 };
	char c;
	ssize_t n;

	str_puts(&line, "");
	while ((n = read(0, &c, 1)) == 1 && c != '\n')
		str_putc(&line, c);
	sh_set(sh, argc > 1 ? argv[1] : "REPLY", line.s);
	str_free(&line);
	return n != 1;
}

static int do_history(struct sh *sh, int argc, char **argv)
{
	const char *line;

	if (!sh->editor)
		return 0;
	for (int i = 0; (line = editor_history(sh->editor, i)); i++)
		printf("%5d  %s\n", i + 1, line);
	return 0;
}

static int do_type(struct sh *sh, int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		if (sh_builtin(argv[i]))
			printf("%s is a shell builtin\n", argv[i]);
		else if (sh_find_app(argv[i]))
			printf("%s is an app of this image\n", argv[i]);
		else
			status = app_error("type", "%s: not found", argv[i]);
	}
	return status;
}

static int do_nothing(struct sh *sh, int argc, char **argv)
{
	return 0;
}

const struct builtin sh_builtins[] = {
	{ ".", do_source, ". FILE\nrun the commands of FILE in this shell" },
	{ ":", do_nothing, ":\ndo nothing, successfully" },
	{ "break", do_break, "break [N]\nleave N loops" },
	{ "cd", do_cd, "cd [DIR | -]\nchange the working directory" },
	{ "continue", do_continue, "continue\ngo on with the next round of the loop" },
	{ "env", do_env, "env\nshow the exported variables" },
	{ "eval", do_eval, "eval WORD...\nrun the words as a command" },
	{ "exit", do_exit, "exit [STATUS]\nend the shell" },
	{ "export", do_export, "export [NAME[=VALUE]...]\nmark variables as exported" },
	{ "fg", do_fg, "fg [%JOB]\nwait for a job in the foreground" },
	{ "history", do_history, "history\nshow the lines typed so far" },
	{ "jobs", do_jobs, "jobs\nshow the jobs in the background" },
	{ "kill", do_kill,
	  "kill [-SIGNAL | -l] PID|%JOB...\nend a task, or send it another signal" },
	{ "pwd", do_pwd, "pwd\nprint the working directory" },
	{ "read", do_read, "read [NAME]\nread a line of input into a variable" },
	{ "set", do_set, "set [-e] [-x] [-- WORD...]\nshow variables, set options or parameters" },
	{ "shift", do_shift, "shift\ndrop the first parameter" },
	{ "source", do_source, "source FILE\nrun the commands of FILE in this shell" },
	{ "time", do_eval, "time COMMAND...\nsay how long a command takes" },
	{ "type", do_type, "type NAME...\nsay what a command is" },
	{ "unset", do_unset, "unset NAME...\nforget variables" },
	{ "wait", do_wait, "wait [PID | %JOB]...\nwait until jobs have ended" },
};
const size_t sh_nr_builtins = ARRAY_LEN(sh_builtins);

const struct builtin *sh_builtin(const char *name)
{
	for (size_t i = 0; i < sh_nr_builtins; i++)
		if (!strcmp(sh_builtins[i].name, name))
			return &sh_builtins[i];
	return NULL;
}
