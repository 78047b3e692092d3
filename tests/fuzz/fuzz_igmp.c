/*
 * IGMP messages of any shape: the parser by itself, on a block of exactly their size.
 */
#include <stdlib.h>

#include "net/ip/igmp.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct igmp_view v;
	be32 sum = 0;
	u8 *copy = malloc(size);

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (igmp_parse(copy, (u32)size, &v) == NR_DROP_REASONS) {
		for (u32 i = 0; i < v.nsrcs; i++)
			sum ^= igmp_view_source(&v, i);
		if (v.version > 3 || (v.version == 3 && sum && !v.nsrcs))
			abort();
	}
	free(copy);
	return 0;
}
