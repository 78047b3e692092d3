/* sscanf: integers, words, characters, sets; with widths, lengths and '*'. No floating point. */
#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scan {
	const char *start, *in;
	int assigned;
	va_list ap;
};

struct scan_spec {
	bool skip;    /* '*': read, do not store */
	size_t width; /* 0: none given */
	char length;  /* as in format.c */
	char conv;
	const char *set, *set_end; /* between the brackets, without '^' */
	bool negated;
};

enum scan_result { SCAN_OK, SCAN_MISMATCH, SCAN_INPUT_ENDS };

static const char *parse_set(const char *fmt, struct scan_spec *spec)
{
	if (*fmt == '^') {
		spec->negated = true;
		fmt++;
	}
	spec->set = fmt;
	if (*fmt == ']') /* the first one is a member */
		fmt++;
	fmt = strchrnul(fmt, ']');
	spec->set_end = fmt;
	return *fmt ? fmt + 1 : fmt;
}

static const char *parse_scan_length(const char *fmt, struct scan_spec *spec)
{
	if (*fmt == 'h') {
		spec->length = fmt[1] == 'h' ? 'H' : 'h';
		return fmt + (fmt[1] == 'h' ? 2 : 1);
	}
	while (*fmt && strchr("lzjt", *fmt)) {
		spec->length = 'l';
		fmt++;
	}
	return fmt;
}

static const char *parse_scan_spec(const char *fmt, struct scan_spec *spec)
{
	memset(spec, 0, sizeof(*spec));
	if (*fmt == '*') {
		spec->skip = true;
		fmt++;
	}
	for (; isdigit(*fmt); fmt++)
		spec->width =
			spec->width > 99999 ? spec->width : spec->width * 10 + (size_t)(*fmt - '0');
	fmt = parse_scan_length(fmt, spec);
	spec->conv = *fmt;
	if (*fmt)
		fmt++;
	return spec->conv == '[' ? parse_set(fmt, spec) : fmt;
}

static bool in_set(const struct scan_spec *spec, char c)
{
	const char *p;

	for (p = spec->set; p < spec->set_end; p++) {
		bool range = p[1] == '-' && p + 2 < spec->set_end;
		unsigned char u = (unsigned char)c;

		if (range && u >= (unsigned char)p[0] && u <= (unsigned char)p[2])
			return !spec->negated;
		if (!range && *p == c)
			return !spec->negated;
		p += range ? 2 : 0;
	}
	return spec->negated;
}

static bool wanted(const struct scan_spec *spec, char c)
{
	if (spec->conv == '[')
		return in_set(spec, c);
	return spec->conv == 'c' || !isspace(c);
}

/* %s %c %[ */
static enum scan_result scan_text(struct scan *sc, const struct scan_spec *spec)
{
	size_t max = spec->width ? spec->width : spec->conv == 'c' ? 1 : SIZE_MAX;
	char *out = spec->skip ? NULL : va_arg(sc->ap, char *);
	size_t n = 0;

	while (n < max && sc->in[n] && wanted(spec, sc->in[n]))
		n++;
	if (!n || (spec->conv == 'c' && n < max))
		return *sc->in ? SCAN_MISMATCH : SCAN_INPUT_ENDS;
	if (out) {
		memcpy(out, sc->in, n);
		if (spec->conv != 'c')
			out[n] = '\0';
		sc->assigned++;
	}
	sc->in += n;
	return SCAN_OK;
}

static void store(struct scan *sc, char length, uint64_t v)
{
	void *p = va_arg(sc->ap, void *);

	switch (length) {
	case 'l':
		*(uint64_t *)p = v;
		break;
	case 'h':
		*(uint16_t *)p = (uint16_t)v;
		break;
	case 'H':
		*(uint8_t *)p = (uint8_t)v;
		break;
	default:
		*(uint32_t *)p = (uint32_t)v;
	}
}

static int base_of(char conv)
{
	switch (conv) {
	case 'd':
	case 'u':
		return 10;
	case 'x':
	case 'X':
	case 'p':
		return 16;
	case 'o':
		return 8;
	default:
		return 0;
	}
}

/* %d %i %u %x %o %p: strtol decides on a copy that is as short as the width. */
static enum scan_result scan_number(struct scan *sc, const struct scan_spec *spec)
{
	char text[72], *end;
	size_t max = sizeof(text) - 1;
	uint64_t v;

	if (spec->width && spec->width < max)
		max = spec->width;
	strlcpy(text, sc->in, max + 1);
	if (!*text)
		return SCAN_INPUT_ENDS;
	if (spec->conv == 'd' || spec->conv == 'i')
		v = (uint64_t)strtol(text, &end, base_of(spec->conv));
	else
		v = strtoul(text, &end, base_of(spec->conv));
	if (end == text)
		return SCAN_MISMATCH;
	sc->in += end - text;
	if (!spec->skip) {
		store(sc, spec->conv == 'p' ? 'l' : spec->length, v);
		sc->assigned++;
	}
	return SCAN_OK;
}

static void skip_space(struct scan *sc)
{
	while (isspace(*sc->in))
		sc->in++;
}

static enum scan_result scan_one(struct scan *sc, const struct scan_spec *spec)
{
	switch (spec->conv) {
	case 'n':
		store(sc, spec->length, (uint64_t)(sc->in - sc->start));
		return SCAN_OK;
	case 'c':
	case '[':
		return scan_text(sc, spec);
	case 's':
		skip_space(sc);
		return scan_text(sc, spec);
	case '%':
		skip_space(sc);
		if (*sc->in != '%')
			return *sc->in ? SCAN_MISMATCH : SCAN_INPUT_ENDS;
		sc->in++;
		return SCAN_OK;
	case 'd':
	case 'i':
	case 'u':
	case 'o':
	case 'x':
	case 'X':
	case 'p':
		skip_space(sc);
		return scan_number(sc, spec);
	}
	return SCAN_MISMATCH;
}

static enum scan_result scan_format(struct scan *sc, const char *fmt)
{
	enum scan_result r = SCAN_OK;
	struct scan_spec spec;

	while (*fmt && r == SCAN_OK) {
		if (isspace(*fmt)) {
			skip_space(sc);
			fmt++;
		} else if (*fmt == '%') {
			fmt = parse_scan_spec(fmt + 1, &spec);
			r = scan_one(sc, &spec);
		} else if (*fmt++ == *sc->in) {
			sc->in++;
		} else {
			r = *sc->in ? SCAN_MISMATCH : SCAN_INPUT_ENDS;
		}
	}
	return r;
}

int vsscanf(const char *s, const char *fmt, va_list ap)
{
	struct scan sc = { .start = s, .in = s };
	enum scan_result r;

	va_copy(sc.ap, ap);
	r = scan_format(&sc, fmt);
	va_end(sc.ap);
	return r == SCAN_INPUT_ENDS && !sc.assigned ? EOF : sc.assigned;
}

int sscanf(const char *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsscanf(s, fmt, ap);
	va_end(ap);
	return n;
}
