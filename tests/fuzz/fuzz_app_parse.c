/*
 * The parsers of libc and the apps, which live on the other side of the syscall border: DNS and
 * DHCP messages. The input's first byte says which; the rest is copied to a block of exactly its
 * size.
 */
#include <stdlib.h>
#include <string.h>

/* What libc's names are called in the host's kernel object. */
#define dns_parse skbox_libc_dns_parse
#define dns_next skbox_libc_dns_next
#define dns_name_text skbox_libc_dns_name_text

#include "apps/dhcp/packet.h"
#include "libc/netdb/dns_msg.h"

static void fuzz_dns(const uint8_t *data, size_t len)
{
	static char text[DNS_TEXT_NAME];
	struct dns_view v;
	struct dns_rr rr;

	if (!dns_parse(data, len, &v))
		return;
	while (dns_next(&v, &rr) > 0)
		dns_name_text(&rr.owner, text);
}

static void fuzz_dhcp(const uint8_t *data, size_t len)
{
	struct dhcp_view v;

	dhcp_parse(data, len, &v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (!size)
		return 0;
	copy = malloc(size - 1);
	if (size > 1)
		memcpy(copy, data + 1, size - 1);
	if (data[0] & 1)
		fuzz_dns(copy, size - 1);
	else
		fuzz_dhcp(copy, size - 1);
	free(copy);
	return 0;
}
