/* The laboratory of netlab.h, on top of the library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlab.h"

#include "kernel/arch/host/skbox.h"
#include "net/core/checksum.h"
#include "net/link/netdevice.h"

static const u8 our_mac[6] = { 2, 0, 0, 0, 0, 2 }, peer_mac[6] = { 2, 0, 0, 0, 0, 1 };
static int dev;
static u32 bufs_before, heads_before, socks_before;
static u32 ip_id;

int netlab_ifindex(void)
{
	return dev_get_by_name("eth0")->ifindex;
}

static void set_if(int fd, u32 cmd, be32 addr)
{
	struct ifreq ifr = { .ifr_name = "eth0" };
	struct sockaddr_in sin = netlab_addr(addr, 0);

	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	assert_int_equal(skbox_ioctl(fd, cmd, &ifr), 0);
}

int netlab_boot(const char *cmdline)
{
	struct ifreq ifr = { .ifr_name = "eth0" };
	int fd;

	skbox_set_seed(1);
	assert_int_equal(skbox_boot(cmdline), 0);
	dev = skbox_add_device(our_mac);
	assert_true(dev >= 0);
	fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(fd >= 0);
	set_if(fd, SIOCSIFADDR, OUR_IP);
	set_if(fd, SIOCSIFNETMASK, IP4(255, 255, 255, 0));
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	assert_int_equal(skbox_ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, "lo", 3);
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	assert_int_equal(skbox_ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	skbox_close(fd);
	netlab_advance(5000000000);
	return 0;
}

int netlab_setup(void **state)
{
	return netlab_boot("quiet mem=32M");
}

static void drain(void)
{
	static u8 frame[2048];

	while (netlab_out(frame, sizeof(frame)))
		;
}

int netlab_begin(void **state)
{
	struct skb_pool_stat st;

	drain();
	skb_pool_stat(&st);
	bufs_before = st.bufs_free;
	heads_before = st.heads_free;
	socks_before = socket_count();
	return 0;
}

int netlab_end(void **state)
{
	struct skb_pool_stat st;

	drain();
	skb_pool_stat(&st);
	assert_int_equal(st.bufs_free, bufs_before);
	assert_int_equal(st.heads_free, heads_before);
	assert_int_equal(socket_count(), socks_before);
	assert_int_equal(udp_prot.rmem_alloc + raw_prot.rmem_alloc + ping_prot.rmem_alloc, 0);
	return 0;
}

/* ---- the wire ---- */

void netlab_in(const void *frame, u32 len)
{
	assert_int_equal(skbox_frame_in(dev, frame, len), 0);
}

/* "Who has …?" - we have it. */
static void answer_arp(u8 *frame)
{
	u8 reply[ETH_ZLEN] = { 0 };

	if (get_be16(frame + 20) != 1)
		return;
	memcpy(reply, frame + 6, 6);
	memcpy(reply + 6, peer_mac, 6);
	memcpy(reply + 12, "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x02", 10);
	memcpy(reply + 22, peer_mac, 6);
	memcpy(reply + 28, frame + 38, 4);
	memcpy(reply + 32, frame + 22, 10);
	/* Not for our own address: that would be a conflict. */
	if (memcmp(frame + 28, frame + 38, 4) != 0)
		netlab_in(reply, sizeof(reply));
}

u32 netlab_out(u8 *frame, u32 size)
{
	size_t len;

	while ((len = skbox_frame_out(dev, frame, size)) > 0) {
		if (get_be16(frame + 12) == ETH_P_IP)
			return (u32)len;
		if (get_be16(frame + 12) == ETH_P_ARP)
			answer_arp(frame);
	}
	return 0;
}

void netlab_advance(u64 ns)
{
	skbox_advance(ns);
}

/* The address on the link that @daddr is sent to: all, a group, or us. */
static void link_address(u8 *mac, be32 daddr)
{
	const u8 *ip = (const u8 *)&daddr;

	memcpy(mac, our_mac, 6);
	if (daddr == BCAST_IP || daddr == IP4(255, 255, 255, 255)) {
		memset(mac, 0xff, 6);
	} else if (ip[0] >> 4 == 14) {
		memcpy(mac, "\x01\x00\x5e", 3);
		memcpy(mac + 3, ip + 1, 3);
		mac[3] &= 127;
	}
}

/* Ethernet and IP headers for @len bytes of transport; returns where these go. */
u8 *netlab_build_ip(u8 *frame, be32 saddr, be32 daddr, u8 protocol, u32 len)
{
	struct iphdr *ip = (struct iphdr *)(frame + ETH_HLEN);

	link_address(frame, daddr);
	memcpy(frame + 6, peer_mac, 6);
	put_be16(frame + 12, ETH_P_IP);
	*ip = (struct iphdr){ .ihl_version = 0x45,
			      .tot_len = htons(20 + len),
			      .id = htons(++ip_id),
			      .ttl = 64,
			      .protocol = protocol,
			      .saddr = saddr,
			      .daddr = daddr };
	ip->check = ip_fast_csum(ip, 5);
	return frame + ETH_HLEN + 20;
}

u32 netlab_build_udp(u8 *frame, const struct udp_frame *f)
{
	be32 saddr = f->saddr ? f->saddr : PEER_IP, daddr = f->daddr ? f->daddr : OUR_IP;
	u32 ulen = f->len + 8;
	struct udphdr *udp =
		(struct udphdr *)netlab_build_ip(frame, saddr, daddr, IPPROTO_UDP, ulen);

	*udp = (struct udphdr){ htons(f->sport), htons(f->dport), htons(f->claim ? f->claim : ulen),
				0 };
	memcpy(udp + 1, f->data, f->len);
	if (!f->no_csum) {
		udp->check = csum_fold(csum_partial(
			udp, ulen, csum_tcpudp_nofold(saddr, daddr, ulen, IPPROTO_UDP, 0)));
		udp->check = udp->check ? udp->check : 0xffff;
		udp->check ^= f->bad_csum ? 0x0110 : 0;
	}
	return ETH_HLEN + 20 + ulen;
}

void netlab_udp_in(const struct udp_frame *f)
{
	u8 frame[2048];

	netlab_in(frame, netlab_build_udp(frame, f));
}

void netlab_icmp_in(u8 type, u8 code, u32 info, const void *data, u32 len)
{
	u8 frame[2048];
	u8 *icmp = netlab_build_ip(frame, PEER_IP, OUR_IP, IPPROTO_ICMP, 8 + len);
	be16 check;

	memset(icmp, 0, 8);
	icmp[0] = type;
	icmp[1] = code;
	put_be32(icmp + 4, info);
	memcpy(icmp + 8, data, len);
	check = csum_fold(csum_partial(icmp, 8 + len, 0));
	memcpy(icmp + 2, &check, 2);
	netlab_in(frame, ETH_HLEN + 28 + len);
}

void netlab_icmp_error(u8 type, u8 code, u32 info, const u8 *sent)
{
	/* As much as 576 bytes hold (RFC 1812 §4.3.2.3). */
	u32 len = min((u32)ntohs(frame_ip(sent)->tot_len), 548u);

	netlab_icmp_in(type, code, info, sent + ETH_HLEN, len);
}

/* ---- sockets ---- */

struct sockaddr_in netlab_addr(be32 addr, u16 port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = addr };
}

int netlab_setopt(int fd, int level, int name, int value)
{
	return skbox_setsockopt(fd, level, name, &value, sizeof(value));
}

int netlab_getopt(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(skbox_getsockopt(fd, level, name, &value, &len), 0);
	assert_int_equal(len, sizeof(value));
	return value;
}

int netlab_udp(be32 addr, u16 port, int opt)
{
	struct sockaddr_in sin = netlab_addr(addr, port);
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	if (opt)
		assert_int_equal(netlab_setopt(fd, SOL_SOCKET, opt, 1), 0);
	assert_int_equal(skbox_bind(fd, &sin, sizeof(sin)), 0);
	return fd;
}

int netlab_connect(int fd, be32 addr, u16 port)
{
	struct sockaddr_in sin = netlab_addr(addr, port);

	return skbox_connect(fd, &sin, sizeof(sin));
}

long netlab_send(int fd, const void *data, size_t len, be32 addr, u16 port)
{
	struct sockaddr_in sin = netlab_addr(addr, port);

	return skbox_sendto(fd, data, len, 0, &sin, sizeof(sin));
}

u32 netlab_poll(int fd)
{
	struct pollfd p = { .fd = fd,
			    .events = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM | POLLRDHUP };

	skbox_poll(&p, 1);
	return (u32)p.revents;
}

void netlab_close(int fd)
{
	assert_int_equal(skbox_close(fd), 0);
}

void netlab_expect(int fd, const char *text)
{
	char buf[2048];
	long n = skbox_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL);

	assert_int_equal(n, strlen(text));
	assert_memory_equal(buf, text, (size_t)n);
}

void netlab_expect_nothing(int fd)
{
	char buf[8];

	assert_int_equal(skbox_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL), -EAGAIN);
}

struct sock *netlab_sk(int fd)
{
	int err;
	struct socket *sock = sockfd_lookup(fd, &err);

	assert_non_null(sock);
	fput(sock->file);
	return sock->sk;
}
