/*
 * The closed pool of packet memory: set aside at boot, never grown. Here: its size and its set-up,
 * raw buffers with their references, and what /proc shows. skb_alloc.c makes packets of it.
 */
#include "net/core/skb_pool.h"

#define POOL_MIN 64 /* less makes no sense: a receive ring alone wants more */
#define POOL_DEFAULT_MIN 512
#define POOL_DEFAULT_MAX 32768
#define POOL_MAX (1u << 20)
#define HEADERS_PER_BUF 2 /* clones have a header and no buffer */
#define RAM_SHARE 5	  /* a fifth of RAM */

struct skb_pool skb_pool;
u8 *skb_pool_base;

/* A buffer with all that belongs to it. */
static size_t pool_unit(void)
{
	return SKB_BUF_SIZE + sizeof(struct skb_buf_ref) + sizeof(u32) +
	       HEADERS_PER_BUF * sizeof(struct sk_buff);
}

static u32 pool_default_size(void)
{
	struct mem_info info;

	mem_info(&info);
	return (u32)min(max(info.total / RAM_SHARE / pool_unit(), (u64)POOL_DEFAULT_MIN),
			(u64)POOL_DEFAULT_MAX);
}

/* skb.pool=: a number of buffers, or of bytes with a suffix. 0: not a number. */
static u32 pool_parse_size(const char *s)
{
	u64 n = 0;

	while (*s >= '0' && *s <= '9' && n < 1ull << 40)
		n = n * 10 + (u64)(*s++ - '0');
	if (*s == 'k' || *s == 'K')
		n = (n << 10) / SKB_BUF_SIZE;
	else if (*s == 'm' || *s == 'M')
		n = (n << 20) / SKB_BUF_SIZE;
	else if (*s)
		return 0;
	return (u32)min(n, (u64)POOL_MAX);
}

static u32 pool_wanted_size(void)
{
	const char *opt = cmdline_get("skb.pool", 0);
	u32 n = opt ? pool_parse_size(opt) : 0;

	if (n >= POOL_MIN)
		return n;
	if (opt)
		printk(KERN_ERR "skb.pool=%s: not a number of buffers (at least %u)\n", opt,
		       POOL_MIN);
	return pool_default_size();
}

/* The buffers of @n; all else is small beside them. */
static u8 *pool_alloc_buffers(u32 *n)
{
	for (;;) {
		u8 *base = alloc_boot((size_t)*n * SKB_BUF_SIZE);

		if (base)
			return base;
		if (*n / 2 < POOL_MIN)
			panic("no memory for packets");
		*n /= 2;
	}
}

static void *pool_alloc_table(size_t count, size_t size)
{
	void *p = alloc_boot(count * size);

	if (!p)
		panic("no memory for packets");
	return p;
}

void skb_init(void)
{
	struct skb_pool *p = &skb_pool;
	u32 n = pool_wanted_size();

	skb_pool_base = pool_alloc_buffers(&n);
	BUG_ON((uintptr_t)skb_pool_base % SKB_BUF_SIZE);
	p->total = p->nfree = p->low = n;
	p->total_heads = p->nfree_heads = p->low_heads = n * HEADERS_PER_BUF;
	p->free = pool_alloc_table(n, sizeof(*p->free));
	p->headers = pool_alloc_table(p->total_heads, sizeof(*p->headers));
	p->ref = pool_alloc_table(n, sizeof(*p->ref));
	memset(p->ref, 0, n * sizeof(*p->ref));
	arch_poison(skb_pool_base, (size_t)n * SKB_BUF_SIZE);
	arch_poison(p->headers, p->total_heads * sizeof(*p->headers));
	printk(KERN_INFO "skb: %u packet buffers, %u KiB\n", n, n * (SKB_BUF_SIZE / 1024));
}

void skb_pool_empty(void)
{
	unsigned long flags = irq_save();

	skb_pool.empty++;
	irq_restore(flags);
	drop_count(DROP_NO_BUFFER);
}

u8 *skb_buf_alloc(void)
{
	unsigned long flags = irq_save();
	u8 *buf = skb_pool_get();

	irq_restore(flags);
	if (unlikely(!buf))
		skb_pool_empty();
	return buf;
}

u32 skb_buf_alloc_many(u8 **bufs, u32 n)
{
	unsigned long flags = irq_save();
	u32 got = 0;

	while (got < n && (bufs[got] = skb_pool_get()))
		got++;
	irq_restore(flags);
	if (unlikely(got < n))
		skb_pool_empty();
	return got;
}

void skb_buf_get(u8 *data)
{
	unsigned long flags = irq_save();
	struct skb_buf_ref *ref = skb_buf_ref(data);

	BUG_ON(!ref->refs);
	ref->refs++;
	irq_restore(flags);
}

void skb_buf_put(u8 *data)
{
	unsigned long flags = irq_save();

	skb_pool_put(data);
	irq_restore(flags);
}

void skb_pool_stat(struct skb_pool_stat *st)
{
	unsigned long flags = irq_save();

	st->bufs_total = skb_pool.total;
	st->bufs_free = skb_pool.nfree;
	st->bufs_low = skb_pool.low;
	st->heads_total = skb_pool.total_heads;
	st->heads_free = skb_pool.nfree_heads;
	st->heads_low = skb_pool.low_heads;
	st->empty = skb_pool.empty;
	irq_restore(flags);
}

void skb_pool_proc_show(struct seq_file *s)
{
	struct skb_pool_stat st;

	skb_pool_stat(&st);
	seq_puts(s, "what         total     free   lowest\n");
	seq_printf(s, "buffers   %8u %8u %8u\n", st.bufs_total, st.bufs_free, st.bufs_low);
	seq_printf(s, "headers   %8u %8u %8u\n", st.heads_total, st.heads_free, st.heads_low);
	seq_printf(s, "bufsize   %8u\nempty     %8llu\n", SKB_BUF_SIZE,
		   (unsigned long long)st.empty);
}
