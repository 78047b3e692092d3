/* Writing streams: bytes, strings, blocks. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "libc/stdio/file.h"

size_t fwrite(const void *buf, size_t size, size_t n, FILE *f)
{
	size_t total;

	if (!size || !n || __builtin_mul_overflow(size, n, &total))
		return 0;
	return file_put(f, buf, total) / size;
}

int fputc(int c, FILE *f)
{
	char byte = (char)c;

	return file_put(f, &byte, 1) ? (unsigned char)byte : EOF;
}

int putc(int c, FILE *f)
{
	return fputc(c, f);
}

int putchar(int c)
{
	return fputc(c, stdout);
}

int fputs(const char *s, FILE *f)
{
	size_t n = strlen(s);

	return file_put(f, s, n) == n ? 0 : EOF;
}

int puts(const char *s)
{
	return fputs(s, stdout) == EOF ? EOF : fputc('\n', stdout);
}

void perror(const char *s)
{
	int err = errno;

	if (s && *s)
		fprintf(stderr, "%s: %s\n", s, strerror(err));
	else
		fprintf(stderr, "%s\n", strerror(err));
}

int remove(const char *path)
{
	if (!unlink(path))
		return 0;
	return errno == EISDIR ? rmdir(path) : -1;
}
