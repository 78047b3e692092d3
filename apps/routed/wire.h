/*
 * RIP's messages (RFC 1058 §3.1, RFC 2453 §3.6 and §4) and their authentication (RFC 2453 §4.1, RFC
 * 2082) as bytes. Pure: nothing here knows an interface or a route.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RIP_PORT 520
#define RIP_INFINITY 16
#define RIP_MAX_ENTRIES 25
#define RIP_HEADER 4
#define RIP_ENTRY 20
/* With a trailer of MD5: it is over the 25 entries. */
#define RIP_MAX_PACKET (RIP_HEADER + RIP_MAX_ENTRIES * RIP_ENTRY + RIP_ENTRY)

enum { RIP_REQUEST = 1, RIP_RESPONSE = 2 };

struct rip_entry {
	uint16_t family; /* AF_INET, or 0 in a request for all */
	uint16_t tag;
	in_addr_t addr, mask, nexthop; /* mask, nexthop, tag: 0 in version 1 */
	uint32_t metric;
};

struct rip_msg {
	uint8_t command, version;
	int n;
	struct rip_entry entry[RIP_MAX_ENTRIES];
};

enum rip_auth_kind { RIP_AUTH_NONE, RIP_AUTH_PASSWORD, RIP_AUTH_MD5 };

struct rip_auth {
	enum rip_auth_kind kind;
	uint8_t key_id;
	char secret[17]; /* at most 16 bytes count */
};

/* Why a packet was not taken. */
enum rip_bad {
	RIP_GOOD,
	RIP_BAD_LENGTH,
	RIP_BAD_VERSION,
	RIP_BAD_COMMAND,
	RIP_BAD_AUTH,
};

/*
 * Takes @len bytes apart. Packets with another authentication than @auth are RIP_BAD_AUTH; *@seq is
 * the sequence number of a keyed one. Version 1 has none, and is refused where one is wanted.
 */
enum rip_bad rip_parse(const uint8_t *data, size_t len, const struct rip_auth *auth,
		       struct rip_msg *m, uint32_t *seq);
/* Entries that fit into one packet. */
int rip_room(const struct rip_auth *auth);
/* The bytes of @m; @buf has RIP_MAX_PACKET. @seq is for a keyed one. */
size_t rip_build(uint8_t *buf, const struct rip_msg *m, const struct rip_auth *auth, uint32_t seq);
const char *rip_bad_text(enum rip_bad bad);
