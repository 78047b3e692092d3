/*
 * See wire.h.
 */
#include "wire.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "md5.h"

#define FAMILY_AUTH 0xffff
#define AUTH_PASSWORD 2
#define AUTH_MD5 3
#define AUTH_TRAILER 1
#define SECRET_LEN 16

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static in_addr_t get_addr(const uint8_t *p)
{
	return htonl(get32(p));
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static void secret_bytes(const struct rip_auth *auth, uint8_t secret[SECRET_LEN])
{
	memset(secret, 0, SECRET_LEN);
	memcpy(secret, auth->secret, strnlen(auth->secret, SECRET_LEN));
}

/* RFC 2082 §3.2.2: over the packet, the first four bytes of the trailer, and the secret. */
static void keyed_digest(const uint8_t *packet, size_t len, const struct rip_auth *auth,
			 uint8_t digest[MD5_LEN])
{
	uint8_t secret[SECRET_LEN];
	struct md5 md5;

	secret_bytes(auth, secret);
	md5_init(&md5);
	md5_update(&md5, packet, len);
	md5_update(&md5, secret, SECRET_LEN);
	md5_final(&md5, digest);
}

/* All of both is looked at, so that the time tells nothing. */
static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= a[i] ^ b[i];
	return !differ;
}

static bool password_good(const uint8_t *first, const struct rip_auth *auth)
{
	uint8_t secret[SECRET_LEN];

	secret_bytes(auth, secret);
	return get16(first) == FAMILY_AUTH && get16(first + 2) == AUTH_PASSWORD &&
	       same_bytes(first + 4, secret, SECRET_LEN);
}

/* Cuts the trailer off *@len. */
static bool md5_good(const uint8_t *data, size_t *len, const struct rip_auth *auth, uint32_t *seq)
{
	const uint8_t *first = data + RIP_HEADER, *trailer;
	uint8_t digest[MD5_LEN];
	size_t at = get16(first + 4);

	if (get16(first) != FAMILY_AUTH || get16(first + 2) != AUTH_MD5 || first[6] != auth->key_id)
		return false;
	/* The length of the digest was 16 in RFC 2082 and is 20 with its header in some. */
	if ((first[7] != MD5_LEN && first[7] != MD5_LEN + 4) || at < RIP_HEADER + RIP_ENTRY ||
	    at > *len || *len - at != MD5_LEN + 4)
		return false;
	trailer = data + at;
	if (get16(trailer) != FAMILY_AUTH || get16(trailer + 2) != AUTH_TRAILER)
		return false;
	keyed_digest(data, at + 4, auth, digest);
	if (!same_bytes(digest, trailer + 4, MD5_LEN))
		return false;
	*seq = get32(first + 8);
	*len = at;
	return true;
}

/* Checks what @auth asks for, and where the entries begin and end. */
static bool authentic(const uint8_t *data, size_t *len, const struct rip_auth *auth, size_t *start,
		      uint32_t *seq)
{
	bool has = *len >= RIP_HEADER + RIP_ENTRY && get16(data + RIP_HEADER) == FAMILY_AUTH;

	*start = RIP_HEADER;
	if (auth->kind == RIP_AUTH_NONE)
		return !has;
	if (!has || data[1] < 2)
		return false;
	*start += RIP_ENTRY;
	return auth->kind == RIP_AUTH_MD5 ? md5_good(data, len, auth, seq) :
					    password_good(data + RIP_HEADER, auth);
}

static void parse_entry(const uint8_t *p, int version, struct rip_entry *e)
{
	*e = (struct rip_entry){ .family = get16(p),
				 .addr = get_addr(p + 4),
				 .metric = get32(p + 16) };
	if (version < 2)
		return;
	e->tag = get16(p + 2);
	e->mask = get_addr(p + 8);
	e->nexthop = get_addr(p + 12);
}

enum rip_bad rip_parse(const uint8_t *data, size_t len, const struct rip_auth *auth,
		       struct rip_msg *m, uint32_t *seq)
{
	size_t start;

	if (len < RIP_HEADER || len > RIP_MAX_PACKET)
		return RIP_BAD_LENGTH;
	m->command = data[0];
	m->version = data[1];
	m->n = 0;
	if (m->version == 0)
		return RIP_BAD_VERSION;
	if (m->command != RIP_REQUEST && m->command != RIP_RESPONSE)
		return RIP_BAD_COMMAND;
	if (!authentic(data, &len, auth, &start, seq))
		return RIP_BAD_AUTH;
	if ((len - start) % RIP_ENTRY || (len - start) / RIP_ENTRY > RIP_MAX_ENTRIES)
		return RIP_BAD_LENGTH;
	for (; start < len; start += RIP_ENTRY)
		parse_entry(data + start, m->version, &m->entry[m->n++]);
	return RIP_GOOD;
}

int rip_room(const struct rip_auth *auth)
{
	return auth->kind == RIP_AUTH_NONE ? RIP_MAX_ENTRIES : RIP_MAX_ENTRIES - 1;
}

static void build_entry(uint8_t *p, const struct rip_entry *e, int version)
{
	memset(p, 0, RIP_ENTRY);
	put16(p, e->family);
	memcpy(p + 4, &e->addr, 4);
	put32(p + 16, e->metric);
	if (version < 2)
		return;
	put16(p + 2, e->tag);
	memcpy(p + 8, &e->mask, 4);
	memcpy(p + 12, &e->nexthop, 4);
}

/* The first entry of an authenticated packet whose own entries end at @end. */
static void build_auth(uint8_t *first, const struct rip_auth *auth, size_t end, uint32_t seq)
{
	memset(first, 0, RIP_ENTRY);
	put16(first, FAMILY_AUTH);
	if (auth->kind == RIP_AUTH_PASSWORD) {
		put16(first + 2, AUTH_PASSWORD);
		secret_bytes(auth, first + 4);
		return;
	}
	put16(first + 2, AUTH_MD5);
	put16(first + 4, (uint32_t)end);
	first[6] = auth->key_id;
	first[7] = MD5_LEN;
	put32(first + 8, seq);
}

size_t rip_build(uint8_t *buf, const struct rip_msg *m, const struct rip_auth *auth, uint32_t seq)
{
	bool authenticated = auth->kind != RIP_AUTH_NONE && m->version >= 2;
	size_t at = RIP_HEADER + (authenticated ? RIP_ENTRY : 0);

	memset(buf, 0, RIP_HEADER);
	buf[0] = m->command;
	buf[1] = m->version;
	for (int i = 0; i < m->n; i++, at += RIP_ENTRY)
		build_entry(buf + at, &m->entry[i], m->version);
	if (!authenticated)
		return at;
	build_auth(buf + RIP_HEADER, auth, at, seq);
	if (auth->kind != RIP_AUTH_MD5)
		return at;
	put16(buf + at, FAMILY_AUTH);
	put16(buf + at + 2, AUTH_TRAILER);
	keyed_digest(buf, at + 4, auth, buf + at + 4);
	return at + 4 + MD5_LEN;
}

const char *rip_bad_text(enum rip_bad bad)
{
	static const char *const texts[] = {
		[RIP_GOOD] = "good",
		[RIP_BAD_LENGTH] = "wrong length",
		[RIP_BAD_VERSION] = "unknown version",
		[RIP_BAD_COMMAND] = "unknown command",
		[RIP_BAD_AUTH] = "wrong authentication",
	};

	return texts[bad];
}
