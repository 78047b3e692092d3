/*
 * The peer of the one TCP connection that fuzz_tcp_segment.c is about, and the script that says
 * what it does: its segments have numbers relative to what the stack expects, so that they get past
 * the first checks.
 */
#pragma once

#include "kernel/arch/host/skbox.h"
#include "net/transport/tcp_conn.h"

#define IP4(a, b, c, d) htonl((u32)(a) << 24 | (u32)(b) << 16 | (u32)(c) << 8 | (u32)(d))
#define OUR_IP IP4(10, 1, 0, 2)
#define PEER_IP IP4(10, 1, 0, 1)
#define PEER_PORT 2000

extern struct peer {
	int dev;
	u16 our_port; /* of the segments */
	u32 irs, tsval, told[3];
	bool ts; /* timestamps were agreed on */
	bool told_mtu;
	u32 tsecr, last_ack_seq; /* of what the stack has sent last */
} peer;

/* ---- the script: behind its end all is 0 ---- */

void script_begin(const u8 *data, size_t size);
bool script_more(void);
u8 next8(void);
u16 next16(void);
u32 next32(void);

/* ---- the connection ---- */

struct tcp_flow flow(void);
struct tcp_sock *the_sock(void); /* NULL: there is none, or only a request */
/* What the stack has sent is taken away; it tells our port, and the clock that is to be echoed. */
void take_output(void);

/* ---- what the peer does ---- */

void step_segment(void); /* as the script says */
void step_icmp(void);	 /* an error that quotes a segment of ours */
/* @agreed: bits of what its options say. */
void peer_syn(u8 agreed, u8 flags, u32 ack, u32 data);
void plain_ack(u8 flags, u32 len);
