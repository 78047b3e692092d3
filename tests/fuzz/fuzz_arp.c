/*
 * ARP and the neighbour table. A router with two networks, thresholds that are reached at once,
 * proxy entries, and two neighbours that an administrator has set. An input is a list of records of
 * 8 bytes: messages of any kind, floods of them, packets that need a neighbour, what an
 * administrator does, time. After each the table must be within its bounds and agree with itself,
 * and the frames that came out must be ours; at the end every packet must be back.
 */
#include <stdlib.h>

#include <abi/neigh.h>

#include "net/core/checksum.h"
#include "net/ip/arp_private.h"
#include "net/ip/ip.h"
#include "net/ip/neighbour_private.h"
#include "tests/fuzz/stack.h"

#define RECORD 8
#define FRAME (ETH_HLEN + ARP_LEN)
#define THRESH3 16
#define TUNABLES 9
#define PERMANENT 99 /* the last byte of an address on the first network */

static const u8 macs[8][ETH_ALEN] = {
	{ 0x52, 0x54, 0, 0, 0, 1 }, /* ours */
	{ 0x52, 0x54, 0, 0, 0, 2 },
	{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	{ 2, 0, 0, 0, 0, 1 },
	{ 2, 0, 0, 0, 0, 2 },
	{ 2, 0, 0, 0, 0, 3 },
	{ 1, 0, 0x5e, 0, 0, 1 },
	{ 0 },
};
static const u8 networks[8][3] = { { 10, 9, 0 }, { 10, 9, 1 },	{ 10, 8, 0 },  { 10, 7, 0 },
				   { 0, 0, 0 },	 { 127, 0, 0 }, { 224, 0, 0 }, { 255, 255, 255 } };
static int devs[2], fd;
static u32 baseline;
/* What this input has set by hand: neighbours (the thresholds do not keep them out), proxies,
 * tunables. */
static u32 by_hand, nr_proxies, tuned;
static struct {
	u8 dev;
	be32 addr;
} proxies[64];

/* ---- the world ---- */

static be32 address(u8 network, u8 host)
{
	const u8 *n = networks[network & 7];

	return htonl((u32)n[0] << 24 | (u32)n[1] << 16 | (u32)n[2] << 8 | host);
}

static struct net_device *device(u8 which)
{
	return dev_get_by_name(which & 1 ? "eth1" : "eth0");
}

static int administrator(u32 cmd, u8 dev, be32 addr, const u8 *mac, u16 state, u16 flags)
{
	struct neigh_req r = { .dev = "eth0", .addr = addr, .state = state, .flags = flags };

	r.dev[3] += dev & 1;
	if (mac) {
		r.flags |= NEIGH_F_LLADDR;
		memcpy(r.lladdr, mac, ETH_ALEN);
	}
	return skbox_ioctl(fd, cmd, &r);
}

static void set_permanent(void)
{
	administrator(SIOCSNEIGH, 0, address(0, PERMANENT), macs[3], NUD_PERMANENT,
		      NEIGH_F_CREATE | NEIGH_F_REPLACE);
}

static void tunables(void)
{
	static const char *const values[][2] = {
		{ "net.ipv4.ip_forward", "1" },
		{ "net.ipv4.neigh.default.gc_thresh1", "4" },
		{ "net.ipv4.neigh.default.gc_thresh2", "8" },
		{ "net.ipv4.neigh.default.gc_thresh3", "16" },
		{ "net.ipv4.neigh.eth0.unres_qlen", "3" },
		{ "net.ipv4.neigh.eth0.proxy_qlen", "4" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (skbox_sysctl(values[i][0], values[i][1]))
			abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	stack_boot();
	devs[0] = stack_add_device(macs[0], (const u8[]){ 10, 9, 0, 2 }, 16);
	devs[1] = stack_add_device(macs[1], (const u8[]){ 10, 8, 0, 1 }, 24);
	fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	tunables();
	set_permanent();
	administrator(SIOCSNEIGH, 0, address(2, 77), NULL, 0, NEIGH_F_CREATE | NEIGH_F_PROXY);
	skbox_advance(10 * NSEC_PER_SEC);
	for (int i = 0; i < 2; i++)
		stack_take_frames(devs[i]);
	baseline = stack_packets();
	return 0;
}

/* ---- what must hold ---- */

static void check_neighbour(const struct neighbour *n)
{
	if (n->dead || n->refs > 1000 || (n->nud_state & (n->nud_state - 1)))
		panic("a neighbour in state %x, dead %d, held %u times", n->nud_state, n->dead,
		      n->refs);
	if (n->arp_queue.qlen && !(n->nud_state & NUD_INCOMPLETE))
		panic("%u packets wait for a neighbour in state %x", n->arp_queue.qlen,
		      n->nud_state);
	if (n->arp_queue.qlen > (u32)n->parms->unres_qlen ||
	    n->arp_queue_bytes > (u32)n->parms->unres_qlen_bytes)
		panic("%u packets of %u bytes wait", n->arp_queue.qlen, n->arp_queue_bytes);
	if ((n->nud_state & NUD_IN_TIMER) && !timer_pending(&n->timer))
		panic("a neighbour in state %x for ever", n->nud_state);
	if (memcmp(n->hh + 2, n->ha, ETH_ALEN) != 0 && (n->nud_state & NUD_VALID))
		panic("the header that is ready is another's");
}

static void check_permanent(void)
{
	struct neighbour *n = neigh_lookup(address(0, PERMANENT), device(0), false);

	if (!n || n->nud_state != NUD_PERMANENT || memcmp(n->ha, macs[3], ETH_ALEN) != 0)
		panic("what the administrator has set has changed");
	neigh_release(n);
}

static void check_table(void)
{
	u32 entries = 0, counted = 0, waiting = 0;

	for (u32 i = 0; i < NEIGH_BUCKETS; i++) {
		struct neighbour *n;

		hlist_for_each_entry(n, &neigh_table.bucket[i], node) {
			check_neighbour(n);
			entries++;
			counted += n->nud_state != NUD_PERMANENT;
			waiting += n->arp_queue.qlen;
		}
	}
	if (entries != neigh_table.entries || counted != neigh_table.gc_entries ||
	    waiting != neigh_table.waiting)
		panic("%u neighbours, %u, %u packets wait: the table says %u, %u, %u", entries,
		      counted, waiting, neigh_table.entries, neigh_table.gc_entries,
		      neigh_table.waiting);
	if (counted > THRESH3 + by_hand || waiting > neigh_table.waiting_max)
		panic("%u neighbours, %u packets wait", counted, waiting);
}

static void check_frame(int dev, const u8 *frame, size_t len)
{
	const u8 *arp = frame + ETH_HLEN;

	if (memcmp(frame + ETH_ALEN, macs[dev], ETH_ALEN) != 0)
		panic("a frame from somebody else");
	if (get_be16(frame + 12) != ETH_P_ARP)
		return;
	if (len < FRAME || get_be16(arp) != ARPHRD_ETHER || get_be16(arp + 2) != ETH_P_IP ||
	    arp[4] != ETH_ALEN || arp[5] != 4 || memcmp(arp + 8, macs[dev], ETH_ALEN) != 0)
		panic("a strange ARP message");
	/* A proxy answers for the other network; nobody for a host on the asker's own. */
	if (get_be16(arp + 6) == ARPOP_REPLY && memcmp(arp + 14, "\12\11\0\2", 4) &&
	    memcmp(arp + 14, "\12\10\0\1", 4) && arp[15] == (dev ? 8 : 9))
		panic("an answer for a host that is on the asker's network");
}

static void take_frames(void)
{
	u8 frame[2048];
	size_t len;

	for (int i = 0; i < 2; i++)
		while ((len = skbox_frame_out(devs[i], frame, sizeof(frame))))
			check_frame(i, frame, len);
}

/* ---- records ---- */

/*
 * Byte 0: what, and on which device; 1: operation, Ethernet destination; 2: MACs of sender and
 * target; 3-4: the sender's address; 5-6: the target's; 7: what is wrong with it, or how many.
 */
static void message(const u8 *r, u8 host, u8 wrong)
{
	u8 *frame = malloc(FRAME), *arp = frame + ETH_HLEN;
	be32 sip = address(r[3], host), tip = address(r[5], r[6]);
	u32 len = FRAME;

	memset(frame, 0, FRAME);
	memcpy(frame, macs[r[1] >> 5], ETH_ALEN);
	memcpy(frame + ETH_ALEN, macs[r[2] & 7], ETH_ALEN);
	put_be16(frame + 12, ETH_P_ARP);
	put_be16(arp, ARPHRD_ETHER);
	put_be16(arp + 2, ETH_P_IP);
	arp[4] = ETH_ALEN;
	arp[5] = 4;
	put_be16(arp + 6, r[1] & 15);
	memcpy(arp + 8, macs[r[2] & 7], ETH_ALEN);
	memcpy(arp + 14, &sip, 4);
	memcpy(arp + 18, macs[r[2] >> 3 & 7], ETH_ALEN);
	memcpy(arp + 24, &tip, 4);
	if (wrong & 0x80) /* a byte of the message is another */
		arp[wrong & 15] ^= (u8)(1u << (wrong >> 4 & 7));
	else if (wrong & 0x40)
		len -= wrong & 31;
	skbox_frame_in(devs[r[0] >> 3 & 1], frame, len);
	free(frame);
}

/* Strangers, each with an address of his own. */
static void flood(const u8 *r)
{
	for (u8 i = 0; i < r[7] % 32; i++)
		message(r, (u8)(r[4] + i), 0);
}

/* One from the other network that we are to forward. */
static void forwarded(be32 to, u8 ttl)
{
	u8 *frame = malloc(ETH_HLEN + 28);
	struct iphdr ip = { .ihl_version = 0x45,
			    .tot_len = htons(28),
			    .ttl = ttl,
			    .protocol = IPPROTO_UDP,
			    .saddr = address(2, 5),
			    .daddr = to };

	ip.check = ip_fast_csum(&ip, 5);
	memset(frame, 0, ETH_HLEN + 28);
	memcpy(frame, macs[1], ETH_ALEN);
	memcpy(frame + ETH_ALEN, macs[4], ETH_ALEN);
	put_be16(frame + 12, ETH_P_IP);
	memcpy(frame + ETH_HLEN, &ip, sizeof(ip));
	put_be16(frame + ETH_HLEN + 24, 8);
	skbox_frame_in(devs[1], frame, ETH_HLEN + 28);
	free(frame);
}

/* Packets for one host or for many. */
static void packets(const u8 *r)
{
	for (u8 i = 0; i <= r[7] % 32; i++) {
		be32 to = address(r[5], (u8)(r[6] + (r[1] & 1 ? i : 0)));
		struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(9) };

		sin.sin_addr.s_addr = to;
		if (r[1] & 2)
			forwarded(to, r[2]);
		else
			skbox_sendto(fd, r, RECORD, 0, &sin, sizeof(sin));
	}
}

static void administer_proxy(const u8 *r, be32 addr)
{
	u32 cmd = r[1] & 1 ? SIOCSNEIGH : SIOCDNEIGH;

	if (nr_proxies == ARRAY_SIZE(proxies))
		return;
	administrator(cmd, r[0] >> 3, addr, NULL, 0, NEIGH_F_CREATE | NEIGH_F_PROXY);
	proxies[nr_proxies].dev = r[0] >> 3 & 1;
	proxies[nr_proxies++].addr = addr;
}

/* The older calls of "arp". */
static void administer_arp(const u8 *r, be32 addr)
{
	static const u32 cmds[4] = { SIOCSARP, SIOCDARP, SIOCGARP, SIOCSARP };
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = addr };
	struct arpreq a = { .arp_flags = r[6] & (ATF_COM | ATF_PERM), .arp_dev = "eth0" };

	a.arp_dev[3] = (char)(a.arp_dev[3] + (r[0] >> 3 & 1));
	memcpy(&a.arp_pa, &sin, sizeof(sin));
	a.arp_ha.sa_family = ARPHRD_ETHER;
	memcpy(a.arp_ha.sa_data, macs[r[2] & 7], ETH_ALEN);
	if (!skbox_ioctl(fd, cmds[r[1] & 3], &a))
		by_hand++;
}

/* The cable, or whoever pulls it. */
static void down_and_up(u8 which)
{
	struct ifreq ifr = { .ifr_name = "eth0" };

	ifr.ifr_name[3] = (char)(ifr.ifr_name[3] + (which & 1));
	if (skbox_ioctl(fd, SIOCSIFFLAGS, &ifr))
		abort();
	ifr.ifr_flags = IFF_UP;
	if (skbox_ioctl(fd, SIOCSIFFLAGS, &ifr))
		abort();
	set_permanent();
}

static void administer(const u8 *r)
{
	be32 addr = address(r[3], r[4]);
	const u8 *mac = r[7] & 16 ? macs[r[2] & 7] : NULL;

	if (addr == address(0, PERMANENT))
		return;
	if (r[7] & 0x40)
		administer_arp(r, addr);
	else if (r[7] & NEIGH_F_PROXY)
		administer_proxy(r, addr);
	else if (!administrator(r[1] & 1 ? SIOCSNEIGH : SIOCDNEIGH, r[0] >> 3, addr, mac, r[6],
				r[7] & (NEIGH_F_CREATE | NEIGH_F_REPLACE)))
		by_hand++;
}

static void tune(u8 which, bool usual)
{
	static const struct {
		const char *name, *usual, *other;
	} rows[TUNABLES] = {
		{ "net.ipv4.conf.eth0.proxy_arp", "0", "1" },
		{ "net.ipv4.conf.eth0.arp_accept", "0", "1" },
		{ "net.ipv4.conf.eth0.arp_filter", "0", "1" },
		{ "net.ipv4.conf.eth0.drop_gratuitous_arp", "0", "1" },
		{ "net.ipv4.conf.eth0.arp_ignore", "0", "2" },
		{ "net.ipv4.neigh.eth0.proxy_delay", "80", "0" },
		{ "net.ipv4.neigh.eth0.locktime", "100", "0" },
		{ "net.ipv4.neigh.eth0.mcast_solicit", "3", "0" },
		{ "net.ipv4.neigh.eth0.ucast_solicit", "3", "0" },
	};

	which %= TUNABLES;
	if (skbox_sysctl(rows[which].name, usual ? rows[which].usual : rows[which].other))
		abort();
}

static void one_record(const u8 *r)
{
	switch (r[0] & 7) {
	case 3:
		flood(r);
		break;
	case 4:
		packets(r);
		break;
	case 5:
		administer(r);
		break;
	case 6:
		if (r[1] & 0x80) {
			down_and_up(r[2]);
			break;
		}
		tune(r[1], r[2] & 1);
		tuned |= 1u << r[1] % TUNABLES;
		break;
	case 7:
		skbox_advance((u64)get_be16(r + 1) * (r[3] & 1 ? 10 : 1) * NSEC_PER_MSEC);
		break;
	default:
		message(r, r[4], r[7]);
	}
	take_frames();
	check_table();
	check_permanent();
}

/* The next input finds what this one has found. */
static void forget(void)
{
	local_bh_disable();
	for (int i = 0; i < 2; i++)
		neigh_ifdown(device((u8)i));
	local_bh_enable();
	for (u32 i = 0; i < nr_proxies; i++)
		administrator(SIOCDNEIGH, proxies[i].dev, proxies[i].addr, NULL, 0, NEIGH_F_PROXY);
	for (u8 i = 0; i < TUNABLES; i++)
		if (tuned & 1u << i)
			tune(i, true);
	by_hand = nr_proxies = tuned = 0;
	administrator(SIOCSNEIGH, 0, address(2, 77), NULL, 0, NEIGH_F_CREATE | NEIGH_F_PROXY);
	set_permanent();
	skbox_advance(11 * NSEC_PER_SEC); /* answers that wait, and the peace after a dispute */
	take_frames();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	for (; size >= RECORD; data += RECORD, size -= RECORD)
		one_record(data);
	forget();
	if (stack_packets() != baseline)
		panic("packets leak: %u in use, %u before", stack_packets(), baseline);
	return 0;
}
