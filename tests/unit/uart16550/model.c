/* PC16550D: registers of §8, the causes of §8.6 in their order, FIFO mode of §8.11. */
#include "tests/unit/uart16550/model.h"

#include "drivers/uart_regs.h"

#define IIR_RECEIVE 0x04

struct um_chip um;

static struct {
	u8 ier, lcr, mcr, scratch;
	u8 tx[UM_FIFO], rx[UM_FIFO];
	bool bad[UM_FIFO];
	u32 nr_tx, nr_rx;
	bool tx_cause; /* latched: the FIFO ran empty, or the interrupt was asked for while it was
			*/
} chip;

void um_power_on(void)
{
	memset(&um, 0, sizeof(um));
	memset(&chip, 0, sizeof(chip));
}

static u8 um_iir(void)
{
	if (chip.ier & IER_RECEIVE && chip.nr_rx)
		return IIR_RECEIVE;
	if (chip.ier & IER_TRANSMIT && chip.tx_cause)
		return IIR_TRANSMIT;
	return IIR_NONE;
}

bool um_irq_up(void)
{
	return chip.mcr & MCR_OUT2 && um_iir() != IIR_NONE;
}

bool um_ready(void)
{
	return chip.mcr & MCR_RTS;
}

static u8 um_take(void)
{
	u8 byte = chip.rx[0];

	if (!chip.nr_rx)
		return 0;
	chip.nr_rx--;
	memmove(chip.rx, chip.rx + 1, chip.nr_rx);
	memmove(chip.bad, chip.bad + 1, chip.nr_rx * sizeof(chip.bad[0]));
	return byte;
}

static u8 um_lsr(void)
{
	u8 v = chip.nr_tx ? 0 : LSR_THR_EMPTY;

	if (chip.nr_rx)
		v |= LSR_DATA | (chip.bad[0] ? 0x04 : 0);
	return v;
}

u8 um_in(u16 port)
{
	u8 cause;

	if (um.absent)
		return 0xff;
	switch (port - UM_PORT) {
	case UART_DATA:
		return chip.lcr & LCR_DIVISOR ? 1 : um_take();
	case UART_IER:
		return chip.ier;
	case UART_IIR:
		cause = um_iir();
		if (cause == IIR_TRANSMIT) /* to have read it is enough */
			chip.tx_cause = false;
		return cause | 0xc0;
	case UART_LSR:
		return um_lsr();
	case UART_SCRATCH:
		return chip.scratch;
	}
	return 0;
}

static void um_put(u8 byte)
{
	chip.tx_cause = false;
	if (chip.nr_tx == UM_FIFO)
		um.overwritten++;
	else
		chip.tx[chip.nr_tx++] = byte;
}

static void um_enable(u8 v)
{
	if (v & ~chip.ier & IER_TRANSMIT && !chip.nr_tx)
		chip.tx_cause = true;
	chip.ier = v & 0xf;
}

static void um_fifo_control(u8 v)
{
	if (v & 2)
		chip.nr_rx = 0;
	if (v & 4)
		chip.nr_tx = 0;
}

void um_out(u16 port, u8 v)
{
	switch (port - UM_PORT) {
	case UART_DATA:
		if (!(chip.lcr & LCR_DIVISOR))
			um_put(v);
		break;
	case UART_IER:
		if (!(chip.lcr & LCR_DIVISOR))
			um_enable(v);
		break;
	case UART_FCR:
		um_fifo_control(v);
		break;
	case UART_LCR:
		chip.lcr = v;
		break;
	case UART_MCR:
		chip.mcr = v;
		break;
	case UART_SCRATCH:
		chip.scratch = v;
		break;
	}
}

u32 um_transmit(u32 n)
{
	n = min(n, chip.nr_tx);
	for (u32 i = 0; i < n; i++)
		um.out[um.nr_out++ % sizeof(um.out)] = chip.tx[i];
	chip.nr_tx -= n;
	memmove(chip.tx, chip.tx + n, chip.nr_tx);
	if (n && !chip.nr_tx)
		chip.tx_cause = true;
	return n;
}

bool um_receive(u8 byte, bool bad)
{
	if (chip.nr_rx == UM_FIFO)
		return false;
	chip.bad[chip.nr_rx] = bad;
	chip.rx[chip.nr_rx++] = byte;
	return true;
}
