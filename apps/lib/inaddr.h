/*
 * Internet and link addresses as people write them. s_addr values are in network byte order.
 */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>

bool inaddr_parse(const char *s, in_addr_t *addr);
/* "10.0.0.0/8", "10.0.0.0/255.0.0.0", "10.0.0.1" (*@len 32), "default" and "any" (0.0.0.0/0). */
bool inaddr_parse_prefix(const char *s, in_addr_t *addr, int *len);
in_addr_t inaddr_mask(int len);
/* -1: the mask has holes. */
int inaddr_prefixlen(in_addr_t mask);
/* The length that an address without a mask has had since the days of classes. */
int inaddr_classful_len(in_addr_t addr);
const char *inaddr_str(in_addr_t addr, char buf[INET_ADDRSTRLEN]);
/* Looks @host up; says "app: host: why" and returns false if that fails. */
bool inaddr_resolve(const char *app, const char *host, struct sockaddr_in *sin);
/* The name of @addr, or its digits (always if @numeric). */
const char *inaddr_name(in_addr_t addr, bool numeric, char *buf, size_t size);
/* "53" or "domain": a port in host byte order, -1: unknown. @proto: "udp", "tcp". */
int inaddr_port(const char *s, const char *proto);

#define HWADDR_STRLEN 18
bool hwaddr_parse(const char *s, unsigned char addr[6]);
const char *hwaddr_str(const unsigned char addr[6], char buf[HWADDR_STRLEN]);
