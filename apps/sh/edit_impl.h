/*
 * The editor's state, shared by its line (edit.c) and its screen (screen.c).
 */
#pragma once

#include "edit.h"

#define HISTORY_MAX 100

struct editor {
	char buf[EDIT_MAX];
	size_t len, pos; /* pos: the cursor */
	const char *prompt;
	int last_key;

	char *history[HISTORY_MAX];
	int nr_history, at_history; /* at_history == nr_history: the line being typed */
	char *typed;
	char pattern[64];
	bool searching;
	bool too_long; /* something typed did not fit */

	int columns;
	size_t row; /* of the cursor, below the prompt's */
};

/* screen.c */
void screen_start(struct editor *e, bool midline); /* prints the prompt, at the start of a line */
void screen_append(struct editor *e, const char *text, size_t n);
bool screen_rub_out(struct editor *e); /* the last character, the cursor behind it; false: redraw */
void screen_redraw(struct editor *e);  /* after any other change */
void screen_list(struct editor *e, char **words, int n); /* below the line, then the prompt again */
void screen_clear(struct editor *e);
void screen_end(struct editor *e, const char *mark); /* to the line's end, @mark, newline */
