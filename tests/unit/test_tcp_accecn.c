/*
 * Accurate ECN (RFC 9768), against the tables of the RFC: who agrees on what, what each end says of
 * the other's SYN; counters that wrap, in header and option; ACKs that are lost; cookies; bursts;
 * and both ends at once over a way that marks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcplab.h"

#include <abi/net_if.h>

#include "net/link/netem_dice.h"
#include "net/link/qdisc.h"
#include "net/transport/tcp_accecn.h"

#define LISTEN_PORT 7777
#define NOT_ECT 0
#define ECT1 1
#define ECT0 2
#define CE 3
#define MSS 1000

static int listener = -1;

static void set_ecn(const char *value)
{
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_ecn", value), 0);
}

/* ---- the peer's words ---- */

static struct conn fresh(void)
{
	static u16 port = 20000;

	return (struct conn){ .fd = -1, .peer = port++, .irs = 1000000, .tsval = 5000 };
}

static u8 ace_of(const struct segment *s)
{
	return (u8)(s->ae << 2 | s->flags >> 6);
}

/* A segment with @ace in its flags, marked @ecn. */
static struct segment with_ace(u8 flags, u8 ace, u8 ecn)
{
	return (struct segment){
		.flags = (u8)(flags | ace << 6), .ae = ace >> 2, .tos = ecn, .win = 60000
	};
}

/* An option of @kind with @n counters, as on the wire; padded. Returns its bytes. */
static u32 put_option(u8 *p, u8 kind, u32 n, const u32 *counters)
{
	u32 len = 2 + 3 * n;

	p[0] = kind;
	p[1] = (u8)len;
	for (u32 i = 0; i < n; i++) {
		p[2 + 3 * i] = (u8)(counters[i] >> 16);
		put_be16(p + 3 + 3 * i, (u16)counters[i]);
	}
	for (; len % 4; len++)
		p[len] = TCPOPT_NOP;
	return len;
}

static void say(struct conn *c, struct segment s, u32 seq, u32 ack, u32 len)
{
	s.seq = seq;
	s.ack = ack;
	s.len = len;
	seg_in(c, &s);
}

static struct segment hear(struct conn *c)
{
	struct segment s;

	assert_true(seg_out(c, &s));
	return s;
}

/* ---- a listener, and who comes ---- */

static void begin_listening(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(LISTEN_PORT) };
	int one = 1;

	listener = skbox_socket(AF_INET, SOCK_STREAM, 0);
	assert_true(listener >= 0);
	assert_int_equal(skbox_setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4), 0);
	assert_int_equal(skbox_bind(listener, &sin, sizeof(sin)), 0);
	assert_int_equal(skbox_listen(listener, 1000), 0);
	skbox_fcntl(listener, F_SETFL, O_NONBLOCK);
}

static void end_listening(void)
{
	assert_int_equal(skbox_close(listener), 0);
	listener = -1;
}

/* Its SYN has @ace and comes as @ecn; the SYN-ACK. */
static struct segment open_by_peer(struct conn *c, u8 ace, u8 ecn)
{
	static const u8 mss[] = { 2, 4, MSS >> 8, MSS & 255, 1, 1, 4, 2 };
	struct segment s = with_ace(SYN, ace, ecn);

	*c = fresh();
	c->our = LISTEN_PORT;
	s.opt = mss;
	s.optlen = sizeof(mss);
	seg_in(c, &s);
	return hear(c);
}

static void accept_it(struct conn *c)
{
	c->fd = skbox_accept(listener, NULL, NULL);
	assert_true(c->fd >= 0);
	skbox_fcntl(c->fd, F_SETFL, O_NONBLOCK);
}

/* An accurate connection that the peer has opened. */
static struct conn accurate(void)
{
	struct conn c;

	open_by_peer(&c, 7, NOT_ECT);
	say(&c, with_ace(ACK, 2, ECT0), 1, 1, 0);
	accept_it(&c);
	return c;
}

static void write_bytes(struct conn *c, u32 n)
{
	static u8 zeros[65536];

	assert_int_equal(skbox_write(c->fd, zeros, n), n);
}

static struct tcp_info info_of(const struct conn *c)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	assert_int_equal(skbox_getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	assert_int_equal(len, sizeof(info));
	return info;
}

/* ---- the handshake ---- */

/* RFC 9768 table 3. */
static const u8 ace_of_ecn[] = { [NOT_ECT] = 2, [ECT1] = 3, [ECT0] = 4, [CE] = 6 };

static u8 right_answer(int sysctl, u8 ace, u8 ecn)
{
	if (sysctl >= 3 && ace && ace != 3)
		return ace_of_ecn[ecn];
	return sysctl && (ace & 3) == 3 && (!ecn || ace == 7) ? 1 : 0;
}

static void a_server_answers_each_syn(void **state)
{
	begin_listening();
	for (int sysctl = 0; sysctl <= 5; sysctl++) {
		set_ecn((char[]){ (char)('0' + sysctl), 0 });
		for (u8 ace = 0; ace < 8; ace++) {
			for (u8 ecn = 0; ecn < 4; ecn++) {
				struct conn c;
				struct segment s = open_by_peer(&c, ace, ecn);

				assert_int_equal(ace_of(&s), right_answer(sysctl, ace, ecn));
				assert_int_equal(s.tos & 3, NOT_ECT);
				assert_int_equal(!!s.options.accecn,
						 sysctl >= 3 && ace && ace != 3);
				seg(&c, RST, 1, 0, 0);
			}
		}
	}
	end_listening();
	set_ecn("2");
}

static void a_client_asks_as_it_is_told(void **state)
{
	static const u8 right[] = { 0, 3, 0, 7, 3, 0 };

	for (u8 sysctl = 0; sysctl <= 5; sysctl++) {
		struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = PEER_IP };
		struct conn c = fresh();
		struct segment s;

		set_ecn((char[]){ (char)('0' + sysctl), 0 });
		sin.sin_port = htons(c.peer);
		c.fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
		skbox_fcntl(c.fd, F_SETFL, O_NONBLOCK);
		assert_int_equal(skbox_connect(c.fd, &sin, sizeof(sin)), -EINPROGRESS);
		s = hear(&c);
		assert_int_equal(ace_of(&s), right[sysctl]);
		assert_int_equal(s.options.accecn, 0);
		conn_kill(&c);
	}
	set_ecn("2");
}

/* What a client does that has asked for accurate ECN: RFC 9768 table 2, §3.1.3, §3.2.2.3. */
static void a_client_understands_each_synack(void **state)
{
	static const u8 mode[8] = { TCPI_ECN_MODE_DISABLED, TCPI_ECN_MODE_RFC3168,
				    TCPI_ECN_MODE_ACCECN,   TCPI_ECN_MODE_ACCECN,
				    TCPI_ECN_MODE_ACCECN,   TCPI_ECN_MODE_ACCECN,
				    TCPI_ECN_MODE_ACCECN,   TCPI_ECN_MODE_DISABLED };

	set_ecn("3");
	for (u8 ace = 0; ace < 8; ace++) {
		for (u8 ecn = 0; ecn < 4; ecn++) {
			struct sockaddr_in sin = { .sin_family = AF_INET,
						   .sin_addr.s_addr = PEER_IP };
			bool accurate_now = mode[ace] == TCPI_ECN_MODE_ACCECN;
			/* Our SYN was not ECT: who says otherwise tells of a way that garbles. */
			bool marks = mode[ace] && (ace == 1 || ace == 2 || ace == 5);
			struct conn c = fresh();
			struct segment s;

			sin.sin_port = htons(c.peer);
			c.fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
			skbox_fcntl(c.fd, F_SETFL, O_NONBLOCK);
			assert_int_equal(skbox_connect(c.fd, &sin, sizeof(sin)), -EINPROGRESS);
			hear(&c);
			assert_int_equal(info_of(&c).tcpi_ecn_mode, TCPI_ECN_MODE_PENDING);
			say(&c, with_ace(SYN | ACK, ace, ecn), 0, 1, 0);
			assert_int_equal(info_of(&c).tcpi_ecn_mode, mode[ace]);
			s = hear(&c); /* the third: how the SYN-ACK came */
			assert_int_equal(ace_of(&s), accurate_now ? ace_of_ecn[ecn] : 0);
			write_bytes(&c, 100);
			s = hear(&c);
			assert_int_equal(s.tos & 3, marks ? ECT0 : NOT_ECT);
			assert_int_equal(ace_of(&s), accurate_now ? 5 + (ecn == CE) : 0);
			conn_kill(&c);
		}
	}
	set_ecn("2");
}

/* RFC 9768 table 4: what the third segment says to a server whose SYN-ACK was not ECT. */
static void a_server_understands_each_third_ack(void **state)
{
	begin_listening();
	set_ecn("3");
	for (u8 ace = 0; ace < 8; ace++) {
		bool marks = ace == 1 || ace == 2 || ace == 5 || ace == 7;
		struct conn c;
		struct segment s;

		open_by_peer(&c, 7, NOT_ECT);
		say(&c, with_ace(ACK, ace, ECT0), 1, 1, 0);
		accept_it(&c);
		write_bytes(&c, 100);
		s = hear(&c);
		assert_int_equal(s.tos & 3, marks ? ECT0 : NOT_ECT);
		assert_int_equal(ace_of(&s), 5);
		assert_int_equal(info_of(&c).tcpi_accecn_fail_mode,
				 marks ? 0 : TCP_ACCECN_ACE_FAIL_RECV);
		assert_int_equal(info_of(&c).tcpi_delivered_ce, 0);
		conn_kill(&c);
	}
	/* Told not to look (tcp_ecn_fallback), it believes that its SYN-ACK was marked. */
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_ecn_fallback", "0"), 0);
	{
		struct conn c;

		open_by_peer(&c, 7, NOT_ECT);
		say(&c, with_ace(ACK, 6, ECT0), 1, 1, 0);
		accept_it(&c);
		assert_int_equal(info_of(&c).tcpi_delivered_ce, 1);
		conn_kill(&c);
	}
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_ecn_fallback", "1"), 0);
	set_ecn("2");
	end_listening();
}

/* RFC 9768 §5.1: nothing is remembered; the third ACK tells, and the timestamp if there is one. */
static void a_cookie_brings_it_back(void **state)
{
	static const u8 right[8] = { TCPI_ECN_MODE_DISABLED, TCPI_ECN_MODE_DISABLED,
				     TCPI_ECN_MODE_ACCECN,   TCPI_ECN_MODE_ACCECN,
				     TCPI_ECN_MODE_ACCECN,   TCPI_ECN_MODE_ACCECN,
				     TCPI_ECN_MODE_ACCECN,   TCPI_ECN_MODE_ACCECN };

	begin_listening();
	set_ecn("3");
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_syncookies", "2"), 0);
	for (u8 ace = 0; ace < 8; ace++) {
		struct conn c;
		struct segment s = open_by_peer(&c, 7, ECT0);

		assert_int_equal(ace_of(&s), 4);
		say(&c, with_ace(ACK, ace, ECT0), 1, 1, 0);
		accept_it(&c);
		assert_int_equal(info_of(&c).tcpi_ecn_mode, right[ace]);
		conn_kill(&c);
	}
	/* Classic ECN without timestamps is lost with a cookie. */
	{
		struct conn c;
		struct segment s = open_by_peer(&c, 3, NOT_ECT);

		assert_int_equal(ace_of(&s), 0);
		say(&c, with_ace(ACK, 0, NOT_ECT), 1, 1, 0);
		accept_it(&c);
		assert_int_equal(info_of(&c).tcpi_ecn_mode, TCPI_ECN_MODE_DISABLED);
		conn_kill(&c);
	}
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_syncookies", "1"), 0);
	set_ecn("2");
	end_listening();
}

/* ---- the receiver's counters ---- */

static void marks_are_counted_modulo_eight(void **state)
{
	u32 seq = 1, told = 0;
	struct conn c;

	begin_listening();
	set_ecn("3");
	c = accurate();
	for (u32 n = 1; n <= 40; n++, seq += 10) {
		struct segment s;

		say(&c, with_ace(PSH | ACK, 5, CE), seq, 1, 10);
		/* The first mark is news; then every second is told of at once (§3.2.2.5.1). */
		if (seg_out(&c, &s)) {
			assert_int_equal(s.ack, seq + 10);
			assert_int_equal(ace_of(&s), (5 + n) & 7);
			told = n;
		}
		assert_true(n - told < 2);
		assert_int_equal(info_of(&c).tcpi_received_ce, n);
		assert_int_equal(info_of(&c).tcpi_received_ce_bytes, 10 * n);
	}
	advance(SECOND);
	drain(&c);
	/* Marks on ACKs count, too, but are not bytes; of three of them the peer hears. */
	for (u32 n = 41; n <= 46; n++) {
		say(&c, with_ace(ACK, 5, CE), seq, 1, 0);
		if ((n - 40) % 3)
			expect_nothing(&c);
		else
			assert_int_equal(ace_of(&(struct segment[]){ hear(&c) }[0]), (5 + n) & 7);
		assert_int_equal(info_of(&c).tcpi_received_ce, n);
	}
	assert_int_equal(info_of(&c).tcpi_received_ce_bytes, 400);
	conn_kill(&c);
	set_ecn("2");
	end_listening();
}

static const u32 *counter_of(const struct segment *s, u8 ecn)
{
	assert_true(s->options.accecn & 1 << (ecn - 1));
	return &s->options.accecn_bytes[ecn - 1];
}

static void byte_counters_wrap_at_24_bits(void **state)
{
	static const u32 begin[] = { 1, 0, 1 };
	u8 opt[12];
	struct conn c;
	struct segment s;

	begin_listening();
	set_ecn("3");
	open_by_peer(&c, 7, NOT_ECT);
	s = with_ace(ACK, 2, ECT0);
	s.opt = opt;
	s.optlen = put_option(opt, TCPOPT_ACCECN0, 3, begin);
	say(&c, s, 1, 1, 0);
	accept_it(&c);
	for (u8 ecn = ECT1; ecn <= CE; ecn++)
		conn_tp(&c)->accecn->received_bytes[ecn - 1] = 0xfffff0;
	for (u8 ecn = ECT1; ecn <= CE; ecn++) {
		say(&c, with_ace(PSH | ACK, 5, ecn), 1 + 20u * (ecn - 1), 1, 20);
		s = hear(&c);
		assert_int_equal(*counter_of(&s, ecn), (0x1000004 + (ecn != CE)) & 0xffffff);
	}
	conn_kill(&c);
	set_ecn("2");
	end_listening();
}

/* ---- the sender ---- */

/* The option's counters as the peer says them, whatever their order, and over a wrap. */
static void the_sender_follows_the_option(void **state)
{
	static const u32 at[] = { 10, 0x7ffff0, 0xffffe0, 0x1000010, 0x17ffff0, 0x1ffff00 };
	static const struct {
		u8 kind;
		u8 order[3];
	} kinds[] = { { TCPOPT_ACCECN0, { ECT0, CE, ECT1 } },
		      { TCPOPT_ACCECN1, { ECT1, CE, ECT0 } } };

	begin_listening();
	set_ecn("3");
	for (u32 k = 0; k < 2; k++) {
		for (u32 n = 0; n <= 3; n++) {
			struct conn c = accurate();

			for (u32 i = 0; i < ARRAY_SIZE(at); i++) {
				struct segment s = with_ace(ACK, 5, ECT0);
				struct tcp_info info;
				u32 counters[3];
				u8 opt[12];

				for (u32 j = 0; j < 3; j++)
					counters[j] = at[i] + (kinds[k].order[j] != CE);
				write_bytes(&c, 10);
				hear(&c);
				s.opt = opt;
				s.optlen = put_option(opt, kinds[k].kind, n, counters);
				say(&c, s, 1, 11 + 10 * i, 0);
				info = info_of(&c);
				if (n)
					assert_int_equal(k ? info.tcpi_delivered_e1_bytes :
							     info.tcpi_delivered_e0_bytes,
							 at[i]);
				if (n >= 2)
					assert_int_equal(info.tcpi_delivered_ce_bytes, at[i]);
				if (n == 3)
					assert_int_equal(k ? info.tcpi_delivered_e0_bytes :
							     info.tcpi_delivered_e1_bytes,
							 at[i]);
				assert_int_equal(info.tcpi_accecn_opt_seen,
						 n ? TCP_ACCECN_OPT_COUNTER_SEEN :
						     TCP_ACCECN_OPT_EMPTY_SEEN);
			}
			conn_kill(&c);
		}
	}
	set_ecn("2");
	end_listening();
}

/* §3.2.3.2.4: the first option's counters begin with 1, 0, 1. */
static void zeroed_options_are_seen(void **state)
{
	static const struct {
		u32 counters[3];
		u32 n;
		bool bad;
	} cases[] = { { { 1, 0, 1 }, 3, false }, { { 0, 0, 0 }, 3, true },
		      { { 0, 0, 1 }, 3, true },	 { { 1, 0, 0 }, 3, true },
		      { { 0, 0, 0 }, 2, true },	 { { 1, 0, 0 }, 2, false },
		      { { 0, 0, 0 }, 1, true },	 { { 1, 0, 0 }, 1, false } };

	begin_listening();
	set_ecn("3");
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct segment s = with_ace(ACK, 2, ECT0);
		struct conn c;
		u8 opt[12];

		open_by_peer(&c, 7, NOT_ECT);
		s.opt = opt;
		s.optlen = put_option(opt, TCPOPT_ACCECN1, cases[i].n, cases[i].counters);
		say(&c, s, 1, 1, 0);
		accept_it(&c);
		assert_int_equal(info_of(&c).tcpi_accecn_fail_mode,
				 cases[i].bad ? TCP_ACCECN_OPT_FAIL_RECV : 0);
		conn_kill(&c);
	}
	set_ecn("2");
	end_listening();
}

/*
 * Appendix A: an ACK for @acked segments after @before of one each (by which one knows how many
 * ACKs there usually are) moves the field by @ace. @ceb: segments that the option says were marked;
 * -1: no option.
 */
static u32 marks_told(u32 before, u32 acked, u8 ace, int ceb)
{
	struct conn c = accurate();
	u32 una = 1, told, counters[3] = { 1, 0, 1 };
	struct segment s;
	u8 opt[12];

	conn_tp(&c)->snd_cwnd = 1000;
	conn_tp(&c)->snd_wnd = 1 << 20;
	for (u32 i = 0; i <= before; i++) {
		u32 n = i < before ? 1 : acked;

		write_bytes(&c, n * MSS);
		drain(&c);
		una += n * MSS;
		counters[0] += n * MSS;
		s = with_ace(ACK, 5, ECT0);
		if (i == before) {
			s = with_ace(ACK, (5 + ace) & 7, ECT0);
			counters[0] -= (u32)max(ceb, 0) * MSS;
			counters[1] += (u32)max(ceb, 0) * MSS;
		}
		if (ceb >= 0) {
			s.opt = opt;
			s.optlen = put_option(opt, TCPOPT_ACCECN0, 3, counters);
		}
		say(&c, s, 1, una, 0);
	}
	told = info_of(&c).tcpi_delivered_ce;
	conn_kill(&c);
	return told;
}

static void lost_acks_are_allowed_for(void **state)
{
	begin_listening();
	set_ecn("3");
	/* As many segments as the field can tell of, or fewer: it is believed. */
	for (u8 ace = 0; ace < 8; ace++)
		assert_int_equal(marks_told(3, 7, ace, -1), ace);
	/* More: it may have wrapped, as often as the segments allow (A.1). */
	assert_int_equal(marks_told(3, 8, 0, -1), 8);
	assert_int_equal(marks_told(3, 9, 0, -1), 8);
	assert_int_equal(marks_told(3, 9, 1, -1), 9);
	assert_int_equal(marks_told(3, 9, 2, -1), 2);
	assert_int_equal(marks_told(3, 20, 3, -1), 19);
	/* Where ACKs are always for many, none was lost. */
	assert_int_equal(marks_told(0, 20, 2, -1), 2);
	/* The option knows (A.2). */
	assert_int_equal(marks_told(3, 9, 0, 0), 0);
	assert_int_equal(marks_told(3, 20, 3, 3), 3);
	assert_int_equal(marks_told(3, 20, 3, 19), 19);
	assert_int_equal(marks_told(3, 16, 0, 16), 16);
	set_ecn("2");
	end_listening();
}

/* Marks are answered once a round trip, by each algorithm's own measure; BBR does not look. */
static void marks_reduce_the_window_once_a_round(void **state)
{
	static const struct {
		const char *name;
		bool reduces;
	} ccs[] = { { "reno", true }, { "cubic", true }, { "bbr", false } };

	begin_listening();
	set_ecn("3");
	for (u32 i = 0; i < ARRAY_SIZE(ccs); i++) {
		struct conn c = accurate();
		u32 ssthresh;

		assert_int_equal(skbox_setsockopt(c.fd, IPPROTO_TCP, TCP_CONGESTION, ccs[i].name,
						  (u32)strlen(ccs[i].name)),
				 0);
		advance(50 * MSEC);
		write_bytes(&c, 30 * MSS);
		drain(&c);
		advance(50 * MSEC);
		say(&c, with_ace(ACK, 6, ECT0), 1, 1 + MSS, 0);
		assert_int_equal(conn_tp(&c)->ca_state, TCP_CA_CWR);
		ssthresh = conn_tp(&c)->snd_ssthresh;
		assert_int_equal(ssthresh < 10, ccs[i].reduces);
		/* More marks within the round; and no flag is CWR. */
		for (u8 k = 1; k < 4; k++) {
			struct segment s;

			say(&c, with_ace(ACK, (6 + k) & 7, ECT0), 1, 1 + (1u + k) * MSS, 0);
			assert_int_equal(conn_tp(&c)->snd_ssthresh, ssthresh);
			while (seg_out(&c, &s))
				assert_int_equal(ace_of(&s), 5);
		}
		assert_int_equal(info_of(&c).tcpi_delivered_ce, 4);
		conn_kill(&c);
	}
	set_ecn("2");
	end_listening();
}

/* ---- bursts ---- */

/* Each segment of a burst has the same number in its flags, and may be marked. */
static void a_burst_says_the_same_in_each_segment(void **state)
{
	struct conn c;
	struct segment s;
	u32 n = 0;

	begin_listening();
	set_ecn("3");
	c = accurate();
	for (u32 i = 0; i < 2; i++) {
		say(&c, with_ace(PSH | ACK, 5, CE), 1 + 10 * i, 1, 10);
		hear(&c);
	}
	write_bytes(&c, 8 * MSS);
	for (; seg_out(&c, &s); n++) {
		assert_int_equal(ace_of(&s), 7);
		assert_int_equal(s.tos & 3, ECT0);
	}
	assert_true(n >= 1);
	conn_kill(&c);
	set_ecn("2");
	end_listening();
}

/* ---- both ends ---- */

#define STREAM (4u << 20)

static void start_loopback(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct sockaddr_in *sin = (struct sockaddr_in *)&ifr.ifr_addr;
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(skbox_ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = IP4(127, 0, 0, 1);
	assert_int_equal(skbox_ioctl(fd, SIOCSIFADDR, &ifr), 0);
	skbox_close(fd);
}

static void mark_loopback(u32 percent)
{
	struct qdisc_msg msg = { .dev = "lo", .op = percent ? QDISC_REPLACE : QDISC_DEL };
	int fd;

	if (percent) {
		strcpy(msg.kind, "netem");
		msg.netem.limit = 10000;
		msg.netem.delay = 2 * MSEC;
		msg.netem.seed = percent;
		msg.netem.ecn = 1;
		msg.netem.loss.probability = NETEM_ALWAYS / 100 * percent;
	}
	fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(skbox_ioctl(fd, SIOCSQDISC, &msg), 0);
	skbox_close(fd);
}

/* Sends the stream from @from to @to; both are idle then. */
static void stream(int from, int to)
{
	static u8 buf[65536];
	u32 sent = 0, got = 0;

	for (u32 round = 0; got < STREAM; round++) {
		long n = skbox_write(from, buf, min(STREAM - sent, (u32)sizeof(buf)));

		assert_true(round < 1000000);
		if (n > 0)
			sent += (u32)n;
		while ((n = skbox_read(to, buf, sizeof(buf))) > 0)
			got += (u32)n;
		advance(MSEC);
	}
	advance(SECOND);
}

static void both_ends_count_the_same(void **state)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(LISTEN_PORT),
				   .sin_addr.s_addr = IP4(127, 0, 0, 1) };

	start_loopback();
	set_ecn("3");
	for (u32 percent = 5; percent <= 95; percent += 30) {
		struct conn a = { .fd = -1 }, b = { .fd = -1 };
		struct tcp_info ia, ib;

		begin_listening();
		a.fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
		skbox_fcntl(a.fd, F_SETFL, O_NONBLOCK);
		assert_int_equal(skbox_connect(a.fd, &sin, sizeof(sin)), -EINPROGRESS);
		advance(SECOND);
		accept_it(&b);
		end_listening();
		mark_loopback(percent);
		stream(a.fd, b.fd);
		ia = info_of(&a);
		ib = info_of(&b);
		assert_int_equal(ia.tcpi_ecn_mode, TCPI_ECN_MODE_ACCECN);
		assert_int_equal(ia.tcpi_accecn_fail_mode | ib.tcpi_accecn_fail_mode, 0);
		assert_int_equal(ia.tcpi_lost, 0); /* at most a probe was sent twice */
		assert_true(ib.tcpi_received_ce > 0);
		assert_int_equal(ia.tcpi_delivered_ce_bytes, ib.tcpi_received_ce_bytes);
		assert_int_equal(ia.tcpi_delivered_e0_bytes, ib.tcpi_received_e0_bytes);
		assert_int_equal(ib.tcpi_received_ce_bytes + ib.tcpi_received_e0_bytes,
				 STREAM + ia.tcpi_bytes_retrans);
		assert_int_equal(ia.tcpi_delivered_ce, ib.tcpi_received_ce);
		skbox_close(a.fd);
		skbox_close(b.fd);
		advance(200 * SECOND);
		mark_loopback(0);
	}
	set_ecn("2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tcp_test(a_server_answers_each_syn),
		tcp_test(a_client_asks_as_it_is_told),
		tcp_test(a_client_understands_each_synack),
		tcp_test(a_server_understands_each_third_ack),
		tcp_test(a_cookie_brings_it_back),
		tcp_test(marks_are_counted_modulo_eight),
		tcp_test(byte_counters_wrap_at_24_bits),
		tcp_test(the_sender_follows_the_option),
		tcp_test(zeroed_options_are_seen),
		tcp_test(lost_acks_are_allowed_for),
		tcp_test(marks_reduce_the_window_once_a_round),
		tcp_test(a_burst_says_the_same_in_each_segment),
		tcp_test(both_ends_count_the_same),
	};

	return cmocka_run_group_tests(tests, tcplab_setup, NULL);
}
