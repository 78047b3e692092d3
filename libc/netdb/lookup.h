/* Hosts by name and by address: what getaddrinfo, gethostbyname and their kin stand on. */
#pragma once

#include <netdb.h>

#include "libc/internal.h"

struct host_result {
	struct in_addr addrs[NR_HOST_ADDRS];
	int n;
	char name[NI_MAXHOST]; /* the canonical one */
};

/* A number, /etc/hosts, "localhost", then the DNS. 0 or EAI_*. */
int host_lookup(const char *name, struct host_result *res);
/* Only @name as a number; false if it is none. */
bool host_numeric(const char *name, struct host_result *res);
/* /etc/hosts, then the DNS. 0 or EAI_*; @res has the one address. */
int host_reverse(struct in_addr addr, struct host_result *res);

/* /etc/hosts alone. */
bool hosts_file_by_name(const char *name, struct host_result *res);
bool hosts_file_by_addr(struct in_addr addr, struct host_result *res);

/* A service of @proto ("udp", "tcp"; NULL: any) by name or, if @name is NULL, by @port (host
 * order). */
struct service {
	char name[NI_MAXSERV];
	char proto[8];
	int port;
};
bool service_find(const char *name, int port, const char *proto, struct service *s);
