/* printf to streams and descriptors. */
#include <stdlib.h>
#include <unistd.h>

#include "libc/stdio/file.h"
#include "libc/stdio/format.h"

struct file_sink {
	struct fmt_sink sink; /* must be first */
	struct libc_file *file;
	bool failed;
};

static void file_sink_put(struct fmt_sink *sink, const char *s, size_t n)
{
	struct file_sink *out = (struct file_sink *)sink;

	if (!out->failed && file_put(out->file, s, n) != n)
		out->failed = true;
}

static int print_to(FILE *f, const char *fmt, va_list ap)
{
	struct file_sink out = { { file_sink_put }, f, false };
	int n = fmt_write(&out.sink, fmt, ap);

	return out.failed ? -1 : n;
}

/* An unbuffered stream gets a buffer for one call, so that a message is one write. */
static int print_unbuffered(FILE *f, const char *fmt, va_list ap)
{
	char buf[256];
	int n;

	f->buf = buf;
	f->size = sizeof(buf);
	f->mode = _IOFBF;
	n = print_to(f, fmt, ap);
	if (file_flush(f))
		n = -1;
	f->mode = _IONBF;
	f->buf = NULL;
	f->size = 0;
	return n;
}

int vfprintf(FILE *f, const char *fmt, va_list ap)
{
	return f->mode == _IONBF && !f->buf ? print_unbuffered(f, fmt, ap) : print_to(f, fmt, ap);
}

int fprintf(FILE *f, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vfprintf(f, fmt, ap);
	va_end(ap);
	return n;
}

int vprintf(const char *fmt, va_list ap)
{
	return vfprintf(stdout, fmt, ap);
}

int printf(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vfprintf(stdout, fmt, ap);
	va_end(ap);
	return n;
}

int vdprintf(int fd, const char *fmt, va_list ap)
{
	struct libc_file f;

	file_init(&f, fd, false, true);
	f.mode = _IONBF;
	return vfprintf(&f, fmt, ap);
}

int dprintf(int fd, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vdprintf(fd, fmt, ap);
	va_end(ap);
	return n;
}

int vasprintf(char **out, const char *fmt, va_list ap)
{
	int n = vsnprintf(NULL, 0, fmt, ap);

	*out = n < 0 ? NULL : malloc((size_t)n + 1);
	if (!*out)
		return -1;
	return vsnprintf(*out, (size_t)n + 1, fmt, ap);
}

int asprintf(char **out, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(out, fmt, ap);
	va_end(ap);
	return n;
}
