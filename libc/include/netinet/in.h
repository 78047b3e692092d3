/* Internet addresses and byte order. */
#pragma once

#include <abi/in.h>
#include <inttypes.h>
#include <sys/socket.h>

#define IPPROTO_ICMPV6 58
#define IPPROTO_IPV6 41
#define IPV6_V6ONLY 26

#define IPPORT_RESERVED 1024
#define IN_CLASSA(a) ((((in_addr_t)(a)) & 0x80000000U) == 0)
#define IN_CLASSB(a) ((((in_addr_t)(a)) & 0xc0000000U) == 0x80000000U)
#define IN_CLASSC(a) ((((in_addr_t)(a)) & 0xe0000000U) == 0xc0000000U)
#define IN_CLASSD(a) ((((in_addr_t)(a)) & 0xf0000000U) == 0xe0000000U)
#define IN_MULTICAST(a) IN_CLASSD(a)
#define IN_LOOPBACKNET 127

/* Texts of IPv6 addresses can be read and written (the DNS has them); there are no such sockets. */
struct in6_addr {
	union {
		uint8_t s6_addr[16];
		uint16_t s6_addr16[8];
		uint32_t s6_addr32[4];
	};
};

struct sockaddr_in6 {
	sa_family_t sin6_family;
	in_port_t sin6_port;
	uint32_t sin6_flowinfo;
	struct in6_addr sin6_addr;
	uint32_t sin6_scope_id;
};

#define INET6_ADDRSTRLEN 46
#define IN6ADDR_ANY_INIT                                                                           \
	{                                                                                          \
		{                                                                                  \
			{                                                                          \
				0                                                                  \
			}                                                                          \
		}                                                                                  \
	}
#define IN6ADDR_LOOPBACK_INIT                                                                      \
	{                                                                                          \
		{                                                                                  \
			{                                                                          \
				0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1                     \
			}                                                                          \
		}                                                                                  \
	}
extern const struct in6_addr in6addr_any;
extern const struct in6_addr in6addr_loopback;

static inline uint16_t htons(uint16_t v)
{
	return __builtin_bswap16(v);
}

static inline uint16_t ntohs(uint16_t v)
{
	return __builtin_bswap16(v);
}

static inline uint32_t htonl(uint32_t v)
{
	return __builtin_bswap32(v);
}

static inline uint32_t ntohl(uint32_t v)
{
	return __builtin_bswap32(v);
}
