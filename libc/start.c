/* Where a task's app begins: the block, the standard streams, main(), exit(). */
#include <abi/app.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libc/internal.h"
#include "libc/stdio/file.h"
#include "libc/syscall.h"

static void init_streams(struct libc_block *b)
{
	file_init(&b->std[0], 0, true, false);
	b->std[0].buf = b->stdin_buf;
	b->std[0].size = sizeof(b->stdin_buf);
	file_init(&b->std[1], 1, false, true);
	b->std[1].buf = b->stdout_buf;
	b->std[1].size = sizeof(b->stdout_buf);
	file_init(&b->std[2], 2, false, true);
	b->std[2].mode = _IONBF;
	b->std[0].next = &b->std[1];
	b->std[1].next = &b->std[2];
	b->files = &b->std[0];
}

void __libc_start(int (*main)(int argc, char **argv), int argc, char **argv)
{
	struct libc_block *b = (struct libc_block *)sys(SYS_mmap, sizeof(*b));

	if ((unsigned long)b >= -4095UL)
		_exit(127);
	memset(b, 0, sizeof(*b));
	b->getopt = (struct __getopt){ .ind = 1, .err = 1 };
	b->rand = 1;
	init_streams(b);
	*__task_libc() = b;
	exit(main(argc, argv));
}
