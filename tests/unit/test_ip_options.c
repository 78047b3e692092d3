/* ip_options_parse: what is accepted, where it points when it is not, and that it never leaves its
 * bytes. */
#include "iplab.h"

#define OK NR_DROP_REASONS

static enum drop_reason parse(const u8 *opt, u32 len, u32 *bad)
{
	u8 *exact = malloc(len ? len : 1);
	enum drop_reason why;

	memcpy(exact, opt, len);
	*bad = 99;
	why = ip_options_parse(exact, len, bad);
	free(exact);
	return why;
}

#define EXPECT(why, where, ...)                                                                    \
	do {                                                                                       \
		const u8 o_[] = { __VA_ARGS__ };                                                   \
		u32 bad_;                                                                          \
		assert_int_equal(parse(o_, sizeof(o_), &bad_), why);                               \
		assert_int_equal(bad_, where);                                                     \
	} while (0)

static void plain(void **state)
{
	u32 bad;

	assert_int_equal(parse((const u8 *)"", 0, &bad), OK);
	EXPECT(OK, 99, 0, 0, 0, 0);
	EXPECT(OK, 99, 1, 1, 1, 1);
	EXPECT(OK, 99, 1, 1, 1, 0);
	EXPECT(OK, 99, 0, 7, 200, 1); /* nothing counts behind the end */
	EXPECT(OK, 99, 200, 4, 0, 0); /* unknown */
	EXPECT(OK, 99, 148, 4, 0, 0); /* router alert */
}

static void lengths(void **state)
{
	EXPECT(DROP_IP_OPTIONS, 3, 1, 1, 1, 7); /* no room for its length */
	EXPECT(DROP_IP_OPTIONS, 1, 200, 0, 0, 0);
	EXPECT(DROP_IP_OPTIONS, 1, 200, 1, 0, 0);
	EXPECT(DROP_IP_OPTIONS, 1, 200, 5, 0, 0);
	EXPECT(DROP_IP_OPTIONS, 2, 1, 200, 4, 0);
	EXPECT(DROP_IP_OPTIONS, 1, 200, 255, 0, 0);
}

static void record_route(void **state)
{
	EXPECT(OK, 99, 7, 7, 4, 0, 0, 0, 0, 0);
	EXPECT(OK, 99, 7, 7, 8, 1, 2, 3, 4, 0); /* full */
	EXPECT(OK, 99, 7, 3, 4, 0);		/* no slot at all */
	EXPECT(DROP_IP_OPTIONS, 1, 7, 2, 1, 1);
	EXPECT(DROP_IP_OPTIONS, 2, 7, 7, 3, 0, 0, 0, 0, 0);
	EXPECT(DROP_IP_OPTIONS, 2, 7, 6, 4, 0, 0, 0, 0, 0); /* a slot is cut off */
	EXPECT(DROP_IP_OPTIONS, 2, 7, 7, 5, 0, 0, 0, 0, 0);
}

static void timestamp(void **state)
{
	EXPECT(OK, 99, 68, 8, 5, 0, 0, 0, 0, 0);
	EXPECT(OK, 99, 68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0);
	EXPECT(OK, 99, 68, 12, 13, 0xe3, 0, 0, 0, 0, 0, 0, 0, 0);
	EXPECT(DROP_IP_OPTIONS, 3, 68, 12, 13, 0xf3, 0, 0, 0, 0, 0, 0, 0, 0);
	EXPECT(DROP_IP_OPTIONS, 3, 68, 8, 5, 2, 0, 0, 0, 0);
	EXPECT(DROP_IP_OPTIONS, 2, 68, 8, 4, 0, 0, 0, 0, 0);
	EXPECT(DROP_IP_OPTIONS, 2, 68, 8, 5, 1, 0, 0, 0, 0); /* address and time do not fit */
	EXPECT(DROP_IP_OPTIONS, 1, 68, 3, 5, 0);
}

static void source_routes(void **state)
{
	EXPECT(DROP_IP_SOURCE_ROUTE, 99, 131, 7, 4, 10, 0, 0, 9, 0);
	EXPECT(DROP_IP_SOURCE_ROUTE, 99, 137, 7, 4, 10, 0, 0, 9, 0);
	EXPECT(DROP_IP_SOURCE_ROUTE, 99, 137, 7, 8, 10, 0, 0, 9, 0);
	EXPECT(DROP_IP_OPTIONS, 7, 131, 7, 4, 10, 0, 0, 9, 137, 7, 4, 1, 1, 1, 1, 0);
	EXPECT(DROP_IP_OPTIONS, 8, 131, 7, 4, 10, 0, 0, 9, 7, 1); /* malformed weighs more */
}

/* What the parser lets pass can be filled in, again and again, without leaving its bytes. */
static void fill_in(const u8 *opt, u32 len)
{
	u8 *exact = malloc(len ? len : 1);
	u32 bad;

	memcpy(exact, opt, len);
	ip_options_for_reply(exact, &len, PEER);
	for (u32 i = 0; i < 12 && ip_options_parse(exact, len, &bad) == OK; i++)
		ip_options_record(exact, len, OURS);
	free(exact);
}

static void random_bytes(void **state)
{
	static const u8 kinds[] = { 0, 1, 7, 68, 131, 137, 148 };

	for (u32 i = 0; i < 300000; i++) {
		u32 len = lab_random() % 11 * 4, bad;
		enum drop_reason why;
		u8 o[40];

		for (u32 j = 0; j < len; j++)
			o[j] = (u8)(lab_random() % 3 ? lab_random() % 14 : lab_random());
		for (u32 j = 0; j < len; j += 1 + lab_random() % 12)
			o[j] = kinds[lab_random() % sizeof(kinds)];
		why = parse(o, len, &bad);
		assert_true(why == OK || why == DROP_IP_SOURCE_ROUTE ||
			    (why == DROP_IP_OPTIONS && bad < len));
		if (why == OK)
			fill_in(o, len);
	}
}

/* ---- on the wire ---- */

static void malformed_is_answered_with_its_place(void **state)
{
	u8 opt[4] = { 1, 7, 9, 4 }, frame[2048];
	u64 before = lab_drops(DROP_IP_OPTIONS), hdr = ip_mib[IP_MIB_InHdrErrors];
	const struct icmphdr *icmp;
	u32 len;

	lab_in(&(struct lab_packet){
		.protocol = 17, .options = opt, .optlen = 4, .data = "12345678", .len = 8 });
	assert_int_equal(lab_drops(DROP_IP_OPTIONS), before + 1);
	assert_int_equal(ip_mib[IP_MIB_InHdrErrors], hdr + 1);
	len = lab_out(frame, sizeof(frame));
	icmp = lab_icmp(frame, len, OURS, PEER);
	assert_int_equal(icmp->type, ICMP_PARAMETERPROB);
	assert_int_equal(icmp->code, 0);
	assert_int_equal(ntohl(icmp->un.info) >> 24, 22);
	lab_quiet();
}

static void source_route_is_refused(void **state)
{
	u8 opt[8] = { 131, 7, 4, 10, 0, 0, 9, 0 }, frame[2048];
	u64 before = lab_drops(DROP_IP_SOURCE_ROUTE);
	const struct icmphdr *icmp;
	u32 len;

	lab_icmp_in((struct lab_packet){ .options = opt, .optlen = 8 }, ICMP_ECHO, 0, 0x00010001,
		    "x", 1, false);
	assert_int_equal(lab_drops(DROP_IP_SOURCE_ROUTE), before + 1);
	len = lab_out(frame, sizeof(frame));
	icmp = lab_icmp(frame, len, OURS, PEER);
	assert_int_equal(icmp->type, ICMP_DEST_UNREACH);
	assert_int_equal(icmp->code, ICMP_SR_FAILED);
	lab_quiet();
}

static u32 echo_with(const void *opt, u32 len, u8 *frame)
{
	u8 padded[40] = { 0 };
	u32 got;

	memcpy(padded, opt, len);
	lab_icmp_in((struct lab_packet){ .options = padded, .optlen = (len + 3) & ~3u }, ICMP_ECHO,
		    0, 0x00010001, "x", 1, false);
	got = lab_out(frame, 2048);
	assert_true(got > 0);
	assert_int_equal(lab_ip(frame)->ihl_version, 0x45 + (len + 3) / 4);
	assert_int_equal(ip_fast_csum(lab_ip(frame), (20 + ((len + 3) & ~3u)) / 4), 0);
	assert_int_equal(frame[LAB_PAYLOAD + ((len + 3) & ~3u)], ICMP_ECHOREPLY);
	lab_quiet();
	return got;
}

/* RFC 1122 §3.2.2.6: we sign where there is room, and send the list back. */
static void echo_records_the_route(void **state)
{
	u8 frame[2048];

	echo_with("\x07\x0b\x04\x00\x00\x00\x00\x00\x00\x00\x00", 11, frame);
	assert_memory_equal(frame + LAB_PAYLOAD, "\x07\x0b\x08\x0a\x00\x00\x02\x00\x00\x00\x00",
			    11);
	echo_with("\x07\x0b\x08\x01\x02\x03\x04\x00\x00\x00\x00", 11, frame);
	assert_memory_equal(frame + LAB_PAYLOAD, "\x07\x0b\x0c\x01\x02\x03\x04\x0a\x00\x00\x02",
			    11);
	echo_with("\x07\x07\x08\x01\x02\x03\x04", 7, frame);
	assert_memory_equal(frame + LAB_PAYLOAD, "\x07\x07\x08\x01\x02\x03\x04", 7);
}

static void echo_timestamps(void **state)
{
	u8 frame[2048];
	u32 now = ip_timestamp();

	echo_with("\x44\x0c\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00", 12, frame);
	assert_memory_equal(frame + LAB_PAYLOAD, "\x44\x0c\x09\x00", 4);
	assert_int_equal(get_be32(frame + LAB_PAYLOAD + 4), now);
	echo_with("\x44\x0c\x05\x01\x00\x00\x00\x00\x00\x00\x00\x00", 12, frame);
	assert_memory_equal(frame + LAB_PAYLOAD, "\x44\x0c\x0d\x01\x0a\x00\x00\x02", 8);
	assert_int_equal(get_be32(frame + LAB_PAYLOAD + 8), now);
	echo_with("\x44\x0c\x05\x03\x0a\x00\x00\x02\x00\x00\x00\x00", 12, frame); /* ours */
	assert_int_equal(frame[LAB_PAYLOAD + 2], 13);
	assert_int_equal(get_be32(frame + LAB_PAYLOAD + 8), now);
	echo_with("\x44\x0c\x05\x03\x0a\x00\x00\x09\x00\x00\x00\x00", 12, frame); /* not */
	assert_int_equal(frame[LAB_PAYLOAD + 2], 5);
	assert_int_equal(get_be32(frame + LAB_PAYLOAD + 8), 0);
	echo_with("\x44\x08\x09\x20\x00\x00\x00\x07", 8, frame); /* full: one more missed */
	assert_memory_equal(frame + LAB_PAYLOAD, "\x44\x08\x09\x30\x00\x00\x00\x07", 8);
}

static void other_options_are_not_sent_back(void **state)
{
	u8 frame[2048];

	lab_icmp_in(
		(struct lab_packet){ .options = "\x94\x04\x00\x00\x82\x03\x55\x01", .optlen = 8 },
		ICMP_ECHO, 0, 0x00010001, "x", 1, false);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_int_equal(lab_ip(frame)->ihl_version, 0x45);
	lab_icmp_in((struct lab_packet){ .options = "\x01\x82\x03\x55\x07\x07\x04\x00"
						    "\x00\x00\x00\x01",
					 .optlen = 12 },
		    ICMP_ECHO, 0, 0x00010001, "x", 1, false);
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_memory_equal(frame + LAB_PAYLOAD, "\x07\x07\x08\x0a\x00\x00\x02\x00", 8);
	lab_quiet();
}

static void routers_sign(void **state)
{
	u8 frame[2048];

	skbox_sysctl("net.ipv4.ip_forward", "1");
	skbox_sysctl("net.ipv4.conf.all.send_redirects", "0");
	skbox_sysctl("net.ipv4.conf.eth0.send_redirects", "0");
	lab_in(&(struct lab_packet){ .protocol = 17,
				     .daddr = IP4(10, 0, 0, 9),
				     .options = "\x07\x07\x04\x00\x00\x00\x00",
				     .optlen = 8,
				     .data = "12345678",
				     .len = 8 });
	assert_true(lab_out(frame, sizeof(frame)) > 0);
	assert_memory_equal(frame + LAB_PAYLOAD, "\x07\x07\x08\x0a\x00\x00\x02", 7);
	assert_int_equal(ip_fast_csum(frame + ETH_HLEN, 7), 0);
	skbox_sysctl("net.ipv4.ip_forward", "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),
		cmocka_unit_test(lengths),
		cmocka_unit_test(record_route),
		cmocka_unit_test(timestamp),
		cmocka_unit_test(source_routes),
		cmocka_unit_test(random_bytes),
		lab_test(malformed_is_answered_with_its_place),
		lab_test(source_route_is_refused),
		lab_test(echo_records_the_route),
		lab_test(echo_timestamps),
		lab_test(other_options_are_not_sent_back),
		lab_test(routers_sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
