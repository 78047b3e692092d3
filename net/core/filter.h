/*
 * Packet filters: programs of the old Berkeley machine (McCanne and Jacobson, "The BSD Packet
 * Filter", 1993) that a task attaches to a socket, and that run in the bottom half on each packet
 * before it is queued. A program is checked once, when it is attached; from then on it ends, stays
 * within its memory, and reads no byte that the packet does not have.
 */
#pragma once

#include <abi/filter.h>

#include "net/core/sock.h"

/* What sockets share of a program: a child has its listener's. Guarded by bh-disable. */
struct bpf_prog {
	u32 refs;
	u16 len;
	struct sock_filter insns[];
};

/*
 * Is it a program? Every opcode known, every jump forward and inside, every way ends in a return,
 * nothing loaded from M[] that was not stored, no division by a constant 0, no shift by 32 or more.
 * 0, -EINVAL, -ENOMEM. Task.
 */
int bpf_check(const struct sock_filter *insns, u32 len);
/*
 * Runs a checked program on @skb from data on; returns how many bytes to keep, 0: none, also for
 * a load beyond the packet and for a division by 0. Borrows. Softirq or bh off.
 */
u32 bpf_run(const struct bpf_prog *prog, const struct sk_buff *skb);
/* SKF_AD_*: what @k asks for beside the bytes into *@a; false: the packet has no such thing. */
bool bpf_ancillary(const struct sk_buff *skb, u32 k, u32 *a);
/* Is @k one that bpf_ancillary, or the program itself (SKF_AD_ALU_XOR_X), knows? */
bool bpf_ancillary_known(u32 k);

/*
 * SO_ATTACH_FILTER: @insns points at the task's program. -EPERM (SO_LOCK_FILTER), -EINVAL, -EFAULT,
 * -ENOMEM. SO_DETACH_FILTER: -EPERM, -ENOENT. Task.
 */
int sk_attach_filter(struct sock *sk, const struct sock_fprog *fprog);
int sk_detach_filter(struct sock *sk);
/* SO_GET_FILTER: how many instructions; copied if @room (of instructions) is not 0. Task. */
int sk_get_filter(struct sock *sk, void *user_insns, u32 room);
/* @child, a copy of @parent, gets a share in its filter. -ENOMEM: it has none. Softirq. */
int sk_filter_inherit(struct sock *child, const struct sock *parent);
/* The end of @sk. Softirq or bh off. */
void sk_filter_release(struct sock *sk);
void sk_filter_init(void); /* boot */

/* How much of @skb @sk wants, 0: nothing, at most skb->len. Borrows. Softirq. */
u32 sk_filter_run(const struct sock *sk, const struct sk_buff *skb);
bool sk_filter_trim(struct sock *sk, struct sk_buff *skb, u32 least);
/*
 * Runs @sk's filter on @skb and cuts it to what is wanted, but not below the @least bytes of its
 * header. False: not wanted; dropped and counted. Consumes @skb if false. Softirq.
 */
static inline bool sk_filter(struct sock *sk, struct sk_buff *skb, u32 least)
{
	return likely(!sock_flag(sk, SOCK_FILTERED)) || sk_filter_trim(sk, skb, least);
}
