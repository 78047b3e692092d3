/*
 * The Internet checksum (RFC 1071) over memory. Ones' complement sums do not care in which order,
 * or how wide, the words are added: we load 64 bits at a time and keep two plain sums, of the words
 * themselves and of their upper halves,
 *
 *   all  = Σ x        (mod 2^64)
 *   high = Σ (x >> 32)             so that  Σ (x mod 2^32) = all - high * 2^32  (mod 2^64), and
 * this one cannot overflow.
 *
 * Four instructions a word and no carries, which cost most where the processor is emulated.
 */
#include "net/core/checksum.h"

static inline u64 load64(const u8 *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void store64(u8 *p, u64 v)
{
	memcpy(p, &v, sizeof(v));
}

static inline u32 fold64(u64 s)
{
	s = (s & 0xffffffff) + (s >> 32);
	return (u32)s + (u32)(s >> 32);
}

/* The last @len < 8 bytes as a word, zeros behind. */
static inline u64 load_tail(const u8 *p, u32 len)
{
	u64 v = 0;

	for (u32 i = 0; i < len; i++)
		v |= (u64)p[i] << (8 * i);
	return v;
}

/* The two sums of the head comment. */
struct sums {
	u64 all, high;
};

static inline void add64(struct sums *s, u64 x)
{
	s->all += x;
	s->high += x >> 32;
}

/*
 * 32 bytes. Memory first, then arithmetic: an emulator keeps its copy of the flags and registers
 * right at each access that may fault, so what lies between two accesses costs twice.
 */
static inline void add_block(struct sums *s, const u8 *p)
{
	u64 a = load64(p), b = load64(p + 8), c = load64(p + 16), d = load64(p + 24);

	barrier();
	s->all += a + b + c + d;
	s->high += (a >> 32) + (b >> 32) + (c >> 32) + (d >> 32);
}

static inline void copy_block(struct sums *s, const u8 *p, u8 *to)
{
	u64 a = load64(p), b = load64(p + 8), c = load64(p + 16), d = load64(p + 24);

	barrier();
	store64(to, a);
	store64(to + 8, b);
	store64(to + 16, c);
	store64(to + 24, d);
	barrier();
	s->all += a + b + c + d;
	s->high += (a >> 32) + (b >> 32) + (c >> 32) + (d >> 32);
}

static inline u32 finish(const struct sums *s, u32 sum)
{
	u64 low = s->all - (s->high << 32);

	return fold64((u64)fold64(low) + fold64(s->high) + sum);
}

/*
 * A loop that lies across two pages of code costs an emulator five times as much, for it chains no
 * blocks across pages: so aligned, the loops at the beginning lie in one.
 */
#define LOOP_IN_ONE_PAGE __aligned(256)

LOOP_IN_ONE_PAGE u32 csum_partial(const void *buf, u32 len, u32 sum)
{
	struct sums s = { 0, 0 };
	const u8 *p = buf;

	for (; len >= 32; len -= 32, p += 32)
		add_block(&s, p);
	for (; len >= 8; len -= 8, p += 8)
		add64(&s, load64(p));
	/*
	 * With eight bytes before the end, one load that looks back at bytes already added, and
	 * shifts them out.
	 */
	if (len)
		add64(&s, p - (const u8 *)buf >= 8 ? load64(p + len - 8) >> (64 - 8 * len) :
						     load_tail(p, len));
	return finish(&s, sum);
}

LOOP_IN_ONE_PAGE u32 csum_partial_copy(const void *src, void *dst, u32 len, u32 sum)
{
	struct sums s = { 0, 0 };
	const u8 *p = src;
	u8 *to = dst;
	u64 x;

	for (; len >= 32; len -= 32, p += 32, to += 32)
		copy_block(&s, p, to);
	for (; len >= 8; len -= 8, p += 8, to += 8) {
		x = load64(p);
		store64(to, x);
		add64(&s, x);
	}
	if (len) {
		x = load_tail(p, len);
		memcpy(to, &x, len);
		add64(&s, x);
	}
	return finish(&s, sum);
}
