/* Classes of ASCII characters: one range test each, which also takes EOF and bytes above 127. */
#include <ctype.h>

#define IN(c, first, last) ((unsigned int)(c) - (first) <= (unsigned int)(last) - (first))

int isdigit(int c)
{
	return IN(c, '0', '9');
}

int isupper(int c)
{
	return IN(c, 'A', 'Z');
}

int islower(int c)
{
	return IN(c, 'a', 'z');
}

int isalpha(int c)
{
	return IN(c | 0x20, 'a', 'z');
}

int isalnum(int c)
{
	return isalpha(c) || isdigit(c);
}

int isxdigit(int c)
{
	return isdigit(c) || IN(c | 0x20, 'a', 'f');
}

int isblank(int c)
{
	return c == ' ' || c == '\t';
}

int isspace(int c)
{
	return c == ' ' || IN(c, '\t', '\r');
}

int isprint(int c)
{
	return IN(c, ' ', '~');
}

int isgraph(int c)
{
	return IN(c, '!', '~');
}

int ispunct(int c)
{
	return isgraph(c) && !isalnum(c);
}

int iscntrl(int c)
{
	return IN(c, 0, 31) || c == 127;
}

int isascii(int c)
{
	return IN(c, 0, 127);
}

int tolower(int c)
{
	return isupper(c) ? c | 0x20 : c;
}

int toupper(int c)
{
	return islower(c) ? c & ~0x20 : c;
}
