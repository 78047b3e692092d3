/* What passes, as a file that tcpdump and scapy read; times are of the real-time clock, in ns. */
#pragma once

#include "tests/relay/frame.h"

#include <stdio.h>

/* Ends the program if @path cannot be written. */
FILE *pcap_open(const char *path);
void pcap_write(FILE *pcap, const struct frame *f); /* nothing if @pcap is NULL */
