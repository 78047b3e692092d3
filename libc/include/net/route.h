/* Routes, as SIOCADDRT and SIOCDELRT take them. */
#pragma once

#include <abi/net_if.h>
