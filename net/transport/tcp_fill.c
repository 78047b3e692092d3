/*
 * The task's bytes into a packet of write_queue: first what is left of the last buffer, then fresh
 * ones, which are taken many at a time. A packet's own head buffer holds bytes, too, for headers
 * get a buffer of their own when it is sent.
 */
#include "net/transport/tcp_task.h"

/* A first fragment in the packet's own head buffer, which holds no headers here. */
static struct skb_frag *frag_in_head(struct sk_buff *skb)
{
	struct skb_shared_info *si = skb_shinfo(skb);

	arch_unpoison(skb->head, SKB_MAX_LINEAR);
	skb_buf_get(skb->head);
	si->nr_frags = 1;
	si->frags[0] = skb_frag_at(skb->head, 0);
	return &si->frags[0];
}

/* The task's next @n bytes to the end of @f, the last fragment. 0 or -EFAULT. */
static __always_inline int frag_fill(struct sk_buff *skb, struct skb_frag *f, struct msghdr *msg,
				     u32 n)
{
	int err = memcpy_fromiovec(skb_frag_data(f) + f->len, msg->msg_iov, n);

	if (unlikely(err))
		return err;
	f->len += n;
	skb->len += n;
	skb->data_len += n;
	return 0;
}

/* The same into fresh buffers, which are taken all at once. 0, -EFAULT or -ENOBUFS. */
static int frags_fill(struct sk_buff *skb, struct msghdr *msg, u32 len, u32 slots)
{
	struct skb_frag *f = skb_shinfo(skb)->frags + skb_shinfo(skb)->nr_frags;
	u32 want = min((len + SKB_BUF_SIZE - 1) / SKB_BUF_SIZE, slots), got, used = 0;
	u8 *bufs[SKB_BURST_FRAGS];
	int err = 0;

	got = skb_buf_alloc_many(bufs, want);
	for (; used < got && !err; f++) {
		u32 n = min(len, (u32)SKB_BUF_SIZE);

		skb_add_frag(skb, bufs[used++], 0);
		err = frag_fill(skb, f, msg, n);
		len -= n;
	}
	while (used < got)
		skb_buf_put(bufs[used++]);
	return got < want && !err ? -ENOBUFS : err;
}

ssize_t tcp_copy_from_task(struct sk_buff *skb, struct msghdr *msg, u32 len)
{
	struct skb_shared_info *si = skb_shinfo(skb);
	u32 had = skb->len, done;
	struct skb_frag *f;
	int err = 0;

	f = si->nr_frags ? &si->frags[si->nr_frags - 1] : frag_in_head(skb);
	done = min(len, tcp_frag_room(f));
	if (done)
		err = frag_fill(skb, f, msg, done);
	if (!err && done < len && si->nr_frags < SKB_BURST_FRAGS)
		err = frags_fill(skb, msg, len - done, SKB_BURST_FRAGS - si->nr_frags);
	done = skb->len - had;
	return done ? (ssize_t)done : err;
}
