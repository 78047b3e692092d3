/*
 * The command's own parts: where packets come from (a file, a device), where they go (lines, a
 * file, listeners on the network).
 */
#pragma once

#include "dump.h"
#include "filter.h"

#define SNAPLEN_MAX 262144u
#define PACKET_ROOM (65536u + 64) /* the largest packet there is, with its link header */

/* One packet on its way. */
struct packet {
	const uint8_t *p;
	uint32_t caplen, len;
	uint64_t ns; /* since 1970 */
};

/* ---- pcap files (savefile.c) ---- */

struct savefile;

/* NULL: has said why. "-" is standard input. */
struct savefile *savefile_open(const char *path);
int savefile_link(const struct savefile *f);
uint32_t savefile_snaplen(const struct savefile *f);
/* 1: there was one (valid until the next call); 0: the end; -1: has said what is wrong. */
int savefile_next(struct savefile *f, struct packet *packet);
void savefile_close(struct savefile *f);

#define PCAP_HEADER 24
#define PCAP_RECORD 16
void pcap_header(uint8_t out[PCAP_HEADER], int link, uint32_t snaplen);
void pcap_record(uint8_t out[PCAP_RECORD], const struct packet *packet);

/* ---- where packets are written (sink.c) ---- */

struct sink;

/* @path: a file, "-", or "tcp:PORT": whoever connects there gets the packets from then on. NULL:
 * has said why. @every: write each packet at once. */
struct sink *sink_open(const char *path, int link, uint32_t snaplen, bool every);
/* The port that a sink listens on, 0: it is a file. */
int sink_port(const char *path);
bool sink_write(struct sink *s, const struct packet *packet);
/* What poll() should wait for: at most @max entries in @fds (struct pollfd); their number. */
struct pollfd;
int sink_poll(struct sink *s, struct pollfd *fds, int max);
/* Lets in who has come, sends what has waited. */
void sink_serve(struct sink *s);
/* False: something could not be written. */
bool sink_close(struct sink *s);

/* ---- the session ---- */

struct session {
	const char *device, *read, *write;
	char *expression;
	long count, snaplen;
	int direction; /* 'i', 'o', 0: both */
	int show_code; /* how many -d */
	bool list, no_promisc, flush, no_optimize, no_names, line_buffered;
	struct dump_options o;
	struct filter_env env;
	struct filter_program prog;
	struct dump dump;
	struct sink *sink;
	int link;
	uint64_t captured;
};

/* Compiles the session's expression for its link. False: has said why. */
bool session_compile(struct session *s);
/* Prints or writes one packet that is wanted. False: it was the last one. */
bool session_take(struct session *s, const struct packet *packet);
const char *link_name(int link);

/* capture.c: a main's result. */
int capture(struct session *s);
int capture_list(void);
