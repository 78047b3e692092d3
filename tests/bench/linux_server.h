/* The small services of the Linux guest: echo and discard, TCP and UDP, as skbox's inetd has them.
 */
#pragma once

#define PORT_ECHO 7
#define PORT_DISCARD 9
#define PORT_COUNT 10 /* a datagram to it is answered with how many datagrams came to discard */

/* Serves for ever, from one epoll loop; returns only when it cannot start. */
void serve(void);
