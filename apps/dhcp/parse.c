/*
 * dhcp_parse(): the only reader of a DHCP message's bytes. Options may be spread over three areas
 * (option 52) and over several pieces (RFC 3396), so each option is first gathered into a buffer
 * and only then interpreted.
 */
#include <ctype.h>
#include <string.h>

#include "packet.h"

enum {
	OFF_OP = 0,
	OFF_HTYPE = 1,
	OFF_HLEN = 2,
	OFF_XID = 4,
	OFF_YIADDR = 16,
	OFF_CHADDR = 28,
	OFF_SNAME = 44,
	LEN_SNAME = 64,
	OFF_FILE = 108,
	LEN_FILE = 128,
	OFF_COOKIE = 236,
	OFF_OPTIONS = 240,
};
enum { BOOTREPLY = 2, HTYPE_ETHERNET = 1 };
enum {
	OPT_PAD = 0,
	OPT_MASK = 1,
	OPT_ROUTER = 3,
	OPT_DNS = 6,
	OPT_HOSTNAME = 12,
	OPT_DOMAIN = 15,
	OPT_MTU = 26,
	OPT_BROADCAST = 28,
	OPT_LEASE = 51,
	OPT_OVERLOAD = 52,
	OPT_TYPE = 53,
	OPT_SERVER_ID = 54,
	OPT_MESSAGE = 56,
	OPT_T1 = 58,
	OPT_T2 = 59,
	OPT_ROUTES = 121,
	OPT_END = 255,
};

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static in_addr_t get_addr(const uint8_t *p)
{
	in_addr_t a;

	memcpy(&a, p, 4);
	return a;
}

/* One area of options. */
struct area {
	const uint8_t *p;
	size_t left;
};

/* The next option that lies wholly within the area; false at its end or at the first lie about a
 * length. */
static bool next_option(struct area *a, uint8_t *code, const uint8_t **data, size_t *len)
{
	while (a->left && *a->p == OPT_PAD) {
		a->p++;
		a->left--;
	}
	if (a->left < 2 || a->p[0] == OPT_END || a->p[1] > a->left - 2)
		return false;
	*code = a->p[0];
	*len = a->p[1];
	*data = a->p + 2;
	a->p += 2 + *len;
	a->left -= 2 + *len;
	return true;
}

/* Appends every piece of option @want in @a to @buf; what does not fit is left out. */
static size_t gather_area(struct area a, uint8_t want, uint8_t *buf, size_t used, size_t size)
{
	const uint8_t *data;
	uint8_t code;
	size_t len;

	while (next_option(&a, &code, &data, &len)) {
		if (code != want || len > size - used)
			continue;
		memcpy(buf + used, data, len);
		used += len;
	}
	return used;
}

struct message {
	const uint8_t *bytes;
	size_t len;
	uint8_t overload; /* 1: file holds options, 2: sname does, 3: both */
};

static size_t gather(const struct message *m, uint8_t want, uint8_t *buf, size_t size)
{
	struct area options = { m->bytes + OFF_OPTIONS, m->len - OFF_OPTIONS };
	struct area file = { m->bytes + OFF_FILE, LEN_FILE };
	struct area sname = { m->bytes + OFF_SNAME, LEN_SNAME };
	size_t used = gather_area(options, want, buf, 0, size);

	if (m->overload & 1)
		used = gather_area(file, want, buf, used, size);
	if (m->overload & 2)
		used = gather_area(sname, want, buf, used, size);
	return used;
}

static in_addr_t option_addr(const struct message *m, uint8_t code)
{
	uint8_t buf[64];

	return gather(m, code, buf, sizeof(buf)) >= 4 ? get_addr(buf) : 0;
}

static uint32_t option_u32(const struct message *m, uint8_t code)
{
	uint8_t buf[8];

	return gather(m, code, buf, sizeof(buf)) == 4 ? get32(buf) : 0;
}

static bool name_char(uint8_t c)
{
	return isalnum(c) || c == '-' || c == '.' || c == '_';
}

static bool text_char(uint8_t c)
{
	return c >= ' ' && c < 127;
}

/* The text goes to files and to the console: one character that is not @ok, and it is not taken at
 * all. */
static void option_text(const struct message *m, uint8_t code, char *out, size_t size,
			bool (*ok)(uint8_t))
{
	uint8_t buf[255];
	size_t len = gather(m, code, buf, sizeof(buf));

	out[0] = '\0';
	while (len && !buf[len - 1])
		len--;
	if (len >= size)
		return;
	for (size_t i = 0; i < len; i++)
		if (!ok(buf[i]))
			return;
	memcpy(out, buf, len);
	out[len] = '\0';
}

static void option_dns(const struct message *m, struct dhcp_view *v)
{
	uint8_t buf[DHCP_MAX_DNS * 4 + 64];
	size_t len = gather(m, OPT_DNS, buf, sizeof(buf));

	for (size_t i = 0; len - i >= 4 && v->nr_dns < DHCP_MAX_DNS; i += 4)
		v->dns[v->nr_dns++] = get_addr(buf + i);
}

/* RFC 3442: prefix length, as many bytes of the destination as that needs, gateway. */
static void option_routes(const struct message *m, struct dhcp_view *v)
{
	uint8_t buf[9 * DHCP_MAX_ROUTES];
	size_t len = gather(m, OPT_ROUTES, buf, sizeof(buf)), at = 0;

	while (at < len && v->nr_routes < DHCP_MAX_ROUTES) {
		struct dhcp_route *r = &v->routes[v->nr_routes];
		size_t bytes = (buf[at] + 7) / 8;
		uint8_t dst[4] = { 0 };

		if (buf[at] > 32 || len - at - 1 < bytes + 4)
			return;
		memcpy(dst, buf + at + 1, bytes);
		r->len = buf[at];
		r->dst = get_addr(dst) & (r->len ? htonl(~0u << (32 - r->len)) : 0);
		r->gateway = get_addr(buf + at + 1 + bytes);
		v->nr_routes++;
		at += 1 + bytes + 4;
	}
}

static void parse_options(const struct message *m, struct dhcp_view *v)
{
	uint8_t mtu[2];

	v->server_id = option_addr(m, OPT_SERVER_ID);
	v->mask = option_addr(m, OPT_MASK);
	v->broadcast = option_addr(m, OPT_BROADCAST);
	v->router = option_addr(m, OPT_ROUTER);
	v->lease = option_u32(m, OPT_LEASE);
	v->t1 = option_u32(m, OPT_T1);
	v->t2 = option_u32(m, OPT_T2);
	if (gather(m, OPT_MTU, mtu, sizeof(mtu)) == 2)
		v->mtu = mtu[0] << 8 | mtu[1];
	option_text(m, OPT_DOMAIN, v->domain, sizeof(v->domain), name_char);
	option_text(m, OPT_HOSTNAME, v->hostname, sizeof(v->hostname), name_char);
	option_text(m, OPT_MESSAGE, v->message, sizeof(v->message), text_char);
	option_dns(m, v);
	option_routes(m, v);
}

bool dhcp_parse(const uint8_t *msg, size_t len, struct dhcp_view *v)
{
	static const uint8_t cookie[4] = { 99, 130, 83, 99 };
	struct message m = { msg, len, 0 };
	uint8_t byte;

	memset(v, 0, sizeof(*v));
	if (len < OFF_OPTIONS || msg[OFF_OP] != BOOTREPLY || msg[OFF_HTYPE] != HTYPE_ETHERNET ||
	    msg[OFF_HLEN] != 6 || memcmp(msg + OFF_COOKIE, cookie, 4))
		return false;
	if (gather(&m, OPT_OVERLOAD, &byte, 1) == 1)
		m.overload = byte;
	if (gather(&m, OPT_TYPE, &byte, 1) != 1 || byte < DHCPDISCOVER || byte > DHCPINFORM)
		return false;
	v->type = byte;
	v->xid = get32(msg + OFF_XID);
	v->yiaddr = get_addr(msg + OFF_YIADDR);
	memcpy(v->chaddr, msg + OFF_CHADDR, sizeof(v->chaddr));
	parse_options(&m, v);
	return true;
}
