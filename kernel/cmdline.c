/*
 * The kernel command line, cut into words once at boot. A quote toggles: blanks between two of them
 * belong to the word, so both run="ls; ps" and "run=ls; ps" are one word. Who understands which
 * word is the business of the parts that ask.
 */
#include "kernel/cmdline.h"

#include <limits.h>
#include <string.h>

#define CMDLINE_MAX 2048
#define WORDS_MAX 128

struct word {
	const char *name, *value;
};

static char line_text[CMDLINE_MAX]; /* as given */
static char words_buf[CMDLINE_MAX]; /* cut up, without quotes */
static struct word words[WORDS_MAX];
static int nr_words;

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copies one word from @src to @dst without its quotes and cuts it at the first '='. Returns what
 * follows it in the source. */
static const char *cut_word(const char *src, char **dst, struct word *word)
{
	char *d = *dst;
	char *equals = NULL;
	bool quoted = false;

	word->name = d;
	for (; *src && (quoted || !is_blank(*src)); src++) {
		if (*src == '"') {
			quoted = !quoted;
			continue;
		}
		if (*src == '=' && !equals)
			equals = d;
		*d++ = *src;
	}
	*d = '\0';
	word->value = d;
	if (equals) {
		*equals = '\0';
		word->value = equals + 1;
	}
	*dst = d + 1;
	return src;
}

void cmdline_init(const char *line)
{
	const char *src = line_text;
	char *dst = words_buf;

	strlcpy(line_text, line, sizeof(line_text));
	for (nr_words = 0; nr_words < WORDS_MAX; nr_words++) {
		while (is_blank(*src))
			src++;
		if (!*src)
			break;
		src = cut_word(src, &dst, &words[nr_words]);
	}
}

const char *cmdline_text(void)
{
	return line_text;
}

const char *cmdline_get(const char *name, int n)
{
	for (int i = 0; i < nr_words; i++) {
		if (strcmp(words[i].name, name) == 0 && n-- == 0)
			return words[i].value;
	}
	return NULL;
}

/* Digits at @*text, which moves behind them; false: there are none. */
/* -1: none in @base. */
static int digit(char c, int base)
{
	int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : base;

	return value < base ? value : -1;
}

static bool take_number(const char **text, u64 *number)
{
	const char *s = *text;
	int base = s[0] == '0' && s[1] == 'x' && digit(s[2], 16) >= 0 ? 16 : 10;

	if (base == 16)
		s += 2;
	for (*number = 0; digit(*s, base) >= 0; s++)
		*number = *number * base + (u64)digit(*s, base);
	if (s == *text)
		return false;
	*text = s;
	return true;
}

int cmdline_int_at(const char *name, int n, int fallback)
{
	const char *text = cmdline_get(name, n);
	bool negative = text && *text == '-';
	u64 number;

	if (!text)
		return fallback;
	text += negative;
	if (!take_number(&text, &number) || *text || number > INT_MAX)
		return fallback;
	return negative ? -(int)number : (int)number;
}

int cmdline_int(const char *name, int fallback)
{
	return cmdline_int_at(name, 0, fallback);
}

u64 cmdline_size(const char *name, u64 fallback)
{
	static const char suffixes[] = "KMG";
	const char *text = cmdline_get(name, 0);
	const char *suffix;
	u64 number;

	if (!text || !take_number(&text, &number))
		return fallback;
	if (!*text)
		return number;
	suffix = strchr(suffixes, *text);
	return suffix && !text[1] ? number << 10 * (suffix - suffixes + 1) : fallback;
}

void cmdline_for_each(void (*fn)(const char *name, const char *value))
{
	for (int i = 0; i < nr_words; i++)
		fn(words[i].name, words[i].value);
}
