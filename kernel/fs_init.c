/*
 * Makes the root at boot: the tar that is built into the image, then the boot modules (-initrd)
 * over it, in order.
 */
#include "kernel/arch.h"
#include "kernel/printk.h"
#include "kernel/proc_kernel.h"
#include "kernel/ramfs.h"
#include "kernel/tar.h"
#include "kernel/vfs.h"

/* Directories that other file systems cover, or that programs expect. */
static const char *const root_dirs[] = { "bin", "dev", "etc", "proc", "tmp" };

void fs_init(void)
{
	const void *data;
	char what[16];
	size_t len;

	ramfs_init();
	for (size_t i = 0; i < ARRAY_SIZE(root_dirs); i++)
		ramfs_add_dir(root_dirs[i], 0755, 0);
	data = arch_builtin_root(&len);
	if (data)
		tar_unpack("root", data, len);
	for (int n = 0; arch_boot_module(n, &data, &len); n++) {
		snprintf(what, sizeof(what), "initrd %d", n);
		tar_unpack(what, data, len);
	}
	proc_kernel_init();
}
