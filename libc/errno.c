/* The task's block and what lives in it directly. */
#include <abi/app.h>
#include <errno.h>

#include "libc/internal.h"

struct libc_block *__libc(void)
{
	return *__task_libc();
}

/* The kernel's own threads have no block, but may call strtol. */
static int threads_errno;

int *__errno_location(void)
{
	struct libc_block *block = __libc();

	return block ? &block->err : &threads_errno;
}

int *__h_errno_location(void)
{
	return &__libc()->h_err;
}

struct __getopt *__getopt_state(void)
{
	return &__libc()->getopt;
}

long __ret(long result)
{
	if ((unsigned long)result < -4095UL)
		return result; /* an address may be negative */
	errno = (int)-result;
	return -1;
}
