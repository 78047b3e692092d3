/* The receiver's way through RFC 9293 §3.10.7: segments by hand in every state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcplab.h"

static void data_in_order_is_read(void **state)
{
	struct conn c = conn_passive(&(struct offer){ .irs = 0xfffffff0 });

	seg(&c, ACK | PSH, 1, 1, 100);
	expect(&c, ACK, 1, 101, 0);
	assert_int_equal(read_stream(&c, 1, 1000), 100);
	assert_int_equal(read_stream(&c, 101, 1000), -EAGAIN);
	conn_kill(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tcp_test(data_in_order_is_read),
	};

	return cmocka_run_group_tests(tests, tcplab_setup, NULL);
}
