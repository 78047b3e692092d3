/* The old interface to the same lookups; results lie in the task's block. */
#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "libc/netdb/lookup.h"

static int h_err_of(int eai)
{
	switch (eai) {
	case EAI_NONAME:
		return HOST_NOT_FOUND;
	case EAI_NODATA:
		return NO_DATA;
	case EAI_FAIL:
		return NO_RECOVERY;
	default:
		return TRY_AGAIN;
	}
}

static struct hostent *host_result(int eai, const struct host_result *res)
{
	struct netdb_result *r = &__libc()->netdb;
	int i;

	if (eai) {
		h_errno = h_err_of(eai);
		return NULL;
	}
	strlcpy(r->name, res->name, sizeof(r->name));
	for (i = 0; i < res->n; i++) {
		r->addrs[i] = res->addrs[i];
		r->addr_list[i] = (char *)&r->addrs[i];
	}
	r->addr_list[i] = NULL;
	r->host = (struct hostent){ r->name, r->no_aliases, AF_INET, sizeof(struct in_addr),
				    r->addr_list };
	return &r->host;
}

struct hostent *gethostbyname(const char *name)
{
	struct host_result res;

	return host_result(host_lookup(name, &res), &res);
}

struct hostent *gethostbyaddr(const void *addr, socklen_t len, int type)
{
	struct host_result res;
	struct in_addr in;

	if (type != AF_INET || len != sizeof(in)) {
		errno = EAFNOSUPPORT;
		h_errno = NO_RECOVERY;
		return NULL;
	}
	memcpy(&in, addr, sizeof(in));
	return host_result(host_reverse(in, &res), &res);
}

const char *hstrerror(int err)
{
	switch (err) {
	case 0:
		return "Resolver Error 0 (no error)";
	case HOST_NOT_FOUND:
		return "Unknown host";
	case TRY_AGAIN:
		return "Host name lookup failure";
	case NO_RECOVERY:
		return "Unknown server error";
	case NO_DATA:
		return "No address associated with name";
	default:
		return "Unknown resolver error";
	}
}

void herror(const char *s)
{
	fprintf(stderr, "%s: %s\n", s, hstrerror(h_errno));
}
