/*
 * A socket's packet filter: attached, looked at, detached, locked, and inherited by the connections
 * of a listener. Hardly any sock has one, and there are very many socks: a flag in the sock says
 * so, and the filter is found by the sock's address.
 */
#include "net/core/filter.h"

#define FILTER_BUCKETS 64

struct sk_filter {
	struct hlist_node node;
	const struct sock *sk;
	struct bpf_prog *prog;
};

static struct hlist_head filters[FILTER_BUCKETS]; /* by sock; guarded by bh-disable */
static struct kmem_cache *filter_cache;

void sk_filter_init(void)
{
	filter_cache = kmem_cache_create("sk_filter", sizeof(struct sk_filter), 0);
}

static struct hlist_head *filter_bucket(const struct sock *sk)
{
	uintptr_t at = (uintptr_t)sk / 32;

	return &filters[(at ^ at / FILTER_BUCKETS) % FILTER_BUCKETS];
}

static struct sk_filter *filter_of(const struct sock *sk)
{
	struct sk_filter *f;

	hlist_for_each_entry(f, filter_bucket(sk), node)
		if (f->sk == sk)
			return f;
	panic("a socket has lost its filter");
}

/* ---- packets ---- */

u32 sk_filter_run(const struct sock *sk, const struct sk_buff *skb)
{
	if (likely(!sock_flag(sk, SOCK_FILTERED)))
		return skb->len;
	return min(bpf_run(filter_of(sk)->prog, skb), skb->len);
}

bool sk_filter_trim(struct sock *sk, struct sk_buff *skb, u32 least)
{
	u32 keep = sk_filter_run(sk, skb);

	if (!keep) {
		sk->drops++;
		kfree_skb(skb, DROP_SOCKET_FILTER);
		return false;
	}
	skb_trim(skb, max(keep, least));
	return true;
}

/* ---- programs ---- */

static void prog_put(struct bpf_prog *prog)
{
	if (--prog->refs == 0)
		kfree(prog);
}

/* A checked copy of the task's program, with one reference. */
static int prog_get(const struct sock_fprog *fprog, struct bpf_prog **res)
{
	size_t size = fprog->len * sizeof(struct sock_filter);
	struct bpf_prog *prog;
	int err;

	if (!fprog->filter || !fprog->len || fprog->len > BPF_MAXINSNS)
		return -EINVAL;
	prog = kmalloc(sizeof(*prog) + size);
	if (!prog)
		return -ENOMEM;
	prog->refs = 1;
	prog->len = fprog->len;
	err = copy_from_user(prog->insns, fprog->filter, size);
	if (!err)
		err = bpf_check(prog->insns, prog->len);
	if (err)
		kfree(prog);
	else
		*res = prog;
	return err;
}

/* ---- sockets ---- */

/* Takes a reference to @prog over if 0. Bh off. */
static int filter_set(struct sock *sk, struct bpf_prog *prog)
{
	struct sk_filter *f;

	if (sock_flag(sk, SOCK_FILTERED)) {
		f = filter_of(sk);
		prog_put(f->prog);
		f->prog = prog;
		return 0;
	}
	f = kmem_cache_alloc(filter_cache);
	if (!f)
		return -ENOMEM;
	*f = (struct sk_filter){ .sk = sk, .prog = prog };
	hlist_add_head(&f->node, filter_bucket(sk));
	sock_set_flag(sk, SOCK_FILTERED, true);
	return 0;
}

int sk_attach_filter(struct sock *sk, const struct sock_fprog *fprog)
{
	struct bpf_prog *prog;
	int err;

	if (sock_flag(sk, SOCK_FILTER_LOCKED))
		return -EPERM;
	err = prog_get(fprog, &prog);
	if (err)
		return err;
	local_bh_disable();
	err = filter_set(sk, prog);
	local_bh_enable();
	if (err)
		kfree(prog);
	return err;
}

void sk_filter_release(struct sock *sk)
{
	struct sk_filter *f;

	if (likely(!sock_flag(sk, SOCK_FILTERED)))
		return;
	f = filter_of(sk);
	hlist_del(&f->node);
	prog_put(f->prog);
	kmem_cache_free(filter_cache, f);
	sock_set_flag(sk, SOCK_FILTERED, false);
}

int sk_detach_filter(struct sock *sk)
{
	if (sock_flag(sk, SOCK_FILTER_LOCKED))
		return -EPERM;
	if (!sock_flag(sk, SOCK_FILTERED))
		return -ENOENT;
	local_bh_disable();
	sk_filter_release(sk);
	local_bh_enable();
	return 0;
}

int sk_filter_inherit(struct sock *child, const struct sock *parent)
{
	struct bpf_prog *prog;
	int err;

	if (likely(!sock_flag(parent, SOCK_FILTERED)))
		return 0;
	sock_set_flag(child, SOCK_FILTERED, false); /* copied with the rest; it has none yet */
	prog = filter_of(parent)->prog;
	err = filter_set(child, prog);
	if (!err)
		prog->refs++;
	return err;
}

int sk_get_filter(struct sock *sk, void *user_insns, u32 room)
{
	const struct bpf_prog *prog;
	int err = 0;

	if (!sock_flag(sk, SOCK_FILTERED))
		return 0;
	prog = filter_of(sk)->prog;
	if (room && room < prog->len)
		return -EINVAL;
	if (room)
		err = copy_to_user(user_insns, prog->insns, prog->len * sizeof(prog->insns[0]));
	return err ? err : prog->len;
}
