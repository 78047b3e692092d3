/*
 * The shell's pure parts: words and operators, and file name patterns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "apps/sh/sh.h"

/* Lexes a copy of exactly @text's size and compares with what is listed: type, and text for words.
 */
static void check(const char *text, int n, const struct token *want)
{
	char *copy = strdup(text);
	struct lexer l = { copy };
	struct token t;

	for (int i = 0; i < n; i++) {
		sh_lex(&l, &t);
		assert_int_equal(t.type, want[i].type);
		if (want[i].text) {
			assert_int_equal(t.len, strlen(want[i].text));
			assert_memory_equal(t.text, want[i].text, t.len);
		}
		if (t.type >= T_LESS && t.type <= T_DUP)
			assert_int_equal(t.fd, want[i].fd);
	}
	free(copy);
}

#define CHECK(text, ...)                                                                           \
	do {                                                                                       \
		const struct token want[] = { __VA_ARGS__ };                                       \
		check(text, sizeof(want) / sizeof(want[0]), want);                                 \
	} while (0)
#define WORD(t)                                                                                    \
	{                                                                                          \
		.type = T_WORD, .text = (t)                                                        \
	}
#define OP(t)                                                                                      \
	{                                                                                          \
		.type = (t)                                                                        \
	}

static void test_words(void **state)
{
	CHECK("  ping -c 1\thost ", WORD("ping"), WORD("-c"), WORD("1"), WORD("host"), OP(T_EOF));
	CHECK("a#b # comment\nc", WORD("a#b"), OP(T_NEWLINE), WORD("c"), OP(T_EOF));
	CHECK("a\\\nb \\\n c", WORD("a\\\nb"), WORD("c"), OP(T_EOF));
	CHECK("", OP(T_EOF));
}

static void test_quotes(void **state)
{
	CHECK("'a b;' \"c | \\\" d\" e\\ f", WORD("'a b;'"), WORD("\"c | \\\" d\""), WORD("e\\ f"),
	      OP(T_EOF));
	CHECK("x'y'\"z\"", WORD("x'y'\"z\""), OP(T_EOF));
	CHECK("$(a; b 'c)' $(d)) ${x:-a b} `e f`", WORD("$(a; b 'c)' $(d))"), WORD("${x:-a b}"),
	      WORD("`e f`"), OP(T_EOF));
	CHECK("\"$(echo \")\")\"", WORD("\"$(echo \")\")\""), OP(T_EOF));
}

static void test_operators(void **state)
{
	CHECK("a&&b||c|d;e&f", WORD("a"), OP(T_AND), WORD("b"), OP(T_OR), WORD("c"), OP(T_PIPE),
	      WORD("d"), OP(T_SEMI), WORD("e"), OP(T_AMP), WORD("f"), OP(T_EOF));
	CHECK("(a)", OP(T_LPAREN), WORD("a"), OP(T_RPAREN), OP(T_EOF));
	CHECK("a>b 2>&1 <c >>d 3>e 22>f", WORD("a"), { .type = T_GREAT, .fd = 1 }, WORD("b"),
	      { .type = T_DUP, .fd = 2 }, WORD("1"), { .type = T_LESS, .fd = 0 }, WORD("c"),
	      { .type = T_APPEND, .fd = 1 }, WORD("d"), { .type = T_GREAT, .fd = 3 }, WORD("e"),
	      WORD("22"), { .type = T_GREAT, .fd = 1 }, WORD("f"), OP(T_EOF));
}

static void test_unfinished(void **state)
{
	CHECK("'a", OP(T_UNFINISHED));
	CHECK("\"a", OP(T_UNFINISHED));
	CHECK("a \\", WORD("a"), OP(T_UNFINISHED));
	CHECK("$(a", OP(T_UNFINISHED));
	CHECK("`a", OP(T_UNFINISHED));
	CHECK("${a", OP(T_UNFINISHED));
}

/* Whatever the bytes, the lexer moves on and stays within them. */
static void test_any_bytes(void **state)
{
	static const char chars[] = "a'\"\\$(){}`;&|<> \n#*";

	srand(1);
	for (int round = 0; round < 20000; round++) {
		size_t n = rand() % 12;
		char *text = calloc(1, n + 1);
		struct lexer l = { text };
		struct token t;

		for (size_t i = 0; i < n; i++)
			text[i] = chars[rand() % (sizeof(chars) - 1)];
		do {
			const char *before = l.p;

			sh_lex(&l, &t);
			assert_true(l.p <= text + n);
			assert_true(l.p > before || t.type == T_EOF);
		} while (t.type != T_EOF && t.type != T_UNFINISHED);
		free(text);
	}
}

static void test_patterns(void **state)
{
	assert_true(sh_match("*", "anything"));
	assert_true(sh_match("ifcfg-*", "ifcfg-eth0"));
	assert_true(sh_match("?a[x-z][!0-9]*", "caxb"));
	assert_true(sh_match("a*b*c", "aXXbYbZc"));
	assert_true(sh_match("[]]", "]"));
	assert_true(sh_match("\\*", "*"));
	assert_false(sh_match("\\*", "x"));
	assert_false(sh_match("?", ""));
	assert_false(sh_match("a*b", "aXc"));
	assert_false(sh_match("[a-c]", "d"));
	assert_true(sh_match("[x", "[x"));
	assert_false(sh_has_glob("\\*plain"));
	assert_true(sh_has_glob("a?"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	  cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_operators), cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_any_bytes), cmocka_unit_test(test_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
