/*
 * A bench for IP: the kernel as a library with eth0 at 10.0.0.2/24, frames put in and taken out
 * byte by byte. Hosts of the link answer ARP with the MAC 02:00 followed by their address.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <abi/in.h>
#include <abi/net_if.h>

#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/snmp.h"
#include "net/ip/icmp.h"
#include "net/ip/inetdevice.h"
#include "net/ip/ip.h"
#include "net/ip/neighbour.h"
#include "net/ip/route.h"
#include "net/link/netdevice.h"

#include "kernel/arch/host/skbox.h"

void *malloc(size_t size); /* the host's; its <stdlib.h> and our headers exclude each other */
void free(void *ptr);

#define IP4(a, b, c, d) htonl((u32)(a) << 24 | (u32)(b) << 16 | (u32)(c) << 8 | (u32)(d))
#define OURS IP4(10, 0, 0, 2)
#define PEER IP4(10, 0, 0, 1)
#define LAB_PAYLOAD (ETH_HLEN + 20) /* of a frame without options */

/*
 * Boots once; every later call finds eth0 as it was at first, with no route but its own. For
 * cmocka's setups.
 */
int lab_setup(void **state);
/* Asserts that the pool is as lab_setup found it. */
int lab_teardown(void **state);
#define lab_test(f) cmocka_unit_test_setup_teardown(f, lab_setup, lab_teardown)

extern struct net_device *eth0;
extern int lab_eth0; /* its index for skbox_frame_in */

/*
 * What a packet that comes in looks like; 0 is the usual: from PEER to OURS, TTL 64, right lengths
 * and checksums.
 */
struct lab_packet {
	be32 saddr, daddr;
	u8 protocol, ttl, tos;
	u16 frag_off;
	const void *options;
	u32 optlen; /* a multiple of 4 */
	const void *data;
	u32 len;
	u8 dst_mac0; /* not 0: the frame goes to this byte repeated 6 times (0xff, or 0x01 for a
			group) */
	int tot_len; /* not 0: what the header says */
	bool bad_csum;
	u8 ihl_version; /* not 0: the first byte */
};
u32 lab_build(u8 *frame, const struct lab_packet *p);
void lab_in(const struct lab_packet *p);
/* The same, with an ICMP message as payload. @bad: wrong checksum. */
void lab_icmp_in(struct lab_packet p, u8 type, u8 code, u32 info, const void *data, u32 len,
		 bool bad);

/* The next IP frame that comes out; ARP is answered on the way. Bytes, 0: none. */
u32 lab_out(u8 *frame, u32 size);
/* Asserts that none does. */
void lab_quiet(void);
static inline const struct iphdr *lab_ip(const u8 *frame)
{
	return (const struct iphdr *)(frame + ETH_HLEN);
}
/*
 * Asserts that the frame is a good ICMP message from @saddr to @daddr, without options, and
 * returns it.
 */
const struct icmphdr *lab_icmp(const u8 *frame, u32 len, be32 saddr, be32 daddr);

/* Counters before and after. */
u64 lab_drops(enum drop_reason why);

/* ifconfig, route: 0 or -errno. */
int lab_ifreq(const char *name, u32 cmd, be32 addr);
be32 lab_ifget(const char *name, u32 cmd, int *err);
int lab_flags(const char *name, short flags);
int lab_route(u32 cmd, be32 dst, u8 len, be32 gw, const char *dev, u16 flags, int metric);
u32 lab_random(void);
