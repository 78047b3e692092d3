/*
 * DHCP messages: what servers send, what they should not, and that what the client builds can be
 * read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "apps/dhcp/packet.h"

struct msg {
	uint8_t b[1024];
	size_t len;
};

static void begin(struct msg *m, uint8_t type)
{
	static const uint8_t cookie[4] = { 99, 130, 83, 99 };

	memset(m, 0, sizeof(*m));
	m->b[0] = 2;
	m->b[1] = 1;
	m->b[2] = 6;
	memcpy(m->b + 4, "\x11\x22\x33\x44", 4);
	memcpy(m->b + 16, "\x0a\x00\x02\x0f", 4);
	memcpy(m->b + 28, "\x02\x00\x00\x00\x00\x01", 6);
	memcpy(m->b + 236, cookie, 4);
	m->len = 240;
	if (type) {
		m->b[m->len++] = 53;
		m->b[m->len++] = 1;
		m->b[m->len++] = type;
	}
}

static void put(struct msg *m, uint8_t code, const void *data, uint8_t len)
{
	m->b[m->len++] = code;
	m->b[m->len++] = len;
	memcpy(m->b + m->len, data, len);
	m->len += len;
}

static void end(struct msg *m)
{
	m->b[m->len++] = 255;
}

/* On a block of exactly its size, so that the sanitizer sees one byte too far. */
static bool parse(const struct msg *m, struct dhcp_view *v)
{
	uint8_t *copy = malloc(m->len ? m->len : 1);
	bool ok;

	memcpy(copy, m->b, m->len);
	ok = dhcp_parse(copy, m->len, v);
	free(copy);
	return ok;
}

static void test_ack(void **state)
{
	struct dhcp_view v;
	struct msg m;

	begin(&m, DHCPACK);
	put(&m, 54, "\x0a\x00\x02\x02", 4);
	put(&m, 1, "\xff\xff\xff\x00", 4);
	put(&m, 3, "\x0a\x00\x02\x02\x0a\x00\x02\x03", 8);
	put(&m, 6, "\x0a\x00\x02\x03\x08\x08\x08\x08", 8);
	put(&m, 51, "\x00\x01\x51\x80", 4);
	put(&m, 58, "\x00\x00\xa8\xc0", 4);
	put(&m, 59, "\x00\x01\x27\x50", 4);
	put(&m, 26, "\x05\x78", 2);
	put(&m, 28, "\x0a\x00\x02\xff", 4);
	put(&m, 15, "example.org\0", 12);
	put(&m, 12, "walker", 6);
	end(&m);
	assert_true(parse(&m, &v));
	assert_int_equal(v.type, DHCPACK);
	assert_int_equal(v.xid, 0x11223344);
	assert_int_equal(v.yiaddr, inet_addr("10.0.2.15"));
	assert_int_equal(v.server_id, inet_addr("10.0.2.2"));
	assert_int_equal(v.mask, inet_addr("255.255.255.0"));
	assert_int_equal(v.router, inet_addr("10.0.2.2"));
	assert_int_equal(v.nr_dns, 2);
	assert_int_equal(v.dns[1], inet_addr("8.8.8.8"));
	assert_int_equal(v.lease, 86400);
	assert_int_equal(v.t1, 43200);
	assert_int_equal(v.t2, 75600);
	assert_int_equal(v.mtu, 1400);
	assert_int_equal(v.broadcast, inet_addr("10.0.2.255"));
	assert_string_equal(v.domain, "example.org");
	assert_string_equal(v.hostname, "walker");
	assert_memory_equal(v.chaddr, "\x02\0\0\0\0\x01", 6);
}

static void test_not_ours(void **state)
{
	struct dhcp_view v;
	struct msg m;

	begin(&m, DHCPOFFER);
	end(&m);
	assert_true(parse(&m, &v));
	m.b[0] = 1; /* a request */
	assert_false(parse(&m, &v));
	begin(&m, DHCPOFFER);
	m.b[2] = 16; /* no Ethernet address */
	assert_false(parse(&m, &v));
	begin(&m, DHCPOFFER);
	m.b[236] = 0; /* BOOTP */
	assert_false(parse(&m, &v));
	begin(&m, 0); /* no message type */
	end(&m);
	assert_false(parse(&m, &v));
	begin(&m, 9);
	assert_false(parse(&m, &v));
}

static void test_every_truncation(void **state)
{
	struct dhcp_view v;
	struct msg m;

	begin(&m, DHCPACK);
	put(&m, 1, "\xff\xff\xff\x00", 4);
	put(&m, 121, "\x18\xc0\x00\x02\x0a\x00\x00\x01", 8);
	put(&m, 15, "example", 7);
	end(&m);
	for (size_t len = m.len; len-- > 0;) {
		struct msg cut = m;

		cut.len = len;
		assert_int_equal(parse(&cut, &v), len >= 243);
	}
}

static void test_lying_lengths(void **state)
{
	struct dhcp_view v;
	struct msg m;

	begin(&m, DHCPACK);
	put(&m, 1, "\xff\xff\xff\x00", 4);
	m.b[m.len++] = 3; /* a router of 200 bytes, of which there are two */
	m.b[m.len++] = 200;
	m.b[m.len++] = 10;
	m.b[m.len++] = 0;
	assert_true(parse(&m, &v));
	assert_int_equal(v.mask, inet_addr("255.255.255.0"));
	assert_int_equal(v.router, 0);
	/* Too short or too long to be what they say. */
	begin(&m, DHCPACK);
	put(&m, 1, "\xff\xff", 2);
	put(&m, 51, "\1\2\3", 3);
	put(&m, 26, "\5", 1);
	end(&m);
	assert_true(parse(&m, &v));
	assert_int_equal(v.mask, 0);
	assert_int_equal(v.lease, 0);
	assert_int_equal(v.mtu, 0);
}

static void test_overload(void **state)
{
	struct dhcp_view v;
	struct msg m;

	begin(&m, DHCPACK);
	put(&m, 52, "\3", 1);
	end(&m);
	memcpy(m.b + 108, "\x03\x04\x0a\x00\x00\x01\xff", 7); /* file: the router */
	memcpy(m.b + 44, "\x06\x04\x0a\x00\x00\x02\xff", 7);  /* sname: a name server */
	assert_true(parse(&m, &v));
	assert_int_equal(v.router, inet_addr("10.0.0.1"));
	assert_int_equal(v.nr_dns, 1);
	assert_int_equal(v.dns[0], inet_addr("10.0.0.2"));
	/* Without option 52 these areas are names of files. */
	m.b[240] = m.b[241] = m.b[242] = 0;
	begin(&m, DHCPACK);
	memcpy(m.b + 108, "\x03\x04\x0a\x00\x00\x01\xff", 7);
	end(&m);
	assert_true(parse(&m, &v));
	assert_int_equal(v.router, 0);
}

static void test_pieces(void **state)
{
	struct dhcp_view v;
	struct msg m;

	/* RFC 3396: one option in two pieces, cut within an address. */
	begin(&m, DHCPACK);
	put(&m, 6, "\x0a\x00", 2);
	m.b[m.len++] = 0;
	put(&m, 6, "\x00\x01", 2);
	end(&m);
	assert_true(parse(&m, &v));
	assert_int_equal(v.nr_dns, 1);
	assert_int_equal(v.dns[0], inet_addr("10.0.0.1"));
}

static void test_classless_routes(void **state)
{
	struct dhcp_view v;
	struct msg m;

	begin(&m, DHCPACK);
	put(&m, 121,
	    "\x18\xc0\x00\x02\x0a\x00\x00\x01" /* 192.0.2/24 */
	    "\x00\x0a\x00\x00\x02"	       /* default */
	    "\x0c\xac\x1f\x0a\x00\x00\x03"     /* 172.31/12: bits behind the length do not count */
	    "\x20\x01\x02\x03\x04\x00\x00\x00\x00",
	    29);
	end(&m);
	assert_true(parse(&m, &v));
	assert_int_equal(v.nr_routes, 4);
	assert_int_equal(v.routes[0].dst, inet_addr("192.0.2.0"));
	assert_int_equal(v.routes[0].len, 24);
	assert_int_equal(v.routes[0].gateway, inet_addr("10.0.0.1"));
	assert_int_equal(v.routes[1].len, 0);
	assert_int_equal(v.routes[1].gateway, inet_addr("10.0.0.2"));
	assert_int_equal(v.routes[2].dst, inet_addr("172.16.0.0"));
	assert_int_equal(v.routes[3].dst, inet_addr("1.2.3.4"));
	assert_int_equal(v.routes[3].gateway, 0);
	/* A length above 32 ends the list. */
	begin(&m, DHCPACK);
	put(&m, 121, "\x21\x01\x02\x03\x04\x05\x0a\x00\x00\x01", 10);
	end(&m);
	assert_true(parse(&m, &v));
	assert_int_equal(v.nr_routes, 0);
}

static void test_texts_are_clean(void **state)
{
	struct dhcp_view v;
	struct msg m;

	begin(&m, DHCPNAK);
	put(&m, 15, "evil\nnameserver", 15);
	put(&m, 12, "a b", 3);
	put(&m, 56, "\033[2Jhi", 6);
	end(&m);
	assert_true(parse(&m, &v));
	assert_string_equal(v.domain, "");
	assert_string_equal(v.hostname, "");
	assert_string_equal(v.message, "");
}

static void test_build(void **state)
{
	struct dhcp_msg m = {
		.type = DHCPREQUEST,
		.xid = 0x01020304,
		.secs = 300,
		.broadcast = true,
		.chaddr = { 2, 0, 0, 0, 0, 1 },
		.requested = inet_addr("10.0.0.5"),
		.server_id = inet_addr("10.0.0.1"),
		.hostname =
			"a-name-that-is-much-longer-than-the-sixty-three-bytes-which-a-label-may-have",
	};
	uint8_t b[DHCP_MSG_MAX];
	struct dhcp_view v;
	size_t len = dhcp_build(b, &m);

	assert_true(len >= 300 && len <= DHCP_MSG_MAX);
	assert_int_equal(b[10], 0x80);
	assert_int_equal(b[8] << 8 | b[9], 300);
	b[0] = 2;
	assert_true(dhcp_parse(b, len, &v));
	assert_int_equal(v.type, DHCPREQUEST);
	assert_int_equal(v.xid, 0x01020304);
	assert_int_equal(v.server_id, m.server_id);
	assert_int_equal(strlen(v.hostname), 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ack),
		cmocka_unit_test(test_not_ours),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_lying_lengths),
		cmocka_unit_test(test_overload),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_classless_routes),
		cmocka_unit_test(test_texts_are_clean),
		cmocka_unit_test(test_build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
