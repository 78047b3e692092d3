/* Where Linux's programs look for packet sockets. */
#pragma once

#include <abi/packet.h>
