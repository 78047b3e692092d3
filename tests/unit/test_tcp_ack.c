/*
 * The sender's answers to ACKs, exactly: what is sent again and when, and what state follows.
 * Scripts of acklab.h.
 */
#include "tests/unit/acklab.h"

#define PLAIN ((struct acklab_opts){ 0 })
#define TSTAMP ((struct acklab_opts){ .tstamp = true })
#define NO_SACK ((struct acklab_opts){ .no_sack = true })
#define NO_SACK_TSTAMP ((struct acklab_opts){ .no_sack = true, .tstamp = true })
#define ECN ((struct acklab_opts){ .ecn = true })

/* Three segments above the hole are SACKed: the classic rule needs no time. */
#define SCRIPT_FAST_RETRANSMIT                                                                     \
	"write 20000", "> 1:10001/10", "+100",                                                     \
	"< 1 sack 1001:2001", "ca Disorder", "> 10001:11001", /* limited transmit */               \
	"< 1 sack 1001:3001", "> 11001:12001",                                                     \
	"< 1 sack 1001:4001", "ca Recovery", "> 1:1001", "ssthresh 5", "cwnd 9", "lost 1",         \
	"count TCPSackRecovery 1", "count TCPFastRetrans 1"

static void test_fast_retransmit(void **state)
{
	acklab(PLAIN, SCRIPT_FAST_RETRANSMIT,
	       /* PRR: one for two, as cwnd halves */
	       "< 1 sack 1001:5001", "> ", "< 1 sack 1001:6001", "> 12001:13001",
	       "< 1 sack 1001:7001", "> ", "< 1 sack 1001:8001", "> 13001:14001",
	       "+100", "< 10001", "ca Recovery", "< 12001", "ca Open", "cwnd 5", "ssthresh 5",
	       "lost 0", "retrans 0");
}

static void test_fast_retransmit_wraps(void **state)
{
	for (u32 at = 1; at < 14002; at += 500)
		acklab(((struct acklab_opts){ .wrap_at = at }), SCRIPT_FAST_RETRANSMIT, "+100",
		       "< 12001", "ca Open", "cwnd 5");
}

const struct CMUnitTest tests[] = {
	ack_test(test_fast_retransmit),
	ack_test(test_fast_retransmit_wraps),
};

int main(void)
{
	return cmocka_run_group_tests(tests, acklab_setup, NULL);
}
