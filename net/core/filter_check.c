/*
 * The examination of a packet filter before it may run. What it lets pass is what Linux lets pass.
 * As jumps only go forward, a program ends; as its last instruction is a return, it does not run
 * out; and one walk from the first instruction to the last is enough to know which words of M[] are
 * written on every way to an instruction.
 */
#include "net/core/filter.h"

#define ALL_WORDS 0xffff /* of M[], a bit each */

#define BOTH(op) [(op) | BPF_K] = true, [(op) | BPF_X] = true

static const bool bpf_codes[256] = {
	[BPF_LD | BPF_W | BPF_ABS] = true,
	[BPF_LD | BPF_H | BPF_ABS] = true,
	[BPF_LD | BPF_B | BPF_ABS] = true,
	[BPF_LD | BPF_W | BPF_IND] = true,
	[BPF_LD | BPF_H | BPF_IND] = true,
	[BPF_LD | BPF_B | BPF_IND] = true,
	[BPF_LD | BPF_W | BPF_LEN] = true,
	[BPF_LD | BPF_IMM] = true,
	[BPF_LD | BPF_MEM] = true,
	[BPF_LDX | BPF_W | BPF_LEN] = true,
	[BPF_LDX | BPF_B | BPF_MSH] = true,
	[BPF_LDX | BPF_IMM] = true,
	[BPF_LDX | BPF_MEM] = true,
	[BPF_ST] = true,
	[BPF_STX] = true,
	BOTH(BPF_ALU | BPF_ADD),
	BOTH(BPF_ALU | BPF_SUB),
	BOTH(BPF_ALU | BPF_MUL),
	BOTH(BPF_ALU | BPF_DIV),
	BOTH(BPF_ALU | BPF_MOD),
	BOTH(BPF_ALU | BPF_OR),
	BOTH(BPF_ALU | BPF_AND),
	BOTH(BPF_ALU | BPF_XOR),
	BOTH(BPF_ALU | BPF_LSH),
	BOTH(BPF_ALU | BPF_RSH),
	[BPF_ALU | BPF_NEG] = true,
	[BPF_JMP | BPF_JA] = true,
	BOTH(BPF_JMP | BPF_JEQ),
	BOTH(BPF_JMP | BPF_JGT),
	BOTH(BPF_JMP | BPF_JGE),
	BOTH(BPF_JMP | BPF_JSET),
	[BPF_RET | BPF_K] = true,
	[BPF_RET | BPF_A] = true,
	[BPF_MISC | BPF_TAX] = true,
	[BPF_MISC | BPF_TXA] = true,
};

static bool stores(const struct sock_filter *in)
{
	return in->code == BPF_ST || in->code == BPF_STX;
}

static bool loads_word(const struct sock_filter *in)
{
	return in->code == (BPF_LD | BPF_MEM) || in->code == (BPF_LDX | BPF_MEM);
}

/* @left: instructions behind this one. */
static bool bpf_insn_ok(const struct sock_filter *in, u32 left)
{
	if (in->code >= ARRAY_SIZE(bpf_codes) || !bpf_codes[in->code])
		return false;
	if (stores(in) || loads_word(in))
		return in->k < BPF_MEMWORDS;
	switch (in->code) {
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_H | BPF_ABS:
	case BPF_LD | BPF_B | BPF_ABS:
		return in->k < (u32)SKF_AD_OFF || bpf_ancillary_known(in->k);
	case BPF_ALU | BPF_DIV | BPF_K:
	case BPF_ALU | BPF_MOD | BPF_K:
		return in->k != 0;
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return in->k < 32;
	case BPF_JMP | BPF_JA:
		return in->k < left;
	}
	return BPF_CLASS(in->code) != BPF_JMP || (in->jt < left && in->jf < left);
}

/*
 * @written[i]: words of M[] that are written on all ways by which a jump comes to instruction i.
 * False: one is read that is not.
 */
static bool bpf_memory_ok(const struct sock_filter *in, u32 len, u16 *written)
{
	u16 valid = 0; /* on the way straight down */

	memset(written, 0xff, len * sizeof(*written));
	for (u32 pc = 0; pc < len; pc++, in++) {
		valid &= written[pc];
		if (stores(in))
			valid |= (u16)(1u << in->k);
		else if (loads_word(in) && !(valid >> in->k & 1))
			return false;
		if (BPF_CLASS(in->code) != BPF_JMP)
			continue;
		if (in->code == (BPF_JMP | BPF_JA)) {
			written[pc + 1 + in->k] &= valid;
		} else {
			written[pc + 1 + in->jt] &= valid;
			written[pc + 1 + in->jf] &= valid;
		}
		valid = ALL_WORDS; /* nothing falls through a jump */
	}
	return true;
}

int bpf_check(const struct sock_filter *insns, u32 len)
{
	u16 *written;
	bool ok;

	if (!len || len > BPF_MAXINSNS || BPF_CLASS(insns[len - 1].code) != BPF_RET)
		return -EINVAL;
	for (u32 pc = 0; pc < len; pc++)
		if (!bpf_insn_ok(&insns[pc], len - pc - 1))
			return -EINVAL;
	written = kmalloc(len * sizeof(*written));
	if (!written)
		return -ENOMEM;
	ok = bpf_memory_ok(insns, len, written);
	kfree(written);
	return ok ? 0 : -EINVAL;
}
