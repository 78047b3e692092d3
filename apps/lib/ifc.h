/*
 * Interfaces and routes from a task's side: the ioctls of abi/net_if.h as functions. All of them
 * return 0 or -1 with errno.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>

#define IFC_MAX 32

/* A socket for the calls below; -1: errno. */
int ifc_open(void);
/* The names of all interfaces, in the kernel's order; their number (0 if there are none). */
int ifc_names(char names[][IFNAMSIZ], int max);
int ifc_flags(int fd, const char *dev, int *flags);
int ifc_change_flags(int fd, const char *dev, int set, int clear);
/* @cmd: SIOCGIFADDR, …NETMASK, …BRDADDR, …DSTADDR, and their SIOCS… counterparts. */
int ifc_get_addr(int fd, unsigned long cmd, const char *dev, in_addr_t *addr);
int ifc_set_addr(int fd, unsigned long cmd, const char *dev, in_addr_t addr);
/* @cmd: SIOCGIFMTU, SIOCGIFINDEX, SIOCGIFMETRIC, SIOCGIFTXQLEN, and SIOCSIFMTU … */
int ifc_get_int(int fd, unsigned long cmd, const char *dev, int *value);
int ifc_set_int(int fd, unsigned long cmd, const char *dev, int value);
int ifc_hwaddr(int fd, const char *dev, unsigned char addr[6], int *type);
/* Up, with this address alone; @len is the prefix length. @broadcast 0: the subnet's. */
int ifc_configure(int fd, const char *dev, in_addr_t addr, int len, in_addr_t broadcast);

struct ifc_route {
	in_addr_t dst, gateway;
	int len;
	const char *dev; /* NULL: from the gateway */
	int metric, mtu;
	bool reject;
};
/* @cmd: SIOCADDRT, SIOCDELRT. */
int ifc_route(int fd, unsigned long cmd, const struct ifc_route *r);
