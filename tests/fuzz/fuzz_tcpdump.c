/*
 * Fuzz target: tcpdump's filter compiler and its printers. Any text gives one line of error or a
 * program that is sound, whose optimized form decides as the plain one does on packets that are
 * there in full. Any packet becomes a line.
 */
#include <stdlib.h>
#include <string.h>

#include "apps/tcpdump/dump.h"
#include "apps/tcpdump/filter.h"

#define TEXT_MAX 400

static void check(bool ok)
{
	if (!ok)
		__builtin_trap();
}

/* Compiles @text both ways. */
static void fuzz_filter(const char *text, uint8_t link, const uint8_t *p, size_t len)
{
	static const enum filter_link links[] = { LINK_ETHERNET, LINK_RAW, LINK_SLL2 };
	struct filter_env env = { .link = links[link % 3],
				  .netmask = 0xffffff00,
				  .snaplen = 262144 };
	struct filter_program plain, optimized;
	char error[FILTER_ERROR_SIZE];

	if (!filter_compile(text, &env, &plain, error)) {
		check(*error && !strchr(error, '\n'));
		return;
	}
	env.optimize = true;
	check(filter_valid(&plain));
	if (filter_compile(text, &env, &optimized, error)) {
		check(filter_valid(&optimized));
		/* The optimizer may only take out loads that would have failed. */
		if (filter_run(&plain, p, (uint32_t)len, (uint32_t)len))
			check(filter_run(&optimized, p, (uint32_t)len, (uint32_t)len));
		for (unsigned int i = 0; i < optimized.len; i++) {
			char line[FILTER_LINE_SIZE];

			filter_line(&optimized, i, line);
		}
		filter_free(&optimized);
	}
	filter_free(&plain);
}

static void fuzz_packet(const uint8_t *data, size_t len, uint8_t flags, uint8_t link)
{
	static const int links[] = { LINK_ETHERNET, LINK_RAW, LINK_SLL2 };
	static struct dump_flow flows[DUMP_FLOWS];
	static char text[512 * 1024];
	struct dump_options o = {
		.verbose = flags & 3,
		.time = 1,
		.ether = flags >> 2 & 1,
		.quick = (flags & 0x18) == 0x18,
		.text_hex = flags >> 5 & 3,
	};
	struct dump d = { .o = &o, .text = text, .size = sizeof(text), .flows = flows };

	dump_packet(&d, links[link % 3], 0, data, (uint32_t)len,
		    (uint32_t)len + (flags & 0x80 ? link : 0));
	check(strnlen(text, sizeof(text)) < sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX];
	uint8_t *copy;
	size_t n;

	if (size < 3)
		return 0;
	copy = malloc(size - 2);
	check(copy != NULL);
	memcpy(copy, data + 2, size - 2);
	if (data[0] & 1) {
		n = size - 2 < TEXT_MAX - 1 ? size - 2 : TEXT_MAX - 1;
		memcpy(text, copy, n);
		text[n] = '\0';
		fuzz_filter(text, data[1], copy, size - 2);
	} else {
		fuzz_packet(copy, size - 2, data[0], data[1]);
	}
	free(copy);
	return 0;
}
