/* Formatting into memory of a known size. Pure: used by the kernel too. */
#include <stdio.h>
#include <string.h>

#include "libc/stdio/format.h"

struct buffer_sink {
	struct fmt_sink sink; /* must be first */
	char *pos;
	size_t room; /* what fits before the NUL */
};

static void buffer_put(struct fmt_sink *sink, const char *s, size_t n)
{
	struct buffer_sink *b = (struct buffer_sink *)sink;

	if (n > b->room)
		n = b->room;
	memcpy(b->pos, s, n);
	b->pos += n;
	b->room -= n;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	char none;
	struct buffer_sink b = { { buffer_put }, size ? buf : &none, size ? size - 1 : 0 };
	int n = fmt_write(&b.sink, fmt, ap);

	*b.pos = '\0';
	return n;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

int vsprintf(char *buf, const char *fmt, va_list ap)
{
	return vsnprintf(buf, (size_t)__PTRDIFF_MAX__, fmt, ap);
}

int sprintf(char *buf, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsprintf(buf, fmt, ap);
	va_end(ap);
	return n;
}
