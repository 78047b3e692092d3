/* ARP and RARP (RFC 826, 903, 2390) over Ethernet and IPv4. */
#include "dump.h"

enum {
	ARP_HARDWARE = 0,
	ARP_PROTOCOL = 2,
	ARP_HARDWARE_LEN = 4,
	ARP_PROTOCOL_LEN = 5,
	ARP_OPERATION = 6,
	ARP_SENDER_HARDWARE = 8,
};

struct arp_view {
	uint32_t operation, hardware, protocol;
	const uint8_t *sender_ether, *target_ether;
	uint32_t sender, target;
	bool sender_none, target_none; /* Ethernet address of zeroes */
};

static bool all_zero(const uint8_t *p, int n)
{
	while (n-- > 0)
		if (*p++)
			return false;
	return true;
}

/* Only for lengths of 6 and 4. */
static bool arp_parse(struct span s, struct arp_view *v)
{
	if (!span_has(s, ARP_SENDER_HARDWARE, 20))
		return false;
	v->sender_ether = s.p + ARP_SENDER_HARDWARE;
	v->sender = get32(s, ARP_SENDER_HARDWARE + 6);
	v->target_ether = s.p + ARP_SENDER_HARDWARE + 10;
	v->target = get32(s, ARP_SENDER_HARDWARE + 16);
	v->target_none = all_zero(v->target_ether, 6);
	return true;
}

static void print_operation(struct dump *d, const struct arp_view *v)
{
	char a[64], b[64], e[18], f[18];

	dump_host(d, v->target, a);
	dump_host(d, v->sender, b);
	dump_ether(v->target_ether, e);
	dump_ether(v->sender_ether, f);
	switch (v->operation) {
	case 1:
		out(d, "Request who-has %s", a);
		if (!v->target_none)
			out(d, " (%s)", e);
		out(d, " tell %s", b);
		break;
	case 2:
		out(d, "Reply %s is-at %s", b, f);
		break;
	case 3:
		out(d, "Reverse Request who-is %s tell %s", e, f);
		break;
	case 4:
		out(d, "Reverse Reply %s at %s", e, a);
		break;
	case 8:
		out(d, "Inverse Request who-is %s tell %s", e, f);
		break;
	case 9:
		out(d, "Inverse Reply %s at %s", f, b);
		break;
	default:
		out(d, "Unknown (%u) ", v->operation);
	}
}

static const char *hardware_name(uint32_t hardware)
{
	return hardware == 1 ? "Ethernet" : hardware == 6 ? "TokenRing" : "Unknown Hardware";
}

void print_arp(struct dump *d, struct span s)
{
	struct arp_view v = { 0 };
	bool plain;

	if (!span_has(s, 0, 8)) {
		out(d, "ARP,");
		out_truncated(d, "arp");
		return;
	}
	v.hardware = get16(s, ARP_HARDWARE);
	v.protocol = get16(s, ARP_PROTOCOL);
	v.operation = get16(s, ARP_OPERATION);
	plain = v.protocol == 0x0800 && s.p[ARP_PROTOCOL_LEN] == 4 && s.p[ARP_HARDWARE_LEN] == 6;
	if (!d->o->ether)
		out(d, "ARP, ");
	if (!plain || v.hardware != 1 || d->o->verbose)
		out(d, "%s (len %u), %s (len %u), ", hardware_name(v.hardware),
		    s.p[ARP_HARDWARE_LEN], v.protocol == 0x0800 ? "IPv4" : "Unknown Protocol",
		    s.p[ARP_PROTOCOL_LEN]);
	if (!plain)
		out(d, "operation %u", v.operation);
	else if (!arp_parse(s, &v))
		out_truncated(d, "arp");
	else
		print_operation(d, &v);
	if (plain && !(v.operation <= 4 && v.operation) && v.operation != 8 && v.operation != 9)
		dump_hex(d, s.p, s.cap, true);
	else
		out(d, ", length %u", s.len);
}
