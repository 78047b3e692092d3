/*
 * The 8259 pair (Intel 8259A data sheet). The master ends its interrupts by itself: it forgets a
 * line when the CPU takes it, which costs no port access and is safe because top halves run with
 * interrupts off to their end. The slave must not: its output is one edge to the master, and with
 * two lines up at once it would stay high for ever and never make another. It drops its output
 * while a line is in service, and raises it again at the end if there is more.
 */
#include "pic.h"

#include "io.h"
#include "kernel/arch.h"
#include "trap.h"

#define PIC1_CMD 0x20
#define PIC1_DATA 0x21
#define PIC2_CMD 0xa0
#define PIC2_DATA 0xa1
#define ELCR1 0x4d0
#define ELCR2 0x4d1

#define ICW1_INIT 0x11 /* with ICW4 */
#define ICW4_8086 0x01
#define ICW4_8086_AUTO_EOI 0x03
#define OCW2_SPECIFIC_EOI 0x60
#define OCW3_READ_IRR 0x0a
#define OCW3_READ_ISR 0x0b
#define LINES 16
#define CASCADE 2

static u16 masked = (u16) ~(1 << CASCADE);

static void pic_write_mask(void)
{
	outb(PIC1_DATA, masked & 0xff);
	outb(PIC2_DATA, masked >> 8);
}

void pic_init(void)
{
	outb(PIC1_CMD, ICW1_INIT);
	outb(PIC1_DATA, VECTOR_PIC);
	outb(PIC1_DATA, 1 << CASCADE);
	outb(PIC1_DATA, ICW4_8086_AUTO_EOI);
	outb(PIC2_CMD, ICW1_INIT);
	outb(PIC2_DATA, VECTOR_PIC + 8);
	outb(PIC2_DATA, CASCADE);
	outb(PIC2_DATA, ICW4_8086);
	pic_write_mask();
}

void pic_set_level(int irq)
{
	u16 port = irq < 8 ? ELCR1 : ELCR2;

	if (irq >= 3 && irq < LINES && irq != 8 && irq != 13) /* the others are wired to edges */
		outb(port, inb(port) | 1 << irq % 8);
}

u16 pic_requests(void)
{
	outb(PIC1_CMD, OCW3_READ_IRR);
	outb(PIC2_CMD, OCW3_READ_IRR);
	return (u16)((inb(PIC1_CMD) | inb(PIC2_CMD) << 8) & ~(1 << CASCADE));
}

void arch_irq_unmask(int irq)
{
	unsigned long flags = arch_irq_save();

	if (irq >= 0 && irq < LINES) {
		masked &= ~(1 << irq);
		pic_write_mask();
	}
	arch_irq_restore(flags);
}

void arch_irq_mask(int irq)
{
	unsigned long flags = arch_irq_save();

	if (irq >= 0 && irq < LINES && irq != CASCADE) {
		masked |= 1 << irq;
		pic_write_mask();
	}
	arch_irq_restore(flags);
}

/*
 * A request that is gone before the CPU takes it comes as the chip's line 7, without a bit in
 * service (data sheet, "Interrupt sequence", step 6). The slave's is told by that; the master,
 * which ends its interrupts by itself, has no bit for any, so there it is a line that is no longer
 * up.
 */
bool arch_irq_spurious(int irq)
{
	if (irq == 7)
		return !(pic_requests() & 1 << 7);
	if (irq != 15)
		return false;
	outb(PIC2_CMD, OCW3_READ_ISR);
	return !(inb(PIC2_CMD) & 1 << 7);
}

/* Without an interrupt in service (a spurious one) this does nothing. */
void arch_irq_end(int irq)
{
	if (irq >= 8 && irq < LINES)
		outb(PIC2_CMD, OCW2_SPECIFIC_EOI | (irq - 8));
}
