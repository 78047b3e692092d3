/*
 * The URLs of wget and curl: what they are made of, where a redirection leads, and what is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "apps/wget/http.h"

static struct http_url url, base;

static void is(const char *host, int port, const char *path)
{
	assert_string_equal(url.host, host);
	assert_int_equal(url.port, port);
	assert_string_equal(url.path, path);
}

static void test_parts(void **state)
{
	assert_true(http_url_parse("t", "http://h:81/a/b?c#d", &url));
	is("h", 81, "/a/b?c");
	assert_true(http_url_parse("t", "10.0.2.2", &url));
	is("10.0.2.2", 80, "/");
	assert_true(http_url_parse("t", "HTTP://h?x=http://y", &url));
	is("h", 80, "/?x=http://y");
	assert_true(http_url_parse("t", "h/?u=ftp://y", &url));
	is("h", 80, "/?u=ftp://y");
}

static void join(const char *location)
{
	assert_true(http_url_join("t", &base, location, &url));
}

static void test_redirections(void **state)
{
	assert_true(http_url_parse("t", "http://h:81/a/b?c/d", &base));
	join("x");
	is("h", 81, "/a/x");
	join("/x?next=http://y/#z");
	is("h", 81, "/x?next=http://y/");
	join("?e");
	is("h", 81, "/a/b?e");
	join("//other/x");
	is("other", 80, "/x");
	join("http://other:8/x");
	is("other", 8, "/x");
}

static void test_longest(void **state)
{
	static char text[HTTP_MAX_URL + 2];

	memset(text, 'x', sizeof(text) - 1);
	text[0] = '/';
	assert_true(http_url_parse("t", "h/a", &base));
	text[HTTP_MAX_URL - 1] = '\0';
	join(text);
	assert_int_equal(strlen(url.path), HTTP_MAX_URL - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_redirections),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
