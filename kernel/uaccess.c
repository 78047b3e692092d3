/*
 * Copies between a task's memory and the kernel's. All of it is one address space, so a bad
 * pointer is found by its value alone; what a syscall has checked cannot change under it, because
 * no task is preempted inside a syscall.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/uaccess.h"

u64 user_bytes_in, user_bytes_out;

ssize_t strnlen_user(const char *s, size_t size)
{
	size_t len;

	if (!access_ok(s, 1))
		return -EFAULT;
	len = strnlen(s, size);
	return len < size ? (ssize_t)len : -ENAMETOOLONG;
}
