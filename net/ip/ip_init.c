/*
 * IP's start: the receivers of its protocols in a table that is asked by number, and the tunables
 * of the layer as a whole. Those of devices, ICMP and path MTUs are where they are used.
 */
#include "net/core/protocol.h"
#include "net/core/snmp.h"
#include "net/ip/ip.h"

static const struct inet_protocol *protocol_by_number[256];

const struct inet_protocol *inet_protocol_find(u8 protocol)
{
	return protocol_by_number[protocol];
}

static void default_ttl_changed(void)
{
	ip_mib[IP_MIB_DefaultTTL] = (u64)sysctl_ip_default_ttl;
}

static const struct ctl_entry ip_sysctls[] = {
	{ "net.ipv4.ip_default_ttl", &sysctl_ip_default_ttl, 1, 255, default_ttl_changed },
};

void ip_init(void)
{
	for (size_t i = 0; i < nr_inet_protocols; i++)
		protocol_by_number[inet_protocols[i].protocol] = &inet_protocols[i];
	ip_ident_init();
	ip_frag_init();
	ip_mib[IP_MIB_DefaultTTL] = IPDEFTTL;
	sysctl_register(ip_sysctls, ARRAY_SIZE(ip_sysctls));
}
