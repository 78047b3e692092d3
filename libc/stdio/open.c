/* Opening and closing streams, and their settings. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libc/stdio/file.h"

/* O_* flags of a mode such as "r+"; -1: none. */
static int mode_flags(const char *mode)
{
	int flags = strchr(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;

	switch (*mode) {
	case 'r':
		break;
	case 'w':
		flags |= O_CREAT | O_TRUNC;
		break;
	case 'a':
		flags |= O_CREAT | O_APPEND;
		break;
	default:
		errno = EINVAL;
		return -1;
	}
	return flags | (strchr(mode, 'x') ? O_EXCL : 0) | (strchr(mode, 'e') ? O_CLOEXEC : 0);
}

static FILE *new_stream(int fd, int flags)
{
	struct libc_block *b = __libc();
	FILE *f = malloc(sizeof(*f));

	if (!f)
		return NULL;
	file_init(f, fd, (flags & O_ACCMODE) != O_WRONLY, (flags & O_ACCMODE) != O_RDONLY);
	f->next = b->files;
	b->files = f;
	return f;
}

FILE *fopen(const char *path, const char *mode)
{
	int flags = mode_flags(mode), fd;
	FILE *f;

	if (flags < 0)
		return NULL;
	fd = open(path, flags, 0666);
	if (fd < 0)
		return NULL;
	f = new_stream(fd, flags);
	if (!f)
		close(fd);
	return f;
}

FILE *fdopen(int fd, const char *mode)
{
	int flags = mode_flags(mode);

	return flags < 0 ? NULL : new_stream(fd, flags);
}

static void unlink_stream(FILE *f)
{
	FILE **p = &__libc()->files;

	while (*p && *p != f)
		p = &(*p)->next;
	if (*p)
		*p = f->next;
}

static bool is_standard(const FILE *f)
{
	struct libc_block *b = __libc();

	return f >= b->std && f < b->std + 3;
}

int fclose(FILE *f)
{
	int ret = file_flush(f);

	unlink_stream(f);
	if (close(f->fd))
		ret = EOF;
	if (f->own_buffer)
		free(f->buf);
	if (is_standard(f))
		file_init(f, -1, false, false);
	else
		free(f);
	return ret;
}

int fflush(FILE *f)
{
	int ret = 0;

	if (f)
		return file_flush(f);
	for (f = __libc()->files; f; f = f->next)
		ret |= file_flush(f);
	return ret;
}

/* From now on @f uses @buf; NULL: none, or one that is allocated when it is needed. */
static void replace_buffer(FILE *f, char *buf, size_t size)
{
	if (f->own_buffer)
		free(f->buf);
	f->own_buffer = false;
	f->buf = buf;
	f->size = size;
	f->pos = f->end = 0;
}

int setvbuf(FILE *f, char *buf, int mode, size_t size)
{
	if (mode < _IOFBF || mode > _IONBF || file_flush(f))
		return EOF;
	f->mode = mode;
	if (mode == _IONBF)
		replace_buffer(f, NULL, 0);
	else if (buf && size)
		replace_buffer(f, buf, size);
	return 0;
}

void setbuf(FILE *f, char *buf)
{
	setvbuf(f, buf, buf ? _IOFBF : _IONBF, BUFSIZ);
}

FILE *__stdio(int fd)
{
	return &__libc()->std[fd];
}

int fileno(FILE *f)
{
	return f->fd;
}

int feof(FILE *f)
{
	return f->eof;
}

int ferror(FILE *f)
{
	return f->error;
}

void clearerr(FILE *f)
{
	f->eof = f->error = false;
}
