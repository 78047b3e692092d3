/* Reading and writing DNS messages: what servers send, what they should not, and whatever else
 * arrives. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define dns_parse skbox_libc_dns_parse
#define dns_next skbox_libc_dns_next
#define dns_build skbox_libc_dns_build
#define dns_name_from_text skbox_libc_dns_name_from_text
#define dns_name_text skbox_libc_dns_name_text
#define dns_name_equal skbox_libc_dns_name_equal
#include "libc/netdb/dns_msg.h"

void skbox_libc_dns_reverse_name(struct in_addr addr, char *name);

/* A message under construction; the header's counts are set by the records put in. */
struct msg {
	uint8_t b[2048];
	size_t n;
};

static void put(struct msg *m, const void *p, size_t n)
{
	assert_true(n <= sizeof(m->b) - m->n);
	memcpy(m->b + m->n, p, n);
	m->n += n;
}

#define PUT(m, bytes) put(m, bytes, sizeof(bytes) - 1)

static void put_name(struct msg *m, const char *text)
{
	struct dns_name name;

	assert_true(dns_name_from_text(text, &name));
	put(m, name.wire, name.len);
}

static void begin(struct msg *m, const char *qname, int type)
{
	const uint8_t tail[4] = { (uint8_t)(type >> 8), (uint8_t)type, 0, 1 };

	m->n = 0;
	PUT(m, "\x12\x34\x81\x80\0\1\0\0\0\0\0\0");
	put_name(m, qname);
	put(m, tail, 4);
}

/* @owner NULL: a pointer to the question's name. @count: the header's counter, 7 for answers. */
static void record(struct msg *m, int count, const char *owner, int type, const void *data,
		   size_t len)
{
	const uint8_t head[10] = { (uint8_t)(type >> 8), (uint8_t)type, 0, 1, 0, 0, 1, 44,
				   (uint8_t)(len >> 8),	 (uint8_t)len };

	if (owner)
		put_name(m, owner);
	else
		PUT(m, "\xc0\x0c");
	put(m, head, 10);
	put(m, data, len);
	m->b[count]++;
}

#define ANSWER(m, owner, type, bytes) record(m, 7, owner, type, bytes, sizeof(bytes) - 1)

/* Parses a copy of the exact size; returns the number of records, -1 if one is bad, -2 if the head
 * is. */
static int parse_all(const void *data, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);
	char text[DNS_TEXT_NAME];
	struct dns_view v;
	struct dns_rr rr;
	int count = 0, more;

	memcpy(copy, data, n);
	if (!dns_parse(copy, n, &v)) {
		free(copy);
		return -2;
	}
	dns_name_text(&v.qname, text);
	while ((more = dns_next(&v, &rr)) > 0) {
		assert_true(rr.data >= copy && rr.len <= n && rr.data + rr.len <= copy + n);
		assert_true(rr.owner.len >= 1 && !rr.owner.wire[rr.owner.len - 1]);
		dns_name_text(&rr.owner, text);
		if (rr.name.len)
			dns_name_text(&rr.name, text);
		count++;
	}
	free(copy);
	return more ? -1 : count;
}

static void names(void **state)
{
	static const char *const good[] = { "a", "www.example.com", "a.b.c.d.e",
					    ".", "x\\.y.z",	    "\\000\\255.b" };
	struct dns_name name, other;
	char text[DNS_TEXT_NAME], longest[300];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(dns_name_from_text(good[i], &name));
		dns_name_text(&name, text);
		assert_string_equal(text, good[i]);
	}
	assert_true(dns_name_from_text("WWW.Example.com.", &name));
	assert_true(dns_name_from_text("www.exAMPLE.com", &other));
	assert_true(dns_name_equal(&name, &other));
	assert_false(dns_name_from_text("", &name));
	assert_false(dns_name_from_text("a..b", &name));
	assert_false(dns_name_from_text(".a", &name));
	assert_false(dns_name_from_text("a\\", &name));
	assert_false(dns_name_from_text("a\\256", &name));
	assert_false(dns_name_from_text("a\\1", &name));
	memset(longest, 'a', sizeof(longest));
	longest[63] = '\0';
	assert_true(dns_name_from_text(longest, &name));
	longest[63] = 'a';
	longest[64] = '\0';
	assert_false(dns_name_from_text(longest, &name));
	memset(longest, 'a', sizeof(longest));
	longest[63] = longest[127] = longest[191] = '.';
	longest[253] = '\0'; /* 255 bytes on the wire */
	assert_true(dns_name_from_text(longest, &name));
	assert_int_equal(name.len, 255);
	longest[253] = 'a';
	longest[254] = '\0';
	assert_false(dns_name_from_text(longest, &name));
}

static void queries(void **state)
{
	static const uint8_t want[] = "\xab\xcd\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1";
	uint8_t buf[DNS_QUERY_MAX];
	struct dns_name name;
	struct dns_view v;
	struct dns_rr rr;
	size_t n;

	dns_name_from_text("www.example.com", &name);
	assert_int_equal(dns_build(buf, 0xabcd, &name, DNS_A, true, false), sizeof(want) - 1);
	assert_memory_equal(buf, want, sizeof(want) - 1);
	n = dns_build(buf, 1, &name, DNS_MX, false, true);
	assert_true(dns_parse(buf, n, &v));
	assert_false(v.response || v.recursion_desired);
	assert_int_equal(v.qtype, DNS_MX);
	assert_int_equal(dns_next(&v, &rr), 1);
	assert_int_equal(rr.type, DNS_OPT);
	assert_int_equal(rr.class, DNS_EDNS_SIZE);
	assert_int_equal(dns_next(&v, &rr), 0);
}

static void reverse_names(void **state)
{
	struct in_addr addr = { .s_addr = 0x0403020a };
	char name[32];

	skbox_libc_dns_reverse_name(addr, name);
	assert_string_equal(name, "4.3.2.10.in-addr.arpa");
}

static void answers(void **state)
{
	char text[DNS_TEXT_NAME];
	struct dns_view v;
	struct dns_rr rr;
	struct msg m;

	begin(&m, "www.example.com", DNS_A);
	ANSWER(&m, NULL, DNS_CNAME, "\4host\xc0\x10");
	ANSWER(&m, "host.example.com", DNS_A, "\xc0\xa8\1\2");
	ANSWER(&m, NULL, DNS_MX, "\0\12\4mail\xc0\x10");
	record(&m, 9, "example.com", DNS_SOA,
	       "\2ns\xc0\x10\4root\xc0\x10\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5", 32);
	record(&m, 11, ".", DNS_TXT, "\3abc\0\2de", 8);
	assert_int_equal(parse_all(m.b, m.n), 5);
	assert_true(dns_parse(m.b, m.n, &v));
	assert_true(v.response && v.recursion_available && !v.truncated && !v.rcode);
	assert_int_equal(v.id, 0x1234);

	assert_int_equal(dns_next(&v, &rr), 1);
	dns_name_text(&rr.name, text);
	assert_string_equal(text, "host.example.com");
	assert_int_equal(rr.ttl, 300);
	assert_true(dns_name_equal(&rr.owner, &v.qname));
	assert_int_equal(dns_next(&v, &rr), 1);
	assert_memory_equal(rr.data, "\xc0\xa8\1\2", 4);
	assert_int_equal(dns_next(&v, &rr), 1);
	assert_int_equal(rr.number[0], 10);
	dns_name_text(&rr.name, text);
	assert_string_equal(text, "mail.example.com");
	assert_int_equal(dns_next(&v, &rr), 1);
	assert_int_equal(rr.section, DNS_AUTHORITY);
	dns_name_text(&rr.rname, text);
	assert_string_equal(text, "root.example.com");
	assert_int_equal(rr.soa[4], 5);
	assert_int_equal(dns_next(&v, &rr), 1);
	assert_int_equal(rr.section, DNS_ADDITIONAL);
	assert_int_equal(dns_next(&v, &rr), 0);
}

/* Every way to cut a good message short must be noticed. */
static void truncation(void **state)
{
	struct msg m;
	size_t n;

	begin(&m, "example.com", DNS_SOA);
	ANSWER(&m, NULL, DNS_SOA,
	       "\2ns\xc0\x0c\4root\xc0\x0c\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5");
	ANSWER(&m, NULL, DNS_TXT, "\3abc\2de");
	assert_int_equal(parse_all(m.b, m.n), 2);
	for (n = 0; n < m.n; n++)
		assert_true(parse_all(m.b, n) < 0);
}

static int one_answer(int type, const void *data, size_t len)
{
	struct msg m;

	begin(&m, "example.com", type);
	record(&m, 7, NULL, type, data, len);
	return parse_all(m.b, m.n);
}

#define ONE(type, bytes) one_answer(type, bytes, sizeof(bytes) - 1)

static void data_that_lies(void **state)
{
	assert_int_equal(ONE(DNS_A, "\1\2\3\4"), 1);
	assert_int_equal(ONE(DNS_A, "\1\2\3"), -1);
	assert_int_equal(ONE(DNS_A, "\1\2\3\4\5"), -1);
	assert_int_equal(ONE(DNS_AAAA, "\1\2\3\4"), -1);
	assert_int_equal(ONE(DNS_CNAME, ""), -1);
	assert_int_equal(ONE(DNS_CNAME, "\3abc"), -1);	  /* no end */
	assert_int_equal(ONE(DNS_CNAME, "\3abc\0x"), -1); /* more behind it */
	assert_int_equal(ONE(DNS_CNAME, "\xc0"), -1);	  /* half a pointer */
	assert_int_equal(ONE(DNS_CNAME, "\x40\0"), -1);	  /* reserved label types */
	assert_int_equal(ONE(DNS_CNAME, "\x80\0"), -1);
	assert_int_equal(ONE(DNS_MX, "\0"), -1);
	assert_int_equal(ONE(DNS_MX, "\0\1"), -1);
	assert_int_equal(ONE(DNS_TXT, ""), -1);
	assert_int_equal(ONE(DNS_TXT, "\4abc"), -1);
	assert_int_equal(ONE(DNS_TXT, "\3abc\1"), -1);
	assert_int_equal(ONE(DNS_TXT, "\0"), 1);
	assert_int_equal(ONE(DNS_SOA, "\0\0\0\0\0\1"), -1);
	assert_int_equal(ONE(99, "anything"), 1);
}

/* "example.com" takes 13 bytes from offset 12, its tail 4; the record's data begins at offset 41.
 */
static void pointers(void **state)
{
	struct msg m;
	int i;

	assert_int_equal(ONE(DNS_CNAME, "\xc0\x0c"), 1);
	assert_int_equal(ONE(DNS_CNAME, "\xc0\x29"), -1);	  /* to itself */
	assert_int_equal(ONE(DNS_CNAME, "\xc0\x2b\xc0\x29"), -1); /* forward, then back */
	assert_int_equal(ONE(DNS_CNAME, "\1a\xc0\x29"), -1);	  /* to its own start */
	assert_int_equal(ONE(DNS_CNAME, "\1a\xc0\x2b"), -1);	  /* to itself, behind a label */
	assert_int_equal(ONE(DNS_CNAME, "\xff\xff"), -1);	  /* beyond the end */
	assert_int_equal(ONE(DNS_CNAME, "\xc0\x00"),
			 -1); /* the header is no name: 0x12 is a label of 18 … */

	/* A chain of pointers, each to the one before, is long but ends. */
	begin(&m, "a", DNS_CNAME);
	ANSWER(&m, NULL, DNS_CNAME, "\xc0\x0c");
	for (i = 0; i < 100; i++) {
		uint16_t at = (uint16_t)(m.n - 2);
		const uint8_t p[2] = { (uint8_t)(0xc0 | at >> 8), (uint8_t)at };

		record(&m, 7, NULL, DNS_CNAME, p, 2);
	}
	assert_int_equal(parse_all(m.b, m.n), 101);
}

/* Names that grow by pointing back and adding a label must stop at 255 bytes. */
static void growing_names(void **state)
{
	uint8_t data[66] = { 63 };
	struct msg m;
	uint16_t at;
	int i;

	memset(data + 1, 'x', 63);
	data[64] = 0xc0;
	data[65] = 12;
	begin(&m, "a", DNS_CNAME);
	for (i = 0; i < 4; i++) {
		record(&m, 7, NULL, DNS_CNAME, data, 66);
		at = (uint16_t)(m.n - 66);
		data[64] = (uint8_t)(0xc0 | at >> 8);
		data[65] = (uint8_t)at;
		assert_int_equal(parse_all(m.b, m.n), i < 3 ? i + 1 : -1);
	}
}

static void heads(void **state)
{
	struct msg m;

	begin(&m, "example.com", DNS_A);
	m.b[7] = 255; /* more answers than there are */
	assert_int_equal(parse_all(m.b, m.n), -1);
	m.b[7] = 0;
	m.b[5] = 0; /* no question */
	assert_int_equal(parse_all(m.b, m.n), -2);
	m.b[5] = 2;
	assert_int_equal(parse_all(m.b, m.n), -2);
	assert_int_equal(parse_all("", 0), -2);
}

/* Good messages with a few bytes changed: nothing to expect but that it stays within the message
 * and ends. */
static void mutations(void **state)
{
	struct msg good, m;
	int i, j;

	begin(&good, "www.example.com", DNS_A);
	ANSWER(&good, NULL, DNS_CNAME, "\4host\xc0\x10");
	ANSWER(&good, "host.example.com", DNS_A, "\xc0\xa8\1\2");
	ANSWER(&good, NULL, DNS_MX, "\0\12\4mail\xc0\x10");
	ANSWER(&good, NULL, DNS_TXT, "\3abc\2de");
	ANSWER(&good, NULL, DNS_SOA,
	       "\2ns\xc0\x0c\4root\xc0\x0c\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5");
	srand(1);
	for (i = 0; i < 200000; i++) {
		m = good;
		for (j = rand() % 4; j >= 0; j--)
			m.b[(size_t)rand() % m.n] = (uint8_t)(rand() % 3 ? rand() : 0xc0);
		parse_all(m.b, (size_t)rand() % 8 ? m.n : (size_t)rand() % (m.n + 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),	 cmocka_unit_test(queries),
		cmocka_unit_test(reverse_names), cmocka_unit_test(answers),
		cmocka_unit_test(truncation),	 cmocka_unit_test(data_that_lies),
		cmocka_unit_test(pointers),	 cmocka_unit_test(growing_names),
		cmocka_unit_test(heads),	 cmocka_unit_test(mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
