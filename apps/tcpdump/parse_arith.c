/*
 * The numbers of the grammar: arithmetic over constants, `len` and bytes of headers, and relations
 * between two of them. A relation holds only for packets that have the headers it looks into.
 */
#include <string.h>

#include "parse.h"

struct number {
	const struct value *value;
	const struct cond *needs; /* NULL: nothing */
};

static bool arith(struct parser *p, int level, struct number *out);

/* ---- names of numbers ---- */

static bool named_number(const struct token *t, uint32_t *out)
{
	static const struct {
		const char *name;
		uint32_t value;
	} names[] = {
		{ "tcpflags", 13 },	    { "tcp-fin", 0x01 },
		{ "tcp-syn", 0x02 },	    { "tcp-rst", 0x04 },
		{ "tcp-push", 0x08 },	    { "tcp-ack", 0x10 },
		{ "tcp-urg", 0x20 },	    { "tcp-ece", 0x40 },
		{ "tcp-cwr", 0x80 },	    { "icmptype", 0 },
		{ "icmpcode", 1 },	    { "icmp-echoreply", 0 },
		{ "icmp-unreach", 3 },	    { "icmp-sourcequench", 4 },
		{ "icmp-redirect", 5 },	    { "icmp-echo", 8 },
		{ "icmp-routeradvert", 9 }, { "icmp-routersolicit", 10 },
		{ "icmp-timxceed", 11 },    { "icmp-paramprob", 12 },
		{ "icmp-tstamp", 13 },	    { "icmp-tstampreply", 14 },
		{ "icmp-ireq", 15 },	    { "icmp-ireqreply", 16 },
		{ "icmp-maskreq", 17 },	    { "icmp-maskreply", 18 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (token_is(t, names[i].name)) {
			*out = names[i].value;
			return true;
		}
	return false;
}

/* ---- proto[index:size] ---- */

static bool access_size(struct parser *p, uint8_t *size)
{
	static const uint8_t sizes[] = { 0, BPF_B, BPF_H, 0, BPF_W };

	*size = BPF_B;
	if (!parser_take(p, ':'))
		return true;
	if (p->token.kind != T_NUMBER)
		return false;
	if (!p->token.number || p->token.number == 3 || p->token.number > 4) {
		compiler_fail(p->c, "data size must be 1, 2, or 4");
		return false;
	}
	*size = sizes[p->token.number];
	parser_next(p);
	return true;
}

static bool parse_access(struct parser *p, const struct qualifiers *q, struct number *out)
{
	struct number index;
	uint8_t size;

	parser_next(p);
	if (!parser_take(p, '['))
		return false;
	if (!arith(p, 0, &index) || !access_size(p, &size) || !parser_take(p, ']')) {
		parser_unexpected(p);
		return false;
	}
	out->value = term_access(p->c, q, size, index.value);
	out->needs = cond_and(p->c, index.needs, term_accessible(p->c, q));
	return true;
}

/* ---- arithmetic ---- */

static bool operand_inner(struct parser *p, struct number *out)
{
	const struct qualifiers *q = protocol_named(&p->token);
	uint32_t k;

	out->needs = NULL;
	if (q)
		return parse_access(p, q, out);
	if (parser_take(p, '('))
		return arith(p, 0, out) && parser_take(p, ')');
	if (parser_take(p, '-')) {
		if (!arith(p, 99, out))
			return false;
		out->value = value_negate(p->c, out->value);
		return true;
	}
	if (parser_take_word(p, "len")) {
		out->value = value_len(p->c);
		return true;
	}
	k = p->token.number;
	if (p->token.kind != T_NUMBER && !named_number(&p->token, &k))
		return false;
	out->value = value_number(p->c, k);
	parser_next(p);
	return true;
}

static bool operand(struct parser *p, struct number *out)
{
	bool ok;

	if (!parser_enter(p))
		return false;
	ok = operand_inner(p, out);
	parser_leave(p);
	return ok;
}

/* How tightly the operator @kind binds; 0: it is none. */
static int operator_level(int kind, uint16_t *op)
{
	static const struct {
		int kind, level;
		uint16_t op;
	} operators[] = {
		{ '|', 1, BPF_OR },	      { '^', 1, BPF_XOR },	     { '&', 2, BPF_AND },
		{ T_SHIFT_LEFT, 3, BPF_LSH }, { T_SHIFT_RIGHT, 3, BPF_RSH }, { '+', 4, BPF_ADD },
		{ '-', 4, BPF_SUB },	      { '*', 5, BPF_MUL },	     { '/', 5, BPF_DIV },
		{ '%', 5, BPF_MOD },
	};

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (operators[i].kind == kind) {
			*op = operators[i].op;
			return operators[i].level;
		}
	return 0;
}

/* Operators that bind more tightly than @level. */
static bool arith(struct parser *p, int level, struct number *out)
{
	struct number right;
	uint16_t op = 0;

	if (!operand(p, out))
		return false;
	for (;;) {
		int here = operator_level(p->token.kind, &op);

		if (here <= level)
			return true;
		parser_next(p);
		if (!arith(p, here, &right))
			return false;
		out->value = value_binary(p->c, op, out->value, right.value);
		out->needs = cond_and(p->c, out->needs, right.needs);
	}
}

/* ---- relations ---- */

static const struct cond *compare(struct compiler *c, int relation, const struct value *a,
				  const struct value *b)
{
	switch (relation) {
	case '=':
		return cond_test(c, BPF_JEQ, a, b);
	case T_NOT_EQUAL:
		return cond_not(c, cond_test(c, BPF_JEQ, a, b));
	case '>':
		return cond_test(c, BPF_JGT, a, b);
	case T_LESS_EQUAL:
		return cond_not(c, cond_test(c, BPF_JGT, a, b));
	case T_GREATER_EQUAL:
		return cond_test(c, BPF_JGE, a, b);
	case '<':
		return cond_not(c, cond_test(c, BPF_JGE, a, b));
	}
	return NULL;
}

static bool is_relation(int kind)
{
	return kind == '=' || kind == '<' || kind == '>' || kind == T_NOT_EQUAL ||
	       kind == T_LESS_EQUAL || kind == T_GREATER_EQUAL;
}

const struct cond *parse_relation(struct parser *p)
{
	struct parser begin = *p;
	struct number a, b;
	const struct cond *test;
	int relation;

	if (!arith(p, 0, &a) || !is_relation(p->token.kind)) {
		*p = begin;
		return NULL;
	}
	relation = p->token.kind;
	parser_next(p);
	if (!arith(p, 0, &b)) {
		parser_unexpected(p);
		return cond_const(p->c, false);
	}
	test = compare(p->c, relation, a.value, b.value);
	return cond_and(p->c, cond_and(p->c, a.needs, b.needs), test);
}
