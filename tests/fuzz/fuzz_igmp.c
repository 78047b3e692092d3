/*
 * IGMP: sockets that join, leave and filter, and messages of every kind from the link. The first
 * byte of an input is the device's MTU, the rest a list of records of 8 bytes: a query, another
 * host's word, bytes as they are, a socket's call, time. The parser is given each message too, on a
 * block of exactly its size. After each record the device must want what its sockets want, by RFC
 * 3376 §3.2's sum made once more; and what it has said must be well formed.
 */
#include <stdlib.h>

#include "net/core/checksum.h"
#include "net/ip/igmp.h"
#include "net/ip/ip.h"
#include "tests/fuzz/stack.h"

#define RECORD 8
#define SOCKS 3
#define GROUPS 6
#define SOURCES 8
#define IP_LEN 24 /* with router alert */
#define MAX_MESSAGE 512

static const u8 our_mac[ETH_ALEN] = { 0x52, 0x54, 0, 0, 0, 1 };
static const u8 our_ip[4] = { 10, 9, 0, 2 };
static int dev, ctl, socks[SOCKS];
static u32 baseline;

/* ---- the world ---- */

static struct net_device *device(void)
{
	return dev_get_by_name("eth0");
}

static be32 group_at(u8 i)
{
	/* 224.0.0.0/24 is for the link alone */
	return i % GROUPS ? htonl(0xef010100 + i % GROUPS) : htonl(0xe0000063);
}

static be32 source_at(u8 i)
{
	return htonl(0x0a080001 + i % SOURCES);
}

static void open_sockets(void)
{
	for (int i = 0; i < SOCKS; i++)
		socks[i] = skbox_socket(AF_INET, SOCK_DGRAM, 0);
}

static void set_mtu(int mtu)
{
	struct ifreq ifr = { .ifr_name = "eth0", .ifr_mtu = mtu };

	if (skbox_ioctl(ctl, SIOCSIFMTU, &ifr))
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	stack_boot();
	dev = stack_add_device(our_mac, our_ip, 24);
	ctl = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	skbox_sysctl("net.ipv4.igmp_max_msf", "64");
	skbox_advance(10 * NSEC_PER_SEC);
	stack_take_frames(dev);
	baseline = stack_packets();
	return 0;
}

/* ---- what the device must want ---- */

struct wish {
	u32 users, excluders, listed[2][SOURCES];
};

/* A socket's wish for a group, as it reads it itself. */
static void add_wish(struct wish *w, int sock, be32 group)
{
	u8 buf[IP_MSFILTER_SIZE(64)];
	struct ip_msfilter f = { .imsf_multiaddr.s_addr = group, .imsf_numsrc = 64 };
	unsigned int len = sizeof(buf);

	memcpy(&f.imsf_interface, our_ip, 4);
	memcpy(buf, &f, IP_MSFILTER_SIZE(0));
	if (skbox_getsockopt(sock, SOL_IP, IP_MSFILTER, buf, &len))
		return;
	memcpy(&f, buf, IP_MSFILTER_SIZE(0));
	if (f.imsf_fmode > MCAST_INCLUDE || f.imsf_numsrc > SOURCES ||
	    len != IP_MSFILTER_SIZE(f.imsf_numsrc))
		panic("a filter of mode %u with %u sources", f.imsf_fmode, f.imsf_numsrc);
	w->users++;
	w->excluders += f.imsf_fmode == MCAST_EXCLUDE;
	for (u32 i = 0; i < f.imsf_numsrc; i++) {
		u32 k = get_be32(buf + IP_MSFILTER_SIZE(i)) - 0x0a080001;

		if (k >= SOURCES)
			panic("a source that nobody has named");
		w->listed[f.imsf_fmode][k]++;
	}
}

static bool wanted(const struct wish *w, u32 source)
{
	return w->listed[MCAST_INCLUDE][source] || w->listed[MCAST_EXCLUDE][source] < w->excluders;
}

static void check_group(u8 i)
{
	const struct mc_group *g = mc_group_find(device(), group_at(i));
	struct wish w = { .users = 0 };
	u32 mode;

	for (int k = 0; k < SOCKS; k++)
		add_wish(&w, socks[k], group_at(i));
	mode = w.excluders ? MCAST_EXCLUDE : MCAST_INCLUDE;
	if ((g ? g->users : 0) != w.users)
		panic("group %u has %u users, not %u", i, g ? g->users : 0, w.users);
	if (!g)
		return;
	if (w.users && g->mode != mode)
		panic("group %u has mode %u", i, g->mode);
	for (const struct mc_source *src = g->sources; src; src = src->next)
		if (w.users && src->allowed != wanted(&w, ntohl(src->addr) - 0x0a080001))
			panic("group %u, source %x", i, ntohl(src->addr));
}

static void check_device(void)
{
	const struct mc_device *mc = mc_device(device());
	const struct mc_group *g;
	u32 joined = 0;

	for (u8 i = 0; i < GROUPS; i++)
		check_group(i);
	list_for_each_entry(g, &mc->groups, node)
		joined += g->users != 0;
	if (joined != mc->count)
		panic("%u groups, not %u", joined, mc->count);
}

/* ---- what it says ---- */

static void check_report(const u8 *p, u32 len)
{
	u32 at = 8;

	for (u32 n = get_be16(p + 6); n; n--) {
		u32 sources;

		if (len - at < 8)
			panic("a report without its records");
		sources = get_be16(p + at + 2);
		if (!p[at] || p[at] > 6 || p[at + 1] || (p[at + 4] & 0xf0) != 0xe0 ||
		    sources > (len - at - 8) / 4)
			panic("a record of type %u with %u sources", p[at], sources);
		at += 8 + 4 * sources;
	}
	if (at != len || len == 8)
		panic("a report of %u bytes, its records take %u", len, at);
}

static void check_message(const u8 *ip, u32 room)
{
	u32 len = get_be16(ip + 2);
	const u8 *p = ip + IP_LEN;

	if (ip[0] != 0x46 || len > room || len > device()->mtu || len < IP_LEN + 8 || ip[8] != 1 ||
	    get_be32(ip + 20) != 0x94040000 || ip_fast_csum(ip, 6) ||
	    csum_fold(csum_partial(p, len - IP_LEN, 0)))
		panic("a strange message of %u bytes", len);
	switch (p[0]) {
	case IGMP_HOST_MEMBERSHIP_REPORT:
	case IGMPV2_HOST_MEMBERSHIP_REPORT:
		if (memcmp(ip + 16, p + 4, 4) != 0 || len != IP_LEN + 8)
			panic("a report to another group");
		break;
	case IGMP_HOST_LEAVE_MESSAGE:
		if (get_be32(ip + 16) != 0xe0000002 || len != IP_LEN + 8)
			panic("a leave to a group");
		break;
	case IGMPV3_HOST_MEMBERSHIP_REPORT:
		check_report(p, len - IP_LEN);
		break;
	default:
		panic("a message of type %x", p[0]);
	}
}

static void take_frames(void)
{
	u8 frame[2048];
	size_t len;

	while ((len = skbox_frame_out(dev, frame, sizeof(frame))))
		if (get_be16(frame + 12) == ETH_P_IP && frame[ETH_HLEN + 9] == IPPROTO_IGMP)
			check_message(frame + ETH_HLEN, (u32)len - ETH_HLEN);
}

/* ---- what it hears ---- */

static void parse_alone(const u8 *p, u32 len)
{
	struct igmp_view v;
	u8 *exact = malloc(len + !len);
	be32 sum = 0;

	memcpy(exact, p, len);
	if (igmp_parse(exact, len, &v) == NR_DROP_REASONS) {
		for (u32 i = 0; i < v.nsrcs; i++)
			sum ^= igmp_view_source(&v, i);
		if (v.version > 3 || (sum && !v.nsrcs))
			panic("a message of version %u", v.version);
	}
	free(exact);
}

static void hear(const u8 *p, u32 len, be32 to, bool far)
{
	u32 total = ETH_HLEN + IP_LEN + len;
	u8 *frame = malloc(total), *ip = frame + ETH_HLEN;
	be16 sum;

	memset(frame, 0, total);
	memset(frame, 0xff, ETH_ALEN);
	frame[6] = 2;
	put_be16(frame + 12, ETH_P_IP);
	ip[0] = 0x46;
	put_be16(ip + 2, (u16)(IP_LEN + len));
	ip[8] = far ? 2 : 1;
	ip[9] = IPPROTO_IGMP;
	put_be32(ip + 12, 0x0a090001);
	memcpy(ip + 16, &to, 4);
	put_be32(ip + 20, 0x94040000);
	sum = ip_fast_csum(ip, 6);
	memcpy(ip + 10, &sum, 2);
	memcpy(ip + IP_LEN, p, len);
	if (len >= 4) {
		memset(ip + IP_LEN + 2, 0, 2);
		sum = csum_fold(csum_partial(ip + IP_LEN, len, 0));
		memcpy(ip + IP_LEN + 2, &sum, 2);
	}
	parse_alone(ip + IP_LEN, len);
	skbox_frame_in(dev, frame, total);
	free(frame);
}

/* Byte 1: group, 0x80: general; 2: sources; 3-5: times and robustness; 6: length; 7: TTL. */
static void query(const u8 *r)
{
	u8 p[MAX_MESSAGE] = { IGMP_HOST_MEMBERSHIP_QUERY, r[3] };
	u32 sources = r[2] % 80, len = 12 + 4 * sources;
	be32 group = r[1] & 0x80 ? 0 : group_at(r[1]);

	memcpy(p + 4, &group, 4);
	p[8] = r[4];
	p[9] = r[5];
	put_be16(p + 10, (u16)(sources + (r[6] >> 7)));
	for (u32 i = 0; i < sources; i++)
		put_be32(p + 12 + 4 * i, 0x0a080001 + (r[2] & 0x80 ? i : i % SOURCES));
	if (r[6] & 1) /* version 1 or 2 */
		len = 8;
	else if (r[6] & 2)
		len -= min(len, (u32)r[6] >> 4);
	hear(p, len, group ? group : IGMP_ALL_HOSTS, r[7] & 1);
}

static void others_word(const u8 *r)
{
	static const u8 types[4] = { IGMP_HOST_MEMBERSHIP_REPORT, IGMPV2_HOST_MEMBERSHIP_REPORT,
				     IGMP_HOST_LEAVE_MESSAGE, IGMPV3_HOST_MEMBERSHIP_REPORT };
	u8 p[8] = { types[r[2] & 3] };
	be32 group = group_at(r[1]);

	memcpy(p + 4, &group, 4);
	hear(p, 8 - (r[3] & 1), group, r[7] & 1);
}

/* ---- what its sockets do ---- */

/* All at once, by IP_MSFILTER. */
static void set_filter(int sock, const u8 *r)
{
	u8 buf[IP_MSFILTER_SIZE(SOURCES)];
	struct ip_msfilter f = { .imsf_multiaddr.s_addr = group_at(r[1]), .imsf_fmode = r[3] & 1 };

	memcpy(&f.imsf_interface, our_ip, 4);
	for (u8 i = 0; i < SOURCES; i++)
		if (r[2] & 1u << i)
			put_be32(buf + IP_MSFILTER_SIZE(f.imsf_numsrc++), 0x0a080001u + i);
	memcpy(buf, &f, IP_MSFILTER_SIZE(0));
	skbox_setsockopt(sock, SOL_IP, IP_MSFILTER, buf, (u32)IP_MSFILTER_SIZE(f.imsf_numsrc));
}

static void put_address(struct sockaddr_storage *to, be32 addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = addr };

	memcpy(to, &sin, sizeof(sin));
}

/* The same calls without regard to the family. */
static void set_group_filter(int sock, const u8 *r)
{
	struct group_filter *f = malloc(GROUP_FILTER_SIZE(SOURCES));

	memset(f, 0, GROUP_FILTER_SIZE(SOURCES));
	f->gf_interface = (u32)device()->ifindex;
	f->gf_fmode = r[3] & 1;
	put_address(&f->gf_group, group_at(r[1]));
	for (u8 i = 0; i < SOURCES; i++)
		if (r[2] & 1u << i)
			put_address(&f->gf_slist[f->gf_numsrc++], source_at(i));
	skbox_setsockopt(sock, SOL_IP, MCAST_MSFILTER, f, (u32)GROUP_FILTER_SIZE(f->gf_numsrc));
	free(f);
}

static void group_call(int sock, const u8 *r)
{
	struct group_source_req g = { .gsr_interface = (u32)device()->ifindex };
	int name = MCAST_JOIN_GROUP + r[4] % 7;

	put_address(&g.gsr_group, group_at(r[1]));
	put_address(&g.gsr_source, source_at(r[2]));
	if (name == MCAST_MSFILTER)
		set_group_filter(sock, r);
	else if (name == MCAST_JOIN_GROUP || name == MCAST_LEAVE_GROUP)
		skbox_setsockopt(sock, SOL_IP, name, &g, sizeof(struct group_req));
	else
		skbox_setsockopt(sock, SOL_IP, name, &g, sizeof(g));
}

/* Byte 1: group; 2: source or sources; 3: mode; 4: call; 5: socket, 0x80: one of group_call's. */
static void call(const u8 *r)
{
	struct ip_mreq_source m = { .imr_multiaddr.s_addr = group_at(r[1]),
				    .imr_sourceaddr.s_addr = source_at(r[2]) };
	int which = r[5] % SOCKS, name = IP_ADD_MEMBERSHIP + r[4] % 8;

	memcpy(&m.imr_interface, our_ip, 4);
	if (r[5] & 0x80)
		group_call(socks[which], r);
	else if (name <= IP_DROP_MEMBERSHIP)
		skbox_setsockopt(socks[which], SOL_IP, name, &m, sizeof(struct ip_mreq));
	else if (name < IP_MSFILTER)
		skbox_setsockopt(socks[which], SOL_IP, name, &m, sizeof(m));
	else if (name == IP_MSFILTER)
		set_filter(socks[which], r);
	else {
		skbox_close(socks[which]);
		socks[which] = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	}
}

static size_t one_record(const u8 *r, size_t room)
{
	size_t raw = 0;

	switch (r[0] & 7) {
	case 0:
	case 1:
		query(r);
		break;
	case 2:
		others_word(r);
		break;
	case 3:
		raw = min(room, (size_t)r[1] * 2);
		hear(r + RECORD, (u32)raw, group_at(r[2]), r[7] & 1);
		break;
	case 4:
		skbox_advance((u64)get_be16(r + 1) * 10 * NSEC_PER_MSEC);
		break;
	default:
		call(r);
	}
	take_frames();
	check_device();
	return RECORD + raw;
}

/* In 224.0.0.1 it is always. */
static bool groups_left(const struct mc_device *mc)
{
	return mc->groups.next->next != &mc->groups;
}

/* The next input finds no group and no old querier. */
static void forget(void)
{
	struct mc_device *mc = mc_device(device());

	for (int i = 0; i < SOCKS; i++)
		skbox_close(socks[i]);
	take_frames();
	for (int i = 0; i < 10 && groups_left(mc); i++) {
		skbox_advance(100 * NSEC_PER_SEC);
		take_frames();
	}
	igmp_cancel(mc);
	mc->v1_until = mc->v2_until = 0;
	mc->qrv = 2;
	if (groups_left(mc))
		panic("a group that nobody is in stays");
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const int mtus[4] = { 1500, 68, 100, 576 };

	if (!size)
		return 0;
	set_mtu(mtus[data[0] & 3]);
	open_sockets();
	for (data++, size--; size >= RECORD;) {
		size_t used = one_record(data, size - RECORD);

		data += used;
		size -= used;
	}
	forget();
	if (stack_packets() != baseline)
		panic("packets leak: %u in use, %u before", stack_packets(), baseline);
	return 0;
}
