/* Ethernet's header under BSD's names; numbers also under Linux's. */
#pragma once

#include <abi/if_ether.h>
#include <stdint.h>

struct ether_addr {
	uint8_t ether_addr_octet[ETH_ALEN];
};

struct ether_header {
	uint8_t ether_dhost[ETH_ALEN];
	uint8_t ether_shost[ETH_ALEN];
	uint16_t ether_type; /* network order */
};

#define ETHER_ADDR_LEN ETH_ALEN
#define ETHER_TYPE_LEN 2
#define ETHER_HDR_LEN ETH_HLEN
#define ETHER_CRC_LEN ETH_FCS_LEN
#define ETHER_MIN_LEN (ETH_ZLEN + ETHER_CRC_LEN)
#define ETHER_MAX_LEN (ETH_FRAME_LEN + ETHER_CRC_LEN)
#define ETHERMTU ETH_DATA_LEN

#define ETHERTYPE_IP ETH_P_IP
#define ETHERTYPE_ARP ETH_P_ARP
#define ETHERTYPE_REVARP ETH_P_RARP
#define ETHERTYPE_VLAN ETH_P_8021Q
#define ETHERTYPE_IPV6 ETH_P_IPV6
#define ETHERTYPE_LOOPBACK 0x9000
