/* Where Linux's programs look for the packet filter. */
#pragma once

#include <abi/filter.h>
