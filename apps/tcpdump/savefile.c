/*
 * The pcap file format: a header, then each packet with its time and lengths. Files of either byte
 * order, with times in micro- or nanoseconds, are read; written is the machine's own order with
 * microseconds, which everything reads.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "tcpdump.h"

#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO 0xa1b23c4du
#define NSEC 1000000000ull

struct savefile {
	FILE *f;
	const char *path;
	bool swapped, nano;
	int link;
	uint32_t snaplen;
	uint8_t packet[PACKET_ROOM];
};

static uint32_t field(const struct savefile *f, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return f->swapped ? __builtin_bswap32(v) : v;
}

static bool read_header(struct savefile *f)
{
	uint8_t h[PCAP_HEADER];
	uint32_t magic;

	if (fread(h, 1, sizeof(h), f->f) != sizeof(h)) {
		app_error("tcpdump", "%s: truncated dump file", f->path);
		return false;
	}
	memcpy(&magic, h, 4);
	f->swapped =
		magic == __builtin_bswap32(MAGIC_MICRO) || magic == __builtin_bswap32(MAGIC_NANO);
	magic = field(f, h);
	if (magic != MAGIC_MICRO && magic != MAGIC_NANO) {
		app_error("tcpdump", "%s: unknown file format", f->path);
		return false;
	}
	f->nano = magic == MAGIC_NANO;
	f->snaplen = field(f, h + 16);
	f->link = (int)(field(f, h + 20) & 0xffff);
	if (link_name(f->link))
		return true;
	app_error("tcpdump", "%s: link type %d is not known", f->path, f->link);
	return false;
}

struct savefile *savefile_open(const char *path)
{
	struct savefile *f = calloc(1, sizeof(*f));

	if (!f) {
		app_perror("tcpdump", path);
		return NULL;
	}
	f->path = path;
	f->f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	if (!f->f)
		app_perror("tcpdump", path);
	else if (read_header(f))
		return f;
	savefile_close(f);
	return NULL;
}

int savefile_link(const struct savefile *f)
{
	return f->link;
}

uint32_t savefile_snaplen(const struct savefile *f)
{
	return f->snaplen;
}

int savefile_next(struct savefile *f, struct packet *packet)
{
	uint8_t h[PCAP_RECORD];
	size_t n = fread(h, 1, sizeof(h), f->f);

	if (!n)
		return 0;
	*packet = (struct packet){ .p = f->packet };
	if (n == sizeof(h)) {
		packet->ns = field(f, h) * NSEC + field(f, h + 4) * (f->nano ? 1ull : 1000ull);
		packet->caplen = field(f, h + 8);
		packet->len = field(f, h + 12);
	}
	if (packet->caplen > sizeof(f->packet)) {
		app_error("tcpdump", "%s: invalid packet capture length %u", f->path,
			  packet->caplen);
		return -1;
	}
	if (n < sizeof(h) || fread(f->packet, 1, packet->caplen, f->f) != packet->caplen) {
		app_error("tcpdump", "pcap_loop: truncated dump file");
		return -1;
	}
	return 1;
}

void savefile_close(struct savefile *f)
{
	if (f->f && f->f != stdin)
		fclose(f->f);
	free(f);
}

static void put(uint8_t *out, uint32_t v)
{
	memcpy(out, &v, 4);
}

void pcap_header(uint8_t out[PCAP_HEADER], int link, uint32_t snaplen)
{
	memset(out, 0, PCAP_HEADER);
	put(out, MAGIC_MICRO);
	put(out + 4, 4 << 16 | 2); /* version 2.4 */
	put(out + 16, snaplen);
	put(out + 20, (uint32_t)link);
}

void pcap_record(uint8_t out[PCAP_RECORD], const struct packet *packet)
{
	put(out, (uint32_t)(packet->ns / NSEC));
	put(out + 4, (uint32_t)(packet->ns % NSEC / 1000));
	put(out + 8, packet->caplen);
	put(out + 12, packet->len);
}
