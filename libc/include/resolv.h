/* The old name of <dns.h>. */
#pragma once

#include <dns.h>
