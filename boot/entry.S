/*
 * The machine's first instructions of ours. Two doors, both in 32-bit protected mode with paging
 * off: pvh_entry (QEMU's -kernel) and mb2_entry (GRUB, BIOS or UEFI). Both leave with paging on
 * and jump to arch_start(magic, info) in the upper half. The tables made here map the first 4 GiB
 * three times with 2 MiB pages: where it is, in the direct map, and (its first GiB) where the
 * image is linked; paging_init replaces them.
 */
#define IMAGE_BASE 0xffffffff80000000
#define PHYS(x) ((x) - IMAGE_BASE)

#define PVH_MAGIC 0x336ec578
#define MB2_MAGIC 0xe85250d6
#define COM1 0x3f8

#define CR0_PE 0x1
#define CR0_EM 0x4			/* floating point traps: nobody saves its registers */
#define CR0_NE 0x20
#define CR0_WP 0x10000			/* read-only holds for ring 0, too */
#define CR0_PG 0x80000000
#define CR4_PAE 0x20
#define CR4_PGE 0x80
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100
#define CPUID_LM 29

#define BOOT_STACK_SIZE 16384

/* ---- what the loaders look for ---- */

	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 8, 18			/* name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.quad PHYS(pvh_entry)

	.section .multiboot, "a"
	.balign 8
mb2_header:
	.long MB2_MAGIC, 0, mb2_header_end - mb2_header
	.long 0x100000000 - MB2_MAGIC - (mb2_header_end - mb2_header)
	.short 1, 0			/* we need the command line, modules and memory map */
	.long 20, 1, 3, 6
	.balign 8
	.short 3, 0			/* entry */
	.long 12, PHYS(mb2_entry)
	.balign 8
	.short 6, 0			/* modules start on a page */
	.long 8
	.short 0, 0
	.long 8
mb2_header_end:

/* ---- 32 bits ---- */

	.section .text.boot, "ax"
	.code32
	.globl pvh_entry, mb2_entry
pvh_entry:
	mov $PVH_MAGIC, %eax
mb2_entry:
	cli
	cld
	mov $PHYS(boot_stack_top), %esp
	mov %eax, %edi
	mov %ebx, %esi

	pushfl				/* a CPU whose ID flag sticks at 0 has no CPUID */
	pop %eax
	xor $0x200000, %eax
	push %eax
	popfl
	pushfl
	pop %ecx
	xor %eax, %ecx
	test $0x200000, %ecx
	jnz no_long_mode
	mov $0x80000000, %eax
	cpuid
	cmp $0x80000001, %eax
	jb no_long_mode
	mov $0x80000001, %eax
	cpuid
	bt $CPUID_LM, %edx
	jnc no_long_mode

	mov $PHYS(boot_pd), %ecx	/* four directories of 2 MiB pages, until the address wraps */
	mov $0x83, %eax
1:	mov %eax, (%ecx)
	add $8, %ecx
	add $0x200000, %eax
	jnc 1b
	mov $PHYS(boot_pd) + 3, %eax
	mov %eax, PHYS(boot_pdpt) + 510 * 8
	mov %eax, PHYS(boot_pdpt)
	add $4096, %eax
	mov %eax, PHYS(boot_pdpt) + 8
	add $4096, %eax
	mov %eax, PHYS(boot_pdpt) + 16
	add $4096, %eax
	mov %eax, PHYS(boot_pdpt) + 24
	mov $PHYS(boot_pdpt) + 3, %eax
	mov %eax, PHYS(boot_pml4)
	mov %eax, PHYS(boot_pml4) + 256 * 8
	mov %eax, PHYS(boot_pml4) + 511 * 8

	mov $(CR4_PAE | CR4_PGE), %eax	/* set, not added to: what firmware left on is off */
	mov %eax, %cr4
	mov $PHYS(boot_pml4), %eax
	mov %eax, %cr3
	mov $MSR_EFER, %ecx
	rdmsr
	or $EFER_LME, %eax
	wrmsr
	mov $(CR0_PG | CR0_WP | CR0_NE | CR0_EM | CR0_PE), %eax
	mov %eax, %cr0
	lgdt PHYS(gdt_pointer_low)
	ljmp $0x08, $PHYS(long_mode)

no_long_mode:
	mov $PHYS(no_long_mode_text), %esi
	mov $COM1 + 3, %dx		/* 115200 8N1 */
	mov $0x80, %al
	out %al, %dx
	mov $COM1, %dx
	mov $1, %al
	out %al, %dx
	inc %dx
	xor %eax, %eax
	out %al, %dx
	mov $COM1 + 3, %dx
	mov $3, %al
	out %al, %dx
1:	mov (%esi), %bl
	inc %esi
	test %bl, %bl
	jz 3f
	mov $0xffff, %ecx		/* room for a byte, or nobody is there */
	mov $COM1 + 5, %dx
2:	in %dx, %al
	test $0x20, %al
	loopz 2b
	mov $COM1, %dx
	mov %bl, %al
	out %al, %dx
	jmp 1b
3:	hlt
	jmp 3b

/* ---- 64 bits ---- */

	.code64
long_mode:
	mov $1f, %rax
	jmp *%rax
1:	lgdt gdt_pointer(%rip)
	mov $0x10, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	mov $boot_stack_top, %rsp
	xor %ebp, %ebp			/* ends a backtrace */
	mov %edi, %edi
	mov %esi, %esi
	call arch_start
	ud2

	.section .rodata.boot, "a"
no_long_mode_text:
	.asciz "skbox: this CPU has no long mode (64 bits): cannot run\r\n"
	.balign 8
	.short 0
	.globl gdt_pointer
gdt_pointer:
	.short 5 * 8 - 1
	.quad gdt
	.balign 4
	.short 0
gdt_pointer_low:
	.short 5 * 8 - 1
	.long PHYS(gdt)

	.data
	.balign 16
	.globl gdt
gdt:	.quad 0
	.quad 0x00af9b000000ffff	/* 0x08: code, 64 bits */
	.quad 0x00cf93000000ffff	/* 0x10: data */
	.quad 0, 0			/* 0x18: the TSS, filled in by traps_init */

	.section .boot_stack, "aw", @nobits
	.balign 4096
	.globl boot_stack_guard, boot_stack, boot_stack_top
boot_stack_guard:
	.skip 4096
boot_stack:
	.skip BOOT_STACK_SIZE
boot_stack_top:

	.section .boot_tables, "aw", @nobits	/* given back to the allocator */
	.balign 4096
boot_pml4:
	.skip 4096
boot_pdpt:
	.skip 4096
boot_pd:
	.skip 4 * 4096

	.section .note.GNU-stack, "", @progbits
