/* cat: prints files. -n: with line numbers. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

struct numbering {
	bool on, in_line;
	unsigned long line;
};

static void print_numbered(struct numbering *n, const char *buf, ssize_t len)
{
	for (ssize_t i = 0; i < len; i++) {
		if (!n->in_line)
			printf("%6lu\t", ++n->line);
		n->in_line = buf[i] != '\n';
		putchar(buf[i]);
	}
}

static int copy(int fd, const char *name, struct numbering *n)
{
	char buf[2048];
	ssize_t len;

	while ((len = read(fd, buf, sizeof(buf))) > 0) {
		if (n->on)
			print_numbered(n, buf, len);
		else if (write(1, buf, len) < 0)
			return errno == EPIPE ? 1 : app_perror("cat", "output");
	}
	return len < 0 ? app_perror("cat", name) : 0;
}

static int copy_file(const char *path, struct numbering *n)
{
	int fd, status;

	if (!strcmp(path, "-"))
		return copy(0, "input", n);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return app_perror("cat", path);
	status = copy(fd, path, n);
	close(fd);
	return status;
}

int main(int argc, char **argv)
{
	struct numbering n = { 0 };
	int c, status = 0;

	while ((c = getopt(argc, argv, ":n")) != -1) {
		if (c != 'n')
			return app_badopt(argv, c);
		n.on = true;
	}
	if (optind == argc)
		return copy(0, "input", &n);
	for (; optind < argc; optind++)
		status |= copy_file(argv[optind], &n);
	return status;
}
