/*
 * The editor's line and keys. The screen is touched by screen.c alone.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/tty.h>
#include <unistd.h>

#include "../lib/util.h"
#include "edit_impl.h"

struct editor *editor_new(void)
{
	struct editor *e = calloc(1, sizeof(*e));

	if (e)
		e->columns = 80;
	return e;
}

const char *editor_line(const struct editor *e)
{
	return e->buf;
}

void editor_set_columns(struct editor *e, int columns)
{
	e->columns = columns;
}

static void insert(struct editor *e, const char *text, size_t n)
{
	if (n > EDIT_MAX - 1 - e->len) {
		e->too_long = true;
		return;
	}
	memmove(e->buf + e->pos + n, e->buf + e->pos, e->len - e->pos + 1);
	memcpy(e->buf + e->pos, text, n);
	e->len += n;
	e->pos += n;
	if (e->pos == e->len)
		screen_append(e, text, n);
	else
		screen_redraw(e);
}

static void erase(struct editor *e, size_t from, size_t to)
{
	memmove(e->buf + from, e->buf + to, e->len - to + 1);
	e->len -= to - from;
	e->pos = from;
	screen_redraw(e);
}

static void replace(struct editor *e, const char *line)
{
	strlcpy(e->buf, line, sizeof(e->buf));
	e->len = e->pos = strlen(e->buf);
	screen_redraw(e);
}

static void move_to(struct editor *e, size_t pos)
{
	e->pos = pos;
	screen_redraw(e);
}

static size_t word_left(const struct editor *e)
{
	size_t pos = e->pos;

	while (pos && isspace(e->buf[pos - 1]))
		pos--;
	while (pos && !isspace(e->buf[pos - 1]))
		pos--;
	return pos;
}

static size_t word_right(const struct editor *e)
{
	size_t pos = e->pos;

	while (pos < e->len && isspace(e->buf[pos]))
		pos++;
	while (pos < e->len && !isspace(e->buf[pos]))
		pos++;
	return pos;
}

/* ---- history ---- */

const char *editor_history(const struct editor *e, int n)
{
	return n < e->nr_history ? e->history[n] : NULL;
}

void editor_remember(struct editor *e, const char *line)
{
	char *copy;

	if (!*line || (e->nr_history && !strcmp(e->history[e->nr_history - 1], line)))
		return;
	copy = strdup(line);
	if (!copy)
		return;
	if (e->nr_history == HISTORY_MAX) {
		free(e->history[0]);
		memmove(e->history, e->history + 1, (HISTORY_MAX - 1) * sizeof(e->history[0]));
		e->nr_history--;
	}
	e->history[e->nr_history++] = copy;
}

/* Shows line @n; what was being typed is kept behind the newest. */
static void go_history(struct editor *e, int n)
{
	if (n < 0 || n > e->nr_history || n == e->at_history)
		return;
	if (e->at_history == e->nr_history) {
		free(e->typed);
		e->typed = strdup(e->buf);
	}
	e->at_history = n;
	replace(e, n < e->nr_history ? e->history[n] : e->typed ? e->typed : "");
}

/* ^R: the newest line, older than the one shown, that contains what is typed. Again ^R: the next
 * older. */
static void search_history(struct editor *e)
{
	if (!e->searching) {
		strlcpy(e->pattern, e->buf, sizeof(e->pattern));
		e->searching = true;
	}
	for (int n = e->at_history - 1; n >= 0; n--) {
		if (strstr(e->history[n], e->pattern)) {
			go_history(e, n);
			return;
		}
	}
}

/* ---- completion ---- */

static size_t common_length(const struct completion *c)
{
	size_t len = strlen(c->words[0]);

	for (int i = 1; i < c->n; i++) {
		size_t k = 0;

		while (k < len && c->words[i][k] == c->words[0][k])
			k++;
		len = k;
	}
	return len;
}

static void complete(struct editor *e)
{
	struct completion c;
	size_t typed, common;

	sh_complete(e->buf, e->pos, &c);
	typed = e->pos - c.start;
	common = c.n ? common_length(&c) : 0;
	if (common > typed)
		insert(e, c.words[0] + typed, common - typed);
	if (c.n == 1 && e->buf[e->pos - 1] != '/')
		insert(e, " ", 1);
	else if (c.n > 1 && common <= typed && e->last_key == '\t')
		screen_list(e, c.words, c.n);
	sh_complete_free(&c);
}

/* ---- keys ---- */

#define CTRL(c) ((c)&0x1f)
enum {
	KEY_UP = 256,
	KEY_DOWN,
	KEY_RIGHT,
	KEY_LEFT,
	KEY_HOME,
	KEY_END,
	KEY_DELETE,
	KEY_WORD_LEFT,
	KEY_WORD_RIGHT,
	KEY_NONE,
	KEY_EOF
};

static int next_byte(void)
{
	unsigned char c;

	return read(0, &c, 1) == 1 ? c : -1;
}

/* What a sequence that ends with @c, and means nothing else, stands for: a control key breaks it
 * off. */
static int other_key(int c)
{
	return c < 0 ? KEY_EOF : c < ' ' ? c : KEY_NONE;
}

/* ESC [ digits ; digits letter: the arrow keys and their friends. */
static int read_csi(void)
{
	int c, number = 0, modifier = 0;

	while ((c = next_byte()) >= 0 && (isdigit(c) || c == ';')) {
		if (c == ';')
			modifier = 1;
		else if (!modifier)
			number = (number * 10 + c - '0') & 0xff;
	}
	switch (c) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'C':
		return modifier ? KEY_WORD_RIGHT : KEY_RIGHT;
	case 'D':
		return modifier ? KEY_WORD_LEFT : KEY_LEFT;
	case 'H':
		return KEY_HOME;
	case 'F':
		return KEY_END;
	case '~':
		return number == 1 || number == 7 ? KEY_HOME :
		       number == 4 || number == 8 ? KEY_END :
		       number == 3		  ? KEY_DELETE :
						    KEY_NONE;
	default: /* among them the marks around pasted text */
		return other_key(c);
	}
}

static int read_escape(void)
{
	int c = next_byte();

	switch (c) {
	case '[':
	case 'O':
		return read_csi();
	case 'b':
		return KEY_WORD_LEFT;
	case 'f':
		return KEY_WORD_RIGHT;
	default:
		return other_key(c);
	}
}

static int read_key(void)
{
	int c = next_byte();

	return c < 0 ? KEY_EOF : c == 0x1b ? read_escape() : c;
}

static void backspace(struct editor *e)
{
	if (!e->pos)
		return;
	if (e->pos < e->len || !screen_rub_out(e)) {
		erase(e, e->pos - 1, e->pos);
		return;
	}
	e->buf[--e->len] = '\0';
	e->pos--;
}

static void delete_right(struct editor *e)
{
	if (e->pos < e->len)
		erase(e, e->pos, e->pos + 1);
}

static void move_key(struct editor *e, int key)
{
	switch (key) {
	case KEY_LEFT:
	case CTRL('B'):
		move_to(e, e->pos ? e->pos - 1 : 0);
		break;
	case KEY_RIGHT:
	case CTRL('F'):
		move_to(e, e->pos < e->len ? e->pos + 1 : e->len);
		break;
	case KEY_WORD_LEFT:
		move_to(e, word_left(e));
		break;
	case KEY_WORD_RIGHT:
		move_to(e, word_right(e));
		break;
	case KEY_HOME:
	case CTRL('A'):
		move_to(e, 0);
		break;
	case KEY_END:
	case CTRL('E'):
		move_to(e, e->len);
		break;
	}
}

static void edit_key(struct editor *e, int key)
{
	switch (key) {
	case CTRL('H'):
	case 0x7f:
		backspace(e);
		break;
	case KEY_DELETE:
	case CTRL('D'):
		delete_right(e);
		break;
	case CTRL('K'):
		erase(e, e->pos, e->len);
		break;
	case CTRL('U'):
		erase(e, 0, e->pos);
		break;
	case CTRL('W'):
		erase(e, word_left(e), e->pos);
		break;
	case CTRL('L'):
		screen_clear(e);
		break;
	case KEY_UP:
	case CTRL('P'):
		go_history(e, e->at_history - 1);
		break;
	case KEY_DOWN:
	case CTRL('N'):
		go_history(e, e->at_history + 1);
		break;
	case CTRL('R'):
		search_history(e);
		return;
	case '\t':
		complete(e);
		break;
	default:
		move_key(e, key);
	}
	e->searching = false;
}

static void take_key(struct editor *e, int key)
{
	char c = key;

	if (key < 256 && key >= ' ' && key != 0x7f) {
		insert(e, &c, 1);
		e->searching = false;
	} else {
		edit_key(e, key);
	}
	e->last_key = key;
}

/* Takes keys until the line ends, one way or another. */
static enum edit_result edit(struct editor *e)
{
	for (;;) {
		int key = read_key();

		switch (key) {
		case '\r':
		case '\n':
			return EDIT_LINE;
		case CTRL('C'):
			return EDIT_INTERRUPT;
		case KEY_EOF:
			return EDIT_EOF;
		case CTRL('D'):
			if (!e->len)
				return EDIT_EOF;
			break;
		}
		take_key(e, key);
	}
}

enum edit_result editor_read(struct editor *e, const char *prompt)
{
	enum edit_result result;

	e->prompt = prompt;
	e->len = e->pos = 0;
	e->buf[0] = '\0';
	e->at_history = e->nr_history;
	e->searching = e->too_long = false;
	e->last_key = 0;
	screen_start(e, ttymode(TTY_RAW | TTY_NOSIG) & TTY_MIDLINE);
	/* A Ctrl-C between two lines of a command is meant for all of it. */
	result = app_caught() ? EDIT_INTERRUPT : edit(e);
	screen_end(e, result == EDIT_INTERRUPT ? "^C" : "");
	ttymode(0);
	if (result == EDIT_LINE && e->too_long) {
		app_error("sh", "more than %d characters in a line", EDIT_MAX - 1);
		return EDIT_INTERRUPT;
	}
	return result;
}
