/* The task's environment: empty at first, and not passed on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libc/internal.h"

/* Where "name=…" is, or would be put. */
static size_t find_env(const struct libc_block *b, const char *name)
{
	size_t len = strlen(name), i;

	for (i = 0; i < b->nr_environ; i++) {
		if (!strncmp(b->environ[i], name, len) && b->environ[i][len] == '=')
			break;
	}
	return i;
}

char *getenv(const char *name)
{
	struct libc_block *b = __libc();
	size_t i = find_env(b, name);

	return i < b->nr_environ ? b->environ[i] + strlen(name) + 1 : NULL;
}

static int grow_env(struct libc_block *b)
{
	char **bigger = reallocarray(b->environ, b->nr_environ + 1, sizeof(*bigger));

	if (!bigger)
		return -1;
	b->environ = bigger;
	b->environ[b->nr_environ++] = NULL;
	return 0;
}

int setenv(const char *name, const char *value, int overwrite)
{
	struct libc_block *b = __libc();
	size_t i = find_env(b, name);
	char *entry;

	if (!*name || strchr(name, '=')) {
		errno = EINVAL;
		return -1;
	}
	if (i < b->nr_environ && !overwrite)
		return 0;
	if (asprintf(&entry, "%s=%s", name, value) < 0)
		return -1;
	if (i == b->nr_environ && grow_env(b)) {
		free(entry);
		return -1;
	}
	free(b->environ[i]);
	b->environ[i] = entry;
	return 0;
}

int unsetenv(const char *name)
{
	struct libc_block *b = __libc();
	size_t i = find_env(b, name);

	if (i == b->nr_environ)
		return 0;
	free(b->environ[i]);
	b->environ[i] = b->environ[--b->nr_environ];
	return 0;
}
