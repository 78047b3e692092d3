/* getnameinfo (RFC 3493 §6.2): an address and a port as text. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "libc/netdb/lookup.h"
#include "libc/netdb/resolv_conf.h"

#define ALL_FLAGS (NI_NUMERICHOST | NI_NUMERICSERV | NI_NOFQDN | NI_NAMEREQD | NI_DGRAM)

static int put_text(char *buf, socklen_t size, const char *text)
{
	return strlcpy(buf, text, size) < size ? 0 : EAI_OVERFLOW;
}

/* Cuts our own domain off. */
static void cut_domain(char *name)
{
	struct resolv_conf conf;
	char *dot = strchr(name, '.');

	resolv_conf_read(&conf);
	if (dot && conf.nsearch && !strcasecmp(dot + 1, conf.search[0]))
		*dot = '\0';
}

static int put_host(struct in_addr addr, char *host, socklen_t size, int flags)
{
	struct host_result res;
	char text[INET_ADDRSTRLEN];
	int err = flags & NI_NUMERICHOST ? EAI_NONAME : host_reverse(addr, &res);

	if (!err) {
		if (flags & NI_NOFQDN)
			cut_domain(res.name);
		return put_text(host, size, res.name);
	}
	if (flags & NI_NAMEREQD)
		return err;
	inet_ntop(AF_INET, &addr, text, sizeof(text));
	return put_text(host, size, text);
}

static int put_service(int port, char *serv, socklen_t size, int flags)
{
	struct service s;
	char text[8];

	if (!(flags & NI_NUMERICSERV) &&
	    service_find(NULL, port, flags & NI_DGRAM ? "udp" : "tcp", &s))
		return put_text(serv, size, s.name);
	snprintf(text, sizeof(text), "%d", port);
	return put_text(serv, size, text);
}

int getnameinfo(const struct sockaddr *sa, socklen_t salen, char *host, socklen_t hostlen,
		char *serv, socklen_t servlen, int flags)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)sa;
	int err = 0;

	if (flags & ~ALL_FLAGS)
		return EAI_BADFLAGS;
	if (salen < sizeof(*sin) || sa->sa_family != AF_INET)
		return EAI_FAMILY;
	if ((!host || !hostlen) && (!serv || !servlen))
		return EAI_NONAME;
	if (host && hostlen)
		err = put_host(sin->sin_addr, host, hostlen, flags);
	if (!err && serv && servlen)
		err = put_service(ntohs(sin->sin_port), serv, servlen, flags);
	return err;
}
