/*
 * The DHCP client's state machine (RFC 2131 §4.4), without sockets and clock: time and answers come
 * in by dhcp_timeout() and dhcp_answer(), everything else goes out by the operations. Times are
 * nanoseconds of one monotonic clock.
 *
 *   INIT -> SELECTING -> REQUESTING -> BOUND -> RENEWING -> REBINDING -> INIT
 *
 * Two liberties: the first message goes out without the random delay of 1 to 10 s, and the first
 * retransmission comes after about 1 s (then 2, 4 … 64 s): a machine that boots in a fraction of a
 * second should not wait for a lost frame.
 */
#pragma once

#include "packet.h"

enum dhcp_state {
	DHCP_INIT,
	DHCP_SELECTING,
	DHCP_REQUESTING,
	DHCP_BOUND,
	DHCP_RENEWING,
	DHCP_REBINDING
};

struct dhcp_client;

struct dhcp_ops {
	/* Sends @m: to @server from our address, or (0) to everybody. */
	void (*send)(struct dhcp_client *c, const struct dhcp_msg *m, in_addr_t server);
	/* Is somebody else using @addr? May block for a fraction of a second. */
	bool (*in_use)(struct dhcp_client *c, in_addr_t addr);
	/* c->lease is ours: configure it. @fresh: it was not just extended. */
	void (*bound)(struct dhcp_client *c, bool fresh);
	/* The lease is no longer ours: take the address away. */
	void (*lost)(struct dhcp_client *c);
	void (*log)(struct dhcp_client *c, const char *text);
	uint32_t (*random)(struct dhcp_client *c);
};

struct dhcp_client {
	const struct dhcp_ops *ops;
	void *owner;
	uint8_t hwaddr[6];
	const char *hostname; /* to be sent; NULL: none */

	enum dhcp_state state;
	int64_t deadline; /* call dhcp_timeout() then; INT64_MAX: never */
	uint32_t xid;
	int64_t started; /* of this exchange: the "secs" field */
	uint16_t secs;	 /* of the last DISCOVER: REQUEST repeats it (RFC 2131 §4.4.1) */
	int64_t asked;	 /* when REQUEST went out: a lease runs from there */
	int tries;
	bool silence_said;	/* the "no answer" line has been printed */
	in_addr_t wanted;	/* ask for this one in DISCOVER; 0: any */
	struct dhcp_view offer; /* what we are REQUESTING */

	struct dhcp_view lease; /* valid from BOUND on */
	int64_t t1, t2, expiry;
};

/* ops, owner, hwaddr, hostname and wanted must be set, the rest zero. */
void dhcp_start(struct dhcp_client *c, int64_t now);
void dhcp_timeout(struct dhcp_client *c, int64_t now);
void dhcp_answer(struct dhcp_client *c, const struct dhcp_view *v, int64_t now);
/* Gives the lease back (RELEASE) if there is one. */
void dhcp_release(struct dhcp_client *c);
/* True while we hold a lease. */
static inline bool dhcp_has_lease(const struct dhcp_client *c)
{
	return c->state >= DHCP_BOUND;
}
