/* The parts of `ip route`. */
#pragma once

#include "../lib/fib.h"
#include "ip.h"

int route_show(const struct ip_options *o, char **words);
int route_flush(char **words);
int route_get(char **words);
int route_show_cache(const struct ip_options *o);
/* "RTNETLINK answers: …" for @err, as scripts expect it; 2. */
int route_answers(int err);
