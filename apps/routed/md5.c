/*
 * MD5 as RFC 1321 §3 describes it. The table of sines is kept as numbers, for there is no floating
 * point here.
 */
#include "md5.h"

#include <string.h>

static const uint32_t sines[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613,
	0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193,
	0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
	0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
	0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122,
	0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
	0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244,
	0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
	0xeb86d391,
};
static const uint8_t turns[4][4] = {
	{ 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 }
};

static uint32_t turn(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static uint32_t mix(int round, uint32_t b, uint32_t c, uint32_t d)
{
	switch (round) {
	case 0:
		return (b & c) | (~b & d);
	case 1:
		return (b & d) | (c & ~d);
	case 2:
		return b ^ c ^ d;
	default:
		return c ^ (b | ~d);
	}
}

/* Which word of the block step @i of its round takes. */
static int word_of(int round, int i)
{
	static const uint8_t factor[4] = { 1, 5, 3, 7 }, start[4] = { 0, 1, 5, 0 };

	return (i * factor[round] + start[round]) % 16;
}

static uint32_t load32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void md5_block(struct md5 *m, const uint8_t *block)
{
	uint32_t a = m->state[0], b = m->state[1], c = m->state[2], d = m->state[3];

	for (int i = 0; i < 64; i++) {
		int round = i / 16;
		uint32_t sum = a + mix(round, b, c, d) +
			       load32(block + 4 * word_of(round, i % 16)) + sines[i];

		a = d;
		d = c;
		c = b;
		b += turn(sum, turns[round][i % 4]);
	}
	m->state[0] += a;
	m->state[1] += b;
	m->state[2] += c;
	m->state[3] += d;
}

void md5_init(struct md5 *m)
{
	*m = (struct md5){ .state = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 } };
}

void md5_update(struct md5 *m, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len--) {
		m->block[m->len++ % 64] = *p++;
		if (m->len % 64 == 0)
			md5_block(m, m->block);
	}
}

void md5_final(struct md5 *m, uint8_t digest[MD5_LEN])
{
	static const uint8_t zeros[64], one = 0x80;
	uint64_t bits = m->len * 8;
	uint8_t tail[8];

	md5_update(m, &one, 1);
	md5_update(m, zeros, (120 - m->len % 64) % 64);
	for (int i = 0; i < 8; i++)
		tail[i] = (uint8_t)(bits >> 8 * i);
	md5_update(m, tail, sizeof(tail));
	for (int i = 0; i < MD5_LEN; i++)
		digest[i] = (uint8_t)(m->state[i / 4] >> 8 * (i % 4));
}
