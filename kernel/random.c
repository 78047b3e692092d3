/*
 * Random numbers: ChaCha20 with fast key erasure. Every request makes a stretch of key stream; its
 * first 32 bytes are the next key, so what was handed out cannot be recomputed from the state that
 * is left. Entropy is gathered in a small pool and folded into the key before the next request once
 * enough of it has come together.
 */
#include "kernel/random.h"

#include <string.h>

#include "kernel/arch.h"
#include "kernel/chacha20.h"
#include "kernel/irq.h"
#include "kernel/timer.h"

#define BLOCKS 8
#define RESEED_EVENTS 64

/* guarded by irq_save */
static u32 key[CHACHA20_KEY_WORDS];
static u8 stream[BLOCKS * CHACHA20_BLOCK];
static size_t unused; /* bytes at the end of stream not handed out yet */
static u64 pool[4];
static u32 pool_events;
static bool fixed; /* the seed was given: everything repeats */

static u64 rotate(u64 x, int by)
{
	return x << by | x >> (64 - by);
}

/* A mixing step in the manner of the ARX ciphers: each input bit reaches all words within a few
 * events. */
static void pool_mix(u64 value)
{
	pool[0] += value;
	pool[3] = rotate(pool[3] ^ pool[0], 32);
	pool[2] += pool[3];
	pool[1] = rotate(pool[1] ^ pool[2], 24);
	pool[0] += pool[1];
	pool[3] = rotate(pool[3] ^ pool[0], 16);
	pool[2] += pool[3];
	pool[1] = rotate(pool[1] ^ pool[2], 63);
}

void add_entropy(u64 value)
{
	unsigned long flags = irq_save();

	if (!fixed) {
		pool_mix(value);
		pool_events++;
	}
	irq_restore(flags);
}

static void refill(void)
{
	static const u32 nonce[CHACHA20_NONCE_WORDS];

	for (u32 i = 0; i < BLOCKS; i++)
		chacha20_block(key, i, nonce, stream + i * CHACHA20_BLOCK);
	memcpy(key, stream, sizeof(key));
	memset(stream, 0, sizeof(key));
	unused = sizeof(stream) - sizeof(key);
}

static void reseed(void)
{
	unsigned long flags = irq_save();
	u64 seed;

	if (arch_random_seed(&seed))
		pool_mix(seed);
	pool_mix(arch_cycles());
	for (size_t i = 0; i < CHACHA20_KEY_WORDS; i++)
		key[i] ^= (u32)(pool[i / 2] >> (i % 2 * 32));
	pool_events = 0;
	refill();
	irq_restore(flags);
}

/* Up to @len bytes, as many as are at hand. */
static size_t take_bytes(u8 *out, size_t len)
{
	unsigned long flags = irq_save();
	size_t n = min(len, unused);
	u8 *from = stream + sizeof(stream) - unused;

	memcpy(out, from, n);
	memset(from, 0, n);
	unused -= n;
	if (!unused)
		refill();
	irq_restore(flags);
	return n;
}

void get_random_bytes(void *buf, size_t len)
{
	u8 *out = buf;

	if (READ_ONCE(pool_events) >= RESEED_EVENTS)
		reseed();
	while (len) {
		size_t n = take_bytes(out, len);

		out += n;
		len -= n;
	}
}

u32 random_u32(void)
{
	u32 value;

	get_random_bytes(&value, sizeof(value));
	return value;
}

/* Multiplication maps [0, 2^32) onto [0, n); the values that would make it uneven are thrown away.
 */
u32 random_below(u32 n)
{
	u32 uneven = -n % n;
	u64 product;

	do
		product = (u64)random_u32() * n;
	while ((u32)product < uneven);
	return (u32)(product >> 32);
}

void random_fix_seed(u64 seed)
{
	unsigned long flags = irq_save();

	fixed = true;
	pool_events = 0;
	memset(key, 0, sizeof(key));
	key[0] = (u32)seed;
	key[1] = (u32)(seed >> 32);
	refill();
	irq_restore(flags);
}

/* The machine's generator where it has one; how long things take in any case. */
void random_init(void)
{
	u64 seed;

	if (fixed)
		return;
	for (int i = 0; i < 64; i++) {
		if (i < 8 && arch_random_seed(&seed))
			pool_mix(seed);
		pool_mix(arch_cycles());
		barrier();
	}
	pool_mix(arch_rtc_seconds());
	pool_mix(ktime_ns());
	reseed();
}
