/* Which interrupt lines are up: the card's, if it is. */
#pragma once

#include "tests/unit/dp8390/model.h"

static inline u16 pic_requests(void)
{
	return dp_irq_up() ? 1 << DP_IRQ : 0;
}
