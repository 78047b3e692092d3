/*
 * The serial console (arch_console_write and arch_console_init of kernel/arch.h): COM1, 115200 8N1.
 */
#pragma once

/* Finds the UART and sets it up for output. Without one, output goes nowhere. Boot. */
void uart_init(void);
