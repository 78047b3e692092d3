/* free: memory in KiB (-b bytes, -m MiB, -g GiB, -h with units). "Pool" is what is set aside for
 * packets: it counts as used. */
#include <stdio.h>
#include <unistd.h>

#include "lib/memory.h"
#include "lib/netdev.h"
#include "lib/util.h"

static void print_cell(uint64_t bytes, int unit)
{
	char text[24];

	if (unit == 'h')
		printf(" %11s", netdev_bytes_text(bytes, text));
	else
		printf(" %11llu", (unsigned long long)(unit == 'b' ? bytes :
						       unit == 'm' ? bytes >> 20 :
						       unit == 'g' ? bytes >> 30 :
								     bytes >> 10));
}

static void print_row(const char *name, const uint64_t *cells, int n, int unit)
{
	printf("%-7s", name);
	for (int i = 0; i < n; i++)
		print_cell(cells[i], unit);
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct memory_info m;
	int c, unit = 'k';

	while ((c = getopt(argc, argv, ":bkmgh")) != -1) {
		if (c == '?' || c == ':')
			return app_badopt(argv, c);
		unit = c;
	}
	if (app_surplus(argc, argv))
		return 2;
	if (memory_read(&m) < 0)
		return app_perror(argv[0], "sysinfo");
	printf("%7s %11s %11s %11s %11s %11s %11s\n", "", "total", "used", "free", "shared",
	       "buff/cache", "available");
	print_row("Mem:", (uint64_t[]){ m.total, m.used, m.free, 0, m.slab, m.free }, 6, unit);
	print_row("Pool:", (uint64_t[]){ m.pool_total, m.pool_total - m.pool_free, m.pool_free }, 3,
		  unit);
	return 0;
}
