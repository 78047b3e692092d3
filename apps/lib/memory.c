/*
 * Memory: sysinfo() and the packet pool's own count.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "memory.h"
#include "util.h"

/* /proc/net/skb_pool: "buffers TOTAL FREE LOWEST" and "bufsize BYTES". */
static void read_pool(struct memory_info *m)
{
	char *text = text_read("/proc/net/skb_pool"), *cursor = text, *line, *f[4];
	uint64_t total = 0, free_bufs = 0, size = 0;

	while ((line = text_line(&cursor))) {
		int n = text_fields(line, f, 4);

		if (n >= 3 && !strcmp(f[0], "buffers")) {
			total = strtoull(f[1], NULL, 10);
			free_bufs = strtoull(f[2], NULL, 10);
		} else if (n >= 2 && !strcmp(f[0], "bufsize")) {
			size = strtoull(f[1], NULL, 10);
		}
	}
	m->pool_total = total * size;
	m->pool_free = free_bufs * size;
	free(text);
}

int memory_read(struct memory_info *m)
{
	struct sysinfo info;

	memset(m, 0, sizeof(*m));
	if (sysinfo(&info) < 0)
		return -1;
	m->total = info.totalram;
	m->free = info.freeram;
	m->used = info.totalram - info.freeram;
	m->slab = info.slabram;
	read_pool(m);
	return 0;
}
