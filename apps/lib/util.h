/*
 * What every command needs: one-line errors, option errors, numbers from arguments, whole text
 * files. Pure helpers over libc; nothing here keeps state.
 */
#pragma once

#include <abi/app.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define NSEC_PER_SEC 1000000000L
#define NSEC_PER_MSEC 1000000L

/* Prints "app: text" on standard error; returns 1, a main's result. */
int app_error(const char *app, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints "app: what: why" with errno's text; returns 1. */
int app_perror(const char *app, const char *what);

/*
 * The default branch of a getopt() loop whose option string starts with ':'. Answers -h and --help
 * from the table of apps (0), and says in one line what is wrong with anything else (2). Returns
 * the exit status.
 */
int app_badopt(char **argv, int c);
/* After the options: says if there is an operand, which this app takes none of. */
bool app_surplus(int argc, char **argv);
/* For an app without options and operands: -1, or the status to end with. */
int app_no_arguments(int argc, char **argv);
/* Prints the usage line of @name on standard error as an error; returns 2. */
int app_usage(const char *name);
/* Prints usage and description of @name; false: no such app. */
bool app_help(const char *name);
const struct app *app_by_name(const char *name);

/* Decimal (or 0x…) number of the whole of @s within [min, max]. */
bool app_number(const char *s, long min, long max, long *out);
/* The same with a message: "app: bad what 'x'". */
bool app_number_or_say(const char *app, const char *what, const char *s, long min, long max,
		       long *out);
/* "1", "0.2", ".5": seconds as nanoseconds. */
bool app_seconds(const char *s, int64_t *ns);
int64_t app_clock_ns(void); /* the monotonic clock */
void app_sleep_ns(int64_t ns);

/* All of a text file in one allocation, NUL-terminated; NULL: errno. */
char *text_read(const char *path);
/* Cuts the next line off *@cursor, without its newline; NULL at the end. */
char *text_line(char **cursor);
/* Calls @fn for each line of @path, for files that may be long. A line of 4 KiB or more comes in
 * pieces. 0 or -1 with errno. */
int text_each_line(const char *path, void (*fn)(char *line, void *arg), void *arg);
/*
 * A table in a file: @parse fills @elem, of @size bytes, from a line, or says that it is none. The
 * elements in one allocation at *@list, their number; -1: errno.
 */
int text_table(const char *path, void **list, size_t size, bool (*parse)(char *line, void *elem));
/* Cuts @line at white space into at most @max fields (the last one takes the rest); their number.
 */
int text_fields(char *line, char **fields, int max);
/* Writes @text to @path, replacing it. 0 or -1 with errno. */
int text_write(const char *path, const char *text);

/* Catches @sig so that it only interrupts: blocking calls fail with EINTR, and app_caught() tells
 * which signal it was (0: none). */
void app_catch(int sig);
int app_caught(void);
void app_caught_clear(void);
