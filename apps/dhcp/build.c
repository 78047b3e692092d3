/*
 * dhcp_build(): a client's message as bytes. Whatever is asked for fits, as host name and message
 * are cut to 63 bytes.
 */
#include <string.h>

#include "packet.h"

enum {
	OPT_HOSTNAME = 12,
	OPT_REQUESTED = 50,
	OPT_TYPE = 53,
	OPT_SERVER_ID = 54,
	OPT_PARAMETERS = 55,
	OPT_MESSAGE = 56,
	OPT_MAX_SIZE = 57,
	OPT_CLIENT_ID = 61,
	OPT_END = 255,
};
enum { FLAG_BROADCAST = 0x80 };

/* Classless routes before the router: RFC 3442 wants that order. */
static const uint8_t parameters[] = { 1, 121, 3, 6, 12, 15, 26, 28, 51, 54, 58, 59 };

static uint8_t *put(uint8_t *p, uint8_t code, const void *data, size_t len)
{
	p[0] = code;
	p[1] = len;
	memcpy(p + 2, data, len);
	return p + 2 + len;
}

static uint8_t *put_text(uint8_t *p, uint8_t code, const char *text)
{
	return text && *text ? put(p, code, text, strnlen(text, 63)) : p;
}

static uint8_t *put_addr(uint8_t *p, uint8_t code, in_addr_t addr)
{
	return addr ? put(p, code, &addr, 4) : p;
}

static uint8_t *put_options(uint8_t *p, const struct dhcp_msg *m)
{
	uint8_t type = m->type, id[7] = { 1 };
	uint8_t max[2] = { DHCP_MSG_MAX >> 8, DHCP_MSG_MAX & 0xff };

	memcpy(id + 1, m->chaddr, 6);
	p = put(p, OPT_TYPE, &type, 1);
	p = put(p, OPT_CLIENT_ID, id, sizeof(id));
	p = put_addr(p, OPT_REQUESTED, m->requested);
	p = put_addr(p, OPT_SERVER_ID, m->server_id);
	if (m->type == DHCPDISCOVER || m->type == DHCPREQUEST) {
		p = put(p, OPT_PARAMETERS, parameters, sizeof(parameters));
		p = put(p, OPT_MAX_SIZE, max, sizeof(max));
		p = put_text(p, OPT_HOSTNAME, m->hostname);
	}
	p = put_text(p, OPT_MESSAGE, m->message);
	*p++ = OPT_END;
	return p;
}

size_t dhcp_build(uint8_t buf[DHCP_MSG_MAX], const struct dhcp_msg *m)
{
	static const uint8_t cookie[4] = { 99, 130, 83, 99 };
	uint8_t *end;

	memset(buf, 0, DHCP_MSG_MAX);
	buf[0] = 1; /* BOOTREQUEST */
	buf[1] = 1; /* Ethernet */
	buf[2] = 6;
	for (int i = 0; i < 4; i++)
		buf[4 + i] = m->xid >> (24 - 8 * i);
	buf[8] = m->secs >> 8;
	buf[9] = m->secs & 0xff;
	buf[10] = m->broadcast ? FLAG_BROADCAST : 0;
	memcpy(buf + 12, &m->ciaddr, 4);
	memcpy(buf + 28, m->chaddr, 6);
	memcpy(buf + 236, cookie, 4);
	end = put_options(buf + 240, m);
	/* BOOTP relays and old servers want at least 300 bytes. */
	return end - buf < 300 ? 300 : end - buf;
}
