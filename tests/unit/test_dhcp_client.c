/*
 * The DHCP client's states on a clock that the test moves, with the test as the server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <string.h>

#include "apps/dhcp/client.h"

#define S 1000000000LL
#define SERVER inet_addr("10.0.0.1")
#define ADDR inet_addr("10.0.0.50")

/* What the client did since the test looked last. */
static struct {
	int sent, bound, fresh, lost, logs;
	struct dhcp_msg last;
	in_addr_t to;
	bool taken; /* the address is in use */
	uint32_t random;
} seen;

static void send_message(struct dhcp_client *c, const struct dhcp_msg *m, in_addr_t server)
{
	seen.sent++;
	seen.last = *m;
	seen.to = server;
}

static bool in_use(struct dhcp_client *c, in_addr_t addr)
{
	return seen.taken;
}

static void bound(struct dhcp_client *c, bool fresh)
{
	seen.bound++;
	seen.fresh += fresh;
}

static void lost(struct dhcp_client *c)
{
	seen.lost++;
}

static void log_line(struct dhcp_client *c, const char *text)
{
	seen.logs++;
}

static uint32_t next_random(struct dhcp_client *c)
{
	return seen.random += 0x10203;
}

static const struct dhcp_ops ops = { send_message, in_use, bound, lost, log_line, next_random };

static struct dhcp_client start(void)
{
	struct dhcp_client c = { .ops = &ops, .hwaddr = { 2, 0, 0, 0, 0, 1 } };

	memset(&seen, 0, sizeof(seen));
	dhcp_start(&c, 0);
	return c;
}

static struct dhcp_view answer(const struct dhcp_client *c, enum dhcp_type type)
{
	struct dhcp_view v = { .xid = c->xid,
			       .type = type,
			       .chaddr = { 2, 0, 0, 0, 0, 1 },
			       .yiaddr = ADDR,
			       .server_id = SERVER,
			       .mask = inet_addr("255.255.255.0"),
			       .lease = 1000 };

	return v;
}

static void give(struct dhcp_client *c, enum dhcp_type type, int64_t now)
{
	struct dhcp_view v = answer(c, type);

	dhcp_answer(c, &v, now);
}

static struct dhcp_client lease(void)
{
	struct dhcp_client c = start();

	give(&c, DHCPOFFER, 0);
	give(&c, DHCPACK, 0);
	assert_int_equal(c.state, DHCP_BOUND);
	return c;
}

static void test_the_way_to_a_lease(void **state)
{
	struct dhcp_client c = start();

	assert_int_equal(seen.last.type, DHCPDISCOVER);
	assert_true(seen.last.broadcast);
	assert_int_equal(seen.to, 0);
	give(&c, DHCPOFFER, 1 * S);
	assert_int_equal(c.state, DHCP_REQUESTING);
	assert_int_equal(seen.last.type, DHCPREQUEST);
	assert_int_equal(seen.last.requested, ADDR);
	assert_int_equal(seen.last.server_id, SERVER);
	give(&c, DHCPACK, 1 * S);
	assert_int_equal(c.state, DHCP_BOUND);
	assert_int_equal(seen.bound, 1);
	assert_int_equal(seen.fresh, 1);
	assert_int_equal(c.t1, 501 * S);
	assert_int_equal(c.t2, 876 * S);
	assert_int_equal(c.expiry, 1001 * S);
	assert_int_equal(c.deadline, c.t1);
}

static void test_answers_that_are_not_ours(void **state)
{
	struct dhcp_client c = start();
	struct dhcp_view v = answer(&c, DHCPOFFER);

	v.xid++;
	dhcp_answer(&c, &v, 0);
	v = answer(&c, DHCPOFFER);
	v.chaddr[5]++;
	dhcp_answer(&c, &v, 0);
	give(&c, DHCPACK, 0);
	v = answer(&c, DHCPOFFER);
	v.server_id = 0;
	dhcp_answer(&c, &v, 0);
	v = answer(&c, DHCPOFFER);
	v.yiaddr = inet_addr("224.0.0.1");
	dhcp_answer(&c, &v, 0);
	v = answer(&c, DHCPOFFER);
	v.lease = 0;
	dhcp_answer(&c, &v, 0);
	assert_int_equal(c.state, DHCP_SELECTING);
	give(&c, DHCPOFFER, 0);
	v = answer(&c, DHCPNAK);
	v.server_id = inet_addr("10.0.0.9"); /* the server that we did not choose */
	dhcp_answer(&c, &v, 0);
	assert_int_equal(c.state, DHCP_REQUESTING);
}

static void test_back_off(void **state)
{
	static const int base[] = { 1, 2, 4, 8, 16, 32, 64, 64, 64 };
	struct dhcp_client c = start();
	int64_t now = 0;

	for (int i = 0; i < 9; i++) {
		int64_t wait = c.deadline - now;

		assert_true(wait >= base[i] * S * 3 / 4 && wait <= base[i] * S * 5 / 4);
		now = c.deadline;
		dhcp_timeout(&c, now);
		assert_int_equal(seen.last.type, DHCPDISCOVER);
	}
	assert_int_equal(seen.sent, 10);
	assert_int_equal(seen.logs, 1); /* "no answer" is said once */
	assert_true(seen.last.secs > 0);
}

static void test_request_repeats_what_discover_said(void **state)
{
	struct dhcp_client c = start();
	struct dhcp_msg discover;

	while (c.deadline < 20 * S)
		dhcp_timeout(&c, c.deadline);
	discover = seen.last;
	give(&c, DHCPOFFER, c.deadline - 1);
	assert_int_equal(seen.last.type, DHCPREQUEST);
	assert_true(seen.last.secs > 0);
	assert_int_equal(seen.last.secs, discover.secs);
	assert_int_equal(seen.last.xid, discover.xid);
	dhcp_timeout(&c, c.deadline);
	assert_int_equal(seen.last.secs, discover.secs);
}

static void test_request_without_answer(void **state)
{
	struct dhcp_client c = start();

	give(&c, DHCPOFFER, 0);
	for (int i = 0; i < 4; i++)
		dhcp_timeout(&c, c.deadline);
	assert_int_equal(c.state, DHCP_INIT);
	dhcp_timeout(&c, c.deadline);
	assert_int_equal(seen.last.type, DHCPDISCOVER);
}

static void test_conflict(void **state)
{
	struct dhcp_client c = start();

	give(&c, DHCPOFFER, 0);
	seen.taken = true;
	give(&c, DHCPACK, 0);
	assert_int_equal(seen.last.type, DHCPDECLINE);
	assert_int_equal(seen.last.requested, ADDR);
	assert_int_equal(seen.last.server_id, SERVER);
	assert_int_equal(seen.bound, 0);
	assert_int_equal(c.state, DHCP_INIT);
	assert_true(c.deadline >= 10 * S); /* RFC 2131 §3.1.5 */
	seen.taken = false;
	dhcp_timeout(&c, c.deadline);
	assert_int_equal(seen.last.type, DHCPDISCOVER);
	assert_int_equal(seen.last.requested, 0);
}

static void test_renewal(void **state)
{
	struct dhcp_client c = lease();

	dhcp_timeout(&c, 500 * S);
	assert_int_equal(c.state, DHCP_RENEWING);
	assert_int_equal(seen.last.type, DHCPREQUEST);
	assert_int_equal(seen.to, SERVER);
	assert_int_equal(seen.last.ciaddr, ADDR);
	assert_int_equal(seen.last.requested, 0);
	assert_int_equal(seen.last.server_id, 0);
	assert_false(seen.last.broadcast);
	/* Again after half of the time that is left, then T2. */
	assert_int_equal(c.deadline, 500 * S + 375 * S / 2);
	give(&c, DHCPACK, 510 * S);
	assert_int_equal(c.state, DHCP_BOUND);
	assert_int_equal(seen.bound, 2);
	assert_int_equal(seen.fresh, 1);
	assert_int_equal(c.expiry, 1500 * S);
}

static void test_renewal_retries_not_too_often(void **state)
{
	struct dhcp_client c = lease();

	dhcp_timeout(&c, 500 * S);
	dhcp_timeout(&c, 800 * S); /* 75 s until T2: half of it is less than a minute */
	assert_int_equal(c.deadline, 860 * S);
	dhcp_timeout(&c, 860 * S);
	assert_int_equal(c.deadline, 875 * S);
}

static void test_rebinding_and_expiry(void **state)
{
	struct dhcp_client c = lease();

	dhcp_timeout(&c, 500 * S);
	dhcp_timeout(&c, 875 * S);
	assert_int_equal(c.state, DHCP_REBINDING);
	assert_int_equal(seen.to, 0);
	assert_int_equal(seen.last.ciaddr, ADDR);
	while (c.deadline < 1000 * S)
		dhcp_timeout(&c, c.deadline);
	assert_int_equal(seen.lost, 0);
	dhcp_timeout(&c, c.deadline);
	assert_int_equal(seen.lost, 1);
	assert_int_equal(c.state, DHCP_INIT);
	dhcp_timeout(&c, c.deadline);
	assert_int_equal(seen.last.type, DHCPDISCOVER);
	assert_int_equal(seen.last.requested, ADDR); /* the old one would be welcome */
}

static void test_another_server_answers_rebinding(void **state)
{
	struct dhcp_client c = lease();
	struct dhcp_view v;

	dhcp_timeout(&c, 500 * S);
	dhcp_timeout(&c, 875 * S);
	v = answer(&c, DHCPACK);
	v.server_id = inet_addr("10.0.0.2");
	v.router = inet_addr("10.0.0.2");
	dhcp_answer(&c, &v, 880 * S);
	assert_int_equal(c.state, DHCP_BOUND);
	assert_int_equal(seen.fresh, 2); /* the router has changed: configure again */
	assert_int_equal(c.lease.server_id, inet_addr("10.0.0.2"));
}

static void test_nak(void **state)
{
	struct dhcp_client c = lease();

	dhcp_timeout(&c, 500 * S);
	give(&c, DHCPNAK, 501 * S);
	assert_int_equal(seen.lost, 1);
	assert_int_equal(c.state, DHCP_INIT);
	dhcp_timeout(&c, c.deadline);
	assert_int_equal(seen.last.requested, 0);
}

static void test_times_that_make_no_sense(void **state)
{
	struct dhcp_client c = start();
	struct dhcp_view v;

	give(&c, DHCPOFFER, 0);
	v = answer(&c, DHCPACK);
	v.t1 = 5000;
	v.t2 = 4000;
	dhcp_answer(&c, &v, 0);
	assert_int_equal(c.t1, 500 * S);
	assert_int_equal(c.t2, 875 * S);
	c = start();
	give(&c, DHCPOFFER, 0);
	v = answer(&c, DHCPACK);
	v.lease = DHCP_INFINITE;
	dhcp_answer(&c, &v, 0);
	assert_true(c.deadline == INT64_MAX);
}

static void test_release(void **state)
{
	struct dhcp_client c = lease();

	dhcp_release(&c);
	assert_int_equal(seen.last.type, DHCPRELEASE);
	assert_int_equal(seen.to, SERVER);
	assert_int_equal(seen.last.ciaddr, ADDR);
	assert_int_equal(seen.lost, 1);
	dhcp_release(&c);
	assert_int_equal(seen.lost, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_way_to_a_lease),
		cmocka_unit_test(test_answers_that_are_not_ours),
		cmocka_unit_test(test_back_off),
		cmocka_unit_test(test_request_repeats_what_discover_said),
		cmocka_unit_test(test_request_without_answer),
		cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_renewal),
		cmocka_unit_test(test_renewal_retries_not_too_often),
		cmocka_unit_test(test_rebinding_and_expiry),
		cmocka_unit_test(test_another_server_answers_rebinding),
		cmocka_unit_test(test_nak),
		cmocka_unit_test(test_times_that_make_no_sense),
		cmocka_unit_test(test_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
