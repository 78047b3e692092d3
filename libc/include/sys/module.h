/* Modules of the kernel. */
#pragma once

#include <stddef.h>

/* Brings the module in the open file @fd into the kernel; @params: "a=1 b=2". 0 or -1. */
int finit_module(int fd, const char *params, int flags);
/* Takes a module out. 0 or -1 (EBUSY: it is in use). */
int delete_module(const char *name, int flags);
/* Fills @buf with lines about the module in the file, without loading it. Bytes or -1. */
long module_info(int fd, char *buf, size_t size);
