/*
 * The grammar of pcap-filter(7) by recursive descent. `and` and `or` bind equally and from left to
 * right. A word without qualifiers takes over those of the primitive before it, which is why they
 * travel with the terms: `host a or b`, `port (80 or 443)`.
 */
#include <stdio.h>
#include <string.h>

#include "parse.h"

static const struct cond *expression(struct parser *p, struct qualifiers *q);
static const struct cond *identifier(struct parser *p, struct qualifiers *q);
static const struct cond *term(struct parser *p, struct qualifiers *q);

/* ---- words ---- */

void parser_next(struct parser *p)
{
	p->token = lex_token(&p->rest);
}

void parser_unexpected(struct parser *p)
{
	if (p->token.kind == T_END)
		compiler_fail(p->c, "syntax error in filter expression: it ends too early");
	else
		compiler_fail(p->c, "syntax error in filter expression: unexpected '%.*s'",
			      p->token.len < 40 ? (int)p->token.len : 40, p->token.text);
}

bool parser_take(struct parser *p, int kind)
{
	if (p->token.kind != kind)
		return false;
	parser_next(p);
	return true;
}

bool parser_take_word(struct parser *p, const char *word)
{
	if (!token_is(&p->token, word))
		return false;
	parser_next(p);
	return true;
}

bool parser_enter(struct parser *p)
{
	if (p->c->depth == NESTING_MAX) {
		compiler_fail(p->c, "the filter expression is nested too deeply");
		return false;
	}
	p->c->depth++;
	return true;
}

void parser_leave(struct parser *p)
{
	p->c->depth--;
}

const struct qualifiers *protocol_named(const struct token *t)
{
	static const struct {
		const char *name;
		struct qualifiers q;
	} names[] = {
		{ "ether", { .proto = Q_LINK } },
		{ "link", { .proto = Q_LINK } },
		{ "ip", { .proto = Q_IP } },
		{ "ip6", { .proto = Q_IP6 } },
		{ "arp", { .proto = Q_ARP } },
		{ "rarp", { .proto = Q_RARP } },
		{ "tcp", { .proto = Q_TCP, .ip_proto = IPPROTO_TCP } },
		{ "udp", { .proto = Q_UDP, .ip_proto = IPPROTO_UDP } },
		{ "sctp", { .proto = Q_SCTP, .ip_proto = 132 } },
		{ "icmp", { .proto = Q_ICMP, .ip_proto = IPPROTO_ICMP } },
		{ "igmp", { .proto = Q_IGMP, .ip_proto = 2 } },
		{ "icmp6", { .proto = Q_ICMP6, .ip_proto = IPPROTO_ICMPV6 } },
		{ "pim", { .proto = Q_OTHER_IP, .ip_proto = 103 } },
		{ "esp", { .proto = Q_OTHER_IP, .ip_proto = 50 } },
		{ "ah", { .proto = Q_OTHER_IP, .ip_proto = 51 } },
		{ "vrrp", { .proto = Q_OTHER_IP, .ip_proto = 112 } },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (token_is(t, names[i].name))
			return &names[i].q;
	return NULL;
}

static bool take_not(struct parser *p)
{
	return parser_take(p, '!') || parser_take_word(p, "not");
}

/* 1: and, 2: or, 0: neither. */
static int take_junction(struct parser *p)
{
	if (parser_take(p, T_AND_AND) || parser_take_word(p, "and"))
		return 1;
	return parser_take(p, T_OR_OR) || parser_take_word(p, "or") ? 2 : 0;
}

/* ---- identifiers: what follows the qualifiers ---- */

static const char *token_text(struct parser *p, char text[64])
{
	if (p->token.len >= 64)
		parser_unexpected(p);
	snprintf(text, 64, "%.*s", p->token.len < 64 ? (int)p->token.len : 0, p->token.text);
	return text;
}

static const struct cond *nothing(struct compiler *c)
{
	return cond_const(c, false);
}

/* "a mask b", "a/len": the mask of an address of @bytes parts. */
static bool parse_mask(struct parser *p, bool net, uint32_t addr, uint32_t *mask)
{
	if (parser_take(p, '/')) {
		if (p->token.kind != T_NUMBER || p->token.number > 32) {
			compiler_fail(p->c, "mask length must be <= 32");
			return false;
		}
		*mask = p->token.number ? ~0u << (32 - p->token.number) : 0;
	} else if (parser_take_word(p, "mask")) {
		if (p->token.kind != T_DOTTED) {
			parser_unexpected(p);
			return false;
		}
		*mask = p->token.number;
	} else {
		return true;
	}
	if (!net)
		compiler_fail(p->c, "only a net has a mask");
	else if (addr & ~*mask)
		compiler_fail(p->c, "non-network bits set in the address of a net");
	parser_next(p);
	return true;
}

static const struct cond *address(struct parser *p, const struct qualifiers *q)
{
	bool number = p->token.kind == T_NUMBER, net = q->kind == K_NET;
	uint32_t addr = p->token.number, mask = 0xffffffff;

	if (q->kind > K_NET) {
		parser_unexpected(p);
		return nothing(p->c);
	}
	if (!number)
		mask <<= 32 - 8 * p->token.bytes;
	for (; number && net && addr && !(addr >> 24); mask <<= 8)
		addr <<= 8;
	parser_next(p);
	if (!parse_mask(p, net, addr, &mask))
		return nothing(p->c);
	return term_host(p->c, q, addr, mask);
}

static const struct cond *number(struct parser *p, const struct qualifiers *q)
{
	uint32_t n = p->token.number;

	if (q->kind <= K_NET)
		return address(p, q);
	parser_next(p);
	if (q->kind == K_PROTO)
		return term_proto_number(p->c, q, n);
	if (n > 65535)
		compiler_fail(p->c, "illegal port number %u > 65535", n);
	return term_ports(p->c, q, n, n, q->ip_proto);
}

static const struct cond *host_name(struct parser *p, const struct qualifiers *q, const char *name)
{
	const struct filter_env *env = p->c->env;
	uint32_t addrs[FILTER_MAX_ADDRESSES];
	int n = env->host && !p->c->failed ? env->host(name, addrs) : 0;
	const struct cond *any = NULL;

	if (n <= 0)
		compiler_fail(p->c, "unknown %s '%s'", q->kind == K_NET ? "network" : "host", name);
	for (int i = 0; i < n; i++)
		any = cond_or(p->c, any, term_host(p->c, q, addrs[i], 0xffffffff));
	return any ? any : nothing(p->c);
}

/* The port of a service, and whether it is TCP's or UDP's alone. */
static bool service(struct compiler *c, const char *name, uint32_t *port, uint8_t *ip_proto)
{
	int tcp = c->env->port ? c->env->port(name, "tcp") : -1;
	int udp = c->env->port ? c->env->port(name, "udp") : -1;

	if (tcp < 0 && udp < 0)
		return false;
	*port = (uint32_t)(tcp < 0 ? udp : tcp);
	*ip_proto = udp < 0 ? IPPROTO_TCP : tcp < 0 ? IPPROTO_UDP : 0;
	return true;
}

static const struct cond *port_name(struct parser *p, const struct qualifiers *q, const char *name)
{
	uint8_t ip_proto;
	uint32_t port;

	if (!service(p->c, name, &port, &ip_proto)) {
		compiler_fail(p->c, "unknown port '%s'", name);
		return nothing(p->c);
	}
	if (q->ip_proto && ip_proto && ip_proto != q->ip_proto)
		compiler_fail(p->c, "port '%s' is %s", name,
			      ip_proto == IPPROTO_TCP ? "tcp" : "udp");
	return term_ports(p->c, q, port, port, q->ip_proto ? q->ip_proto : ip_proto);
}

/* One end of a range, as a number or a name. */
static bool range_end(struct compiler *c, const char *text, size_t len, uint32_t *port)
{
	char name[64];
	uint8_t ip_proto;

	if (lex_number(text, len, port))
		return *port <= 65535;
	snprintf(name, sizeof(name), "%.*s", (int)len, text);
	return service(c, name, port, &ip_proto);
}

/* "6000-6010"; a single port is a range too. */
static const struct cond *port_range(struct parser *p, const struct qualifiers *q, const char *text)
{
	const char *hyphen = strchr(text, '-');
	size_t len = hyphen ? (size_t)(hyphen - text) : strlen(text);
	uint32_t low, high, swap;

	if (!range_end(p->c, text, len, &low) ||
	    !range_end(p->c, hyphen ? hyphen + 1 : text, strlen(hyphen ? hyphen + 1 : text),
		       &high)) {
		compiler_fail(p->c, "unknown port in range '%s'", text);
		return nothing(p->c);
	}
	if (low > high) {
		swap = low;
		low = high;
		high = swap;
	}
	return term_ports(p->c, q, low, high, q->ip_proto);
}

static const struct cond *proto_name(struct parser *p, const struct qualifiers *q, const char *name)
{
	static const struct {
		const char *name;
		uint32_t number;
	} types[] = { { "ip", 0x0800 }, { "arp", 0x0806 }, { "rarp", 0x8035 }, { "ip6", 0x86dd } };
	struct token plain = p->token;
	const struct qualifiers *known;

	plain.escaped = false;
	for (size_t i = 0; q->proto == Q_LINK && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(name, types[i].name))
			return term_proto_number(p->c, q, types[i].number);
	known = protocol_named(&plain);
	if (q->proto != Q_LINK && known && known->ip_proto)
		return term_proto_number(p->c, q, known->ip_proto);
	compiler_fail(p->c, "unknown protocol '%s'", name);
	return nothing(p->c);
}

static const struct cond *name(struct parser *p, const struct qualifiers *q)
{
	const struct cond *r;
	char text[64];

	token_text(p, text);
	switch (q->kind) {
	case K_PORT:
		r = port_name(p, q, text);
		break;
	case K_PORTRANGE:
		r = port_range(p, q, text);
		break;
	case K_PROTO:
		r = proto_name(p, q, text);
		break;
	default:
		r = host_name(p, q, text);
	}
	parser_next(p);
	return r;
}

static const struct cond *ether_address(struct parser *p, const struct qualifiers *q)
{
	struct token t = p->token;

	parser_next(p);
	if ((q->proto != Q_LINK && q->proto != Q_NONE) || q->kind > K_HOST)
		compiler_fail(p->c, "ethernet address used in non-ether expression");
	return term_ether(p->c, q, t.ether);
}

static const struct cond *address6(struct parser *p, const struct qualifiers *q)
{
	struct token t = p->token;
	int len = 128;

	parser_next(p);
	if (parser_take(p, '/')) {
		if (p->token.kind != T_NUMBER || p->token.number > 128) {
			compiler_fail(p->c, "mask length must be <= 128");
			return nothing(p->c);
		}
		len = (int)p->token.number;
		parser_next(p);
	}
	return term_host6(p->c, q, t.ip6, len);
}

static bool is_keyword(const struct token *t)
{
	static const char *const words[] = { "and",  "or",	"not",	     "src",	  "dst",
					     "host", "net",	"port",	     "portrange", "proto",
					     "less", "greater", "broadcast", "multicast", "mask",
					     "len",  "gateway", "inbound",   "outbound",  "vlan" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (token_is(t, words[i]))
			return true;
	return protocol_named(t) != NULL;
}

static bool is_plain(const struct token *t)
{
	return t->kind == T_NUMBER || t->kind == T_DOTTED || t->kind == T_ETHER ||
	       t->kind == T_IP6 || (t->kind == T_WORD && !is_keyword(t));
}

static const struct cond *plain(struct parser *p, const struct qualifiers *q)
{
	if (!q->given || !is_plain(&p->token)) {
		/* A protocol needs no escape where nothing else may stand. */
		if (q->given && q->kind == K_PROTO && protocol_named(&p->token))
			return name(p, q);
		parser_unexpected(p);
		return nothing(p->c);
	}
	if (q->proto == Q_LINK && q->kind <= K_NET && p->token.kind != T_ETHER) {
		compiler_fail(p->c, "'%.*s' is no Ethernet address",
			      p->token.len < 40 ? (int)p->token.len : 40, p->token.text);
		return nothing(p->c);
	}
	switch (p->token.kind) {
	case T_NUMBER:
		return q->kind == K_PORTRANGE ? name(p, q) : number(p, q);
	case T_DOTTED:
		return address(p, q);
	case T_ETHER:
		return ether_address(p, q);
	case T_IP6:
		return address6(p, q);
	default:
		return name(p, q);
	}
}

static const struct cond *identifier_inner(struct parser *p, struct qualifiers *q)
{
	const struct cond *r;

	if (take_not(p))
		return cond_not(p->c, identifier(p, q));
	if (!parser_take(p, '('))
		return plain(p, q);
	r = expression(p, q);
	if (!parser_take(p, ')'))
		parser_unexpected(p);
	return r;
}

static const struct cond *identifier(struct parser *p, struct qualifiers *q)
{
	const struct cond *r;

	if (!parser_enter(p))
		return nothing(p->c);
	r = identifier_inner(p, q);
	parser_leave(p);
	return r;
}

/* ---- terms ---- */

/* "src", "dst", "src or dst", "src and dst" and so on. */
static enum direction parse_direction(struct parser *p)
{
	bool src = parser_take_word(p, "src");
	struct parser begin;
	int junction;

	if (!src && !parser_take_word(p, "dst"))
		return DIR_DEFAULT;
	begin = *p;
	junction = take_junction(p);
	if (junction && parser_take_word(p, src ? "dst" : "src"))
		return junction == 1 ? DIR_AND : DIR_OR;
	*p = begin;
	return src ? DIR_SRC : DIR_DST;
}

static enum kind parse_kind(struct parser *p)
{
	static const char *const kinds[] = { NULL, "host", "net", "port", "portrange", "proto" };

	for (int i = K_HOST; i <= K_PROTO; i++)
		if (parser_take_word(p, kinds[i]))
			return i;
	return K_DEFAULT;
}

static bool has_ports(const struct qualifiers *q)
{
	return q->proto == Q_NONE || q->proto == Q_TCP || q->proto == Q_UDP || q->proto == Q_SCTP;
}

static void check_kind(struct parser *p, const struct qualifiers *q)
{
	if ((q->kind == K_PORT || q->kind == K_PORTRANGE) && !has_ports(q))
		compiler_fail(p->c, "only tcp, udp and sctp have ports");
	else if (q->kind == K_PROTO && q->dir != DIR_DEFAULT)
		compiler_fail(p->c, "a protocol has no direction");
}

/* A primitive that begins with its qualifiers. */
static const struct cond *qualified(struct parser *p, struct qualifiers *q)
{
	const struct qualifiers *proto = protocol_named(&p->token);

	*q = (struct qualifiers){ 0 };
	if (proto) {
		*q = *proto;
		parser_next(p);
	}
	if (parser_take_word(p, "broadcast"))
		return term_broadcast(p->c, q->proto);
	if (parser_take_word(p, "multicast"))
		return term_multicast(p->c, q->proto);
	q->dir = parse_direction(p);
	q->kind = parse_kind(p);
	if (q->dir == DIR_DEFAULT && q->kind == K_DEFAULT) {
		if (proto && q->proto != Q_LINK)
			return term_protocol(p->c, q);
		parser_unexpected(p);
		return nothing(p->c);
	}
	q->given = true;
	check_kind(p, q);
	return identifier(p, q);
}

static const struct cond *term_inner(struct parser *p, struct qualifiers *q)
{
	const struct cond *r;

	if (take_not(p))
		return cond_not(p->c, term(p, q));
	r = parse_relation(p);
	if (r) {
		q->given = false;
		return r;
	}
	if (parser_take(p, '(')) {
		r = expression(p, q);
		if (!parser_take(p, ')'))
			parser_unexpected(p);
		return r;
	}
	if (is_plain(&p->token))
		return plain(p, q);
	r = parse_special(p);
	if (r) {
		q->given = false;
		return r;
	}
	return qualified(p, q);
}

static const struct cond *term(struct parser *p, struct qualifiers *q)
{
	const struct cond *r;

	if (!parser_enter(p))
		return nothing(p->c);
	r = term_inner(p, q);
	parser_leave(p);
	return r;
}

static const struct cond *expression(struct parser *p, struct qualifiers *q)
{
	const struct cond *r = term(p, q), *right;
	int junction;

	while (!p->c->failed && (junction = take_junction(p))) {
		right = term(p, q);
		r = junction == 1 ? cond_and(p->c, r, right) : cond_or(p->c, r, right);
	}
	return r;
}

const struct cond *parse_expression(struct compiler *c, const char *text)
{
	struct parser p = { .c = c, .rest = text };
	struct qualifiers q = { 0 };
	const struct cond *r;

	parser_next(&p);
	if (p.token.kind == T_END)
		return NULL;
	r = expression(&p, &q);
	if (p.token.kind != T_END)
		parser_unexpected(&p);
	return r;
}
