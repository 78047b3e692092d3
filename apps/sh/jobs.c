/*
 * Jobs: the tasks of one command line. Each task is its own process group (there is no way to join
 * one), and Ctrl-C goes to the first stage that lives: when it ends, the others see their pipe
 * close.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/tty.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/util.h"
#include "sh.h"

int sh_status(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/* A script asks for the status of what it started last, if for any. */
static void forget_ended(struct sh *sh)
{
	for (struct job *j = sh->jobs, *next; j; j = next) {
		next = j->next;
		if (!j->nr_alive && j->last_pid != sh->last_background)
			sh_job_drop(sh, j);
	}
}

struct job *sh_job_new(struct sh *sh, const char *text, int room)
{
	struct job *j = calloc(1, sizeof(*j) + room * sizeof(j->pids[0])), **end = &sh->jobs;

	if (!j) {
		app_error("sh", "out of memory");
		return NULL;
	}
	sh_jobs_reap(sh);
	if (!sh->interactive)
		forget_ended(sh);
	for (j->number = 1; *end; end = &(*end)->next)
		j->number = (*end)->number + 1;
	j->text = strdup(text ? text : "");
	*end = j;
	return j;
}

void sh_job_add(struct job *j, pid_t pid)
{
	j->pids[j->nr_pids++] = j->last_pid = pid;
	j->nr_alive++;
}

void sh_job_drop(struct sh *sh, struct job *j)
{
	struct job **link = &sh->jobs;

	while (*link != j)
		link = &(*link)->next;
	*link = j->next;
	free(j->text);
	free(j);
}

/* Notes that @pid has ended. */
static void job_ended(struct sh *sh, pid_t pid, int status)
{
	for (struct job *j = sh->jobs; j; j = j->next) {
		for (int i = 0; i < j->nr_pids; i++) {
			if (j->pids[i] != pid)
				continue;
			j->pids[i] = 0;
			j->nr_alive--;
			if (i == j->nr_pids - 1 && !j->status)
				j->status = status;
			return;
		}
	}
}

void sh_jobs_reap(struct sh *sh)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		job_ended(sh, pid, status);
}

static void foreground(struct sh *sh, struct job *j)
{
	if (!sh->interactive)
		return;
	for (int i = 0; i < j->nr_pids; i++) {
		if (j->pids[i]) {
			tcsetpgrp(0, j->pids[i]);
			return;
		}
	}
}

static void say_how_it_ended(struct sh *sh, int status)
{
	if (!sh->interactive || !WIFSIGNALED(status))
		return;
	if (WTERMSIG(status) == SIGINT)
		sh->interrupted = true;
	else if (WTERMSIG(status) != SIGPIPE)
		fprintf(stderr, "%s\n", strsignal(WTERMSIG(status)));
}

/* Waits until some task has ended. False: there is none. */
static bool wait_for_one(struct sh *sh)
{
	int status;
	pid_t pid = waitpid(-1, &status, 0);

	if (pid > 0)
		job_ended(sh, pid, status);
	return pid > 0 || errno == EINTR;
}

/* A Ctrl-C that came when the command had been read and its job had not the console yet is the
 * job's. */
static void pass_on_interrupt(struct sh *sh, struct job *j)
{
	if (!sh->interactive || !app_caught())
		return;
	for (int i = 0; i < j->nr_pids; i++)
		if (j->pids[i])
			kill(j->pids[i], SIGINT);
}

int sh_job_run(struct sh *sh, struct job *j)
{
	int status;

	j->background = false;
	pass_on_interrupt(sh, j);
	do
		foreground(sh, j);
	while (j->nr_alive && wait_for_one(sh));
	if (sh->interactive) {
		tcsetpgrp(0, sh->pgrp);
		/* It may have been killed in the midst of its own screen. */
		ttymode(0);
	}
	status = j->status;
	sh_job_drop(sh, j);
	say_how_it_ended(sh, status);
	return sh_status(status);
}

void sh_job_background(struct sh *sh, struct job *j)
{
	j->background = true;
	sh->last_background = j->last_pid;
	if (sh->interactive && j->nr_pids)
		fprintf(stderr, "[%d] %d\n", j->number, j->last_pid);
}

static struct job *latest(struct sh *sh)
{
	struct job *j = sh->jobs;

	while (j && j->next)
		j = j->next;
	return j;
}

struct job *sh_job_find(struct sh *sh, const char *spec)
{
	struct job *j;
	long n = 0;

	if (*spec == '%')
		spec++;
	if (!*spec || !strcmp(spec, "%") || !strcmp(spec, "+"))
		return latest(sh);
	app_number(spec, 1, 0x7fffffff, &n);
	for (j = sh->jobs; j; j = j->next)
		if (n ? j->number == n : !strncmp(j->text, spec, strlen(spec)))
			break;
	return j;
}

struct job *sh_job_of(struct sh *sh, pid_t pid)
{
	struct job *j = sh->jobs;

	while (j && j->last_pid != pid)
		j = j->next;
	return j;
}

static void describe(const struct job *j, char *buf, size_t size)
{
	if (j->nr_alive)
		snprintf(buf, size, "Running");
	else if (WIFSIGNALED(j->status))
		snprintf(buf, size, "%s", strsignal(WTERMSIG(j->status)));
	else if (WEXITSTATUS(j->status))
		snprintf(buf, size, "Exit %d", WEXITSTATUS(j->status));
	else
		snprintf(buf, size, "Done");
}

void sh_jobs_report(struct sh *sh, bool all)
{
	sh_jobs_reap(sh);
	for (struct job *j = sh->jobs, *next; j; j = next) {
		char how[32];

		next = j->next;
		if (j->nr_alive && !all)
			continue;
		describe(j, how, sizeof(how));
		printf("[%d]%c  %-23s %s%s\n", j->number, next ? ' ' : '+', how, j->text,
		       j->nr_alive ? " &" : "");
		if (!j->nr_alive)
			sh_job_drop(sh, j);
	}
	fflush(stdout);
}

static int alive(struct sh *sh)
{
	int n = 0;

	for (struct job *j = sh->jobs; j; j = j->next)
		n += j->nr_alive;
	return n;
}

bool sh_wait(struct sh *sh, struct job *j)
{
	while ((j ? j->nr_alive : alive(sh)) && !sh_leaving(sh))
		if (!wait_for_one(sh))
			break;
	return !sh_leaving(sh);
}
