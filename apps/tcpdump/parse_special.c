/*
 * Primitives of the grammar that are a word of their own: less, greater, vlan, inbound, outbound.
 */
#include "parse.h"

/* "less 64", "greater 1000" */
static const struct cond *length_limit(struct parser *p, bool less)
{
	const struct value *len = value_len(p->c), *limit;

	if (p->token.kind != T_NUMBER) {
		parser_unexpected(p);
		return cond_const(p->c, false);
	}
	limit = value_number(p->c, p->token.number);
	parser_next(p);
	if (less)
		return cond_not(p->c, cond_test(p->c, BPF_JGT, len, limit));
	return cond_test(p->c, BPF_JGE, len, limit);
}

/* "vlan", "vlan 100" */
static const struct cond *vlan(struct parser *p)
{
	bool given = p->token.kind == T_NUMBER;
	uint32_t id = p->token.number;

	if (given)
		parser_next(p);
	return term_vlan(p->c, given, id);
}

const struct cond *parse_special(struct parser *p)
{
	if (parser_take_word(p, "less"))
		return length_limit(p, true);
	if (parser_take_word(p, "greater"))
		return length_limit(p, false);
	if (parser_take_word(p, "vlan"))
		return vlan(p);
	if (parser_take_word(p, "inbound"))
		return term_direction(p->c, true);
	if (parser_take_word(p, "outbound"))
		return term_direction(p->c, false);
	if (token_is(&p->token, "gateway"))
		compiler_fail(p->c, "'gateway' not supported: there is no /etc/ethers");
	return NULL;
}
