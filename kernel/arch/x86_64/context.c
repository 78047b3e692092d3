/*
 * A new context: a stack that looks as if arch_context_switch had left it just before its first
 * instruction.
 */
#include "kernel/arch.h"

void context_start(void);

void arch_context_init(struct arch_context *ctx, void *stack, size_t size, void (*fn)(void *),
		       void *arg)
{
	u64 *sp = (u64 *)ALIGN_DOWN((u64)stack + size, 16UL);

	*--sp = (u64)context_start;
	*--sp = 0;	  /* rbp: the outermost frame */
	*--sp = (u64)fn;  /* rbx */
	*--sp = (u64)arg; /* r12 */
	*--sp = 0;	  /* r13 to r15 */
	*--sp = 0;
	*--sp = 0;
	ctx->rsp = (u64)sp;
}
