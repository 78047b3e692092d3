/*
 * The border between a task's memory and the kernel's. Both are in one address space, so this
 * checks what can be checked (a NULL or non-canonical pointer, a length that wraps) and keeps the
 * copies in one place, where they are counted.
 */
#pragma once

#include <abi/errno.h>
#include <string.h>

#include "kernel/mm.h"
#include "kernel/types.h"

/* What has been copied since boot, for /proc/stat. */
extern u64 user_bytes_in, user_bytes_out;

/* The upper 17 bits of an address that 4-level paging can translate are all alike. */
static inline bool canonical(u64 addr)
{
	return addr + (1UL << 47) < 1UL << 48;
}

/* True if [@ptr, @ptr + @len) may be a task's buffer. */
static inline bool access_ok(const void *ptr, size_t len)
{
	u64 first = (u64)ptr, last = first + (len - 1);

	if (len == 0)
		return true;
	return first >= PAGE_SIZE && last >= first && canonical(first) && canonical(last) &&
	       (s64)(first ^ last) >= 0;
}

/* 0 or -EFAULT. Task. A task may say NULL where there is nothing to copy; memcpy may not be told
 * so. */
static inline int copy_from_user(void *dst, const void *user_src, size_t len)
{
	if (unlikely(!access_ok(user_src, len)))
		return -EFAULT;
	user_bytes_in += len;
	if (len)
		memcpy(dst, user_src, len);
	return 0;
}

static inline int copy_to_user(void *user_dst, const void *src, size_t len)
{
	if (unlikely(!access_ok(user_dst, len)))
		return -EFAULT;
	user_bytes_out += len;
	if (len)
		memcpy(user_dst, src, len);
	return 0;
}

/*
 * Length of the task's string @s, -EFAULT, or -ENAMETOOLONG if it does not fit into @size bytes
 * with its NUL. Task.
 */
ssize_t strnlen_user(const char *s, size_t size);
