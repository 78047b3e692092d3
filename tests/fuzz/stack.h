/*
 * What the targets that feed frames to a running stack share: the stack itself, with Ethernet
 * devices whose addresses are set, and the packet pool's state, which an input must not change.
 */
#pragma once

#include <abi/net_if.h>

#include "kernel/arch/host/skbox.h"
#include "net/core/skbuff.h"
#include "net/link/netdevice.h"

/* Always the same random numbers; few buckets in the routing cache, which is looked through every
 * minute of the stack's time. */
void stack_boot(void);
/* The next device, with the address @addr/@prefix and up; its index. */
int stack_add_device(const u8 mac[ETH_ALEN], const u8 addr[4], int prefix);
/* Takes away the frames that wait to be sent. */
void stack_take_frames(int dev);
u32 stack_packets(void); /* buffers in use */
struct sockaddr_in stack_address(const u8 addr[4], u16 port);
