/*
 * The shell's lexer: cuts a text into words and operators. A word keeps its quotes; expand.c takes
 * them away. Pure.
 */
#include <ctype.h>
#include <string.h>

#include "sh.h"

#define MAX_DEPTH 16 /* of quotes in substitutions in quotes */

static const char *skip(const char *p, int depth);

static const char *skip_single(const char *p)
{
	p = strchr(p + 1, '\'');
	return p ? p + 1 : NULL;
}

/* "…" and `…`: up to the same character, with \c taken as one and, within "…", substitutions as
 * wholes. */
static const char *skip_until(const char *p, char end, int depth)
{
	for (p++; *p; p++) {
		if (*p == end)
			return p + 1;
		if (*p == '\\' && p[1]) {
			p++;
		} else if (*p == '$' && (p[1] == '(' || p[1] == '{')) {
			p = skip(p, depth);
			if (!p)
				return NULL;
			p--;
		}
	}
	return NULL;
}

/* $(…) and ${…}, with quotes and further parentheses inside. */
static const char *skip_nested(const char *p, char open, char close, int depth)
{
	int inside = 0;

	while (*p) {
		if (strchr("'\"`\\", *p)) {
			p = skip(p, depth);
			if (!p)
				return NULL;
			continue;
		}
		if (*p == open)
			inside++;
		if (*p++ == close && !--inside)
			return p;
	}
	return NULL;
}

static const char *skip(const char *p, int depth)
{
	if (!depth)
		return NULL;
	switch (*p) {
	case '\'':
		return skip_single(p);
	case '"':
	case '`':
		return skip_until(p, *p, depth - 1);
	case '\\':
		return p[1] ? p + 2 : NULL;
	case '$':
		if (p[1] == '(')
			return skip_nested(p + 1, '(', ')', depth - 1);
		if (p[1] == '{')
			return skip_nested(p + 1, '{', '}', depth - 1);
		return p + 1;
	default:
		return p + 1;
	}
}

const char *sh_skip_quoted(const char *p)
{
	return skip(p, MAX_DEPTH);
}

static void skip_blank(struct lexer *l)
{
	for (;;) {
		if (*l->p == ' ' || *l->p == '\t' || *l->p == '\r')
			l->p++;
		else if (l->p[0] == '\\' && l->p[1] == '\n')
			l->p += 2;
		else
			break;
	}
	if (*l->p == '#')
		l->p += strcspn(l->p, "\n");
}

/* Takes one of the operators at the front of the text. */
static bool lex_operator(struct lexer *l, struct token *t)
{
	static const struct {
		const char *text;
		enum token_type type;
	} ops[] = {
		{ "\n", T_NEWLINE }, { "&&", T_AND }, { "&", T_AMP },	  { "||", T_OR },
		{ "|", T_PIPE },     { ";", T_SEMI }, { ">>", T_APPEND }, { ">&", T_DUP },
		{ ">", T_GREAT },    { "<", T_LESS }, { "(", T_LPAREN },  { ")", T_RPAREN },
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		size_t len = strlen(ops[i].text);

		if (strncmp(l->p, ops[i].text, len))
			continue;
		t->type = ops[i].type;
		t->len = len;
		t->fd = t->type == T_LESS ? 0 : 1;
		l->p += len;
		return true;
	}
	return false;
}

/* "2>": a digit right in front of a redirection names its descriptor. */
static bool lex_numbered(struct lexer *l, struct token *t)
{
	int fd = l->p[0] - '0';

	if (!isdigit(l->p[0]) || (l->p[1] != '<' && l->p[1] != '>'))
		return false;
	l->p++;
	lex_operator(l, t);
	t->fd = fd;
	t->len++;
	return true;
}

static void lex_word(struct lexer *l, struct token *t)
{
	t->type = T_WORD;
	while (*l->p && !strchr(" \t\r\n;&|<>()", *l->p)) {
		const char *next = sh_skip_quoted(l->p);

		if (!next) {
			t->type = T_UNFINISHED;
			l->p += strlen(l->p);
			break;
		}
		l->p = next;
	}
	t->len = l->p - t->text;
}

void sh_lex(struct lexer *l, struct token *t)
{
	skip_blank(l);
	*t = (struct token){ .type = T_EOF, .text = l->p };
	if (!*l->p || lex_numbered(l, t) || lex_operator(l, t))
		return;
	lex_word(l, t);
}
