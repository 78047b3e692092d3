/* Hosts by name and by address, from all sources in their order. */
#include <arpa/inet.h>
#include <errno.h>
#include <dns.h>
#include <string.h>
#include <strings.h>

#include "libc/netdb/lookup.h"

bool host_numeric(const char *name, struct host_result *res)
{
	if (!inet_aton(name, &res->addrs[0]) || strpbrk(name, " \t\n"))
		return false;
	res->n = 1;
	return strlcpy(res->name, name, sizeof(res->name)) < sizeof(res->name);
}

/* These names mean this machine, whatever a server says (RFC 6761 §6.3). */
static bool is_localhost(const char *name)
{
	static const char suffix[] = ".localhost";
	size_t len = strlen(name);

	if (len && name[len - 1] == '.')
		len--;
	if (len == sizeof(suffix) - 2)
		return !strncasecmp(name, suffix + 1, len);
	return len > sizeof(suffix) - 1 &&
	       !strncasecmp(name + len - (sizeof(suffix) - 1), suffix, sizeof(suffix) - 1);
}

/* Why dns_query() failed. */
static int eai_of_errno(void)
{
	switch (errno) {
	case ENOMEM:
		return EAI_MEMORY;
	case EINVAL:
		return EAI_NONAME;
	case EINTR:
	case EMFILE:
	case ENFILE:
		return EAI_SYSTEM;
	case EBADMSG:
		return EAI_FAIL;
	default:
		return EAI_AGAIN;
	}
}

static int eai_of_rcode(int rcode)
{
	switch (rcode) {
	case DNS_NOERROR:
		return EAI_NODATA;
	case DNS_NXDOMAIN:
		return EAI_NONAME;
	case DNS_SERVFAIL:
		return EAI_AGAIN;
	default:
		return EAI_FAIL;
	}
}

static bool is_answer(const struct dns_answer *answer, const struct dns_record *r, int type)
{
	return r->section == DNS_ANSWER && r->type == type &&
	       !strcasecmp(r->owner, answer->canonical);
}

static int take_addresses(const struct dns_answer *answer, struct host_result *res)
{
	const struct dns_record *r;

	res->n = 0;
	for (r = answer->records; r && res->n < NR_HOST_ADDRS; r = r->next) {
		if (is_answer(answer, r, DNS_A))
			res->addrs[res->n++] = r->a;
	}
	if (!res->n)
		return eai_of_rcode(answer->rcode);
	if (strlcpy(res->name, answer->canonical, sizeof(res->name)) >= sizeof(res->name))
		return EAI_FAIL;
	return 0;
}

int host_lookup(const char *name, struct host_result *res)
{
	const struct dns_options options = { .search = true };
	struct dns_answer answer;
	int err;

	if (host_numeric(name, res) || hosts_file_by_name(name, res))
		return 0;
	if (is_localhost(name)) {
		strlcpy(res->name, "localhost", sizeof(res->name));
		res->addrs[0].s_addr = htonl(INADDR_LOOPBACK);
		res->n = 1;
		return 0;
	}
	if (dns_query(name, DNS_A, &options, &answer))
		return eai_of_errno();
	err = take_addresses(&answer, res);
	dns_answer_free(&answer);
	return err;
}

/* A PTR's owner may write anything there; a host's name has no odd bytes, which come escaped. */
static int take_name(const struct dns_answer *answer, struct host_result *res)
{
	const struct dns_record *r;

	for (r = answer->records; r; r = r->next) {
		if (!is_answer(answer, r, DNS_PTR) || strchr(r->name, '\\'))
			continue;
		if (strlcpy(res->name, r->name, sizeof(res->name)) < sizeof(res->name))
			return 0;
	}
	return answer->rcode ? eai_of_rcode(answer->rcode) : EAI_NONAME;
}

int host_reverse(struct in_addr addr, struct host_result *res)
{
	struct dns_answer answer;
	char name[32];
	int err;

	if (hosts_file_by_addr(addr, res))
		return 0;
	dns_reverse_name(addr, name);
	if (dns_query(name, DNS_PTR, NULL, &answer))
		return eai_of_errno();
	err = take_name(&answer, res);
	dns_answer_free(&answer);
	res->addrs[0] = addr;
	res->n = 1;
	return err;
}
