/* The formatter behind the printf family: it gives the text piece by piece to a sink. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct fmt_sink {
	void (*put)(struct fmt_sink *sink, const char *s, size_t n);
};

/* Returns the length of the text, or -1 if it is longer than an int can say. */
int fmt_write(struct fmt_sink *sink, const char *fmt, va_list ap);
