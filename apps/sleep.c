/* sleep: waits. The time in seconds (fractions allowed), or with a unit: 2m, 1h, 1d. */
#include <stdio.h>
#include <string.h>

#include "lib/util.h"

static bool duration(char *word, int64_t *ns)
{
	static const char units[] = "smhd";
	static const int seconds[] = { 1, 60, 3600, 86400 };
	size_t len = strlen(word);
	const char *unit = len ? strchr(units, word[len - 1]) : NULL;

	if (unit)
		word[len - 1] = '\0';
	if (!app_seconds(word, ns))
		return false;
	*ns *= unit ? seconds[unit - units] : 1;
	return true;
}

int main(int argc, char **argv)
{
	int64_t ns, total = 0;

	if (argc < 2)
		return app_usage(argv[0]);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return !app_help(argv[0]);
		if (!duration(argv[i], &ns))
			return app_error(argv[0], "bad time '%s'", argv[i]), 2;
		total += ns;
	}
	app_sleep_ns(total);
	return 0;
}
