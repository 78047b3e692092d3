/*
 * Routes in full: what rtnetlink says elsewhere, as one struct for an ioctl. Numbers are Linux's.
 */
#pragma once

#include <abi/net_if.h>

/* The rest of RTF_* of /proc/net/route and /proc/net/rt_cache. */
#define RTF_DYNAMIC 0x0010
#define RTF_MODIFIED 0x0020

#define RT_TABLE_UNSPEC 0
#define RT_TABLE_MAIN 254
#define RT_TABLE_LOCAL 255

#define RTPROT_UNSPEC 0
#define RTPROT_REDIRECT 1
#define RTPROT_KERNEL 2
#define RTPROT_BOOT 3
#define RTPROT_STATIC 4
#define RTPROT_DHCP 16
#define RTPROT_RIP 189

#define RTNH_F_DEAD 1
#define RTNH_F_ONLINK 4

#define RT_MAX_NH 8

/* Of several routes to one prefix with one metric: the new one goes before them, unless … */
#define RT_APPEND 0x01	 /* … behind them */
#define RT_EXCL 0x02	 /* … there must be none (EEXIST) */
#define RT_REPLACE 0x04	 /* … in the place of the first */
#define RT_NOCREATE 0x08 /* … only in the place of one (ENOENT) */

struct rt_request_nh {
	in_addr_t gateway;
	char dev[IFNAMSIZ]; /* "": from the gateway */
	unsigned int weight, flags, realm;
};

/* SIOCRTREQ. */
struct rt_request {
	unsigned int cmd; /* RT_REQ_* */
	unsigned int how; /* RT_* */
	in_addr_t dst, prefsrc;
	unsigned char len, tos, table, type; /* table 0: main; type 0: unicast, deleting: any */
	unsigned char protocol, scope;	     /* scope 255, deleting: any */
	unsigned char nr_nh;		     /* at least 1 for a route that leads somewhere */
	unsigned int metric, mtu;
	struct rt_request_nh nh[RT_MAX_NH];
};
enum { RT_REQ_ADD, RT_REQ_DEL, RT_REQ_FLUSH_CACHE };

/* SIOCRTGET: how a packet would go, and how that is found. */
struct rt_get {
	/* in */
	in_addr_t dst, src;		   /* src 0: chosen */
	char iif[IFNAMSIZ], oif[IFNAMSIZ]; /* iif: as if it came in there; "": ours */
	unsigned char tos;
	/* out */
	unsigned char type, table, len; /* of the route that matched; table 0: none did */
	int error;			/* 0, or what a sender gets */
	int cached;			/* it was in the cache before we asked */
	in_addr_t prefix, gateway, prefsrc;
	char dev[IFNAMSIZ];
	unsigned int flags; /* RTCF_* */
	unsigned int mtu, metric, realm;
	unsigned int expires; /* seconds that the mtu or gateway still holds; 0: ever */
	unsigned long long tried_local, tried_main; /* bit per prefix length looked into */
};

/* Ours, in the range that Linux leaves to protocols. */
#define SIOCRTREQ 0x89E8
#define SIOCRTGET 0x89E9
