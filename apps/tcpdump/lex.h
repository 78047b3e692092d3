/* The words of a filter expression. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind {
	T_END,
	T_BAD,	/* a character that nothing begins with, a number out of range */
	T_WORD, /* a name; keywords too, but not if they were written \tcp */
	T_NUMBER,
	T_DOTTED, /* 10.1, 10.1.2.3: an address, or its first bytes */
	T_ETHER,  /* 0:1:2:3:4:5 */
	T_IP6,	  /* fe80::1 */
	T_SHIFT_LEFT,
	T_SHIFT_RIGHT,
	T_LESS_EQUAL,
	T_GREATER_EQUAL,
	T_NOT_EQUAL,
	T_AND_AND,
	T_OR_OR,
	/* All others are their own character. */
};

struct token {
	int kind;
	const char *text;
	size_t len;
	bool escaped;
	uint32_t number; /* T_NUMBER, T_DOTTED: shifted to the top */
	uint8_t bytes;	 /* T_DOTTED: how many parts */
	uint8_t ether[6];
	uint8_t ip6[16];
};

/* The first token at *@s, which is moved behind it. */
struct token lex_token(const char **s);
/* Is it the unescaped word @word? */
bool token_is(const struct token *t, const char *word);
/* The whole of [@s, @s + @len) as a decimal, octal or hexadecimal number. */
bool lex_number(const char *s, size_t len, uint32_t *out);
