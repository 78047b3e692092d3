/*
 * DNS messages (RFC 1035 §4): reading them, building queries, names in wire form. Pure functions on
 * memory.
 */
#pragma once

#include <dns_numbers.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_PORT 53
#define DNS_HEADER_LEN 12
#define DNS_CLASS_IN 1
#define DNS_EDNS_SIZE 1232 /* never fragmented on the way */
#define DNS_QUERY_MAX (DNS_HEADER_LEN + 255 + 4 + 11)
#define DNS_TEXT_NAME 1025 /* a name as text, when every byte needs an escape */

/* Labels with their lengths, ended by the root's empty one; never compressed. */
struct dns_name {
	uint8_t len; /* all of it, at least 1 */
	uint8_t wire[255];
};

/* A message: its header and question, and how far its records have been read. */
struct dns_view {
	uint16_t id;
	uint8_t opcode, rcode;
	bool response, authoritative, truncated, recursion_desired, recursion_available;
	struct dns_name qname;
	uint16_t qtype, qclass;

	const uint8_t *msg;
	size_t len;
	size_t pos;
	enum dns_section section;
	uint16_t left[3]; /* records not read yet, by section */
};

/* A record in host order. */
struct dns_rr {
	struct dns_name owner;
	enum dns_section section;
	uint16_t type, class;
	uint32_t ttl;
	uint16_t number[3];    /* MX: preference; SRV: priority, weight, port */
	uint32_t soa[5];       /* serial, refresh, retry, expire, minimum */
	struct dns_name name;  /* NS CNAME PTR MX SRV; SOA: mname */
	struct dns_name rname; /* SOA */
	const uint8_t *data;   /* the record data as it stands: A AAAA TXT */
	size_t len;
};

/* Reads header and question of @msg, which must outlive @v. False: not a message with exactly one
 * question. */
bool dns_parse(const void *msg, size_t len, struct dns_view *v);
/* Reads the next record: 1, 0 after the last one, -1 if it is malformed (so is all that follows).
 */
int dns_next(struct dns_view *v, struct dns_rr *rr);

/* Writes a query with @id, and with an OPT record (RFC 6891) if @edns. @buf: DNS_QUERY_MAX bytes.
 * Returns its length. */
size_t dns_build(uint8_t *buf, uint16_t id, const struct dns_name *name, int type, bool recurse,
		 bool edns);

/* Dotted text, with RFC 1035 §5.1's escapes, to wire form. False: empty or too long labels, too
 * long a name. */
bool dns_name_from_text(const char *text, struct dns_name *name);
/* The other way, without a final dot; the root is ".". What is not printable is escaped. @text:
 * DNS_TEXT_NAME bytes. */
void dns_name_text(const struct dns_name *name, char *text);
/* Without regard to the case of ASCII letters (RFC 4343). */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);
