/* echo: prints its words. -n: no newline, -e: \n \t \r \\ \a \b \e \0NNN \xHH \c are interpreted.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int digit(char c)
{
	return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

static const char *put_number(const char *p, int base, int max)
{
	int v = 0;

	while (max-- && (base == 16 ? isxdigit(*p) : *p >= '0' && *p <= '7'))
		v = v * base + digit(*p++);
	putchar(v);
	return p;
}

/* @p is behind a backslash; NULL: \c, nothing more is printed. */
static const char *put_escape(const char *p)
{
	static const char from[] = "ntr\\abe", to[] = "\n\t\r\\\a\b\033";
	const char *at = *p ? strchr(from, *p) : NULL;

	if (at) {
		putchar(to[at - from]);
		return p + 1;
	}
	if (*p == 'c')
		return NULL;
	if (*p == '0')
		return put_number(p + 1, 8, 3);
	if (*p == 'x' && isxdigit(p[1]))
		return put_number(p + 1, 16, 2);
	putchar('\\');
	return p;
}

static const char *put_interpreted(const char *p)
{
	while (p && *p) {
		if (*p == '\\')
			p = put_escape(p + 1);
		else
			putchar(*p++);
	}
	return p;
}

int main(int argc, char **argv)
{
	int newline = 1, escapes = 0, i;

	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (strspn(argv[i] + 1, "neE") != strlen(argv[i] + 1))
			break;
		newline &= !strchr(argv[i], 'n');
		escapes |= !!strchr(argv[i], 'e');
	}
	for (; i < argc; i++) {
		if (!escapes)
			fputs(argv[i], stdout);
		else if (!put_interpreted(argv[i]))
			return 0;
		if (i < argc - 1)
			putchar(' ');
	}
	if (newline)
		putchar('\n');
	return 0;
}
