/* Numbers with units: see units.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../lib/util.h"
#include "units.h"

#define FRACTION 10000000 /* seven digits behind the point count, more are read over */

struct unit {
	const char *name;
	uint64_t size;
};

static const struct unit times[] = {
	{ "", 1000 },	   { "s", 1000000000 }, { "sec", 1000000000 }, { "secs", 1000000000 },
	{ "ms", 1000000 }, { "msec", 1000000 }, { "msecs", 1000000 },  { "us", 1000 },
	{ "usec", 1000 },  { "usecs", 1000 },	{ "ns", 1 },	       { "nsec", 1 },
	{ "nsecs", 1 },
};

/* Bits a second. */
static const struct unit rates[] = {
	{ "", 1 },
	{ "bit", 1 },
	{ "kbit", 1000 },
	{ "mbit", 1000000 },
	{ "gbit", 1000000000 },
	{ "tbit", 1000000000000 },
	{ "kibit", 1 << 10 },
	{ "mibit", 1 << 20 },
	{ "gibit", 1 << 30 },
	{ "bps", 8 },
	{ "kbps", 8000 },
	{ "mbps", 8000000 },
	{ "gbps", 8000000000 },
	{ "tbps", 8000000000000 },
	{ "kibps", 8 << 10 },
	{ "mibps", 8 << 20 },
	{ "gibps", 8ULL << 30 },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool units_is_number(const char *s)
{
	return is_digit(s[0]) || (s[0] == '.' && is_digit(s[1]));
}

/* The number at *@s in units of 1 / FRACTION; *@s moves behind it. */
static bool decimal(const char **s, uint64_t *out)
{
	const char *p = *s;
	uint64_t whole = 0, fraction = 0, digit = FRACTION;

	if (!units_is_number(p))
		return false;
	for (; is_digit(*p); p++) {
		whole = whole * 10 + (uint64_t)(*p - '0');
		if (whole > UINT64_MAX / FRACTION / 2)
			return false;
	}
	if (*p == '.') {
		for (p++; is_digit(*p); p++) {
			digit /= 10;
			fraction += (uint64_t)(*p - '0') * digit;
		}
	}
	*out = whole * FRACTION + fraction;
	*s = p;
	return true;
}

/* @number / FRACTION times @size, rounded. */
static bool times_size(uint64_t number, uint64_t size, uint64_t *out)
{
	uint64_t whole = number / FRACTION, rest = number % FRACTION;

	if (whole && size > UINT64_MAX / 2 / whole)
		return false;
	*out = whole * size;
	/* A size is below 10^13, so this does not overflow. */
	*out += (rest * (size / FRACTION)) + (rest * (size % FRACTION) + FRACTION / 2) / FRACTION;
	return true;
}

static bool with_unit(const char *s, const struct unit *units, size_t n, uint64_t *out)
{
	uint64_t number;

	if (!decimal(&s, &number))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(s, units[i].name))
			return times_size(number, units[i].size, out);
	return false;
}

bool units_time(const char *s, uint64_t *ns)
{
	return with_unit(s, times, ARRAY_LEN(times), ns);
}

bool units_percent(const char *s, uint32_t *part)
{
	const uint64_t all = 100ULL * FRACTION;
	uint64_t n;

	if (!decimal(&s, &n) || n > all || (*s && strcmp(s, "%")))
		return false;
	*part = (uint32_t)((n * UINT32_MAX + all / 2) / all);
	return true;
}

bool units_rate(const char *s, uint64_t *bytes)
{
	uint64_t bits;

	if (!with_unit(s, rates, ARRAY_LEN(rates), &bits))
		return false;
	*bytes = bits / 8;
	return true;
}

bool units_count(const char *s, uint32_t *n)
{
	long value;

	if (!app_number(s, 0, UINT32_MAX, &value))
		return false;
	*n = (uint32_t)value;
	return true;
}

/* ---- as text ---- */

/* @n / 10^@places, without zeros at the end. */
static const char *fraction_text(uint64_t n, int places, const char *unit, char buf[UNITS_STRLEN])
{
	uint64_t one = 1;

	for (; places && n % 10 == 0; places--)
		n /= 10;
	for (int i = 0; i < places; i++)
		one *= 10;
	if (places)
		snprintf(buf, UNITS_STRLEN, "%llu.%0*llu%s", (unsigned long long)(n / one), places,
			 (unsigned long long)(n % one), unit);
	else
		snprintf(buf, UNITS_STRLEN, "%llu%s", (unsigned long long)n, unit);
	return buf;
}

/* Three digits that count. */
const char *units_time_text(uint64_t ns, char buf[UNITS_STRLEN])
{
	static const struct unit shown[] = {
		{ "s", 1000000000 }, { "ms", 1000000 }, { "us", 1000 }, { "ns", 1 }
	};
	const struct unit *u = shown;
	uint64_t step;
	int places = 2;

	while (ns < u->size && u->size > 1)
		u++;
	if (u->size == 1 || ns >= u->size * 1000)
		return fraction_text(ns / u->size, 0, u->name, buf);
	for (uint64_t n = ns / u->size; n >= 10; n /= 10)
		places--;
	step = u->size;
	for (int i = 0; i < places; i++)
		step /= 10;
	return fraction_text((ns + step / 2) / step, places, u->name, buf);
}

/* Six digits that count: what a part of 2^32 is good for. */
const char *units_percent_text(uint32_t part, char buf[UNITS_STRLEN])
{
	uint64_t scaled = (uint64_t)part * 100, next;
	int places = 0;

	if (!part)
		return fraction_text(0, 0, "%", buf);
	while (places < 9) {
		next = scaled * 10;
		if ((next + UINT32_MAX / 2) / UINT32_MAX >= 1000000)
			break;
		scaled = next;
		places++;
	}
	return fraction_text((scaled + UINT32_MAX / 2) / UINT32_MAX, places, "%", buf);
}

const char *units_rate_text(uint64_t bytes, char buf[UNITS_STRLEN])
{
	static const char *const names[] = { "bit", "Kbit", "Mbit", "Gbit", "Tbit" };
	uint64_t rate = bytes * 8;
	size_t i = 0;

	/* The next unit, if it says the same, or at least four digits stay. */
	while (i + 1 < ARRAY_LEN(names) && rate >= 1000 && (rate % 1000 == 0 || rate >= 1000000)) {
		rate /= 1000;
		i++;
	}
	return fraction_text(rate, 0, names[i], buf);
}
