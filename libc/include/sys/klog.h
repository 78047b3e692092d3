/* The kernel's log; @type is one of SYSLOG_ACTION_*. */
#pragma once

#include <abi/system.h>

int klogctl(int type, char *buf, int len);
