/* The segments of connlab.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connlab.h"

static u64 mib_before[TCPEXT_MIB_MAX];
static u8 out_data[2048];

/* ---- in ---- */

static u8 *put_options(u8 *p, const struct raw_seg *s)
{
	if (s->mss) {
		*p++ = 2;
		*p++ = 4;
		put_be16(p, s->mss);
		p += 2;
	}
	if (s->sack_ok) {
		memcpy(p, "\x04\x02", 2);
		p += 2;
	}
	if (s->ts) {
		memcpy(p, "\x08\x0a", 2);
		put_be32(p + 2, s->tsval);
		put_be32(p + 6, s->tsecr);
		p += 10;
	}
	if (s->has_wscale) {
		memcpy(p, "\x03\x03", 2);
		p[2] = s->wscale;
		p += 3;
	}
	if (s->fo_len) {
		*p++ = 34;
		*p++ = (u8)(s->fo_len + 1);
		memcpy(p, s->fo, (size_t)s->fo_len - 1);
		p += s->fo_len - 1;
	}
	return p;
}

void raw_in(const struct raw_seg *s)
{
	u8 frame[2048] = { 0 };
	be32 saddr = s->saddr ? s->saddr : PEER_IP, daddr = s->daddr ? s->daddr : OUR_IP;
	u8 *th = frame + ETH_HLEN + 20, *end = put_options(th + 20, s);
	u32 hlen, len;
	be16 check;

	while ((end - th) & 3)
		*end++ = 1;
	hlen = (u32)(end - th);
	len = hlen + s->len;
	put_be16(th, s->sport ? s->sport : LAB_PEER_PORT);
	put_be16(th + 2, s->dport ? s->dport : LAB_PORT);
	put_be32(th + 4, s->seq);
	put_be32(th + 8, s->ack);
	th[12] = (u8)(hlen / 4 << 4);
	th[13] = s->flags;
	put_be16(th + 14, s->win);
	if (s->len)
		memcpy(end, s->data, s->len);
	check = csum_fold(
		csum_partial(th, len, csum_tcpudp_nofold(saddr, daddr, len, IPPROTO_TCP, 0)));
	check ^= s->bad_csum ? 0x0110 : 0;
	memcpy(th + 16, &check, 2);
	netlab_build_ip(frame, saddr, daddr, IPPROTO_TCP, len);
	if (s->tos) {
		struct iphdr *ip = (struct iphdr *)(frame + ETH_HLEN);

		ip->tos = s->tos;
		ip->check = 0;
		ip->check = ip_fast_csum(ip, 5);
	}
	netlab_in(frame, ETH_HLEN + 20 + len);
}

/* ---- out ---- */

static void take_options(struct raw_seg *s)
{
	struct tcp_options_received opt;

	tcp_options_parse(s->opts, s->nopts, &opt, false);
	s->mss = opt.mss;
	s->sack_ok = opt.sack_ok;
	s->ts = opt.saw_tstamp;
	s->tsval = opt.rcv_tsval;
	s->tsecr = opt.rcv_tsecr;
	s->has_wscale = opt.wscale_ok;
	s->wscale = opt.snd_wscale;
	s->fo_len = (s8)(opt.fastopen_len + 1);
	memcpy(s->fo, opt.fastopen_cookie, sizeof(s->fo));
}

bool raw_out(struct raw_seg *s)
{
	static u8 frame[2048];
	u32 len = netlab_out(frame, sizeof(frame)), hlen;
	const struct iphdr *ip = frame_ip(frame);
	const u8 *th = frame + ETH_HLEN + 20;

	if (!len)
		return false;
	assert_int_equal(ip->protocol, IPPROTO_TCP);
	len = ntohs(ip->tot_len) - 20u;
	assert_int_equal(
		csum_fold(csum_partial(
			th, len, csum_tcpudp_nofold(ip->saddr, ip->daddr, len, IPPROTO_TCP, 0))),
		0);
	hlen = (th[12] >> 4) * 4u;
	*s = (struct raw_seg){ .saddr = ip->saddr,
			       .daddr = ip->daddr,
			       .tos = ip->tos,
			       .sport = get_be16(th),
			       .dport = get_be16(th + 2),
			       .seq = get_be32(th + 4),
			       .ack = get_be32(th + 8),
			       .flags = th[13],
			       .win = get_be16(th + 14),
			       .nopts = hlen - 20,
			       .len = len - hlen,
			       .data = out_data };
	memcpy(s->opts, th + 20, s->nopts);
	memcpy(out_data, th + hlen, s->len);
	take_options(s);
	return true;
}

void raw_expect(struct raw_seg *s, u8 flags)
{
	struct raw_seg any;

	s = s ? s : &any;
	if (!raw_out(s))
		fail_msg("no segment came, flags %02x were to", flags);
	assert_int_equal(s->flags, flags);
}

void raw_expect_nothing(void)
{
	struct raw_seg s;

	if (raw_out(&s))
		fail_msg("a segment came: flags %02x seq %u ack %u len %u", s.flags, s.seq, s.ack,
			 s.len);
}

/* ---- begin and end ---- */

u64 lab_grown(u32 tcpext)
{
	return tcpext_mib[tcpext] - mib_before[tcpext];
}

/* Orphans give up, TIME-WAIT and the places of reset fast opens run out. */
static void settle(void)
{
	struct raw_seg s;

	for (u32 i = 0; i < 100 && (tcp_nr_established() || tcp_nr_timewait() || tcp_nr_requests());
	     i++) {
		netlab_advance(20 * NSEC_PER_SEC);
		while (raw_out(&s))
			;
	}
}

int connlab_begin(void **state)
{
	/* What a test that has failed has left. */
	for (int fd = 0; fd < 64; fd++)
		skbox_close(fd);
	settle();
	tcp_metrics_forget(0);
	memcpy(mib_before, tcpext_mib, sizeof(mib_before));
	return netlab_begin(state);
}

int connlab_end(void **state)
{
	settle();
	assert_int_equal(tcp_nr_established(), 0);
	assert_int_equal(tcp_nr_timewait(), 0);
	assert_int_equal(tcp_nr_requests(), 0);
	assert_int_equal(tcp_nr_ports(), 0);
	assert_int_equal(tcp_orphan_count, 0);
	assert_int_equal(kmem_cache_in_use(tcp_prot.cache), 0);
	assert_int_equal(tcp_memory_allocated, 0);
	assert_int_equal(tcp_mib[TCP_MIB_CurrEstab], 0);
	return netlab_end(state);
}

/* ---- connections ---- */

int lab_listen(int backlog)
{
	struct sockaddr_in sin = netlab_addr(0, LAB_PORT);
	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(netlab_setopt(fd, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	assert_int_equal(skbox_bind(fd, &sin, sizeof(sin)), 0);
	assert_int_equal(skbox_listen(fd, backlog), 0);
	return fd;
}

int lab_accept(int fd)
{
	return skbox_accept(fd, NULL, NULL);
}

void lab_passive(int listener, u16 port, struct lab_conn *c)
{
	struct raw_seg s;

	*c = (struct lab_conn){ .port = port, .snd_nxt = 1001 };
	raw_in(&(struct raw_seg){
		.sport = port, .flags = SYN, .seq = 1000, .win = 65535, .mss = 1460 });
	raw_expect(&s, SYN | ACK);
	assert_int_equal(s.ack, 1001);
	c->rcv_nxt = s.seq + 1;
	lab_send(c, ACK, NULL, 0);
	c->fd = lab_accept(listener);
	assert_true(c->fd >= 0);
	assert_int_equal(lab_state(c->fd), TCP_ESTABLISHED);
}

void lab_active(struct lab_conn *c)
{
	struct raw_seg s;

	*c = (struct lab_conn){ .fd = skbox_socket(AF_INET, SOCK_STREAM, 0),
				.active = true,
				.snd_nxt = 1001 };
	assert_true(c->fd >= 0);
	assert_int_equal(netlab_connect(c->fd, PEER_IP, LAB_PORT), -EINPROGRESS);
	raw_expect(&s, SYN);
	c->port = s.sport;
	c->rcv_nxt = s.seq + 1;
	raw_in(&(struct raw_seg){ .sport = LAB_PORT,
				  .dport = c->port,
				  .flags = SYN | ACK,
				  .seq = 1000,
				  .ack = c->rcv_nxt,
				  .win = 65535,
				  .mss = 1460 });
	raw_expect(&s, ACK);
	assert_int_equal(s.ack, 1001);
	assert_int_equal(lab_state(c->fd), TCP_ESTABLISHED);
}

void lab_send(struct lab_conn *c, u8 flags, const void *data, u32 len)
{
	raw_in(&(struct raw_seg){ .sport = c->active ? LAB_PORT : c->port,
				  .dport = c->active ? c->port : LAB_PORT,
				  .flags = flags,
				  .seq = c->snd_nxt,
				  .ack = c->rcv_nxt,
				  .win = 65535,
				  .data = data,
				  .len = len });
	c->snd_nxt += len + !!(flags & FIN);
}

void lab_expect(struct lab_conn *c, struct raw_seg *s, u8 flags)
{
	struct raw_seg any;

	s = s ? s : &any;
	raw_expect(s, flags);
	assert_int_equal(s->seq, c->rcv_nxt);
	c->rcv_nxt += s->len + !!(flags & FIN);
}

u8 lab_state(int fd)
{
	return netlab_sk(fd)->state;
}
