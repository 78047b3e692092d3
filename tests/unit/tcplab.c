/*
 * See tcplab.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcplab.h"

#include <abi/net_if.h>

#include "net/ip/route.h"
#include "net/socket/socket.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input.h"

#define PORT 7000

static int dev;
static u16 next_peer_port = 20000;
static u32 bufs_before, heads_before, socks_before;
static u64 charged_before;

u32 tcp_random(void)
{
	static u64 s = 88172645463325252ULL;

	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return (u32)(s >> 16);
}

u8 stream_byte(u32 rel_seq)
{
	return (u8)(rel_seq * 31 + (rel_seq >> 8) * 7);
}

void advance(u64 ns)
{
	skbox_advance(ns);
}

static struct sockaddr_in address(be32 addr, u16 port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = addr };
}

static void set_if(int fd, u32 cmd, be32 addr)
{
	struct ifreq ifr = { .ifr_name = "tun0" };
	struct sockaddr_in sin = address(addr, 0);

	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	assert_int_equal(skbox_ioctl(fd, cmd, &ifr), 0);
}

int tcplab_setup(void **state)
{
	struct ifreq ifr = { .ifr_name = "tun0", .ifr_flags = IFF_UP };
	u8 packet[2048];
	int fd;

	skbox_set_seed(1);
	assert_int_equal(skbox_boot("quiet mem=64M"), 0);
	dev = skbox_add_ip_device(1500);
	assert_true(dev >= 0);
	fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	set_if(fd, SIOCSIFADDR, OUR_IP);
	set_if(fd, SIOCSIFDSTADDR, PEER_IP);
	assert_int_equal(skbox_ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	skbox_close(fd);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_no_metrics_save", "1"), 0);
	advance(5 * SECOND);
	while (skbox_ip_out(dev, packet, sizeof(packet)))
		;
	return 0;
}

static void note_or_check(bool check)
{
	struct skb_pool_stat st;

	skb_pool_stat(&st);
	if (check) {
		assert_int_equal(st.bufs_free, bufs_before);
		assert_int_equal(st.heads_free, heads_before);
		assert_int_equal(socket_count(), socks_before);
		assert_int_equal(tcp_memory_allocated, charged_before);
	}
	bufs_before = st.bufs_free;
	heads_before = st.heads_free;
	socks_before = socket_count();
	charged_before = tcp_memory_allocated;
}

int tcplab_begin(void **state)
{
	note_or_check(false);
	return 0;
}

int tcplab_end(void **state)
{
	u8 packet[2048];

	advance(200 * SECOND); /* TIME-WAIT, orphans */
	while (skbox_ip_out(dev, packet, sizeof(packet)))
		;
	note_or_check(true);
	return 0;
}

/* ---- segments ---- */

static u32 put_timestamps(u8 *p, u32 tsval, u32 tsecr)
{
	put_be32(p, 0x0101080a);
	put_be32(p + 4, tsval);
	put_be32(p + 8, tsecr);
	return 12;
}

static void ip_header(u8 *packet, u32 len, u8 tos)
{
	struct iphdr *ip = (struct iphdr *)packet;

	*ip = (struct iphdr){ .ihl_version = 0x45,
			      .tos = tos,
			      .tot_len = htons(len),
			      .ttl = 64,
			      .protocol = IPPROTO_TCP,
			      .saddr = PEER_IP,
			      .daddr = OUR_IP };
	ip->check = ip_fast_csum(ip, 5);
}

void seg_in(struct conn *c, const struct segment *s)
{
	u8 packet[2048], *th = packet + 20, *p = th + 20;
	bool ack = s->flags & ACK;
	be16 check;
	u32 len;

	if (s->optlen) {
		memcpy(p, s->opt, s->optlen);
		p += s->optlen;
	}
	if (c->ts && !(s->flags & SYN))
		p += put_timestamps(p, c->tsval, c->tsecr);
	put_be16(th, c->peer);
	put_be16(th + 2, c->our);
	put_be32(th + 4, c->irs + s->seq);
	put_be32(th + 8, ack ? c->iss + s->ack : 0);
	th[12] = (u8)((p - th) << 2 | s->ae);
	th[13] = s->flags;
	put_be16(th + 14, s->zero_win ? 0 : s->win ? s->win : 1000);
	put_be16(th + 16, 0);
	put_be16(th + 18, s->urg);
	for (u32 i = 0; i < s->len; i++)
		*p++ = stream_byte(s->seq + i);
	len = (u32)(p - th);
	check = csum_fold(
		csum_partial(th, len, csum_tcpudp_nofold(PEER_IP, OUR_IP, len, IPPROTO_TCP, 0)));
	memcpy(th + 16, &check, 2);
	ip_header(packet, len + 20, s->tos);
	assert_int_equal(skbox_ip_in(dev, packet, len + 20), 0);
}

void seg(struct conn *c, u8 flags, u32 seq, u32 ack, u32 len)
{
	seg_in(c, &(struct segment){ .flags = flags, .seq = seq, .ack = ack, .len = len });
}

static void check_packet(const u8 *packet, u32 len)
{
	const struct iphdr *ip = (const struct iphdr *)packet;

	assert_true(len >= 40);
	assert_int_equal(ip->ihl_version, 0x45);
	assert_int_equal(ntohs(ip->tot_len), len);
	assert_int_equal(ip->saddr, OUR_IP);
	assert_int_equal(ip->daddr, PEER_IP);
	assert_int_equal(csum_fold(csum_partial(
				 packet + 20, len - 20,
				 csum_tcpudp_nofold(OUR_IP, PEER_IP, len - 20, IPPROTO_TCP, 0))),
			 0);
}

bool seg_out(struct conn *c, struct segment *s)
{
	u8 packet[4096], *th = packet + 20;
	u32 hlen, len;

	do {
		len = (u32)skbox_ip_out(dev, packet, sizeof(packet));
		if (!len)
			return false;
	} while (packet[9] != IPPROTO_TCP || get_be16(th + 2) != c->peer);
	check_packet(packet, len);
	memset(s, 0, sizeof(*s));
	hlen = (u32)(th[12] >> 4) * 4;
	assert_true(hlen >= 20 && hlen + 20 <= len);
	s->flags = th[13];
	s->ae = th[12] & 1;
	if (s->flags & SYN)
		c->iss = get_be32(th + 4);
	if (!c->our)
		c->our = get_be16(th);
	assert_int_equal(get_be16(th), c->our);
	s->seq = get_be32(th + 4) - c->iss;
	s->ack = s->flags & ACK ? get_be32(th + 8) - c->irs : 0;
	s->win = get_be16(th + 14);
	s->urg = get_be16(th + 18);
	s->tos = packet[1];
	s->len = len - 20 - hlen;
	memcpy(s->payload, th + hlen, min(s->len, (u32)sizeof(s->payload)));
	tcp_options_parse(th + 20, hlen - 20, &s->options, !(s->flags & SYN));
	if (s->options.saw_tstamp)
		c->tsecr = s->options.rcv_tsval;
	return true;
}

static const char *flags_text(u8 flags)
{
	static char text[2][9];
	static int turn;
	char *t = text[turn ^= 1];

	for (int i = 0; i < 8; i++)
		t[i] = flags & 1 << i ? "FSRPAUEC"[i] : '.';
	t[8] = 0;
	return t;
}

struct segment expect(struct conn *c, u8 flags, u32 seq, u32 ack, u32 len)
{
	struct segment s;

	if (!seg_out(c, &s))
		fail_msg("nothing was sent: %s seq %u ack %u len %u was expected",
			 flags_text(flags), seq, ack, len);
	if (s.flags != flags || s.seq != seq || s.ack != ack || s.len != len)
		fail_msg("%s seq %u ack %u len %u was sent: %s seq %u ack %u len %u was expected",
			 flags_text(s.flags), s.seq, s.ack, s.len, flags_text(flags), seq, ack,
			 len);
	return s;
}

void expect_nothing(struct conn *c)
{
	struct segment s;

	if (seg_out(c, &s))
		fail_msg("%s seq %u ack %u len %u was sent: nothing was expected",
			 flags_text(s.flags), s.seq, s.ack, s.len);
}

u32 drain(struct conn *c)
{
	struct segment s;
	u32 n = 0;

	while (seg_out(c, &s))
		n++;
	return n;
}

/* ---- connections ---- */

/* The options of @o; bytes. */
static u32 offer_options(const struct conn *c, const struct offer *o, u8 *p)
{
	u8 *start = p;

	put_be32(p, 0x02040000u | (o->mss ? o->mss : 1460));
	p += 4;
	if (o->sack) {
		put_be32(p, 0x01010402);
		p += 4;
	}
	if (o->ts)
		p += put_timestamps(p, c->tsval, c->tsecr);
	if (o->wscale) {
		put_be32(p, 0x01030300u | (o->wscale - 1));
		p += 4;
	}
	return (u32)(p - start);
}

static struct conn conn_new(const struct offer *o)
{
	return (struct conn){
		.fd = -1, .peer = next_peer_port++, .irs = o->irs ? o->irs : 1000000, .tsval = 5000
	};
}

static int stream_socket(const struct offer *o)
{
	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	if (o->rcvbuf)
		assert_int_equal(skbox_setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &o->rcvbuf, 4), 0);
	return fd;
}

static void peer_syn(struct conn *c, const struct offer *o, u8 flags)
{
	u8 opt[40];
	struct segment s = { .flags = flags | o->flags, .ack = 1, .opt = opt, .win = o->win };

	s.optlen = offer_options(c, o, opt);
	if (!s.win)
		s.win = 65535;
	seg_in(c, &s);
}

struct conn conn_active(const struct offer *o)
{
	struct conn c = conn_new(o);
	struct sockaddr_in sin = address(PEER_IP, c.peer);
	struct segment syn;

	c.fd = stream_socket(o);
	assert_int_equal(skbox_connect(c.fd, &sin, sizeof(sin)), -EINPROGRESS);
	assert_true(seg_out(&c, &syn));
	assert_int_equal(syn.flags & (SYN | ACK), SYN);
	c.wscale = o->wscale ? syn.options.snd_wscale : 0;
	peer_syn(&c, o, SYN | ACK);
	c.ts = o->ts;
	expect(&c, ACK, 1, 1, 0);
	assert_int_equal(conn_state(&c), TCP_ESTABLISHED);
	return c;
}

struct conn conn_passive(const struct offer *o)
{
	struct conn c = conn_new(o);
	struct sockaddr_in sin = address(OUR_IP, PORT);
	struct segment s;
	int one = 1, listener = stream_socket(o);

	c.our = PORT;
	assert_int_equal(skbox_setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4), 0);
	assert_int_equal(skbox_bind(listener, &sin, sizeof(sin)), 0);
	assert_int_equal(skbox_listen(listener, 5), 0);
	peer_syn(&c, o, SYN);
	assert_true(seg_out(&c, &s));
	assert_int_equal(s.flags & (SYN | ACK), SYN | ACK);
	c.wscale = o->wscale ? s.options.snd_wscale : 0;
	c.ts = o->ts;
	seg(&c, ACK, 1, 1, 0);
	c.fd = skbox_accept(listener, NULL, NULL);
	assert_true(c.fd >= 0);
	skbox_fcntl(c.fd, F_SETFL, O_NONBLOCK);
	assert_int_equal(skbox_close(listener), 0);
	assert_int_equal(conn_state(&c), TCP_ESTABLISHED);
	expect_nothing(&c);
	return c;
}

struct tcp_sock *conn_tp(const struct conn *c)
{
	int err;
	struct socket *sock = sockfd_lookup(c->fd, &err);

	assert_non_null(sock);
	fput(sock->file);
	return tcp_sk(sock->sk);
}

static struct tcp_flow flow_of(const struct conn *c)
{
	return (struct tcp_flow){
		.laddr = OUR_IP, .raddr = PEER_IP, .rport = htons(c->peer), .lport = c->our
	};
}

u8 conn_state(const struct conn *c)
{
	struct tcp_flow fl = flow_of(c);
	struct sock *sk;

	if (c->fd >= 0)
		return conn_tp(c)->sk.state;
	sk = tcp_lookup_established(&fl, tcp_flow_hash(&fl));
	if (sk)
		return sk->state;
	return tcp_lookup_timewait(&fl, tcp_flow_hash(&fl)) ? TCP_TIME_WAIT : TCP_CLOSE;
}

void conn_close(struct conn *c)
{
	assert_int_equal(skbox_close(c->fd), 0);
	c->fd = -1;
}

void conn_kill(struct conn *c)
{
	struct tcp_flow fl = flow_of(c);
	struct tcp_timewait_sock *tw;
	struct sock *sk;

	sk = tcp_lookup_established(&fl, tcp_flow_hash(&fl));
	if (sk)
		tcp_abort(sk, ECONNABORTED);
	tw = tcp_lookup_timewait(&fl, tcp_flow_hash(&fl));
	if (tw)
		tcp_timewait_kill(tw);
	if (c->fd >= 0)
		conn_close(c);
	drain(c);
}

long read_stream(struct conn *c, u32 seq, u32 len)
{
	static u8 buf[1 << 20];
	long n;

	assert_true(len <= sizeof(buf));
	n = skbox_read(c->fd, buf, len);
	for (long i = 0; i < n; i++)
		if (buf[i] != stream_byte(seq + (u32)i))
			fail_msg("byte %u of the stream is wrong", seq + (u32)i);
	return n;
}
