/* getaddrinfo (RFC 3493 §6.1) for IPv4: every address times every kind of socket that the hints
 * allow. */
#include <ctype.h>
#include <limits.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "libc/netdb/lookup.h"

#define ALL_FLAGS                                                                                  \
	(AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_V4MAPPED | AI_ALL | AI_ADDRCONFIG |       \
	 AI_NUMERICSERV)

/* Kinds of sockets. Raw ones have no ports. */
static const struct socket_kind {
	int type, protocol;
	const char *name;
} kinds[] = {
	{ SOCK_STREAM, IPPROTO_TCP, "tcp" },
	{ SOCK_DGRAM, IPPROTO_UDP, "udp" },
	{ SOCK_RAW, IPPROTO_IP, NULL },
};
#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct request {
	struct addrinfo hints;
	struct host_result host;
	int ports[NR_KINDS]; /* -1: this kind is not asked for */
};

static int check_hints(const struct addrinfo *hints)
{
	if (hints->ai_flags & ~ALL_FLAGS)
		return EAI_BADFLAGS;
	if (hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET)
		return EAI_FAMILY;
	if (hints->ai_socktype && hints->ai_socktype != SOCK_STREAM &&
	    hints->ai_socktype != SOCK_DGRAM && hints->ai_socktype != SOCK_RAW)
		return EAI_SOCKTYPE;
	return 0;
}

static bool kind_fits(const struct socket_kind *kind, const struct addrinfo *hints)
{
	if (hints->ai_socktype && hints->ai_socktype != kind->type)
		return false;
	return !hints->ai_protocol || kind->type == SOCK_RAW ||
	       hints->ai_protocol == kind->protocol;
}

/* @text as a port number: -1 if it is none. */
static int numeric_port(const char *text)
{
	char *end;
	long v;

	if (!isdigit(*text))
		return -1;
	v = strtol(text, &end, 10);
	return *end || v > 65535 ? -1 : (int)v;
}

static int port_of_kind(const struct socket_kind *kind, const char *service, int flags)
{
	struct service s;
	int port;

	if (!service)
		return 0;
	if (!kind->name)
		return -1;
	port = numeric_port(service);
	if (port >= 0 || (flags & AI_NUMERICSERV))
		return port;
	return service_find(service, 0, kind->name, &s) ? s.port : -1;
}

static int find_ports(struct request *rq, const char *service)
{
	bool any = false, fits = false;
	size_t i;

	for (i = 0; i < NR_KINDS; i++) {
		rq->ports[i] = -1;
		if (!kind_fits(&kinds[i], &rq->hints))
			continue;
		fits = true;
		rq->ports[i] = port_of_kind(&kinds[i], service, rq->hints.ai_flags);
		any |= rq->ports[i] >= 0;
	}
	if (!fits)
		return EAI_SOCKTYPE;
	if (any)
		return 0;
	return rq->hints.ai_flags & AI_NUMERICSERV ? EAI_NONAME : EAI_SERVICE;
}

static int find_host(struct request *rq, const char *node)
{
	if (!node) {
		rq->host.n = 1;
		rq->host.addrs[0].s_addr =
			htonl(rq->hints.ai_flags & AI_PASSIVE ? INADDR_ANY : INADDR_LOOPBACK);
		return 0;
	}
	if (rq->hints.ai_flags & AI_NUMERICHOST)
		return host_numeric(node, &rq->host) ? 0 : EAI_NONAME;
	return host_lookup(node, &rq->host);
}

static struct addrinfo *new_addrinfo(const struct request *rq, size_t kind, struct in_addr addr)
{
	struct {
		struct addrinfo ai;
		struct sockaddr_in sin;
	} *both = calloc(1, sizeof(*both));
	struct addrinfo *ai = (struct addrinfo *)both;
	int protocol = kinds[kind].protocol;

	if (!both)
		return NULL;
	both->sin.sin_family = AF_INET;
	both->sin.sin_port = htons((uint16_t)rq->ports[kind]);
	both->sin.sin_addr = addr;
	ai->ai_flags = rq->hints.ai_flags;
	ai->ai_family = AF_INET;
	ai->ai_socktype = kinds[kind].type;
	ai->ai_protocol = protocol ? protocol : rq->hints.ai_protocol;
	ai->ai_addrlen = sizeof(both->sin);
	ai->ai_addr = (struct sockaddr *)&both->sin;
	return ai;
}

static int build_list(const struct request *rq, struct addrinfo **res)
{
	struct addrinfo **end = res;
	size_t kind;
	int i;

	for (i = 0; i < rq->host.n; i++) {
		for (kind = 0; kind < NR_KINDS; kind++) {
			if (rq->ports[kind] < 0)
				continue;
			*end = new_addrinfo(rq, kind, rq->host.addrs[i]);
			if (!*end)
				return EAI_MEMORY;
			end = &(*end)->ai_next;
		}
	}
	if (rq->hints.ai_flags & AI_CANONNAME) {
		(*res)->ai_canonname = strdup(rq->host.name);
		if (!(*res)->ai_canonname)
			return EAI_MEMORY;
	}
	return 0;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **res)
{
	struct request rq = { .host.n = 0 };
	int err;

	*res = NULL;
	if (hints)
		rq.hints = *hints;
	if (!node && !service)
		return EAI_NONAME;
	if (!node && (rq.hints.ai_flags & AI_CANONNAME))
		return EAI_BADFLAGS;
	err = check_hints(&rq.hints);
	if (!err)
		err = find_ports(&rq, service);
	if (!err)
		err = find_host(&rq, node);
	if (!err)
		err = build_list(&rq, res);
	if (err) {
		freeaddrinfo(*res);
		*res = NULL;
	}
	return err;
}

void freeaddrinfo(struct addrinfo *res)
{
	struct addrinfo *next;

	for (; res; res = next) {
		next = res->ai_next;
		free(res->ai_canonname);
		free(res);
	}
}

const char *gai_strerror(int err)
{
	switch (err) {
	case 0:
		return "Success";
	case EAI_BADFLAGS:
		return "Bad value for ai_flags";
	case EAI_NONAME:
		return "Name or service not known";
	case EAI_AGAIN:
		return "Temporary failure in name resolution";
	case EAI_FAIL:
		return "Non-recoverable failure in name resolution";
	case EAI_NODATA:
		return "No address associated with hostname";
	case EAI_FAMILY:
		return "ai_family not supported";
	case EAI_SOCKTYPE:
		return "ai_socktype not supported";
	case EAI_SERVICE:
		return "Servname not supported for ai_socktype";
	case EAI_MEMORY:
		return "Memory allocation failure";
	case EAI_SYSTEM:
		return "System error";
	case EAI_OVERFLOW:
		return "Argument buffer overflow";
	default:
		return "Unknown error";
	}
}
