/*
 * What tc says to the kernel about the discipline of a device, and what it hears: one structure
 * both ways. The numbers are ours; the errors are those that Linux answers with.
 */
#pragma once

#include <abi/net_if.h>
#include <abi/netem.h>

#define SIOCSQDISC 0x89E1
#define SIOCGQDISC 0x89E2

#define QDISC_KIND_LEN 16

enum qdisc_op {
	QDISC_ADD,     /* -EEXIST: there is one that somebody has set */
	QDISC_CHANGE,  /* -ENOENT: there is none; -EINVAL: it is of another kind */
	QDISC_REPLACE, /* whichever of the two is possible */
	QDISC_DEL,     /* back to the device's own; -ENOENT: it has its own already */
};

struct qdisc_stats {
	uint64_t bytes, packets, drops, overlimits, requeues;
	uint32_t qlen, backlog; /* packets and bytes that wait now */
};

struct qdisc_msg {
	char dev[IFNAMSIZ];
	char kind[QDISC_KIND_LEN]; /* -ENOENT: no such kind. "noqueue": the device has none */
	uint32_t op;
	uint32_t handle; /* "8001:" is 0x80010000; 0: the kernel's choice, or the device's own */
	uint32_t limit;	 /* pfifo: packets; UINT32_MAX: the device's txqueuelen */
	uint32_t unused;
	struct netem_params netem;
	struct qdisc_stats stats; /* of SIOCGQDISC only */
};
