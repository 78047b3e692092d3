/* TCP: options, states, TCP_INFO. */
#pragma once

#include <abi/tcp.h>
#include <netinet/in.h>
