/*
 * Variables of the shell. Marking one as exported only says that `env` shows it: apps are started
 * without an environment.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "sh.h"

static struct var *find(struct sh *sh, const char *name)
{
	struct var *v = sh->vars;

	while (v && strcmp(v->name, name))
		v = v->next;
	return v;
}

const char *sh_get(struct sh *sh, const char *name)
{
	struct var *v = find(sh, name);

	return v ? v->value : NULL;
}

struct var *sh_set(struct sh *sh, const char *name, const char *value)
{
	struct var *v = find(sh, name);
	char *copy = strdup(value);

	if (!copy)
		return v;
	if (!v) {
		v = calloc(1, sizeof(*v));
		if (!v)
			goto out_copy;
		v->name = strdup(name);
		if (!v->name)
			goto out_var;
		v->next = sh->vars;
		sh->vars = v;
	}
	free(v->value);
	v->value = copy;
	return v;

out_var:
	free(v);
out_copy:
	free(copy);
	return NULL;
}

void sh_unset(struct sh *sh, const char *name)
{
	for (struct var **p = &sh->vars; *p; p = &(*p)->next) {
		struct var *v = *p;

		if (strcmp(v->name, name))
			continue;
		*p = v->next;
		free(v->name);
		free(v->value);
		free(v);
		return;
	}
}

bool sh_is_name(const char *s, size_t len)
{
	if (!len || isdigit(s[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum(s[i]) && s[i] != '_')
			return false;
	return true;
}

size_t sh_assignment(const char *word)
{
	size_t len = strcspn(word, "=");

	return word[len] == '=' && sh_is_name(word, len) ? len : 0;
}

void sh_quote(struct str *out, const char *value)
{
	str_putc(out, '\'');
	for (; *value; value++) {
		if (*value == '\'')
			str_puts(out, "'\\''");
		else
			str_putc(out, *value);
	}
	str_putc(out, '\'');
}
