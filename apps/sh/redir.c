/*
 * Redirections. A task is started with the descriptors of the one that starts it, so the shell
 * changes its own for a moment: each change is noted and undone. The copies that wait meanwhile are
 * not inherited.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/util.h"
#include "sh.h"

#define FIRST_COPY 20

bool sh_fd_replace(struct saved_fds *s, int fd, int by)
{
	int copy;

	if (s->n == SH_MAX_SAVED) {
		app_error("sh", "more than %d redirections", SH_MAX_SAVED);
		return false;
	}
	fflush(stdout);
	copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_COPY);
	if (copy < 0 && errno != EBADF) {
		app_perror("sh", "redirection");
		return false;
	}
	s->saved[s->n].fd = fd;
	s->saved[s->n++].copy = copy;
	if (by < 0)
		close(fd);
	else
		dup2(by, fd);
	return true;
}

void sh_fd_restore(struct saved_fds *s)
{
	fflush(stdout);
	while (s->n) {
		int fd = s->saved[--s->n].fd, copy = s->saved[s->n].copy;

		if (copy < 0) {
			close(fd);
			continue;
		}
		dup2(copy, fd);
		close(copy);
	}
}

static bool redirect_dup(struct redir *r, const char *target, struct saved_fds *s)
{
	long fd;

	if (!strcmp(target, "-"))
		return sh_fd_replace(s, r->fd, -1);
	if (!app_number(target, 0, 9, &fd) || fcntl(fd, F_GETFD) < 0) {
		app_error("sh", "%s: bad file descriptor", target);
		return false;
	}
	return sh_fd_replace(s, r->fd, fd);
}

static bool redirect_file(struct redir *r, const char *target, struct saved_fds *s)
{
	static const int flags[] = {
		[T_LESS] = O_RDONLY,
		[T_GREAT] = O_WRONLY | O_CREAT | O_TRUNC,
		[T_APPEND] = O_WRONLY | O_CREAT | O_APPEND,
	};
	int fd = open(target, flags[r->type] | O_CLOEXEC, 0644);
	bool done;

	if (fd < 0) {
		app_perror("sh", target);
		return false;
	}
	done = sh_fd_replace(s, r->fd, fd);
	if (fd != r->fd)
		close(fd);
	return done;
}

bool sh_redirect(struct sh *sh, struct redir *r, struct saved_fds *s)
{
	struct arena a = { 0 };
	bool ok = true;

	for (; r && ok; r = r->next) {
		const char *target = sh_expand_one(sh, &a, r->target);

		ok = r->type == T_DUP ? redirect_dup(r, target, s) : redirect_file(r, target, s);
	}
	arena_free(&a);
	return ok;
}
