/*
 * iperf3: what its files share. One task serves the control connection and all streams from one
 * poll loop.
 *
 *   options.c   the command line        control.c   the test's states and parameters on the wire
 *   client.c, server.c   the two roles  streams.c   opening, moving and counting bytes
 *   results.c   the exchange at the end, JSON      report.c   what is printed
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPERF_PORT 5201
#define IPERF_COOKIE 37 /* 36 characters and a NUL */
#define IPERF_MAX_STREAMS 128
#define IPERF_MAX_JSON 65536
#define IPERF_TCP_LEN (128 * 1024)
#define IPERF_MAX_LEN (1024 * 1024)
#define IPERF_UDP_LEN 1448
#define IPERF_UDP_RATE 1000000
#define IPERF_UDP_HELLO 0x36373839 /* as bytes in this machine's order */
#define IPERF_UDP_REPLY 0x39383736
#define IPERF_UDP_HELLO_OLD 123456789
#define IPERF_UDP_REPLY_OLD 987654321

/* The states that travel over the control connection, a byte each. */
enum iperf_state {
	TEST_START = 1,
	TEST_RUNNING = 2,
	TEST_END = 4,
	PARAM_EXCHANGE = 9,
	CREATE_STREAMS = 10,
	SERVER_TERMINATE = 11,
	CLIENT_TERMINATE = 12,
	EXCHANGE_RESULTS = 13,
	DISPLAY_RESULTS = 14,
	IPERF_DONE = 16,
	ACCESS_DENIED = -1,
	SERVER_ERROR = -2,
};

struct tally {
	uint64_t bytes, packets, lost, out_of_order;
	uint64_t retrans; /* sender's TCP_INFO, since the start */
};

struct stream {
	int fd, id; /* @id: as both sides count, 1, 3, 4 … */
	bool sender, ended;
	struct tally total, since; /* of the test without -O, of the interval */
	uint64_t peer_bytes, peer_packets, peer_errors, peer_retrans;
	uint64_t retrans_base, sequence;
	int64_t peer_jitter_ns, transit_ns,
		jitter_ns; /* RFC 1889 §6.3.1, as UDP's receiver sees it */
	int64_t next_ns;   /* with a rate: when the next block is due */
	uint32_t cwnd;
};

struct iperf {
	/* what was asked for */
	bool server, udp, reverse, bidir, json, nodelay, one_off, udp64, zero_copy, verbose;
	const char *host, *bind_addr, *congestion;
	char congestion_buf[16], title[64];
	int port, nstreams_wanted, tos, mss, window;
	int64_t duration_ns, omit_ns, interval_ns;
	uint64_t num_bytes, num_blocks, rate; /* rate: bit/s, 0: no bound */
	int len;			      /* bytes a block; 0: the default */
	char format;			      /* k m g t K M G T, 0: as fits */

	/* the test that runs */
	int control, listener, udp_listener;
	char cookie[IPERF_COOKIE];
	struct stream streams[IPERF_MAX_STREAMS];
	int nstreams;
	int64_t start_ns, end_ns, last_report_ns;
	bool omitting, running;
	uint64_t sent_blocks, sent_bytes;
	char *buf;
	char *text; /* IPERF_MAX_JSON bytes for what is exchanged */
	bool peer_has_retrans;
};

/* options.c: 0, or the exit status to end with plus one. */
int iperf_options(struct iperf *t, int argc, char **argv);
/* "10M", "1.5G": multiplied by @k-powers (1000 or 1024). False: no number. */
bool iperf_number(const char *s, uint64_t k, uint64_t *out);

int iperf_client(struct iperf *t);
int iperf_server(struct iperf *t);

/* control.c: each false when the connection is gone or lies; has said so. */
bool iperf_send_state(struct iperf *t, int state);
bool iperf_read_state(struct iperf *t, int *state);
bool iperf_send_params(struct iperf *t);
bool iperf_read_params(struct iperf *t);
bool iperf_read_all(int fd, void *buf, size_t len, int timeout_ms);
bool iperf_write_all(int fd, const void *buf, size_t len);
/* A state does not wait until the one before it is acknowledged. */
void iperf_hurry(int control);
/* A length and a text of that length. */
bool iperf_send_json(struct iperf *t, const char *text);
bool iperf_read_json(struct iperf *t);

/* streams.c */
bool iperf_set_options(struct iperf *t, int fd); /* before connect or listen */
struct stream *iperf_add_stream(struct iperf *t, int fd, bool sender);
void iperf_close_streams(struct iperf *t);
/* Counting begins. */
void iperf_begin(struct iperf *t);
/*
 * Moves bytes until the control connection has something to say (1), the test's end by time or
 * amount (0), or a stream or a signal ended it (-1).
 */
int iperf_run(struct iperf *t);

/* results.c */
bool iperf_exchange_results(struct iperf *t);

/* json.c: just enough of RFC 8259 to read a flat object, and the objects of an array. */
/* The value of @key in the object at @obj (not in nested ones); NULL: none. */
const char *json_find(const char *obj, const char *key);
/* Numbers: the integer part; with nine decimals for json_nano. */
bool json_uint(const char *obj, const char *key, uint64_t *out);
bool json_nano(const char *obj, const char *key, int64_t *out);
bool json_true(const char *obj, const char *key);
bool json_string(const char *obj, const char *key, char *out, size_t size);
/* The @i'th object of the array at @value; NULL: no more. */
const char *json_element(const char *value, int i);

/* report.c */
void iperf_report_start(const struct iperf *t);
void iperf_report_interval(struct iperf *t, int64_t now);
void iperf_report_end(struct iperf *t);
