/* From a message to an answer. */
#pragma once

#include <dns.h>

#include "libc/netdb/dns_msg.h"

/* Appends the records of @view, and takes over its flags. -1 (ENOMEM; EBADMSG: malformed). */
int dns_answer_add(struct dns_answer *answer, const struct dns_view *view);
