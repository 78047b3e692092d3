/*
 * Where the CPU enters the kernel. An interrupt saves the registers that C may change; C keeps the
 * others. A system call keeps them all, but for its result in rax. The CPU has pushed ss, rsp,
 * rflags, cs and rip on a 16-byte boundary, so an odd number of words more aligns the stack for C.
 */

	.text

/* ---- exceptions: vector and error code for struct trap_regs ---- */

	.balign 16
	.globl trap_exceptions
trap_exceptions:
	.set with_error, 1 << 8 | 0x1f << 10 | 1 << 17 | 1 << 21 | 3 << 29
	.set vector, 0
	.rept 32
	.balign 16
	.if !(with_error >> vector & 1)
	push $0				/* in place of an error code */
	.endif
	push $vector
	jmp trap_exception
	.set vector, vector + 1
	.endr

	.balign 16
	.type trap_exception, @function
trap_exception:
	push %rax
	push %rbx
	push %rcx
	push %rdx
	push %rsi
	push %rdi
	push %rbp
	push %r8
	push %r9
	push %r10
	push %r11
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, %rdi
	cld
	call exception
	ud2

/* ---- interrupts; backtrace.c knows how many words lie between the return address and rip ---- */

	.macro call_c function
	push %rcx
	push %rdx
	push %rsi
	push %r8
	push %r9
	push %r10
	push %r11
	cld
	call \function
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rax
	pop %rdi
	iretq
	.endm

	.type trap_irqs, @function
	.globl trap_irqs, trap_irqs_end
	.balign 64
trap_irqs:
	.set line, 0
	.rept 16
	.balign 64
	push %rdi
	push %rax
	mov $line, %edi
	call_c irq_dispatch
	.set line, line + 1
	.endr

	.globl trap_timer
	.type trap_timer, @function
trap_timer:
	push %rdi
	push %rax
	call_c timer_irq
trap_irqs_end:

	.globl trap_spurious
	.type trap_spurious, @function
trap_spurious:
	iretq

/* ---- int $0x80: rax(rdi, rsi, rdx, r10, r8, r9), interrupts stay on ---- */

	.globl trap_syscall
	.type trap_syscall, @function
	.balign 16
trap_syscall:
	push %r11
	push %r10
	push %r9
	push %r8
	push %rcx
	push %rdx
	push %rsi
	push %rdi
	push %r9			/* the seventh argument is passed on the stack */
	mov %r8, %r9
	mov %r10, %r8
	mov %rdx, %rcx
	mov %rsi, %rdx
	mov %rdi, %rsi
	mov %rax, %rdi
	call syscall_dispatch
	pop %rdi
	pop %rdi
	pop %rsi
	pop %rdx
	pop %rcx
	pop %r8
	pop %r9
	pop %r10
	pop %r11
	iretq

	.section .note.GNU-stack, "", @progbits
