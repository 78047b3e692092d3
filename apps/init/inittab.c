/*
 * /etc/inittab: lines id:levels:action:process. There is one run level, so the second field is not
 * looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "init.h"

static bool known_action(const char *action)
{
	static const char *const known[] = { "sysinit", "wait", "once", "respawn", "off" };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (!strcmp(action, known[i]))
			return true;
	return false;
}

/* The fields point into @line; NULL: it has not all of them. */
static struct inittab_entry *parse_line(char *line)
{
	struct inittab_entry *e = calloc(1, sizeof(*e));
	char *fields[4];
	int n = 0;

	if (!e)
		return NULL;
	for (; n < 4 && line; n++) {
		fields[n] = line;
		line = n < 3 ? strchr(line, ':') : NULL;
		if (line)
			*line++ = '\0';
	}
	if (n < 4 || !known_action(fields[2])) {
		free(e);
		return NULL;
	}
	e->id = fields[0];
	e->action = fields[2];
	e->process = fields[3];
	return e;
}

struct inittab_entry *inittab_read(const char *path)
{
	struct inittab_entry *first = NULL, **end = &first;
	char *cursor = text_read(path), *line;
	int nr = 0;

	if (!cursor)
		app_perror("init", path);
	while ((line = text_line(&cursor))) {
		nr++;
		line += strspn(line, " \t");
		if (!*line || *line == '#')
			continue;
		*end = parse_line(line);
		if (*end)
			end = &(*end)->next;
		else
			app_error("init", "%s line %d is not id:levels:action:process", path, nr);
	}
	return first;
}
