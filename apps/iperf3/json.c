/* JSON (RFC 8259) as iperf3's peers send it: found by key, never built into a tree. Nothing reads
 * past the NUL. */
#include <ctype.h>
#include <string.h>

#include "iperf.h"

#define MAX_DEPTH 16

static const char *skip_space(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
		p++;
	return p;
}

/* Behind the string that begins at @p; NULL: it does not end. */
static const char *skip_string(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && !*++p)
			return NULL;
	return *p ? p + 1 : NULL;
}

/* Behind the value at @p; NULL: it does not end. */
static const char *skip_value(const char *p)
{
	int depth = 0;

	do {
		p = skip_space(p);
		if (*p == '"') {
			p = skip_string(p);
			if (!p)
				return NULL;
			continue;
		}
		if (!*p || depth > MAX_DEPTH)
			return NULL;
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		else if (!depth)
			return p + strcspn(p, ",]} \t\r\n");
		p++;
	} while (depth > 0);
	return p;
}

const char *json_find(const char *obj, const char *key)
{
	size_t n = strlen(key);
	const char *p = skip_space(obj);

	if (*p != '{')
		return NULL;
	p = skip_space(p + 1);
	while (*p == '"') {
		const char *name = p + 1, *end = skip_string(p);

		if (!end)
			return NULL;
		p = skip_space(end);
		if (*p != ':')
			return NULL;
		p = skip_space(p + 1);
		if ((size_t)(end - 1 - name) == n && !memcmp(name, key, n))
			return p;
		p = skip_value(p);
		if (!p)
			return NULL;
		p = skip_space(p);
		if (*p != ',')
			return NULL;
		p = skip_space(p + 1);
	}
	return NULL;
}

bool json_nano(const char *obj, const char *key, int64_t *out)
{
	const char *p = json_find(obj, key);
	int64_t whole = 0, part = 0;

	if (!p || (!isdigit((unsigned char)*p) && *p != '-'))
		return false;
	if (*p == '-') /* nothing here is ever below zero but by mistake */
		p++;
	for (; isdigit((unsigned char)*p); p++)
		if (whole < 100000000)
			whole = whole * 10 + (*p - '0');
	if (*p == '.') {
		int64_t unit = 100000000;

		for (p++; isdigit((unsigned char)*p); p++, unit /= 10)
			part += unit * (*p - '0');
	}
	if (*p == 'e' || *p == 'E') { /* 1e-05: too small to matter, or too large to be true */
		whole = part = 0;
	}
	*out = whole * 1000000000 + part;
	return true;
}

bool json_uint(const char *obj, const char *key, uint64_t *out)
{
	const char *p = json_find(obj, key);
	uint64_t n = 0;

	if (!p || !isdigit((unsigned char)*p))
		return false;
	for (; isdigit((unsigned char)*p); p++)
		if (n < UINT64_MAX / 10 - 9)
			n = n * 10 + (uint64_t)(*p - '0');
	*out = n;
	return true;
}

bool json_true(const char *obj, const char *key)
{
	const char *p = json_find(obj, key);

	return p && (!strncmp(p, "true", 4) || *p == '1');
}

bool json_string(const char *obj, const char *key, char *out, size_t size)
{
	const char *p = json_find(obj, key);
	size_t n = 0;

	if (!p || *p != '"')
		return false;
	for (p++; *p && *p != '"' && n + 1 < size; p++)
		out[n++] = *p;
	out[n] = '\0';
	return true;
}

const char *json_element(const char *value, int i)
{
	const char *p = skip_space(value);

	if (*p != '[')
		return NULL;
	p = skip_space(p + 1);
	while (*p == '{') {
		if (i-- == 0)
			return p;
		p = skip_value(p);
		if (!p)
			return NULL;
		p = skip_space(p);
		if (*p != ',')
			return NULL;
		p = skip_space(p + 1);
	}
	return NULL;
}
