/*
 * Delivery-rate samples: packets sent and delivered at times that the test chooses, and the rate
 * that the draft's definition gives for them.
 */
#include <string.h>

#include "kern.h"
#include "net/transport/tcp_cong.h"

#define MS NSEC_PER_MSEC
#define PACKETS 64

static struct tcp_sock tp;
static struct sock *const sk = &tp.sk;
static struct sk_buff packet[PACKETS];

static void fresh(void)
{
	memset(&tp, 0, sizeof(tp));
	memset(packet, 0, sizeof(packet));
	tp.rtt_min[0].value_us = 1000;
	tp.mss_cache = 1000;
	tp.snd_cwnd = 10;
}

static void at_ms(u32 ms)
{
	tp.mstamp_ns = 1000 * MS + ms * MS;
}

/* Packet @i, of one segment, sent at @ms. */
static void sent(u32 i, u32 ms)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(&packet[i]);

	at_ms(ms);
	cb->seq = i * 1000;
	cb->end_seq = cb->seq + 1000;
	cb->tx.xmit_ns = tp.mstamp_ns;
	tcp_rate_skb_sent(sk, &packet[i]);
	tp.packets_out++;
}

/* An ACK at @ms that delivers packets @from to @to. */
static struct rate_sample acked(u32 from, u32 to, u32 ms)
{
	struct rate_sample rs = { .rtt_us = -1 };
	u32 before = tp.delivered;

	at_ms(ms);
	for (u32 i = from; i <= to; i++) {
		tcp_rate_skb_delivered(sk, &packet[i], &rs);
		tp.delivered++;
		tp.packets_out--;
	}
	tcp_rate_gen(sk, tp.delivered - before, 0, false, &rs);
	return rs;
}

/* A steady stream: so many segments each round trip. */
static void steady(void **state)
{
	struct rate_sample rs;

	fresh();
	for (u32 i = 0; i < 50; i++)
		sent(i, i * 2);
	/* Each is back 100 ms after it left: the first sample is over its own round trip. */
	rs = acked(0, 0, 100);
	assert_int_equal(rs.delivered, 1);
	assert_int_equal(rs.interval_us, 100000);
	for (u32 i = 1; i < 50; i++) {
		rs = acked(i, i, 100 + i * 2);
		/* All were sent before the first ACK: it counts from the beginning. */
		assert_int_equal(rs.delivered, i + 1);
		assert_int_equal(rs.interval_us, 100000 + i * 2000);
		assert_int_equal(rs.rcv_interval_us, 100000 + i * 2000);
	}
	/* From now on a packet sees what was delivered while it was on its way. */
	sent(50, 200);
	sent(51, 202);
	rs = acked(50, 51, 302);
	assert_int_equal(rs.prior_delivered, 50);
	assert_int_equal(rs.delivered, 2);
}

/* ACKs held back and let go at once: the time of sending bounds the rate. */
static void ack_compression(void **state)
{
	struct rate_sample rs;

	fresh();
	sent(0, 0);
	acked(0, 0, 50);
	for (u32 i = 1; i <= 20; i++)
		sent(i, 50 + i * 10);
	rs = acked(1, 1, 255);
	rs = acked(2, 20, 256);
	/* 20 segments that took 190 ms to send, not the 1 ms between the ACKs. */
	assert_int_equal(rs.delivered, 20);
	assert_true(rs.snd_interval_us >= 180000);
	assert_true((u32)rs.interval_us >= rs.snd_interval_us);
}

/* The ACK of several: that of the packet sent last. */
static void the_latest_counts(void **state)
{
	struct rate_sample rs;

	fresh();
	sent(0, 0);
	sent(1, 1);
	acked(0, 0, 40);
	sent(2, 41);
	rs = acked(1, 2, 90);
	assert_int_equal(rs.prior_delivered, 1);
	assert_int_equal(rs.delivered, 2);
	assert_int_equal(rs.last_end_seq, 3000);
}

static void app_limited(void **state)
{
	struct rate_sample rs;

	fresh();
	tp.snd_nxt = tp.write_seq = 1000;
	sent(0, 0);
	/* Nothing more to send, and the window is open. */
	tcp_rate_check_app_limited(sk);
	assert_int_equal(tp.app_limited, 1);
	sent(1, 10);
	rs = acked(0, 0, 40);
	assert_false(rs.is_app_limited);
	assert_int_equal(tp.rate_app_limited, 0);
	rs = acked(1, 1, 50);
	assert_true(rs.is_app_limited);
	/* The bubble has left the pipe: delivered is beyond it. */
	assert_int_equal(tp.app_limited, 0);
	sent(2, 60);
	rs = acked(2, 2, 100);
	assert_false(rs.is_app_limited);
}

/* What has data waiting, a full window, or losses to repair is not the application's fault. */
static void not_app_limited(void **state)
{
	fresh();
	tp.write_seq = 5000;
	tcp_rate_check_app_limited(sk);
	assert_int_equal(tp.app_limited, 0);
	tp.write_seq = 0;
	tp.packets_out = 10;
	tcp_rate_check_app_limited(sk);
	assert_int_equal(tp.app_limited, 0);
	tp.packets_out = 5;
	tp.lost_out = 1;
	tcp_rate_check_app_limited(sk);
	assert_int_equal(tp.app_limited, 0);
	tp.lost_out = 0;
	sk->wmem_alloc = SKB_TRUESIZE;
	tcp_rate_check_app_limited(sk);
	assert_int_equal(tp.app_limited, 0);
	sk->wmem_alloc = 0;
	tcp_rate_check_app_limited(sk);
	assert_int_equal(tp.app_limited, 5);
}

/* A slow application does not hide what the path can do. */
static void the_best_is_kept(void **state)
{
	fresh();
	for (u32 i = 0; i < 10; i++)
		sent(i, i);
	acked(0, 9, 100);
	assert_int_equal(tp.rate_delivered, 10);
	assert_int_equal(tp.rate_interval_us, 100000);
	tcp_rate_check_app_limited(sk);
	sent(10, 200);
	acked(10, 10, 300);
	assert_int_equal(tp.rate_delivered, 10);
	assert_false(tp.rate_app_limited);
}

/* SACKed first, ACKed later: it is delivered once. */
static void sacked_counts_once(void **state)
{
	struct rate_sample rs;

	fresh();
	sent(0, 0);
	sent(1, 1);
	TCP_SKB_CB(&packet[1])->sacked = TCPCB_SACKED_ACKED;
	rs = acked(1, 1, 50);
	assert_int_equal(rs.delivered, 1);
	memset(&rs, 0, sizeof(rs));
	tcp_rate_skb_delivered(sk, &packet[1], &rs);
	assert_int_equal(rs.prior_ns, 0);
}

static void no_sample(void **state)
{
	struct rate_sample rs = { .rtt_us = -1 };

	fresh();
	at_ms(10);
	tcp_rate_gen(sk, 0, 3, false, &rs);
	assert_int_equal(rs.delivered, -1);
	assert_int_equal(rs.interval_us, -1);
	assert_int_equal(rs.losses, 3);
	/* The peer takes back what it had SACKed. */
	sent(0, 20);
	at_ms(60);
	tcp_rate_skb_delivered(sk, &packet[0], &rs);
	tp.delivered++;
	tcp_rate_gen(sk, 1, 0, true, &rs);
	assert_int_equal(rs.delivered, -1);
}

/* Faster than any round trip was: the ACK was for something else. */
static void too_fast(void **state)
{
	struct rate_sample rs;

	fresh();
	tp.rtt_min[0].value_us = 30000;
	sent(0, 0);
	rs = acked(0, 0, 29);
	assert_int_equal(rs.interval_us, -1);
	sent(1, 40);
	rs = acked(1, 1, 70);
	assert_int_equal(rs.interval_us, 30000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steady),
		cmocka_unit_test(ack_compression),
		cmocka_unit_test(the_latest_counts),
		cmocka_unit_test(app_limited),
		cmocka_unit_test(not_app_limited),
		cmocka_unit_test(the_best_is_kept),
		cmocka_unit_test(sacked_counts_once),
		cmocka_unit_test(no_sample),
		cmocka_unit_test(too_fast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
