/* Fuzz target: the DNS message parser, and names back and forth. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define dns_parse skbox_libc_dns_parse
#define dns_next skbox_libc_dns_next
#define dns_name_from_text skbox_libc_dns_name_from_text
#define dns_name_text skbox_libc_dns_name_text
#define dns_name_equal skbox_libc_dns_name_equal
#include "libc/netdb/dns_msg.h"

/* What was read as a name must survive the way through text. */
static void check_name(const struct dns_name *name)
{
	char text[DNS_TEXT_NAME];
	struct dns_name again;

	if (!name->len)
		return;
	dns_name_text(name, text);
	if (!dns_name_from_text(text, &again) || !dns_name_equal(name, &again))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_view v;
	struct dns_rr rr;

	if (!dns_parse(data, size, &v))
		return 0;
	check_name(&v.qname);
	while (dns_next(&v, &rr) > 0) {
		check_name(&rr.owner);
		check_name(&rr.name);
		check_name(&rr.rname);
	}
	return 0;
}
