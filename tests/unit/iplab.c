/*
 * See iplab.h.
 */
#include "iplab.h"

#include "kernel/softirq.h"
#include "net/ip/fib.h"

struct net_device *eth0;
int lab_eth0;
static int ioctl_fd;
static u32 bufs_free;
static u8 our_mac[ETH_ALEN] = { 0x02, 0xaa, 0, 0, 0, 1 };

u32 lab_random(void)
{
	static u64 s = 88172645463325252ULL;

	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return (u32)(s >> 16);
}

/* ---- the wire ---- */

u32 lab_build(u8 *frame, const struct lab_packet *p)
{
	struct iphdr *iph = (struct iphdr *)(frame + ETH_HLEN);
	u32 hlen = 20 + p->optlen, tot = hlen + p->len;

	memset(frame, 0, ETH_HLEN + hlen);
	memcpy(frame, our_mac, ETH_ALEN);
	if (p->dst_mac0)
		memset(frame, p->dst_mac0, ETH_ALEN);
	frame[6] = 0x02;
	put_be16(frame + 12, ETH_P_IP);
	iph->ihl_version = p->ihl_version ? p->ihl_version : (u8)(0x40 | hlen / 4);
	iph->tos = p->tos;
	iph->tot_len = htons(p->tot_len ? (u32)p->tot_len : tot);
	iph->id = htons(77);
	iph->frag_off = htons(p->frag_off);
	iph->ttl = p->ttl ? p->ttl : 64;
	iph->protocol = p->protocol;
	iph->saddr = p->saddr ? p->saddr : PEER;
	iph->daddr = p->daddr ? p->daddr : OURS;
	memcpy(frame + 8, &iph->saddr, 4);
	if (p->optlen)
		memcpy(frame + LAB_PAYLOAD, p->options, p->optlen);
	iph->check = ip_fast_csum(iph, hlen / 4);
	if (p->bad_csum)
		iph->check ^= 0x5555;
	if (p->len)
		memcpy(frame + ETH_HLEN + hlen, p->data, p->len);
	return ETH_HLEN + tot;
}

void lab_in(const struct lab_packet *p)
{
	u8 frame[2048];
	u32 len = lab_build(frame, p);

	assert_int_equal(skbox_frame_in(lab_eth0, frame, len), 0);
}

void lab_icmp_in(struct lab_packet p, u8 type, u8 code, u32 info, const void *data, u32 len,
		 bool bad)
{
	u8 msg[1600] = { type, code };
	be16 check;

	put_be32(msg + 4, info);
	if (len)
		memcpy(msg + 8, data, len);
	check = csum_fold(csum_partial(msg, len + 8, 0));
	if (bad)
		check ^= 0x0101;
	memcpy(msg + 2, &check, 2);
	p.protocol = IPPROTO_ICMP;
	p.data = msg;
	p.len = len + 8;
	lab_in(&p);
}

static void answer_arp(const u8 *q)
{
	u8 a[60] = { 0 };

	if (get_be16(q + 20) != 1 || memcmp(q + 28, q + 38, 4) == 0)
		return;
	memcpy(a, q + 6, 6);
	a[6] = 0x02;
	memcpy(a + 8, q + 38, 4);
	memcpy(a + 12, q + 12, 10);
	put_be16(a + 20, 2);
	memcpy(a + 22, a + 6, 6);
	memcpy(a + 28, q + 38, 4);
	memcpy(a + 32, q + 22, 10);
	skbox_frame_in(lab_eth0, a, sizeof(a));
}

u32 lab_out(u8 *frame, u32 size)
{
	u32 len;

	while ((len = (u32)skbox_frame_out(lab_eth0, frame, size))) {
		if (get_be16(frame + 12) == ETH_P_IP)
			return len;
		if (get_be16(frame + 12) == ETH_P_ARP)
			answer_arp(frame);
	}
	return 0;
}

void lab_quiet(void)
{
	u8 frame[2048];

	assert_int_equal(lab_out(frame, sizeof(frame)), 0);
}

const struct icmphdr *lab_icmp(const u8 *frame, u32 len, be32 saddr, be32 daddr)
{
	const struct iphdr *iph = lab_ip(frame);
	u32 tot = ntohs(iph->tot_len);

	assert_true(len >= LAB_PAYLOAD + 8);
	assert_int_equal(iph->ihl_version, 0x45);
	assert_true(tot + ETH_HLEN <= len);
	assert_int_equal(ip_fast_csum(iph, 5), 0);
	assert_int_equal(iph->protocol, IPPROTO_ICMP);
	assert_int_equal(iph->saddr, saddr);
	assert_int_equal(iph->daddr, daddr);
	assert_int_equal(csum_fold(csum_partial(frame + LAB_PAYLOAD, tot - 20, 0)), 0);
	return (const struct icmphdr *)(frame + LAB_PAYLOAD);
}

u64 lab_drops(enum drop_reason why)
{
	return drop_reason_total(why);
}

/* ---- administration ---- */

int lab_ifreq(const char *name, u32 cmd, be32 addr)
{
	struct ifreq ifr = { .ifr_name = "" };
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = addr };

	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	return skbox_ioctl(ioctl_fd, cmd, &ifr);
}

be32 lab_ifget(const char *name, u32 cmd, int *err)
{
	struct ifreq ifr = { .ifr_name = "" };
	struct sockaddr_in sin;
	int e;

	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	e = skbox_ioctl(ioctl_fd, cmd, &ifr);
	if (err)
		*err = e;
	memcpy(&sin, &ifr.ifr_addr, sizeof(sin));
	return sin.sin_addr.s_addr;
}

int lab_flags(const char *name, short flags)
{
	struct ifreq ifr = { .ifr_name = "" };

	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	ifr.ifr_flags = flags;
	return skbox_ioctl(ioctl_fd, SIOCSIFFLAGS, &ifr);
}

int lab_route(u32 cmd, be32 dst, u8 len, be32 gw, const char *dev, u16 flags, int metric)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct rtentry rt = { .rt_flags = flags,
			      .rt_dev = (char *)dev,
			      .rt_metric = (short)(metric ? metric + 1 : 0) };

	sin.sin_addr.s_addr = dst;
	memcpy(&rt.rt_dst, &sin, sizeof(sin));
	sin.sin_addr.s_addr = len ? htonl(0xffffffffu << (32 - len)) : 0;
	memcpy(&rt.rt_genmask, &sin, sizeof(sin));
	if (gw) {
		sin.sin_addr.s_addr = gw;
		memcpy(&rt.rt_gateway, &sin, sizeof(sin));
	}
	return skbox_ioctl(ioctl_fd, cmd, &rt);
}

/* ---- set-up ---- */

static void lab_boot(void)
{
	skbox_set_seed(1);
	assert_int_equal(skbox_boot("quiet"), 0);
	lab_eth0 = skbox_add_device(our_mac);
	assert_true(lab_eth0 >= 0);
	eth0 = dev_get_by_name("eth0");
	ioctl_fd = skbox_socket(AF_INET, 2, 0);
	assert_true(ioctl_fd >= 0);
	assert_int_equal(lab_flags("lo", IFF_UP), 0);
}

static void lab_drain(void)
{
	u8 frame[2048];

	do
		skbox_advance(40000000000ULL); /* announcements, rate limits, fragments, everything
						  comes to rest */
	while (lab_out(frame, sizeof(frame)));
}

int lab_setup(void **state)
{
	struct skb_pool_stat st;

	if (!eth0)
		lab_boot();
	while (!list_empty(&in_dev_get(eth0)->addrs))
		inet_del_addr(
			eth0,
			list_first_entry(&in_dev_get(eth0)->addrs, struct in_ifaddr, node)->local);
	lab_flags("eth0", 0);
	assert_int_equal(lab_flags("eth0", IFF_UP), 0);
	assert_int_equal(lab_ifreq("eth0", SIOCSIFADDR, OURS), 0);
	assert_int_equal(lab_ifreq("eth0", SIOCSIFNETMASK, IP4(255, 255, 255, 0)), 0);
	lab_drain();
	skb_pool_stat(&st);
	bufs_free = st.bufs_free;
	return 0;
}

int lab_teardown(void **state)
{
	struct skb_pool_stat st;

	lab_drain();
	skb_pool_stat(&st);
	assert_int_equal(st.bufs_free, bufs_free);
	return 0;
}
