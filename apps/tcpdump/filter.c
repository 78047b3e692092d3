/*
 * The filter compiler's front, and what else is done with programs in a task: looking whether one
 * is sound, and running it over packets that come from a file.
 */
#include <stdlib.h>
#include <string.h>

#include "compile.h"

bool filter_compile(const char *text, const struct filter_env *env, struct filter_program *prog,
		    char error[FILTER_ERROR_SIZE])
{
	struct compiler c = { .env = env, .error = error };
	const struct cond *cond;
	struct block *root;
	bool ok = false;

	*prog = (struct filter_program){ 0 };
	error[0] = '\0';
	if (!compiler_begin(&c))
		return false;
	cond = parse_expression(&c, text);
	if (!c.failed) {
		root = blocks_build(&c, cond);
		if (env->optimize && !c.failed)
			root = optimize(&c, root);
		ok = !c.failed && emit(&c, root, prog);
	}
	compiler_end(&c);
	return ok;
}

void filter_free(struct filter_program *prog)
{
	free(prog->insns);
	*prog = (struct filter_program){ 0 };
}

/* ---- soundness ---- */

static bool load_valid(const struct sock_filter *f)
{
	if (BPF_CLASS(f->code) == BPF_LDX && BPF_MODE(f->code) == BPF_MSH)
		return BPF_SIZE(f->code) == BPF_B;
	switch (BPF_MODE(f->code)) {
	case BPF_IMM:
	case BPF_LEN:
		return BPF_SIZE(f->code) == BPF_W;
	case BPF_MEM:
		return BPF_SIZE(f->code) == BPF_W && f->k < BPF_MEMWORDS;
	case BPF_ABS:
	case BPF_IND:
		return BPF_CLASS(f->code) == BPF_LD && BPF_SIZE(f->code) != 0x18;
	}
	return false;
}

static bool insn_valid(const struct sock_filter *f, unsigned int left)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
	case BPF_LDX:
		return load_valid(f);
	case BPF_ST:
	case BPF_STX:
		return f->k < BPF_MEMWORDS;
	case BPF_ALU:
		if (BPF_OP(f->code) > BPF_XOR)
			return false;
		return f->k || BPF_SRC(f->code) == BPF_X ||
		       (BPF_OP(f->code) != BPF_DIV && BPF_OP(f->code) != BPF_MOD);
	case BPF_JMP:
		if (BPF_OP(f->code) == BPF_JA)
			return f->k < left;
		return BPF_OP(f->code) <= BPF_JSET && f->jt < left && f->jf < left;
	}
	return true;
}

bool filter_valid(const struct filter_program *prog)
{
	if (!prog->len || prog->len > BPF_MAXINSNS)
		return false;
	for (unsigned int i = 0; i < prog->len; i++)
		if (!insn_valid(&prog->insns[i], prog->len - 1 - i))
			return false;
	return BPF_CLASS(prog->insns[prog->len - 1].code) == BPF_RET;
}

/* ---- running ---- */

struct machine {
	const uint8_t *p;
	uint32_t len, caplen;
	uint32_t a, x, cells[BPF_MEMWORDS];
};

static bool fetch(const struct machine *m, uint16_t code, uint64_t at, uint32_t *v)
{
	uint32_t size = BPF_SIZE(code) == BPF_W ? 4 : BPF_SIZE(code) == BPF_H ? 2 : 1;

	if (at >= m->caplen || size > m->caplen - at)
		return false;
	*v = 0;
	for (uint32_t i = 0; i < size; i++)
		*v = *v << 8 | m->p[at + i];
	return true;
}

static bool load(struct machine *m, const struct sock_filter *f)
{
	uint32_t *to = BPF_CLASS(f->code) == BPF_LD ? &m->a : &m->x;

	switch (BPF_MODE(f->code)) {
	case BPF_IMM:
		*to = f->k;
		return true;
	case BPF_LEN:
		*to = m->len;
		return true;
	case BPF_MEM:
		*to = m->cells[f->k];
		return true;
	case BPF_ABS:
		return fetch(m, f->code, f->k, to);
	case BPF_IND:
		return fetch(m, f->code, (uint64_t)m->x + f->k, to);
	}
	if (!fetch(m, f->code, f->k, to))
		return false;
	*to = (*to & 0xf) * 4;
	return true;
}

static bool compute(struct machine *m, const struct sock_filter *f)
{
	uint32_t b = BPF_SRC(f->code) == BPF_X ? m->x : f->k;

	switch (BPF_OP(f->code)) {
	case BPF_ADD:
		m->a += b;
		break;
	case BPF_SUB:
		m->a -= b;
		break;
	case BPF_MUL:
		m->a *= b;
		break;
	case BPF_DIV:
		m->a = b ? m->a / b : 0;
		return b != 0;
	case BPF_MOD:
		m->a = b ? m->a % b : 0;
		return b != 0;
	case BPF_OR:
		m->a |= b;
		break;
	case BPF_AND:
		m->a &= b;
		break;
	case BPF_XOR:
		m->a ^= b;
		break;
	case BPF_LSH:
		m->a = b < 32 ? m->a << b : 0;
		break;
	case BPF_RSH:
		m->a = b < 32 ? m->a >> b : 0;
		break;
	case BPF_NEG:
		m->a = -m->a;
		break;
	}
	return true;
}

/* How many instructions are leapt over. */
static uint32_t jump(const struct machine *m, const struct sock_filter *f)
{
	uint32_t b = BPF_SRC(f->code) == BPF_X ? m->x : f->k;
	bool yes;

	switch (BPF_OP(f->code)) {
	case BPF_JA:
		return f->k;
	case BPF_JEQ:
		yes = m->a == b;
		break;
	case BPF_JGT:
		yes = m->a > b;
		break;
	case BPF_JGE:
		yes = m->a >= b;
		break;
	default:
		yes = m->a & b;
	}
	return yes ? f->jt : f->jf;
}

uint32_t filter_run(const struct filter_program *prog, const uint8_t *p, uint32_t len,
		    uint32_t caplen)
{
	struct machine m = { p, len, caplen, 0, 0, { 0 } };

	for (const struct sock_filter *f = prog->insns;; f++) {
		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
		case BPF_LDX:
			if (!load(&m, f))
				return 0;
			break;
		case BPF_ST:
			m.cells[f->k] = m.a;
			break;
		case BPF_STX:
			m.cells[f->k] = m.x;
			break;
		case BPF_ALU:
			if (!compute(&m, f))
				return 0;
			break;
		case BPF_JMP:
			f += jump(&m, f);
			break;
		case BPF_RET:
			return BPF_RVAL(f->code) == BPF_A ? m.a : f->k;
		case BPF_MISC:
			if (BPF_MISCOP(f->code) == BPF_TAX)
				m.x = m.a;
			else
				m.a = m.x;
		}
	}
}
