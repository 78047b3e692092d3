/* What a segment says, as a number; see segment.h. */
#include "tests/relay/segment.h"

#include <stdbool.h>
#include <stddef.h>

#define AT_ETHERTYPE 12
#define AT_IP 14
#define IP_MIN 20
#define TCP_MIN 20
#define SYN 0x02
#define ACK 0x10

enum says { NEW_DATA, NEW_ACK, NOTHING_NEW, NO_SEGMENT };

struct segment {
	uint32_t ports, seq, ack, len;
	uint8_t flags;
};

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

/* False: not a whole segment in a plain IPv4 packet. */
static bool segment_read(const struct frame *f, struct segment *s)
{
	const uint8_t *ip = f->data + AT_IP, *th = ip + IP_MIN;
	uint32_t total, header;

	if (f->len < AT_IP + IP_MIN + TCP_MIN || get16(f->data + AT_ETHERTYPE) != 0x0800 ||
	    ip[0] != 0x45 || ip[9] != 6)
		return false;
	total = get16(ip + 2);
	header = IP_MIN + (th[12] >> 4) * 4u;
	if (total > f->len - AT_IP || header > total)
		return false;
	*s = (struct segment){ get32(th), get32(th + 4), get32(th + 8), total - header, th[13] };
	return true;
}

static struct segment_flow *find_flow(struct segments *s, uint32_t ports)
{
	for (uint32_t i = 0; i < s->nr; i++)
		if (s->flow[i].ports == ports)
			return &s->flow[i];
	return NULL;
}

/* A SYN begins one, from where the segment's own bytes are counted. */
static struct segment_flow *flow_of(struct segments *s, const struct segment *seg)
{
	struct segment_flow *flow = find_flow(s, seg->ports);

	if (flow || !(seg->flags & SYN) || s->nr == SEGMENT_FLOWS)
		return flow;
	flow = &s->flow[s->nr++];
	*flow = (struct segment_flow){ .ports = seg->ports, .isn = seg->seq, .seq = seg->seq + 1 };
	return flow;
}

static enum says flow_says(struct segment_flow *flow, const struct segment *seg)
{
	enum says says = NOTHING_NEW;

	if (!(seg->flags & ACK))
		return says;
	if (!flow->first_ack)
		flow->first_ack = flow->ack = seg->ack;
	if ((int32_t)(seg->ack - flow->ack) > 0) {
		flow->ack = seg->ack;
		says = NEW_ACK;
	}
	if (seg->len && (int32_t)(seg->seq - flow->seq) >= 0) {
		flow->seq = seg->seq + seg->len;
		says = NEW_DATA;
	}
	return says;
}

/* In 60 bits, for the dice multiply it by 16: the connection, the kind, and 32 bits of place. */
static uint64_t number(uint64_t flow, enum says says, uint64_t place)
{
	return flow << 36 | (uint64_t)says << 34 | (place & 0x3ffffffff);
}

uint64_t segment_number(struct segments *s, const struct frame *f)
{
	struct segment seg;
	struct segment_flow *flow = segment_read(f, &seg) ? flow_of(s, &seg) : NULL;
	uint64_t index;

	if (!flow)
		return number(0, NO_SEGMENT, s->others++);
	index = (uint64_t)(flow - s->flow);
	switch (flow_says(flow, &seg)) {
	case NEW_DATA:
		return number(index, NEW_DATA, seg.seq - flow->isn);
	case NEW_ACK:
		return number(index, NEW_ACK, seg.ack - flow->first_ack);
	default:
		return number(index, NOTHING_NEW, flow->again++);
	}
}
