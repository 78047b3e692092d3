/* ARP entries, as SIOCSARP and its kin take them. */
#pragma once

#include <abi/net_if.h>
