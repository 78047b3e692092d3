/*
 * Every parser of the kernel and the stack by itself: the input's first byte says which. The bytes
 * are copied to a block of exactly their size, so that the sanitizer sees one byte too far.
 */
#include <stdlib.h>

#include "kernel/tar.h"
#include "net/ip/arp_private.h"
#include "net/ip/icmp.h"
#include "net/ip/ip.h"
#include "net/transport/udp.h"

static void fuzz_tar(const u8 *data, size_t len)
{
	static struct tar_view v;
	u8 block[TAR_BLOCK];
	unsigned int sum = 0;

	tar_parse(data, len, &v);
	if (len < TAR_BLOCK)
		return;
	/* No mutation finds the checksum of its own header: make it right. */
	memcpy(block, data, TAR_BLOCK);
	memset(block + 148, ' ', 8);
	for (int i = 0; i < TAR_BLOCK; i++)
		sum += block[i];
	for (int i = 0; i < 6; i++)
		block[148 + i] = (u8)('0' + (sum >> (15 - 3 * i) & 7));
	tar_parse(block, TAR_BLOCK, &v);
}

static void fuzz_arp(const u8 *data, size_t len)
{
	struct arp_view v;

	arp_parse(data, (u32)len, &v);
}

static void fuzz_ip(const u8 *data, size_t len)
{
	struct ip_view v;
	u32 bad;

	if (ip_parse(data, (u32)len, &v) == NR_DROP_REASONS)
		ip_options_parse(data + 20, v.hlen - 20u, &bad);
}

static void fuzz_ip_options(const u8 *data, size_t len)
{
	u32 bad;

	ip_options_parse(data, (u32)min(len, (size_t)IP_MAX_OPTIONS), &bad);
}

static void fuzz_icmp(const u8 *data, size_t len)
{
	struct icmp_view v;

	icmp_parse(data, (u32)len, &v);
}

static void fuzz_udp(const u8 *data, size_t len)
{
	struct udp_view v;

	udp_parse(data, (u32)len, &v);
}

static void (*const parsers[])(const u8 *data, size_t len) = {
	fuzz_tar, fuzz_arp, fuzz_ip, fuzz_ip_options, fuzz_icmp, fuzz_udp,
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u8 *copy;

	if (!size)
		return 0;
	copy = malloc(size - 1);
	if (size > 1)
		memcpy(copy, data + 1, size - 1);
	parsers[data[0] % ARRAY_SIZE(parsers)](copy, size - 1);
	free(copy);
	return 0;
}
