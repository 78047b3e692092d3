/*
 * /proc files that are made in pieces: thousands of sockets, connections and routes, of which some
 * go and others come while the file is read. Whoever is there all the time comes just once; and the
 * reader's memory does not grow with the file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "netlab.h"

#include <abi/syscall.h>

#include "kernel/arch/host/skbox.h"
#include "kernel/proc.h"
#include "kernel/syscall.h"
#include "net/ip/route.h"
#include "net/link/netdevice.h"
#include "net/transport/tcp.h"
#include "net/transport/tcp_table.h"
#include "net/transport/udp_table.h"

#define NR 20000
#define ALL (2 * NR) /* the second half comes later */

static bool there[ALL], touched[ALL];
static u32 seen[ALL];
static struct sock *socks[ALL];

/* Each has an address that bears its number. */
static be32 addr_of(u32 i)
{
	return IP4(20 + (i >> 16), i >> 8 & 255, i & 255, 1);
}

static u32 number_of(be32 addr)
{
	u32 v = ntohl(addr);

	assert_int_equal(v & 255, 1);
	return ((v >> 24) - 20) << 16 | (v >> 8 & 0xffff);
}

/* ---- what there is thousands of ---- */

/* Half of them on one port, as a server has them: all in one bucket. */
static void udp_make(u32 i)
{
	struct sock *sk = socks[i] = sk_alloc(&udp_prot, AF_INET);

	assert_non_null(sk);
	sk->reuseport = true;
	sk->rcv_saddr = OUR_IP;
	sk->daddr = addr_of(i);
	sk->dport = htons(9);
	local_bh_disable();
	assert_int_equal(udp_get_port(sk, i % 2 ? 53 : (u16)(1024 + i)), 0);
	local_bh_enable();
}

static void udp_drop(u32 i)
{
	local_bh_disable();
	udp_unhash(socks[i]);
	sock_put(socks[i]);
	local_bh_enable();
}

static void tcp_make(u32 i)
{
	struct sock *sk = socks[i] = sk_alloc(&tcp_prot, AF_INET);

	assert_non_null(sk);
	assert_int_equal(tcp_prot.init(sk), 0);
	sk->rcv_saddr = OUR_IP;
	sk->num = 80;
	sk->daddr = addr_of(i);
	sk->dport = htons(9);
	sk->state = TCP_ESTABLISHED;
	local_bh_disable();
	tcp_hash(sk);
	local_bh_enable();
}

static void tcp_drop(u32 i)
{
	local_bh_disable();
	tcp_unhash(socks[i]);
	sock_put(socks[i]);
	local_bh_enable();
}

static struct route_config config_of(u32 i)
{
	return (struct route_config){ .dst = addr_of(i),
				      .len = 32,
				      .type = RTN_UNICAST,
				      .scope = RT_SCOPE_LINK,
				      .dev = dev_get_by_name("eth0") };
}

static void route_make(u32 i)
{
	struct route_config cfg = config_of(i);

	assert_int_equal(ip_route_add(&cfg), 0);
}

static void route_drop(u32 i)
{
	struct route_config cfg = config_of(i);

	assert_int_equal(ip_route_del(&cfg), 0);
}

/* ---- what the files say of them: the address that bears the number; 0: another line ---- */

static be32 hex_peer(const char *line)
{
	unsigned int local, lport, peer;

	return sscanf(line, "%*d: %x:%x %x:", &local, &lport, &peer) == 3 ? peer : 0;
}

static be32 diag_peer(const char *line)
{
	unsigned int a, b, c, d;

	return sscanf(line, "ESTAB 0 0 10.0.0.2:80 %u.%u.%u.%u:9 ", &a, &b, &c, &d) == 4 ?
		       IP4(a, b, c, d) :
		       0;
}

static be32 route_dst(const char *line)
{
	unsigned int dst;

	return sscanf(line, "eth0\t%x\t", &dst) == 1 && (dst & 255) == 20 ? dst : 0;
}

static be32 fib_dst(const char *line)
{
	unsigned int dst;

	return sscanf(line, "254 1 %x 32 ", &dst) == 1 && (dst & 255) == 20 ? dst : 0;
}

struct kind {
	const char *path;
	void (*make)(u32 i);
	void (*drop)(u32 i);
	be32 (*parse)(const char *line);
};

static const struct kind kinds[] = {
	{ "/proc/net/udp", udp_make, udp_drop, hex_peer },
	{ "/proc/net/tcp", tcp_make, tcp_drop, hex_peer },
	{ "/proc/net/tcp_diag", tcp_make, tcp_drop, diag_peer },
	{ "/proc/net/route", route_make, route_drop, route_dst },
	{ "/proc/net/fib", route_make, route_drop, fib_dst },
};

/* ---- reading ---- */

static void flip(const struct kind *f, u32 i)
{
	(there[i] ? f->drop : f->make)(i);
	there[i] = !there[i];
	touched[i] = true;
}

/* One in four of those that are there goes or comes again; new ones come. */
static void change_some(const struct kind *f)
{
	for (u32 n = 0; n < 20; n++) {
		flip(f, random_below(NR / 4) * 4);
		flip(f, NR + random_below(NR));
	}
}

static void note_line(const struct kind *f, const char *line)
{
	be32 addr = f->parse(line);

	if (addr) {
		assert_in_range(number_of(addr), 0, ALL - 1);
		seen[number_of(addr)]++;
	}
}

static u64 memory_free(void)
{
	struct mem_info mem;

	mem_info(&mem);
	return mem.free;
}

/* Reads all of it in pieces of random sizes, calls @between them; bytes of memory that it took. */
static u64 read_file(const struct kind *f, void (*between)(const struct kind *f))
{
	static char line[4096], buf[6000];
	u64 before = memory_free(), least = before;
	long fd = sys_open(f->path, O_RDONLY, 0), n;
	size_t len = 0;

	memset(seen, 0, sizeof(seen));
	assert_true(fd >= 0);
	while ((n = sys_read((int)fd, buf, 1 + random_below(sizeof(buf)))) > 0) {
		for (long i = 0; i < n; i++) {
			assert_true(len < sizeof(line) - 1);
			line[len++] = buf[i];
			if (buf[i] != '\n')
				continue;
			line[len] = '\0';
			note_line(f, line);
			len = 0;
		}
		least = min(least, memory_free());
		if (between)
			between(f);
	}
	assert_int_equal(n, 0);
	assert_int_equal(len, 0); /* the last line is whole */
	sys_close((int)fd);
	return before - least;
}

static void begin(const struct kind *f)
{
	memset(touched, 0, sizeof(touched));
	for (u32 i = 0; i < NR; i++) {
		f->make(i);
		there[i] = true;
	}
}

static void end(const struct kind *f)
{
	for (u32 i = 0; i < ALL; i++) {
		if (there[i])
			f->drop(i);
		there[i] = false;
	}
}

static void who_stays_comes_once(const struct kind *f)
{
	begin(f);
	assert_true(read_file(f, NULL) <= 64 * 1024);
	for (u32 i = 0; i < NR; i++)
		assert_int_equal(seen[i], 1);
	read_file(f, change_some);
	for (u32 i = 0; i < ALL; i++) {
		if (!touched[i] && seen[i] != there[i])
			fail_msg("%s: %u came %u times", f->path, i, seen[i]);
	}
	end(f);
}

static void sockets(void **state)
{
	who_stays_comes_once(&kinds[0]);
}

static void connections(void **state)
{
	who_stays_comes_once(&kinds[1]);
	who_stays_comes_once(&kinds[2]);
}

/* The table begins with 16 buckets and grows while it is read. */
static void routes(void **state)
{
	who_stays_comes_once(&kinds[3]);
	who_stays_comes_once(&kinds[4]);
}

static u32 next_to_come;

static void add_many(const struct kind *f)
{
	for (u32 n = 0; n < 2000 && next_to_come < ALL; n++, next_to_come++) {
		f->make(next_to_come);
		there[next_to_come] = true;
	}
}

static void a_table_that_grows_while_it_is_read(void **state)
{
	const struct kind *f = &kinds[3];

	for (u32 i = 0; i < 500; i++) {
		f->make(i);
		there[i] = true;
	}
	next_to_come = 500;
	read_file(f, add_many);
	assert_int_equal(next_to_come, ALL);
	for (u32 i = 0; i < 500; i++)
		assert_int_equal(seen[i], 1);
	end(f);
}

/* ---- seeking ---- */

static void what_is_read_at_a_place_is_what_stands_there(void **state)
{
	static char whole[8 << 20], part[3000];
	const struct kind *f = &kinds[3];
	size_t len = 0;
	long fd, n;

	begin(f);
	fd = sys_open(f->path, O_RDONLY, 0);
	while ((n = sys_read((int)fd, whole + len, sizeof(whole) - len)) > 0)
		len += (size_t)n;
	assert_true(len > (size_t)NR * 128);
	for (u32 i = 0; i < 30; i++) {
		u32 at = random_below((u32)len);

		assert_int_equal(sys_lseek((int)fd, at, SEEK_SET), at);
		n = sys_read((int)fd, part, sizeof(part));
		assert_true(n > 0);
		assert_memory_equal(part, whole + at, n);
	}
	assert_int_equal(sys_lseek((int)fd, (off_t)len + 7, SEEK_SET), len + 7);
	assert_int_equal(sys_read((int)fd, part, sizeof(part)), 0);
	assert_int_equal(sys_lseek((int)fd, 0, SEEK_END), -EINVAL);
	sys_close((int)fd);
	end(f);
}

static int boot(void **state)
{
	return netlab_boot("quiet mem=192M");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockets),
		cmocka_unit_test(connections),
		cmocka_unit_test(routes),
		cmocka_unit_test(a_table_that_grows_while_it_is_read),
		cmocka_unit_test(what_is_read_at_a_place_is_what_stands_there),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
