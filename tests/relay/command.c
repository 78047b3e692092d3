/* Reading impairments: see command.h. */
#include "tests/relay/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/lib/util.h"
#include "apps/tc/netem.h"

#define WORDS_MAX 64

bool command_impairments(char *text, struct netem_params *p, uint64_t *bytes)
{
	char *words[WORDS_MAX + 1], *save, *word;
	int n = 0;

	*bytes = 0;
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (n == WORDS_MAX) {
			fprintf(stderr, "more than %d words\n", WORDS_MAX);
			return false;
		}
		if (!strcmp(word, "bytes")) {
			word = strtok_r(NULL, " ", &save);
			*bytes = word ? strtoull(word, NULL, 10) : 0;
			continue;
		}
		words[n++] = word;
	}
	words[n] = NULL;
	return netem_parse(words, p);
}

/* What tc's reader takes from skbox's library of commands. */
bool app_number(const char *s, long min, long max, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(s, &end, 0);
	return end != s && !*end && !errno && *out >= min && *out <= max;
}
