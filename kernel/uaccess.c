/*
 * Copies between a task's memory and the kernel's. All of it is one address space, so a bad
 * pointer is found by its value alone; what a syscall has checked cannot change under it, because
 * no task is preempted inside a syscall.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/mm.h"
#include "kernel/uaccess.h"

u64 user_bytes_in, user_bytes_out;

/* The upper 17 bits of an address that 4-level paging can translate are all alike. */
static bool canonical(u64 addr)
{
	return (s64)(addr << 16) >> 16 == (s64)addr;
}

bool access_ok(const void *ptr, size_t len)
{
	u64 first = (u64)ptr, last;

	if (len == 0)
		return true;
	if (first < PAGE_SIZE || len - 1 > UINT64_MAX - first)
		return false;
	last = first + (len - 1);
	return canonical(first) && canonical(last) && (s64)(first ^ last) >= 0;
}

int copy_from_user(void *dst, const void *user_src, size_t len)
{
	if (!access_ok(user_src, len))
		return -EFAULT;
	user_bytes_in += len;
	/* A task may say NULL where there is nothing to copy; memcpy may not be told so. */
	if (len)
		memcpy(dst, user_src, len);
	return 0;
}

int copy_to_user(void *user_dst, const void *src, size_t len)
{
	if (!access_ok(user_dst, len))
		return -EFAULT;
	user_bytes_out += len;
	if (len)
		memcpy(user_dst, src, len);
	return 0;
}

ssize_t strnlen_user(const char *s, size_t size)
{
	size_t len;

	if (!access_ok(s, 1))
		return -EFAULT;
	len = strnlen(s, size);
	return len < size ? (ssize_t)len : -ENAMETOOLONG;
}
