/* Where Linux's programs look for Ethernet. */
#pragma once

#include <abi/if_ether.h>
#include <stdint.h>

struct ethhdr {
	uint8_t h_dest[ETH_ALEN];
	uint8_t h_source[ETH_ALEN];
	uint16_t h_proto; /* network order */
};
