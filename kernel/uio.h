/* Scattered buffers of a task. */
#pragma once

#include <abi/types.h>

#include "kernel/types.h"

#define UIO_MAXIOV 1024
#define UIO_FASTIOV 8
/* The most that one call moves, as on Linux: the count fits an int. */
#define RW_MAX 0x7ffff000UL

/* The kernel's copy of a task's array. */
struct iov_copy {
	struct iovec fast[UIO_FASTIOV], *iov;
	size_t len; /* of all parts, RW_MAX at most: the rest is cut off */
};

/*
 * Copies @n <= UIO_MAXIOV entries at @user and checks what they point at: 0, -EINVAL (a length is
 * negative), -EFAULT, -ENOMEM. On 0 end it with iov_copy_free. Task.
 */
int iov_copy_get(struct iov_copy *c, const struct iovec *user, size_t n);
void iov_copy_free(struct iov_copy *c);
