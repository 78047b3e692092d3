/* One question to one server. */
#pragma once

#include <abi/in.h>

#include "libc/netdb/dns_msg.h"

#define DNS_ANSWER_MAX 2048

struct dns_exchange {
	struct sockaddr_in server;
	int timeout_ms;
	bool recurse;
	struct dns_name name;
	int type;
	uint8_t query[DNS_QUERY_MAX];
	uint8_t answer[DNS_ANSWER_MAX];
	struct dns_view view; /* of @answer */
};

/*
 * Sends the question and waits for its answer: 0 with x->view, or -1: errno is ETIMEDOUT, EINTR, or
 * what the network says (ECONNREFUSED, EHOSTUNREACH …). A truncated answer is asked for once more
 * with EDNS.
 */
int dns_exchange(struct dns_exchange *x);
