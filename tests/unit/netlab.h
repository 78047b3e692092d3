/*
 * A laboratory for the stack: the kernel as a library with one Ethernet device, eth0 at
 * 10.0.0.2/24, whose wire is the test. The peer is 10.0.0.1 (and, for ARP, every other address of
 * the net). Include it after cmocka.h.
 */
#pragma once

#include <abi/fcntl.h>
#include <abi/in.h>
#include <abi/net_if.h>
#include <abi/poll.h>

#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/snmp.h"
#include "net/ip/icmp.h"
#include "net/ip/ip.h"
#include "net/socket/socket.h"
#include "net/transport/datagram.h"
#include "net/transport/udp.h"

#define IP4(a, b, c, d) htonl((u32)(a) << 24 | (u32)(b) << 16 | (u32)(c) << 8 | (u32)(d))
#define OUR_IP IP4(10, 0, 0, 2)
#define PEER_IP IP4(10, 0, 0, 1)
#define BCAST_IP IP4(10, 0, 0, 255)

/*
 * For cmocka_run_group_tests: boots once. And for each test: notes the pool, asserts afterwards
 * that it is as before.
 */
int netlab_setup(void **state);
int netlab_boot(const char *cmdline); /* the same with another command line */
int netlab_begin(void **state);
int netlab_end(void **state);
#define lab_test(f) cmocka_unit_test_setup_teardown(f, netlab_begin, netlab_end)

/* ---- the wire ---- */

/* A frame in, and all that follows from it. */
void netlab_in(const void *frame, u32 len);
/* The next IP frame out (ARP is answered on the way): bytes, 0: none. */
u32 netlab_out(u8 *frame, u32 size);
void netlab_advance(u64 ns);
int netlab_ifindex(void);

/* What goes into a UDP frame; 0 is the usual (from PEER_IP to OUR_IP, right checksums). */
struct udp_frame {
	be32 saddr, daddr;
	u16 sport, dport;
	const void *data;
	u32 len;
	bool no_csum, bad_csum;
	u16 claim; /* UDP length to state */
};
/* Ethernet and IP headers for @len bytes of transport; returns where these go. */
u8 *netlab_build_ip(u8 *frame, be32 saddr, be32 daddr, u8 protocol, u32 len);
u32 netlab_build_udp(u8 *frame, const struct udp_frame *f);
void netlab_udp_in(const struct udp_frame *f);
/* An ICMP message from PEER_IP: @type, @code, second word, and @len bytes behind. */
void netlab_icmp_in(u8 type, u8 code, u32 info, const void *data, u32 len);
/* An ICMP error about the frame that we sent. */
void netlab_icmp_error(u8 type, u8 code, u32 info, const u8 *sent);

/* The parts of a frame that came out. */
static inline const struct iphdr *frame_ip(const u8 *frame)
{
	return (const struct iphdr *)(frame + ETH_HLEN);
}
static inline const struct udphdr *frame_udp(const u8 *frame)
{
	return (const struct udphdr *)(frame + ETH_HLEN + 20);
}
static inline const u8 *frame_data(const u8 *frame)
{
	return frame + ETH_HLEN + 28;
}

/* ---- sockets ---- */

struct sockaddr_in netlab_addr(be32 addr, u16 port);
/*
 * A non-blocking UDP socket bound to @addr and @port, with the option @opt of SOL_SOCKET on before
 * bind (0: none).
 */
int netlab_udp(be32 addr, u16 port, int opt);
int netlab_connect(int fd, be32 addr, u16 port);
long netlab_send(int fd, const void *data, size_t len, be32 addr, u16 port);
int netlab_setopt(int fd, int level, int name, int value);
int netlab_getopt(int fd, int level, int name);
u32 netlab_poll(int fd);
void netlab_close(int fd);
/* Asserts that the next datagram of @fd is @text. */
void netlab_expect(int fd, const char *text);
void netlab_expect_nothing(int fd);
struct sock *netlab_sk(int fd);
