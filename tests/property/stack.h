/*
 * One stack of two: its copy of libskbox with the functions that the property test calls, on one
 * device for bare IP packets. Errors end the program.
 */
#pragma once

#include "tests/property/dice.h"

#include <stddef.h>
#include <stdint.h>

#define STACK_NEVER UINT64_MAX

struct pollfd;

struct stack {
	const char *name;
	uint32_t addr, peer; /* host byte order */
	int dev, ctl;
	uint64_t bufs_free, heads_free; /* of the pool, when nothing was under way */
	/* What skbox.h exports. */
	void (*set_seed)(uint64_t seed);
	void (*set_console)(void (*fn)(const char *text, size_t len));
	int (*boot)(const char *cmdline);
	int (*add_ip_device)(unsigned int mtu);
	int (*set_offload)(int dev, unsigned int what);
	int (*ip_in)(int dev, const void *packet, size_t len);
	size_t (*ip_out)(int dev, void *buf, size_t size);
	uint64_t (*now)(void);
	uint64_t (*next_timer)(void);
	void (*advance)(uint64_t ns);
	int (*socket)(int family, int type, int protocol);
	int (*bind)(int fd, const void *addr, unsigned int len);
	int (*connect)(int fd, const void *addr, unsigned int len);
	int (*listen)(int fd, int backlog);
	int (*accept)(int fd, void *addr, unsigned int *len);
	long (*sendto)(int fd, const void *buf, size_t len, int flags, const void *addr,
		       unsigned int addrlen);
	long (*recvfrom)(int fd, void *buf, size_t len, int flags, void *addr,
			 unsigned int *addrlen);
	int (*shutdown)(int fd, int how);
	int (*close)(int fd);
	int (*setsockopt)(int fd, int level, int name, const void *val, unsigned int len);
	int (*getsockopt)(int fd, int level, int name, void *val, unsigned int *len);
	int (*ioctl)(int fd, unsigned long cmd, void *arg);
	int (*poll)(struct pollfd *fds, unsigned long n);
	long (*proc_read)(const char *path, char *buf, size_t size);
	int (*sysctl)(const char *name, const char *value);
};

/* Loads a copy of its own of the library @path. */
void stack_load(struct stack *s, const char *path);
/* Boots it with one device up, from @addr to @peer. */
void stack_boot(struct stack *s, uint64_t seed, const char *cmdline, unsigned int mtu);
void stack_sysctl(struct stack *s, const char *name, const char *value);
/* Whether nothing is left of all connections; if not, *@why says what is (a static buffer). */
bool stack_is_empty(struct stack *s, const char **why);
