/*
 * The context switch: what C keeps across a call goes on the stack that is left, the stack pointer
 * into struct arch_context.
 */
	.text

	.globl arch_context_switch
	.type arch_context_switch, @function
	.balign 16
arch_context_switch:			/* rdi: struct arch_context *prev, rsi: *next */
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, (%rdi)
	mov (%rsi), %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret

/* The first return of a new context: rbx is its function, r12 the argument (context.c). */
	.globl context_start
	.type context_start, @function
context_start:
	mov %r12, %rdi
	call *%rbx
	ud2

	.section .note.GNU-stack, "", @progbits
