/*
 * The pair of 8259 interrupt controllers (arch_irq_mask, _unmask and _end of kernel/arch.h).
 */
#pragma once

#include "kernel/types.h"

/* All lines masked, vectors moved off the exceptions'. Boot. */
void pic_init(void);
/* Makes line @irq level triggered, as PCI's shared lines are. Task. */
void pic_set_level(int irq);
/* Bit by line: those that ask for an interrupt now, masked or not. Any context. */
u16 pic_requests(void);
