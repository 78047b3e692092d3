/* What the two halves of the grammar share: parse.c has conditions, parse_arith.c numbers. */
#pragma once

#include "compile.h"
#include "lex.h"

#define NESTING_MAX 40 /* a level costs some hundred bytes of the task's stack */

struct parser {
	struct compiler *c;
	const char *rest; /* behind token */
	struct token token;
};

void parser_next(struct parser *p);
/* Says that something else was expected than the next word. */
void parser_unexpected(struct parser *p);
/* Takes the next word, if it is @kind. */
bool parser_take(struct parser *p, int kind);
bool parser_take_word(struct parser *p, const char *word);
/* One level deeper; false: that is too deep. */
bool parser_enter(struct parser *p);
void parser_leave(struct parser *p);

/* The protocol that @t names; NULL: none. */
const struct qualifiers *protocol_named(const struct token *t);

/* "less 64", "vlan 5", "inbound" and so on. NULL: it is none of them (or it has failed). */
const struct cond *parse_special(struct parser *p);
/* "arith relop arith" from here on. NULL: there is none, and nothing was taken. */
const struct cond *parse_relation(struct parser *p);
