/*
 * See model.h. Data sheet: §7.0 (the ring), §10 (registers), §11.1 (overflow).
 */
#include "tests/unit/dp8390/model.h"

#include "drivers/net/ne2k_regs.h"
#include "kernel/arch/host/library.h"

#define MEM_START 0x4000
#define MEM_END 0xc000
#define ACCESS_TIME 1000 /* ns that a port access takes on an ISA bus */

struct dp_card dp;

static struct {
	u8 cr, isr, imr, dcr, tcr, rcr, tpsr;
	u8 pstart, pstop, bnry, curr;
	u8 par[6], mar[8];
	u16 tbcr, rsar, rbcr;
	bool stopped_after_overflow, looped_after_overflow;
	u8 mem[MEM_END];
} chip;

void dp_power_on(void)
{
	memset(&chip, 0, sizeof(chip));
	dp.nr_sent = dp.cut_short = dp.resets = 0;
	dp.hung = false;
	chip.isr = ISR_RST;
	chip.cr = CR_STP;
	for (u32 i = 0; i < 6; i++)
		chip.mem[2 * i] = chip.mem[2 * i + 1] = dp.mac[i];
	memset(chip.mem + 28, 0x57, 4);
}

bool dp_irq_up(void)
{
	return chip.isr & chip.imr;
}

u8 *dp_memory(u32 addr)
{
	return &chip.mem[addr];
}

u8 dp_current(void)
{
	return chip.curr;
}

/* ---- the data port ---- */

/* What lies at @addr; cards with less memory show it twice. */
static u8 *dp_at(u32 addr)
{
	static u8 nowhere;

	if (addr < 32)
		return &chip.mem[addr];
	if (addr < MEM_START || addr >= MEM_END)
		return &nowhere;
	if (addr >= dp.memory_end)
		addr -= dp.memory_end - MEM_START;
	return &chip.mem[addr];
}

static void dp_dma_step(void)
{
	chip.rsar++;
	if (chip.rbcr && !--chip.rbcr)
		chip.isr |= ISR_RDC;
}

static u32 dp_data_in(u32 size)
{
	u32 value = 0;

	if (size == 4 && dp.only_16_bit)
		size = 2;
	for (u32 i = 0; i < size; i++) {
		value |= (u32)*dp_at(chip.rsar) << 8 * i;
		dp_dma_step();
	}
	return value;
}

static void dp_data_out(u32 value, u32 size)
{
	if (size == 4 && dp.only_16_bit)
		size = 2;
	for (u32 i = 0; i < size; i++) {
		*dp_at(chip.rsar) = (u8)(value >> 8 * i);
		dp_dma_step();
	}
}

/* ---- transmit ---- */

void dp_finish_tx(void)
{
	struct dp_sent *s = &dp.sent[dp.nr_sent % DP_SENT_MAX];

	if (!(chip.cr & CR_TXP))
		return;
	chip.cr &= ~CR_TXP;
	chip.isr |= ISR_PTX;
	if (chip.tcr == TCR_LOOP)
		return;
	s->len = chip.tbcr;
	memcpy(s->data, chip.mem + chip.tpsr * 256, chip.tbcr);
	dp.nr_sent++;
}

/* ---- the command register ---- */

static void dp_stop(void)
{
	if (chip.cr & CR_TXP) {
		chip.cr &= ~CR_TXP;
		dp.cut_short++;
	}
	chip.isr |= ISR_RST;
	if (dp.hung)
		chip.stopped_after_overflow = true;
}

static void dp_command(u8 v)
{
	u8 txp = chip.cr & CR_TXP;

	if (v & CR_STP)
		dp_stop();
	else
		chip.isr &= ~ISR_RST;
	chip.cr = (v & ~CR_TXP) | (v & CR_STP ? 0 : txp);
	if ((v & CR_STA) && chip.stopped_after_overflow && chip.tcr == TCR_LOOP)
		chip.looped_after_overflow = true;
	if ((v & (CR_RREAD | CR_RWRITE)) && !(v & CR_NODMA) && !chip.rbcr)
		chip.isr |= ISR_RDC;
	if ((v & CR_TXP) && (v & CR_STA)) {
		chip.cr |= CR_TXP;
		if (!dp.slow)
			dp_finish_tx();
	}
}

/* The chip works again when it was stopped, looped, emptied and told so, and is let go. */
static void dp_leave_loopback(void)
{
	if (dp.hung && chip.looped_after_overflow && !(chip.isr & ISR_OVW))
		dp.hung = chip.stopped_after_overflow = chip.looped_after_overflow = false;
}

/* ---- registers ---- */

static void dp_out_page0(u16 reg, u8 v)
{
	switch (reg) {
	case DP_PSTART:
		chip.pstart = v;
		break;
	case DP_PSTOP:
		chip.pstop = v;
		break;
	case DP_BNRY:
		chip.bnry = v;
		break;
	case DP_TPSR:
		chip.tpsr = v;
		break;
	case DP_TBCR0:
		chip.tbcr = (chip.tbcr & 0xff00) | v;
		break;
	case DP_TBCR1:
		chip.tbcr = (u16)((chip.tbcr & 0xff) | v << 8);
		break;
	case DP_ISR:
		chip.isr &= ~(v & ~ISR_RST);
		break;
	case DP_RSAR0:
		chip.rsar = (chip.rsar & 0xff00) | v;
		break;
	case DP_RSAR1:
		chip.rsar = (u16)((chip.rsar & 0xff) | v << 8);
		break;
	case DP_RBCR0:
		chip.rbcr = (chip.rbcr & 0xff00) | v;
		break;
	case DP_RBCR1:
		chip.rbcr = (u16)((chip.rbcr & 0xff) | v << 8);
		break;
	case DP_RCR:
		chip.rcr = v;
		break;
	case DP_TCR:
		chip.tcr = v;
		if (v == TCR_NORMAL)
			dp_leave_loopback();
		break;
	case DP_DCR:
		chip.dcr = v;
		break;
	case DP_IMR:
		chip.imr = v;
		break;
	}
}

static void dp_out_page1(u16 reg, u8 v)
{
	if (reg >= DP_MAR0)
		chip.mar[reg - DP_MAR0] = v;
	else if (reg == DP_CURR)
		chip.curr = v;
	else if (reg >= DP_PAR0)
		chip.par[reg - DP_PAR0] = v;
}

void dp_out(u16 port, u32 value, u32 size)
{
	u16 reg = port - DP_PORT;

	if (dp.absent)
		return;
	if (reg == NE2K_DATA)
		dp_data_out(value, size);
	else if (reg == DP_CR)
		dp_command((u8)value);
	else if (reg < 0x10 && chip.cr & CR_PAGE1)
		dp_out_page1(reg, (u8)value);
	else if (reg < 0x10)
		dp_out_page0(reg, (u8)value);
}

static u8 dp_reset(void)
{
	chip.isr = ISR_RST;
	chip.cr = CR_STP;
	chip.imr = 0;
	dp.resets++;
	return 0;
}

u32 dp_in(u16 port, u32 size)
{
	u16 reg = port - DP_PORT;

	library.now += ACCESS_TIME;
	if (dp.absent || reg > NE2K_RESET)
		return UINT32_MAX;
	if (reg == NE2K_DATA)
		return dp_data_in(size);
	if (reg == NE2K_RESET)
		return dp_reset();
	if (reg == DP_CR)
		return chip.cr;
	if (chip.cr & CR_PAGE1)
		return reg == DP_CURR ? chip.curr : 0;
	return reg == DP_ISR ? chip.isr : reg == DP_BNRY ? chip.bnry : 0;
}

/* ---- receive ---- */

static u32 dp_free_pages(void)
{
	u32 ring = chip.pstop - chip.pstart;

	if (chip.curr == chip.bnry)
		return dp.full_is_empty ? ring : 0;
	return (chip.bnry + ring - chip.curr) % ring;
}

/* The next @len bytes of the ring at *@at. */
static void dp_ring_write(u32 *at, const u8 *data, u32 len)
{
	while (len--) {
		chip.mem[(*at)++] = *data++;
		if (*at == chip.pstop * 256u)
			*at = chip.pstart * 256u;
	}
}

bool dp_receive(const u8 *frame, u32 len)
{
	u32 pages = (len + 4 + 4 + 255) / 256, at = chip.curr * 256u;
	struct dp_header h = { .status = RSR_PRX,
			       .low = (u8)(len + 4),
			       .high = (u8)((len + 4) >> 8) };
	static const u8 fcs[4] = { 0xf, 0xc, 0x5, 0 };
	u32 next = chip.curr + pages;

	if (chip.cr & CR_STP || chip.tcr != TCR_NORMAL || chip.rcr & RCR_MON || dp.hung)
		return false;
	if (dp_free_pages() < pages) {
		dp.hung = true;
		chip.isr |= ISR_OVW;
		return false;
	}
	if (next >= chip.pstop)
		next -= chip.pstop - chip.pstart;
	h.next = (u8)next;
	dp_ring_write(&at, (u8 *)&h, sizeof(h));
	dp_ring_write(&at, frame, len);
	dp_ring_write(&at, fcs, sizeof(fcs));
	chip.curr = (u8)next;
	chip.isr |= ISR_PRX;
	return true;
}
