/*
 * The identification field (RFC 791, RFC 6864): a counter behind a secret permutation of the 16-bit
 * numbers, so that none comes twice in 65535 packets and none can be foretold. The permutation is a
 * Feistel network of four rounds over bytes, with a random table as round function; it changes when
 * the counter has gone round.
 */
#include "net/ip/ip.h"

#define ROUNDS 4

static u8 round_box[256];
static u8 round_key[ROUNDS];
static u16 counter;

static void ident_rekey(void)
{
	get_random_bytes(round_box, sizeof(round_box));
	get_random_bytes(round_key, sizeof(round_key));
}

u16 ip_select_ident(void)
{
	u8 left, right;

	do {
		if (++counter == 0)
			ident_rekey();
		left = (u8)(counter >> 8);
		right = (u8)counter;
		for (u32 i = 0; i < ROUNDS; i++) {
			u8 next = left ^ round_box[right ^ round_key[i]];

			left = right;
			right = next;
		}
	} while (!(left | right)); /* 0 means "choose" to our callers */
	return (u16)(left << 8 | right);
}

void ip_ident_init(void)
{
	ident_rekey();
	counter = (u16)random_u32();
}
