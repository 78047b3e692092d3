/*
 * tc: traffic control in the language of iproute2. One object, qdisc: the discipline at the root of
 * a device. -s: with statistics; -d and -n accepted.
 */
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "tc/tc.h"

/* iproute2's rule: any front part of a name will do. */
bool tc_matches(const char *word, const char *name)
{
	return *word && !strncmp(word, name, strlen(word));
}

static bool parse_option(struct tc_options *o, const char *word)
{
	word += strspn(word, "-");
	if (tc_matches(word, "statistics") || tc_matches(word, "stats"))
		o->stats = true;
	else if (!tc_matches(word, "details") && !tc_matches(word, "numeric"))
		return false;
	return true;
}

int main(int argc, char **argv)
{
	struct tc_options o = { 0 };
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (tc_matches(argv[i] + strspn(argv[i], "-"), "help"))
			return !app_help(argv[0]);
		if (!parse_option(&o, argv[i])) {
			fprintf(stderr, "Option \"%s\" is unknown, try \"tc -help\".\n", argv[i]);
			return 1;
		}
	}
	if (i >= argc || tc_matches(argv[i], "help"))
		return !app_help(argv[0]);
	if (tc_matches(argv[i], "qdisc"))
		return tc_qdisc(&o, argv + i + 1);
	fprintf(stderr, "Object \"%s\" is unknown, try \"tc help\".\n", argv[i]);
	return 1;
}
