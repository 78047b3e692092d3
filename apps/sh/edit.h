/*
 * The line editor: Emacs keys, history, completion. It takes single bytes from the console, so that
 * whatever is typed behind a line stays there for the command that the line starts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define EDIT_MAX 8192 /* bytes of a line; a longer one is refused, not cut */

struct editor;

struct editor *editor_new(void);
enum edit_result { EDIT_LINE, EDIT_EOF, EDIT_INTERRUPT };
/* Reads a line into editor_line(), without its newline. */
enum edit_result editor_read(struct editor *e, const char *prompt);
const char *editor_line(const struct editor *e);
/* Appends to the history, unless it is empty or the same as the last. */
void editor_remember(struct editor *e, const char *line);
/* The @n'th line from the oldest, NULL: past the newest. */
const char *editor_history(const struct editor *e, int n);
void editor_set_columns(struct editor *e, int columns);

/* complete.c: what the word that ends at @pos of @line could become. */
struct completion {
	size_t start; /* of the word in the line */
	char **words; /* sorted, malloc'd each; NULL: none */
	int n;
};
void sh_complete(const char *line, size_t pos, struct completion *c);
void sh_complete_free(struct completion *c);
