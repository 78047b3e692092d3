/*
 * The resolver in a task of the kernel, and the test as the name servers on its wire: retries on
 * the moved clock, the next server, forged answers, aliases, the search list, /etc/hosts, reverse
 * names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlab.h"

#include <dns.h>

#include "libc/netdb/dns_msg.h"
#include "tests/unit/task.h"

/* <netdb.h> would be the machine's. */
struct addrinfo {
	int ai_flags, ai_family, ai_socktype, ai_protocol;
	socklen_t ai_addrlen;
	struct sockaddr *ai_addr;
	char *ai_canonname;
	struct addrinfo *ai_next;
};
#define AI_CANONNAME 2
#define EAI_NONAME (-2)
#define EAI_AGAIN (-3)
#define EAI_NODATA (-5)
#define NI_NAMEREQD 8

int skbox_libc_dns_query(const char *name, int type, const struct dns_options *o,
			 struct dns_answer *a);
void skbox_libc_dns_answer_free(struct dns_answer *a);
bool skbox_libc_dns_parse(const void *msg, size_t len, struct dns_view *v);
int skbox_libc_dns_next(struct dns_view *v, struct dns_rr *rr);
void skbox_libc_dns_name_text(const struct dns_name *name, char *text);
int skbox_libc_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
			   struct addrinfo **res);
void skbox_libc_freeaddrinfo(struct addrinfo *res);
int skbox_libc_getnameinfo(const struct sockaddr *sa, socklen_t len, char *host, socklen_t hlen,
			   char *serv, socklen_t slen, int flags);
int *skbox_libc___errno_location(void);
void *skbox_libc_fopen(const char *path, const char *mode);
int skbox_libc_fputs(const char *s, void *f);
int skbox_libc_fclose(void *f);
int skbox_libc_mkdir(const char *path, mode_t mode);

#define SERVER1 IP4(10, 0, 0, 53)
#define SERVER2 IP4(10, 0, 0, 54)
#define MS 1000000ul

/* ---- the servers ---- */

static struct asked {
	char name[DNS_TEXT_NAME];
	int type;
	be32 server;
	u16 port, id;
	bool edns;
	u8 frame[2048];
} asked;

/* The next query on the wire. What comes for no socket is answered by ICMP, which is not our
 * matter. */
static bool next_query(void)
{
	static u8 frame[2048];
	struct dns_view v;
	struct dns_rr rr;

	library_settle();
	do {
		if (!netlab_out(frame, sizeof(frame)))
			return false;
	} while (frame_ip(frame)->protocol != IPPROTO_UDP);
	memcpy(asked.frame, frame, sizeof(frame));
	assert_int_equal(frame_udp(asked.frame)->dest, htons(53));
	assert_true(skbox_libc_dns_parse(frame_data(asked.frame),
					 ntohs(frame_udp(asked.frame)->len) - 8u, &v));
	assert_false(v.response);
	assert_true(v.recursion_desired);
	skbox_libc_dns_name_text(&v.qname, asked.name);
	asked.type = v.qtype;
	asked.server = frame_ip(asked.frame)->daddr;
	asked.port = ntohs(frame_udp(asked.frame)->source);
	asked.id = v.id;
	asked.edns = skbox_libc_dns_next(&v, &rr) == 1 && rr.type == DNS_OPT;
	return true;
}

static void expect_query(const char *name, int type, be32 server)
{
	assert_true(next_query());
	assert_string_equal(asked.name, name);
	assert_int_equal(asked.type, type);
	assert_int_equal(asked.server, server);
}

/* An answer under construction: the question, then records. */
static struct answer {
	u8 b[1400];
	u32 n;
} answer;

static void begin_answer(int rcode)
{
	const u8 *q = frame_data(asked.frame);
	u32 end = 12;

	while (q[end])
		end += q[end] + 1u;
	answer.n = end + 5;
	memcpy(answer.b, q, answer.n);
	memset(answer.b + 6, 0, 6);
	answer.b[2] = 0x81;
	answer.b[3] = (u8)(0x80 | rcode);
}

/* A record of the question's name, or of @owner in wire form. */
static void add_record(const char *owner, int type, const void *data, u32 len)
{
	u8 *p = answer.b + answer.n;
	u32 n = owner ? (u32)strlen(owner) + 1 : 2;

	memcpy(p, owner ? owner : "\xc0\x0c", n);
	p += n;
	put_be16(p, (u16)type);
	put_be16(p + 2, 1);
	put_be32(p + 4, 60);
	put_be16(p + 8, (u16)len);
	memcpy(p + 10, data, len);
	answer.n += n + 10 + len;
	answer.b[7]++;
}

static void send_from(be32 saddr, u16 sport)
{
	netlab_udp_in(&(struct udp_frame){ .saddr = saddr,
					   .sport = sport,
					   .dport = asked.port,
					   .data = answer.b,
					   .len = answer.n });
	library_settle();
}

static void send_answer(void)
{
	send_from(asked.server, 53);
}

static void answer_address(const char *address)
{
	begin_answer(DNS_NOERROR);
	add_record(NULL, DNS_A, address, 4);
	send_answer();
}

static void answer_rcode(int rcode)
{
	begin_answer(rcode);
	send_answer();
}

/* ---- the task: one query with two servers, 100 ms and two rounds ---- */

static struct {
	const char *name;
	int type;
	int ret, err, rcode, records;
	bool truncated;
	be32 address;
	char canonical[100];
} q;

static int query_main(int argc, char **argv)
{
	struct dns_options o = { .nservers = 2, .timeout_ms = 100, .attempts = 2 };
	struct dns_answer a;
	struct dns_record *r;

	o.servers[0] = netlab_addr(SERVER1, 53);
	o.servers[1] = netlab_addr(SERVER2, 53);
	q.ret = skbox_libc_dns_query(q.name, q.type, &o, &a);
	q.err = *skbox_libc___errno_location();
	if (q.ret)
		return 0;
	q.rcode = a.rcode;
	q.truncated = a.truncated;
	snprintf(q.canonical, sizeof(q.canonical), "%s", a.canonical);
	for (r = a.records; r; r = r->next) {
		q.records++;
		if (r->type == DNS_A)
			q.address = r->a.s_addr;
	}
	skbox_libc_dns_answer_free(&a);
	return 0;
}

static int begin_query(const char *name, int type)
{
	memset(&q, 0, sizeof(q));
	q.name = name;
	q.type = type;
	return task_begin(query_main);
}

static void a_plain_answer(void **state)
{
	int pid = begin_query("www.example.com", DNS_A);
	u16 id, port;

	expect_query("www.example.com", DNS_A, SERVER1);
	assert_false(asked.edns);
	id = asked.id;
	port = asked.port;
	answer_address("\1\2\3\4");
	task_end(pid);
	assert_int_equal(q.ret, 0);
	assert_int_equal(q.address, IP4(1, 2, 3, 4));
	assert_string_equal(q.canonical, "www.example.com");

	pid = begin_query("www.example.com", DNS_A);
	assert_true(next_query());
	assert_int_not_equal(asked.id, id);
	assert_int_not_equal(asked.port, port);
	answer_rcode(DNS_NXDOMAIN);
	task_end(pid);
	assert_int_equal(q.ret, 0);
	assert_int_equal(q.rcode, DNS_NXDOMAIN);
}

/* Server after server, then all again with twice the time. */
static void silence(void **state)
{
	int pid = begin_query("a.b", DNS_A);

	expect_query("a.b", DNS_A, SERVER1);
	netlab_advance(99 * MS);
	assert_false(next_query());
	netlab_advance(2 * MS);
	expect_query("a.b", DNS_A, SERVER2);
	netlab_advance(101 * MS);
	expect_query("a.b", DNS_A, SERVER1);
	netlab_advance(101 * MS);
	assert_false(next_query());
	netlab_advance(101 * MS);
	expect_query("a.b", DNS_A, SERVER2);
	netlab_advance(202 * MS);
	task_end(pid);
	assert_int_equal(q.ret, -1);
	assert_int_equal(q.err, ETIMEDOUT);
}

static void a_lost_query(void **state)
{
	int pid = begin_query("a.b", DNS_A);

	expect_query("a.b", DNS_A, SERVER1);
	netlab_advance(101 * MS);
	expect_query("a.b", DNS_A, SERVER2);
	answer_address("\5\5\5\5");
	task_end(pid);
	assert_int_equal(q.address, IP4(5, 5, 5, 5));
}

/* None of these ends the wait, nor makes it longer. */
static void forged_answers(void **state)
{
	int pid = begin_query("a.b", DNS_A);

	expect_query("a.b", DNS_A, SERVER1);
	begin_answer(DNS_NOERROR);
	add_record(NULL, DNS_A, "\6\6\6\6", 4);
	send_from(SERVER2, 53); /* another server */
	send_from(SERVER1, 54); /* another port */
	answer.b[0] ^= 1;	/* another id */
	send_answer();
	answer.b[0] ^= 1;
	answer.b[13] ^= 1; /* another question */
	send_answer();
	answer.b[13] ^= 1;
	answer.b[2] ^= 0x80; /* a query */
	send_answer();
	answer.b[2] ^= 0x80;
	answer.b[2] |= 0x10; /* another opcode */
	send_answer();
	answer.n = 11;
	send_answer();
	answer.n = 0;
	send_answer();
	assert_false(next_query());
	netlab_advance(50 * MS);
	answer_address("\1\1\1\1");
	task_end(pid);
	assert_int_equal(q.address, IP4(1, 1, 1, 1));
}

static void failing_servers(void **state)
{
	int pid = begin_query("a.b", DNS_A);

	expect_query("a.b", DNS_A, SERVER1);
	answer_rcode(DNS_SERVFAIL);
	expect_query("a.b", DNS_A, SERVER2);
	answer_address("\1\1\1\1");
	task_end(pid);
	assert_int_equal(q.address, IP4(1, 1, 1, 1));

	pid = begin_query("a.b", DNS_A);
	expect_query("a.b", DNS_A, SERVER1);
	netlab_icmp_error(3, 3, 0, asked.frame); /* port unreachable */
	expect_query("a.b", DNS_A, SERVER2);
	begin_answer(DNS_NOERROR);
	add_record(NULL, DNS_A, "\1\1\1", 3); /* malformed */
	send_answer();
	expect_query("a.b", DNS_A, SERVER1);
	answer_rcode(DNS_REFUSED);
	expect_query("a.b", DNS_A, SERVER2);
	answer_rcode(DNS_REFUSED);
	task_end(pid);
	assert_int_equal(q.ret, 0);
	assert_int_equal(q.rcode, DNS_REFUSED);
}

static void aliases(void **state)
{
	int pid = begin_query("a.b", DNS_A);

	expect_query("a.b", DNS_A, SERVER1);
	begin_answer(DNS_NOERROR);
	add_record(NULL, DNS_CNAME, "\1c\1d", 5);
	add_record("\1C\1D", DNS_A, "\2\2\2\2", 4); /* case does not matter */
	send_answer();
	task_end(pid);
	assert_int_equal(q.records, 2);
	assert_int_equal(q.address, IP4(2, 2, 2, 2));
	assert_string_equal(q.canonical, "c.d");

	/* The server leaves the rest to us. */
	pid = begin_query("a.b", DNS_A);
	expect_query("a.b", DNS_A, SERVER1);
	begin_answer(DNS_NOERROR);
	add_record(NULL, DNS_CNAME, "\1c\1d", 5);
	send_answer();
	expect_query("c.d", DNS_A, SERVER1);
	answer_address("\3\3\3\3");
	task_end(pid);
	assert_int_equal(q.address, IP4(3, 3, 3, 3));

	/* An alias of itself. */
	pid = begin_query("a.b", DNS_A);
	for (int i = 0; i < 8; i++) {
		expect_query("a.b", DNS_A, SERVER1);
		begin_answer(DNS_NOERROR);
		add_record(NULL, DNS_CNAME, "\1a\1b", 5);
		send_answer();
	}
	task_end(pid);
	assert_int_equal(q.ret, 0);
}

static void truncated_answers(void **state)
{
	int pid = begin_query("a.b", DNS_TXT);

	expect_query("a.b", DNS_TXT, SERVER1);
	begin_answer(DNS_NOERROR);
	answer.b[2] |= 2;
	send_answer();
	expect_query("a.b", DNS_TXT, SERVER1);
	assert_true(asked.edns);
	begin_answer(DNS_NOERROR);
	add_record(NULL, DNS_TXT, "\3abc", 4);
	send_answer();
	task_end(pid);
	assert_int_equal(q.records, 1);
	assert_false(q.truncated);

	/* A server that knows no EDNS: the short answer must do. */
	pid = begin_query("a.b", DNS_TXT);
	expect_query("a.b", DNS_TXT, SERVER1);
	begin_answer(DNS_NOERROR);
	answer.b[2] |= 2;
	send_answer();
	expect_query("a.b", DNS_TXT, SERVER1);
	answer_rcode(DNS_FORMERR);
	expect_query("a.b", DNS_TXT, SERVER1);
	begin_answer(DNS_NOERROR);
	answer.b[2] |= 2;
	add_record(NULL, DNS_TXT, "\3abc", 4);
	answer.n -= 2;
	send_answer();
	task_end(pid);
	assert_int_equal(q.ret, 0);
	assert_true(q.truncated);
}

static void names_that_are_none(void **state)
{
	int pid = begin_query("a..b", DNS_A);

	task_end(pid);
	assert_int_equal(q.ret, -1);
	assert_int_equal(q.err, EINVAL);
}

/* ---- getaddrinfo and getnameinfo, with files in /etc ---- */

static struct {
	const char *name, *service;
	int err, n;
	be32 address;
	u16 port;
	char canonical[100];
	be32 reverse;
} g;

static int write_file(const char *path, const char *text)
{
	void *f = skbox_libc_fopen(path, "w");

	EXPECT(f && skbox_libc_fputs(text, f) >= 0 && !skbox_libc_fclose(f));
	return 0;
}

static int files_main(int argc, char **argv)
{
	skbox_libc_mkdir("/etc", 0755);
	EXPECT(!write_file("/etc/resolv.conf",
			   "# the name servers\nnameserver 10.0.0.53\nnameserver nonsense\n"
			   "search lan.net example.com\noptions timeout:1 attempts:1 ndots:2\n"));
	EXPECT(!write_file("/etc/hosts",
			   "127.0.0.1 localhost\n10.9.9.9 box.lan box # me\n10.9.9.10 box\n"));
	EXPECT(!write_file("/etc/services", "echo 7/udp\nspecial 4711/udp odd # ours\n"));
	return 0;
}

static int lookup_main(int argc, char **argv)
{
	const struct addrinfo hints = { .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *res, *ai;
	struct sockaddr_in sin;

	g.err = skbox_libc_getaddrinfo(g.name, g.service, &hints, &res);
	if (g.err)
		return 0;
	memcpy(&sin, res->ai_addr, sizeof(sin));
	g.address = sin.sin_addr.s_addr;
	g.port = ntohs(sin.sin_port);
	snprintf(g.canonical, sizeof(g.canonical), "%s", res->ai_canonname);
	for (ai = res; ai; ai = ai->ai_next)
		g.n++;
	skbox_libc_freeaddrinfo(res);
	return 0;
}

static int begin_lookup(const char *name, const char *service)
{
	memset(&g, 0, sizeof(g));
	g.name = name;
	g.service = service;
	return task_begin(lookup_main);
}

static void from_the_hosts_file(void **state)
{
	task_end(begin_lookup("BOX", "odd"));
	assert_int_equal(g.err, 0);
	assert_int_equal(g.n, 2);
	assert_int_equal(g.address, IP4(10, 9, 9, 9));
	assert_string_equal(g.canonical, "box.lan");
	assert_int_equal(g.port, 4711);
	task_end(begin_lookup("x.localhost", "syslog")); /* never asked for */
	assert_int_equal(g.address, IP4(127, 0, 0, 1));
	assert_int_equal(g.port, 514);
	task_end(begin_lookup("192.168.7", "65535"));
	assert_int_equal(g.address, IP4(192, 168, 0, 7));
}

static void search_list(void **state)
{
	int pid = begin_lookup("host.x", "53"); /* one dot: the list comes first */

	expect_query("host.x.lan.net", DNS_A, SERVER1);
	answer_rcode(DNS_NXDOMAIN);
	expect_query("host.x.example.com", DNS_A, SERVER1);
	answer_address("\4\4\4\4");
	task_end(pid);
	assert_int_equal(g.address, IP4(4, 4, 4, 4));
	assert_string_equal(g.canonical, "host.x.example.com");

	pid = begin_lookup("a.b.c", "53");
	expect_query("a.b.c", DNS_A, SERVER1);
	answer_rcode(DNS_NOERROR); /* exists, without addresses */
	expect_query("a.b.c.lan.net", DNS_A, SERVER1);
	answer_rcode(DNS_NXDOMAIN);
	expect_query("a.b.c.example.com", DNS_A, SERVER1);
	answer_rcode(DNS_NXDOMAIN);
	task_end(pid);
	assert_int_equal(g.err, EAI_NODATA);

	pid = begin_lookup("abs.", "53");
	expect_query("abs", DNS_A, SERVER1);
	answer_rcode(DNS_NXDOMAIN);
	task_end(pid);
	assert_int_equal(g.err, EAI_NONAME);
}

static void no_server_answers(void **state)
{
	int pid = begin_lookup("abs.", "53");

	expect_query("abs", DNS_A, SERVER1);
	netlab_advance(1001 * MS);
	task_end(pid);
	assert_int_equal(g.err, EAI_AGAIN);
}

/* An answer may hold records of other names; they are not what was asked for. */
static void records_of_others(void **state)
{
	int pid = begin_lookup("a.", "53");

	expect_query("a", DNS_A, SERVER1);
	begin_answer(DNS_NOERROR);
	add_record("\1x", DNS_A, "\6\6\6\6", 4);
	add_record(NULL, DNS_A, "\7\7\7\7", 4);
	send_answer();
	task_end(pid);
	assert_int_equal(g.n, 1);
	assert_int_equal(g.address, IP4(7, 7, 7, 7));
}

static int reverse_main(int argc, char **argv)
{
	struct sockaddr_in sin = netlab_addr(g.reverse, 7);
	char service[8];

	g.err = skbox_libc_getnameinfo((struct sockaddr *)&sin, sizeof(sin), g.canonical, 100,
				       service, 8, NI_NAMEREQD);
	EXPECT(g.err || !strcmp(service, "echo"));
	return 0;
}

static int begin_reverse(be32 addr)
{
	memset(&g, 0, sizeof(g));
	g.reverse = addr;
	return task_begin(reverse_main);
}

static void reverse_names(void **state)
{
	int pid;

	task_end(begin_reverse(IP4(10, 9, 9, 9)));
	assert_string_equal(g.canonical, "box.lan");

	pid = begin_reverse(IP4(10, 2, 3, 4));
	expect_query("4.3.2.10.in-addr.arpa", DNS_PTR, SERVER1);
	begin_answer(DNS_NOERROR);
	add_record(NULL, DNS_PTR, "\4host\3lan", 10);
	send_answer();
	task_end(pid);
	assert_int_equal(g.err, 0);
	assert_string_equal(g.canonical, "host.lan");

	/* What would move the terminal's cursor is no name. */
	pid = begin_reverse(IP4(10, 2, 3, 4));
	assert_true(next_query());
	begin_answer(DNS_NOERROR);
	add_record(NULL, DNS_PTR, "\4\33[2J\3lan", 10);
	send_answer();
	task_end(pid);
	assert_int_equal(g.err, EAI_NONAME);
}

/* Ctrl-C in the middle of it: nothing is left behind (netlab_end looks). */
static void interrupted(void **state)
{
	int pid = begin_query("a.b", DNS_A);
	int status;

	expect_query("a.b", DNS_A, SERVER1);
	task_signal(task_find(pid), SIGINT);
	library_settle();
	assert_int_equal(task_wait(pid, &status, WNOHANG), pid);
	assert_int_equal(status, SIGINT);
}

static int setup(void **state)
{
	netlab_setup(state);
	task_begin(task_init);
	task_end(task_begin(files_main));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(a_plain_answer),      lab_test(silence),
		lab_test(a_lost_query),	       lab_test(forged_answers),
		lab_test(failing_servers),     lab_test(aliases),
		lab_test(truncated_answers),   lab_test(names_that_are_none),
		lab_test(from_the_hosts_file), lab_test(search_list),
		lab_test(no_server_answers),   lab_test(records_of_others),
		lab_test(reverse_names),       lab_test(interrupted),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
