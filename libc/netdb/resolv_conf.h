/* /etc/resolv.conf. */
#pragma once

#include <arpa/inet.h>
#include <dns.h>

struct resolv_conf {
	struct sockaddr_in servers[MAXNS];
	int nservers;
	char *search[DNS_MAXSEARCH];
	int nsearch;
	int timeout; /* seconds */
	int attempts;
	int ndots;
	char names[512]; /* what @search points into */
};

/* Without the file, and where it is silent: 127.0.0.1, no search list, 5 s, two attempts, one dot.
 */
void resolv_conf_read(struct resolv_conf *conf);
