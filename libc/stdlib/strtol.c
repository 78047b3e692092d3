/*
 * Texts to integers. All are 64 bits wide inside and differ in the limits they hold the value to.
 * Apart from errno on overflow they are pure; the kernel uses them too.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

static int digit_value(char c)
{
	if (isdigit(c))
		return c - '0';
	return isalpha(c) ? tolower(c) - 'a' + 10 : 36;
}

/* Skips white space and the sign; true for '-'. */
static bool skip_sign(const char **s)
{
	while (isspace(**s))
		(*s)++;
	if (**s == '-')
		return (*s)++, true;
	if (**s == '+')
		(*s)++;
	return false;
}

/* Settles the base and skips "0x", if a digit follows it. */
static int skip_prefix(const char **s, int base)
{
	if ((base == 0 || base == 16) && **s == '0' && ((*s)[1] | 0x20) == 'x' &&
	    digit_value((*s)[2]) < 16) {
		*s += 2;
		return 16;
	}
	if (base == 0)
		return **s == '0' ? 8 : 10;
	return base;
}

/* The digits of @s up to @max; @overflow is set if there is more. Returns the end, NULL without a
 * digit. */
static const char *magnitude(const char *s, int base, uint64_t max, uint64_t *v, bool *overflow)
{
	const char *start = s;
	int d;

	*v = 0;
	*overflow = false;
	for (; (d = digit_value(*s)) < base; s++) {
		if (*v > (max - (uint64_t)d) / (uint64_t)base)
			*overflow = true;
		*v = *overflow ? max : *v * (uint64_t)base + (uint64_t)d;
	}
	return s == start ? NULL : s;
}

long strtol(const char *s, char **end, int base)
{
	const char *p = s, *stop;
	bool minus = skip_sign(&p), overflow;
	uint64_t v;

	base = skip_prefix(&p, base);
	stop = magnitude(p, base, (uint64_t)LONG_MAX + minus, &v, &overflow);
	if (end)
		*end = (char *)(stop ? stop : s);
	if (overflow)
		errno = ERANGE;
	return (long)(minus ? 0 - v : v);
}

unsigned long strtoul(const char *s, char **end, int base)
{
	const char *p = s, *stop;
	bool minus = skip_sign(&p), overflow;
	uint64_t v;

	base = skip_prefix(&p, base);
	stop = magnitude(p, base, ULONG_MAX, &v, &overflow);
	if (end)
		*end = (char *)(stop ? stop : s);
	if (overflow) {
		errno = ERANGE;
		return ULONG_MAX;
	}
	return minus ? 0 - v : v;
}

long long strtoll(const char *s, char **end, int base)
{
	return strtol(s, end, base);
}

unsigned long long strtoull(const char *s, char **end, int base)
{
	return strtoul(s, end, base);
}

intmax_t strtoimax(const char *s, char **end, int base)
{
	return strtol(s, end, base);
}

uintmax_t strtoumax(const char *s, char **end, int base)
{
	return strtoul(s, end, base);
}

int atoi(const char *s)
{
	return (int)strtol(s, NULL, 10);
}

long atol(const char *s)
{
	return strtol(s, NULL, 10);
}

long long atoll(const char *s)
{
	return strtol(s, NULL, 10);
}
