/*
 * SipHash-2-4 (Aumasson, Bernstein 2012): a keyed hash of a few words that nobody without the key
 * can predict or make collide. For initial sequence numbers, cookies, and the like.
 */
#pragma once

#include "net/os.h"

struct siphash_key {
	u64 k[2];
};

/* Over @n 64-bit words. Pure. */
u64 siphash_words(const u64 *words, u32 n, const struct siphash_key *key);
/* A key that the world does not know. Boot. */
static inline void siphash_new_key(struct siphash_key *key)
{
	get_random_bytes(key, sizeof(*key));
}
