/*
 * DHCP messages (RFC 2131 §2, options of RFC 2132, 3396 and 3442): bytes to a view and back. Pure
 * functions, no other code reads or writes the bytes. Addresses are in network byte order, numbers
 * in the host's.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68
#define DHCP_MSG_MAX 576 /* what every client must take (RFC 2131 §2) */
#define DHCP_INFINITE 0xffffffffu

enum dhcp_type {
	DHCP_NONE,
	DHCPDISCOVER,
	DHCPOFFER,
	DHCPREQUEST,
	DHCPDECLINE,
	DHCPACK,
	DHCPNAK,
	DHCPRELEASE,
	DHCPINFORM,
};

#define DHCP_MAX_DNS 3
#define DHCP_MAX_ROUTES 16

struct dhcp_route {
	in_addr_t dst, gateway;
	int len;
};

/* What a server said. A number or address that was absent is 0, a text "". */
struct dhcp_view {
	uint32_t xid;
	uint8_t chaddr[6];
	enum dhcp_type type;
	in_addr_t yiaddr, server_id, mask, broadcast, router;
	in_addr_t dns[DHCP_MAX_DNS];
	int nr_dns;
	uint32_t lease, t1, t2; /* seconds */
	uint16_t mtu;
	char domain[64], hostname[64], message[128];
	struct dhcp_route routes[DHCP_MAX_ROUTES]; /* option 121; if there is one, the router option
						      does not count */
	int nr_routes;
};

/* False: not a DHCP answer to an Ethernet client. Never reads past @len. */
bool dhcp_parse(const uint8_t *msg, size_t len, struct dhcp_view *v);

/* What a client says. 0 and NULL are left out. */
struct dhcp_msg {
	enum dhcp_type type;
	uint32_t xid;
	uint16_t secs;
	bool broadcast; /* we cannot take a unicast answer yet */
	uint8_t chaddr[6];
	in_addr_t ciaddr, requested, server_id;
	const char *hostname, *message;
};

/* The length of the message in @buf. */
size_t dhcp_build(uint8_t buf[DHCP_MSG_MAX], const struct dhcp_msg *m);
