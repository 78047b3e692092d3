/* The two halves of ifconfig. All return an exit status. */
#pragma once

#include <stdbool.h>

#include "../lib/netdev.h"

int ifconfig_show_all(int fd, bool all);
int ifconfig_show(int fd, const char *dev);
/* @words: what to change, NULL at the end. */
int ifconfig_set(int fd, const char *dev, char **words);
