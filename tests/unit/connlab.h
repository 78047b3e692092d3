/*
 * Hand-made TCP segments for netlab.h: from 10.0.0.1 to the stack, and what comes out, taken apart.
 * Include it after cmocka.h.
 */
#pragma once

#include "netlab.h"

#include "kernel/arch/host/skbox.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input.h"

/* A segment. In: sport is the peer's; 0 of lport and rport: LAB_PORT, LAB_PEER_PORT. */
struct raw_seg {
	be32 saddr, daddr;
	u16 sport, dport;
	u32 seq, ack;
	u8 flags, tos;
	u16 win;
	u16 mss; /* options; 0: none */
	bool sack_ok, ts, has_wscale, bad_csum;
	u8 wscale;
	u32 tsval, tsecr;
	s8 fo_len; /* 0: none, as len + 1 */
	u8 fo[16];
	const void *data;
	u32 len;
	/* out only */
	u8 opts[40];
	u32 nopts;
};

#define LAB_PORT 80
#define LAB_PEER_PORT 40000

#define SYN TCPHDR_SYN
#define ACK TCPHDR_ACK
#define FIN TCPHDR_FIN
#define RST TCPHDR_RST
#define PSH TCPHDR_PSH

void raw_in(const struct raw_seg *s);
/* The next segment out; false: there is none. */
bool raw_out(struct raw_seg *s);
void raw_expect(struct raw_seg *s, u8 flags);
void raw_expect_nothing(void);
/* As netlab_begin and _end, and all of TCP's tables are empty in the end (after a while). */
int connlab_begin(void **state);
int connlab_end(void **state);
#define conn_test(f) cmocka_unit_test_setup_teardown(f, connlab_begin, connlab_end)

/* A listener on LAB_PORT. */
int lab_listen(int backlog);
/* accept(): a descriptor or -errno. */
int lab_accept(int fd);
/* A connection by handshake from the peer's @port: our first sequence number in *@iss. */
struct lab_conn {
	int fd;
	bool active;	      /* we connected */
	u16 port;	      /* that differs: the peer's, or ours */
	u32 snd_nxt, rcv_nxt; /* the peer's */
};
void lab_passive(int listener, u16 port, struct lab_conn *c);
/* connect() from here to the peer's port 80; answered. */
void lab_active(struct lab_conn *c);
/* From the peer of @c; seq and ack are filled in, snd_nxt goes on. */
void lab_send(struct lab_conn *c, u8 flags, const void *data, u32 len);
/* The next segment of @c, which must begin where the last ended. */
void lab_expect(struct lab_conn *c, struct raw_seg *s, u8 flags);
u8 lab_state(int fd);
/* A counter's growth since @connlab_begin. */
u64 lab_grown(u32 tcpext);
#define GROWN(n) ((int)lab_grown(TCPEXT_MIB_##n))
