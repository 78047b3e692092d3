/* Neighbours as `ip neigh` sets them: ours, in the place of rtnetlink's messages. */
#pragma once

#include <abi/net_if.h>

/* States, Linux's NUD_* (rtnetlink's ndm_state). */
#define NUD_NONE 0x00
#define NUD_INCOMPLETE 0x01
#define NUD_REACHABLE 0x02
#define NUD_STALE 0x04
#define NUD_DELAY 0x08
#define NUD_PROBE 0x10
#define NUD_FAILED 0x20
#define NUD_NOARP 0x40
#define NUD_PERMANENT 0x80

#define NEIGH_F_CREATE 1  /* make it if it is not there, else -ENOENT */
#define NEIGH_F_REPLACE 2 /* change it if it is there, else -EEXIST */
#define NEIGH_F_PROXY 4	  /* answer for the address on this device */
#define NEIGH_F_LLADDR 8  /* lladdr is given */

struct neigh_req {
	char dev[IFNAMSIZ]; /* "": any, of proxy entries only */
	unsigned int addr;  /* network order */
	unsigned short state, flags;
	unsigned char lladdr[6];
};

#define SIOCSNEIGH 0x89E4
#define SIOCDNEIGH 0x89E5
