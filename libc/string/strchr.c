/* Searching strings. */
#include <string.h>

char *strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)s;
}

char *strchr(const char *s, int c)
{
	s = strchrnul(s, c);
	return *s == (char)c ? (char *)s : NULL;
}

char *strrchr(const char *s, int c)
{
	return memrchr(s, c, strlen(s) + 1);
}

char *strstr(const char *s, const char *find)
{
	size_t len = strlen(find);

	for (; strncmp(s, find, len); s++) {
		if (!*s)
			return NULL;
	}
	return (char *)s;
}

char *strcasestr(const char *s, const char *find)
{
	size_t len = strlen(find);

	for (; strncasecmp(s, find, len); s++) {
		if (!*s)
			return NULL;
	}
	return (char *)s;
}

size_t strcspn(const char *s, const char *reject)
{
	size_t n = 0;

	while (s[n] && !strchr(reject, s[n]))
		n++;
	return n;
}

size_t strspn(const char *s, const char *accept)
{
	size_t n = 0;

	while (s[n] && strchr(accept, s[n]))
		n++;
	return n;
}

char *strpbrk(const char *s, const char *accept)
{
	s += strcspn(s, accept);
	return *s ? (char *)s : NULL;
}

char *strsep(char **s, const char *sep)
{
	char *word = *s, *end;

	if (!word)
		return NULL;
	end = word + strcspn(word, sep);
	*s = *end ? end + 1 : NULL;
	*end = '\0';
	return word;
}

char *strtok_r(char *s, const char *sep, char **save)
{
	char *word = s ? s : *save;

	word += strspn(word, sep);
	*save = word + strcspn(word, sep);
	if (**save)
		*(*save)++ = '\0';
	return *word ? word : NULL;
}

void bcopy(const void *src, void *dst, size_t n)
{
	memmove(dst, src, n);
}

int ffs(int v)
{
	return __builtin_ffs(v);
}
