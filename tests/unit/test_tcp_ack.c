/*
 * The sender's answers to ACKs, exactly: what is sent again and when, and what state follows.
 * Scripts of acklab.h; the handshake's round trip is 100 ms, so the RTO is 300 ms at first and the
 * reordering window 25 ms.
 */
#include "tests/unit/acklab.h"

#define OPTS(...) ((struct acklab_opts){ __VA_ARGS__ })

/* Each script also where the sequence numbers pass 2^32 in its midst. */
#define everywhere(opts, ...)                                                                      \
	for (u32 wrap_ = 0; wrap_ < 12000; wrap_ += 1501) {                                        \
		struct acklab_opts wrapped_ = opts;                                                \
                                                                                                   \
		wrapped_.wrap_at = wrap_;                                                          \
		acklab(wrapped_, __VA_ARGS__);                                                     \
	}

static void set(const char *name, const char *value)
{
	assert_int_equal(skbox_sysctl(name, value), 0);
}

/* ---- fast retransmit ---- */

/* Three segments above the hole are SACKed: the classic rule needs no time. */
#define FAST_RETRANSMIT                                                                            \
	"write 20000", "> 1:10001/10", "+100", "< 1 sack 1001:2001", "ca Disorder",                \
		"> 10001:11001", /* RFC 3042 */                                                    \
		"< 1 sack 1001:3001", "> 11001:12001", "< 1 sack 1001:4001", "ca Recovery",        \
		"> 1:1001", "ssthresh 5", "cwnd 9", "lost 1", "retrans 1",                         \
		"count TCPSackRecovery 1", "count TCPFastRetrans 1"

static void test_fast_retransmit(void **state)
{
	/* PRR: one for two, as cwnd halves. */
	everywhere(OPTS(0), FAST_RETRANSMIT, "< 1 sack 1001:5001", "> ", "< 1 sack 1001:6001",
		   "> 12001:13001", "< 1 sack 1001:7001", "> ", "< 1 sack 1001:8001",
		   "> 13001:14001", "+100", "< 10001", "ca Recovery", "< 12001", "ca Open",
		   "cwnd 5", "ssthresh 5", "lost 0", "retrans 0");
}

/* Each part of it can be told off. */
static void test_switches(void **state)
{
	set("net.ipv4.tcp_limited_transmit", "0");
	everywhere(OPTS(0), "write 20000", "> 1:10001/10", "+100", "< 1 sack 1001:2001", "> ",
		   "< 1 sack 1001:3001", "> ", "< 1 sack 1001:4001", "ca Recovery", "> 1:1001");
	set("net.ipv4.tcp_limited_transmit", "1");
	set("net.ipv4.tcp_early_retrans", "0");
	set("net.ipv4.tcp_frto", "0");
	everywhere(OPTS(0), "write 20000", "> 1:10001/10", "+310", "> 1:1001", "+50", "< 1001",
		   "> 1001:3001/2", "+10", "< 2001", "ca Loss", "count TCPSpuriousRTOs 0");
	set("net.ipv4.tcp_frto", "2");
}

/* One SACK is no proof; a quarter of the shortest round trip later it is (RFC 8985 §6.2). */
static void test_rack_by_time(void **state)
{
	everywhere(OPTS(0), "write 2000", "> 1:2001/2", "+100", "< 1 sack 1001:2001", "ca Disorder",
		   "> ", "+25", "> ", "+5", "> 1:1001", "ca Recovery", "+95", "< 2001", "ca Open",
		   "count TCPSackRecovery 1", "count TCPTimeouts 0");
}

/* Late, but not lost: nothing is sent again, and from then on time alone decides. */
static void test_reordering_tolerated(void **state)
{
	everywhere(OPTS(0), "write 20000", "> 1:10001/10", "+100", "< 1 sack 1001:3001",
		   "ca Disorder", "> 10001:12001/2", "+10", "< 3001", "ca Open", "> 12001:14001/2",
		   "count TCPSACKReorder 1", "reordering 3",
		   /* three SACKs no longer suffice */
		   "< 3001 sack 4001:7001", "ca Disorder", "> 14001:17001/3", "+20", "> ", "< 7001",
		   "ca Open", "count TCPSACKReorder 2", "reordering 4", "count TCPSackRecovery 0");
}

/* A retransmission that is lost, too, is seen by what was sent after it. */
static void test_lost_retransmission(void **state)
{
	everywhere(OPTS(0), FAST_RETRANSMIT, "< 1 sack 1001:10001", "> 12001:14001/2", "+100",
		   "< 1 sack 1001:13001", "> 1:1001 14001:17001/3", "count TCPLostRetransmit 1",
		   "count TCPTimeouts 0", "+100", "< 17001", "ca Open");
}

/* All but the last of a flight: PRR starts from nothing and doubles (SSRB). */
static void test_prr_slow_start(void **state)
{
	everywhere(OPTS(0), "write 10000", "> 1:10001/10", "+100", "< 1 sack 9001:10001", "> ",
		   "+30", "> 1:1001", "lost 9", "cwnd 1", "ssthresh 5", "+100",
		   "< 1001 sack 9001:10001", "> 1001:3001/2", "+100", "< 2001 sack 9001:10001",
		   "> 3001:5001/2", "< 3001 sack 9001:10001", "> 5001:7001/2",
		   "< 3001 sack 9001:10001", "> ", "+100", "< 7001 sack 9001:10001",
		   "> 7001:9001/2", "+100", "< 10001", "ca Open", "cwnd 5");
}

/* Without RACK: what lies below so many SACKed segments (RFC 6675). */
static void test_rfc6675(void **state)
{
	set("net.ipv4.tcp_recovery", "0");
	everywhere(OPTS(0), FAST_RETRANSMIT, "+30", "< 1 sack 1001:4001 5001:7001", "> 12001:13001",
		   "lost 1", "< 1 sack 1001:4001 5001:8001", "lost 2", "> ",
		   "< 1 sack 1001:4001 5001:9001", "> ", "< 1 sack 1001:4001 5001:10001",
		   "> 4001:5001", "+70", "< 12001", "ca Open");
}

/* A packet of many segments is cut where SACKs have their edges. */
static void test_tso_cut(void **state)
{
	everywhere(OPTS(.tso = true), "write 10000", "> 1:10001/10", "+100",
		   "< 1 sack 2001:3001 5001:7001", "sacked 3", "ca Recovery", "lost 4",
		   "> 1:2001/2", "< 1 sack 2001:3001 5001:8001", "sacked 4", "> 3001:4001",
		   "< 1 sack 2001:3001 5001:9001", "> 4001:5001", "+100", "< 10001", "ca Open");
	/* Edges inside of segments: what is not covered in full does not count. */
	everywhere(OPTS(.tso = true), "write 10000", "> 1:10001/10", "+100",
		   "< 1 sack 1500:2600 3500:5500", "sacked 1", "ca Disorder", "> ",
		   "< 1 sack 1500:2600 3500:6001", "sacked 2", "< 10001", "ca Open");
	/* And what one ACK leaves of a packet. */
	everywhere(OPTS(.tso = true), "write 10000", "> 1:10001/10", "+100", "< 1501", "inflight 9",
		   "< 2001", "inflight 8", "< 9999", "inflight 1", "< 10001", "inflight 0",
		   "delivered 11");
}

/* ---- without SACK ---- */

static void test_newreno(void **state)
{
	everywhere(OPTS(.no_sack = true), "write 20000", "> 1:10001/10", "+100", "< 1",
		   "> 10001:11001", "ca Disorder", "< 1", "> 11001:12001", "< 1", "ca Recovery",
		   "> 1:1001", "count TCPRenoRecovery 1", "ssthresh 5",
		   /* a partial ACK: the next hole, at once (RFC 6582 §3.2) */
		   "+100", "< 3001", "ca Recovery", "lost 1", "> ", /* PRR: not yet */
		   "< 3001", "> 3001:4001", "< 3001", "> ", "+100", "< 6001", "> 6001:7001", "+100",
		   "< 12001", "ca Recovery", /* not before something above (§4) */
		   "> 12001:17001/5", "+100", "< 14001", "ca Open", "cwnd 5");
}

/* ---- the tail ---- */

static void test_loss_probe(void **state)
{
	/* The probe arrived, and so had the original: D-SACK. */
	everywhere(OPTS(0), "write 2000", "> 1:2001/2", "+210", "> 1001:2001",
		   "count TCPLossProbes 1", "+100", "< 2001 sack 1001:2001", "ca Open", "cwnd 10",
		   "write 1000", "> 2001:3001", "+100", "< 3001", "cwnd 10",
		   "count TCPLossProbeRecovery 0");
	/* The original was lost: cwnd must feel it. */
	everywhere(OPTS(0), "write 2000", "> 1:2001/2", "+210", "> 1001:2001", "+100", "< 2001",
		   "write 1000", "> 2001:3001", "+100", "< 3001", "count TCPLossProbeRecovery 1",
		   "cwnd 5", "ca Open");
	/* Both were lost: the probe's SACK tells. */
	everywhere(OPTS(0), "write 3000", "> 1:3001/3", "+210", "> 2001:3001", "+100",
		   "< 1 sack 2001:3001", "> 1:1001", "ca Recovery", "+100", "< 1001 sack 2001:3001",
		   "> 1001:2001", "+100", "< 3001", "ca Open", "count TCPTimeouts 0");
}

/* ---- timeouts ---- */

#define RTO "write 20000", "> 1:10001/10", "+310", "> 1:1001", "ca Loss", "cwnd 1", "ssthresh 5"

static void test_rto(void **state)
{
	set("net.ipv4.tcp_early_retrans", "0");
	/* Real: the new data of F-RTO is SACKed, but nothing of the old. Slow start. */
	everywhere(OPTS(0), RTO, "+100", "< 1001", "> 10001:12001/2", "ca Loss", "+100",
		   "< 1001 sack 10001:11001", "> 1001:2001", "< 1001 sack 10001:12001",
		   "> 2001:3001", "+100", "< 2001 sack 10001:12001", "> 3001:5001/2",
		   "< 3001 sack 10001:12001", "> 5001:7001/2", "count TCPSlowStartRetrans 6",
		   "+100", "< 12001", "ca Open", "count TCPSpuriousRTOs 0", "count TCPLossUndo 0");
	/* Spurious: what was never sent again is acknowledged (RFC 5682 §3.1 step 3.b). */
	everywhere(OPTS(0), RTO, "+50", "< 1001", "> 10001:12001/2", "+10", "< 2001", "ca Open",
		   "cwnd 11", "lost 0", "count TCPSpuriousRTOs 1", "> 12001:13001");
	/* The same, out of order. */
	everywhere(OPTS(0), RTO, "+10", "< 1 sack 1001:2001", "ca Disorder", "cwnd 10",
		   "count TCPSpuriousRTOs 1", "+10", "< 2001", "ca Open");
	/* Twice: back-off, and F-RTO still finds out. */
	everywhere(OPTS(0), RTO, "+590", "> ", "+20", "> 1:1001", "backoff 2", "+50", "< 1001",
		   "backoff 2", "> 10001:12001/2", "< 3001", "ca Open", "cwnd 12", "backoff 0",
		   "count TCPSpuriousRTOs 1", "count TCPTimeouts 2");
	/* Nothing new to send: as RFC 5681 has it. */
	everywhere(OPTS(0), "write 5000", "> 1:5001/5", "+310", "> 1:1001", "+100", "< 1001",
		   "> 1001:3001/2", "+100", "< 3001", "> 3001:5001/2", "+100", "< 5001", "ca Open",
		   "ssthresh 5");
}

static void test_rto_without_sack(void **state)
{
	set("net.ipv4.tcp_early_retrans", "0");
	everywhere(OPTS(.no_sack = true), RTO, "+100", "< 1001", "> 10001:12001/2", "+100",
		   "< 1001", "> 1001:2001", "count TCPSpuriousRTOs 0");
	everywhere(OPTS(.no_sack = true), RTO, "+50", "< 1001", "> 10001:12001/2", "+10", "< 2001",
		   "ca Open", "cwnd 11", "count TCPSpuriousRTOs 1");
}

/* Data sent just now is not lost because the head timed out. */
static void test_rto_spares_the_young(void **state)
{
	set("net.ipv4.tcp_early_retrans", "0");
	everywhere(OPTS(0), "write 2000", "> 1:2001/2", "+250", "write 2000", "> 2001:4001/2",
		   "+60", "> 1:1001", "ca Loss", "lost 2", "inflight 3");
	set("net.ipv4.tcp_early_retrans", "3");
}

/* ---- undo ---- */

static void test_undo(void **state)
{
	/* D-SACK for the one retransmission. */
	everywhere(OPTS(0), FAST_RETRANSMIT, "+10", "< 4001 sack 1:1001", "ca Open", "cwnd 12",
		   "ssthresh 2147483647", "count TCPDSACKUndo 1", "count TCPDSACKRecv 1");
	/* With everything: the end of recovery sees it. */
	everywhere(OPTS(0), FAST_RETRANSMIT, "+10", "< 12001 sack 1:1001", "ca Open", "cwnd 20",
		   "count TCPFullUndo 1");
	/* Eifel: the ACK echoes the original. */
	everywhere(OPTS(.tstamp = true), FAST_RETRANSMIT, "+10", "< 12001 ecr 1", "ca Open",
		   "cwnd 19", "count TCPFullUndo 1");
	/* The same as a partial ACK: what else was held lost is not. */
	everywhere(OPTS(.tstamp = true), "write 20000", "> 1:10001/10", "+100",
		   "< 1 sack 2001:6001", "ca Recovery", "lost 2", "> 1:1001", "+10",
		   "< 1001 ecr 1 sack 2001:6001", "ca Disorder", "count TCPTSReorder 1",
		   "reordering 6", "count TCPPartialUndo 1", "lost 0", "cwnd 11", "> 10001:16001/6",
		   "+10", "< 6001", "ca Open", "count TCPFastRetrans 1");
	/* While other retransmissions are on their way: wait. */
	everywhere(OPTS(.tstamp = true), "write 20000", "> 1:10001/10", "+100",
		   "< 1 sack 2001:6001", "> 1:1001", "< 1 sack 2001:7001", "> 1001:2001", "+10",
		   "< 1001 ecr 1 sack 2001:7001", "ca Recovery", "count TCPTSReorder 1",
		   "> 10001:11001", "< 7001 ecr 1001", "ca Open", "count TCPPartialUndo 1",
		   "count TCPTSReorder 2");
	/* RTO, Eifel. */
	set("net.ipv4.tcp_early_retrans", "0");
	everywhere(OPTS(.tstamp = true), RTO, "+10", "< 1001 ecr 1", "ca Open", "cwnd 11", "lost 0",
		   "count TCPLossUndo 1", "count TCPSpuriousRTOs 0");
	set("net.ipv4.tcp_early_retrans", "3");
	/* No undo: the retransmission was what arrived. */
	everywhere(OPTS(.tstamp = true), FAST_RETRANSMIT, "+100", "< 12001", "ca Open", "cwnd 6",
		   "count TCPFullUndo 0");
}

/* D-SACKs with reordering widen RACK's window, once in a round trip. */
static void test_dsack_widens(void **state)
{
	everywhere(OPTS(0), "write 20000", "> 1:10001/10", "+100", "< 1 sack 1001:2001",
		   "> 10001:11001", "+10", "< 2001", "count TCPSACKReorder 1", "> 11001:13001/2",
		   "< 2001 sack 3001:4001", "> 13001:14001", "+30", "> 2001:3001", "ca Recovery",
		   "reo_wnd 1", "+10", "< 4001 sack 2001:3001", "reo_wnd 2", "count TCPDSACKUndo 1",
		   "ca Open");
}

/* ---- lies ---- */

static void test_reneging(void **state)
{
	everywhere(OPTS(0), "write 5000", "> 1:5001/5", "+100", "< 1 sack 1001:3001", "ca Disorder",
		   /* the hole is filled, and the receiver has lost what it had */
		   "< 1001", "> ", "+45", "> ", "+10", "> 1001:2001", "ca Loss", "reneg 1",
		   "count TCPSACKReneging 1", "sacked 0", "+100", "< 2001", "> 2001:4001/2", "+100",
		   "< 5001", "ca Open", "reneg 0");
}

static void test_bad_blocks(void **state)
{
	everywhere(OPTS(0), "write 10000", "> 1:10001/10", "+100",
		   "< 1 sack 10001:11001", /* never sent */
		   "< 1 sack 3001:2001",   /* backwards */
		   "< 1 sack 1:1001",	   /* at snd_una */
		   "< 1 sack 2001:4000000000", "< 1 sack 3000000000:3000001000", "sacked 0",
		   "count TCPSACKDiscard 5", "ca Open", "< 1 sack 2001:2001", "sacked 0",
		   /* good among bad */
		   "< 1 sack 10001:11001 4001:5001 5001:4001", "sacked 1", "< 10001", "ca Open");
}

/* ACKs that were overtaken. */
static void test_old_acks(void **state)
{
	everywhere(OPTS(0), "write 10000", "> 1:10001/10", "+100", "< 5001 sack 7001:8001",
		   "sacked 1", "< 3001 sack 6001:7001 8001:9001", "sacked 3", "< 5001", "sacked 3",
		   "< 10001", "ca Open", "inflight 0");
}

/* ---- the end of slow start ---- */

/* A delay ends it; if it was only for a moment, slow start goes on. */
static void test_hystart(void **state)
{
	const struct acklab_opts cubic = { .cc = "cubic" };

	everywhere(cubic, "write 10000", "> 1:10001/10", "+100", "each 1001 10001", "cwnd 20",
		   "write 20000", "+130", "each 11001 30001", "ssthresh 28",
		   "count TCPHystartDelayDetect 1", "write 20000", "+100", "each 31001 38001",
		   "ssthresh 28", "each 39001 50001", "ssthresh 2147483647",
		   "count TCPHystartDelayDetect 1");
	everywhere(cubic, "write 10000", "> 1:10001/10", "+100", "each 1001 10001", "cwnd 20",
		   "write 20000", "+130", "each 11001 30001", "ssthresh 28", "write 20000", "+130",
		   "each 31001 50001", "ssthresh 28", "write 20000", "+130", "each 51001 70001",
		   "ssthresh 28");
}

/* ---- the path takes less than it did ---- */

static void test_mtu_shrinks(void **state)
{
	acklab(OPTS(0), "write 3000", "> 1:3001/3", "+50", "mtu 600", "> 1:3001/6", "ca Loss",
	       "cwnd 10", "+100", "< 3001", "ca Open", "cwnd 10", "write 2000", "> 3001:5001/4",
	       "+100", "< 5001");
}

/* ---- ECN ---- */

static void test_ecn_once_a_round(void **state)
{
	everywhere(OPTS(.ecn = true), "write 20000", "> 1:10001/10", "+100", "< 1001 ece", "ca CWR",
		   "ssthresh 5", "< 2001 ece", "< 3001 ece", "< 4001 ece", "< 5001 ece",
		   "ssthresh 5", "< 6001 ece", "< 7001 ece", "< 8001 ece", "< 9001 ece",
		   "< 10001 ece", "ca CWR", "cwnd 5", "> 10001:15001/5", "+100", "< 11001",
		   "ca Open", "cwnd 5", "< 12001 ece", "ca CWR", "ssthresh 2");
}

/* ---- cwnd when the path is not the limit ---- */

static void test_idle_restart(void **state)
{
	everywhere(OPTS(0), "write 10000", "> 1:10001/10", "+100", "< 10001", "cwnd 20",
		   "write 20000", "> 10001:30001/20", "+100", "< 30001", "cwnd 40", "+150",
		   "write 1000", "cwnd 40", "> 30001:31001", "+100", "< 31001", "+250",
		   "write 1000", "cwnd 20", "> 31001:32001", "+100", "< 32001", "+5000",
		   "write 20000", "cwnd 10", "> 32001:42001/10");
}

static const struct CMUnitTest tests[] = {
	ack_test(test_fast_retransmit),
	ack_test(test_switches),
	ack_test(test_rack_by_time),
	ack_test(test_reordering_tolerated),
	ack_test(test_lost_retransmission),
	ack_test(test_prr_slow_start),
	ack_test(test_rfc6675),
	ack_test(test_tso_cut),
	ack_test(test_newreno),
	ack_test(test_loss_probe),
	ack_test(test_rto),
	ack_test(test_rto_without_sack),
	ack_test(test_rto_spares_the_young),
	ack_test(test_undo),
	ack_test(test_dsack_widens),
	ack_test(test_reneging),
	ack_test(test_bad_blocks),
	ack_test(test_old_acks),
	ack_test(test_ecn_once_a_round),
	ack_test(test_idle_restart),
	ack_test(test_hystart),
	ack_test(test_mtu_shrinks), /* the last: the route remembers it */
};

int main(void)
{
	return cmocka_run_group_tests(tests, acklab_setup, NULL);
}
