/* The routing table as /proc/net/route has it. */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>

struct route_info {
	char dev[IFNAMSIZ];
	in_addr_t dst, gateway;
	int len, metric, mtu, window, irtt, use, refs;
	int order;	    /* the kernel's, among equals */
	unsigned int flags; /* RTF_* */
};
/* All routes in *@list (to be freed); their number, or -1 with errno. */
int routes_read(struct route_info **list);
/* "UGH" */
const char *route_flags_text(unsigned int flags, char buf[8]);
/* The table of `route` and `netstat -re`, or (@mss) of `netstat -r`. 0 or 1. */
int routes_print(const char *app, bool numeric, bool mss);
/* The table of `route -C`. 0 or 1. */
int routes_print_cache(const char *app, int numeric);
/* What sends to @dst: the longest prefix, then the lowest metric; NULL: none. */
const struct route_info *route_best(const struct route_info *list, int n, in_addr_t dst);
