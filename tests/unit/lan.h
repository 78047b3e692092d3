/*
 * A stack on a LAN, for tests: eth0 with 10.0.0.1/24 on the moved clock, frames put on its wire and
 * looked for there.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/arch/host/skbox.h"
#include "net/core/byteorder.h"
#include "net/core/skbuff.h"
#include "net/link/netdevice.h"

#define SECOND NSEC_PER_SEC
#define MSEC NSEC_PER_MSEC

#define IP4(a, b, c, d) htonl((u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define OUR_IP IP4(10, 0, 0, 1)
#define PEER_IP IP4(10, 0, 0, 2)

extern const u8 our_mac[6], peer_mac[6], other_mac[6], broadcast_mac[6];
extern int lan_dev; /* skbox.h's index */
extern struct net_device *lan_eth0;

/*
 * Boots once a process, with @cmdline; later calls only make sure that the device is up, empty, and
 * knows nobody.
 */
void lan_start(const char *cmdline);
/* The frame in @buf from the wire. */
void lan_in(const void *buf, size_t len);
/* The next frame on the wire: its length, 0 if there is none. */
size_t lan_out(u8 *buf, size_t size);
/* Takes all frames off the wire; how many. */
u32 lan_drain(void);

struct lan_arp {
	const u8 *eth_dst, *eth_src, *sha, *tha;
	u16 op;
	be32 sip, tip;
};
size_t lan_arp_frame(u8 *buf, const struct lan_arp *a);
void lan_arp_in(u16 op, const u8 *dst, const u8 *sha, be32 sip, const u8 *tha, be32 tip);
/* The next frame must be this ARP message; its destination @eth_dst. */
void lan_expect_arp(u16 op, const u8 *eth_dst, be32 sip, be32 tip);
void lan_expect_nothing(void);
/* Sends a UDP datagram from a socket of ours to @daddr:9; skbox_sendto's result. */
long lan_send_udp(be32 daddr, const void *data, size_t len);
/* Free buffers and headers now. */
u32 lan_pool_free(void);
u64 lan_drops(enum drop_reason reason);
