/* /proc/net/dev and /proc/net/ifaddr as the commands need them. */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	RX_BYTES,
	RX_PACKETS,
	RX_ERRORS,
	RX_DROPPED,
	RX_FIFO,
	RX_FRAME,
	RX_COMPRESSED,
	RX_MULTICAST,
	TX_BYTES,
	TX_PACKETS,
	TX_ERRORS,
	TX_DROPPED,
	TX_FIFO,
	TX_COLLISIONS,
	TX_CARRIER,
	TX_COMPRESSED,
	NETDEV_COUNTERS
};

struct netdev_stats {
	char name[IFNAMSIZ];
	uint64_t count[NETDEV_COUNTERS];
};
/* All interfaces in *@list (to be freed); their number, or -1 with errno. */
int netdev_stats_read(struct netdev_stats **list);

struct netdev_addr {
	char dev[IFNAMSIZ], label[IFNAMSIZ];
	in_addr_t addr, broadcast;
	int len;
	char scope[8];
	bool secondary;
};
/* All addresses of all interfaces; as above. */
int netdev_addrs_read(struct netdev_addr **list);

/* "UP,BROADCAST,RUNNING" for @flags; the names in the order and spelling of `ip link` or of
 * `ifconfig`. */
const char *netdev_flags_text(int flags, bool iproute, char buf[96]);
/* "1.2 KiB" */
const char *netdev_bytes_text(uint64_t bytes, char buf[24]);
/* The table of `netstat -i` and `ifconfig -s`. @all: also interfaces that are down. 0 or 1. */
int netdev_print_table(const char *app, bool all);
