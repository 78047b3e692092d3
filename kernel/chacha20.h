/*
 * ChaCha20's block function (RFC 8439 §2.3).
 */
#pragma once

#include "kernel/types.h"

#define CHACHA20_KEY_WORDS 8
#define CHACHA20_NONCE_WORDS 3
#define CHACHA20_BLOCK 64

/* 64 bytes of key stream for @key, @counter and @nonce (words as the RFC loads them:
 * little-endian). Pure; any context. */
void chacha20_block(const u32 key[CHACHA20_KEY_WORDS], u32 counter,
		    const u32 nonce[CHACHA20_NONCE_WORDS], u8 out[CHACHA20_BLOCK]);
