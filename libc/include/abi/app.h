/*
 * A program of the image: what the shell finds by name. The table is apps/apps.c.
 */
#pragma once

#include <stddef.h>

struct app {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *help; /* for `help` and `man`: "ping [-c N] HOST\tsend ICMP echo requests" */
};

extern const struct app apps[];
extern const size_t nr_apps;
