/*
 * Packets with IP options of any bytes at a router: to itself, through it, to all; as echo and
 * timestamp requests, datagrams to open and closed ports, errors that quote such a packet, and too
 * large for the next network. An input is a list of records of 6 bytes, each with its options
 * behind it. Whatever comes out must have options that are well formed; what was forwarded may
 * differ from what came only where a router writes; an answer has what the question had.
 */
#include <stdlib.h>

#include <abi/neigh.h>

#include "net/core/checksum.h"
#include "net/ip/icmp.h"
#include "net/ip/ip.h"
#include "tests/fuzz/stack.h"

#define RECORD 6
#define PROTO 250
#define PARAM_PROBLEM 12
#define HEADER 20

static const u8 macs[2][ETH_ALEN] = { { 0x52, 0x54, 0, 0, 0, 1 }, { 0x52, 0x54, 0, 0, 0, 2 } };
static const u8 our_ip[4] = { 10, 9, 0, 2 }, other_ip[4] = { 10, 8, 0, 1 };
static const u8 their_ip[4] = { 10, 9, 0, 1 }, behind_ip[4] = { 10, 8, 0, 77 };
static const u8 destinations[8][4] = {
	{ 10, 9, 0, 2 },  { 10, 8, 0, 77 }, { 10, 8, 0, 1 },	    { 10, 9, 0, 255 },
	{ 224, 0, 0, 1 }, { 10, 8, 0, 78 }, { 255, 255, 255, 255 }, { 10, 9, 0, 1 },
};
static int devs[2], socks[3];
static u32 baseline;

/* The packet that came in last. */
static u8 given[2048];
static u32 given_len;

/* ---- the world ---- */

static void set_neighbour(int dev, const u8 ip[4])
{
	struct neigh_req r = { .dev = "eth0",
			       .state = NUD_PERMANENT,
			       .flags = NEIGH_F_CREATE | NEIGH_F_LLADDR,
			       .lladdr = { 2, 0, 0, 0, 0, 1 } };

	r.dev[3] = (char)('0' + dev);
	memcpy(&r.addr, ip, 4);
	if (skbox_ioctl(socks[0], SIOCSNEIGH, &r))
		abort();
}

static void open_sockets(void)
{
	struct sockaddr_in any = stack_address((const u8[]){ 0, 0, 0, 0 }, 7);
	int on = 1;

	socks[0] = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	socks[1] = skbox_socket(AF_INET, SOCK_RAW, PROTO);
	socks[2] = skbox_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	skbox_bind(socks[0], &any, sizeof(any));
	for (size_t i = 0; i < ARRAY_SIZE(socks); i++) {
		skbox_setsockopt(socks[i], SOL_IP, IP_RECVOPTS, &on, sizeof(on));
		skbox_setsockopt(socks[i], SOL_IP, IP_RECVERR, &on, sizeof(on));
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct ifreq ifr = { .ifr_name = "eth1", .ifr_mtu = 576 };

	stack_boot();
	devs[0] = stack_add_device(macs[0], our_ip, 24);
	devs[1] = stack_add_device(macs[1], other_ip, 24);
	open_sockets();
	if (skbox_ioctl(socks[0], SIOCSIFMTU, &ifr))
		abort();
	skbox_sysctl("net.ipv4.ip_forward", "1");
	skbox_sysctl("net.ipv4.icmp_ratelimit", "0");
	skbox_sysctl("net.ipv4.icmp_msgs_per_sec", "100000");
	skbox_sysctl("net.ipv4.icmp_echo_ignore_broadcasts", "0");
	set_neighbour(0, their_ip);
	set_neighbour(1, behind_ip);
	skbox_advance(10 * NSEC_PER_SEC);
	for (int i = 0; i < 2; i++)
		stack_take_frames(devs[i]);
	baseline = stack_packets();
	return 0;
}

/* ---- what must hold of what comes out ---- */

/*
 * Room for whole slots before and behind the pointer, or none. Who has sent an option that is cut
 * otherwise finds out when the last slot is reached, on whichever router that is.
 */
static void check_pointer(const u8 *o, u32 len, u32 first, u32 slot)
{
	bool whole = (len + 1) % slot == first % slot && o[2] % slot == first % slot;

	if (len < first - 1 || o[2] < first || (whole && o[2] <= len && len - o[2] < slot - 1))
		panic("option %u of %u bytes points to %u", o[0], len, o[2]);
}

/* Calls @each for every option; panics where there is none. */
static void each_option(const u8 *ip, void (*each)(const u8 *o, u32 len))
{
	u32 end = (ip[0] & 15) * 4u, len;

	for (u32 at = HEADER; at < end && ip[at]; at += len) {
		len = ip[at] == 1 ? 1 : at + 1 < end ? ip[at + 1] : 0;
		if (!len || len > end - at || (ip[at] != 1 && len < 2))
			panic("an option of %u bytes, %u are left", len, end - at);
		each(ip + at, len);
	}
}

static void check_option(const u8 *o, u32 len)
{
	switch (o[0]) {
	case 7:	  /* record route */
	case 131: /* and what the source has said of it */
	case 137:
		check_pointer(o, len, 4, 4);
		break;
	case 68:
		check_pointer(o, len, 5, (o[3] & 15) == 0 ? 4 : 8);
		break;
	}
}

static bool writable[64]; /* by a router: bytes of the given packet's options */
static const u8 *forwarded;

/* A router writes one slot, or none; a source route leads over several addresses of ours at once.
 */
static void note_writable(const u8 *o, u32 len)
{
	bool record = o[0] == 7 || o[0] == 68 || o[0] == 131 || o[0] == 137;
	u8 moved, slot = o[0] == 68 && (o[3] & 15) ? 8 : 4;

	if (!record)
		return;
	moved = forwarded[o + 2 - given] - o[2];
	if (o[0] & 0x80 ? moved % 4 : moved && moved != slot)
		panic("option %u has moved by %u", o[0], moved);
	for (u32 i = 2; i < len; i++)
		writable[o + i - given] = true;
}

/* From behind us, as it came: not a fragment of it, for that has fewer options. */
static void check_forwarded(const u8 *ip)
{
	u32 hlen = (given[0] & 15) * 4u;

	if (ip[0] != given[0])
		panic("forwarded with other options");
	memset(writable, 0, sizeof(writable));
	forwarded = ip;
	each_option(given, note_writable);
	for (u32 i = HEADER; i < hlen; i++)
		if (ip[i] != given[i] && !writable[i])
			panic("byte %u of the options has changed", i - HEADER);
	if (ip[8] != given[8] - 1)
		panic("TTL %u becomes %u", given[8], ip[8]);
}

/* An answer to an echo request has its bytes; options that are for the way there are left out. */
static void check_echo(const u8 *ip, u32 len)
{
	u32 hlen = (ip[0] & 15) * 4u, asked = (given[0] & 15) * 4u;

	if (hlen > asked || len - hlen != given_len - asked ||
	    memcmp(ip + hlen + 4, given + asked + 4, len - hlen - 4) != 0)
		panic("an echo of other bytes");
}

static void check_icmp(const u8 *ip, u32 len)
{
	u32 hlen = (ip[0] & 15) * 4u;
	const u8 *icmp = ip + hlen;

	if (len - hlen < 8 || csum_fold(csum_partial(icmp, len - hlen, 0)))
		panic("a bad ICMP message of %u bytes", len - hlen);
	if (icmp[0] == ICMP_ECHOREPLY && given[(given[0] & 15) * 4u] == ICMP_ECHO)
		check_echo(ip, len);
	if (icmp[0] != ICMP_DEST_UNREACH && icmp[0] != ICMP_TIME_EXCEEDED &&
	    icmp[0] != PARAM_PROBLEM)
		return;
	if (len > 576 || len - hlen < 8 + HEADER)
		panic("an error of %u bytes", len);
	if (icmp[0] == PARAM_PROBLEM && icmp[1] == 0 && icmp[4] >= (icmp[8] & 15) * 4u)
		panic("the wrong byte is %u", icmp[4]);
}

static void check_packet(int dev, const u8 *ip, u32 room)
{
	u32 hlen = (ip[0] & 15) * 4u, len = get_be16(ip + 2);
	bool ours = !memcmp(ip + 12, our_ip, 4) || !memcmp(ip + 12, other_ip, 4);

	if (room < HEADER || ip[0] >> 4 != 4 || hlen < HEADER || len < hlen || len > room ||
	    ip_fast_csum(ip, hlen / 4))
		panic("a packet of %u bytes, its header %u", len, hlen);
	each_option(ip, check_option);
	if (get_be16(ip + 6) & 0x3fff) /* a fragment */
		return;
	if (ours && ip[9] == IPPROTO_ICMP)
		check_icmp(ip, len);
	else if (!ours && dev == 1)
		check_forwarded(ip);
}

static void settle(void)
{
	u8 buf[2048];
	size_t len;

	for (size_t i = 0; i < ARRAY_SIZE(socks); i++) {
		u8 control[256];
		struct iovec iov = { buf, sizeof(buf) };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };

		do
			msg.msg_controllen = sizeof(control);
		while (skbox_recvmsg(socks[i], &msg, 0) != -EAGAIN);
		do
			msg.msg_controllen = sizeof(control);
		while (skbox_recvmsg(socks[i], &msg, MSG_ERRQUEUE) >= 0);
	}
	for (int i = 0; i < 2; i++)
		while ((len = skbox_frame_out(devs[i], buf, sizeof(buf))))
			if (get_be16(buf + 12) == ETH_P_IP)
				check_packet(i, buf + ETH_HLEN, (u32)len - ETH_HLEN);
}

/* ---- what goes in ---- */

/* @p has room for @len bytes; the kinds that have fields of their own. */
static u8 transport(u8 *p, u32 len, u8 kind, u8 arg)
{
	static const u8 icmp[4] = { ICMP_ECHO, 13, ICMP_DEST_UNREACH, 11 };
	be16 sum;

	switch (kind & 7) {
	case 0:
	case 1:
	case 2:
		if (len < 8)
			break;
		p[0] = icmp[kind & 3];
		p[1] = kind & 2 ? arg & 7 : 0;
		put_be16(p + 2, 0);
		sum = csum_fold(csum_partial(p, len, 0));
		memcpy(p + 2, &sum, 2);
		return IPPROTO_ICMP;
	case 3:
	case 4:
		if (len < 8)
			break;
		put_be16(p, 1000);
		put_be16(p + 2, arg & 1 ? 7 : 9);
		put_be16(p + 4, (u16)len);
		put_be16(p + 6, 0);
		return IPPROTO_UDP;
	case 5:
		return IPPROTO_TCP;
	case 6:
		return arg;
	}
	return PROTO;
}

/* What an error quotes: a packet of ours that had the options of the one it comes in. */
static void quote(u8 *p, u32 len, u32 optlen)
{
	if (len < 8 + HEADER + optlen + 8)
		return;
	memset(p, 0, len);
	p[8] = (u8)(0x45 + optlen / 4);
	put_be16(p + 10, (u16)(HEADER + optlen + 8));
	p[16] = 64;
	p[17] = IPPROTO_UDP;
	memcpy(p + 20, our_ip, 4);
	memcpy(p + 24, their_ip, 4);
	memcpy(p + 28, given + HEADER, optlen);
	put_be16(p + 28 + optlen, 7);
}

/* Bytes from 0xd0 to 0xd7 begin an address of the world. */
static void put_addresses(u8 *options, u32 len)
{
	for (u32 i = 0; i + 4 <= len; i++)
		if (options[i] >> 3 == 0xd0 >> 3) {
			memcpy(options + i, destinations[options[i] & 7], 4);
			i += 3;
		}
}

/*
 * Byte 0: destination, device, DF; 1: kind of the packet; 2: words of options; 3-4: length of what
 * is behind them; 5: TTL, or what a kind wants. Then the options.
 */
static size_t one_record(const u8 *r, size_t room)
{
	u32 optlen = min((u32)(r[2] % 11) * 4, (u32)room & ~3u), len = get_be16(r + 3) % 1400;
	u32 hlen = HEADER + optlen, dev = r[0] >> 3 & 1;
	u8 *frame;
	be16 sum;

	given_len = hlen + len;
	memset(given, 0, given_len);
	given[0] = (u8)(0x40 + hlen / 4);
	put_be16(given + 2, (u16)given_len);
	put_be16(given + 6, r[0] & 0x10 ? IP_DF : 0);
	given[8] = r[5] & 0x80 ? (u8)(1 + (r[5] & 1)) : 64;
	memcpy(given + 12, dev ? behind_ip : their_ip, 4);
	memcpy(given + 16, destinations[r[0] & 7], 4);
	memcpy(given + HEADER, r + RECORD, optlen);
	put_addresses(given + HEADER, optlen);
	memset(given + hlen, (u8)len, len);
	if ((r[1] & 7) == 2)
		quote(given + hlen, len, optlen);
	given[9] = transport(given + hlen, len, r[1], r[5]);
	sum = ip_fast_csum(given, hlen / 4);
	memcpy(given + 10, &sum, 2);
	frame = malloc(ETH_HLEN + given_len);
	memset(frame, 0, ETH_HLEN);
	memset(frame, r[0] & 0x20 ? 0xff : 0, ETH_ALEN);
	if (!(r[0] & 0x20))
		memcpy(frame, macs[dev], ETH_ALEN);
	frame[6] = 2;
	put_be16(frame + 12, ETH_P_IP);
	memcpy(frame + ETH_HLEN, given, given_len);
	skbox_frame_in(devs[dev], frame, ETH_HLEN + given_len);
	free(frame);
	return optlen;
}

/* And out: a socket's own options. */
static void send_with_options(const u8 *r, size_t optlen)
{
	struct sockaddr_in to = stack_address(destinations[r[0] & 7], 9);
	u8 options[IP_MAX_OPTIONS], back[IP_MAX_OPTIONS];
	unsigned int len = sizeof(back);

	memcpy(options, r + RECORD, optlen);
	put_addresses(options, (u32)optlen);
	if (skbox_setsockopt(socks[0], SOL_IP, IP_OPTIONS, options, (u32)optlen))
		return;
	if (skbox_getsockopt(socks[0], SOL_IP, IP_OPTIONS, back, &len) || len > sizeof(back))
		panic("options that cannot be read");
	given_len = 0;
	given[0] = 0;
	skbox_sendto(socks[0], r, RECORD, 0, &to, sizeof(to));
	skbox_setsockopt(socks[0], SOL_IP, IP_OPTIONS, NULL, 0);
}

static void tune(const u8 *r)
{
	skbox_sysctl("net.ipv4.conf.all.accept_source_route", r[0] & 6 ? "1" : "0");
	skbox_sysctl("net.ipv4.conf.eth0.accept_source_route", r[0] & 4 ? "1" : "0");
	skbox_sysctl("net.ipv4.conf.eth1.accept_source_route", r[0] & 4 ? "1" : "0");
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	if (size)
		tune(data);
	while (size >= RECORD) {
		size_t used = one_record(data, size - RECORD);

		settle();
		if (data[1] & 0x80) {
			send_with_options(data, used);
			settle();
		}
		data += RECORD + used;
		size -= RECORD + used;
	}
	if (stack_packets() != baseline)
		skbox_advance(40 * NSEC_PER_SEC); /* for a neighbour that does not answer */
	settle();
	if (stack_packets() != baseline)
		panic("packets leak: %u in use, %u before", stack_packets(), baseline);
	return 0;
}
