/*
 * The packet filter of the Linux that the tests run on, for comparison. It has headers of its own,
 * which do not go together with ours.
 */
#pragma once

/*
 * Attaches the @n instructions at @insns to a socket and sends it @len bytes: how many are kept, or
 * -errno of the attaching.
 */
int linux_filter_run(const void *insns, unsigned int n, const void *packet, unsigned int len);
