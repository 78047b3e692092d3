/*
 * C99's printf formats without floating point and wide characters. A conversion is read into a
 * struct fmt_spec and then written as three parts: padding or sign, zeroes, digits. Pure: no errno,
 * no memory, so the kernel uses it as well.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "libc/stdio/format.h"

struct fmt_spec {
	bool left, plus, space, alt, zero;
	int width;
	int precision; /* -1: none */
	char length;   /* H for hh, h, l for all that is 64 bits wide, 0 */
};

struct fmt_state {
	struct fmt_sink *sink;
	size_t total;
	va_list ap;
};

static void emit(struct fmt_state *st, const char *s, size_t n)
{
	if (n)
		st->sink->put(st->sink, s, n);
	st->total += n;
}

static void pad(struct fmt_state *st, char c, int n)
{
	const char *fill = c == '0' ? "0000000000000000" : "                ";

	for (; n > 16; n -= 16)
		emit(st, fill, 16);
	if (n > 0)
		emit(st, fill, (size_t)n);
}

/* Any width above INT_MAX is as good as INT_MAX: the text gets too long either way. */
static int parse_number(const char **fmt)
{
	int n = 0;

	for (; **fmt >= '0' && **fmt <= '9'; (*fmt)++) {
		int digit = **fmt - '0';

		n = n > (INT_MAX - digit) / 10 ? INT_MAX : n * 10 + digit;
	}
	return n;
}

static const char *parse_flags(const char *fmt, struct fmt_spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			spec->left = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->alt = true;
			break;
		case '0':
			spec->zero = true;
			break;
		default:
			return fmt;
		}
	}
}

static const char *parse_length(const char *fmt, struct fmt_spec *spec)
{
	if (*fmt == 'h') {
		spec->length = fmt[1] == 'h' ? 'H' : 'h';
		return fmt + (fmt[1] == 'h' ? 2 : 1);
	}
	if (*fmt == 'l' && fmt[1] == 'l')
		fmt++;
	if (*fmt == 'l' || *fmt == 'z' || *fmt == 't' || *fmt == 'j') {
		spec->length = 'l';
		fmt++;
	}
	return fmt;
}

/* Reads what stands between '%' and the conversion's letter. */
static const char *parse_spec(const char *fmt, struct fmt_state *st, struct fmt_spec *spec)
{
	*spec = (struct fmt_spec){ .precision = -1 };
	fmt = parse_flags(fmt, spec);
	if (*fmt == '*') {
		fmt++;
		spec->width = va_arg(st->ap, int);
		if (spec->width < 0) {
			spec->left = true;
			spec->width = spec->width == INT_MIN ? INT_MAX : -spec->width;
		}
	} else {
		spec->width = parse_number(&fmt);
	}
	if (*fmt == '.') {
		fmt++;
		if (*fmt == '*') {
			fmt++;
			spec->precision = va_arg(st->ap, int);
			if (spec->precision < 0)
				spec->precision = -1;
		} else {
			spec->precision = parse_number(&fmt);
		}
	}
	return parse_length(fmt, spec);
}

static int64_t signed_arg(struct fmt_state *st, char length)
{
	switch (length) {
	case 'l':
		return va_arg(st->ap, int64_t);
	case 'h':
		return (short)va_arg(st->ap, int);
	case 'H':
		return (signed char)va_arg(st->ap, int);
	default:
		return va_arg(st->ap, int);
	}
}

static uint64_t unsigned_arg(struct fmt_state *st, char length)
{
	switch (length) {
	case 'l':
		return va_arg(st->ap, uint64_t);
	case 'h':
		return (unsigned short)va_arg(st->ap, unsigned int);
	case 'H':
		return (unsigned char)va_arg(st->ap, unsigned int);
	default:
		return va_arg(st->ap, unsigned int);
	}
}

static void write_text(struct fmt_state *st, const struct fmt_spec *spec, const char *s, size_t n)
{
	int fill = n < (size_t)spec->width ? spec->width - (int)n : 0;

	if (!spec->left)
		pad(st, ' ', fill);
	emit(st, s, n);
	if (spec->left)
		pad(st, ' ', fill);
}

/* Digits of @v before @end; returns where they begin. */
static char *digits(char *end, uint64_t v, char conv)
{
	const char *set = conv == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";

	switch (conv) {
	case 'x':
	case 'X':
	case 'p':
		for (; v; v >>= 4)
			*--end = set[v & 15];
		break;
	case 'o':
		for (; v; v >>= 3)
			*--end = set[v & 7];
		break;
	default:
		for (; v; v /= 10)
			*--end = set[v % 10];
	}
	return end;
}

static void write_number(struct fmt_state *st, const struct fmt_spec *spec, uint64_t v, char conv,
			 const char *prefix)
{
	char buf[24], *end = buf + sizeof(buf), *start = digits(end, v, conv);
	int len = (int)(end - start), nprefix = (int)strlen(prefix);
	int zeroes = spec->precision >= 0 ? spec->precision - len : len ? 0 : 1;
	int fill;

	if (conv == 'o' && spec->alt && zeroes <= 0 && (!len || *start != '0'))
		zeroes = 1;
	if (zeroes < 0)
		zeroes = 0;
	fill = spec->width - nprefix - len;
	fill = fill > zeroes ? fill - zeroes : 0;
	if (spec->zero && !spec->left && spec->precision < 0) {
		zeroes += fill;
		fill = 0;
	}
	if (!spec->left)
		pad(st, ' ', fill);
	emit(st, prefix, (size_t)nprefix);
	pad(st, '0', zeroes);
	emit(st, start, (size_t)len);
	if (spec->left)
		pad(st, ' ', fill);
}

static void write_signed(struct fmt_state *st, const struct fmt_spec *spec)
{
	int64_t v = signed_arg(st, spec->length);
	const char *sign = v < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";

	write_number(st, spec, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 'd', sign);
}

static void write_string(struct fmt_state *st, const struct fmt_spec *spec)
{
	const char *s = va_arg(st->ap, const char *);

	if (!s)
		s = "(null)";
	write_text(st, spec, s, strnlen(s, (size_t)(ssize_t)spec->precision));
}

/* %n: how much there is so far. */
static void store_total(struct fmt_state *st, const struct fmt_spec *spec)
{
	void *p = va_arg(st->ap, void *);

	switch (spec->length) {
	case 'l':
		*(long *)p = (long)st->total;
		break;
	case 'h':
		*(short *)p = (short)st->total;
		break;
	case 'H':
		*(signed char *)p = (signed char)st->total;
		break;
	default:
		*(int *)p = (int)st->total;
	}
}

/* Writes one conversion of letter @conv; false if there is no such letter. */
static bool convert(struct fmt_state *st, const struct fmt_spec *spec, char conv)
{
	uint64_t v;
	char c;

	switch (conv) {
	case 'd':
	case 'i':
		write_signed(st, spec);
		return true;
	case 'u':
	case 'o':
		write_number(st, spec, unsigned_arg(st, spec->length), conv, "");
		return true;
	case 'x':
	case 'X':
		v = unsigned_arg(st, spec->length);
		write_number(st, spec, v, conv, !spec->alt || !v ? "" : conv == 'x' ? "0x" : "0X");
		return true;
	case 'p':
		write_number(st, spec, (uintptr_t)va_arg(st->ap, void *), conv, "0x");
		return true;
	case 'c':
		c = (char)va_arg(st->ap, int);
		write_text(st, spec, &c, 1);
		return true;
	case 's':
		write_string(st, spec);
		return true;
	case 'n':
		store_total(st, spec);
		return true;
	case '%':
		emit(st, "%", 1);
		return true;
	}
	return false;
}

int fmt_write(struct fmt_sink *sink, const char *fmt, va_list ap)
{
	struct fmt_state st = { .sink = sink };
	struct fmt_spec spec;

	va_copy(st.ap, ap);
	while (*fmt) {
		const char *start = fmt;

		while (*fmt && *fmt != '%')
			fmt++;
		emit(&st, start, (size_t)(fmt - start));
		if (!*fmt)
			break;
		start = fmt;
		fmt = parse_spec(fmt + 1, &st, &spec);
		if (*fmt && convert(&st, &spec, *fmt))
			fmt++;
		else
			emit(&st, start, (size_t)(fmt - start)); /* shown as it stands */
	}
	va_end(st.ap);
	return st.total > INT_MAX ? -1 : (int)st.total;
}
