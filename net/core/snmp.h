/*
 * Counters of the MIBs (RFC 1213, 4022, 4113, 4293), with the names and in the order of Linux's
 * /proc/net/snmp and /proc/net/netstat. One array for each group; a counter is one line in its
 * list.
 */
#pragma once

#include "net/os.h"

/* clang-format off */
#define SNMP_IP(X) \
	X(Forwarding) X(DefaultTTL) X(InReceives) X(InHdrErrors) X(InAddrErrors) \
	X(ForwDatagrams) X(InUnknownProtos) X(InDiscards) X(InDelivers) X(OutRequests) \
	X(OutDiscards) X(OutNoRoutes) X(ReasmTimeout) X(ReasmReqds) X(ReasmOKs) X(ReasmFails) \
	X(FragOKs) X(FragFails) X(FragCreates)

#define SNMP_ICMP(X) \
	X(InMsgs) X(InErrors) X(InCsumErrors) X(InDestUnreachs) X(InTimeExcds) X(InParmProbs) \
	X(InSrcQuenchs) X(InRedirects) X(InEchos) X(InEchoReps) X(InTimestamps) \
	X(InTimestampReps) X(InAddrMasks) X(InAddrMaskReps) X(OutMsgs) X(OutErrors) \
	X(OutRateLimitGlobal) X(OutRateLimitHost) X(OutDestUnreachs) X(OutTimeExcds) \
	X(OutParmProbs) X(OutSrcQuenchs) X(OutRedirects) X(OutEchos) X(OutEchoReps) \
	X(OutTimestamps) X(OutTimestampReps) X(OutAddrMasks) X(OutAddrMaskReps)

#define SNMP_UDP(X) \
	X(InDatagrams) X(NoPorts) X(InErrors) X(OutDatagrams) X(RcvbufErrors) X(SndbufErrors) \
	X(InCsumErrors) X(IgnoredMulti) X(MemErrors)

#define SNMP_TCP(X) \
	X(RtoAlgorithm) X(RtoMin) X(RtoMax) X(MaxConn) X(ActiveOpens) X(PassiveOpens) \
	X(AttemptFails) X(EstabResets) X(CurrEstab) X(InSegs) X(OutSegs) X(RetransSegs) X(InErrs) \
	X(OutRsts) X(InCsumErrors)

#define SNMP_TCPEXT(X) \
	X(SyncookiesSent) X(SyncookiesRecv) X(SyncookiesFailed) X(EmbryonicRsts) X(PruneCalled) \
	X(RcvPruned) X(OfoPruned) X(OutOfWindowIcmps) X(LockDroppedIcmps) X(ArpFilter) X(TW) \
	X(TWRecycled) X(TWKilled) X(PAWSActive) X(PAWSEstab) X(BeyondWindow) X(DelayedACKs) X(DelayedACKLocked) \
	X(DelayedACKLost) X(ListenOverflows) X(ListenDrops) X(TCPHPHits) X(TCPPureAcks) \
	X(TCPHPAcks) X(TCPRenoRecovery) X(TCPSackRecovery) X(TCPSACKReneging) X(TCPSACKReorder) \
	X(TCPRenoReorder) X(TCPTSReorder) X(TCPFullUndo) X(TCPPartialUndo) X(TCPDSACKUndo) \
	X(TCPLossUndo) X(TCPLostRetransmit) X(TCPRenoFailures) X(TCPSackFailures) \
	X(TCPLossFailures) X(TCPFastRetrans) X(TCPSlowStartRetrans) X(TCPTimeouts) \
	X(TCPLossProbes) X(TCPLossProbeRecovery) X(TCPRenoRecoveryFail) X(TCPSackRecoveryFail) \
	X(TCPRcvCollapsed) X(TCPBacklogCoalesce) X(TCPDSACKOldSent) X(TCPDSACKOfoSent) \
	X(TCPDSACKRecv) X(TCPDSACKOfoRecv) X(TCPAbortOnData) X(TCPAbortOnClose) \
	X(TCPAbortOnMemory) X(TCPAbortOnTimeout) X(TCPAbortOnLinger) X(TCPAbortFailed) \
	X(TCPMemoryPressures) X(TCPMemoryPressuresChrono) X(TCPSACKDiscard) \
	X(TCPDSACKIgnoredOld) X(TCPDSACKIgnoredNoUndo) X(TCPSpuriousRTOs) X(TCPMD5NotFound) \
	X(TCPMD5Unexpected) X(TCPMD5Failure) X(TCPSackShifted) X(TCPSackMerged) \
	X(TCPSackShiftFallback) X(TCPBacklogDrop) X(PFMemallocDrop) X(TCPMinTTLDrop) \
	X(TCPDeferAcceptDrop) X(IPReversePathFilter) X(TCPTimeWaitOverflow) X(TCPReqQFullDoCookies) \
	X(TCPReqQFullDrop) X(TCPRetransFail) X(TCPRcvCoalesce) X(TCPAckCoalesced) X(TCPOFOQueue) X(TCPOFODrop) \
	X(TCPOFOMerge) X(TCPChallengeACK) X(TCPSYNChallenge) X(TCPFastOpenActive) \
	X(TCPFastOpenActiveFail) X(TCPFastOpenPassive) X(TCPFastOpenPassiveFail) \
	X(TCPFastOpenListenOverflow) X(TCPFastOpenCookieReqd) X(TCPFastOpenBlackhole) \
	X(TCPSpuriousRtxHostQueues) X(BusyPollRxPackets) X(TCPAutoCorking) X(TCPFromZeroWindowAdv) \
	X(TCPToZeroWindowAdv) X(TCPWantZeroWindowAdv) X(TCPSynRetrans) X(TCPOrigDataSent) \
	X(TCPHystartTrainDetect) X(TCPHystartTrainCwnd) X(TCPHystartDelayDetect) \
	X(TCPHystartDelayCwnd) X(TCPACKSkippedSynRecv) X(TCPACKSkippedPAWS) X(TCPACKSkippedSeq) \
	X(TCPACKSkippedFinWait2) X(TCPACKSkippedTimeWait) X(TCPACKSkippedChallenge) X(TCPWinProbe) \
	X(TCPKeepAlive) X(TCPMTUPFail) X(TCPMTUPSuccess) X(TCPDelivered) X(TCPDeliveredCE) \
	X(TCPAckCompressed) X(TCPZeroWindowDrop) X(TCPRcvQDrop) X(TCPWqueueTooBig) \
	X(TCPFastOpenPassiveAltKey) X(TcpTimeoutRehash) X(TcpDuplicateDataRehash) \
	X(TCPDSACKRecvSegs) X(TCPDSACKIgnoredDubious) X(TCPMigrateReqSuccess) \
	X(TCPMigrateReqFailure) X(TCPPLBRehash)

#define SNMP_IGMP(X) \
	X(InMsgs) X(InErrors) X(InCsumErrors) X(InQueries) X(InReports) X(InLeaves) X(OutMsgs) \
	X(OutReports) X(OutLeaves)

#define SNMP_IPEXT(X) \
	X(InNoRoutes) X(InTruncatedPkts) X(InMcastPkts) X(OutMcastPkts) X(InBcastPkts) \
	X(OutBcastPkts) X(InOctets) X(OutOctets) X(InMcastOctets) X(OutMcastOctets) \
	X(InBcastOctets) X(OutBcastOctets) X(InCsumErrors) X(InNoECTPkts) X(InECT1Pkts) \
	X(InECT0Pkts) X(InCEPkts) X(ReasmOverlaps)
/* clang-format on */

enum {
#define X(n) IP_MIB_##n,
	SNMP_IP(X)
#undef X
		IP_MIB_MAX
};
enum {
#define X(n) ICMP_MIB_##n,
	SNMP_ICMP(X)
#undef X
		ICMP_MIB_MAX
};
enum {
#define X(n) UDP_MIB_##n,
	SNMP_UDP(X)
#undef X
		UDP_MIB_MAX
};
enum {
#define X(n) TCP_MIB_##n,
	SNMP_TCP(X)
#undef X
		TCP_MIB_MAX
};
enum {
#define X(n) TCPEXT_MIB_##n,
	SNMP_TCPEXT(X)
#undef X
		TCPEXT_MIB_MAX
};
enum {
#define X(n) IPEXT_MIB_##n,
	SNMP_IPEXT(X)
#undef X
		IPEXT_MIB_MAX
};

enum {
#define X(n) IGMP_MIB_##n,
	SNMP_IGMP(X)
#undef X
		IGMP_MIB_MAX
};

extern u64 ip_mib[IP_MIB_MAX], icmp_mib[ICMP_MIB_MAX], udp_mib[UDP_MIB_MAX],
	ipext_mib[IPEXT_MIB_MAX], tcp_mib[TCP_MIB_MAX], tcpext_mib[TCPEXT_MIB_MAX],
	igmp_mib[IGMP_MIB_MAX];
extern u64 icmpmsg_in[256], icmpmsg_out[256]; /* by ICMP type */
extern u64 net_bytes_delivered,
	net_bytes_copied; /* payload given to tasks; bytes that the CPU moved for it */

/* Softirq, or bh-disabled. */
#define IP_INC(n) (ip_mib[IP_MIB_##n]++)
#define ICMP_INC(n) (icmp_mib[ICMP_MIB_##n]++)
#define IGMP_INC(n) (igmp_mib[IGMP_MIB_##n]++)
#define UDP_INC(n) (udp_mib[UDP_MIB_##n]++)
#define IPEXT_INC(n) (ipext_mib[IPEXT_MIB_##n]++)
#define IPEXT_ADD(n, v) (ipext_mib[IPEXT_MIB_##n] += (v))

void snmp_proc_show(struct seq_file *s);    /* /proc/net/snmp */
void netstat_proc_show(struct seq_file *s); /* /proc/net/netstat */
