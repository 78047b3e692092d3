/* Ethernet: sizes, types and the header (IEEE 802.3, RFC 894). */
#pragma once

#include "net/core/byteorder.h"

#define ETH_ALEN 6
#define ETH_HLEN 14
#define ETH_ZLEN 60 /* the least a frame has, without FCS */
#define ETH_DATA_LEN 1500
#define ETH_FRAME_LEN 1514

#define ETH_P_IP 0x0800
#define ETH_P_ARP 0x0806
#define ETH_P_IPV6 0x86DD
#define ETH_P_ALL 0x0003
#define ETH_P_802_2 0x0004 /* no type: a frame with a length instead */

struct ethhdr {
	u8 h_dest[ETH_ALEN];
	u8 h_source[ETH_ALEN];
	be16 h_proto;
} __packed;
