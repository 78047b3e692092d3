/*
 * The kernel command line, cut into words once at boot. A quote toggles: blanks between two of them belong to the word, so both
 * run="ls; ps" and "run=ls; ps" are one word. Who understands which word is the business of the parts that ask.
 */
#include "kernel/cmdline.h"

#include <string.h>

#define CMDLINE_MAX 2048
#define WORDS_MAX 128

struct word {
	const char *name, *value;
};

static char text[CMDLINE_MAX];		/* as given */
static char words_buf[CMDLINE_MAX];	/* cut up, without quotes */
static struct word words[WORDS_MAX];
static int nr_words;

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copies one word from @src to @dst without its quotes and cuts it at the first '='. Returns what follows it in the source. */
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
	const char *src = text;
	char *dst = words_buf;

	strlcpy(text, line, sizeof(text));
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
	return text;
}

const char *cmdline_get(const char *name, int n)
{
	for (int i = 0; i < nr_words; i++) {
		if (strcmp(words[i].name, name) == 0 && n-- == 0)
			return words[i].value;
	}
	return NULL;
}

void cmdline_for_each(void (*fn)(const char *name, const char *value))
{
	for (int i = 0; i < nr_words; i++)
		fn(words[i].name, words[i].value);
}
