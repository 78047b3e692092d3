/*
 * Registers of the 16550A (National PC16550D data sheet, §8).
 */
#pragma once

/* Registers, from the first port on. */
enum { UART_DATA, UART_IER, UART_FCR, UART_LCR, UART_MCR, UART_LSR, UART_MSR, UART_SCRATCH };
#define UART_IIR UART_FCR /* when read */

#define IER_RECEIVE 0x01
#define IER_TRANSMIT 0x02
#define IIR_NONE 0x01
#define IIR_WHAT 0x0e
#define IIR_TRANSMIT 0x02
#define FCR_ENABLE_AND_CLEAR 0x07
#define FCR_ENABLE_AND_CLEAR_INPUT 0x03
#define FCR_TRIGGER_8 0x80 /* interrupt at 8 bytes, or when no more come */
#define LCR_8N1 0x03
#define LCR_DIVISOR 0x80
#define MCR_OUT2 0x08
#define MCR_DTR_OUT2 0x09 /* OUT2 lets the interrupt out of the chip */
#define MCR_RTS 0x02
#define LSR_DATA 0x01
#define LSR_BAD_BYTE 0x1c /* parity, framing or break */
#define LSR_THR_EMPTY 0x20

#define UART_FIFO 16 /* bytes, either way */
