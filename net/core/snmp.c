/*
 * The MIB counters and the two files in which Linux shows them: each group is a line of names and a
 * line of numbers.
 */
#include "net/core/snmp.h"

u64 ip_mib[IP_MIB_MAX], icmp_mib[ICMP_MIB_MAX], udp_mib[UDP_MIB_MAX], ipext_mib[IPEXT_MIB_MAX];
u64 tcp_mib[TCP_MIB_MAX], tcpext_mib[TCPEXT_MIB_MAX];
u64 igmp_mib[IGMP_MIB_MAX];
u64 icmpmsg_in[256], icmpmsg_out[256];
u64 net_bytes_delivered, net_bytes_copied;

#define X(n) " " #n
static const char ip_names[] = "Ip:" SNMP_IP(X) "\n";
static const char icmp_names[] = "Icmp:" SNMP_ICMP(X) "\n";
static const char udp_names[] = "Udp:" SNMP_UDP(X) "\n";
static const char tcp_names[] = "Tcp:" SNMP_TCP(X) "\n";
static const char tcpext_names[] = "TcpExt:" SNMP_TCPEXT(X) "\n";
static const char igmp_names[] = "IgmpExt:" SNMP_IGMP(X) "\n";
static const char ipext_names[] = "IpExt:" SNMP_IPEXT(X) "\n";
#undef X

static void snmp_group(struct seq_file *s, const char *names, const char *group, const u64 *mib,
		       u32 n)
{
	seq_puts(s, names);
	seq_puts(s, group);
	for (u32 i = 0; i < n; i++)
		seq_printf(s, " %lld", (long long)mib[i]); /* tcpMaxConn is -1 */
	seq_puts(s, "\n");
}

/* Names (@values false) or numbers of the ICMP types that were seen. */
static void icmpmsg_line(struct seq_file *s, const char *prefix, const u64 *mib, bool values)
{
	for (u32 type = 0; type < 256; type++) {
		if (!mib[type])
			continue;
		if (values)
			seq_printf(s, " %llu", (unsigned long long)mib[type]);
		else
			seq_printf(s, " %s%u", prefix, type);
	}
}

static void icmpmsg_show(struct seq_file *s)
{
	u64 seen = 0;

	for (u32 type = 0; type < 256; type++)
		seen |= icmpmsg_in[type] | icmpmsg_out[type];
	if (!seen)
		return;
	for (u32 values = 0; values < 2; values++) {
		seq_puts(s, "IcmpMsg:");
		icmpmsg_line(s, "InType", icmpmsg_in, values);
		icmpmsg_line(s, "OutType", icmpmsg_out, values);
		seq_puts(s, "\n");
	}
}

void snmp_proc_show(struct seq_file *s)
{
	snmp_group(s, ip_names, "Ip:", ip_mib, IP_MIB_MAX);
	snmp_group(s, icmp_names, "Icmp:", icmp_mib, ICMP_MIB_MAX);
	icmpmsg_show(s);
	snmp_group(s, tcp_names, "Tcp:", tcp_mib, TCP_MIB_MAX);
	snmp_group(s, udp_names, "Udp:", udp_mib, UDP_MIB_MAX);
}

void netstat_proc_show(struct seq_file *s)
{
	snmp_group(s, tcpext_names, "TcpExt:", tcpext_mib, TCPEXT_MIB_MAX);
	snmp_group(s, ipext_names, "IpExt:", ipext_mib, IPEXT_MIB_MAX);
	snmp_group(s, igmp_names, "IgmpExt:", igmp_mib, IGMP_MIB_MAX);
}
