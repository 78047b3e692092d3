/* Ports, for a driver under test: those of the chip that model.c is. */
#pragma once

#include "tests/unit/uart16550/model.h"

static inline u8 inb(u16 port)
{
	return um_in(port);
}

static inline void outb(u16 port, u8 v)
{
	um_out(port, v);
}
