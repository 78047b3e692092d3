/*
 * The border between a task's memory and the kernel's. Both are in one address space, so this
 * checks what can be checked (a NULL or non-canonical pointer, a length that wraps) and keeps the
 * copies in one place, where they are counted.
 */
#pragma once

#include "kernel/types.h"

/* 0 or -EFAULT. Task. */
int copy_from_user(void *dst, const void *user_src, size_t len);
int copy_to_user(void *user_dst, const void *src, size_t len);
/* True if [@ptr, @ptr + @len) may be a task's buffer. */
bool access_ok(const void *ptr, size_t len);
/*
 * Length of the task's string @s, -EFAULT, or -ENAMETOOLONG if it does not fit into @size bytes
 * with its NUL. Task.
 */
ssize_t strnlen_user(const char *s, size_t size);

/* What has been copied since boot, for /proc/stat. */
extern u64 user_bytes_in, user_bytes_out;
