/* Into the kernel by a call: kernel and libc are one process. On the way back is where "interrupts"
 * hit a task's own code. */
#pragma once

long syscall_dispatch(long nr, long a1, long a2, long a3, long a4, long a5, long a6);
void host_syscall_window(void);

static inline long __syscall6(long nr, long a1, long a2, long a3, long a4, long a5, long a6)
{
	long ret = syscall_dispatch(nr, a1, a2, a3, a4, a5, a6);

	host_syscall_window();
	return ret;
}
