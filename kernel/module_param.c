/*
 * Parameters of modules: words name=value, as `module load` is given them.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/module_load.h"
#include "kernel/printk.h"

/* Four numbers with dots between them. */
static bool parse_addr(const char *s, be32 *addr)
{
	u8 bytes[4];

	if (strcmp(s, "any") == 0) {
		*addr = 0;
		return true;
	}
	for (int i = 0; i < 4; i++) {
		u32 n = 0;

		if (*s < '0' || *s > '9')
			return false;
		for (; *s >= '0' && *s <= '9' && n < 256; s++)
			n = n * 10 + (u32)(*s - '0');
		if (n > 255 || *s++ != (i < 3 ? '.' : '\0'))
			return false;
		bytes[i] = (u8)n;
	}
	memcpy(addr, bytes, sizeof(*addr));
	return true;
}

/* A decimal integer and nothing else. */
static bool parse_number(const char *s, int *value)
{
	bool negative = *s == '-';
	s64 n = 0;

	s += negative;
	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		n = n * 10 + (*s - '0');
		if (n > INT32_MAX)
			return false;
	}
	*value = (int)(negative ? -n : n);
	return true;
}

static int param_set(const struct module_param *p, const char *value)
{
	int n;

	if (p->set)
		return p->set(value);
	if (p->text) {
		if (strlen(value) >= p->size)
			return -EINVAL;
		strcpy(p->text, value);
		return 0;
	}
	if (p->addr)
		return parse_addr(value, p->addr) ? 0 : -EINVAL;
	if (!parse_number(value, &n) || n < p->min || n > p->max)
		return -EINVAL;
	*p->number = n;
	return 0;
}

int module_param_set(const struct module_param *params, size_t count, const char *name,
		     const char *value)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(params[i].name, name) == 0)
			return param_set(&params[i], value);
	}
	return -ENOENT;
}

int module_params_parse(const struct module_info *info, char *text, char why[MODULE_WHY_MAX])
{
	for (;;) {
		char *name, *value;
		int err;

		text += strspn(text, " \t\n");
		if (!*text)
			return 0;
		name = text;
		text += strcspn(text, " \t\n");
		if (*text)
			*text++ = '\0';
		value = name + strcspn(name, "=");
		if (*value)
			*value++ = '\0';
		err = module_param_set(info->params, info->nr_params, name, value);
		if (!err)
			continue;
		snprintf(why, MODULE_WHY_MAX, "%s: %s '%.40s%s%.40s'", info->name,
			 err == -ENOENT ? "no parameter" : "not a value for the parameter:", name,
			 err == -ENOENT ? "" : "=", err == -ENOENT ? "" : value);
		return -EINVAL;
	}
}
