/*
 * The machine that runs packet filters: two registers, sixteen words, one switch. Bytes in the
 * packet's linear part are read where they lie, others are gathered; a load that the packet is too
 * short for ends the program with 0. What is below zero is read by bpf_header_bytes and
 * bpf_ancillary. It trusts its program as far as filter_check.c goes.
 */
#include "net/core/filter.h"

#include "net/core/byteorder.h"

/* Counted from the network or the link header, in the linear part alone. NULL: not there. */
static const u8 *bpf_header_bytes(const struct sk_buff *skb, s32 off, u32 size)
{
	const u8 *base = skb_network_header(skb);
	s64 from = (s64)off - SKF_NET_OFF;

	if (off < SKF_NET_OFF) {
		base = skb_mac_header(skb);
		from = (s64)off - SKF_LL_OFF;
	}
	from += base - skb->head;
	if (from < 0 || from > skb->tail - skb->head - (s64)size)
		return NULL;
	return skb->head + from;
}

/* @size <= 4 bytes at @off, which are put together in @buf if they do not lie so. NULL: not there.
 */
static const u8 *bpf_far_bytes(const struct sk_buff *skb, u32 off, u32 size, u8 *buf)
{
	if ((s32)off < 0)
		return bpf_header_bytes(skb, (s32)off, size);
	return skb_copy_bits(skb, off, buf, size) ? NULL : buf;
}

/* ---- one instruction each ---- */

/* p: @size bytes at @off, or the program ends. */
#define FETCH(off, size)                                                                           \
	do {                                                                                       \
		u32 off_ = (off);                                                                  \
		if (likely(off_ < headlen && headlen - off_ >= (size)))                            \
			p = skb->data + off_;                                                      \
		else if (!(p = bpf_far_bytes(skb, off_, size, buf)))                               \
			return 0;                                                                  \
	} while (0)

#define LOAD(size_code, size, get)                                                                 \
	case BPF_LD | BPF_IND | (size_code):                                                       \
		FETCH(x + k, size);                                                                \
		a = get(p);                                                                        \
		break;                                                                             \
	case BPF_LD | BPF_ABS | (size_code):                                                       \
		if (unlikely(k >= (u32)SKF_AD_OFF))                                                \
			goto ancillary;                                                            \
		FETCH(k, size);                                                                    \
		a = get(p);                                                                        \
		break

/* y: the operand, X or the constant. */
#define ARITH(op, statement)                                                                       \
	case BPF_ALU | (op) | BPF_X:                                                               \
		y = x;                                                                             \
		statement;                                                                         \
		break;                                                                             \
	case BPF_ALU | (op) | BPF_K:                                                               \
		y = k;                                                                             \
		statement;                                                                         \
		break

#define JUMP(op, condition)                                                                        \
	case BPF_JMP | (op) | BPF_X:                                                               \
		y = x;                                                                             \
		in += (condition) ? in->jt : in->jf;                                               \
		break;                                                                             \
	case BPF_JMP | (op) | BPF_K:                                                               \
		y = k;                                                                             \
		in += (condition) ? in->jt : in->jf;                                               \
		break

/* Division by the X of a packet's making ends the program. */
#define NOT_BY_0                                                                                   \
	if (!y)                                                                                    \
	return 0

static u32 get_u8(const u8 *p)
{
	return *p;
}

/* The whole machine is on this page: a table of its instructions, longer than other functions. */
u32 bpf_run(const struct bpf_prog *prog, const struct sk_buff *skb)
{
	const u32 headlen = skb_headlen(skb);
	const struct sock_filter *in;
	u32 a = 0, x = 0, y, beside, mem[BPF_MEMWORDS];
	const u8 *p;
	u8 buf[4];

	for (in = prog->insns;; in++) {
		const u32 k = in->k;

		switch (in->code) {
			LOAD(BPF_W, 4, get_be32);
			LOAD(BPF_H, 2, get_be16);
			LOAD(BPF_B, 1, get_u8);
		case BPF_LDX | BPF_MSH | BPF_B:
			FETCH(k, 1);
			x = (*p & 15u) * 4;
			break;
		case BPF_LD | BPF_IMM:
			a = k;
			break;
		case BPF_LDX | BPF_IMM:
			x = k;
			break;
		case BPF_LD | BPF_LEN:
			a = skb->len;
			break;
		case BPF_LDX | BPF_LEN:
			x = skb->len;
			break;
		case BPF_LD | BPF_MEM:
			a = mem[k];
			break;
		case BPF_LDX | BPF_MEM:
			x = mem[k];
			break;
		case BPF_ST:
			mem[k] = a;
			break;
		case BPF_STX:
			mem[k] = x;
			break;
			ARITH(BPF_ADD, a += y);
			ARITH(BPF_SUB, a -= y);
			ARITH(BPF_MUL, a *= y);
			ARITH(BPF_DIV, NOT_BY_0; a /= y);
			ARITH(BPF_MOD, NOT_BY_0; a %= y);
			ARITH(BPF_OR, a |= y);
			ARITH(BPF_AND, a &= y);
			ARITH(BPF_XOR, a ^= y);
			ARITH(BPF_LSH, a <<= y & 31);
			ARITH(BPF_RSH, a >>= y & 31);
		case BPF_ALU | BPF_NEG:
			a = -a;
			break;
		case BPF_JMP | BPF_JA:
			in += k;
			break;
			JUMP(BPF_JEQ, a == y);
			JUMP(BPF_JGT, a > y);
			JUMP(BPF_JGE, a >= y);
			JUMP(BPF_JSET, a & y);
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_MISC | BPF_TXA:
			a = x;
			break;
		case BPF_RET | BPF_K:
			return k;
		case BPF_RET | BPF_A:
			return a;
		ancillary:
			beside = a ^ x; /* SKF_AD_ALU_XOR_X is no load */
			if (k != (u32)SKF_AD_OFF + SKF_AD_ALU_XOR_X &&
			    !bpf_ancillary(skb, k, &beside))
				return 0;
			a = beside;
			break;
		default:
			panic("packet filter: instruction %#x was not checked", in->code);
		}
	}
}
