/*
 * Jumps past tests whose outcome is known: on the way to a block some tests have been made, with
 * the same outcome on every way. Their outcomes, and what follows from them (what equals 6 does not
 * equal 17), are two sets of tests for each block, those that hold and those that do not. Loads
 * that are there already are left out by emit.c.
 */
#include <stdlib.h>
#include <string.h>

#include "compile.h"

#define BLOCKS_MAX 1024 /* of a graph that is looked at: sets cost its square */

/* Sets are rows of words: row 2i of block i holds what holds, row 2i + 1 what does not. */
struct facts {
	struct block **tests; /* one block of each test */
	unsigned int nr_tests;
	size_t words;
	uint64_t *rows;
	uint64_t *edge; /* two rows: what is known on one way out */
};

static uint64_t *row(const struct facts *f, const struct block *b, int outcome)
{
	return f->rows + (2 * (b->order - 1) + !outcome) * f->words;
}

static void set_bit(uint64_t *set, unsigned int i)
{
	set[i / 64] |= 1ull << (i % 64);
}

static bool has_bit(const uint64_t *set, unsigned int i)
{
	return set[i / 64] >> (i % 64) & 1;
}

static bool same_test(const struct block *a, const struct block *b)
{
	return a->left == b->left && a->right == b->right && a->op == b->op && a->k == b->k;
}

static void number_tests(struct facts *f, struct block **order, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		unsigned int t = 0;

		if (!order[i]->left)
			continue;
		while (t < f->nr_tests && !same_test(f->tests[t], order[i]))
			t++;
		if (t == f->nr_tests)
			f->tests[f->nr_tests++] = order[i];
		order[i]->test = t;
	}
}

static bool holds(const struct block *test, uint32_t v)
{
	switch (test->op) {
	case BPF_JEQ:
		return v == test->k;
	case BPF_JGT:
		return v > test->k;
	case BPF_JGE:
		return v >= test->k;
	}
	return v & test->k;
}

/* The value is known now, and with it all other tests of it. */
static void value_is(struct facts *f, const struct value *value, uint32_t v)
{
	for (unsigned int t = 0; t < f->nr_tests; t++)
		if (f->tests[t]->left == value && !f->tests[t]->right)
			set_bit(f->edge + (holds(f->tests[t], v) ? 0 : f->words), t);
}

/* What is known when @b is left by @outcome. */
static void leave_block(struct facts *f, const struct block *b, int outcome)
{
	memcpy(f->edge, row(f, b, 1), 2 * f->words * sizeof(*f->edge));
	set_bit(f->edge + (outcome ? 0 : f->words), b->test);
	if (outcome && b->op == BPF_JEQ && !b->right)
		value_is(f, b->left, b->k);
}

/* Where that leads. */
static struct block *thread(const struct facts *f, struct block *to)
{
	while (to->left) {
		if (has_bit(f->edge, to->test))
			to = to->out[1];
		else if (has_bit(f->edge + f->words, to->test))
			to = to->out[0];
		else
			break;
	}
	return to;
}

/* One more way leads to @b: only what is known on all of them is known there. */
static void arrive(const struct facts *f, struct block *b)
{
	uint64_t *set = row(f, b, 1);

	for (size_t i = 0; i < 2 * f->words; i++)
		set[i] = b->reached ? set[i] & f->edge[i] : f->edge[i];
	b->reached = true;
}

static void thread_all(struct facts *f, struct block **order, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		order[i]->reached = i == 0;
	for (unsigned int i = 0; i < n; i++) {
		struct block *b = order[i];

		for (int outcome = 0; b->reached && b->left && outcome < 2; outcome++) {
			leave_block(f, b, outcome);
			b->out[outcome] = thread(f, b->out[outcome]);
			arrive(f, b->out[outcome]);
		}
	}
}

/* Blocks that @b is the same as, among the @n of @order behind it. */
static struct block *twin(struct block **order, unsigned int n, struct block *b)
{
	for (unsigned int i = b->order; b->left && i < n; i++)
		if (order[i]->left && same_test(order[i], b) && order[i]->out[0] == b->out[0] &&
		    order[i]->out[1] == b->out[1])
			return order[i];
	return b;
}

/* Threading leaves tests whose outcome no longer matters, and pairs that have become alike. */
static void tidy(struct block **order, unsigned int n)
{
	for (unsigned int i = n; i-- > 0;) {
		struct block *b = order[i];

		for (int outcome = 0; b->left && outcome < 2; outcome++)
			b->out[outcome] = b->out[outcome]->same;
		b->same = b->left && b->out[0] == b->out[1] ? b->out[0] : twin(order, n, b);
	}
}

struct block *optimize(struct compiler *c, struct block *root)
{
	struct facts f = { 0 };
	unsigned int n;
	struct block **order = blocks_order(c, root, &n);

	if (c->failed || n > BLOCKS_MAX)
		goto out;
	f.tests = calloc(n, sizeof(struct block *));
	if (!f.tests)
		goto out;
	number_tests(&f, order, n);
	f.words = (f.nr_tests + 63) / 64;
	f.rows = calloc((2 * n + 2) * f.words + 1, sizeof(*f.rows));
	if (f.rows) {
		f.edge = f.rows + 2 * n * f.words;
		thread_all(&f, order, n);
		tidy(order, n);
		root = root->same;
	}
	free(f.rows);
	free(f.tests);
out:
	free(order);
	return root;
}
