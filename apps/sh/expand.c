/*
 * Expansion of words: variables and command output, then splitting, then file names, then the
 * quotes go. While a word is built, each character carries where it comes from, since quoted ones
 * neither split nor match.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "../lib/util.h"
#include "sh.h"

#define MAX_DEPTH 8

enum origin { LITERAL = 'l', QUOTED = 'q', EXPANDED = 'x' };

struct expansion {
	struct sh *sh;
	struct arena *arena;
	struct str text, origin; /* the word so far; an enum origin for each character */
	bool quotes;		 /* there were some: an empty word counts */
	bool split;		 /* fields go to argv, else all stays one */
	char **argv;
	int argc, room;
};

static void put(struct expansion *e, char c, enum origin o)
{
	str_putc(&e->text, c);
	str_putc(&e->origin, o);
}

static void put_text(struct expansion *e, const char *s, enum origin o)
{
	while (s && *s)
		put(e, *s++, o);
}

static void add_arg(struct expansion *e, char *arg)
{
	if (e->argc + 1 >= e->room) {
		char **more;

		e->room = e->room * 2 + 8;
		more = arena_alloc(e->arena, e->room * sizeof(*more));
		if (e->argc)
			memcpy(more, e->argv, e->argc * sizeof(*more));
		e->argv = more;
	}
	e->argv[e->argc++] = arg;
	e->argv[e->argc] = NULL;
}

/* Adds characters [@from, @to) as one argument, or as the files that they match. */
static void add_field(struct expansion *e, size_t from, size_t to)
{
	struct str pattern = { 0 };
	char **paths = NULL;
	int n = 0;

	for (size_t i = from; i < to; i++) {
		if (e->origin.s[i] == QUOTED && strchr("*?[\\", e->text.s[i]))
			str_putc(&pattern, '\\');
		str_putc(&pattern, e->text.s[i]);
	}
	if (pattern.s && sh_has_glob(pattern.s))
		n = sh_glob(e->arena, pattern.s, &paths);
	for (int i = 0; i < n; i++)
		add_arg(e, paths[i]);
	if (!n)
		add_arg(e, arena_strndup(e->arena, from < to ? e->text.s + from : "", to - from));
	str_free(&pattern);
}

static bool splits(struct expansion *e, size_t i)
{
	return e->origin.s[i] == EXPANDED && strchr(" \t\n", e->text.s[i]);
}

/* The end of a word: cuts it into fields and starts the next. */
static void end_word(struct expansion *e)
{
	size_t i = 0, fields = 0;

	while (i < e->text.len) {
		size_t from = i;

		if (splits(e, i)) {
			i++;
			continue;
		}
		while (i < e->text.len && !splits(e, i))
			i++;
		add_field(e, from, i);
		fields++;
	}
	if (!fields && e->quotes)
		add_field(e, 0, 0);
	e->text.len = e->origin.len = 0;
	e->quotes = false;
}

/* $@ in quotes: each parameter a word of its own. */
static void expand_all_params(struct expansion *e, bool apart, enum origin o)
{
	for (int i = 1; i < e->sh->argc; i++) {
		if (i > 1 && apart && e->split)
			end_word(e);
		else if (i > 1)
			put(e, ' ', o);
		e->quotes |= apart;
		put_text(e, e->sh->argv[i], o);
	}
}

static void put_number(struct expansion *e, long v, enum origin o)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%ld", v);
	put_text(e, buf, o);
}

/* $?, $$, $!, $#, $@, $*, $0 … $9; false: not one of them. */
static bool expand_special(struct expansion *e, char c, enum origin o)
{
	struct sh *sh = e->sh;

	if (isdigit(c)) {
		put_text(e, c - '0' < sh->argc ? sh->argv[c - '0'] : "", o);
		return true;
	}
	switch (c) {
	case '?':
		put_number(e, sh->status, o);
		return true;
	case '$':
		put_number(e, getpid(), o);
		return true;
	case '!':
		put_number(e, sh->last_background, o);
		return true;
	case '#':
		put_number(e, sh->argc ? sh->argc - 1 : 0, o);
		return true;
	case '@':
	case '*':
		expand_all_params(e, c == '@' && o == QUOTED, o);
		return true;
	default:
		return false;
	}
}

/* The output of @text, run in another shell, without its last newlines. */
static void expand_command(struct expansion *e, char *text, enum origin o)
{
	struct saved_fds saved = { 0 };
	struct str out = { 0 };
	char buf[256];
	int fds[2], status = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(fds) < 0)
		return;
	pid = sh_fd_replace(&saved, 1, fds[1]) ? sh_spawn_subshell(e->sh, text, 0) : -1;
	close(fds[1]);
	sh_fd_restore(&saved);
	while ((n = read(fds[0], buf, sizeof(buf))) > 0)
		str_add(&out, buf, n);
	close(fds[0]);
	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		e->sh->status = sh_status(status);
	while (out.len && out.s[out.len - 1] == '\n')
		out.s[--out.len] = '\0';
	put_text(e, out.s, o);
	str_free(&out);
}

static void expand_part(struct expansion *e, const char *p, size_t len, enum origin o);

/* ${NAME}, ${NAME:-word}, ${NAME:+word}: @body is what stands between the braces. */
static void expand_braces(struct expansion *e, const char *body, size_t len, enum origin o)
{
	size_t n = 0;
	char *name;
	const char *value;

	while (n < len && (isalnum(body[n]) || body[n] == '_'))
		n++;
	if (!n && len == 1 && expand_special(e, *body, o))
		return;
	if (n == 1 && isdigit(*body) && expand_special(e, *body, o))
		return;
	name = arena_strndup(e->arena, body, n);
	value = sh_get(e->sh, name);
	if (len - n >= 2 && body[n] == ':' && body[n + 1] == '-' && !(value && *value))
		expand_part(e, body + n + 2, len - n - 2, o);
	else if (len - n >= 2 && body[n] == ':' && body[n + 1] == '+')
		expand_part(e, value && *value ? body + n + 2 : "",
			    value && *value ? len - n - 2 : 0, o);
	else
		put_text(e, value, o);
}

/* $((…)): with an expression that makes no sense the command does not run. */
static void expand_arith(struct expansion *e, const char *text, size_t len, enum origin o)
{
	char *expr = sh_expand_one(e->sh, e->arena, arena_strndup(e->arena, text, len));
	long value = 0;

	if (!sh_arith(e->sh, expr, &value)) {
		app_error("sh", "%s: not an expression", expr);
		e->sh->bad_word = true;
	}
	put_number(e, value, o);
}

/* $((…)), $(…) or ${…}, up to @end. */
static void expand_bracketed(struct expansion *e, const char *p, const char *end, enum origin o)
{
	if (e->sh->expanding == MAX_DEPTH) {
		e->sh->bad_word = true;
		app_error("sh", "expansions are nested too deeply");
		return;
	}
	e->sh->expanding++;
	if (p[1] == '{')
		expand_braces(e, p + 2, end - p - 3, o);
	else if (p[2] == '(' && end[-2] == ')')
		expand_arith(e, p + 3, end - p - 5, o);
	else
		expand_command(e, arena_strndup(e->arena, p + 2, end - p - 3), o);
	e->sh->expanding--;
}

/* @p points at a '$'; returns what follows the expansion. */
static const char *expand_dollar(struct expansion *e, const char *p, enum origin o)
{
	const char *end = sh_skip_quoted(p);
	size_t n = 0;

	if ((p[1] == '(' || p[1] == '{') && end) {
		expand_bracketed(e, p, end, o);
		return end;
	}
	while (isalnum(p[1 + n]) || p[1 + n] == '_')
		n++;
	if (n && !isdigit(p[1])) {
		put_text(e, sh_get(e->sh, arena_strndup(e->arena, p + 1, n)), o);
		return p + 1 + n;
	}
	if (p[1] && expand_special(e, p[1], o))
		return p + 2;
	put(e, '$', o == EXPANDED ? LITERAL : o);
	return p + 1;
}

static const char *expand_backquote(struct expansion *e, const char *p, enum origin o)
{
	const char *end = sh_skip_quoted(p);

	if (!end)
		return p + strlen(p);
	expand_command(e, arena_strndup(e->arena, p + 1, end - p - 2), o);
	return end;
}

/* The inside of "…". */
static void expand_double(struct expansion *e, const char *p, const char *end)
{
	e->quotes = true;
	while (p < end) {
		if (*p == '$') {
			p = expand_dollar(e, p, QUOTED);
		} else if (*p == '`') {
			p = expand_backquote(e, p, QUOTED);
		} else {
			if (*p == '\\' && p + 1 < end && strchr("$`\"\\\n", p[1]))
				p++;
			put(e, *p++, QUOTED);
		}
	}
}

/* One step through an unquoted stretch. */
static const char *expand_step(struct expansion *e, const char *p, enum origin o)
{
	const char *end;

	switch (*p) {
	case '$':
		return expand_dollar(e, p, o == QUOTED ? QUOTED : EXPANDED);
	case '`':
		return expand_backquote(e, p, o == QUOTED ? QUOTED : EXPANDED);
	case '\\':
		if (p[1])
			p++;
		if (*p != '\n')
			put(e, *p, QUOTED);
		return p + 1;
	case '\'':
	case '"':
		end = sh_skip_quoted(p);
		if (!end)
			return p + strlen(p);
		e->quotes = true;
		if (*p == '"')
			expand_double(e, p + 1, end - 1);
		else
			for (p++; p < end - 1; p++)
				put(e, *p, QUOTED);
		return end;
	default:
		put(e, *p, o);
		return p + 1;
	}
}

static void expand_part(struct expansion *e, const char *p, size_t len, enum origin o)
{
	char *part = arena_strndup(e->arena, p, len);

	for (p = part; *p;)
		p = expand_step(e, p, o);
}

/* ~ and ~/…: there is one home, the root. */
static void expand_raw(struct expansion *e, const char *word)
{
	if (word[0] == '~' && (!word[1] || word[1] == '/'))
		word = word[1] ? word + 1 : "/";
	while (*word)
		word = expand_step(e, word, LITERAL);
}

char **sh_expand_words(struct sh *sh, struct arena *a, char **words, int n, int *argc)
{
	struct expansion e = { .sh = sh, .arena = a, .split = true };

	e.argv = arena_alloc(a, sizeof(*e.argv));
	for (int i = 0; i < n; i++) {
		expand_raw(&e, words[i]);
		end_word(&e);
	}
	str_free(&e.text);
	str_free(&e.origin);
	*argc = e.argc;
	return e.argv;
}

char *sh_expand_one(struct sh *sh, struct arena *a, const char *word)
{
	struct expansion e = { .sh = sh, .arena = a };
	char *result;

	expand_raw(&e, word);
	result = arena_strndup(a, e.text.len ? e.text.s : "", e.text.len);
	str_free(&e.text);
	str_free(&e.origin);
	return result;
}
