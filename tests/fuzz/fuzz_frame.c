/*
 * Whole frames into the backlog of a running stack with open sockets. An input is a list of frames,
 * each behind two bytes: flags and a count of 8-byte units. Flags say what to mend in the frame
 * (destination, checksums), so that the fuzzer gets past the first checks, and what to do after it.
 * After each input the packet pool must be back where it was.
 */
#include <stdlib.h>

#include "net/core/checksum.h"
#include "tests/fuzz/stack.h"

#define FIX_MAC 0x01
#define FIX_IP 0x02
#define FIX_TRANSPORT 0x04
#define AS_ARP 0x08
#define THEN_READ 0x10
#define THEN_ADVANCE 0x20
#define THEN_SEND 0x40

static const u8 our_mac[ETH_ALEN] = { 0x52, 0x54, 0, 0, 0, 1 };
static const u8 our_ip[4] = { 10, 9, 0, 2 }, their_ip[4] = { 10, 9, 0, 1 };
static int dev, socks[4];
static u32 baseline;

static void open_sockets(void)
{
	struct sockaddr_in any = stack_address((const u8[]){ 0, 0, 0, 0 }, 7),
			   peer = stack_address(their_ip, 53);
	int on = 1;

	socks[0] = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	skbox_bind(socks[0], &any, sizeof(any));
	skbox_setsockopt(socks[0], SOL_IP, IP_RECVERR, &on, sizeof(on));
	skbox_setsockopt(socks[0], SOL_IP, IP_PKTINFO, &on, sizeof(on));
	socks[1] = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	skbox_connect(socks[1], &peer, sizeof(peer));
	socks[2] = skbox_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	socks[3] = skbox_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}

/* Takes away what waits: sockets' queues, frames on their way out, packets behind an unanswered ARP
 * request. */
static void settle(void)
{
	static u8 buf[2048];

	for (size_t i = 0; i < ARRAY_SIZE(socks); i++) {
		struct iovec iov = { buf, sizeof(buf) };
		u8 control[256];
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };

		while (skbox_recvfrom(socks[i], buf, sizeof(buf), 0, NULL, NULL) != -EAGAIN)
			;
		do {
			msg.msg_controllen = sizeof(control);
		} while (skbox_recvmsg(socks[i], &msg, MSG_ERRQUEUE) >= 0);
	}
	stack_take_frames(dev);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	stack_boot();
	dev = stack_add_device(our_mac, our_ip, 24);
	open_sockets();
	skbox_advance(10 * NSEC_PER_SEC);
	settle();
	baseline = stack_packets();
	return 0;
}

static void fix_ip(u8 *ip, size_t len, u8 flags)
{
	size_t hlen = (ip[0] & 15) * 4u;

	if (flags & FIX_MAC) {
		ip[0] = 0x40 | (ip[0] & 15);
		put_be16(ip + 2, (u16)len);
		memcpy(ip + 16, our_ip, 4);
		ip[6] &= 0x40;
		ip[7] = 0;
	}
	if (hlen < 20 || hlen > len)
		return;
	memset(ip + 10, 0, 2);
	be16 sum = ip_fast_csum(ip, (u32)hlen / 4);
	memcpy(ip + 10, &sum, 2);
	if ((flags & FIX_TRANSPORT) && ip[9] == 1 && len >= hlen + 8) {
		memset(ip + hlen + 2, 0, 2);
		sum = csum_fold(csum_partial(ip + hlen, (u32)(len - hlen), 0));
		memcpy(ip + hlen + 2, &sum, 2);
	} else if ((flags & FIX_TRANSPORT) && ip[9] == 17 && len >= hlen + 8) {
		ip[hlen + 2] = 0;
		ip[hlen + 3] = 7;
		put_be16(ip + hlen + 4, (u16)(len - hlen));
		memset(ip + hlen + 6, 0, 2);
	}
}

static void mend(u8 *frame, size_t len, u8 flags)
{
	if (len < ETH_HLEN)
		return;
	if (flags & FIX_MAC)
		memcpy(frame, our_mac, ETH_ALEN);
	if (flags & AS_ARP)
		put_be16(frame + 12, ETH_P_ARP);
	else if (flags & FIX_IP)
		put_be16(frame + 12, ETH_P_IP);
	if ((flags & FIX_IP) && !(flags & AS_ARP) && len >= ETH_HLEN + 20)
		fix_ip(frame + ETH_HLEN, len - ETH_HLEN, flags);
}

static void one_frame(const u8 *data, size_t len, u8 flags)
{
	u8 *frame = malloc(len);

	if (len)
		memcpy(frame, data, len);
	mend(frame, len, flags);
	skbox_frame_in(dev, frame, len);
	free(frame);
	if (flags & THEN_READ)
		settle();
	if (flags & THEN_ADVANCE)
		skbox_advance((u64)(len + 1) * 10 * NSEC_PER_MSEC);
	if (flags & THEN_SEND) {
		struct sockaddr_in to = stack_address((const u8[]){ 10, 9, 0, (u8)len }, (u16)len);

		skbox_sendto(socks[0], data, len, 0, &to, sizeof(to));
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	while (size >= 2) {
		u8 flags = data[0];
		size_t len = min((size_t)data[1] * 8, size - 2);

		one_frame(data + 2, len, flags);
		data += 2 + len;
		size -= 2 + len;
	}
	settle();
	if (stack_packets() != baseline)
		skbox_advance(40 * NSEC_PER_SEC); /* fragments wait 30 s for others */
	settle();
	if (stack_packets() > baseline)
		panic("packets leak: %u in use, %u before", stack_packets(), baseline);
	return 0;
}
