/*
 * Simple commands: assignments, builtins, apps, scripts; and the start of any command as a task of
 * its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/spawn.h>
#include <unistd.h>

#include "../lib/util.h"
#include "sh.h"

int echo_main(int argc, char **argv);
int test_main(int argc, char **argv);
int true_main(int argc, char **argv);
int false_main(int argc, char **argv);

/* Apps that neither block nor exit(): called as functions, which makes scripts fast. */
static const struct app in_shell[] = {
	{ "echo", echo_main, NULL }, { "test", test_main, NULL },   { "[", test_main, NULL },
	{ "true", true_main, NULL }, { "false", false_main, NULL },
};

static const struct app *find_in_shell(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(in_shell); i++)
		if (!strcmp(in_shell[i].name, name))
			return &in_shell[i];
	return NULL;
}

const char *sh_find_app(const char *word)
{
	static const char *const dirs[] = { "/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/" };
	const struct app *app;

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if (!strncmp(word, dirs[i], strlen(dirs[i])))
			word += strlen(dirs[i]);
	app = app_by_name(word);
	return app ? app->name : NULL;
}

static void assign(struct sh *sh, struct arena *a, const char *word)
{
	size_t len = sh_assignment(word);

	sh_set(sh, arena_strndup(a, word, len), sh_expand_one(sh, a, word + len + 1));
}

/* How many of the words in front are assignments; carries them out. */
static int assign_all(struct sh *sh, struct arena *a, struct node *n)
{
	int i;

	for (i = 0; i < n->nr_words && sh_assignment(n->words[i]); i++)
		assign(sh, a, n->words[i]);
	return i;
}

static void trace(struct sh *sh, char **argv)
{
	if (!sh->trace)
		return;
	fputs("+", stderr);
	for (; *argv; argv++)
		fprintf(stderr, " %s", *argv);
	fputs("\n", stderr);
}

/* A task for @argv; -1 and the status where that cannot be. */
static pid_t start_argv(int argc, char **argv, int flags, int *status)
{
	const char *app = sh_find_app(argv[0]);
	char **script;
	pid_t pid;

	*status = 127;
	if (app) {
		pid = spawn(app, argv, flags);
	} else if (strchr(argv[0], '/') && !access(argv[0], R_OK)) {
		script = calloc(argc + 2, sizeof(*script));
		if (!script)
			return -1;
		script[0] = "sh";
		memcpy(script + 1, argv, argc * sizeof(*script));
		pid = spawn("sh", script, flags);
		free(script);
	} else {
		app_error("sh", strchr(argv[0], '/') ? "%s: no such file" : "%s: command not found",
			  argv[0]);
		return -1;
	}
	if (pid < 0) {
		app_perror("sh", argv[0]);
		*status = 126;
	}
	return pid;
}

static int run_task(struct sh *sh, struct node *n, int argc, char **argv)
{
	struct job *j = sh_job_new(sh, n->text, 1);
	int status;
	pid_t pid;

	if (!j)
		return 126;
	pid = start_argv(argc, argv, sh->interactive ? SPAWN_FOREGROUND : 0, &status);
	if (pid < 0) {
		sh_job_drop(sh, j);
		return status;
	}
	sh_job_add(j, pid);
	return sh_job_run(sh, j);
}

/* What one command of the shell could not write is no matter of the next. */
static int end_output(const char *name, int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	app_error(name, "write error: %s", strerror(errno));
	clearerr(stdout);
	return status ? status : 1;
}

static int run_argv(struct sh *sh, struct node *n, int argc, char **argv)
{
	const struct builtin *b = sh_builtin(argv[0]);
	const struct app *app = find_in_shell(argv[0]);
	int status;

	trace(sh, argv);
	if (!b && !app)
		return run_task(sh, n, argc, argv);
	optind = 1;
	status = b ? b->fn(sh, argc, argv) : app->main(argc, argv);
	return end_output(argv[0], status);
}

int sh_run_simple(struct sh *sh, struct node *n)
{
	struct arena a = { 0 };
	struct saved_fds saved = { 0 };
	int status = 1, first, argc;
	char **argv;

	sh->bad_word = false;
	first = assign_all(sh, &a, n);
	argv = sh_expand_words(sh, &a, n->words + first, n->nr_words - first, &argc);
	if (!sh->bad_word && sh_redirect(sh, n->redirs, &saved)) {
		if (argc)
			status = run_argv(sh, n, argc, argv);
		else /* "x=$(false)" has the status of what was run for it */
			status = first ? sh->status : 0;
	}
	sh_fd_restore(&saved);
	arena_free(&a);
	return status;
}

/* The commands that put all our variables into the other shell, then @text. */
pid_t sh_spawn_subshell(struct sh *sh, const char *text, int flags)
{
	struct str script = { 0 };
	char **argv = calloc(sh->argc + 4, sizeof(*argv));
	pid_t pid = -1;

	for (struct var *v = sh->vars; v; v = v->next) {
		str_puts(&script, v->name);
		str_putc(&script, '=');
		sh_quote(&script, v->value);
		str_putc(&script, '\n');
	}
	str_puts(&script, text);
	if (argv) {
		argv[0] = "sh";
		argv[1] = "-c";
		argv[2] = script.s;
		memcpy(argv + 3, sh->argv, sh->argc * sizeof(*argv));
		pid = spawn("sh", argv, flags);
	}
	if (pid < 0)
		app_perror("sh", "sh");
	free(argv);
	str_free(&script);
	return pid;
}

/* An app with nothing but arguments and redirections can be started as it is. */
static bool is_plain(struct node *n)
{
	const char *word;

	if (n->kind != N_SIMPLE || !n->nr_words)
		return false;
	word = n->words[0];
	return !sh_assignment(word) && !sh_builtin(word) && !strpbrk(word, "'\"\\$`*?[");
}

pid_t sh_start(struct sh *sh, struct node *n, int flags, int *status)
{
	struct arena a = { 0 };
	struct saved_fds saved = { 0 };
	pid_t pid = -1;
	char **argv;
	int argc;

	*status = 1;
	if (n->kind != N_SUBSHELL && !is_plain(n))
		return sh_spawn_subshell(sh, n->text, flags);
	if (!sh_redirect(sh, n->redirs, &saved))
		goto out;
	if (n->kind == N_SUBSHELL) {
		pid = sh_spawn_subshell(sh, n->text, flags);
		goto out;
	}
	argv = sh_expand_words(sh, &a, n->words, n->nr_words, &argc);
	trace(sh, argv);
	pid = start_argv(argc, argv, flags, status);
out:
	sh_fd_restore(&saved);
	arena_free(&a);
	return pid;
}
