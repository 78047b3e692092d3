/* IPv6 addresses as text: there are no such sockets, but the DNS tells them. */
#pragma once

/* 1, or 0: @s is no address (RFC 4291 §2.2). */
int __inet_pton6(const char *s, unsigned char out[16]);
/* The canonical form of RFC 5952, in INET6_ADDRSTRLEN bytes. */
void __inet_ntop6(const unsigned char a[16], char *out);
