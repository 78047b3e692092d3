/*
 * Text files as the commands read them: all at once, then line by line and field by field, cut in
 * place; or, where they may be long, line by line from the start.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

/* Doubles *@buf, or frees it. */
static char *grow(char *buf, size_t *size)
{
	char *bigger = realloc(buf, *size *= 2);

	if (!bigger)
		free(buf);
	return bigger;
}

static char *read_all(int fd)
{
	size_t size = 1024, len = 0;
	char *buf = malloc(size);
	ssize_t n;

	while (buf && (n = read(fd, buf + len, size - len - 1)) > 0) {
		len += n;
		if (size - len < 2)
			buf = grow(buf, &size);
	}
	if (!buf) {
		errno = ENOMEM;
		return NULL;
	}
	if (n < 0) {
		free(buf);
		return NULL;
	}
	buf[len] = '\0';
	return buf;
}

char *text_read(const char *path)
{
	int fd = open(path, O_RDONLY);
	char *text;

	if (fd < 0)
		return NULL;
	text = read_all(fd);
	close(fd);
	return text;
}

char *text_line(char **cursor)
{
	char *line = *cursor, *end;

	if (!line || !*line)
		return NULL;
	end = strchr(line, '\n');
	if (end)
		*end++ = '\0';
	*cursor = end;
	return line;
}

int text_each_line(const char *path, void (*fn)(char *line, void *arg), void *arg)
{
	FILE *f = fopen(path, "r");
	char line[4096];
	int err = 0;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		fn(line, arg);
	}
	if (ferror(f))
		err = errno;
	fclose(f);
	errno = err;
	return err ? -1 : 0;
}

struct table {
	char *list;
	size_t size; /* of an element */
	int n, room;
	bool (*parse)(char *line, void *elem);
	bool full; /* there is no memory for more */
};

static bool table_grow(struct table *t)
{
	int room = t->room ? 2 * t->room : 16;
	char *list = realloc(t->list, room * t->size);

	if (!list)
		return false;
	t->list = list;
	t->room = room;
	return true;
}

static void table_line(char *line, void *arg)
{
	struct table *t = arg;

	if (t->n == t->room && !t->full)
		t->full = !table_grow(t);
	if (t->full)
		return;
	memset(t->list + t->n * t->size, 0, t->size);
	t->n += t->parse(line, t->list + t->n * t->size);
}

int text_table(const char *path, void **list, size_t size, bool (*parse)(char *line, void *elem))
{
	struct table t = { .size = size, .parse = parse };

	*list = NULL;
	if (text_each_line(path, table_line, &t) == 0 && !t.full) {
		*list = t.list;
		return t.n;
	}
	if (t.full)
		errno = ENOMEM;
	free(t.list);
	return -1;
}

int text_fields(char *line, char **fields, int max)
{
	int n = 0;
	char *p = line + strspn(line, " \t");

	while (*p && n < max) {
		fields[n++] = p;
		if (n == max)
			break;
		p += strcspn(p, " \t");
		if (*p) {
			*p++ = '\0';
			p += strspn(p, " \t");
		}
	}
	return n;
}

int text_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, len);
	if (close(fd) < 0 || n < 0)
		return -1;
	if ((size_t)n != len) {
		errno = ENOSPC;
		return -1;
	}
	return 0;
}
