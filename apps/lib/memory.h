/* Memory as free and top show it, in bytes. */
#pragma once

#include <stdint.h>

struct memory_info {
	uint64_t total, used, free, slab;
	uint64_t pool_total, pool_free; /* packet buffers, within used */
};
/* 0, or -1 with errno. */
int memory_read(struct memory_info *m);
