/*
 * ChaCha20's block function (RFC 8439 §2.3), for random.c.
 */
#include "kernel/chacha20.h"

static u32 rotate(u32 x, int by)
{
	return x << by | x >> (32 - by);
}

static void quarter_round(u32 s[16], int a, int b, int c, int d)
{
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 12);
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 7);
}

static void double_round(u32 s[16])
{
	for (int i = 0; i < 4; i++)
		quarter_round(s, i, 4 + i, 8 + i, 12 + i);
	for (int i = 0; i < 4; i++)
		quarter_round(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
}

void chacha20_block(const u32 key[CHACHA20_KEY_WORDS], u32 counter,
		    const u32 nonce[CHACHA20_NONCE_WORDS], u8 out[CHACHA20_BLOCK])
{
	u32 start[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 }; /* "expand 32-byte k" */
	u32 s[16];

	for (int i = 0; i < CHACHA20_KEY_WORDS; i++)
		start[4 + i] = key[i];
	start[12] = counter;
	for (int i = 0; i < CHACHA20_NONCE_WORDS; i++)
		start[13 + i] = nonce[i];
	for (int i = 0; i < 16; i++)
		s[i] = start[i];
	for (int i = 0; i < 10; i++)
		double_round(s);
	for (int i = 0; i < 16; i++) {
		u32 word = s[i] + start[i];

		for (int byte = 0; byte < 4; byte++)
			out[4 * i + byte] = (u8)(word >> 8 * byte);
	}
}
