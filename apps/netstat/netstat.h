/* netstat's views. All return an exit status. */
#pragma once

#include <stdbool.h>

struct netstat_options {
	bool all, listening, numeric, extended;
	bool udp, tcp, raw; /* none: all of them */
};

int netstat_sockets(const struct netstat_options *o);
int netstat_groups(void);
int netstat_statistics(const struct netstat_options *o);
