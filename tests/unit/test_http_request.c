/*
 * httpd's reading of requests: what is taken, what is refused and how, and that any bytes at all
 * are one of the two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "apps/httpd/httpd.h"

static struct request r;

/* The head in a block of its own size, so that a sanitizer sees what reads past it. */
static int parse_bytes(const char *text, size_t n)
{
	char *head = malloc(n + 1);
	int status;

	memcpy(head, text, n);
	head[n] = '\0';
	status = httpd_request_parse(head, n, &r);
	free(head);
	return status;
}

static int parse(const char *text)
{
	assert_int_equal(httpd_request_head_length(text, strlen(text)), strlen(text));
	return parse_bytes(text, strlen(text));
}

static void test_taken(void **state)
{
	assert_int_equal(parse("GET /a%20b/../c?d HTTP/1.1\r\nHost: x\r\nRange: bytes=5-9\r\n\r\n"),
			 0);
	assert_string_equal(r.path, "/c");
	assert_true(r.keep_alive && r.has_range && r.range_first == 5 && r.range_last == 9);
	assert_int_equal(parse("\r\nHEAD http://x/y HTTP/1.0\n\n"), 0);
	assert_int_equal(r.method, METHOD_HEAD);
	assert_string_equal(r.path, "/y");
	assert_false(r.keep_alive);
	assert_int_equal(parse("PUT / HTTP/1.1\r\nhost:x\r\ncontent-length: 7\r\n\r\n"), 0);
	assert_true(r.method == METHOD_OTHER && r.body == 7);
}

static void test_refused(void **state)
{
	assert_int_equal(parse("GET / HTTP/1.1\r\n\r\n"), 400);
	assert_int_equal(parse("GET /\r\nHost: x\r\n\r\n"), 400);
	assert_int_equal(parse("GET /%4 HTTP/1.0\r\n\r\n"), 400);
	assert_int_equal(parse("GET /.. HTTP/1.0\r\n\r\n"), 400);
	assert_int_equal(parse("GET /a/%2e%2e/../x HTTP/1.0\r\n\r\n"), 400);
	assert_int_equal(parse("GET /%00 HTTP/1.0\r\n\r\n"), 400);
	assert_int_equal(parse("GET / HTTP/2.0\r\n\r\n"), 505);
	assert_int_equal(parse("GET / HTTP/1.0\r\nHost : x\r\n\r\n"), 400);
	assert_int_equal(parse("GET / HTTP/1.0\r\na: b\r\n c\r\n\r\n"), 400);
	assert_int_equal(parse("GET / HTTP/1.0\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
			 400);
	assert_int_equal(parse("GET / HTTP/1.0\r\nContent-Length: 99999999999999999999\r\n\r\n"),
			 400);
	assert_int_equal(parse("GET / HTTP/1.0\r\nContent-Length: 2000000\r\n\r\n"), 413);
	assert_int_equal(parse("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 501);
}

static void test_path_is_bounded(void **state)
{
	static char target[HTTPD_MAX_TARGET + 8];
	char path[16];

	memset(target, 'x', sizeof(target) - 1);
	target[0] = '/';
	for (size_t size = 2; size <= sizeof(path); size++) {
		assert_false(httpd_path_decode(target, path, size));
		target[size - 1] = '\0';
		assert_true(httpd_path_decode(target, path, size));
		assert_int_equal(strlen(path), size - 1);
		target[size - 1] = 'x';
	}
	assert_false(httpd_path_decode("", path, sizeof(path)));
	assert_true(httpd_path_decode("/a/b/../..//./c/.", path, sizeof(path)));
	assert_string_equal(path, "/c/");
}

static void test_ranges(void **state)
{
	struct request q = { .method = METHOD_GET, .has_range = true, .range_first = -1 };
	int64_t first, count;

	q.range_last = 5;
	assert_int_equal(httpd_range_select(&q, 3, &first, &count), 206);
	assert_true(first == 0 && count == 3);
	assert_int_equal(httpd_range_select(&q, 0, &first, &count), 416);
	q.range_first = INT64_MAX;
	q.range_last = INT64_MAX;
	assert_int_equal(httpd_range_select(&q, INT64_MAX, &first, &count), 416);
	q.range_first = 2;
	assert_int_equal(httpd_range_select(&q, 3, &first, &count), 206);
	assert_true(first == 2 && count == 1);
}

/* Pieces of requests and random bytes, shuffled: 10 000 of them. */
static void test_any_bytes(void **state)
{
	static const char *const pieces[] = {
		"GET ",
		"HEAD ",
		"/",
		"/..",
		"%2e",
		"%",
		" HTTP/1.1\r\n",
		" HTTP/1.0\n",
		"Host: x\r\n",
		"Range: bytes=",
		"-",
		"18446744073709551616",
		"9223372036854775807",
		"\r\n",
		"\n",
		":",
		",",
		"Content-Length: ",
		"Connection: close, x\r\n",
		"Expect: 100-continue\r\n",
		"http://",
		"\t ",
		"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
		"If-Modified-Since: , -2147483648 Jan ",
		"If-Modified-Since: , 1 Jan 9999 -99999999:-1:-2147483648\r\n",
		"If-Range: x\r\n",
	};
	char text[512];

	srandom(1);
	for (int i = 0; i < 10000; i++) {
		size_t n = 0;

		for (int k = random() % 14; k >= 0; k--) {
			const char *p =
				pieces[(size_t)random() % (sizeof(pieces) / sizeof(*pieces))];

			if (random() % 6 == 0)
				text[n++] = (char)random();
			memcpy(text + n, p, strlen(p));
			n += strlen(p);
			if (n > 400)
				break;
		}
		memcpy(text + n, "\r\n\r\n", 4);
		n = (size_t)httpd_request_head_length(text, n + 4);
		if (n && parse_bytes(text, n) == 0)
			assert_true(r.path[0] == '/' && !strstr(r.path, "/../"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_path_is_bounded), cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
