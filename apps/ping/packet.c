/*
 * The bytes of an echo request and of its answer. The payload begins with the time of sending, the
 * rest is a pattern that is looked for in the answer.
 */
#include <string.h>

#include "ping.h"

uint16_t ping_checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (; len > 1; p += 2, len -= 2)
		sum += p[0] | p[1] << 8;
	if (len)
		sum += p[0];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static uint8_t pattern_byte(const struct ping *p, long i)
{
	return p->pattern_len ? p->pattern[i % p->pattern_len] : i & 0xff;
}

void ping_build(struct ping *p, uint16_t seq, int64_t now)
{
	uint8_t *b = p->out;
	uint16_t sum;

	b[0] = 8;
	b[1] = b[2] = b[3] = 0;
	b[4] = p->id >> 8;
	b[5] = p->id & 0xff;
	b[6] = seq >> 8;
	b[7] = seq & 0xff;
	/* The pattern stays from packet to packet: it is written once. */
	if (!p->st.sent)
		for (long i = 0; i < p->size; i++)
			b[PING_HEADER + i] = pattern_byte(p, i);
	if (p->size >= PING_STAMP)
		memcpy(b + PING_HEADER, &now, PING_STAMP);
	/* A ping socket's kernel sums itself; a raw one sends what it is given. */
	if (p->raw) {
		sum = ping_checksum(b, PING_HEADER + p->size);
		memcpy(b + 2, &sum, 2);
	}
}

uint16_t ping_seq(const uint8_t *icmp)
{
	return icmp[6] << 8 | icmp[7];
}

int64_t ping_stamp(const uint8_t *icmp, size_t len)
{
	int64_t stamp = 0;

	if (len >= PING_HEADER + PING_STAMP)
		memcpy(&stamp, icmp + PING_HEADER, PING_STAMP);
	return stamp;
}

long ping_compare(const struct ping *p, const uint8_t *icmp, size_t len)
{
	long n = (long)len - PING_HEADER, first = p->size >= PING_STAMP ? PING_STAMP : 0;

	for (long i = first; i < n && i < p->size; i++)
		if (icmp[PING_HEADER + i] != pattern_byte(p, i))
			return i;
	return -1;
}
