/* The laboratory of acklab.h. */
#include "tests/unit/acklab.h"

#include <stdio.h>

#include <abi/fcntl.h>
#include <abi/in.h>
#include <abi/net_if.h>

#include "net/core/checksum.h"
#include "net/core/snmp.h"
#include "net/ip/ip.h"
#include "net/socket/socket.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_output.h"

/* The host's; its <stdlib.h> and our headers exclude each other. */
unsigned long strtoul(const char *s, char **end, int base);
long strtol(const char *s, char **end, int base);

#define MS 1000000ULL
#define IP4(a, b, c, d) htonl((u32)(a) << 24 | (u32)(b) << 16 | (u32)(c) << 8 | (u32)(d))
#define OUR_IP IP4(10, 9, 0, 2)
#define PEER_IP IP4(10, 9, 0, 1)
#define PEER_ISS 0x10000
#define PEER_PORT 80
#define WSCALE 8
#define MAX_SENT 65536

static int dev = -1, fd = -1;
static struct acklab_opts opt;
static u32 iss, bufs_before, heads_before, written;
static u16 our_port;
static bool saw_fin;
static u64 counters_before[TCPEXT_MIB_MAX];
/* Timestamps of what was sent, by sequence number modulo the table. */
static struct {
	u32 seq, first, last;
} sent[MAX_SENT];
static u32 nr_sent;
/* The script, and where it is. */
static const char *const *running;
static u32 step;

/* ---- the stack ---- */

static void ask(int s, u32 cmd, be32 addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = addr };
	struct ifreq ifr = { .ifr_name = "tun0" };

	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	assert_int_equal(skbox_ioctl(s, cmd, &ifr), 0);
}

int acklab_setup(void **state)
{
	struct ifreq ifr = { .ifr_name = "tun0" };
	int s;

	skbox_set_seed(1);
	assert_int_equal(skbox_boot("quiet mem=64M"), 0);
	dev = skbox_add_ip_device(1500);
	assert_true(dev >= 0);
	s = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	ask(s, SIOCSIFADDR, OUR_IP);
	ask(s, SIOCSIFDSTADDR, PEER_IP);
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	assert_int_equal(skbox_ioctl(s, SIOCSIFFLAGS, &ifr), 0);
	skbox_close(s);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_no_metrics_save", "1"), 0);
	skbox_advance(5000 * MS);
	return 0;
}

static void pool(u32 *bufs, u32 *heads)
{
	struct skb_pool_stat st;

	skb_pool_stat(&st);
	*bufs = st.bufs_free;
	*heads = st.heads_free;
}

int acklab_begin(void **state)
{
	if (fd >= 0)
		acklab_close(); /* a test has failed */
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_recovery", "1"), 0);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_early_retrans", "3"), 0);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_frto", "2"), 0);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_limited_transmit", "1"), 0);
	pool(&bufs_before, &heads_before);
	return 0;
}

int acklab_end(void **state)
{
	u32 bufs, heads;

	if (fd >= 0) { /* it has failed: how far had it come? */
		print_message("  numbers wrap at %u\n", opt.wrap_at);
		for (u32 i = 0; running && i <= step; i++)
			print_message("    %s\n", running[i]);
		running = NULL;
		return 0;
	}
	pool(&bufs, &heads);
	assert_int_equal(bufs, bufs_before);
	assert_int_equal(heads, heads_before);
	return 0;
}

u32 acklab_now_ms(void)
{
	return (u32)(ktime_ns() / MS);
}

struct tcp_sock *acklab_tp(void)
{
	int err;
	struct socket *sock = sockfd_lookup(fd, &err);

	assert_non_null(sock);
	fput(sock->file);
	return tcp_sk(sock->sk);
}

/* ---- segments ---- */

static u8 *put_sacks(u8 *p, const struct acklab_ack *a)
{
	if (!a->num_sacks)
		return p;
	*p++ = 1;
	*p++ = 1;
	*p++ = 5;
	*p++ = (u8)(2 + 8 * a->num_sacks);
	for (u32 i = 0; i < a->num_sacks; i++, p += 8) {
		put_be32(p, iss + a->sacks[i].start_seq);
		put_be32(p + 4, iss + a->sacks[i].end_seq);
	}
	return p;
}

static u8 *put_tstamp(u8 *p, u32 tsecr)
{
	memcpy(p, "\x01\x01\x08\x0a", 4);
	put_be32(p + 4, acklab_now_ms() + 77777);
	put_be32(p + 8, tsecr);
	return p + 12;
}

static void segment_in(u8 flags, u32 seq, u32 ack, u16 window, const u8 *options, u32 optlen)
{
	u32 tlen = 20 + optlen;
	u8 p[128] = { 0 };
	struct iphdr *ip = (struct iphdr *)p;
	struct tcphdr *th = (struct tcphdr *)(p + 20);

	*ip = (struct iphdr){ .ihl_version = 0x45,
			      .tot_len = htons(20 + tlen),
			      .ttl = 64,
			      .protocol = IPPROTO_TCP,
			      .saddr = PEER_IP,
			      .daddr = OUR_IP };
	ip->check = ip_fast_csum(ip, 5);
	th->source = htons(PEER_PORT);
	th->dest = htons(our_port);
	th->seq = htonl(seq);
	th->ack_seq = htonl(ack);
	th->doff = (u8)(tlen / 4 << 4);
	th->flags = flags;
	th->window = htons(window);
	if (optlen)
		memcpy(th + 1, options, optlen);
	th->check = csum_fold(
		csum_partial(th, tlen, csum_tcpudp_nofold(PEER_IP, OUR_IP, tlen, IPPROTO_TCP, 0)));
	assert_int_equal(skbox_ip_in(dev, p, 20 + tlen), 0);
}

void acklab_in(const struct acklab_ack *a)
{
	u8 options[40], *p = options;
	u32 window = a->window >> WSCALE;

	if (opt.tstamp)
		p = put_tstamp(p, a->tsecr);
	p = put_sacks(p, a);
	segment_in(TCPHDR_ACK | (a->ece ? TCPHDR_ECE : 0), PEER_ISS + 1, iss + a->ack,
		   (u16)min(window, 65535u), options, (u32)(p - options));
}

void acklab_icmp_mtu(u32 mtu)
{
	u8 p[56] = { 0 };
	struct iphdr *ip = (struct iphdr *)p, *quoted = (struct iphdr *)(p + 28);
	be16 check;

	*ip = (struct iphdr){ .ihl_version = 0x45,
			      .tot_len = htons(sizeof(p)),
			      .ttl = 64,
			      .protocol = IPPROTO_ICMP,
			      .saddr = PEER_IP,
			      .daddr = OUR_IP };
	ip->check = ip_fast_csum(ip, 5);
	*quoted = (struct iphdr){ .ihl_version = 0x45,
				  .tot_len = htons(1040),
				  .frag_off = htons(0x4000),
				  .ttl = 1,
				  .protocol = IPPROTO_TCP,
				  .saddr = OUR_IP,
				  .daddr = PEER_IP };
	put_be16(p + 48, our_port);
	put_be16(p + 50, PEER_PORT);
	put_be32(p + 52, acklab_tp()->snd_una);
	p[20] = 3;
	p[21] = 4;
	put_be16(p + 26, (u16)mtu);
	check = csum_fold(csum_partial(p + 20, 36, 0));
	memcpy(p + 22, &check, 2);
	assert_int_equal(skbox_ip_in(dev, p, sizeof(p)), 0);
}

static void note_sent(u32 seq, u32 tsval)
{
	u32 i = nr_sent;

	while (i-- > 0)
		if (sent[i].seq == seq) {
			sent[i].last = tsval;
			return;
		}
	if (nr_sent < MAX_SENT) {
		sent[nr_sent].seq = seq;
		sent[nr_sent].first = sent[nr_sent].last = tsval;
		nr_sent++;
	}
}

u32 acklab_tsval(u32 seq, bool last)
{
	for (u32 i = nr_sent; i-- > 0;)
		if (sent[i].seq == seq || (last && (s32)(sent[i].seq - seq) < 0))
			return last ? sent[i].last : sent[i].first;
	return 0;
}

static u32 tsval_of(const struct tcphdr *th)
{
	const u8 *p = (const u8 *)(th + 1), *end = (const u8 *)th + (th->doff >> 4) * 4;

	while (p < end && *p) {
		if (*p == 8)
			return get_be32(p + 2);
		p += *p == 1 ? 1 : p[1];
	}
	return 0;
}

bool acklab_out(struct acklab_seg *seg)
{
	static u8 p[20000];
	const struct tcphdr *th = (const struct tcphdr *)(p + 20);
	size_t len = skbox_ip_out(dev, p, sizeof(p));

	if (!len)
		return false;
	assert_int_equal(((struct iphdr *)p)->protocol, IPPROTO_TCP);
	our_port = ntohs(th->source);
	seg->flags = th->flags;
	seg->tsval = tsval_of(th);
	if (th->flags & TCPHDR_SYN)
		iss = ntohl(th->seq);
	seg->seq = ntohl(th->seq) - iss;
	seg->end_seq = seg->seq + (u32)len - 20 - (th->doff >> 4) * 4 + !!(th->flags & TCPHDR_FIN);
	if (seg->end_seq != seg->seq && opt.tstamp && nr_sent < 2000)
		note_sent(seg->seq, seg->tsval);
	return true;
}

/* ---- the connection ---- */

static void syn_ack_in(u32 tsecr)
{
	u8 options[40] = { 2, 4 }, *p = options + 4;

	put_be16(options + 2, (u16)((opt.mss ? opt.mss : 1000) + (opt.tstamp ? 12 : 0)));
	if (!opt.no_sack) {
		memcpy(p, "\x01\x01\x04\x02", 4);
		p += 4;
	}
	if (opt.tstamp)
		p = put_tstamp(p, tsecr);
	memcpy(p, "\x01\x03\x03", 3);
	p[3] = WSCALE;
	p += 4;
	segment_in(TCPHDR_SYN | TCPHDR_ACK | (opt.ecn ? TCPHDR_ECE : 0), PEER_ISS, iss + 1, 65535,
		   options, (u32)(p - options));
}

/* The sequence numbers of a sender with nothing queued, all shifted by @by. */
static void shift_sequence(struct tcp_sock *tp, u32 by)
{
	u32 *all[] = { &tp->snd_una, &tp->snd_nxt,     &tp->write_seq, &tp->snd_sml,
		       &tp->snd_up,  &tp->pushed_seq,  &tp->high_seq,  &tp->cwnd_usage_seq,
		       &tp->rtt_seq, &tp->rack_end_seq };

	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		*all[i] += by;
	iss += by;
}

void acklab_open(const struct acklab_opts *o)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(PEER_PORT),
				   .sin_addr.s_addr = PEER_IP };
	const char *cc = o->cc ? o->cc : "reno";
	struct acklab_seg seg;

	opt = *o;
	nr_sent = written = 0;
	saw_fin = false;
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_ecn", opt.ecn ? "1" : "2"), 0);
	assert_int_equal(skbox_sysctl("net.ipv4.tcp_tso", opt.tso ? "1" : "0"), 0);
	fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(skbox_fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(skbox_setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, (u32)strlen(cc)), 0);
	assert_int_equal(skbox_connect(fd, &sin, sizeof(sin)), -EINPROGRESS);
	assert_true(acklab_out(&seg));
	assert_true(seg.flags & TCPHDR_SYN);
	skbox_advance((u64)(opt.rtt_ms ? opt.rtt_ms : 100) * MS);
	syn_ack_in(seg.tsval);
	assert_true(acklab_out(&seg));
	assert_int_equal(seg.flags, TCPHDR_ACK);
	assert_int_equal(acklab_tp()->sk.state, TCP_ESTABLISHED);
	if (opt.wrap_at)
		shift_sequence(acklab_tp(), 0u - opt.wrap_at - iss);
	memcpy(counters_before, tcpext_mib, sizeof(counters_before));
	acklab_in(&(struct acklab_ack){
		.ack = 1, .window = opt.window ? opt.window : 1 << 20, .tsecr = seg.tsval });
}

void acklab_close(void)
{
	struct acklab_seg seg;
	struct tcp_sock *tp = acklab_tp();

	segment_in(TCPHDR_RST | TCPHDR_ACK, PEER_ISS + 1, tp->snd_una, 0, NULL, 0);
	skbox_close(fd);
	fd = -1;
	while (acklab_out(&seg))
		;
}

long acklab_write(u32 bytes)
{
	static u8 data[1 << 16];
	u32 done = 0;

	while (done < bytes) {
		long n;

		for (u32 i = 0; i < min(bytes - done, (u32)sizeof(data)); i++)
			data[i] = (u8)(written + i);
		n = skbox_write(fd, data, min(bytes - done, (u32)sizeof(data)));
		if (n <= 0)
			return done ? (long)done : n;
		done += (u32)n;
		written += (u32)n;
	}
	return done;
}

/* ---- scripts ---- */

static const struct {
	const char *name;
	int index;
} counters[] = {
#define X(n) { #n, TCPEXT_MIB_##n },
	SNMP_TCPEXT(X)
#undef X
};

static u64 counted(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(counters); i++)
		if (!strcmp(counters[i].name, name))
			return tcpext_mib[counters[i].index] - counters_before[counters[i].index];
	fail_msg("no counter %s", name);
	return 0;
}

/* "a:b"; what is left of @s is returned. */
static const char *parse_block(const char *s, struct tcp_sack_block *b)
{
	char *end;

	b->start_seq = (u32)strtoul(s, &end, 10);
	assert_int_equal(*end, ':');
	b->end_seq = (u32)strtoul(end + 1, &end, 10);
	return end;
}

static void step_ack(const char *s)
{
	struct acklab_ack a = { .window = opt.window ? opt.window : 1 << 20 };
	char *end;

	a.ack = (u32)strtoul(s, &end, 10);
	a.tsecr = acklab_tsval(a.ack, true);
	for (s = end; *s;) {
		while (*s == ' ')
			s++;
		if (!strncmp(s, "sack ", 5)) {
			for (s += 5; *s >= '0' && *s <= '9';) {
				assert_true(a.num_sacks < 4);
				s = parse_block(s, &a.sacks[a.num_sacks++]);
				while (*s == ' ')
					s++;
			}
		} else if (!strncmp(s, "ece", 3)) {
			a.ece = true;
			s += 3;
		} else if (!strncmp(s, "win ", 4)) {
			a.window = (u32)strtoul(s + 4, &end, 10);
			s = end;
		} else if (!strncmp(s, "ecr ", 4)) {
			a.tsecr = acklab_tsval((u32)strtoul(s + 4, &end, 10), false);
			s = end;
		} else if (*s) {
			fail_msg("what is \"%s\"?", s);
		}
	}
	acklab_in(&a);
}

static void step_each(const char *s)
{
	char *end;
	u32 ack = (u32)strtoul(s, &end, 10), last = (u32)strtoul(end, NULL, 10);

	for (; ack <= last; ack += 1000)
		acklab_in(&(struct acklab_ack){
			.ack = ack, .window = 1 << 20, .tsecr = acklab_tsval(ack, true) });
}

/* Everything that comes out, as runs of segments that follow each other. */
static void gather(char *buf, size_t size)
{
	struct acklab_seg seg;
	u32 start = 0, end = 0, n = 0;
	size_t len = 0;

	buf[0] = 0;
	for (bool more = true; more;) {
		more = acklab_out(&seg);
		if (more && seg.end_seq == seg.seq)
			continue; /* a bare ACK */
		if (more && n && seg.seq == end) {
			end = seg.end_seq;
			n++;
			continue;
		}
		if (n)
			len += (size_t)snprintf(buf + len, size - len, "%s%u:%u", len ? " " : "",
						start, end);
		if (n > 1)
			len += (size_t)snprintf(buf + len, size - len, "/%u", n);
		start = seg.seq;
		end = seg.end_seq;
		n = 1;
	}
}

static const char *const ca_names[] = { "Open", "Disorder", "CWR", "Recovery", "Loss" };

static void step_check(const char *what, const char *value)
{
	const struct tcp_sock *tp = acklab_tp();
	const struct {
		const char *name;
		u32 is;
	} numbers[] = {
		{ "cwnd", tp->snd_cwnd },
		{ "ssthresh", tp->snd_ssthresh },
		{ "inflight", tcp_packets_in_flight(tp) },
		{ "lost", tp->lost_out },
		{ "sacked", tp->sacked_out },
		{ "retrans", tp->retrans_out },
		{ "reordering", tp->reordering },
		{ "undo", tp->undo_marker != 0 },
		{ "delivered", tp->delivered },
		{ "rto", tp->rto_us / 1000 },
		{ "backoff", tp->backoff },
		{ "reo_wnd", tp->rack_reo_wnd_steps },
		{ "reneg", tp->is_sack_reneg },
	};

	if (!strcmp(what, "ca")) {
		assert_string_equal(ca_names[tp->ca_state], value);
		return;
	}
	for (u32 i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!strcmp(what, numbers[i].name)) {
			assert_int_equal(numbers[i].is, strtoul(value, NULL, 10));
			return;
		}
	fail_msg("what is %s?", what);
}

/* For whoever writes a script. */
static void dump(void)
{
	const struct tcp_sock *tp = acklab_tp();
	const struct sk_buff *skb = tcp_rtx_queue_head(tp);

	print_message(
		"      %u ms: %s cwnd %u out %u sacked %u lost %u retrans %u srtt %u rto %u rack "
		"%u rtt %u timer %u in %d ms\n",
		acklab_now_ms(), ca_names[tp->ca_state], tp->snd_cwnd, tp->packets_out,
		tp->sacked_out, tp->lost_out, tp->retrans_out, tp->srtt_us >> 3, tp->rto_us,
		tp->rack_end_seq - iss, tp->rack_rtt_us, tp->rtx_purpose,
		(int)((tcp_alarm_ns(tp, TCP_ALARM_RTX) - ktime_ns()) / MS));
	for (; skb; skb = tcp_queue_next(&tp->rtx_queue, skb))
		print_message("      %u:%u/%u %x at %u\n", TCP_SKB_CB(skb)->seq - iss,
			      TCP_SKB_CB(skb)->end_seq - iss, tcp_skb_pcount(skb),
			      TCP_SKB_CB(skb)->sacked, tcp_ms(TCP_SKB_CB(skb)->tx.xmit_ns));
	for (const struct list_head *n = tp->tsorted_sent.next; n != &tp->tsorted_sent; n = n->next)
		print_message("      sent %u\n",
			      container_of(n, struct tcp_skb_cb, tx.tsorted)->seq - iss);
}

void acklab_step(const char *line)
{
	char buf[4096], name[64], value[64];
	const char *bad;

	if (*line == '+') {
		skbox_advance((u64)strtoul(line + 1, NULL, 10) * MS);
	} else if (*line == '<') {
		step_ack(line + 2);
	} else if (*line == '>') {
		gather(buf, sizeof(buf));
		assert_string_equal(buf, line[1] ? line + 2 : "");
	} else if (!strcmp(line, "dump")) {
		dump();
	} else if (!strncmp(line, "write ", 6)) {
		assert_int_equal(acklab_write((u32)strtoul(line + 6, NULL, 10)),
				 strtol(line + 6, NULL, 10));
	} else if (!strncmp(line, "each ", 5)) {
		step_each(line + 5);
	} else if (!strncmp(line, "mtu ", 4)) {
		acklab_icmp_mtu((u32)strtoul(line + 4, NULL, 10));
	} else if (!strncmp(line, "count ", 6)) {
		assert_int_equal(sscanf(line + 6, "%63s %63s", name, value), 2);
		if (counted(name) != strtoul(value, NULL, 10))
			fail_msg("%s is %lu", line, (unsigned long)counted(name));
	} else {
		assert_int_equal(sscanf(line, "%63s %63s", name, value), 2);
		step_check(name, value);
	}
	bad = tcp_rtx_check(acklab_tp());
	if (bad)
		fail_msg("%s", bad);
}

void acklab_run(const char *const *script, u32 n)
{
	running = script;
	for (step = 0; step < n; step++)
		acklab_step(script[step]);
	running = NULL;
}
