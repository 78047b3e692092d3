/*
 * Sequences of fragments into a running stack that also forwards. An input is a list of records of
 * 8 bytes: where the piece goes and whose it is, its place, its length, its options, and what is
 * done after it. The bytes of all pieces are those of one pattern, so that whatever a raw socket
 * is given must be the pattern's beginning. After each input the packet pool must be back.
 */
#include <stdlib.h>

#include "net/core/checksum.h"
#include "net/ip/ip.h"
#include "tests/fuzz/stack.h"

#define PROTO 250
#define RECORD 8
#define PATTERN (65536 + 2048)

static const u8 our_mac[ETH_ALEN] = { 0x52, 0x54, 0, 0, 0, 1 };
static const u8 our_ip[4] = { 10, 9, 0, 2 };
static int dev, socks[2];
static u32 baseline;
static u8 pattern[PATTERN];

/* By the two low bits of the first byte. */
static const u8 protocols[4] = { PROTO, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_TCP };
/* By three bits of the last: router alert, record route, timestamp, padding, rubbish. */
static const struct {
	u8 len, bytes[12];
} options[8] = {
	{ 0, { 0 } },
	{ 4, { 148, 4, 0, 0 } },
	{ 8, { 7, 7, 4, 0, 0, 0, 0, 0 } },
	{ 12, { 68, 12, 5, 1 } },
	{ 8, { 1, 1, 1, 1, 1, 1, 1, 0 } },
	{ 4, { 148, 5, 0, 0 } },
	{ 12, { 0x9e, 7, 1, 2, 3, 4, 5, 68, 4, 5, 0, 0 } },
	{ 8, { 131, 7, 4, 0, 0, 0, 0, 0 } },
};

static void check_datagram(const u8 *p, long n)
{
	u32 hlen = (p[0] & 15) * 4u;

	if (n < 20 || hlen > n || get_be16(p + 2) != n || ip_fast_csum(p, hlen / 4))
		panic("a datagram of %ld bytes says that it has %u", n, get_be16(p + 2));
	if (memcmp(p + hlen, pattern, (size_t)n - hlen) != 0)
		panic("a datagram of %ld bytes was put together wrongly", n);
}

static void settle(void)
{
	static u8 buf[65536];
	long n;

	while ((n = skbox_recvfrom(socks[0], buf, sizeof(buf), 0, NULL, NULL)) >= 0)
		check_datagram(buf, n);
	while (skbox_recvfrom(socks[1], buf, sizeof(buf), 0, NULL, NULL) >= 0)
		;
	stack_take_frames(dev);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(7) };
	int on = 1;

	for (u32 i = 0; i < PATTERN; i++)
		pattern[i] = (u8)(i * 7 + (i >> 8) * 13);
	put_be16(pattern + 2, 7); /* of UDP: the port, and no checksum */
	memset(pattern + 6, 0, 2);
	stack_boot();
	dev = stack_add_device(our_mac, our_ip, 24);
	socks[0] = skbox_socket(AF_INET, SOCK_RAW, PROTO);
	socks[1] = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	skbox_bind(socks[1], &any, sizeof(any));
	skbox_setsockopt(socks[0], SOL_IP, IP_ROUTER_ALERT, &on, sizeof(on));
	skbox_sysctl("net.ipv4.ip_forward", "1");
	skbox_advance(10 * NSEC_PER_SEC);
	settle();
	baseline = stack_packets();
	return 0;
}

/*
 * Byte 0: protocol, forwarded, MF, DF, id (2 bits); 1: TOS, source; 2-3: offset in units of 8;
 * 4-5: length; 6: what follows; 7: options.
 */
static void one_piece(const u8 *r)
{
	u32 offset = get_be16(r + 2) & 0x1fff, len = get_be16(r + 4) % 1461;
	u8 optlen = options[r[7] & 7].len;
	u32 total = ETH_HLEN + 20 + optlen + len;
	u8 *frame = malloc(total), *ip = frame + ETH_HLEN;
	be16 sum;

	memset(frame, 0, ETH_HLEN + 20);
	memcpy(frame, our_mac, ETH_ALEN);
	frame[6] = 2;
	put_be16(frame + 12, ETH_P_IP);
	ip[0] = (u8)(0x45 + optlen / 4);
	ip[1] = r[1] & 3;
	put_be16(ip + 2, (u16)(total - ETH_HLEN));
	put_be16(ip + 4, (u16)(1 + (r[0] >> 5 & 3)));
	put_be16(ip + 6, (u16)(offset | (r[0] & 8 ? IP_MF : 0) | (r[0] & 16 ? IP_DF : 0)));
	ip[8] = r[0] & 0x80 ? 1 : 64;
	ip[9] = protocols[r[0] & 3];
	memcpy(ip + 12, (const u8[]){ 10, 9, 0, (u8)(3 + (r[1] >> 6)) }, 4);
	memcpy(ip + 16, our_ip, 4);
	if (r[0] & 4)
		ip[19] = 77;
	memcpy(ip + 20, options[r[7] & 7].bytes, optlen);
	memcpy(ip + 20 + optlen, pattern + offset * 8, len);
	sum = ip_fast_csum(ip, (ip[0] & 15u));
	memcpy(ip + 10, &sum, 2);
	skbox_frame_in(dev, frame, total);
	free(frame);
	if (r[6] & 1)
		settle();
	if (r[6] & 2)
		skbox_advance((u64)r[6] * 100 * NSEC_PER_MSEC);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	for (; size >= RECORD; data += RECORD, size -= RECORD)
		one_piece(data);
	settle();
	for (int i = 0; i < 3 && stack_packets() != baseline; i++) {
		skbox_advance(20 * NSEC_PER_SEC);
		settle();
	}
	if (stack_packets() > baseline)
		panic("packets leak: %u in use, %u before", stack_packets(), baseline);
	return 0;
}
