/*
 * Numbers that a stranger must not be able to guess: where a connection's sequence numbers and its
 * timestamps begin. Each flow has a start of its own, which only the key gives away, and within it
 * sequence numbers go on with the clock, so that an incarnation is ahead of the one before it.
 */
#include "net/core/siphash.h"
#include "net/transport/tcp_conn.h"

#define ISN_TICK_NS 64 /* RFC 6528 §3 says 4 us; on a fast link that would be overtaken */

static struct siphash_key isn_key, ts_key;

void tcp_secure_init(void)
{
	siphash_new_key(&isn_key);
	siphash_new_key(&ts_key);
}

u32 tcp_secure_seq(be32 laddr, be32 raddr, be16 lport, be16 rport)
{
	const u64 words[2] = { (u64)laddr << 32 | raddr, (u32)lport << 16 | rport };

	return (u32)siphash_words(words, 2, &isn_key) + (u32)(ktime_ns() / ISN_TICK_NS);
}

u32 tcp_secure_ts_offset(be32 laddr, be32 raddr)
{
	const u64 word = (u64)laddr << 32 | raddr;

	/* 1: each pair of hosts has an offset; 2: the clock as it is. */
	return sysctl_tcp_timestamps == 1 ? (u32)siphash_words(&word, 1, &ts_key) : 0;
}
