/*
 * Text files as the commands read them: all at once, then line by line and field by field, cut in
 * place.
 */
#include <errno.h>
#include <fcntl.h>
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
