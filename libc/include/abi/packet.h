/* Packet sockets (AF_PACKET): a link's frames, as they come and go. */
#pragma once

#include <abi/socket.h>

struct sockaddr_ll {
	unsigned short sll_family;
	unsigned short sll_protocol; /* EtherType, network order */
	int sll_ifindex;
	unsigned short sll_hatype; /* ARPHRD_* */
	unsigned char sll_pkttype;
	unsigned char sll_halen;
	unsigned char sll_addr[8]; /* the sender's; on sending the receiver's */
};

/* sll_pkttype */
#define PACKET_HOST 0
#define PACKET_BROADCAST 1
#define PACKET_MULTICAST 2
#define PACKET_OTHERHOST 3
#define PACKET_OUTGOING 4
#define PACKET_LOOPBACK 5

#define SOL_PACKET 263
#define PACKET_ADD_MEMBERSHIP 1
#define PACKET_DROP_MEMBERSHIP 2
#define PACKET_STATISTICS 6
#define PACKET_AUXDATA 8
#define PACKET_ORIGDEV 9
#define PACKET_IGNORE_OUTGOING 23

struct packet_mreq {
	int mr_ifindex;
	unsigned short mr_type;
	unsigned short mr_alen;
	unsigned char mr_address[8];
};
#define PACKET_MR_MULTICAST 0
#define PACKET_MR_PROMISC 1
#define PACKET_MR_ALLMULTI 2
#define PACKET_MR_UNICAST 3

/* PACKET_STATISTICS: since it was read last. */
struct tpacket_stats {
	unsigned int tp_packets; /* that passed the filter, the dropped ones too */
	unsigned int tp_drops;	 /* for which the receive buffer had no room */
};

/* PACKET_AUXDATA, as a control message. */
struct tpacket_auxdata {
	uint32_t tp_status;
	uint32_t tp_len;     /* of the packet */
	uint32_t tp_snaplen; /* of it, what the filter kept */
	uint16_t tp_mac, tp_net;
	uint16_t tp_vlan_tci, tp_vlan_tpid;
};
#define TP_STATUS_USER 0x1
#define TP_STATUS_LOSING 0x4
#define TP_STATUS_CSUMNOTREADY 0x8 /* the card will fill in the transport checksum */
#define TP_STATUS_CSUM_VALID 0x80  /* somebody has checked it */
#define TP_STATUS_GSO_TCP 0x100	   /* several segments in one */
