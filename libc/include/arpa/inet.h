/* Texts of internet addresses. */
#pragma once

#include <netinet/in.h>

/* Four decimal numbers for AF_INET, no more; "::1" forms for AF_INET6. 1, 0: not an address, -1
 * (EAFNOSUPPORT). */
int inet_pton(int af, const char *src, void *dst);
/* NULL (ENOSPC, EAFNOSUPPORT). */
const char *inet_ntop(int af, const void *src, char *dst, socklen_t size);

/* The old forms too: 1 to 4 parts, each decimal, octal or hexadecimal. 0: not an address. */
int inet_aton(const char *src, struct in_addr *dst);
in_addr_t inet_addr(const char *src);
in_addr_t inet_network(const char *src);
/* The text lies in the task's own block until the next call. */
char *inet_ntoa(struct in_addr in);
