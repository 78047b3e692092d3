/*
 * Types on both sides of a syscall. This folder is what apps and kernel agree on; all numbers are
 * those of Linux on x86-64.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifndef SKBOX_SSIZE_T
#define SKBOX_SSIZE_T
typedef long ssize_t;
#endif
typedef long off_t;
typedef int pid_t;
typedef unsigned int mode_t;
typedef long time_t;
typedef long suseconds_t;
typedef unsigned int socklen_t;

struct timespec {
	time_t tv_sec;
	long tv_nsec;
};

struct timeval {
	time_t tv_sec;
	suseconds_t tv_usec;
};

struct iovec {
	void *iov_base;
	size_t iov_len;
};
