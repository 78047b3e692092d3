/*
 * netstat -s: the counters of /proc/net/snmp and /proc/net/netstat in net-tools' sentences, then
 * why packets were dropped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "netstat.h"

#define MAX_COUNTERS 192

enum show { NONZERO, ALWAYS, NEVER, IN, OUT };

struct sentence {
	const char *group, *counter;
	enum show show;	  /* IN, OUT: not zero, and part of ICMP's histograms */
	const char *text; /* %llu is the value */
};

/* What has no sentence shows as NAME: VALUE, if it has counted anything. */
static const struct sentence sentences[] = {
	{ "Ip", "DefaultTTL", NEVER, NULL },
	{ "Tcp", "RtoAlgorithm", NEVER, NULL },
	{ "Tcp", "RtoMin", NEVER, NULL },
	{ "Tcp", "RtoMax", NEVER, NULL },
	{ "Tcp", "MaxConn", NEVER, NULL },
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
	{ "Ip", "FragOKs", NONZERO, "%llu outgoing packets fragmented ok" },
	{ "Ip", "FragFails", NONZERO, "%llu outgoing packets failed fragmentation" },
	{ "Ip", "FragCreates", NONZERO, "%llu fragments created" },
	{ "Icmp", "InMsgs", ALWAYS, "%llu ICMP messages received" },
	{ "Icmp", "InErrors", ALWAYS, "%llu input ICMP message failed" },
	{ "Icmp", "InDestUnreachs", IN, "destination unreachable: %llu" },
	{ "Icmp", "InTimeExcds", IN, "timeout in transit: %llu" },
	{ "Icmp", "InParmProbs", IN, "wrong parameters: %llu" },
	{ "Icmp", "InSrcQuenchs", IN, "source quenches: %llu" },
	{ "Icmp", "InRedirects", IN, "redirects: %llu" },
	{ "Icmp", "InEchos", IN, "echo requests: %llu" },
	{ "Icmp", "InEchoReps", IN, "echo replies: %llu" },
	{ "Icmp", "InTimestamps", IN, "timestamp request: %llu" },
	{ "Icmp", "InTimestampReps", IN, "timestamp reply: %llu" },
	{ "Icmp", "InAddrMasks", IN, "address mask request: %llu" },
	{ "Icmp", "InAddrMaskReps", IN, "address mask replies: %llu" },
	{ "Icmp", "OutMsgs", ALWAYS, "%llu ICMP messages sent" },
	{ "Icmp", "OutErrors", ALWAYS, "%llu ICMP messages failed" },
	{ "Icmp", "OutDestUnreachs", OUT, "destination unreachable: %llu" },
	{ "Icmp", "OutTimeExcds", OUT, "time exceeded: %llu" },
	{ "Icmp", "OutParmProbs", OUT, "wrong parameters: %llu" },
	{ "Icmp", "OutSrcQuenchs", OUT, "source quench: %llu" },
	{ "Icmp", "OutRedirects", OUT, "redirect: %llu" },
	{ "Icmp", "OutEchos", OUT, "echo requests: %llu" },
	{ "Icmp", "OutEchoReps", OUT, "echo replies: %llu" },
	{ "Icmp", "OutTimestamps", OUT, "timestamp requests: %llu" },
	{ "Icmp", "OutTimestampReps", OUT, "timestamp replies: %llu" },
	{ "Icmp", "OutAddrMasks", OUT, "address mask requests: %llu" },
	{ "Icmp", "OutAddrMaskReps", OUT, "address mask replies: %llu" },
	{ "Tcp", "ActiveOpens", ALWAYS, "%llu active connection openings" },
	{ "Tcp", "PassiveOpens", ALWAYS, "%llu passive connection openings" },
	{ "Tcp", "AttemptFails", ALWAYS, "%llu failed connection attempts" },
	{ "Tcp", "EstabResets", ALWAYS, "%llu connection resets received" },
	{ "Tcp", "CurrEstab", ALWAYS, "%llu connections established" },
	{ "Tcp", "InSegs", ALWAYS, "%llu segments received" },
	{ "Tcp", "OutSegs", ALWAYS, "%llu segments sent out" },
	{ "Tcp", "RetransSegs", ALWAYS, "%llu segments retransmitted" },
	{ "Tcp", "InErrs", ALWAYS, "%llu bad segments received" },
	{ "Tcp", "OutRsts", ALWAYS, "%llu resets sent" },
	{ "Udp", "InDatagrams", ALWAYS, "%llu packets received" },
	{ "Udp", "NoPorts", ALWAYS, "%llu packets to unknown port received" },
	{ "Udp", "InErrors", ALWAYS, "%llu packet receive errors" },
	{ "Udp", "OutDatagrams", ALWAYS, "%llu packets sent" },
	{ "Udp", "RcvbufErrors", ALWAYS, "%llu receive buffer errors" },
	{ "Udp", "SndbufErrors", ALWAYS, "%llu send buffer errors" },
	{ "TcpExt", "SyncookiesSent", NONZERO, "%llu SYN cookies sent" },
	{ "TcpExt", "SyncookiesRecv", NONZERO, "%llu SYN cookies received" },
	{ "TcpExt", "SyncookiesFailed", NONZERO, "%llu invalid SYN cookies received" },
	{ "TcpExt", "EmbryonicRsts", NONZERO,
	  "%llu resets received for embryonic SYN_RECV sockets" },
	{ "TcpExt", "PruneCalled", NONZERO,
	  "%llu packets pruned from receive queue because of socket buffer overrun" },
	{ "TcpExt", "RcvPruned", NONZERO, "%llu packets pruned from receive queue" },
	{ "TcpExt", "OfoPruned", NONZERO,
	  "%llu packets dropped from out-of-order queue because of socket buffer overrun" },
	{ "TcpExt", "OutOfWindowIcmps", NONZERO,
	  "%llu ICMP packets dropped because they were out-of-window" },
	{ "TcpExt", "LockDroppedIcmps", NONZERO,
	  "%llu ICMP packets dropped because socket was locked" },
	{ "TcpExt", "TW", NONZERO, "%llu TCP sockets finished time wait in fast timer" },
	{ "TcpExt", "TWRecycled", NONZERO, "%llu time wait sockets recycled by time stamp" },
	{ "TcpExt", "PAWSActive", NONZERO,
	  "%llu active connections rejected because of time stamp" },
	{ "TcpExt", "PAWSEstab", NONZERO,
	  "%llu packets rejected in established connections because of timestamp" },
	{ "TcpExt", "DelayedACKs", NONZERO, "%llu delayed acks sent" },
	{ "TcpExt", "DelayedACKLocked", NONZERO,
	  "%llu delayed acks further delayed because of locked socket" },
	{ "TcpExt", "DelayedACKLost", NONZERO, "Quick ack mode was activated %llu times" },
	{ "TcpExt", "ListenOverflows", NONZERO,
	  "%llu times the listen queue of a socket overflowed" },
	{ "TcpExt", "ListenDrops", NONZERO, "%llu SYNs to LISTEN sockets dropped" },
	{ "TcpExt", "TCPHPHits", ALWAYS, "%llu packet headers predicted" },
	{ "TcpExt", "TCPPureAcks", NONZERO,
	  "%llu acknowledgments not containing data payload received" },
	{ "TcpExt", "TCPHPAcks", NONZERO, "%llu predicted acknowledgments" },
	{ "TcpExt", "TCPRenoRecovery", NONZERO,
	  "%llu times recovered from packet loss due to fast retransmit" },
	{ "TcpExt", "TCPSACKReorder", NONZERO, "Detected reordering %llu times using SACK" },
	{ "TcpExt", "TCPRenoReorder", NONZERO,
	  "Detected reordering %llu times using reno fast retransmit" },
	{ "TcpExt", "TCPTSReorder", NONZERO, "Detected reordering %llu times using time stamp" },
	{ "TcpExt", "TCPFullUndo", NONZERO,
	  "%llu congestion windows fully recovered without slow start" },
	{ "TcpExt", "TCPPartialUndo", NONZERO,
	  "%llu congestion windows partially recovered using Hoe heuristic" },
	{ "TcpExt", "TCPLossUndo", NONZERO,
	  "%llu congestion windows recovered without slow start after partial ack" },
	{ "TcpExt", "TCPRenoFailures", NONZERO, "%llu timeouts after reno fast retransmit" },
	{ "TcpExt", "TCPLossFailures", NONZERO, "%llu timeouts in loss state" },
	{ "TcpExt", "TCPFastRetrans", NONZERO, "%llu fast retransmits" },
	{ "TcpExt", "TCPSlowStartRetrans", NONZERO, "%llu retransmits in slow start" },
	{ "TcpExt", "TCPRcvCollapsed", NONZERO,
	  "%llu packets collapsed in receive queue due to low socket buffer" },
	{ "TcpExt", "TCPAbortOnData", NONZERO, "%llu connections reset due to unexpected data" },
	{ "TcpExt", "TCPAbortOnClose", NONZERO, "%llu connections reset due to early user close" },
	{ "TcpExt", "TCPAbortOnMemory", NONZERO,
	  "%llu connections aborted due to memory pressure" },
	{ "TcpExt", "TCPAbortOnTimeout", NONZERO, "%llu connections aborted due to timeout" },
	{ "TcpExt", "TCPAbortOnLinger", NONZERO,
	  "%llu connections aborted after user close in linger timeout" },
	{ "TcpExt", "TCPAbortFailed", NONZERO, "%llu times unable to send RST due to no memory" },
	{ "TcpExt", "TCPMemoryPressures", NONZERO, "TCP ran low on memory %llu times" },
};

static const struct sentence *find_sentence(const char *group, const char *counter)
{
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
		if (!strcmp(sentences[i].group, group) && !strcmp(sentences[i].counter, counter))
			return &sentences[i];
	return NULL;
}

/* Where in a file we are: *@part is what was shown last; what has no sentence stays there. */
static bool in_histogram(const struct sentence *s, enum show *part)
{
	enum show now = s ? s->show : *part;
	bool inside = now == IN || now == OUT;

	if (inside && now != *part) /* also where all of it is zero */
		printf("    ICMP %s histogram:\n", now == IN ? "input" : "output");
	*part = now;
	return inside;
}

static void print_counter(const char *group, const char *name, unsigned long long value,
			  enum show *part)
{
	const struct sentence *s = find_sentence(group, name);
	bool inside = in_histogram(s, part);

	if ((s && s->show == NEVER) || (!value && (!s || s->show != ALWAYS)))
		return;
	printf(inside ? "        " : "    ");
	if (s)
		printf(s->text, value);
	else
		printf("%s: %llu", name, value);
	putchar('\n');
}

/* "Group: Name Name …" and "Group: 1 2 …". */
static void print_group(char *names, char *values, enum show *part)
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
		print_counter(names, name[i], strtoull(value[i], NULL, 10), part);
}

/* A protocol's own go with -t, -u, -w; others always. */
static bool group_wanted(const struct netstat_options *o, const char *line)
{
	if (!o->tcp && !o->udp && !o->raw)
		return true;
	if (!strncmp(line, "Tcp:", 4) || !strncmp(line, "TcpExt:", 7))
		return o->tcp;
	if (!strncmp(line, "Udp:", 4))
		return o->udp;
	return o->raw || (strncmp(line, "Ip:", 3) && strncmp(line, "Icmp:", 5));
}

static int print_file(const struct netstat_options *o, const char *path)
{
	char *text = text_read(path), *cursor = text, *names, *values;
	enum show part = ALWAYS;

	if (!text)
		return app_perror("netstat", path);
	while ((names = text_line(&cursor)) && (values = text_line(&cursor)))
		if (group_wanted(o, names))
			print_group(names, values, &part);
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
