/*
 * Runs a tree: lists, conditions, loops, pipelines. Each function returns an exit status.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/spawn.h>
#include <unistd.h>

#include "../lib/util.h"
#include "sh.h"

#define MAX_DEPTH 24

bool sh_leaving(struct sh *sh)
{
	if (sh->interactive && app_caught())
		sh->interrupted = true;
	return sh->exiting || sh->interrupted || sh->breaking || sh->continuing;
}

/* @n decides about something: a failure in it is not one of the script. */
static int run_condition(struct sh *sh, struct node *n)
{
	int status;

	sh->testing++;
	status = sh_run_list(sh, n);
	sh->testing--;
	return status;
}

static int run_if(struct sh *sh, struct node *n)
{
	if (!run_condition(sh, n->a))
		return sh_leaving(sh) ? sh->status : sh_run_list(sh, n->b);
	if (sh_leaving(sh))
		return sh->status;
	return n->c ? sh_run_list(sh, n->c) : 0;
}

/* After the body of a loop: true if the loop is to be left. */
static bool leave_loop(struct sh *sh)
{
	if (sh->continuing && --sh->continuing == 0)
		return false;
	if (sh->breaking) {
		sh->breaking--;
		return true;
	}
	return sh_leaving(sh);
}

/* Where no timer interrupts an app, Ctrl-C is heard in syscalls: one in each round. */
static int run_while(struct sh *sh, struct node *n)
{
	bool want = n->kind == N_WHILE;
	int status = 0;

	while ((run_condition(sh, n->a) == 0) == want && !sh_leaving(sh)) {
		getppid();
		status = sh_run_list(sh, n->b);
		if (leave_loop(sh))
			break;
	}
	return status;
}

static int run_for(struct sh *sh, struct node *n)
{
	struct arena a = { 0 };
	int argc, status = 0;
	char **argv = sh_expand_words(sh, &a, n->words, n->nr_words, &argc);

	for (int i = 0; i < argc; i++) {
		sh_set(sh, n->name, argv[i]);
		status = sh_run_list(sh, n->b);
		if (leave_loop(sh))
			break;
	}
	arena_free(&a);
	return status;
}

/* What a command in the background reads: nothing. It must not take the console's input from the
 * shell. */
static int empty_input(bool background)
{
	int fds[2];

	if (!background || pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	close(fds[1]);
	return fds[0];
}

static int nr_stages(const struct node *n)
{
	int count = 1;

	for (; n->kind == N_PIPE; n = n->a)
		count++;
	return count;
}

/* The stages of a | b | c from left to right. */
static void flatten(struct node *n, struct node **stages, int count)
{
	for (; n->kind == N_PIPE; n = n->a)
		stages[--count] = n->b;
	stages[0] = n;
}

/* Puts @by (-1: nothing) in the place of @fd, and closes it. */
static bool take_over(struct saved_fds *saved, int fd, int by)
{
	bool done = by < 0 || sh_fd_replace(saved, fd, by);

	if (by >= 0)
		close(by);
	return done;
}

/* Starts stage @n between @in and @out (-1: the shell's own); closes both. */
static pid_t start_stage(struct sh *sh, struct node *n, int in, int out, int flags, int *status)
{
	struct saved_fds saved = { 0 };
	bool ready = take_over(&saved, 0, in);
	pid_t pid = -1;

	if (take_over(&saved, 1, out) && ready)
		pid = sh_start(sh, n, flags, status);
	sh_fd_restore(&saved);
	return pid;
}

static void start_stages(struct sh *sh, struct job *j, struct node **stages, int n, bool background)
{
	int flags = background ? SPAWN_NEWPGRP : sh->interactive ? SPAWN_FOREGROUND : 0;
	int in = empty_input(background), status = 1;

	for (int i = 0; i < n; i++) {
		int fds[2] = { -1, -1 };
		pid_t pid;

		if (i < n - 1 && pipe2(fds, O_CLOEXEC) < 0) {
			app_perror("sh", "pipe");
			break;
		}
		pid = start_stage(sh, stages[i], in, fds[1], flags, &status);
		in = fds[0];
		if (pid > 0) {
			sh_job_add(j, pid);
			flags &= SPAWN_NEWPGRP;
		}
		/* The status of a pipeline is its last stage's, even of one that never ran. */
		j->status = pid > 0 ? 0 : status << 8;
	}
}

/* A pipeline, or one command that runs beside the shell. */
static int run_stages(struct sh *sh, struct node *n, bool background)
{
	struct arena a = { 0 };
	int count = nr_stages(n);
	struct node **stages = arena_alloc(&a, count * sizeof(*stages));
	struct job *j = sh_job_new(sh, n->text, count);

	if (j) {
		flatten(n, stages, count);
		start_stages(sh, j, stages, count, background);
	}
	arena_free(&a);
	if (!j)
		return 126;
	if (!background)
		return sh_job_run(sh, j);
	sh_job_background(sh, j);
	return 0;
}

static int run_time(struct sh *sh, struct node *n)
{
	int64_t start = app_clock_ns(), ms;
	int status = sh_run_list(sh, n->a);

	ms = (app_clock_ns() - start) / NSEC_PER_MSEC;
	fprintf(stderr, "\nreal\t%ldm%ld.%03lds\n", (long)(ms / 60000), (long)(ms / 1000 % 60),
		(long)(ms % 1000));
	return status;
}

static int run_group(struct sh *sh, struct node *n)
{
	return sh_run_list(sh, n->a);
}

static int run_compound(struct sh *sh, struct node *n)
{
	switch (n->kind) {
	case N_IF:
		return run_if(sh, n);
	case N_WHILE:
	case N_UNTIL:
		return run_while(sh, n);
	case N_FOR:
		return run_for(sh, n);
	default:
		return run_group(sh, n);
	}
}

static int run_redirected(struct sh *sh, struct node *n)
{
	struct saved_fds saved = { 0 };
	int status = 1;

	if (sh_redirect(sh, n->redirs, &saved))
		status = run_compound(sh, n);
	sh_fd_restore(&saved);
	return status;
}

static int run_and_or(struct sh *sh, struct node *n)
{
	int status = run_condition(sh, n->a);

	for (; n && !sh_leaving(sh); n = n->c)
		if ((status == 0) == (n->kind == N_AND))
			status = n->c ? run_condition(sh, n->b) : sh_run_list(sh, n->b);
	return status;
}

static int run_kind(struct sh *sh, struct node *n)
{
	switch (n->kind) {
	case N_SIMPLE:
		return sh_run_simple(sh, n);
	case N_PIPE:
	case N_SUBSHELL:
		return run_stages(sh, n, false);
	case N_AND:
	case N_OR:
		return run_and_or(sh, n);
	case N_BACKGROUND:
		return run_stages(sh, n->a, true);
	case N_NOT:
		return !run_condition(sh, n->a);
	case N_TIME:
		return run_time(sh, n);
	default:
		return run_redirected(sh, n);
	}
}

static bool is_command(const struct node *n)
{
	return n->kind == N_SIMPLE || n->kind == N_PIPE || n->kind == N_SUBSHELL;
}

int sh_run_list(struct sh *sh, struct node *n)
{
	if (sh->depth == MAX_DEPTH) {
		sh->exiting |= !sh->interactive;
		sh->interrupted = true;
		return sh->status = app_error("sh", "nested too deeply");
	}
	sh->depth++;
	for (; n; n = n->next) {
		int status = run_kind(sh, n);

		if (!sh->exiting)
			sh->status = status;
		if (status && sh->exit_on_error && !sh->testing && is_command(n))
			sh->exiting = true;
		if (sh_leaving(sh))
			break;
	}
	sh->depth--;
	return sh->status;
}

int sh_run_text(struct sh *sh, const char *text)
{
	struct arena a = { 0 };
	struct node *tree;
	char *near;
	enum parse_result r;

	r = sh_parse(&a, text, &tree, &near);
	if (r != PARSE_OK) {
		app_error("sh", near ? "syntax error near '%s'" : "syntax error: unexpected end",
			  near);
		sh->status = 2;
	} else if (tree) {
		sh_run_list(sh, tree);
	}
	arena_free(&a);
	return sh->status;
}

int sh_run_file(struct sh *sh, const char *path)
{
	char *text = text_read(path);
	int status;

	if (!text)
		return -1;
	status = sh_run_text(sh, text);
	free(text);
	return status;
}
