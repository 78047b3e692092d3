/*
 * The root file system that is built into the image.
 */
#include "kernel/arch.h"

extern const char rootfs_start[], rootfs_end[];

__asm__(".pushsection .rodata\n"
	".balign 16\n"
	"rootfs_start:\n"
	".incbin \"" ROOTFS_TAR "\"\n"
	"rootfs_end:\n"
	".popsection\n");

const void *arch_builtin_root(size_t *len)
{
	*len = (size_t)(rootfs_end - rootfs_start);
	return rootfs_start;
}
