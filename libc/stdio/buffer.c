/*
 * The buffer of a stream. It holds either bytes read ahead or bytes not yet written, never both; a
 * change of direction empties it first. It is allocated when first used, and a terminal makes
 * output line buffered.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libc/stdio/file.h"

#define MODE_UNKNOWN (-1)

void file_init(struct libc_file *f, int fd, bool readable, bool writable)
{
	memset(f, 0, sizeof(*f));
	f->fd = fd;
	f->readable = readable;
	f->writable = writable;
	f->mode = MODE_UNKNOWN;
	f->unget = EOF;
}

static int fail(struct libc_file *f, int err)
{
	errno = err;
	f->error = true;
	return EOF;
}

static int get_buffer(struct libc_file *f)
{
	int err = errno;

	if (f->mode == MODE_UNKNOWN) {
		f->mode = isatty(f->fd) ? _IOLBF : _IOFBF;
		errno = err;
	}
	if (f->buf || f->mode == _IONBF)
		return 0;
	f->buf = malloc(BUFSIZ);
	if (!f->buf)
		return fail(f, ENOMEM);
	f->size = BUFSIZ;
	f->own_buffer = true;
	return 0;
}

/* Gives bytes that were read ahead back to the file. */
static void forget_input(struct libc_file *f)
{
	if (f->end > f->pos)
		lseek(f->fd, -(off_t)(f->end - f->pos), SEEK_CUR);
	f->pos = f->end = 0;
	f->unget = EOF;
}

int file_start_read(struct libc_file *f)
{
	if (!f->readable)
		return fail(f, EBADF);
	if (f->writing && file_flush(f))
		return EOF;
	f->writing = false;
	return get_buffer(f);
}

int file_start_write(struct libc_file *f)
{
	if (!f->writable)
		return fail(f, EBADF);
	if (!f->writing)
		forget_input(f);
	f->writing = true;
	return get_buffer(f);
}

static ssize_t read_some(struct libc_file *f, void *buf, size_t n)
{
	ssize_t got = read(f->fd, buf, n);

	if (got < 0)
		f->error = true;
	else if (!got)
		f->eof = true;
	return got;
}

int file_fill(struct libc_file *f)
{
	struct libc_file *out = stdout;
	ssize_t n;

	/* A prompt must be seen before its answer can come. */
	if (out->writing && out->mode == _IOLBF)
		file_flush(out);
	n = read_some(f, f->buf, f->size);
	f->pos = 0;
	f->end = n > 0 ? (size_t)n : 0;
	return n > 0 ? 0 : EOF;
}

int file_write_out(struct libc_file *f, const char *s, size_t n)
{
	while (n) {
		ssize_t done = write(f->fd, s, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			f->error = true;
			return EOF;
		}
		s += done;
		n -= (size_t)done;
	}
	return 0;
}

int file_flush(struct libc_file *f)
{
	size_t n = f->pos;

	if (!f->writing)
		return 0;
	f->pos = 0; /* first, so that a signal handler that prints does not write it again */
	return file_write_out(f, f->buf, n);
}

static bool put_through(struct libc_file *f, const char *s, size_t n)
{
	if (n > f->size - f->pos && file_flush(f))
		return false;
	if (n >= f->size)
		return !file_write_out(f, s, n);
	memcpy(f->buf + f->pos, s, n);
	f->pos += n;
	return true;
}

size_t file_put(struct libc_file *f, const char *s, size_t n)
{
	if (file_start_write(f))
		return 0;
	if (f->mode == _IONBF)
		return file_write_out(f, s, n) ? 0 : n;
	if (!put_through(f, s, n))
		return 0;
	if (f->mode == _IOLBF && memrchr(s, '\n', n) && file_flush(f))
		return 0;
	return n;
}
