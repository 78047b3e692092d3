/*
 * Programs as text, in the notation of BPF's authors: what `tcpdump -d` prints.
 */
#include <abi/filter.h>
#include <stdio.h>
#include <string.h>

#include "filter.h"

#define OPERAND_SIZE 32

static const char *load_name(uint16_t code)
{
	if (BPF_CLASS(code) == BPF_LDX)
		return BPF_SIZE(code) == BPF_B ? "ldxb" : "ldx";
	return BPF_SIZE(code) == BPF_W ? "ld" : BPF_SIZE(code) == BPF_H ? "ldh" : "ldb";
}

static void load_operand(const struct sock_filter *f, char *out)
{
	switch (BPF_MODE(f->code)) {
	case BPF_IMM:
		snprintf(out, OPERAND_SIZE, "#0x%x", f->k);
		break;
	case BPF_ABS:
		snprintf(out, OPERAND_SIZE, "[%u]", f->k);
		break;
	case BPF_IND:
		snprintf(out, OPERAND_SIZE, "[x + %u]", f->k);
		break;
	case BPF_MEM:
		snprintf(out, OPERAND_SIZE, "M[%u]", f->k);
		break;
	case BPF_LEN:
		strcpy(out, "#pktlen");
		break;
	case BPF_MSH:
		snprintf(out, OPERAND_SIZE, "4*([%u]&0xf)", f->k);
	}
}

static const char *alu_name(uint16_t code)
{
	static const char *const names[] = { "add", "sub", "mul", "div", "or", "and",
					     "lsh", "rsh", "neg", "mod", "xor" };
	unsigned int op = BPF_OP(code) >> 4;

	return op < 11 ? names[op] : "unimp";
}

static void alu_operand(const struct sock_filter *f, char *out)
{
	uint16_t op = BPF_OP(f->code);
	bool hex = op == BPF_AND || op == BPF_OR || op == BPF_XOR;

	if (op == BPF_NEG)
		*out = '\0';
	else if (BPF_SRC(f->code) == BPF_X)
		strcpy(out, "x");
	else
		snprintf(out, OPERAND_SIZE, hex ? "#0x%x" : "#%u", f->k);
}

static const char *jump_name(uint16_t code)
{
	static const char *const names[] = { "ja", "jeq", "jgt", "jge", "jset" };
	unsigned int op = BPF_OP(code) >> 4;

	return op < 5 ? names[op] : "unimp";
}

static const char *other_name(const struct sock_filter *f, char *operand)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_ST:
	case BPF_STX:
		snprintf(operand, OPERAND_SIZE, "M[%u]", f->k);
		return BPF_CLASS(f->code) == BPF_ST ? "st" : "stx";
	case BPF_RET:
		if (BPF_RVAL(f->code) != BPF_A)
			snprintf(operand, OPERAND_SIZE, "#%u", f->k);
		return "ret";
	default:
		return BPF_MISCOP(f->code) == BPF_TAX ? "tax" : "txa";
	}
}

void filter_line(const struct filter_program *prog, unsigned int i, char line[FILTER_LINE_SIZE])
{
	const struct sock_filter *f = &prog->insns[i];
	char operand[OPERAND_SIZE] = "";
	const char *name;

	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
	case BPF_LDX:
		name = load_name(f->code);
		load_operand(f, operand);
		break;
	case BPF_ALU:
		name = alu_name(f->code);
		alu_operand(f, operand);
		break;
	case BPF_JMP:
		name = jump_name(f->code);
		if (BPF_OP(f->code) == BPF_JA)
			snprintf(operand, sizeof(operand), "%u", i + 1 + f->k);
		else if (BPF_SRC(f->code) == BPF_X)
			strcpy(operand, "x");
		else
			snprintf(operand, sizeof(operand), "#0x%x", f->k);
		break;
	default:
		name = other_name(f, operand);
	}
	if (BPF_CLASS(f->code) == BPF_JMP && BPF_OP(f->code) != BPF_JA)
		snprintf(line, FILTER_LINE_SIZE, "(%03u) %-8s %-16s jt %u\tjf %u", i, name, operand,
			 i + 1 + f->jt, i + 1 + f->jf);
	else
		snprintf(line, FILTER_LINE_SIZE, "(%03u) %-8s %s", i, name, operand);
}
