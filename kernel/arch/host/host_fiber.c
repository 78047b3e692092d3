/*
 * Fibers: switching stacks within one thread, on x86-64 (System V ABI). The address sanitizer is
 * told of each switch; where it is not linked in, its functions are NULL.
 */
#include <stdlib.h>

#include "kernel/arch/host/hostio.h"

__attribute__((weak)) void __sanitizer_start_switch_fiber(void **fake_save, const void *bottom,
							  size_t size);
__attribute__((weak)) void __sanitizer_finish_switch_fiber(void *fake, const void **bottom,
							   size_t *size);

/* Saves what the ABI lets a callee keep on the stack, notes the stack at *@from and continues on
 * the one at @to. */
void host_fiber_swap(void **from, void *to);
void host_fiber_entry(void);

__asm__(".text\n"
	".type host_fiber_swap, @function\n"
	"host_fiber_swap:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size host_fiber_swap, . - host_fiber_swap\n"
	/* A new fiber: its function and argument lie where rbx and rbp were popped from. */
	".type host_fiber_entry, @function\n"
	"host_fiber_entry:\n"
	"	movq %rbx, %rdi\n"
	"	movq %rbp, %rsi\n"
	"	xorl %ebp, %ebp\n"
	"	jmp host_fiber_start\n"
	".size host_fiber_entry, . - host_fiber_entry\n");

static struct host_fiber *left; /* the one that the last switch left */

/* Its stack is what the sanitizer says it was: nobody told us of the first one's. */
__attribute__((no_sanitize("address"))) static void switched(void *fake_stack)
{
	if (__sanitizer_finish_switch_fiber)
		__sanitizer_finish_switch_fiber(fake_stack, &left->stack, &left->size);
}

__attribute__((used, no_sanitize("address"))) static void host_fiber_start(void (*fn)(void *),
									   void *arg)
{
	switched(NULL);
	fn(arg);
	abort();
}

void host_fiber_init(struct host_fiber *fiber, void *stack, size_t size, void (*fn)(void *),
		     void *arg)
{
	void **sp = (void **)((char *)stack + size);

	*--sp = NULL; /* where host_fiber_start would return to */
	*--sp = (void *)host_fiber_entry;
	*--sp = arg;	    /* rbp */
	*--sp = (void *)fn; /* rbx */
	for (int i = 0; i < 4; i++)
		*--sp = NULL; /* r12 to r15 */
	*fiber = (struct host_fiber){ .sp = sp, .stack = stack, .size = size };
}

__attribute__((no_sanitize("address"))) void host_fiber_switch(struct host_fiber *from,
							       struct host_fiber *to)
{
	left = from;
	if (__sanitizer_start_switch_fiber)
		__sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->size);
	host_fiber_swap(&from->sp, to->sp);
	switched(from->fake_stack);
}
