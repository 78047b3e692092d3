/*
 * netstat -s: the counters of /proc/net/snmp and /proc/net/netstat in sentences, then why packets
 * were dropped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "netstat.h"

#define MAX_COUNTERS 64

enum show { ALWAYS, NONZERO };

struct sentence {
	const char *group, *counter;
	enum show show;
	const char *text; /* %llu is the value */
};

static const struct sentence sentences[] = {
	{ "Ip", "Forwarding", ALWAYS, "Forwarding: %llu" },
	{ "Ip", "InReceives", ALWAYS, "%llu total packets received" },
	{ "Ip", "InHdrErrors", NONZERO, "%llu with invalid headers" },
	{ "Ip", "InAddrErrors", NONZERO, "%llu with invalid addresses" },
	{ "Ip", "ForwDatagrams", ALWAYS, "%llu forwarded" },
	{ "Ip", "InUnknownProtos", NONZERO, "%llu with unknown protocol" },
	{ "Ip", "InDiscards", ALWAYS, "%llu incoming packets discarded" },
	{ "Ip", "InDelivers", ALWAYS, "%llu incoming packets delivered" },
	{ "Ip", "OutRequests", ALWAYS, "%llu requests sent out" },
	{ "Ip", "OutDiscards", NONZERO, "%llu outgoing packets dropped" },
	{ "Ip", "OutNoRoutes", NONZERO, "%llu dropped because of missing route" },
	{ "Ip", "ReasmTimeout", NONZERO, "%llu fragments dropped after timeout" },
	{ "Ip", "ReasmReqds", NONZERO, "%llu reassemblies required" },
	{ "Ip", "ReasmOKs", NONZERO, "%llu packets reassembled ok" },
	{ "Ip", "ReasmFails", NONZERO, "%llu packet reassemblies failed" },
	{ "Ip", "FragOKs", NONZERO, "%llu fragments received ok" },
	{ "Ip", "FragFails", NONZERO, "%llu fragments failed" },
	{ "Ip", "FragCreates", NONZERO, "%llu fragments created" },
	{ "Icmp", "InMsgs", ALWAYS, "%llu ICMP messages received" },
	{ "Icmp", "InErrors", ALWAYS, "%llu input ICMP message failed" },
	{ "Icmp", "InCsumErrors", NONZERO, "%llu with a bad checksum" },
	{ "Icmp", "InDestUnreachs", NONZERO, "    destination unreachable in: %llu" },
	{ "Icmp", "InTimeExcds", NONZERO, "    timeout in transit in: %llu" },
	{ "Icmp", "InParmProbs", NONZERO, "    wrong parameters in: %llu" },
	{ "Icmp", "InRedirects", NONZERO, "    redirects in: %llu" },
	{ "Icmp", "InEchos", NONZERO, "    echo requests in: %llu" },
	{ "Icmp", "InEchoReps", NONZERO, "    echo replies in: %llu" },
	{ "Icmp", "InTimestamps", NONZERO, "    timestamp requests in: %llu" },
	{ "Icmp", "OutMsgs", ALWAYS, "%llu ICMP messages sent" },
	{ "Icmp", "OutErrors", ALWAYS, "%llu ICMP messages failed" },
	{ "Icmp", "OutRateLimitGlobal", NONZERO, "%llu not sent: global rate limit" },
	{ "Icmp", "OutRateLimitHost", NONZERO, "%llu not sent: rate limit of the host" },
	{ "Icmp", "OutDestUnreachs", NONZERO, "    destination unreachable out: %llu" },
	{ "Icmp", "OutTimeExcds", NONZERO, "    time exceeded out: %llu" },
	{ "Icmp", "OutParmProbs", NONZERO, "    wrong parameters out: %llu" },
	{ "Icmp", "OutRedirects", NONZERO, "    redirects out: %llu" },
	{ "Icmp", "OutEchos", NONZERO, "    echo requests out: %llu" },
	{ "Icmp", "OutEchoReps", NONZERO, "    echo replies out: %llu" },
	{ "Icmp", "OutTimestampReps", NONZERO, "    timestamp replies out: %llu" },
	{ "Udp", "InDatagrams", ALWAYS, "%llu packets received" },
	{ "Udp", "NoPorts", ALWAYS, "%llu packets to unknown port received" },
	{ "Udp", "InErrors", ALWAYS, "%llu packet receive errors" },
	{ "Udp", "OutDatagrams", ALWAYS, "%llu packets sent" },
	{ "Udp", "RcvbufErrors", ALWAYS, "%llu receive buffer errors" },
	{ "Udp", "SndbufErrors", ALWAYS, "%llu send buffer errors" },
	{ "Udp", "InCsumErrors", NONZERO, "InCsumErrors: %llu" },
	{ "Udp", "IgnoredMulti", NONZERO, "IgnoredMulti: %llu" },
	{ "Udp", "MemErrors", NONZERO, "MemErrors: %llu" },
};

/* What has no sentence of its own: as NAME: VALUE, if it counted anything. */
static const char *const plain_groups[] = { "IcmpMsg", "Tcp", "TcpExt", "IpExt", "IgmpExt" };

static const struct sentence *find_sentence(const char *group, const char *counter)
{
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
		if (!strcmp(sentences[i].group, group) && !strcmp(sentences[i].counter, counter))
			return &sentences[i];
	return NULL;
}

static bool is_plain(const char *group)
{
	for (size_t i = 0; i < ARRAY_LEN(plain_groups); i++)
		if (!strcmp(group, plain_groups[i]))
			return true;
	return false;
}

static void print_counter(const char *group, const char *name, unsigned long long value)
{
	const struct sentence *s = find_sentence(group, name);

	if (s && (value || s->show == ALWAYS)) {
		printf("    ");
		printf(s->text, value);
		putchar('\n');
	} else if (!s && value && is_plain(group)) {
		printf("    %s: %lld\n", name, (long long)value); /* MaxConn is -1 */
	}
}

/* "Group: Name Name …" and "Group: 1 2 …". */
static void print_group(char *names, char *values)
{
	char *name[MAX_COUNTERS], *value[MAX_COUNTERS];
	char *colon = strchr(names, ':'), *value_colon = strchr(values, ':');
	int n, nr_values;

	if (!colon || !value_colon)
		return;
	*colon = '\0';
	n = text_fields(colon + 1, name, MAX_COUNTERS);
	nr_values = text_fields(value_colon + 1, value, MAX_COUNTERS);
	printf("%s:\n", names);
	for (int i = 0; i < n && i < nr_values; i++)
		print_counter(names, name[i], strtoull(value[i], NULL, 10));
}

static bool group_wanted(const struct netstat_options *o, const char *line)
{
	if (!o->tcp && !o->udp && !o->raw)
		return true;
	return (o->udp && !strncmp(line, "Udp:", 4)) || (o->tcp && !strncmp(line, "Tcp", 3)) ||
	       (o->raw && !strncmp(line, "Icmp", 4));
}

static int print_file(const struct netstat_options *o, const char *path)
{
	char *text = text_read(path), *cursor = text, *names, *values;

	if (!text)
		return app_perror("netstat", path);
	while ((names = text_line(&cursor)) && (values = text_line(&cursor)))
		if (group_wanted(o, names))
			print_group(names, values);
	free(text);
	return 0;
}

/* "NAME count text", up to the first empty line. */
static void print_drops(void)
{
	char *text = text_read("/proc/net/drops"), *cursor = text, *line, *f[3];

	puts("Drops:");
	while ((line = text_line(&cursor)) && *line)
		if (text_fields(line, f, 3) == 3)
			printf("    %s %s (%s)\n", f[1], f[2], f[0]);
	free(text);
}

int netstat_statistics(const struct netstat_options *o)
{
	int status = print_file(o, "/proc/net/snmp");

	status |= print_file(o, "/proc/net/netstat");
	if (!o->tcp && !o->udp && !o->raw)
		print_drops();
	return status;
}
