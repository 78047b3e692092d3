/*
 * Draws the line on a terminal of which only the width is assumed (80, or the variable COLUMNS).
 * Each change is one write, and what is typed at the end of the line is just echoed: a transcript
 * of a session reads like one.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edit_impl.h"
#include "sh.h"

static void flush(struct str *out)
{
	if (out->s)
		write(1, out->s, out->len);
	str_free(out);
}

static void add_number(struct str *out, const char *before, size_t n, char after)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%s%zu%c", before, n, after);
	str_puts(out, buf);
}

static size_t row_of(const struct editor *e, size_t pos)
{
	return (strlen(e->prompt) + pos) / e->columns;
}

/* To column 0 of the prompt's row. */
static void go_home(struct editor *e, struct str *out)
{
	if (e->row)
		add_number(out, "\033[", e->row, 'A');
	str_putc(out, '\r');
}

/* Prints prompt and line, leaves the cursor at its place. */
static void draw(struct editor *e, struct str *out)
{
	size_t last = row_of(e, e->len), row = row_of(e, e->pos);
	size_t column = (strlen(e->prompt) + e->pos) % e->columns;

	str_puts(out, e->prompt);
	str_add(out, e->buf, e->len);
	/* At the right edge a terminal keeps the cursor back until the next character. */
	if (e->len && (strlen(e->prompt) + e->len) % e->columns == 0)
		str_puts(out, "\r\n");
	str_puts(out, "\033[J");
	if (e->pos < e->len) {
		if (last > row)
			add_number(out, "\033[", last - row, 'A');
		str_putc(out, '\r');
		if (column)
			add_number(out, "\033[", column, 'C');
	}
	e->row = row;
}

void screen_start(struct editor *e, bool midline)
{
	e->row = 0;
	if (midline)
		write(1, "\r\n", 2);
	write(1, e->prompt, strlen(e->prompt));
}

void screen_append(struct editor *e, const char *text, size_t n)
{
	struct str out = { 0 };

	str_add(&out, text, n);
	/* At the right edge the terminal's cursor waits for the next character before it wraps. */
	e->row = row_of(e, e->pos - 1);
	flush(&out);
}

bool screen_rub_out(struct editor *e)
{
	size_t column = (strlen(e->prompt) + e->pos) % e->columns;

	/* Across the edge of a row \b does not go. */
	return column > 1 && write(1, "\b \b", 3) == 3;
}

void screen_redraw(struct editor *e)
{
	struct str out = { 0 };

	go_home(e, &out);
	draw(e, &out);
	flush(&out);
}

void screen_list(struct editor *e, char **words, int n)
{
	struct str out = { 0 };
	size_t width = 1, column = 0;

	for (int i = 0; i < n; i++)
		if (strlen(words[i]) + 2 > width)
			width = strlen(words[i]) + 2;
	str_puts(&out, "\r\n");
	for (int i = 0; i < n; i++) {
		str_puts(&out, words[i]);
		column += width;
		if (column + width > (size_t)e->columns || i == n - 1) {
			str_puts(&out, "\r\n");
			column = 0;
		} else {
			for (size_t k = strlen(words[i]); k < width; k++)
				str_putc(&out, ' ');
		}
	}
	draw(e, &out);
	flush(&out);
}

void screen_clear(struct editor *e)
{
	struct str out = { 0 };

	str_puts(&out, "\033[H\033[2J");
	draw(e, &out);
	flush(&out);
}

void screen_end(struct editor *e, const char *mark)
{
	struct str out = { 0 };
	size_t last = e->len ? row_of(e, e->len - 1) : 0;

	if (last > e->row)
		add_number(&out, "\033[", last - e->row, 'B');
	str_puts(&out, mark);
	str_puts(&out, "\r\n");
	flush(&out);
}
