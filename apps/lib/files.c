/*
 * Copying files, and the rule of where a file goes when the target is a directory.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "util.h"

const char *file_target(const char *from, const char *to, char *buf, size_t size)
{
	const char *slash = strrchr(from, '/');
	struct stat st;

	if (stat(to, &st) < 0 || !S_ISDIR(st.st_mode))
		return to;
	snprintf(buf, size, "%s/%s", to, slash ? slash + 1 : from);
	return buf;
}

static int copy_bytes(const char *app, int in, int out, const char *from, const char *to)
{
	char buf[2048];
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, n) != n)
			return app_perror(app, to);
	return n < 0 ? app_perror(app, from) : 0;
}

int file_copy(const char *app, const char *from, const char *to)
{
	int in = open(from, O_RDONLY), out, status;
	struct stat st;

	if (in < 0)
		return app_perror(app, from);
	if (!fstat(in, &st) && S_ISDIR(st.st_mode)) {
		close(in);
		return app_error(app, "%s: is a directory", from);
	}
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (out < 0) {
		close(in);
		return app_perror(app, to);
	}
	status = copy_bytes(app, in, out, from, to);
	close(in);
	close(out);
	return status;
}
