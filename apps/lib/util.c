/*
 * Errors, options and numbers of the commands. The form is the one of the usual Unix tools, so that
 * scripts can parse it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

/* In one write, so that nothing gets between its parts on a console that others use. */
int app_error(const char *app, const char *fmt, ...)
{
	char line[512];
	size_t room = sizeof(line) - 1; /* for the newline */
	int len = snprintf(line, room, "%s: ", app);
	va_list ap;

	fflush(stdout);
	va_start(ap, fmt);
	if (len >= 0 && (size_t)len < room)
		vsnprintf(line + len, room - (size_t)len, fmt, ap);
	va_end(ap);
	strcat(line, "\n");
	fputs(line, stderr);
	return 1;
}

int app_perror(const char *app, const char *what)
{
	return app_error(app, "%s: %s", what, strerror(errno));
}

const struct app *app_by_name(const char *name)
{
	for (size_t i = 0; i < nr_apps; i++)
		if (!strcmp(apps[i].name, name))
			return &apps[i];
	return NULL;
}

bool app_help(const char *name)
{
	const struct app *app = app_by_name(name);

	if (!app)
		return false;
	printf("usage: %s\n", app->help);
	return true;
}

int app_usage(const char *name)
{
	const struct app *app = app_by_name(name);
	const char *help = app ? app->help : name;

	fprintf(stderr, "usage: %.*s\n", (int)strcspn(help, "\n"), help);
	return 2;
}

/* The first word of the command line that starts with "--" and holds an option. */
static const char *long_option(char **argv)
{
	for (int i = 1; argv[i]; i++)
		if (!strncmp(argv[i], "--", 2) && argv[i][2])
			return argv[i];
	return NULL;
}

int app_badopt(char **argv, int c)
{
	const char *word = optopt == '-' ? long_option(argv) : NULL;

	if (word && strcmp(word, "--help")) {
		app_error(argv[0], "unrecognized option '%s'", word);
		return 2;
	}
	if (word || (c == '?' && optopt == 'h'))
		return app_help(argv[0]) ? 0 : 2;
	if (c == ':')
		app_error(argv[0], "option requires an argument -- '%c'", optopt);
	else
		app_error(argv[0], "invalid option -- '%c'", optopt);
	return 2;
}

bool app_surplus(int argc, char **argv)
{
	if (optind >= argc)
		return false;
	app_error(argv[0], "extra operand '%s'", argv[optind]);
	return true;
}

int app_no_arguments(int argc, char **argv)
{
	int c = getopt(argc, argv, ":");

	if (c != -1)
		return app_badopt(argv, c);
	return app_surplus(argc, argv) ? 2 : -1;
}

bool app_number(const char *s, long min, long max, long *out)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(s, &end, 0);
	if (end == s || *end || errno || v < min || v > max)
		return false;
	*out = v;
	return true;
}

bool app_number_or_say(const char *app, const char *what, const char *s, long min, long max,
		       long *out)
{
	if (app_number(s, min, max, out))
		return true;
	app_error(app, "bad %s '%s' (%ld to %ld)", what, s, min, max);
	return false;
}

bool app_seconds(const char *s, int64_t *ns)
{
	int64_t whole = 0, part = 0, unit = NSEC_PER_SEC;
	const char *p = s;

	for (; *p >= '0' && *p <= '9'; p++) {
		whole = whole * 10 + (*p - '0');
		if (whole > 1000000000)
			return false;
	}
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++) {
			unit /= 10;
			part += (*p - '0') * unit;
		}
	}
	if (*p || p == s || !strcmp(s, "."))
		return false;
	*ns = whole * NSEC_PER_SEC + part;
	return true;
}

int64_t app_clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

void app_sleep_ns(int64_t ns)
{
	struct timespec ts = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };

	if (ns > 0)
		nanosleep(&ts, NULL);
}
