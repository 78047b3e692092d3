#include "tests/unit/lan.h"

#include "net/ip/inetdevice.h"
#include "net/ip/neighbour.h"

const u8 our_mac[6] = { 2, 0, 0, 0, 0, 1 }, peer_mac[6] = { 2, 0, 0, 0, 0, 2 },
	 other_mac[6] = { 2, 0, 0, 0, 0, 3 }, broadcast_mac[6] = { 255, 255, 255, 255, 255, 255 };
int lan_dev = -1;
struct net_device *lan_eth0;
static int udp_fd = -1;

static void console(const char *text, size_t len)
{
	fwrite(text, 1, len, stderr);
}

static void lan_boot(const char *cmdline)
{
	skbox_set_seed(1);
	skbox_set_console(console);
	assert_int_equal(skbox_boot(cmdline), 0);
	lan_dev = skbox_add_device(our_mac);
	assert_true(lan_dev >= 0);
	lan_eth0 = dev_get_by_name("eth0");
	assert_non_null(lan_eth0);
	assert_int_equal(dev_open(lan_eth0), 0);
	assert_int_equal(inet_add_addr(lan_eth0, "eth0", OUR_IP, 24, IP4(10, 0, 0, 255)), 0);
	udp_fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(udp_fd >= 0);
}

void lan_start(const char *cmdline)
{
	if (lan_dev < 0)
		lan_boot(cmdline);
	skbox_advance(5 * SECOND); /* the second announcement */
	neigh_ifdown(lan_eth0);
	lan_drain();
}

void lan_in(const void *buf, size_t len)
{
	assert_int_equal(skbox_frame_in(lan_dev, buf, len), 0);
}

size_t lan_out(u8 *buf, size_t size)
{
	return skbox_frame_out(lan_dev, buf, size);
}

u32 lan_drain(void)
{
	u8 buf[2048];
	u32 n = 0;

	while (lan_out(buf, sizeof(buf)))
		n++;
	return n;
}

size_t lan_arp_frame(u8 *p, const struct lan_arp *a)
{
	static const u8 zero[6];

	memcpy(p, a->eth_dst, 6);
	memcpy(p + 6, a->eth_src, 6);
	put_be16(p + 12, 0x0806);
	put_be16(p + 14, 1);
	put_be16(p + 16, 0x0800);
	p[18] = 6;
	p[19] = 4;
	put_be16(p + 20, a->op);
	memcpy(p + 22, a->sha, 6);
	memcpy(p + 28, &a->sip, 4);
	memcpy(p + 32, a->tha ? a->tha : zero, 6);
	memcpy(p + 38, &a->tip, 4);
	return 42;
}

void lan_arp_in(u16 op, const u8 *dst, const u8 *sha, be32 sip, const u8 *tha, be32 tip)
{
	const struct lan_arp a = { dst, sha, sha, tha, op, sip, tip };
	u8 buf[64];

	lan_in(buf, lan_arp_frame(buf, &a));
}

void lan_expect_arp(u16 op, const u8 *eth_dst, be32 sip, be32 tip)
{
	u8 p[2048];
	size_t len = lan_out(p, sizeof(p));
	be32 got_sip, got_tip;

	assert_int_equal(len, 60);
	assert_memory_equal(p, eth_dst, 6);
	assert_memory_equal(p + 6, our_mac, 6);
	assert_int_equal(get_be16(p + 12), 0x0806);
	assert_int_equal(get_be16(p + 20), op);
	assert_memory_equal(p + 22, our_mac, 6);
	memcpy(&got_sip, p + 28, 4);
	memcpy(&got_tip, p + 38, 4);
	assert_int_equal(ntohl(got_sip), ntohl(sip));
	assert_int_equal(ntohl(got_tip), ntohl(tip));
}

void lan_expect_nothing(void)
{
	u8 p[2048];

	assert_int_equal(lan_out(p, sizeof(p)), 0);
}

long lan_send_udp(be32 daddr, const void *data, size_t len)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(9),
				   .sin_addr = { daddr } };

	return skbox_sendto(udp_fd, data, len, 0, &sin, sizeof(sin));
}

u32 lan_pool_free(void)
{
	struct skb_pool_stat st;

	skb_pool_stat(&st);
	return st.bufs_free + st.heads_free;
}

u64 lan_drops(enum drop_reason reason)
{
	return drop_reason_total(reason);
}
