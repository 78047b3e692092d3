/*
 * net.ipv4.ip_local_reserved_ports: ports that the stack does not pick by itself, because a service
 * is to have them later. A list of ports and ranges, "8080,9148-9150"; who names a port gets it all
 * the same.
 */
#include "net/transport/datagram.h"

#define PORTS 65536
#define WORD_BITS 64

static u64 reserved[PORTS / WORD_BITS];
static u32 nr_reserved;

bool inet_port_reserved(u16 port)
{
	return unlikely(nr_reserved) && reserved[port / WORD_BITS] >> (port % WORD_BITS) & 1;
}

static void show(struct seq_file *s)
{
	const char *comma = "";

	for (u32 low = 0, high; low < PORTS; low = high + 1) {
		high = low;
		if (!inet_port_reserved((u16)low))
			continue;
		while (high + 1 < PORTS && inet_port_reserved((u16)(high + 1)))
			high++;
		seq_printf(s, high > low ? "%s%u-%u" : "%s%u", comma, low, high);
		comma = ",";
	}
	seq_puts(s, "\n");
}

/* A port at *@text, which is moved behind it; -1: there is none. */
static int take_port(const char **text)
{
	int n = 0;

	if (**text < '0' || **text > '9')
		return -1;
	for (; **text >= '0' && **text <= '9'; ++*text) {
		n = n * 10 + (**text - '0');
		if (n >= PORTS)
			return -1;
	}
	return n;
}

/* Marks what @text lists in @map; the number of ports, -1: it is no list. */
static int parse(const char *text, u64 *map)
{
	int count = 0;

	while (*text) {
		int low = take_port(&text), high = low;

		if (low >= 0 && *text == '-') {
			text++;
			high = take_port(&text);
		}
		if (low < 0 || high < low)
			return -1;
		for (; low <= high; low++, count++)
			map[low / WORD_BITS] |= 1ULL << (low % WORD_BITS);
		if (*text && *text++ != ',')
			return -1;
	}
	return count;
}

static int set(const char *text)
{
	u64 *map = kzalloc(sizeof(reserved));
	int n = map ? parse(text, map) : -1;

	if (n >= 0) {
		memcpy(reserved, map, sizeof(reserved));
		nr_reserved = (u32)n;
	}
	kfree(map);
	return !map ? -ENOMEM : n < 0 ? -EINVAL : 0;
}

const struct ctl_entry reserved_ports_sysctl = { .name = "net.ipv4.ip_local_reserved_ports",
						 .show = show,
						 .set = set };
