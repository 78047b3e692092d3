/*
 * A laboratory for the sender: one connection of the stack's over a bare IP device on the moved
 * clock, and a peer whose every ACK the test writes. Sequence numbers are relative: the first byte
 * of data is 1. What happens is told by scripts, a step a line:
 *
 *   write 5000                 the task writes
 *   +100                       100 ms go by
 *   < 1 sack 1001:2001 3001:   an ACK; also: win 0, ece, ecr 1001 (the echo is the first sending of
 *                              that sequence; without it, the last sending of what is acknowledged)
 *   each 1001 5001             an ACK for each 1000 bytes from here to there
 *   mtu 600                    a router says that a packet of the first unacknowledged data was too
 * big > 1:1001 2001:5001/3       all that has come out since: runs of segments, /how many if not
 * one ca Recovery                the sender's state; also: cwnd 10, ssthresh 7, inflight 3, lost 1,
 *                              reordering 3, undo 1 (is an undo possible?)
 *   count TCPDSACKUndo 1       a counter of /proc/net/netstat, since the script began
 *
 * After each step the sums and lists of the sender are counted again (tcp_rtx_check).
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/arch/host/skbox.h"
#include "net/core/byteorder.h"
#include "net/transport/tcp_ack.h"
#include "net/transport/tcp_sock.h"

struct acklab_opts {
	bool no_sack, tstamp, ecn;
	bool tso;	/* packets of many segments; they wait for each other, too */
	const char *cc; /* NULL: reno */
	u32 mss;	/* 0: 1000, after the timestamps option */
	u32 window;	/* 0: 1 MiB */
	u32 wrap_at;	/* relative number at which sequence numbers pass 2^32; 0: as it comes */
	int rtt_ms;	/* of the handshake; 0: 100 */
};

/* For cmocka: boots once; before and after each test: no buffer may be left. */
int acklab_setup(void **state);
int acklab_begin(void **state);
int acklab_end(void **state);
#define ack_test(f) cmocka_unit_test_setup_teardown(f, acklab_begin, acklab_end)

void acklab_open(const struct acklab_opts *o);
void acklab_close(void); /* by RST of the peer */
void acklab_run(const char *const *script, u32 n);
/* Opens, runs, closes. */
#define acklab(opts, ...)                                                                          \
	do {                                                                                       \
		static const char *const steps_[] = { __VA_ARGS__ };                               \
		struct acklab_opts opts_ = opts;                                                   \
                                                                                                   \
		acklab_open(&opts_);                                                               \
		acklab_run(steps_, sizeof(steps_) / sizeof(steps_[0]));                            \
		acklab_close();                                                                    \
	} while (0)

struct tcp_sock *acklab_tp(void);
u32 acklab_now_ms(void);
/* One step of a script. */
void acklab_step(const char *line);

/* For tests that go on for long: a segment of the stack's, and an ACK. */
struct acklab_seg {
	u32 seq, end_seq; /* relative */
	u8 flags;
	u32 tsval;
};
bool acklab_out(struct acklab_seg *seg);
struct acklab_ack {
	u32 ack, window, tsecr; /* ack: relative; window: bytes */
	u32 num_sacks;
	struct tcp_sack_block sacks[4];
	bool ece;
};
void acklab_in(const struct acklab_ack *a);
void acklab_icmp_mtu(u32 mtu);
long acklab_write(u32 bytes);
u32 acklab_tsval(u32 seq, bool last); /* of what was sent at @seq, first or last */
