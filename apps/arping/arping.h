/* What arping's files share: the options and counters (arping.c), the packets (packet.c). */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "../lib/inaddr.h"

struct arping {
	const char *host, *dev, *source;
	long count;		   /* 0: for ever */
	int64_t timeout, interval; /* ns; timeout 0: none */
	bool quiet, quit_on_reply, broadcast_only, dad, unsolicited, advert;
	/* Found out. */
	char ifname[IFNAMSIZ];
	int ifindex, fd;
	in_addr_t src, dst;
	unsigned char me[6], he[6]; /* he: whom to ask, broadcast until he has answered */
	int64_t sent_at;
	long sent, broadcasts, received, heard, requests;
};

/* Chooses device and source, opens the socket. -1, or the status to end with: said why. */
int arping_open(struct arping *a);
bool arping_send(struct arping *a);
/* Reads one packet and prints it if it is an answer: true. */
bool arping_receive(struct arping *a);
