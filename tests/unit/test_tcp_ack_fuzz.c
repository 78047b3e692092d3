/*
 * A peer that lies: ACKs and SACK blocks at random - true, half true, old, from the future, across
 * the end of the sequence space - for a sender that goes on. After each the sums and lists of the
 * sender are counted again. TCP_ACK_FUZZ=n: so many ACKs, not 300,000.
 */
#include "tests/unit/acklab.h"

#include "net/core/snmp.h"

char *getenv(const char *name);
unsigned long strtoul(const char *s, char **end, int base);

static u64 rand_state;

static u32 rnd(void)
{
	rand_state = rand_state * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(rand_state >> 32);
}
static u32 below(u32 n)
{
	return (u32)((u64)rnd() * n >> 32);
}

static u32 una, nxt;		     /* relative */
static struct tcp_sack_block resent; /* what the sender sent twice last */

/* Mostly somewhere in what is on its way, at a segment's edge or not; now and then anywhere. */
static u32 some_seq(void)
{
	switch (below(16)) {
	case 0:
		return rnd();
	case 1:
		return nxt + below(5) - 2;
	case 2:
		return una + below(5) - 2;
	case 3:
		return una - below(100000);
	case 4:
	case 5:
		return una + below(nxt - una + 1);
	default:
		return una + below((nxt - una) / 1000 + 1) * 1000;
	}
}

static u32 some_ack(void)
{
	switch (below(12)) {
	case 0:
		return some_seq();
	case 1:
		return una + below(nxt - una + 1);
	case 2:
		return una - below(3000);
	case 3:
	case 4:
		return una + min(below(4) * 1000, nxt - una);
	case 5:
		return below(20) ? una : nxt;
	default:
		return una;
	}
}

static void lie(struct acklab_ack *a)
{
	a->ack = some_ack();
	a->window = below(10) ? 1 << 20 : below(20000);
	a->ece = !below(20);
	a->tsecr = below(4) ? acklab_now_ms() - below(300) : rnd();
	a->num_sacks = below(3) ? below(4) : 0;
	for (u32 i = 0; i < a->num_sacks; i++) {
		a->sacks[i].start_seq = some_seq();
		a->sacks[i].end_seq =
			below(3) ? a->sacks[i].start_seq + (1 + below(9)) * 1000 : some_seq();
	}
	if (a->num_sacks > 1 && !below(6)) /* a duplicate of what the second block has */
		a->sacks[0] = a->sacks[1];
	if (a->num_sacks && !below(6)) /* and one that may be true */
		a->sacks[0] = resent;
}

static void fuzz_connection(const struct acklab_opts *opts, u32 acks)
{
	struct tcp_sock *tp;
	struct acklab_seg seg;
	u32 base, fuzzed = 0;

	acklab_open(opts);
	tp = acklab_tp();
	base = tp->snd_una - 1;
	for (u32 i = 0; i < acks && tp->sk.state == TCP_ESTABLISHED; i++) {
		struct acklab_ack a = { 0 };
		const char *bad;

		una = tp->snd_una - base;
		nxt = tp->snd_nxt - base;
		lie(&a);
		if (!below(500))
			acklab_icmp_mtu(560 + below(900));
		fuzzed++;
		acklab_in(&a);
		bad = tcp_rtx_check(tp);
		if (bad)
			fail_msg("ACK %u: %s", i, bad);
		assert_true(tp->snd_cwnd > 0 && tp->snd_cwnd < 1 << 24);
		if (!below(4))
			acklab_write(below(30000));
		if (!below(3))
			skbox_advance((u64)below(below(50) ? 20 : 2000) * NSEC_PER_MSEC);
		while (acklab_out(&seg)) {
			assert_false(seg.flags & TCPHDR_RST);
			if ((s32)(seg.seq - nxt) < 0 && seg.seq != seg.end_seq)
				resent = (struct tcp_sack_block){ seg.seq, seg.end_seq };
		}
		bad = tcp_rtx_check(tp);
		if (bad)
			fail_msg("after ACK %u: %s", i, bad);
	}
	assert_int_equal(fuzzed, acks);
	acklab_close();
}

static void test_lies(void **state)
{
	static const char *const ccs[] = { "reno", "cubic", "bbr" };
	const char *n = getenv("TCP_ACK_FUZZ");
	u32 left = n ? (u32)strtoul(n, NULL, 10) : 300000, seed = 1;

	for (; left; left -= min(left, 2000u), seed++) {
		struct acklab_opts opts = {
			.no_sack = seed % 8 == 0,
			.tstamp = seed % 2,
			.ecn = seed % 3 == 0,
			.tso = seed % 4 < 2,
			.cc = ccs[seed % 3],
			.wrap_at = seed % 5 < 2 ? 0 : 1 + (seed * 7919) % 400000,
		};

		rand_state = seed * 0x9e3779b97f4a7c15ull;
		assert_int_equal(skbox_sysctl("net.ipv4.tcp_recovery", seed % 7 ? "1" : "0"), 0);
		assert_int_equal(skbox_sysctl("net.ipv4.tcp_mtu_probing", seed % 6 ? "0" : "2"), 0);
		fuzz_connection(&opts, min(left, 2000u));
	}
}

/* Has it come everywhere? */
static void test_reached(void **state)
{
	static const struct {
		const char *name;
		int index;
	} events[] = {
#define X(n) { #n, TCPEXT_MIB_##n },
		SNMP_TCPEXT(X)
#undef X
	};
	static const char *const wanted[] = {
		"TCPRenoRecovery",
		"TCPSackRecovery",
		"TCPSACKReneging",
		"TCPSACKReorder",
		"TCPRenoReorder",
		"TCPTSReorder",
		"TCPFullUndo",
		"TCPPartialUndo",
		"TCPDSACKUndo",
		"TCPLossUndo",
		"TCPLostRetransmit",
		"TCPFastRetrans",
		"TCPSlowStartRetrans",
		"TCPTimeouts",
		"TCPLossProbes",
		"TCPLossProbeRecovery",
		"TCPDSACKRecv",
		"TCPDSACKOfoRecv",
		"TCPSACKDiscard",
		"TCPDSACKIgnoredOld",
		"TCPDSACKIgnoredNoUndo",
		"TCPSpuriousRTOs",
		"TCPDSACKIgnoredDubious",
		"TCPChallengeACK",
		"TCPDeliveredCE",
	};

	for (u32 i = 0; i < ARRAY_SIZE(events); i++)
		if (tcpext_mib[events[i].index])
			print_message("  %s %lu\n", events[i].name,
				      (unsigned long)tcpext_mib[events[i].index]);
	for (u32 i = 0; i < ARRAY_SIZE(wanted); i++)
		for (u32 j = 0; j < ARRAY_SIZE(events); j++)
			if (!strcmp(wanted[i], events[j].name) && !tcpext_mib[events[j].index])
				fail_msg("no %s", wanted[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ack_test(test_lies),
		cmocka_unit_test(test_reached),
	};

	return cmocka_run_group_tests(tests, acklab_setup, NULL);
}
