/* Ethernet's header (IEEE 802.3, RFC 894). */
#pragma once

#include <abi/if_ether.h>

#include "net/core/byteorder.h"

struct ethhdr {
	u8 h_dest[ETH_ALEN];
	u8 h_source[ETH_ALEN];
	be16 h_proto;
} __packed;
