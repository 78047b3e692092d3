/* Writing pcap files: a header, then each frame with its time and lengths. */
#include "tests/relay/pcap.h"

#include <err.h>
#include <time.h>

#define MAGIC_NS 0xa1b23c4d
#define LINKTYPE_ETHERNET 1

FILE *pcap_open(const char *path)
{
	const uint32_t head[6] = { MAGIC_NS, 2 | 4 << 16, 0, 0, FRAME_MAX, LINKTYPE_ETHERNET };
	FILE *f = fopen(path, "w");

	if (!f || fwrite(head, sizeof(head), 1, f) != 1)
		err(1, "%s", path);
	return f;
}

void pcap_write(FILE *pcap, const struct frame *f)
{
	struct timespec now;
	uint32_t head[4];

	if (!pcap)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	head[0] = (uint32_t)now.tv_sec;
	head[1] = (uint32_t)now.tv_nsec;
	head[2] = head[3] = f->len;
	fwrite(head, sizeof(head), 1, pcap);
	fwrite(f->data, f->len, 1, pcap);
}
