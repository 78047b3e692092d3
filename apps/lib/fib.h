/*
 * Routes in full, from a task's side: /proc/net/fib read, requests sent, and the names that
 * iproute2 gives to numbers.
 */
#pragma once

#include <abi/route.h>
#include <stdbool.h>
#include <stdio.h>

#define FIB_RTN_UNICAST 1
#define FIB_SCOPE_NOWHERE 255

/* All routes of both tables in *@list (to be freed), by destination within each table; their
 * number, or -1 with errno. */
int fib_read(struct rt_request **list);

/* Sends @cmd (RT_REQ_*) with what @req says. 0 or -1 with errno. */
int fib_request(unsigned int cmd, struct rt_request *req);
/* Asks how a packet would go; 0 or -1 with errno. */
int fib_get(struct rt_get *get);

enum fib_names { FIB_TYPES, FIB_SCOPES, FIB_PROTOCOLS, FIB_TABLES };
/* "unreachable", "link", "kernel", "local"; digits for what has no name. */
const char *fib_name(enum fib_names kind, unsigned int n, char buf[12]);
/* The number of a name, or of digits; -1: neither. */
int fib_number(enum fib_names kind, const char *name);

/* "default", "10.0.0.1", "10.0.0.0/8" */
const char *fib_prefix(in_addr_t dst, int len, char buf[24]);
/* " <local,src-direct,redirect>" for RTCF_* flags, or "". */
const char *fib_cache_flags(unsigned int flags, char buf[96]);
