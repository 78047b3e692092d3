/* What follows a length in place of an EtherType: IEEE 802.2 LLC, SNAP, and spanning tree in it. */
#include "dump.h"

enum { LLC_DSAP = 0, LLC_SSAP = 1, LLC_CONTROL = 2, LLC_HEADER = 3, SNAP_HEADER = 8 };
enum { SAP_IP = 0x06, SAP_STP = 0x42, SAP_SNAP = 0xaa };

#define UNNUMBERED_INFO 0x03
#define POLL_U 0x10
#define POLL_IS 0x0100
#define RESPONSE 1 /* of the source's SAP; of the destination's: a group */

static const char *sap_name(uint8_t sap)
{
	static const struct {
		uint8_t sap;
		const char *name;
	} names[] = {
		{ 0x00, "Null" },	{ 0xff, "Global" },   { 0x02, "802.1B I" },
		{ 0x03, "802.1B G" },	{ SAP_IP, "IP" },     { 0x04, "SNA" },
		{ 0x0e, "ProWay NM" },	{ SAP_STP, "STP" },   { 0x7e, "ISO8208" },
		{ 0x8e, "ProWay MPM" }, { SAP_SNAP, "SNAP" }, { 0xbc, "Banyan Vines" },
		{ 0xe0, "IPX" },	{ 0xf0, "NetBeui" },  { 0xf4, "IBMLanManager" },
		{ 0xfe, "OSI" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].sap == sap)
			return names[i].name;
	return NULL;
}

static const char *flags_name(bool response, bool poll)
{
	static const char *const names[] = { "Command", "Response", "Poll", "Final" };

	return names[poll * 2 + response];
}

static const char *command_name(uint8_t control)
{
	switch (control & ~POLL_U) {
	case 0x03:
		return "ui";
	case 0xe3:
		return "test";
	case 0xaf:
		return "xid";
	case 0x63:
		return "ua";
	case 0x43:
		return "disc";
	case 0x0f:
		return "dm";
	case 0x6f:
		return "sabme";
	case 0x87:
		return "frmr";
	}
	return "?";
}

static bool is_unnumbered(struct span s)
{
	return (s.p[LLC_CONTROL] & 3) == 3;
}

static void print_link(struct dump *d, struct span s)
{
	uint8_t dsap = s.p[LLC_DSAP] & ~1, ssap = s.p[LLC_SSAP] & ~1;
	const char *dst = sap_name(dsap), *src = sap_name(ssap);

	out(d, "LLC, dsap %s (0x%02x) %s, ssap %s (0x%02x) %s", dst ? dst : "Unknown", dsap,
	    s.p[LLC_DSAP] & 1 ? "Group" : "Individual", src ? src : "Unknown", ssap,
	    s.p[LLC_SSAP] & RESPONSE ? "Response" : "Command");
	if (is_unnumbered(s))
		out(d, ", ctrl 0x%02x: ", s.p[LLC_CONTROL]);
	else
		out(d, ", ctrl 0x%04x: ", s.p[LLC_CONTROL] | s.p[LLC_CONTROL + 1] << 8);
}

/* @ether: the addresses in front, or NULL. */
static void print_ends(struct dump *d, struct span s, const uint8_t *ether)
{
	uint8_t dsap = s.p[LLC_DSAP] & ~1, ssap = s.p[LLC_SSAP] & ~1;
	const char *dst = sap_name(dsap), *src = sap_name(ssap);
	char to[18], from[18];

	if (!ether)
		return;
	out(d, "%s ", dump_ether(ether + 6, from));
	if (ssap != dsap && src)
		out(d, "%s ", src);
	else if (ssap != dsap)
		out(d, "Unknown SSAP 0x%02x ", ssap);
	out(d, "> %s ", dump_ether(ether, to));
	if (dst)
		out(d, "%s ", dst);
	else
		out(d, "Unknown DSAP 0x%02x ", dsap);
}

/* ---- spanning tree (IEEE 802.1D) ---- */

static void print_stp(struct dump *d, struct span s)
{
	char mac[18];

	if (!span_has(s, 0, 4)) {
		out_truncated(d, "stp");
		return;
	}
	if (get16(s, 0) || s.p[2] || s.p[3]) {
		out(d, "STP version %u, type 0x%02x, length %u", s.p[2], s.p[3], s.len);
		return;
	}
	if (!span_has(s, 0, 35)) {
		out_truncated(d, "stp");
		return;
	}
	out(d, "STP 802.1d, Config, Flags [%s%s%s], ", s.p[4] & 1 ? "Topology change" : "",
	    (s.p[4] & 0x81) == 0x81 ? ", " : "",
	    s.p[4] & 0x80 ? "Topology change ACK" :
	    s.p[4] & 1	  ? "" :
			    "none");
	out(d, "bridge-id %04x.%s.%04x, length %u", get16(s, 17), dump_ether(s.p + 19, mac),
	    get16(s, 25), s.len);
}

/* ---- the rest ---- */

static bool print_snap(struct dump *d, struct span s)
{
	if (!span_has(s, 0, SNAP_HEADER)) {
		out_truncated(d, "snap");
		return true;
	}
	if (get24(s, 3))
		return false;
	if (d->o->ether)
		out(d, "oui Ethernet (0x000000), ethertype %s (0x%04x), length %u: ",
		    ethertype_name(get16(s, 6)), get16(s, 6), s.len - SNAP_HEADER);
	return print_ethertype(d, get16(s, 6), span_from(s, SNAP_HEADER));
}

/* What is inside, if it is known here. */
static bool print_inner(struct dump *d, struct span s)
{
	uint32_t saps = get16(s, 0);

	if (s.p[LLC_CONTROL] != UNNUMBERED_INFO)
		return false;
	if (saps == (SAP_STP << 8 | SAP_STP))
		print_stp(d, span_from(s, LLC_HEADER));
	else if (saps == (SAP_IP << 8 | SAP_IP))
		print_ip(d, span_from(s, LLC_HEADER));
	else
		return saps == (SAP_SNAP << 8 | SAP_SNAP) && print_snap(d, s);
	return true;
}

/* False: it carries what is to be shown as bytes. */
static bool print_control(struct dump *d, struct span s)
{
	static const char *const supervisory[] = { "Receiver Ready", "Receiver not Ready", "Reject",
						   "?" };
	bool response = s.p[LLC_SSAP] & RESPONSE;
	uint32_t control = s.p[LLC_CONTROL];

	if (is_unnumbered(s)) {
		out(d, "Unnumbered, %s, Flags [%s], length %u", command_name((uint8_t)control),
		    flags_name(response, control & POLL_U), s.len);
		return false;
	}
	control |= (uint32_t)s.p[LLC_CONTROL + 1] << 8;
	if ((control & 3) == 1)
		out(d, "Supervisory, %s, rcv seq %u, Flags [%s], length %u",
		    supervisory[control >> 2 & 3], control >> 9,
		    flags_name(response, control & POLL_IS), s.len);
	else
		out(d, "Information, send seq %u, rcv seq %u, Flags [%s], length %u",
		    control >> 1 & 0x7f, control >> 9, flags_name(response, control & POLL_IS),
		    s.len);
	return (control & 3) == 1;
}

bool print_llc(struct dump *d, struct span s, const uint8_t *ether)
{
	if (!span_has(s, 0, 3) || (!is_unnumbered(s) && !span_has(s, 0, 4))) {
		out_truncated(d, "llc");
		return false;
	}
	if (d->o->ether)
		print_link(d, s);
	if (print_inner(d, s))
		return true;
	if (!d->o->ether)
		print_ends(d, s, ether);
	return print_control(d, s);
}
