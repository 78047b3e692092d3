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

struct job *sh_job_new(struct sh *sh, const char *text)
{
	sh_jobs_reap(sh);
	for (int i = 0; i < SH_MAX_JOBS; i++) {
		struct job *j = &sh->jobs[i];

		if (j->used && (j->nr_alive || sh->interactive))
			continue;
		free(j->text);
		*j = (struct job){.used = true, .text = strdup(text ? text : "")};
		return j;
	}
	app_error("sh", "too many jobs");
	return NULL;
}

void sh_job_add(struct job *j, pid_t pid)
{
	j->pids[j->nr_pids++] = pid;
	j->nr_alive++;
}

int sh_job_number(struct sh *sh, const struct job *j)
{
	return j - sh->jobs + 1;
}

void sh_job_drop(struct job *j)
{
	free(j->text);
	*j = (struct job){0};
}

/* Notes that @pid has ended. */
static void job_ended(struct sh *sh, pid_t pid, int status)
{
	for (struct job *j = sh->jobs; j < sh->jobs + SH_MAX_JOBS; j++) {
		for (int i = 0; j->used && i < j->nr_pids; i++) {
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

int sh_job_wait(struct sh *sh, struct job *j)
{
	int status;

	j->background = false;
	while (j->nr_alive) {
		pid_t pid;

		foreground(sh, j);
		pid = waitpid(-1, &status, 0);
		if (pid > 0)
			job_ended(sh, pid, status);
		else if (errno != EINTR)
			break;
	}
	if (sh->interactive) {
		tcsetpgrp(0, sh->pgrp);
		/* It may have been killed in the midst of its own screen. */
		ttymode(0);
	}
	status = j->status;
	sh_job_drop(j);
	say_how_it_ended(sh, status);
	return sh_status(status);
}

void sh_job_background(struct sh *sh, struct job *j)
{
	j->background = true;
	sh->last_background = j->nr_pids ? j->pids[j->nr_pids - 1] : 0;
	if (sh->interactive && j->nr_pids)
		fprintf(stderr, "[%d] %d\n", sh_job_number(sh, j), sh->last_background);
}

static struct job *latest(struct sh *sh)
{
	for (int i = SH_MAX_JOBS - 1; i >= 0; i--)
		if (sh->jobs[i].used)
			return &sh->jobs[i];
	return NULL;
}

struct job *sh_job_find(struct sh *sh, const char *spec)
{
	long n;

	if (*spec == '%')
		spec++;
	if (!*spec || !strcmp(spec, "%") || !strcmp(spec, "+"))
		return latest(sh);
	if (app_number(spec, 1, SH_MAX_JOBS, &n))
		return sh->jobs[n - 1].used ? &sh->jobs[n - 1] : NULL;
	for (struct job *j = sh->jobs; j < sh->jobs + SH_MAX_JOBS; j++)
		if (j->used && !strncmp(j->text, spec, strlen(spec)))
			return j;
	return NULL;
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
	for (struct job *j = sh->jobs; j < sh->jobs + SH_MAX_JOBS; j++) {
		char how[32];

		if (!j->used || (j->nr_alive && !all))
			continue;
		describe(j, how, sizeof(how));
		printf("[%d]%c  %-23s %s%s\n", sh_job_number(sh, j), j == latest(sh) ? '+' : ' ',
		       how, j->text, j->nr_alive ? " &" : "");
		if (!j->nr_alive)
			sh_job_drop(j);
	}
	fflush(stdout);
}

static int alive(struct sh *sh)
{
	int n = 0;

	for (int i = 0; i < SH_MAX_JOBS; i++)
		n += sh->jobs[i].used ? sh->jobs[i].nr_alive : 0;
	return n;
}

bool sh_wait_all(struct sh *sh)
{
	int status;

	while (alive(sh) && !sh_leaving(sh)) {
		pid_t pid = waitpid(-1, &status, 0);

		if (pid > 0)
			job_ended(sh, pid, status);
		else if (errno != EINTR)
			break;
	}
	return !sh_leaving(sh);
}
