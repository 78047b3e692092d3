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

#include "net/ip/ip.h"
#include "net/transport/tcp_ack.h"
#include "tests/fuzz/tcp_peer.h"

#define PORT 7000
#define MAX_STEPS 64
#define MAX_TIME (3 * 3600 * NSEC_PER_SEC) /* of an input: the clock ends after 584 years */

static int listener;
static int fd;		/* of the connection; -1: closed, or not yet accepted */
static u16 active_port; /* that connect() has got */
static struct skb_pool_stat pool_before;
static u64 charged_before;
static u32 objects_before;

/* ---- the world ---- */

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
		if (!strncmp(line, "tcp", 3) || !strncmp(line, "TCP", 3))
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
	peer.dev = skbox_add_ip_device(1500);
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

/* ---- the task ---- */

static void try_accept(void)
{
	if (fd >= 0)
		return;
	fd = skbox_accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	if (fd < 0)
		fd = -1;
}

/* Any option, by its number, set and read; and who governs the sender's speed. */
static void step_any_option(u8 which, int value)
{
	static const char *const governors[] = { "cubic", "bbr", "reno", "none" };
	const char *governor = governors[value & 3];
	u8 back[512];
	unsigned int len = (u8)value;

	if (which & 0x40)
		skbox_setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, governor, (u32)strlen(governor));
	else
		skbox_setsockopt(fd, IPPROTO_TCP, which & 63, &value, sizeof(value));
	skbox_getsockopt(fd, IPPROTO_TCP, which & 63, back, &len);
}

static void step_option(void)
{
	static const int names[] = { TCP_NODELAY,      TCP_CORK,	 TCP_QUICKACK,
				     TCP_WINDOW_CLAMP, TCP_USER_TIMEOUT, TCP_NOTSENT_LOWAT,
				     TCP_MAXSEG,       TCP_LINGER2,	 TCP_KEEPIDLE };
	int value = next16();
	u8 which = next8();

	if (which & 0x80)
		step_any_option(which, value);
	else if (which < ARRAY_SIZE(names))
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

static void active_open(void)
{
	struct sockaddr_in sin = address(PEER_IP, PEER_PORT);

	fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
	skbox_fcntl(fd, F_SETFL, O_NONBLOCK);
	skbox_connect(fd, &sin, sizeof(sin));
	take_output();
	active_port = peer.our_port;
}

static void begin(u8 how, u8 agreed)
{
	peer.our_port = PORT;
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
		peer.ts = agreed & 2;
		break;
	case 6: /* both have sent SYN */
		active_open();
		peer_syn(agreed, TCPHDR_SYN, 0, 0);
		break;
	case 7: /* ours is answered */
		active_open();
		peer_syn(agreed, TCPHDR_SYN | TCPHDR_ACK, peer.last_ack_seq, 0);
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

	peer.our_port = port;
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
	if (peer.told_mtu) /* the next input's path is as wide as ever */
		skbox_advance(601 * NSEC_PER_SEC);
	peer.told_mtu = false;
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
	script_begin(data, size);
	fd = -1;
	peer.tsval = 1000;
	time_left = MAX_TIME;
	largest_rcvbuf = 0;
	peer.told[0] = peer.told[2] = 1;
	peer.told[1] = 0;
	how = next8();
	agreed = next8();
	peer.irs = agreed & 32 ? 0xfffffff0 : 1000;
	begin(how, agreed);
	half_close(next8());
	for (u32 i = 0; i < MAX_STEPS && script_more(); i++) {
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
