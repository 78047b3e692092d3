/*
 * Packets as lines of text, in tcpdump's words. Each printer is the one reader of its protocol's
 * bytes: it gets a span of what was captured, looks before it reads, and adds to the line. Lines
 * are made in a buffer of the caller's, so printers are pure functions of bytes and options.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IP6_HEADER 40
#define DUMP_FLOWS 256 /* TCP connections whose first sequence numbers are remembered */

struct dump_options {
	int verbose;   /* -v, -vv, -vvv */
	int time;      /* how many -t */
	int hex;       /* -x: 1, -xx: 2 */
	int text_hex;  /* -X, -XX */
	bool ascii;    /* -A */
	bool ether;    /* -e */
	bool quick;    /* -q */
	bool absolute; /* -S */
	bool no_cksum; /* -K */
	bool number;   /* -# */
	bool nanoseconds;
	/* Names; NULL (-n): numbers. */
	const char *(*host)(uint32_t addr, char *buf, size_t size);
	const char *(*port)(uint16_t port, const char *proto, char *buf, size_t size);
	/* A device's name in IF_NAMESIZE bytes; NULL: there is none of this number. */
	char *(*device)(unsigned int index, char *buf);
};

/* @cap bytes were captured of what its headers say are @len; cap <= len. */
struct span {
	const uint8_t *p;
	uint32_t cap, len;
};

struct dump_flow {
	uint32_t src, dst, seq, ack;
	uint16_t sport, dport;
	bool used;
};

struct dump {
	const struct dump_options *o;
	char *text;
	size_t size, used;
	struct dump_flow *flows; /* DUMP_FLOWS of them */
	uint64_t first_ns, last_ns, packets;
};

/* ---- the line ---- */

void out(struct dump *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* " [|tcp]": the capture ends here. */
void out_truncated(struct dump *d, const char *protocol);
/* Text of a packet: what is not printable is written as tcpdump does. */
void out_text(struct dump *d, const uint8_t *p, size_t len);
const char *out_name(const char *const *names, size_t n, unsigned int i);

/* ---- bytes ---- */

static inline bool span_has(struct span s, uint32_t at, uint32_t n)
{
	return at <= s.cap && n <= s.cap - at;
}

/* The rest from @at on. */
static inline struct span span_from(struct span s, uint32_t at)
{
	uint32_t cut = at < s.cap ? at : s.cap;

	return (struct span){ s.p + cut, s.cap - cut, at < s.len ? s.len - at : 0 };
}

/* The first @len. */
static inline struct span span_first(struct span s, uint32_t len)
{
	return (struct span){ s.p, s.cap < len ? s.cap : len, len };
}

static inline uint32_t get16(struct span s, uint32_t at)
{
	return (uint32_t)s.p[at] << 8 | s.p[at + 1];
}

static inline uint32_t get32(struct span s, uint32_t at)
{
	return get16(s, at) << 16 | get16(s, at + 2);
}

static inline uint32_t get24(struct span s, uint32_t at)
{
	return get16(s, at) << 8 | s.p[at + 2];
}

/* The internet checksum of all of @s, begun with @sum: 0 over a header that holds its own. */
uint16_t span_checksum(struct span s, uint32_t sum);

/* ---- pieces of lines ---- */

/* "10.0.0.1", or the name. */
const char *dump_host(struct dump *d, uint32_t addr, char buf[64]);
/* "fe80::1" */
const char *dump_host6(const uint8_t *p, char buf[64]);
/* "10.0.0.1 > 10.0.0.2", of either version. */
void dump_addresses(struct dump *d, struct span ip);
/* "10.0.0.1.80 > 10.0.0.2.4000: ", of either version. */
void dump_ends(struct dump *d, struct span ip, uint32_t sport, uint32_t dport, const char *proto);
const char *dump_ether(const uint8_t *p, char buf[18]);
/* "tcp"; NULL: no name. */
const char *ip_protocol_name(uint8_t proto);
/* "TCP", or "unknown". */
const char *ip_protocol_title(uint8_t proto);
/* "IPv4", or "Unknown". */
const char *ethertype_name(uint32_t type);
/* Seconds as "1d2h3m4s". */
void dump_duration(struct dump *d, uint32_t seconds);
/* Lines of "\n\t0x0000:  4500 ..." for the @len bytes; @text: with them as characters. */
void dump_hex(struct dump *d, const uint8_t *p, uint32_t len, bool text);

/* ---- protocols ---- */

/* One packet, whole with time and dump: a line or several, without the last newline. @link: enum
 * filter_link. */
void dump_packet(struct dump *d, int link, uint64_t ns, const uint8_t *p, uint32_t caplen,
		 uint32_t len);

/* What an EtherType says. False: unknown, nothing was printed. */
bool print_ethertype(struct dump *d, uint32_t type, struct span s);
void print_arp(struct dump *d, struct span s);
void print_ip(struct dump *d, struct span s);
void print_ip6(struct dump *d, struct span s);
/* @ether: the destination's and the source's address, or NULL. False: what it carries is not known,
 * and its bytes are to be shown. */
bool print_llc(struct dump *d, struct span s, const uint8_t *ether);
void print_ip_options(struct dump *d, struct span options);
/* @ip: the IP header of either version, for addresses and checksums. @fragment: not the whole
 * datagram. */
void print_icmp(struct dump *d, struct span s, struct span ip, bool fragment);
void print_icmp6(struct dump *d, struct span s, struct span ip, bool fragment);
void print_igmp(struct dump *d, struct span s);
void print_udp(struct dump *d, struct span s, struct span ip, bool fragment);
void print_tcp(struct dump *d, struct span s, struct span ip, bool fragment);
/* SACK blocks are counted from @base. False: the line ends with a broken option. */
bool print_tcp_options(struct dump *d, struct span options, uint32_t base);
/* @mdns: multicast DNS (RFC 6762). */
void print_dns(struct dump *d, struct span s, bool mdns);
void print_dhcp(struct dump *d, struct span s);
void print_rip(struct dump *d, struct span s);
/* The checksum that a transport header should have: 0 if the one there is right. */
uint16_t pseudo_checksum(struct span ip, struct span s, uint8_t proto);
