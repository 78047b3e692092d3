/* Types and result codes of the DNS by name. */
#include <dns.h>
#include <string.h>
#include <strings.h>

static const struct {
	int type;
	const char *name;
} types[] = {
	{ DNS_A, "A" },	    { DNS_NS, "NS" },	{ DNS_CNAME, "CNAME" }, { DNS_SOA, "SOA" },
	{ DNS_PTR, "PTR" }, { DNS_MX, "MX" },	{ DNS_TXT, "TXT" },	{ DNS_AAAA, "AAAA" },
	{ DNS_SRV, "SRV" }, { DNS_OPT, "OPT" }, { DNS_ANY, "ANY" },
};
#define NR_TYPES (sizeof(types) / sizeof(types[0]))

const char *dns_type_name(int type)
{
	size_t i;

	for (i = 0; i < NR_TYPES; i++) {
		if (types[i].type == type)
			return types[i].name;
	}
	return "UNKNOWN";
}

int dns_type_number(const char *name)
{
	size_t i;

	for (i = 0; i < NR_TYPES; i++) {
		if (!strcasecmp(types[i].name, name))
			return types[i].type;
	}
	return -1;
}

const char *dns_rcode_name(int rcode)
{
	static const char *const names[] = {
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
	};

	return rcode >= 0 && rcode < 6 ? names[rcode] : "UNKNOWN";
}
