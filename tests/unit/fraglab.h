/*
 * For tests of fragments, on iplab's bench: datagrams of a running pattern, their pieces in, and
 * pieces that come out put together again by other means than the stack's.
 */
#pragma once

#include "iplab.h"

#define FRAG_PROTO 250 /* a raw socket's, so that what arrives is seen as it is */
#define FRAG_MAX 65515 /* the longest payload */

extern u8 frag_pattern[FRAG_MAX];

/* A piece of the pattern. */
struct piece {
	u32 off, len; /* bytes */
	bool more;
	u16 id;
	u8 tos, protocol; /* 0: FRAG_PROTO */
	be32 saddr;	  /* 0: PEER */
	const u8 *data;	  /* NULL: the pattern's */
};
/* As one frame of exactly its size. */
void piece_in(const struct piece *p);

int frag_setup(void **state); /* as lab_setup; a raw socket, and a stack that has forgotten */
int frag_teardown(void **state);
#define frag_test(f) cmocka_unit_test_setup_teardown(f, frag_setup, frag_teardown)
extern int frag_raw;

/* Asserts that the next datagram is the pattern's first @len bytes. */
void expect_datagram(u32 len);
void expect_no_datagram(void);

/* Datagrams on the wire, put together byte by byte. */
struct whole {
	u8 data[FRAG_MAX];
	u8 seen[FRAG_MAX];
	u32 len, pieces, last_seen;
	struct iphdr first;
};
/* Takes all that comes out, to @w; asserts that no byte comes twice. */
void whole_out(struct whole *w);
void expect_whole(const struct whole *w);
