/* wc: counts lines, words and bytes (-l -w -c: only these). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/lines.h"
#include "lib/util.h"

static int count(FILE *f, const char *name, void *arg)
{
	static const char letters[] = "lwc";
	const bool *want = arg;
	unsigned long n[3] = { 0 };
	bool in_word = false;
	int c, columns = 0;

	while ((c = getc(f)) != EOF) {
		n[0] += c == '\n';
		n[1] += !isspace(c) && !in_word;
		in_word = !isspace(c);
		n[2]++;
	}
	for (size_t i = 0; i < strlen(letters); i++) {
		if (!want[i])
			continue;
		printf("%s%*lu", columns ? " " : "", want[0] && want[1] && want[2] ? 7 : 0, n[i]);
		columns++;
	}
	printf("%s%s\n", name ? " " : "", name ? name : "");
	return 0;
}

int main(int argc, char **argv)
{
	bool want[3] = { false, false, false };
	int c;

	while ((c = getopt(argc, argv, ":lwc")) != -1) {
		if (c == '?' || c == ':')
			return app_badopt(argv, c);
		want[c == 'l' ? 0 : c == 'w' ? 1 : 2] = true;
	}
	if (!want[0] && !want[1] && !want[2])
		want[0] = want[1] = want[2] = true;
	return lines_each(argv[0], argc - optind, argv + optind, count, want);
}
