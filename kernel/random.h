/*
 * Random numbers: a ChaCha20 generator (RFC 8439's block function, keyed afresh after every use)
 * over entropy from RDSEED, RDRAND and timing.
 */
#pragma once

#include "kernel/types.h"

/* Fills @buf with unpredictable bytes. Any context. */
void get_random_bytes(void *buf, size_t len);
u32 random_u32(void);
/* Even over [0, @n); @n > 0. Any context. */
u32 random_below(u32 n);
/* Mixes in something hard to guess, such as an interrupt's time. Any context; cheap. */
void add_entropy(u64 value);
/* Gathers a first seed. Boot only. */
void random_init(void);
/* From now on the numbers depend on @seed alone: for simulations, which must repeat. Any context,
 * also before random_init. */
void random_fix_seed(u64 seed);
