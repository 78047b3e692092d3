/*
 * An end of the relay: where frames come from and go to.
 *
 *   tap:NAME[@NETNS]     a tap device, in the network namespace whose file NETNS is
 *   stream:PATH          a unix socket on which QEMU's -netdev stream (server=off) calls
 *   dgram:OURS,THEIRS    two unix sockets, as QEMU's -netdev dgram uses them
 *
 * A tap is opened without a virtio header and without offloads, so what Linux gives are frames as
 * they go over a wire: checksums complete, nothing larger than the MTU.
 */
#pragma once

#include "tests/relay/frame.h"

#include <stdbool.h>
#include <stddef.h>

#define PORT_BATCH 64 /* frames read or written at a time */

struct port;

struct port_ops {
	/* Up to @max frames, the caller's from then on: their number. -1: the peer has gone. */
	int (*read)(struct port *p, struct frame **v, int max);
	/* Sends @n frames from @v on, and frees those; how many before there was no more room. */
	int (*write)(struct port *p, struct frame **v, int n);
};

struct port {
	const struct port_ops *ops;
	int fd;	       /* of the frames; -1: nobody there */
	int listen_fd; /* stream: where a peer calls; -1 */
	bool connected;
	uint32_t events; /* the loop waits for these now, */
	int watched;	 /* of this descriptor */
	const char *name;
	char theirs[108];
	uint64_t no_peer; /* frames that found nobody */
	uint64_t bad;	  /* frames too long, and what the other side refused */
	/* stream: bytes that are not frames yet, and bytes not sent yet */
	uint8_t *in, *out;
	size_t in_at, in_len, out_len, out_sent;
};

/* Opens what @spec says; ends the program if that cannot be. */
void port_open(struct port *p, const char *spec);
/* A peer calls. False: it was turned away, or has gone already. */
bool port_accept(struct port *p);
/* Sends what waits in the port itself. True: its descriptor does not take all of it yet. */
bool port_flush(struct port *p);
void port_hangup(struct port *p);
