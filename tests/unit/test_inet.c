/* Texts of addresses against the machine's own libc, on good ones, bad ones, and good ones gone
 * bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int skbox_libc_inet_pton(int af, const char *src, void *dst);
const char *skbox_libc_inet_ntop(int af, const void *src, char *dst, socklen_t size);
int skbox_libc_inet_aton(const char *src, struct in_addr *dst);

static void same_text(const char *text)
{
	unsigned char a[16] = { 0 }, b[16] = { 0 };
	struct in_addr x = { 0 }, y = { 0 };
	int ours, theirs;

	ours = skbox_libc_inet_pton(AF_INET, text, a);
	theirs = inet_pton(AF_INET, text, b);
	if (ours != theirs || memcmp(a, b, 16))
		fail_msg("inet_pton(AF_INET, \"%s\") is %d, not %d", text, ours, theirs);
	ours = skbox_libc_inet_pton(AF_INET6, text, a);
	theirs = inet_pton(AF_INET6, text, b);
	if (ours != theirs || (ours == 1 && memcmp(a, b, 16)))
		fail_msg("inet_pton(AF_INET6, \"%s\") is %d, not %d", text, ours, theirs);
	ours = skbox_libc_inet_aton(text, &x);
	theirs = inet_aton(text, &y);
	if (ours != theirs || (ours && x.s_addr != y.s_addr))
		fail_msg("inet_aton(\"%s\") is %d, not %d", text, ours, theirs);
}

static void chosen_texts(void **state)
{
	static const char *const texts[] = {
		"1.2.3.4",
		"0.0.0.0",
		"255.255.255.255",
		"256.1.1.1",
		"1.2.3",
		"1.2.3.4.5",
		"1.2.3.4 ",
		"1.2.3.4x",
		" 1.2.3.4",
		"01.2.3.4",
		"1..2.3",
		".1.2.3",
		"1.2.3.",
		"",
		"1",
		"0x7f.1",
		"017.0.0.1",
		"4294967295",
		"4294967296",
		"1.16777215",
		"1.16777216",
		"1.2.65535",
		"1.2.65536",
		"1.2.3.4 junk",
		"0x",
		"08",
		"1.2.3.0x10",
		"-1",
		"+1",
		"1.2.3.256",
		"1000.1.1.1",
		"::",
		"::1",
		"1::",
		"1::2",
		"1:2:3:4:5:6:7:8",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"1:2:3:4:5:6:7::",
		"::2:3:4:5:6:7:8",
		"1::2::3",
		":::",
		":",
		":1",
		"1:",
		"1:2:",
		"12345::",
		"g::",
		"::1.2.3.4",
		"::ffff:1.2.3.4",
		"1:2:3:4:5:6:1.2.3.4",
		"1:2:3:4:5:6:7:1.2.3.4",
		"1.2.3.4::",
		"::1.2.3",
		"fe80::1%1",
		"FE80::ABCD",
		"::0000",
		"::00000",
		"1:2:3:4:5:6:7:8 ",
		"1:::2",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		same_text(texts[i]);
}

static void random_texts(void **state)
{
	char text[16];
	int i, n;

	srand(1);
	for (i = 0; i < 500000; i++) {
		const char *set = rand() % 2 ? "1:2:f:" : "1.25.0.";

		for (n = 0; n < rand() % 15; n++)
			text[n] = set[(size_t)rand() % strlen(set)];
		text[n] = '\0';
		same_text(text);
	}
}

static void there_and_back(void **state)
{
	char ours[INET6_ADDRSTRLEN], theirs[INET6_ADDRSTRLEN];
	unsigned char addr[16], again[16];
	int i, j;

	for (i = 0; i < 200000; i++) {
		for (j = 0; j < 16; j++)
			addr[j] = rand() % 3 ? 0 : (unsigned char)rand();
		if (i % 16 == 0) { /* ::ffff:0:0/96 */
			memset(addr, 0, 10);
			memset(addr + 10, 0xff, 2);
		} else {
			addr[0] |= 0x20; /* the old ::1.2.3.4 is written in another way than RFC
					    5952's */
		}
		assert_non_null(skbox_libc_inet_ntop(AF_INET6, addr, ours, sizeof(ours)));
		inet_ntop(AF_INET6, addr, theirs, sizeof(theirs));
		assert_string_equal(ours, theirs);
		assert_int_equal(skbox_libc_inet_pton(AF_INET6, ours, again), 1);
		assert_memory_equal(addr, again, 16);
		skbox_libc_inet_ntop(AF_INET, addr, ours, sizeof(ours));
		assert_string_equal(ours, inet_ntop(AF_INET, addr, theirs, sizeof(theirs)));
	}
}

static void longest_texts(void **state)
{
	static const unsigned char ones[16] = { 255, 255, 255, 255, 255, 255, 255, 255,
						255, 255, 255, 255, 255, 255, 255, 255 };
	static const unsigned char zero[16];
	char text[INET6_ADDRSTRLEN];

	assert_string_equal(skbox_libc_inet_ntop(AF_INET6, ones, text, sizeof(text)),
			    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	assert_string_equal(skbox_libc_inet_ntop(AF_INET6, zero, text, sizeof(text)), "::");
	assert_string_equal(skbox_libc_inet_ntop(AF_INET, ones, text, 16), "255.255.255.255");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen_texts),
		cmocka_unit_test(random_texts),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(longest_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
