/* Packet sockets, as packet(7) has them. */
#pragma once

#include <abi/if_ether.h>
#include <abi/packet.h>
