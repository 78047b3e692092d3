/*
 * What the system calls itself.
 */
#pragma once

#include "kernel/types.h"

#define UTS_SYSNAME "skbox"
#define UTS_RELEASE "0.1.0"
#define UTS_VERSION "#1"
#define UTS_MACHINE "x86_64"

#define HOSTNAME_MAX 64

/* The host's name; "" is never the answer. Any context. */
const char *hostname(void);
/* 0, or -EINVAL: empty, too long, or with characters that no host name has. Task. */
int hostname_set(const char *name, size_t len);
/* Takes hostname= from the command line. Boot only. */
void hostname_init(void);
