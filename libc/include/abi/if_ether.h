/* Ethernet's sizes and types, in host order (IEEE 802.3, RFC 894). */
#pragma once

#define ETH_ALEN 6
#define ETH_HLEN 14
#define ETH_ZLEN 60 /* the least a frame has, without FCS */
#define ETH_DATA_LEN 1500
#define ETH_FRAME_LEN 1514
#define ETH_FCS_LEN 4

#define ETH_P_IP 0x0800
#define ETH_P_ARP 0x0806
#define ETH_P_RARP 0x8035
#define ETH_P_8021Q 0x8100
#define ETH_P_IPV6 0x86DD
#define ETH_P_LOOP 0x0060
#define ETH_P_802_3_MIN 0x0600 /* from here on it is a type, below a length */

/* Not on the wire */
#define ETH_P_802_3 0x0001
#define ETH_P_ALL 0x0003
#define ETH_P_802_2 0x0004 /* no type: a frame with a length instead */
