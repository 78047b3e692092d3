/*
 * The one reader of DNS messages, which come from anybody. Each length is checked against what is
 * left. A compression pointer may only go to before the place where the labels that end in it
 * began, so following pointers always ends.
 */
#include <string.h>

#include "libc/netdb/dns_msg.h"

static bool have(const struct dns_view *v, size_t n)
{
	return n <= v->len - v->pos;
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* Reads the name at v->pos and moves behind it. */
static bool read_name(struct dns_view *v, struct dns_name *name)
{
	size_t at = v->pos, begin = v->pos, total = 0;
	bool jumped = false;

	for (;;) {
		size_t len, target;

		if (at >= v->len)
			return false;
		len = v->msg[at];
		if (len >= 0xc0) {
			if (v->len - at < 2)
				return false;
			target = (len & 0x3f) << 8 | v->msg[at + 1];
			if (!jumped)
				v->pos = at + 2;
			if (target >= begin)
				return false;
			jumped = true;
			at = begin = target;
			continue;
		}
		if (len > 63 || len >= v->len - at || len + 1 > sizeof(name->wire) - total)
			return false;
		memcpy(name->wire + total, v->msg + at, len + 1);
		total += len + 1;
		at += len + 1;
		if (!len)
			break;
	}
	name->len = (uint8_t)total;
	if (!jumped)
		v->pos = at;
	return true;
}

static void read_flags(struct dns_view *v, uint16_t flags)
{
	v->response = flags & 0x8000;
	v->opcode = flags >> 11 & 15;
	v->authoritative = flags & 0x0400;
	v->truncated = flags & 0x0200;
	v->recursion_desired = flags & 0x0100;
	v->recursion_available = flags & 0x0080;
	v->rcode = flags & 15;
}

bool dns_parse(const void *msg, size_t len, struct dns_view *v)
{
	const uint8_t *p = msg;

	memset(v, 0, sizeof(*v));
	if (len < DNS_HEADER_LEN || get16(p + 4) != 1)
		return false;
	v->msg = p;
	v->len = len;
	v->id = get16(p);
	read_flags(v, get16(p + 2));
	v->left[DNS_ANSWER] = get16(p + 6);
	v->left[DNS_AUTHORITY] = get16(p + 8);
	v->left[DNS_ADDITIONAL] = get16(p + 10);
	v->pos = DNS_HEADER_LEN;
	if (!read_name(v, &v->qname) || !have(v, 4))
		return false;
	v->qtype = get16(p + v->pos);
	v->qclass = get16(p + v->pos + 2);
	v->pos += 4;
	return true;
}

/* @n 16-bit numbers in front of a name. */
static bool read_numbers(struct dns_view *v, uint16_t *number, int n)
{
	int i;

	if (!have(v, 2 * (size_t)n))
		return false;
	for (i = 0; i < n; i++, v->pos += 2)
		number[i] = get16(v->msg + v->pos);
	return true;
}

static bool read_soa(struct dns_view *v, struct dns_rr *rr)
{
	int i;

	if (!read_name(v, &rr->name) || !read_name(v, &rr->rname) || !have(v, 20))
		return false;
	for (i = 0; i < 5; i++, v->pos += 4)
		rr->soa[i] = get32(v->msg + v->pos);
	return true;
}

/* Character-strings must fill the data exactly, and there is at least one (RFC 1035 §3.3.14). */
static bool check_txt(struct dns_view *v, size_t end)
{
	do {
		if (v->pos >= end || v->msg[v->pos] >= end - v->pos)
			return false;
		v->pos += 1 + v->msg[v->pos];
	} while (v->pos < end);
	return true;
}

/* Reads what the record's type says is in its data; the caller sees to it that it ends at @end. */
static bool read_data(struct dns_view *v, struct dns_rr *rr, size_t end)
{
	switch (rr->type) {
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
		return read_name(v, &rr->name);
	case DNS_MX:
		return read_numbers(v, rr->number, 1) && read_name(v, &rr->name);
	case DNS_SRV:
		return read_numbers(v, rr->number, 3) && read_name(v, &rr->name);
	case DNS_SOA:
		return read_soa(v, rr);
	case DNS_TXT:
		return check_txt(v, end);
	case DNS_A:
		v->pos += 4;
		return rr->len == 4;
	case DNS_AAAA:
		v->pos += 16;
		return rr->len == 16;
	default:
		v->pos = end;
		return true;
	}
}

static bool read_record(struct dns_view *v, struct dns_rr *rr)
{
	const uint8_t *p;
	size_t end;

	memset(rr, 0, sizeof(*rr));
	if (!read_name(v, &rr->owner) || !have(v, 10))
		return false;
	p = v->msg + v->pos;
	rr->section = v->section;
	rr->type = get16(p);
	rr->class = get16(p + 2);
	rr->ttl = get32(p + 4);
	rr->len = get16(p + 8);
	v->pos += 10;
	if (!have(v, rr->len))
		return false;
	rr->data = v->msg + v->pos;
	end = v->pos + rr->len;
	/* Other classes may mean other data, and OPT has a size there. */
	if (rr->class != DNS_CLASS_IN) {
		v->pos = end;
		return true;
	}
	return read_data(v, rr, end) && v->pos == end;
}

int dns_next(struct dns_view *v, struct dns_rr *rr)
{
	while (v->section <= DNS_ADDITIONAL && !v->left[v->section])
		v->section++;
	if (v->section > DNS_ADDITIONAL)
		return 0;
	if (!read_record(v, rr)) {
		memset(v->left, 0, sizeof(v->left));
		return -1;
	}
	v->left[v->section]--;
	return 1;
}
