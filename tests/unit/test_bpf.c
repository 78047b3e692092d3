/*
 * The packet filter's check and its machine: by hand where it matters, and random programs on
 * random packets beside the filter of the Linux that the test runs on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <abi/packet.h>

#include "linux_filter.h"
#include "netlab.h"

#include "net/core/filter.h"
#include "net/link/netdevice.h"

#define A(mode) (BPF_LD | (mode))
#define RET_A BPF_STMT(BPF_RET | BPF_A, 0)
#define RET(k) BPF_STMT(BPF_RET | BPF_K, k)

/* ---- running ---- */

/* A packet of @len bytes, of which the first @linear are linear and the others in two fragments. */
static struct sk_buff *packet(const u8 *data, u32 len, u32 linear)
{
	struct sk_buff *skb;

	linear = min(linear, len);
	skb = alloc_skb(linear);
	assert_non_null(skb);
	memcpy(skb_put(skb, linear), data, linear);
	for (u32 n; linear < len; linear += n) {
		u8 *buf = skb_buf_alloc();

		assert_non_null(buf);
		n = (len - linear + 1) / 2;
		memcpy(buf, data + linear, n);
		assert_int_equal(skb_add_frag(skb, buf, n), 0);
	}
	return skb;
}

/* In a block of its exact size, for the sanitizer's eyes. */
static struct bpf_prog *program(const struct sock_filter *insns, u32 n)
{
	struct bpf_prog *prog = kmalloc(sizeof(*prog) + n * sizeof(*insns));

	prog->refs = 1;
	prog->len = (u16)n;
	memcpy(prog->insns, insns, n * sizeof(*insns));
	return prog;
}

static u32 run_on(const struct sock_filter *insns, u32 n, const struct sk_buff *skb)
{
	struct bpf_prog *prog;
	u32 res;

	assert_int_equal(bpf_check(insns, n), 0);
	prog = program(insns, n);
	res = bpf_run(prog, skb);
	kfree(prog);
	return res;
}

static u32 run(const struct sock_filter *insns, u32 n)
{
	static const u8 data[] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x45, 0xff };
	u32 first = 0;

	/* However the packet lies in memory. */
	for (u32 linear = 0; linear <= sizeof(data); linear++) {
		struct sk_buff *skb = packet(data, sizeof(data), linear);
		u32 res = run_on(insns, n, skb);

		if (!linear)
			first = res;
		assert_int_equal(res, first);
		consume_skb(skb);
	}
	return first;
}

#define RUN(...)                                                                                   \
	run((const struct sock_filter[]){ __VA_ARGS__ },                                           \
	    sizeof((const struct sock_filter[]){ __VA_ARGS__ }) / sizeof(struct sock_filter))
#define CHECK(...)                                                                                 \
	bpf_check((const struct sock_filter[]){ __VA_ARGS__ },                                     \
		  sizeof((const struct sock_filter[]){ __VA_ARGS__ }) /                            \
			  sizeof(struct sock_filter))

static void loads(void **state)
{
	assert_int_equal(RUN(BPF_STMT(A(BPF_W | BPF_ABS), 1), RET_A), 0x22334455);
	assert_int_equal(RUN(BPF_STMT(A(BPF_H | BPF_ABS), 1), RET_A), 0x2233);
	assert_int_equal(RUN(BPF_STMT(A(BPF_B | BPF_ABS), 9), RET_A), 0xff);
	assert_int_equal(RUN(BPF_STMT(A(BPF_W | BPF_ABS), 6), RET_A), 0x778845ff);
	assert_int_equal(
		RUN(BPF_STMT(BPF_LDX | BPF_IMM, 3), BPF_STMT(A(BPF_W | BPF_IND), 2), RET_A),
		0x66778845);
	assert_int_equal(RUN(BPF_STMT(BPF_LDX | BPF_IMM, 0xffffffff),
			     BPF_STMT(A(BPF_H | BPF_IND), 2), RET_A),
			 0x2233);
	assert_int_equal(
		RUN(BPF_STMT(BPF_LDX | BPF_MSH | BPF_B, 8), BPF_STMT(BPF_MISC | BPF_TXA, 0), RET_A),
		20);
	assert_int_equal(RUN(BPF_STMT(A(BPF_LEN), 0), RET_A), 10);
	assert_int_equal(
		RUN(BPF_STMT(BPF_LDX | BPF_LEN, 0), BPF_STMT(BPF_MISC | BPF_TXA, 0), RET_A), 10);
	assert_int_equal(RUN(BPF_STMT(A(BPF_IMM), 77), BPF_STMT(BPF_ST, 15),
			     BPF_STMT(BPF_LDX | BPF_MEM, 15), BPF_STMT(BPF_STX, 0),
			     BPF_STMT(A(BPF_IMM), 0), BPF_STMT(A(BPF_MEM), 0), RET_A),
			 77);
}

/* A load that the packet is too short for ends the program. */
static void loads_beyond(void **state)
{
	static const u32 beyond[] = { 7, 8, 9, 10, 11, 0x7fffffff, 0x7ffffffc };
	static const u16 sizes[] = { BPF_W, BPF_H, BPF_B };

	for (u32 i = 0; i < ARRAY_SIZE(beyond); i++)
		for (u32 s = 0; s < 3; s++) {
			u32 size = s ? s == 1 ? 2 : 1 : 4;
			bool there = beyond[i] + size <= 10;

			assert_int_equal(
				RUN(BPF_STMT(BPF_LD | BPF_ABS | sizes[s], beyond[i]), RET(9)),
				there ? 9 : 0);
			assert_int_equal(RUN(BPF_STMT(BPF_LDX | BPF_IMM, 1),
					     BPF_STMT(BPF_LD | BPF_IND | sizes[s], beyond[i] - 1),
					     RET(9)),
					 there ? 9 : 0);
		}
	assert_int_equal(RUN(BPF_STMT(BPF_LDX | BPF_MSH | BPF_B, 10), RET(9)), 0);
	/* What lies below zero is the headers', and these are not there either. */
	assert_int_equal(RUN(BPF_STMT(A(BPF_W | BPF_ABS), 0x80000000), RET(9)), 0);
	assert_int_equal(RUN(BPF_STMT(A(BPF_W | BPF_ABS), (u32)SKF_LL_OFF - 1), RET(9)), 0);
	assert_int_equal(RUN(BPF_STMT(A(BPF_W | BPF_ABS), (u32)SKF_NET_OFF + 5000), RET(9)), 0);
	assert_int_equal(RUN(BPF_STMT(A(BPF_W | BPF_ABS), (u32)SKF_AD_OFF - 1), RET(9)), 0);
	assert_int_equal(
		RUN(BPF_STMT(BPF_LDX | BPF_IMM, 0), BPF_STMT(A(BPF_B | BPF_IND), -1), RET(9)), 0);
}

static u32 arith(u16 op, u32 a, u32 b)
{
	u32 with_k = 0, with_x = RUN(BPF_STMT(A(BPF_IMM), a), BPF_STMT(BPF_LDX | BPF_IMM, b),
				     BPF_STMT(BPF_ALU | BPF_X | op, 0), RET_A);
	bool shift = op == BPF_LSH || op == BPF_RSH, divide = op == BPF_DIV || op == BPF_MOD;

	if ((shift && b > 31) || (divide && !b)) {
		assert_int_equal(CHECK(BPF_STMT(BPF_ALU | BPF_K | op, b), RET_A), -EINVAL);
		return with_x;
	}
	with_k = RUN(BPF_STMT(A(BPF_IMM), a), BPF_STMT(BPF_ALU | BPF_K | op, b), RET_A);
	assert_int_equal(with_k, with_x);
	return with_x;
}

static void arithmetic(void **state)
{
	assert_int_equal(arith(BPF_ADD, 0xffffffff, 3), 2);
	assert_int_equal(arith(BPF_SUB, 2, 3), 0xffffffff);
	assert_int_equal(arith(BPF_MUL, 0x10001, 0x10001), 0x20001);
	assert_int_equal(arith(BPF_DIV, 0xfffffffe, 3), 0x55555554);
	assert_int_equal(arith(BPF_MOD, 0xfffffffe, 7), 0xfffffffe % 7);
	assert_int_equal(arith(BPF_DIV, 5, 0), 0);
	assert_int_equal(arith(BPF_MOD, 5, 0), 0);
	assert_int_equal(arith(BPF_OR, 0xf0, 0x0f), 0xff);
	assert_int_equal(arith(BPF_AND, 0xf5, 0x0f), 5);
	assert_int_equal(arith(BPF_XOR, 0xff, 0x0f), 0xf0);
	assert_int_equal(arith(BPF_LSH, 1, 31), 0x80000000);
	assert_int_equal(arith(BPF_LSH, 1, 33), 2);
	assert_int_equal(arith(BPF_RSH, 0x80000000, 31), 1);
	assert_int_equal(arith(BPF_RSH, 8, 32), 8);
	assert_int_equal(RUN(BPF_STMT(A(BPF_IMM), 1), BPF_STMT(BPF_ALU | BPF_NEG, 0), RET_A),
			 0xffffffff);
	assert_int_equal(RUN(BPF_STMT(A(BPF_IMM), 5), BPF_STMT(BPF_MISC | BPF_TAX, 0),
			     BPF_STMT(A(BPF_IMM), 3),
			     BPF_STMT(A(BPF_B | BPF_ABS), (u32)SKF_AD_OFF + SKF_AD_ALU_XOR_X),
			     RET_A),
			 6);
}

static bool jumps(u16 op, u32 a, u32 b)
{
	u32 k = RUN(BPF_STMT(A(BPF_IMM), a), BPF_JUMP(BPF_JMP | BPF_K | op, b, 1, 0), RET(1),
		    RET(2));
	u32 x = RUN(BPF_STMT(A(BPF_IMM), a), BPF_STMT(BPF_LDX | BPF_IMM, b),
		    BPF_JUMP(BPF_JMP | BPF_X | op, 0, 0, 1), RET(2), RET(1));

	assert_int_equal(k, x);
	return k == 2;
}

static void branches(void **state)
{
	assert_true(jumps(BPF_JEQ, 5, 5) && !jumps(BPF_JEQ, 5, 6));
	assert_true(jumps(BPF_JGT, 0x80000000, 5) && !jumps(BPF_JGT, 5, 5) &&
		    !jumps(BPF_JGT, 4, 5));
	assert_true(jumps(BPF_JGE, 0x80000000, 5) && jumps(BPF_JGE, 5, 5) && !jumps(BPF_JGE, 4, 5));
	assert_true(jumps(BPF_JSET, 6, 2) && !jumps(BPF_JSET, 6, 9));
	assert_int_equal(RUN(BPF_STMT(BPF_JMP | BPF_JA, 1), RET(1), RET(2)), 2);
}

/* ---- what is not in the bytes ---- */

#define ANCILLARY(what) BPF_STMT(A(BPF_W | BPF_ABS), (u32)SKF_AD_OFF + (what))
#define RUN_ON(skb, ...)                                                                           \
	run_on((const struct sock_filter[]){ __VA_ARGS__ },                                        \
	       sizeof((const struct sock_filter[]){ __VA_ARGS__ }) / sizeof(struct sock_filter),   \
	       skb)

static void ancillary(void **state)
{
	static u8 data[200];
	struct sk_buff *skb;
	u32 len = netlab_build_udp(data, &(struct udp_frame){ .data = "abcdef", .len = 6 });

	skb = packet(data, len, 36);
	assert_int_equal(RUN_ON(skb, ANCILLARY(SKF_AD_IFINDEX), RET(1)), 0); /* of no device */
	skb->dev = dev_get_by_name("eth0");
	skb->protocol = htons(ETH_P_IP);
	skb->pkt_type = PACKET_OTHERHOST;
	skb->mark = 99;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	assert_int_equal(RUN_ON(skb, ANCILLARY(SKF_AD_PROTOCOL), RET_A), ETH_P_IP);
	assert_int_equal(RUN_ON(skb, ANCILLARY(SKF_AD_PKTTYPE), RET_A), PACKET_OTHERHOST);
	assert_int_equal(RUN_ON(skb, ANCILLARY(SKF_AD_IFINDEX), RET_A), netlab_ifindex());
	assert_int_equal(RUN_ON(skb, ANCILLARY(SKF_AD_HATYPE), RET_A), ARPHRD_ETHER);
	assert_int_equal(RUN_ON(skb, ANCILLARY(SKF_AD_MARK), RET_A), 99);
	assert_int_equal(RUN_ON(skb, ANCILLARY(SKF_AD_CPU), RET_A), 0);
	assert_int_equal(RUN_ON(skb, ANCILLARY(SKF_AD_VLAN_TAG_PRESENT), RET_A), 0);
	assert_int_equal(RUN_ON(skb, ANCILLARY(SKF_AD_PAY_OFFSET), RET_A), ETH_HLEN + 28);
	assert_int_not_equal(RUN_ON(skb, ANCILLARY(SKF_AD_RANDOM), RET_A),
			     RUN_ON(skb, ANCILLARY(SKF_AD_RANDOM), RET_A));
	/* The headers, wherever data is. */
	skb_pull(skb, ETH_HLEN + 20);
	assert_int_equal(RUN_ON(skb, BPF_STMT(A(BPF_H | BPF_ABS), (u32)SKF_LL_OFF + 12), RET_A),
			 ETH_P_IP);
	assert_int_equal(RUN_ON(skb, BPF_STMT(A(BPF_B | BPF_ABS), (u32)SKF_NET_OFF + 9), RET_A),
			 IPPROTO_UDP);
	assert_int_equal(RUN_ON(skb, BPF_STMT(BPF_LDX | BPF_MSH | BPF_B, (u32)SKF_NET_OFF),
				BPF_STMT(BPF_MISC | BPF_TXA, 0), RET_A),
			 20);
	/* Only as far as they are linear, as Linux has it. */
	assert_int_equal(RUN_ON(skb, BPF_STMT(A(BPF_B | BPF_ABS), (u32)SKF_NET_OFF + 21), RET(9)),
			 9);
	assert_int_equal(RUN_ON(skb, BPF_STMT(A(BPF_B | BPF_ABS), (u32)SKF_NET_OFF + 22), RET(9)),
			 0);
	assert_int_equal(RUN_ON(skb, BPF_STMT(A(BPF_H | BPF_ABS), (u32)SKF_NET_OFF + 21), RET(9)),
			 0);
	consume_skb(skb);
}

static u32 payload_at(const u8 *data, u32 len, be16 protocol)
{
	struct sk_buff *skb = packet(data, len, 14);
	u32 at;

	skb->protocol = protocol;
	skb_set_network_header(skb, 0);
	at = RUN_ON(skb, ANCILLARY(SKF_AD_PAY_OFFSET), RET_A);
	consume_skb(skb);
	return at;
}

static void payload_offsets(void **state)
{
	u8 ip[64] = { 0x46, [9] = IPPROTO_TCP, [24 + 12] = 0x80 };

	assert_int_equal(payload_at(ip, 64, htons(ETH_P_IP)), 24 + 32);
	assert_int_equal(payload_at(ip, 64, htons(ETH_P_ARP)), 0);
	assert_int_equal(payload_at(ip, 30, htons(ETH_P_IP)), 24); /* no doff to be read */
	assert_int_equal(payload_at(ip, 19, htons(ETH_P_IP)), 0);
	ip[9] = IPPROTO_ICMP;
	assert_int_equal(payload_at(ip, 64, htons(ETH_P_IP)), 32);
	ip[9] = 99;
	assert_int_equal(payload_at(ip, 64, htons(ETH_P_IP)), 24);
	ip[9] = IPPROTO_UDP;
	ip[7] = 3; /* a later fragment */
	assert_int_equal(payload_at(ip, 64, htons(ETH_P_IP)), 24);
	ip[0] = 0x44;
	assert_int_equal(payload_at(ip, 64, htons(ETH_P_IP)), 0);
}

/* ---- the check ---- */

static void refused(void **state)
{
	static struct sock_filter many[BPF_MAXINSNS + 1];

	assert_int_equal(bpf_check(many, 0), -EINVAL);
	assert_int_equal(CHECK(RET_A), 0);
	/* The end is a return. */
	assert_int_equal(CHECK(BPF_STMT(A(BPF_IMM), 1)), -EINVAL);
	assert_int_equal(CHECK(RET_A, BPF_STMT(BPF_JMP | BPF_JA, 0)), -EINVAL);
	/* Unknown. */
	assert_int_equal(CHECK(BPF_STMT(0x100 | BPF_RET, 0)), -EINVAL);
	assert_int_equal(CHECK(BPF_STMT(BPF_RET | BPF_X, 0)), -EINVAL);
	assert_int_equal(CHECK(BPF_STMT(BPF_ALU | 0xf0, 1), RET_A), -EINVAL);
	assert_int_equal(CHECK(BPF_STMT(BPF_JMP | 0x50, 0), RET_A), -EINVAL);
	assert_int_equal(CHECK(BPF_STMT(BPF_LDX | BPF_W | BPF_ABS, 0), RET_A), -EINVAL);
	assert_int_equal(CHECK(BPF_STMT(BPF_LD | BPF_B | BPF_LEN, 0), RET_A), -EINVAL);
	assert_int_equal(CHECK(BPF_STMT(BPF_MISC | 0x40, 0), RET_A), -EINVAL);
	/* Jumps. */
	assert_int_equal(CHECK(BPF_STMT(BPF_JMP | BPF_JA, 1), RET_A), -EINVAL);
	assert_int_equal(CHECK(BPF_STMT(BPF_JMP | BPF_JA, 0xffffffff), RET_A), -EINVAL);
	assert_int_equal(CHECK(BPF_JUMP(BPF_JMP | BPF_JEQ, 0, 1, 0), RET_A), -EINVAL);
	assert_int_equal(CHECK(BPF_JUMP(BPF_JMP | BPF_JEQ, 0, 0, 1), RET_A), -EINVAL);
	assert_int_equal(CHECK(BPF_JUMP(BPF_JMP | BPF_JEQ, 0, 0, 0), RET_A), 0);
	/* Ancillary data that there is not. */
	assert_int_equal(CHECK(ANCILLARY(SKF_AD_MAX), RET_A), -EINVAL);
	assert_int_equal(CHECK(ANCILLARY(1), RET_A), -EINVAL);
	assert_int_equal(CHECK(ANCILLARY(SKF_AD_NLATTR), RET_A), -EINVAL);
	/* As long as can be, and longer. */
	for (u32 i = 0; i <= BPF_MAXINSNS; i++)
		many[i] = (struct sock_filter)RET(7);
	assert_int_equal(bpf_check(many, BPF_MAXINSNS), 0);
	assert_int_equal(bpf_check(many, BPF_MAXINSNS + 1), -EINVAL);
}

static void memory_must_be_written(void **state)
{
	assert_int_equal(CHECK(BPF_STMT(BPF_ST, 16), RET_A), -EINVAL);
	assert_int_equal(CHECK(BPF_STMT(BPF_STX, 0xffffffff), RET_A), -EINVAL);
	assert_int_equal(CHECK(BPF_STMT(A(BPF_MEM), 3), RET_A), -EINVAL);
	assert_int_equal(CHECK(BPF_STMT(BPF_LDX | BPF_MEM, 3), RET_A), -EINVAL);
	assert_int_equal(CHECK(BPF_STMT(BPF_ST, 3), BPF_STMT(A(BPF_MEM), 3), RET_A), 0);
	/* On one of two ways only. */
	assert_int_equal(CHECK(BPF_JUMP(BPF_JMP | BPF_JEQ, 0, 0, 1), BPF_STMT(BPF_ST, 3),
			       BPF_STMT(A(BPF_MEM), 3), RET_A),
			 -EINVAL);
	/* On both. */
	assert_int_equal(CHECK(BPF_JUMP(BPF_JMP | BPF_JEQ, 0, 0, 2), BPF_STMT(BPF_ST, 3),
			       BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_STX, 3),
			       BPF_STMT(A(BPF_MEM), 3), RET_A),
			 0);
	/* Where nobody comes, nothing is missed. */
	assert_int_equal(CHECK(BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(A(BPF_MEM), 3), RET_A), 0);
}

/* The longest program: every instruction once, and no more. */
static void the_longest_program_ends(void **state)
{
	static struct sock_filter many[BPF_MAXINSNS];

	for (u32 i = 0; i < BPF_MAXINSNS - 1; i++)
		many[i] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1);
	many[BPF_MAXINSNS - 1] = (struct sock_filter)RET_A;
	assert_int_equal(run(many, BPF_MAXINSNS), BPF_MAXINSNS - 1);
}

/* ---- beside Linux ---- */

static u32 seed = 1;

static u32 chance(u32 below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

static u32 some_number(void)
{
	static const u32 known[] = { 0,	 1,    2,	   4,	       14,	   31,
				     32, 0xff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };
	/* Without a device, Linux's answer to SKF_AD_IFINDEX is what A happens to be. */
	static const u32 beside[] = {
		SKF_AD_PROTOCOL,
		SKF_AD_PKTTYPE,
		SKF_AD_MARK,
		SKF_AD_QUEUE,
		SKF_AD_RXHASH,
		SKF_AD_MAX,
		SKF_AD_ALU_XOR_X,
		SKF_AD_VLAN_TAG,
		SKF_AD_VLAN_TPID,
		1,
		SKF_AD_VLAN_TAG_PRESENT,
		SKF_AD_PAY_OFFSET,
	};

	switch (chance(8)) {
	case 0:
		return known[chance(ARRAY_SIZE(known))];
	case 1:
		return (u32)SKF_AD_OFF + beside[chance(ARRAY_SIZE(beside))];
	case 2:
		return chance(0xffffffff);
	default:
		return chance(70);
	}
}

static u16 some_code(void)
{
	static const u16 codes[] = {
		BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_H | BPF_ABS,
		BPF_LD | BPF_B | BPF_ABS,
		BPF_LD | BPF_W | BPF_IND,
		BPF_LD | BPF_H | BPF_IND,
		BPF_LD | BPF_B | BPF_IND,
		BPF_LD | BPF_IMM,
		BPF_LD | BPF_MEM,
		BPF_LD | BPF_LEN,
		BPF_LDX | BPF_IMM,
		BPF_LDX | BPF_MEM,
		BPF_LDX | BPF_LEN,
		BPF_LDX | BPF_MSH | BPF_B,
		BPF_ST,
		BPF_STX,
		BPF_ALU | BPF_ADD,
		BPF_ALU | BPF_SUB,
		BPF_ALU | BPF_MUL,
		BPF_ALU | BPF_DIV,
		BPF_ALU | BPF_MOD,
		BPF_ALU | BPF_OR,
		BPF_ALU | BPF_AND,
		BPF_ALU | BPF_XOR,
		BPF_ALU | BPF_LSH,
		BPF_ALU | BPF_RSH,
		BPF_ALU | BPF_NEG,
		BPF_JMP | BPF_JA,
		BPF_JMP | BPF_JEQ,
		BPF_JMP | BPF_JGT,
		BPF_JMP | BPF_JGE,
		BPF_JMP | BPF_JSET,
		BPF_RET | BPF_K,
		BPF_RET | BPF_A,
		BPF_MISC | BPF_TAX,
		BPF_MISC | BPF_TXA,
	};
	u16 code = codes[chance(ARRAY_SIZE(codes))];

	if (!chance(400))
		return (u16)chance(0x120);
	if ((BPF_CLASS(code) == BPF_ALU && code != (BPF_ALU | BPF_NEG)) ||
	    (BPF_CLASS(code) == BPF_JMP && code != (BPF_JMP | BPF_JA)))
		code |= chance(2) ? BPF_X : BPF_K;
	return code;
}

/* Mostly such as the check lets pass. */
static struct sock_filter some_insn(u32 left)
{
	struct sock_filter in = { some_code(), 0, 0, some_number() };

	in.jt = (u8)chance(min(left + !chance(60), 6u) + !left);
	in.jf = (u8)chance(min(left + !chance(60), 6u) + !left);
	if (in.code == (BPF_JMP | BPF_JA))
		in.k = chance(min(left + !chance(60), 6u) + !left);
	if (in.code == BPF_ST || in.code == BPF_STX || BPF_MODE(in.code) == BPF_MEM)
		in.k = chance(chance(60) ? 3 : 18);
	if (BPF_CLASS(in.code) == BPF_ALU && (BPF_OP(in.code) & 0xe0) == BPF_LSH && chance(60))
		in.k %= 32;
	/* A return in the middle leaves little to see. */
	if (BPF_CLASS(in.code) == BPF_RET && chance(5))
		in = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0);
	return in;
}

static u32 some_program(struct sock_filter *insns)
{
	u32 n = 3 + chance(40);

	for (u32 i = 0; i < n - 1; i++)
		insns[i] = some_insn(n - 1 - i);
	/* Words that are there from the start, and a number that a length shows. */
	for (u32 i = 0; i < 3 && i < n - 1; i++)
		if (chance(4))
			insns[i] = (struct sock_filter)BPF_STMT(chance(2) ? BPF_ST : BPF_STX, i);
	insns[n - 1] = (struct sock_filter)RET_A;
	if (n > 2)
		insns[n - 2] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 63);
	return n;
}

static void one_program_beside_linux(u32 *passed, u32 *kept)
{
	struct sock_filter insns[64];
	u8 data[100];
	u32 n = some_program(insns), len = 1 + chance(sizeof(data)), ours;
	struct sk_buff *skb;
	struct bpf_prog *prog;
	int theirs;

	for (u32 i = 0; i < len; i++)
		data[i] = (u8)chance(256);
	theirs = linux_filter_run(insns, n, data, len);
	assert_int_equal(bpf_check(insns, n), min(theirs, 0));
	if (theirs < 0)
		return;
	(*passed)++;
	skb = packet(data, len, chance(len + 1));
	prog = program(insns, n);
	ours = min(bpf_run(prog, skb), len);
	assert_int_equal(ours, theirs);
	*kept += ours != 0;
	kfree(prog);
	consume_skb(skb);
}

static void random_programs_beside_linux(void **state)
{
	const struct sock_filter all[] = { RET(0xffff) };
	u32 passed = 0, kept = 0;

	if (linux_filter_run(all, 1, "abc", 3) != 3)
		skip(); /* no packet filter for who runs the test */
	for (u32 i = 0; i < 30000; i++)
		one_program_beside_linux(&passed, &kept);
	print_message("of 30000 programs %u passed the check, %u of these kept bytes\n", passed,
		      kept);
	assert_true(passed > 5000);
	assert_true(kept > 1500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(loads),
		lab_test(loads_beyond),
		lab_test(arithmetic),
		lab_test(branches),
		lab_test(ancillary),
		lab_test(payload_offsets),
		lab_test(refused),
		lab_test(memory_must_be_written),
		lab_test(the_longest_program_ends),
		lab_test(random_programs_beside_linux),
	};

	return cmocka_run_group_tests_name("packet filter", tests, netlab_setup, NULL);
}
