/*
 * A laboratory for TCP: the stack at 10.1.0.2 on a device without frames, and a peer, 10.1.0.1,
 * that is the test: segments by hand, in either direction, on the moved clock. Sequence numbers are
 * relative, as in a trace: 0 is the SYN's, 1 the first byte's. Include it after cmocka.h.
 */
#pragma once

#include <abi/fcntl.h>
#include <abi/in.h>
#include <abi/poll.h>

#include "kernel/arch/host/skbox.h"
#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/ip/ip.h"
#include "net/transport/tcp_sock.h"

#define IP4(a, b, c, d) htonl((u32)(a) << 24 | (u32)(b) << 16 | (u32)(c) << 8 | (u32)(d))
#define OUR_IP IP4(10, 1, 0, 2)
#define PEER_IP IP4(10, 1, 0, 1)
#define MSEC NSEC_PER_MSEC
#define SECOND NSEC_PER_SEC

#define FIN TCPHDR_FIN
#define SYN TCPHDR_SYN
#define RST TCPHDR_RST
#define PSH TCPHDR_PSH
#define ACK TCPHDR_ACK
#define URG TCPHDR_URG
#define ECE TCPHDR_ECE
#define CWR TCPHDR_CWR

/*
 * For cmocka_run_group_tests: boots once. For each test: afterwards the pool, the socks and the
 * memory that TCP has charged are as before.
 */
int tcplab_setup(void **state);
int tcplab_begin(void **state);
int tcplab_end(void **state);
#define tcp_test(f) cmocka_unit_test_setup_teardown(f, tcplab_begin, tcplab_end)

/* ---- a connection, and what is agreed in its handshake ---- */

struct conn {
	int fd;	       /* -1: closed */
	u16 our, peer; /* ports */
	u32 iss, irs;  /* ours, the peer's */
	bool ts;       /* timestamps are used: tsval, tsecr go with what the peer says */
	u32 tsval;     /* the peer's clock */
	u32 tsecr;     /* the last that we said */
	u8 wscale;     /* that we announced */
};

/* What the peer says in its SYN or SYN-ACK; 0: nothing. */
struct offer {
	u32 irs; /* the peer's first number */
	u16 mss, win;
	u8 wscale; /* + 1 */
	bool sack, ts;
	u8 flags; /* besides SYN (and ACK): ECE, CWR */
	int rcvbuf;
};

/* A connection that we have opened; ESTABLISHED. */
struct conn conn_active(const struct offer *o);
/* That the peer has opened: accepted. */
struct conn conn_passive(const struct offer *o);
/* Its socket, until it is closed. */
struct tcp_sock *conn_tp(const struct conn *c);
u8 conn_state(const struct conn *c);
/* Ends it whatever its state is, without a trace. */
void conn_kill(struct conn *c);
void conn_close(struct conn *c); /* the task's close() */

/* ---- segments ---- */

struct segment {
	u32 seq, ack; /* relative */
	u8 flags;
	bool ae; /* beside flags: RFC 9768 */
	u16 win; /* as on the wire; 0: 1000 */
	bool zero_win;
	u32 len; /* of payload: the stream's bytes from @seq on (stream_byte) */
	u16 urg;
	u8 tos;
	const u8 *opt; /* beside timestamps */
	u32 optlen;    /* a multiple of 4 */
	/* out only */
	struct tcp_options_received options;
	u8 payload[2048];
};

/* From the peer. */
void seg_in(struct conn *c, const struct segment *s);
/* Often needed: flags, seq, ack, len. */
void seg(struct conn *c, u8 flags, u32 seq, u32 ack, u32 len);
/* What we have sent; false: nothing. Checks checksums and lengths. */
bool seg_out(struct conn *c, struct segment *s);
/* The next segment out must be this one; returns it. */
struct segment expect(struct conn *c, u8 flags, u32 seq, u32 ack, u32 len);
void expect_nothing(struct conn *c);
/* Takes everything that is out; how many segments. */
u32 drain(struct conn *c);

void advance(u64 ns);
u8 stream_byte(u32 rel_seq); /* the peer's stream, from 1 on */
/* Reads up to @len bytes; they must be the stream's from @seq on. The result of recv. */
long read_stream(struct conn *c, u32 seq, u32 len);
u32 tcp_random(void);
#define MIB(n) (tcpext_mib[TCPEXT_MIB_##n])
