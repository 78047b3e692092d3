/*
 * Writes the graph down as instructions: first what each block needs loaded that is not there
 * already on every way to it, then the test. Conditional jumps reach 255 instructions far; what
 * lies beyond gets a jump of its own behind the test, which moves what follows, so places are found
 * by doing it over until nothing moves.
 */
#include <stdlib.h>
#include <string.h>

#include "compile.h"

#define JUMP_MAX 255

struct writer {
	struct compiler *c;
	struct sock_filter *out; /* NULL: only counts */
	unsigned int n;
};

static void put(struct writer *w, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	if (w->n >= BPF_MAXINSNS)
		compiler_fail(w->c, "the filter expression is too large");
	else if (w->out)
		w->out[w->n] = (struct sock_filter){ code, jt, jf, k };
	w->n++;
}

static void stmt(struct writer *w, uint16_t code, uint32_t k)
{
	put(w, code, 0, 0, k);
}

static uint32_t base_offset(const struct compiler *c, enum load_base base)
{
	uint32_t header = c->env->link == LINK_ETHERNET ? 14 : c->env->link == LINK_SLL2 ? 20 : 0;

	return base == BASE_LINK ? 0 : header;
}

/* ---- values into the accumulator ---- */

static void put_value(struct writer *w, const struct value *v, unsigned int cell, int *x_header);

static void put_load(struct writer *w, const struct value *v, unsigned int cell, int *x_header)
{
	uint32_t net = base_offset(w->c, v->base) + v->shift;
	uint16_t how = v->a || v->base == BASE_TRANSPORT ? BPF_IND : BPF_ABS;

	if (v->a)
		put_value(w, v->a, cell, x_header);
	if (v->base == BASE_TRANSPORT && *x_header != v->shift + 1) {
		stmt(w, BPF_LDX | BPF_MSH | BPF_B, net);
		*x_header = v->shift + 1;
	}
	if (v->a) {
		if (v->base == BASE_TRANSPORT)
			stmt(w, BPF_ALU | BPF_ADD | BPF_X, 0);
		stmt(w, BPF_MISC | BPF_TAX, 0);
		*x_header = 0;
	}
	stmt(w, BPF_LD | how | v->size, net + v->k);
}

/* @right into X, @left into A. */
static void put_pair(struct writer *w, const struct value *left, const struct value *right,
		     unsigned int cell, int *x_header)
{
	if (cell >= BPF_MEMWORDS) {
		compiler_fail(w->c, "the filter expression is too complex");
		return;
	}
	put_value(w, right, cell, x_header);
	stmt(w, BPF_ST, cell);
	put_value(w, left, cell + 1, x_header);
	stmt(w, BPF_LDX | BPF_MEM, cell);
	*x_header = 0;
}

static void put_binary(struct writer *w, const struct value *v, unsigned int cell, int *x_header)
{
	if (v->b->kind == V_NUMBER) {
		put_value(w, v->a, cell, x_header);
		stmt(w, BPF_ALU | v->op | BPF_K, v->b->k);
	} else {
		put_pair(w, v->a, v->b, cell, x_header);
		stmt(w, BPF_ALU | v->op | BPF_X, 0);
	}
}

/* Scratch cells from @cell on are free. */
static void put_value(struct writer *w, const struct value *v, unsigned int cell, int *x_header)
{
	switch (v->kind) {
	case V_NUMBER:
		stmt(w, BPF_LD | BPF_IMM, v->k);
		break;
	case V_LEN:
		stmt(w, BPF_LD | BPF_LEN, 0);
		break;
	case V_LOAD:
		put_load(w, v, cell, x_header);
		break;
	case V_BINARY:
		put_binary(w, v, cell, x_header);
		break;
	case V_NEGATE:
		put_value(w, v->a, cell, x_header);
		stmt(w, BPF_ALU | BPF_NEG, 0);
		break;
	}
}

/* ---- what a block may count on ---- */

static void arrive(struct block *b, const struct value *in_a, int in_x)
{
	if (!b->known) {
		b->in_a = in_a;
		b->in_x = in_x;
	} else {
		if (b->in_a != in_a)
			b->in_a = NULL;
		if (b->in_x != in_x)
			b->in_x = 0;
	}
	b->known = true;
}

static void put_loads(struct writer *w, const struct block *b, int *x_header)
{
	const struct value *have = w->c->env->optimize ? b->in_a : NULL;

	*x_header = w->c->env->optimize ? b->in_x : 0;
	if (b->right)
		put_pair(w, b->left, b->right, 0, x_header);
	else if (have != b->left)
		put_value(w, b->left, 0, x_header);
}

/* What is in the registers where, found by writing the loads to nowhere. */
static void find_loads(struct compiler *c, struct block **order, unsigned int n)
{
	struct writer nowhere = { .c = c };
	int x_header;

	for (unsigned int i = 0; i < n; i++)
		order[i]->known = order[i]->far[0] = order[i]->far[1] = false;
	arrive(order[0], NULL, 0);
	for (unsigned int i = 0; i < n; i++) {
		if (!order[i]->left)
			continue;
		nowhere.n = 0;
		put_loads(&nowhere, order[i], &x_header);
		for (int outcome = 0; outcome < 2; outcome++)
			arrive(order[i]->out[outcome], order[i]->left, x_header);
	}
}

/* ---- jumps ---- */

/* By the places of the round before, where all that @b leads to still stands. */
static unsigned int distance(const struct block *b, int outcome)
{
	return b->out[outcome]->pc - b->test_pc - 1;
}

/* Writes @b, whose ways out have the places of the round before; marks those that are too far. */
static void put_block(struct writer *w, struct block *b, bool *moved)
{
	uint16_t source = b->right ? BPF_X : BPF_K;
	unsigned int n = 0;
	uint8_t jump[2];
	int x_header;

	if (!b->left) {
		stmt(w, BPF_RET | BPF_K, b->k);
		return;
	}
	put_loads(w, b, &x_header);
	for (int outcome = 1; outcome >= 0; outcome--) {
		if (!b->far[outcome] && distance(b, outcome) > JUMP_MAX)
			b->far[outcome] = *moved = true;
		jump[outcome] = b->far[outcome] ? n++ : distance(b, outcome);
	}
	b->test_pc = w->n;
	put(w, BPF_JMP | b->op | source, jump[1], jump[0], b->right ? 0 : b->k);
	for (int outcome = 1; outcome >= 0; outcome--)
		if (b->far[outcome])
			stmt(w, BPF_JMP | BPF_JA, b->out[outcome]->pc - w->n - 1);
}

/* One round: the length of the program. */
static unsigned int layout(struct compiler *c, struct sock_filter *out, struct block **order,
			   unsigned int n, bool *moved)
{
	struct writer w = { c, out, 0 };

	*moved = false;
	for (unsigned int i = 0; i < n && !c->failed; i++) {
		if (order[i]->pc != w.n)
			*moved = true;
		order[i]->pc = w.n;
		put_block(&w, order[i], moved);
	}
	return w.n;
}

bool emit(struct compiler *c, struct block *root, struct filter_program *prog)
{
	unsigned int n;
	struct block **order = blocks_order(c, root, &n);
	bool moved = true;

	if (!c->failed)
		find_loads(c, order, n);
	for (unsigned int i = 0; i < n; i++)
		order[i]->pc = 1;
	while (moved && !c->failed)
		prog->len = layout(c, NULL, order, n, &moved);
	if (!c->failed) {
		prog->insns = malloc(prog->len * sizeof(*prog->insns));
		if (prog->insns)
			layout(c, prog->insns, order, n, &moved);
		else
			compiler_fail(c, "out of memory");
	}
	free(order);
	return !c->failed;
}
