/* The string functions that need the task's block: memory or a remembered place. */
#include <stdlib.h>
#include <string.h>

#include "libc/internal.h"

char *strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = malloc(len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *strdup(const char *s)
{
	return strndup(s, strlen(s));
}

char *strtok(char *s, const char *sep)
{
	return strtok_r(s, sep, &__libc()->strtok);
}
