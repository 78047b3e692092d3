/*
 * Why a packet ended without being delivered. Every kfree_skb names one; /proc/net/drops and
 * netstat -s show the counts. A new reason is one line here.
 */
#pragma once

#include "net/os.h"

#define DROP_REASONS(X)                                                                            \
	/* pool, backlog, devices */                                                               \
	X(NO_BUFFER, "packet pool empty")                                                          \
	X(BACKLOG_FULL, "backlog queue full")                                                      \
	X(BACKLOG_THROTTLED, "backlog throttled")                                                  \
	X(DEV_DOWN, "interface down")                                                              \
	X(DEV_UNREGISTERED, "interface gone")                                                      \
	X(NO_CARRIER, "no carrier")                                                                \
	X(QDISC_FULL, "transmit queue full")                                                       \
	X(QDISC_GONE, "queue discipline removed")                                                  \
	X(NETEM_LOSS, "lost by netem")                                                             \
	X(TX_ERROR, "device could not send")                                                       \
	X(RX_ERROR, "device reported a bad frame")                                                 \
	/* Ethernet */                                                                             \
	X(ETH_TOO_SHORT, "shorter than an Ethernet header")                                        \
	X(OTHERHOST, "not for this host")                                                          \
	X(NO_PROTOCOL, "no receiver for the EtherType")                                            \
	/* ARP, neighbours */                                                                      \
	X(ARP_BAD, "malformed ARP")                                                                \
	X(ARP_IGNORED, "ARP not for us")                                                           \
	X(NEIGH_FAILED, "neighbour unreachable")                                                   \
	X(NEIGH_QUEUE_FULL, "too many packets wait for the neighbour")                             \
	X(NEIGH_TABLE_FULL, "neighbour table full")                                                \
	/* IPv4 */                                                                                 \
	X(IP_TOO_SHORT, "shorter than its IP header")                                              \
	X(IP_VERSION, "IP version not 4")                                                          \
	X(IP_HEADER_LEN, "bad IP header length")                                                   \
	X(IP_TOTAL_LEN, "bad IP total length")                                                     \
	X(IP_TRUNCATED, "shorter than its IP total length")                                        \
	X(IP_CSUM, "bad IP header checksum")                                                       \
	X(IP_OPTIONS, "malformed IP options")                                                      \
	X(IP_SOURCE_ROUTE, "source route refused")                                                 \
	X(IP_MARTIAN_SOURCE, "martian source address")                                             \
	X(IP_MARTIAN_DEST, "martian destination address")                                          \
	X(IP_RPFILTER, "reverse-path filter")                                                      \
	X(IP_UNICAST_IN_L2_BCAST, "unicast in a link-layer broadcast")                             \
	X(IP_NO_ROUTE, "no route")                                                                 \
	X(IP_NOT_FORWARDING, "not for us and forwarding is off")                                   \
	X(IP_FRAG_LENGTH, "fragment of no length, or of no multiple of 8")                         \
	X(IP_FRAG_TOO_LONG, "fragment beyond 65535 bytes")                                         \
	X(IP_FRAG_TINY, "fragment that cuts the TCP header")                                       \
	X(IP_FRAG_DUPLICATE, "fragment received before")                                           \
	X(IP_FRAG_OVERLAP, "overlapping fragments")                                                \
	X(IP_FRAG_CONFLICT, "fragments that disagree on the end")                                  \
	X(IP_FRAG_ECN, "fragments that disagree on ECN")                                           \
	X(IP_FRAG_LIMIT, "fragment given up for others")                                           \
	X(IP_FRAG_TOO_FAR, "fragments too far apart")                                              \
	X(IP_FRAG_TIMEOUT, "reassembly timeout")                                                   \
	X(IP_NO_PROTOCOL, "no receiver for the IP protocol")                                       \
	X(IP_TTL_EXPIRED, "time to live exceeded")                                                 \
	X(IP_TOO_BIG, "larger than the MTU")                                                       \
	X(NETFILTER, "netfilter hook")                                                             \
	X(NF_QUEUE, "queued by a hook, and nobody to take it")                                     \
	/* ICMP */                                                                                 \
	X(ICMP_CSUM, "bad ICMP checksum")                                                          \
	X(ICMP_BAD, "malformed ICMP")                                                              \
	X(ICMP_IGNORED, "ICMP type not handled")                                                   \
	X(ICMP_REDIRECT_REFUSED, "ICMP redirect not believed")                                     \
	X(ICMP_BROADCAST, "ICMP echo to a broadcast address ignored")                              \
	/* IGMP */                                                                                 \
	X(IGMP_CSUM, "bad IGMP checksum")                                                          \
	X(IGMP_BAD, "malformed IGMP")                                                              \
	X(IGMP_TTL, "IGMP from farther than the link")                                             \
	X(IGMP_IGNORED, "IGMP type not handled")                                                   \
	/* UDP, raw */                                                                             \
	X(UDP_BAD, "malformed UDP header")                                                         \
	X(UDP_CSUM, "bad UDP checksum")                                                            \
	/* TCP */                                                                                  \
	X(TCP_BAD, "malformed TCP header")                                                         \
	X(TCP_CSUM, "bad TCP checksum")                                                            \
	X(TCP_FLAGS, "TCP flags that the state does not expect")                                   \
	X(TCP_OUT_OF_WINDOW, "TCP segment outside the window")                                     \
	X(TCP_OLD_ACK, "TCP acknowledgement too old")                                              \
	X(TCP_UNSENT_ACK, "TCP acknowledgement of what was not sent")                              \
	X(TCP_MD5, "TCP signature that nobody has a key for")                                      \
	X(TCP_PAWS, "TCP timestamp too old (PAWS)")                                                \
	X(TCP_RESET, "TCP reset")                                                                  \
	X(TCP_CLOSE, "TCP connection closed or aborted")                                           \
	X(TCP_OLD_DATA, "TCP data received before")                                                \
	X(TCP_OVERWINDOW, "TCP data beyond the window")                                            \
	X(TCP_ZERO_WINDOW, "TCP data for a closed window")                                         \
	X(TCP_OFO_DROP, "TCP out-of-order queue full")                                             \
	X(TCP_OFO_PRUNE, "TCP out-of-order data pruned for memory")                                \
	X(TCP_RCVQ_DROP, "TCP receive memory exhausted")                                           \
	X(TCP_LISTEN_OVERFLOW, "TCP accept queue full")                                            \
	X(TCP_REQ_QUEUE_FULL, "TCP SYN queue full")                                                \
	X(TCP_TIMEWAIT, "TCP segment for a TIME-WAIT connection")                                  \
	X(TCP_FASTOPEN, "TCP fast open data not taken")                                            \
	X(TCP_NO_MEMORY, "TCP: no memory for a connection")                                        \
	X(TCP_WRITE_PURGED, "TCP data unsent or unacknowledged when the connection ended")         \
	X(NO_SOCKET, "no socket on the port")                                                      \
	X(SOCKET_RCVBUF, "receive buffer of the socket full")                                      \
	X(SOCKET_CLOSED, "socket closed before it was read")                                       \
	X(SOCKET_FILTER, "socket filter")                                                          \
	X(NOT_SPECIFIED, "not specified")

enum drop_reason {
#define X(name, text) DROP_##name,
	DROP_REASONS(X)
#undef X
		NR_DROP_REASONS,
};

/* Counts one drop that had no buffer (an empty pool, a frame left in a device). Any context. */
void drop_count(enum drop_reason reason);
const char *drop_reason_name(enum drop_reason reason); /* "IP_CSUM" */
const char *drop_reason_text(enum drop_reason reason);
u64 drop_reason_total(enum drop_reason reason);

struct net_device;
struct sk_buff;

/* Counts and notes the drop of @skb, which is still whole. Borrows. Any context. */
void drop_record(const struct sk_buff *skb, enum drop_reason reason);

/* What is kept of the last drops. */
#define DROP_LOG_SIZE 64
struct drop_note {
	u64 time;		      /* ns */
	const struct net_device *dev; /* NULL: it had none */
	enum drop_reason reason;
	u16 protocol; /* EtherType, host order */
	u32 len;
	u8 nbytes;    /* of bytes[] */
	u8 bytes[24]; /* where its data began */
};
/* The @n'th note, 0 being the oldest; false past the last. Task or softirq. */
bool drop_log_get(u32 n, struct drop_note *note);
