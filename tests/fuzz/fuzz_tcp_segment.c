/*
 * Segments and calls, in any order, at a connection in any state. The input is a script: a byte for
 * how the connection is opened, one for what was agreed, one for how far it is closed already, then
 * steps. A segment's numbers are given relative to what the stack expects, so that the fuzzer gets
 * past the first checks; a step may as well be a call of the task's, or time that passes. After
 * each step the sender's books must balance; at the end, with everything closed and reset, no
 * packet, no sock and no byte of memory is left.
 */
#include <stdlib.h>

#include <abi/fcntl.h>
#include <abi/net_if.h>

#include "kernel/arch/host/skbox.h"
#include "net/core/checksum.h"
#include "net/ip/icmp.h"
#include "net/ip/ip.h"
#include "net/transport/tcp_ack.h"
#include "net/transport/tcp_conn.h"

#define IP4(a, b, c, d) htonl((u32)(a) << 24 | (u32)(b) << 16 | (u32)(c) << 8 | (u32)(d))
#define OUR_IP IP4(10, 1, 0, 2)
#define PEER_IP IP4(10, 1, 0, 1)
#define PORT 7000
#define PEER_PORT 2000
#define MAX_STEPS 64
#define MAX_TIME (3 * 3600 * NSEC_PER_SEC) /* of an input: the clock ends after 584 years */

static int dev, listener;
static struct skb_pool_stat pool_before;
static u64 charged_before;
static u32 objects_before;

/* ---- the script ---- */

static const u8 *script, *script_end;

static u8 next8(void)
{
	return script < script_end ? *script++ : 0;
}

static u16 next16(void)
{
	u8 high = next8();

	return (u16)(high << 8 | next8());
}

static u32 next32(void)
{
	u32 high = next16();

	return high << 16 | next16();
}

/* ---- the world ---- */

static int fd;			  /* of the connection; -1: closed, or not yet accepted */
static u16 our_port, active_port; /* of the segments; that connect() has got */
static u32 irs, tsval, told[3];
static bool ts;

static struct tcp_flow flow(void)
{
	return (struct tcp_flow){
		.laddr = OUR_IP, .raddr = PEER_IP, .rport = htons(PEER_PORT), .lport = our_port
	};
}

static struct tcp_sock *the_sock(void)
{
	struct tcp_flow fl = flow();
	struct sock *sk = tcp_lookup_established(&fl, tcp_flow_hash(&fl));

	return sk ? tcp_sk(sk) : NULL;
}

/* What the stack has sent is taken away; it tells our port, and the clock that is to be echoed. */
static u32 tsecr, last_ack_seq;

static void take_output(void)
{
	u8 p[4096];
	size_t len;

	while ((len = skbox_ip_out(dev, p, sizeof(p)))) {
		u8 *th = p + 20;
		u32 hlen = (th[12] >> 4) * 4u;

		if (p[9] != IPPROTO_TCP || len < 40)
			continue;
		our_port = get_be16(th);
		last_ack_seq = get_be32(th + 4) + !!(th[13] & TCPHDR_SYN);
		if (hlen >= 32 && get_be32(th + 20) == 0x0101080a)
			tsecr = get_be32(th + 24);
		else if (hlen >= 40 && th[26] == TCPOPT_TIMESTAMP)
			tsecr = get_be32(th + 28);
	}
}

static struct sockaddr_in address(be32 addr, u16 port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = addr };
}

/* What TCP has taken from its slabs. */
static u32 tcp_objects(void)
{
	static char text[8192];
	u32 sum = 0;

	skbox_proc_read("slabinfo", text, sizeof(text));
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, "tcp", 3))
			sum += (u32)strtoul(line + 16, NULL, 10);
	}
	return sum;
}

static void set_if(int ctl, u32 cmd, be32 addr)
{
	struct ifreq ifr = { .ifr_name = "tun0" };
	struct sockaddr_in sin = address(addr, 0);

	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	if (skbox_ioctl(ctl, cmd, &ifr))
		abort();
}

static void open_listener(void)
{
	struct sockaddr_in sin = address(0, PORT);
	int queue = 16;

	listener = skbox_socket(AF_INET, SOCK_STREAM, 0);
	skbox_fcntl(listener, F_SETFL, O_NONBLOCK);
	skbox_setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue));
	if (skbox_bind(listener, &sin, sizeof(sin)) || skbox_listen(listener, 4))
		abort();
}

ssize_t write(int file, const void *buf, size_t len); /* the machine's */

static void console(const char *text, size_t len)
{
	if (write(2, text, len) < 0)
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct ifreq ifr = { .ifr_name = "tun0", .ifr_flags = IFF_UP };
	int ctl;

	skbox_set_seed(1);
	skbox_set_console(console);
	if (skbox_boot("quiet mem=48M rhash_entries=64"))
		abort();
	dev = skbox_add_ip_device(1500);
	ctl = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	set_if(ctl, SIOCSIFADDR, OUR_IP);
	set_if(ctl, SIOCSIFDSTADDR, PEER_IP);
	if (skbox_ioctl(ctl, SIOCSIFFLAGS, &ifr))
		abort();
	if (skbox_sysctl("net.ipv4.tcp_fastopen", "0x603") ||
	    skbox_sysctl("net.ipv4.tcp_no_metrics_save", "1") ||
	    skbox_sysctl("net.ipv4.tcp_invalid_ratelimit", "0"))
		abort();
	skbox_advance(5 * NSEC_PER_SEC);
	open_listener();
	take_output();
	skb_pool_stat(&pool_before);
	charged_before = tcp_memory_allocated;
	objects_before = tcp_objects();
	return 0;
}

/* ---- a segment ---- */

struct segment {
	u32 seq, ack, len;
	u8 flags, tos, optlen;
	bool ae; /* the flag of accurate ECN that stands before the others */
	u16 win, urg;
	u8 opt[40];
};

static void segment_in(const struct segment *s)
{
	u32 tcp_len = 20u + s->optlen + s->len, len = 20 + tcp_len;
	u8 *p = malloc(len), *th = p + 20;
	struct iphdr *ip = (struct iphdr *)p;
	be16 sum;

	*ip = (struct iphdr){ .ihl_version = 0x45,
			      .tos = s->tos,
			      .tot_len = htons(len),
			      .ttl = 64,
			      .protocol = IPPROTO_TCP,
			      .saddr = PEER_IP,
			      .daddr = OUR_IP };
	ip->check = ip_fast_csum(ip, 5);
	put_be16(th, PEER_PORT);
	put_be16(th + 2, our_port);
	put_be32(th + 4, s->seq);
	put_be32(th + 8, s->ack);
	th[12] = (u8)((20u + s->optlen) << 2 | s->ae);
	th[13] = s->flags;
	put_be16(th + 14, s->win);
	put_be16(th + 16, 0);
	put_be16(th + 18, s->urg);
	memcpy(th + 20, s->opt, s->optlen);
	memset(th + 20 + s->optlen, 'x', s->len);
	sum = csum_fold(csum_partial(th, tcp_len,
				     csum_tcpudp_nofold(PEER_IP, OUR_IP, tcp_len, IPPROTO_TCP, 0)));
	memcpy(th + 16, &sum, 2);
	skbox_ip_in(dev, p, len);
	free(p);
}

static void add_timestamps(struct segment *s)
{
	put_be32(s->opt + s->optlen, 0x0101080a);
	put_be32(s->opt + s->optlen + 4, tsval);
	put_be32(s->opt + s->optlen + 8, tsecr);
	s->optlen += 12;
}

/* A number near one that means something to the connection. */
static u32 near(const struct tcp_sock *tp, u8 what)
{
	switch (what % 8) {
	case 0:
		return tp->rcv_nxt;
	case 1:
		return tp->rcv_wup;
	case 2:
		return tp->rcv_nxt + tcp_receive_window(tp);
	case 3:
		return tp->snd_una;
	case 4:
		return tp->snd_nxt;
	case 5:
		return tp->ooo ? TCP_SKB_CB(tcp_queue_tail(&tp->ooo->queue))->end_seq : tp->rcv_nxt;
	case 6:
		return tp->high_seq;
	}
	return next32();
}

static void add_sacks(struct segment *s, const struct tcp_sock *tp, u32 n)
{
	u8 *p = s->opt + s->optlen;

	n = min(n, (38u - s->optlen) / 8);
	if (!n)
		return;
	p[0] = p[1] = TCPOPT_NOP;
	p[2] = TCPOPT_SACK;
	p[3] = (u8)(2 + 8 * n);
	for (u32 i = 0; i < n; i++) {
		u32 start = tp->snd_una + next8() * (tp->mss_cache / 4u);

		put_be32(p + 4 + 8 * i, start);
		put_be32(p + 8 + 8 * i, start + next8() * (tp->mss_cache / 4u));
	}
	s->optlen = (u8)(s->optlen + 4 + 8 * n);
}

/* The counters of accurate ECN: some of the three, a step ahead of the last ones, or anywhere. */
static void add_accecn(struct segment *s)
{
	u8 how = next8(), n = how & 3;
	u8 *p = s->opt + s->optlen;

	if (s->optlen + 4 + 3 * n > 40)
		return;
	memset(p, TCPOPT_NOP, 4 + 3 * n);
	p[0] = how & 4 ? TCPOPT_ACCECN0 : TCPOPT_ACCECN1;
	p[1] = 2 + 3 * n;
	for (u8 i = 0; i < n; i++) {
		told[i] += how & 8 ? next16() << 8 : next8();
		p[2 + 3 * i] = (u8)(told[i] >> 16);
		put_be16(p + 3 + 3 * i, (u16)told[i]);
	}
	s->optlen = (u8)(s->optlen + 4 + 3 * n);
	while (s->optlen % 4)
		s->opt[s->optlen++] = TCPOPT_NOP;
}

static void add_options(struct segment *s, const struct tcp_sock *tp, u8 how)
{
	s->ae = how & 0x20;
	if (how & 4)
		s->tos = how & 3;
	if (ts && !(how & 0x80)) {
		tsval += how & 0x40 ? (u32)-50 : 1;
		add_timestamps(s);
	}
	if (how & 8)
		add_accecn(s);
	if (tp && (how & 3))
		add_sacks(s, tp, how & 3);
	else if (how & 0x10)
		while (s->optlen < 40)
			s->opt[s->optlen++] = next8();
}

static void step_segment(void)
{
	static const u8 usual[8] = { TCPHDR_ACK,
				     TCPHDR_ACK | TCPHDR_PSH,
				     TCPHDR_ACK | TCPHDR_FIN,
				     TCPHDR_ACK | TCPHDR_URG,
				     TCPHDR_SYN,
				     TCPHDR_SYN | TCPHDR_ACK,
				     TCPHDR_RST,
				     TCPHDR_ACK | TCPHDR_CWR | TCPHDR_ECE };
	const struct tcp_sock *tp = the_sock();
	u8 kind = next8(), where = next8();
	struct segment s = { .flags = kind & 0x80 ? next8() : usual[kind & 7],
			     .win = kind & 0x40 ? next16() : 1000,
			     .tos = kind & 0x20 ? 3 : 0 };

	if (tp) {
		s.seq = near(tp, where);
		s.ack = near(tp, (u8)(where >> 3));
	} else {
		s.seq = irs + 1;
		s.ack = last_ack_seq;
	}
	if (where & 0x40)
		s.seq += (u32)(s16)next16();
	if (where & 0x80)
		s.ack += (u32)(s16)next16();
	if (kind & 0x10)
		s.len = next16() % 1400;
	if (kind & 8)
		s.len = 1;
	if (s.flags & TCPHDR_URG)
		s.urg = next16();
	add_options(&s, tp, next8());
	segment_in(&s);
}

/* ---- an error that quotes a segment of ours ---- */

static bool told_mtu;

static void step_icmp(void)
{
	const struct tcp_sock *tp = the_sock();
	u8 kind = next8(), *p = malloc(56);
	struct iphdr outer = { .ihl_version = 0x45,
			       .tot_len = htons(56),
			       .ttl = 64,
			       .protocol = IPPROTO_ICMP,
			       .saddr = PEER_IP,
			       .daddr = OUR_IP };
	struct iphdr quoted = { .ihl_version = 0x45,
				.tot_len = htons(1500),
				.ttl = 1,
				.protocol = IPPROTO_TCP,
				.saddr = OUR_IP,
				.daddr = PEER_IP };
	be16 sum;

	outer.check = ip_fast_csum(&outer, 5);
	memset(p, 0, 56);
	memcpy(p, &outer, sizeof(outer));
	p[20] = kind & 0x80 ? ICMP_TIME_EXCEEDED : ICMP_DEST_UNREACH;
	p[21] = kind & 15;
	put_be16(p + 26, next16() % 2000);
	memcpy(p + 28, &quoted, sizeof(quoted));
	put_be16(p + 48, our_port);
	put_be16(p + 50, PEER_PORT);
	put_be32(p + 52, tp ? near(tp, kind >> 4) : next32());
	sum = csum_fold(csum_partial(p + 20, 36, 0));
	memcpy(p + 22, &sum, 2);
	skbox_ip_in(dev, p, 56);
	free(p);
	told_mtu |= (kind & 0x8f) == ICMP_FRAG_NEEDED;
}

/* ---- the task ---- */

static void try_accept(void)
{
	if (fd >= 0)
		return;
	fd = skbox_accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	if (fd < 0)
		fd = -1;
}

static void step_option(void)
{
	static const int names[] = { TCP_NODELAY,      TCP_CORK,	 TCP_QUICKACK,
				     TCP_WINDOW_CLAMP, TCP_USER_TIMEOUT, TCP_NOTSENT_LOWAT,
				     TCP_MAXSEG,       TCP_LINGER2,	 TCP_KEEPIDLE };
	int value = next16();
	u8 which = next8();

	if (which < ARRAY_SIZE(names))
		skbox_setsockopt(fd, IPPROTO_TCP, names[which], &value, sizeof(value));
	else if (which & 1)
		skbox_setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof(value));
	else if (which & 2)
		skbox_setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &value, sizeof(value));
	else
		skbox_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof(value));
}

static void close_fd(void)
{
	if (fd >= 0)
		skbox_close(fd);
	fd = -1;
}

static void step_call(u8 which)
{
	static u8 buf[65536];

	try_accept();
	switch (which % 8) {
	case 0:
		skbox_recvfrom(fd, buf, next16(), next8() & (MSG_PEEK | MSG_OOB | MSG_TRUNC), NULL,
			       NULL);
		break;
	case 1:
		skbox_sendto(fd, buf, next16(), next8() & (MSG_OOB | MSG_MORE), NULL, 0);
		break;
	case 2:
		skbox_shutdown(fd, next8() % 3);
		break;
	case 3:
		close_fd();
		break;
	case 4:
		step_option();
		break;
	case 5:
		skbox_read(fd, buf, sizeof(buf));
		break;
	case 6:
		skbox_write(fd, buf, 10);
		break;
	}
}

/* ---- time ---- */

static u64 time_left;

static void step_time(u8 step)
{
	u64 ns = min((u64)next16() * (step & 1 ? 100 : 1) * NSEC_PER_MSEC, time_left);

	time_left -= ns;
	skbox_advance(ns);
}

/* ---- the beginning ---- */

static void peer_syn(u8 agreed, u8 flags, u32 ack, u32 data)
{
	struct segment s = { .seq = irs, .ack = ack, .flags = flags, .win = 65535, .len = data };

	put_be32(s.opt, 0x02040000u | (agreed & 8 ? 100u : 1460u));
	s.optlen = 4;
	if (agreed & 1) {
		put_be32(s.opt + s.optlen, 0x01010402);
		s.optlen += 4;
	}
	ts = agreed & 2;
	if (ts)
		add_timestamps(&s);
	if (agreed & 4) {
		put_be32(s.opt + s.optlen, 0x01030307);
		s.optlen += 4;
	}
	if (agreed & 16)
		s.flags |= TCPHDR_ECE | (flags & TCPHDR_ACK ? 0 : TCPHDR_CWR);
	s.ae = agreed & 64;
	if (s.ae)
		s.tos = agreed >> 6;
	segment_in(&s);
	take_output();
}

static void plain_ack(u8 flags, u32 len)
{
	const struct tcp_sock *tp = the_sock();
	struct segment s = { .seq = tp ? tp->rcv_nxt : irs + 1,
			     .ack = tp ? tp->snd_nxt : last_ack_seq,
			     .flags = TCPHDR_ACK | flags,
			     .win = 1000,
			     .len = len };

	if (ts)
		add_timestamps(&s);
	segment_in(&s);
	take_output();
}

static void active_open(void)
{
	struct sockaddr_in sin = address(PEER_IP, PEER_PORT);

	fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	skbox_fcntl(fd, F_SETFL, O_NONBLOCK);
	skbox_connect(fd, &sin, sizeof(sin));
	take_output();
	active_port = our_port;
}

static void begin(u8 how, u8 agreed)
{
	our_port = PORT;
	sysctl_tcp_mtu_probing = agreed & 128 ? 2 : 0;
	sysctl_tcp_ecn = agreed & 64 ? 3 : agreed & 16 ? 1 : 2;
	switch (how % 8) {
	case 0: /* accepted */
	case 1:
		peer_syn(agreed, TCPHDR_SYN, 0, 0);
		plain_ack(0, 0);
		try_accept();
		break;
	case 2: /* SYN-RECEIVED, a request */
		peer_syn(agreed, TCPHDR_SYN, 0, 0);
		break;
	case 3: /* fast open */
		peer_syn(agreed, TCPHDR_SYN, 0, 100);
		try_accept();
		break;
	case 4: /* a cookie is all there is */
		skbox_sysctl("net.ipv4.tcp_syncookies", "2");
		peer_syn(agreed, TCPHDR_SYN, 0, 0);
		skbox_sysctl("net.ipv4.tcp_syncookies", "1");
		break;
	case 5: /* SYN-SENT */
		active_open();
		ts = agreed & 2;
		break;
	case 6: /* both have sent SYN */
		active_open();
		peer_syn(agreed, TCPHDR_SYN, 0, 0);
		break;
	case 7: /* ours is answered */
		active_open();
		peer_syn(agreed, TCPHDR_SYN | TCPHDR_ACK, last_ack_seq, 0);
		break;
	}
}

static void half_close(u8 how)
{
	switch (how % 8) {
	case 1: /* FIN-WAIT-1, FIN-WAIT-2 */
	case 2:
		skbox_shutdown(fd, 1);
		take_output();
		if (how % 8 == 2)
			plain_ack(0, 0);
		break;
	case 3: /* CLOSE-WAIT, LAST-ACK */
	case 4:
		plain_ack(TCPHDR_FIN, 0);
		if (how % 8 == 4)
			close_fd();
		break;
	case 5: /* orphans */
	case 6:
		close_fd();
		take_output();
		if (how % 8 == 6)
			plain_ack(0, 0);
		break;
	case 7: /* CLOSING */
		skbox_shutdown(fd, 1);
		plain_ack(TCPHDR_FIN, 0);
		break;
	}
	take_output();
}

/* ---- afterwards ---- */

static u32 largest_rcvbuf; /* the task may have made it smaller than what it holds */

static void check_books(void)
{
	const struct tcp_sock *tp = the_sock();
	const char *wrong;

	if (!tp)
		return;
	wrong = tcp_rtx_check(tp);
	if (wrong)
		panic("the sender's books: %s", wrong);
	if (after(tp->copied_seq, tp->rcv_nxt) || after(tp->snd_una, tp->snd_nxt) ||
	    after(tp->snd_nxt, tp->write_seq))
		panic("sequence numbers out of order");
	largest_rcvbuf = max(largest_rcvbuf, tp->sk.rcvbuf);
	if (tp->sk.rmem_alloc > largest_rcvbuf + 3 * SKB_TRUESIZE)
		panic("receive memory %u of %u", tp->sk.rmem_alloc, tp->sk.rcvbuf);
}

/* Everything of the flow to @port. */
static void end_flow(u16 port)
{
	struct tcp_timewait_sock *tw;
	struct tcp_request_sock *req;
	struct tcp_flow fl;
	struct sock *sk;
	u32 hash;

	our_port = port;
	fl = flow();
	hash = tcp_flow_hash(&fl);
	while ((sk = tcp_lookup_established(&fl, hash)))
		tcp_abort(sk, ECONNABORTED);
	while ((tw = tcp_lookup_timewait(&fl, hash)))
		tcp_timewait_kill(tw);
	while ((req = tcp_lookup_request(&fl, hash)))
		tcp_request_drop(req);
}

static void end_all(void)
{
	end_flow(active_port);
	end_flow(PORT);
	close_fd();
	for (;;) {
		try_accept();
		if (fd < 0)
			break;
		close_fd();
	}
	if (tcp_nr_requests()) /* a fast open's, reset: it counts for a minute */
		skbox_advance(300 * NSEC_PER_SEC);
	if (told_mtu) /* the next input's path is as wide as ever */
		skbox_advance(601 * NSEC_PER_SEC);
	told_mtu = false;
	take_output();
}

static void check_leaks(void)
{
	static u32 inputs;
	struct skb_pool_stat now;

	skb_pool_stat(&now);
	if (now.bufs_free != pool_before.bufs_free || now.heads_free != pool_before.heads_free)
		panic("packets leak: %u buffers, %u headers", pool_before.bufs_free - now.bufs_free,
		      pool_before.heads_free - now.heads_free);
	if (tcp_memory_allocated != charged_before)
		panic("memory charged: %lu", (unsigned long)tcp_memory_allocated);
	if (tcp_nr_established() || tcp_nr_timewait() || tcp_nr_requests())
		panic("%u connections, %u in TIME-WAIT, %u requests left", tcp_nr_established(),
		      tcp_nr_timewait(), tcp_nr_requests());
	if (++inputs % 256 == 0 && tcp_objects() != objects_before)
		panic("%u objects of TCP's slabs, %u before", tcp_objects(), objects_before);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u8 how, agreed;

	if (size < 3)
		return 0;
	script = data;
	script_end = data + size;
	fd = -1;
	tsval = 1000;
	time_left = MAX_TIME;
	largest_rcvbuf = 0;
	told[0] = told[2] = 1;
	told[1] = 0;
	how = next8();
	agreed = next8();
	irs = agreed & 32 ? 0xfffffff0 : 1000;
	begin(how, agreed);
	half_close(next8());
	for (u32 i = 0; i < MAX_STEPS && script < script_end; i++) {
		u8 step = next8();

		if (step < 0xa0)
			step_segment();
		else if (step < 0xe0)
			step_call(step);
		else if (step < 0xf0)
			step_time(step);
		else
			step_icmp();
		take_output();
		check_books();
	}
	end_all();
	check_leaks();
	return 0;
}
