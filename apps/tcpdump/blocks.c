/*
 * From a condition to a graph of tests: built from its end, so that each test is made with both
 * ways out known, and short circuits come by themselves. Equal tests with equal ways out are one
 * block. A graph has no loops: jumps only go forward.
 */
#include <stdlib.h>
#include <string.h>

#include "compile.h"

static struct block *intern(struct compiler *c, struct block wanted)
{
	struct block *b;

	for (b = c->blocks; b; b = b->next)
		if (b->left == wanted.left && b->right == wanted.right && b->op == wanted.op &&
		    b->k == wanted.k && b->out[0] == wanted.out[0] && b->out[1] == wanted.out[1])
			return b;
	b = compiler_alloc(c, sizeof(*b));
	wanted.next = c->blocks;
	if (c->failed)
		return b;
	*b = wanted;
	c->blocks = b;
	c->nr_blocks++;
	return b;
}

static struct block *test_block(struct compiler *c, const struct cond *cond, struct block *yes,
				struct block *no)
{
	struct block b = { .left = cond->left, .op = cond->op, .out = { no, yes } };

	if (yes == no)
		return yes;
	if (cond->right->kind == V_NUMBER)
		b.k = cond->right->k;
	else
		b.right = cond->right;
	return intern(c, b);
}

/*
 * The block where @cond begins, that goes to @yes or @no. Chains of and, or, not lean to the left,
 * as the grammar does, and are followed in a loop.
 */
static struct block *build(struct compiler *c, const struct cond *cond, struct block *yes,
			   struct block *no)
{
	while (!c->failed) {
		struct block *swap, *right;

		switch (cond->kind) {
		case C_CONST:
			return cond->constant ? yes : no;
		case C_TEST:
			return test_block(c, cond, yes, no);
		case C_NOT:
			swap = yes;
			yes = no;
			no = swap;
			break;
		case C_AND:
			right = build(c, cond->b, yes, no);
			yes = right;
			break;
		case C_OR:
			right = build(c, cond->b, yes, no);
			no = right;
			break;
		}
		cond = cond->a;
	}
	return no;
}

struct block *blocks_build(struct compiler *c, const struct cond *cond)
{
	struct block *yes = intern(c, (struct block){ .k = c->env->snaplen });
	struct block *no = intern(c, (struct block){ .k = 0 });

	return cond ? build(c, cond, yes, no) : yes;
}

/* What is on the way down in a search, without recursion: graphs are deep. */
struct visit {
	struct block *block;
	int next; /* way out to look at; 2: both are done */
};

/* Blocks in the order in which the search leaves them: all that one leads to before it. */
static unsigned int leave_order(struct block *root, struct visit *stack, struct block **left)
{
	unsigned int depth = 0, n = 0;

	stack[depth++] = (struct visit){ root, root->left ? 0 : 2 };
	root->order = 1;
	while (depth) {
		struct visit *v = &stack[depth - 1];
		struct block *b;

		if (v->next == 2) {
			left[n++] = v->block;
			depth--;
			continue;
		}
		b = v->block->out[v->next++];
		if (b->order)
			continue;
		b->order = 1;
		stack[depth++] = (struct visit){ b, b->left ? 0 : 2 };
	}
	return n;
}

struct block **blocks_order(struct compiler *c, struct block *root, unsigned int *n)
{
	struct block **order = malloc((c->nr_blocks + 1) * sizeof(*order));
	struct visit *stack = malloc((c->nr_blocks + 1) * sizeof(*stack));

	*n = 0;
	for (struct block *b = c->blocks; b; b = b->next)
		b->order = 0;
	if (order && stack)
		*n = leave_order(root, stack, order);
	else
		compiler_fail(c, "out of memory");
	free(stack);
	for (unsigned int i = 0; i < *n / 2; i++) {
		struct block *swap = order[i];

		order[i] = order[*n - 1 - i];
		order[*n - 1 - i] = swap;
	}
	for (unsigned int i = 0; i < *n; i++)
		order[i]->order = i + 1;
	return order;
}
