/* Reading streams: bytes, lines, blocks, and moving about. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libc/stdio/file.h"

static int unbuffered_getc(FILE *f)
{
	unsigned char c;
	ssize_t n = read(f->fd, &c, 1);

	if (n == 1)
		return c;
	f->eof |= !n;
	f->error |= n < 0;
	return EOF;
}

int fgetc(FILE *f)
{
	int c = f->unget;

	if (f->writing || f->pos == f->end || c != EOF) {
		if (file_start_read(f))
			return EOF;
		if (c != EOF) {
			f->unget = EOF;
			return c;
		}
		if (!f->buf)
			return unbuffered_getc(f);
		if (f->pos == f->end && file_fill(f))
			return EOF;
	}
	return (unsigned char)f->buf[f->pos++];
}

int getc(FILE *f)
{
	return fgetc(f);
}

int getchar(void)
{
	return fgetc(stdin);
}

int ungetc(int c, FILE *f)
{
	if (c == EOF || f->unget != EOF || file_start_read(f))
		return EOF;
	f->unget = (unsigned char)c;
	f->eof = false;
	return f->unget;
}

size_t fread(void *buf, size_t size, size_t n, FILE *f)
{
	size_t total, left;
	char *to = buf;
	int c;

	if (!size || __builtin_mul_overflow(size, n, &total))
		return 0;
	for (left = total; left; left--) {
		size_t ready = f->writing || f->unget != EOF ? 0 : f->end - f->pos;

		if (ready > left)
			ready = left;
		if (ready) {
			memcpy(to, f->buf + f->pos, ready);
			f->pos += ready;
			to += ready;
			left -= ready;
		}
		if (!left)
			break;
		c = fgetc(f);
		if (c == EOF)
			break;
		*to++ = (char)c;
	}
	return (total - left) / size;
}

char *fgets(char *buf, int size, FILE *f)
{
	int n = 0, c = 0;

	while (n < size - 1 && c != '\n') {
		c = fgetc(f);
		if (c == EOF)
			break;
		buf[n++] = (char)c;
	}
	if (!n || (c == EOF && ferror(f)))
		return NULL;
	buf[n] = '\0';
	return buf;
}

ssize_t getdelim(char **line, size_t *size, int delim, FILE *f)
{
	size_t n = 0;
	int c = EOF;

	do {
		if (!*line || n + 2 > *size) {
			size_t room = *line && *size ? *size * 2 : 128;
			char *bigger = realloc(*line, room);

			if (!bigger)
				return -1;
			*line = bigger;
			*size = room;
		}
		c = fgetc(f);
		if (c != EOF)
			(*line)[n++] = (char)c;
	} while (c != EOF && c != delim);
	(*line)[n] = '\0';
	return n && !ferror(f) ? (ssize_t)n : -1;
}

ssize_t getline(char **line, size_t *size, FILE *f)
{
	return getdelim(line, size, '\n', f);
}

int fseek(FILE *f, long off, int whence)
{
	if (file_flush(f))
		return -1;
	if (!f->writing && whence == SEEK_CUR)
		off -= (long)(f->end - f->pos) + (f->unget != EOF);
	if (lseek(f->fd, off, whence) < 0)
		return -1;
	f->pos = f->end = 0;
	f->unget = EOF;
	f->eof = false;
	return 0;
}

long ftell(FILE *f)
{
	off_t at = lseek(f->fd, 0, SEEK_CUR);

	if (at < 0)
		return -1;
	if (f->writing)
		return at + (long)f->pos;
	return at - (long)(f->end - f->pos) - (f->unget != EOF);
}

void rewind(FILE *f)
{
	fseek(f, 0, SEEK_SET);
	f->error = false;
}
