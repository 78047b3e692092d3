/*
 * Memory of a compilation, values and conditions: the trees that the grammar builds. What can be
 * computed at once is: numbers, and comparisons of numbers.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"

#define CHUNK_SIZE 8192
#define MEMORY_MAX (1024 * 1024)
#define FAR_OUT 0x0fffffffu /* an offset that no packet has */

struct chunk {
	struct chunk *next;
	size_t used;
	max_align_t bytes[CHUNK_SIZE / sizeof(max_align_t)];
};

void compiler_fail(struct compiler *c, const char *fmt, ...)
{
	va_list ap;

	if (c->failed)
		return;
	c->failed = true;
	va_start(ap, fmt);
	vsnprintf(c->error, FILTER_ERROR_SIZE, fmt, ap);
	va_end(ap);
}

void compiler_end(struct compiler *c)
{
	while (c->chunks) {
		struct chunk *chunk = c->chunks;

		c->chunks = chunk->next;
		free(chunk);
	}
	free(c->dummy);
}

bool compiler_begin(struct compiler *c)
{
	c->dummy = calloc(1, sizeof(*c->dummy));
	c->chunks = calloc(1, sizeof(*c->chunks));
	if (c->dummy && c->chunks)
		return true;
	compiler_fail(c, "out of memory");
	compiler_end(c);
	return false;
}

/* Failed compilations go on for a moment; what they build is never looked at. */
static void *dummy(struct compiler *c)
{
	compiler_fail(c, "the filter expression is too large");
	return memset(c->dummy->bytes, 0, sizeof(c->dummy->bytes));
}

void *compiler_alloc(struct compiler *c, size_t size)
{
	struct chunk *chunk = c->chunks;
	void *p;

	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (c->failed)
		return dummy(c);
	if (size > sizeof(chunk->bytes) - chunk->used) {
		if (c->allocated >= MEMORY_MAX || !(chunk = calloc(1, sizeof(*chunk))))
			return dummy(c);
		c->allocated += sizeof(*chunk);
		chunk->next = c->chunks;
		c->chunks = chunk;
	}
	p = (char *)chunk->bytes + chunk->used;
	chunk->used += size;
	return p;
}

/* ---- values ---- */

static bool value_equal(const struct value *v, const struct value *w)
{
	return v->kind == w->kind && v->k == w->k && v->base == w->base && v->size == w->size &&
	       v->shift == w->shift && v->op == w->op && v->a == w->a && v->b == w->b;
}

static const struct value *intern(struct compiler *c, struct value wanted)
{
	struct value *v;

	for (v = c->values; v; v = v->next)
		if (value_equal(v, &wanted))
			return v;
	v = compiler_alloc(c, sizeof(*v));
	wanted.next = c->values;
	*v = wanted;
	if (!c->failed)
		c->values = v;
	return v;
}

const struct value *value_number(struct compiler *c, uint32_t k)
{
	return intern(c, (struct value){ .kind = V_NUMBER, .k = k });
}

const struct value *value_len(struct compiler *c)
{
	return intern(c, (struct value){ .kind = V_LEN });
}

const struct value *value_load(struct compiler *c, enum load_base base, uint32_t k, uint8_t size,
			       const struct value *index)
{
	struct value v = { .kind = V_LOAD, .base = base, .k = k, .size = size };

	if (base != BASE_LINK)
		v.shift = (uint8_t)c->vlan;
	if (index && index->kind == V_NUMBER)
		v.k = index->k < FAR_OUT - k ? k + index->k : FAR_OUT;
	else
		v.a = index;
	return intern(c, v);
}

static bool compute(uint16_t op, uint32_t a, uint32_t b, uint32_t *r)
{
	switch (op) {
	case BPF_ADD:
		*r = a + b;
		return true;
	case BPF_SUB:
		*r = a - b;
		return true;
	case BPF_MUL:
		*r = a * b;
		return true;
	case BPF_DIV:
		*r = b ? a / b : 0;
		return b != 0;
	case BPF_MOD:
		*r = b ? a % b : 0;
		return b != 0;
	case BPF_OR:
		*r = a | b;
		return true;
	case BPF_AND:
		*r = a & b;
		return true;
	case BPF_XOR:
		*r = a ^ b;
		return true;
	case BPF_LSH:
		*r = b < 32 ? a << b : 0;
		return true;
	case BPF_RSH:
		*r = b < 32 ? a >> b : 0;
		return true;
	}
	return false;
}

static bool commutes(uint16_t op)
{
	return op == BPF_ADD || op == BPF_MUL || op == BPF_OR || op == BPF_AND || op == BPF_XOR;
}

const struct value *value_binary(struct compiler *c, uint16_t op, const struct value *a,
				 const struct value *b)
{
	struct value v = { .kind = V_BINARY, .op = op, .a = a, .b = b };
	uint32_t k;

	if (b->kind == V_NUMBER && !b->k && (op == BPF_DIV || op == BPF_MOD))
		compiler_fail(c, op == BPF_DIV ? "division by zero" : "modulus by zero");
	if (b->kind == V_NUMBER && b->k > 31 && (op == BPF_LSH || op == BPF_RSH))
		compiler_fail(c, "shift by more than 31 bits");
	if (a->kind == V_NUMBER && b->kind == V_NUMBER && compute(op, a->k, b->k, &k))
		return value_number(c, k);
	if (a->kind == V_NUMBER && commutes(op)) {
		v.a = b;
		v.b = a;
	}
	return intern(c, v);
}

const struct value *value_negate(struct compiler *c, const struct value *a)
{
	if (a->kind == V_NUMBER)
		return value_number(c, -a->k);
	return intern(c, (struct value){ .kind = V_NEGATE, .a = a });
}

/* ---- conditions ---- */

static const struct cond *join(struct compiler *c, enum cond_kind kind, const struct cond *a,
			       const struct cond *b)
{
	struct cond *r;

	if (!a || !b)
		return a ? a : b;
	r = compiler_alloc(c, sizeof(*r));
	r->kind = kind;
	r->a = a;
	r->b = b;
	return r;
}

const struct cond *cond_and(struct compiler *c, const struct cond *a, const struct cond *b)
{
	return join(c, C_AND, a, b);
}

const struct cond *cond_or(struct compiler *c, const struct cond *a, const struct cond *b)
{
	return join(c, C_OR, a, b);
}

const struct cond *cond_not(struct compiler *c, const struct cond *a)
{
	return join(c, C_NOT, a, a);
}

const struct cond *cond_const(struct compiler *c, bool constant)
{
	struct cond *r = compiler_alloc(c, sizeof(*r));

	r->kind = C_CONST;
	r->constant = constant;
	return r;
}

static bool holds(uint16_t op, uint32_t a, uint32_t b)
{
	return op == BPF_JEQ ? a == b : op == BPF_JGT ? a > b : op == BPF_JGE ? a >= b : a & b;
}

/* x & mask compared with 0 is a test of bits. */
static bool is_bit_test(uint16_t op, const struct value *left, const struct value *right)
{
	return op == BPF_JEQ && right->kind == V_NUMBER && !right->k && left->kind == V_BINARY &&
	       left->op == BPF_AND && left->b->kind == V_NUMBER;
}

const struct cond *cond_test(struct compiler *c, uint16_t op, const struct value *left,
			     const struct value *right)
{
	struct cond *r;

	if (left->kind == V_NUMBER && right->kind == V_NUMBER)
		return cond_const(c, holds(op, left->k, right->k));
	if (left->kind == V_NUMBER && op == BPF_JEQ)
		return cond_test(c, op, right, left);
	if (left->kind == V_NUMBER && op != BPF_JSET)
		return cond_not(c, cond_test(c, op == BPF_JGT ? BPF_JGE : BPF_JGT, right, left));
	if (is_bit_test(op, left, right))
		return cond_not(c, cond_test(c, BPF_JSET, left->a, left->b));
	r = compiler_alloc(c, sizeof(*r));
	r->kind = C_TEST;
	r->op = op;
	r->left = left;
	r->right = right;
	return r;
}

const struct cond *cond_field(struct compiler *c, enum load_base base, uint32_t k, uint8_t size,
			      uint32_t mask, uint32_t v)
{
	const struct value *field = value_load(c, base, k, size, NULL);

	if (mask != 0xffffffff)
		field = value_binary(c, BPF_AND, field, value_number(c, mask));
	return cond_test(c, BPF_JEQ, field, value_number(c, v));
}
