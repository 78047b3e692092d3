/* The tar that is built into the image; the Makefile names it. */
	.section .rodata.rootfs, "a"
	.balign 16
rootfs:
	.incbin ROOTFS_TAR
rootfs_end:

	.section .rodata
	.balign 8
	.globl rootfs_data, rootfs_size
rootfs_data:
	.quad rootfs
rootfs_size:
	.quad rootfs_end - rootfs

	.section .note.GNU-stack, "", @progbits
