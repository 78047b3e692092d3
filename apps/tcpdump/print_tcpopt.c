/* TCP's options, read by one bounded loop. */
#include "dump.h"

static const char *option_name(uint8_t kind)
{
	switch (kind) {
	case 0:
		return "eol";
	case 1:
		return "nop";
	case 2:
		return "mss";
	case 3:
		return "wscale";
	case 4:
		return "sackOK";
	case 5:
		return "sack";
	case 6:
		return "echo";
	case 7:
		return "echoreply";
	case 8:
		return "TS";
	case 11:
		return "cc";
	case 12:
		return "ccnew";
	case 13:
		return "ccecho";
	case 19:
		return "md5";
	case 28:
		return "uto";
	case 29:
		return "tcp-ao";
	case 30:
		return "mptcp";
	case 34:
		return "tfo";
	case 254:
		return "exp";
	}
	return NULL;
}

static void print_hex(struct dump *d, struct span s)
{
	out(d, " 0x");
	for (uint32_t i = 0; i < s.cap; i++)
		out(d, "%02x", s.p[i]);
}

static void print_sack(struct dump *d, struct span o, uint32_t base)
{
	if ((o.cap - 2) % 8) {
		out(d, " invalid sack");
		return;
	}
	out(d, " %u ", (o.cap - 2) / 8);
	for (uint32_t at = 2; span_has(o, at, 8); at += 8)
		out(d, "{%u:%u}", get32(o, at) - base, get32(o, at + 4) - base);
}

static void print_fast_open(struct dump *d, struct span cookie)
{
	out(d, cookie.cap ? " cookie " : " cookiereq");
	for (uint32_t i = 0; i < cookie.cap; i++)
		out(d, "%02x", cookie.p[i]);
}

static void print_experiment(struct dump *d, struct span o)
{
	if (o.cap < 4)
		return;
	if (get16(o, 2) == 0xf989) {
		out(d, "-tfo");
		print_fast_open(d, span_from(o, 4));
	} else {
		out(d, "-%04x", get16(o, 2));
	}
}

static void print_md5(struct dump *d, struct span o)
{
	out(d, " shared secret not supplied with -M, can't check - ");
	for (uint32_t i = 2; i < 18; i++)
		out(d, "%02x", o.p[i]);
}

/* How long an option of @kind is; 0: as long as it says. */
static uint32_t right_length(uint8_t kind)
{
	switch (kind) {
	case 2:
	case 28:
		return 4;
	case 3:
		return 3;
	case 4:
		return 2;
	case 6:
	case 7:
	case 11:
	case 12:
	case 13:
		return 6;
	case 8:
		return 10;
	case 19:
		return 18;
	}
	return 0;
}

static void print_option(struct dump *d, struct span o, uint32_t base)
{
	switch (o.p[0]) {
	case 2:
		out(d, " %u", get16(o, 2));
		break;
	case 3:
		out(d, " %u", o.p[2]);
		break;
	case 4:
		break;
	case 5:
		print_sack(d, o, base);
		break;
	case 6:
	case 7:
	case 11:
	case 12:
	case 13:
		out(d, " %u", get32(o, 2));
		break;
	case 8:
		out(d, " val %u ecr %u", get32(o, 2), get32(o, 6));
		break;
	case 19:
		print_md5(d, o);
		break;
	case 28:
		out(d, " 0x%x %u", get16(o, 2), get16(o, 2) >> 1);
		break;
	case 34:
		out(d, " ");
		print_fast_open(d, span_from(o, 2));
		break;
	case 254:
		print_experiment(d, o);
		break;
	default:
		if (o.cap > 2)
			print_hex(d, span_from(o, 2));
	}
}

/* One option at the start of @s: how many bytes it takes, 0: it is broken. */
static uint32_t next_option(struct dump *d, struct span s, uint32_t base)
{
	const char *name = option_name(s.p[0]);
	uint32_t len = s.cap > 1 ? s.p[1] : 0, right = right_length(s.p[0]);

	if (s.p[0] > 1 && (len < 2 || len > s.cap)) {
		out(d, "[bad opt]");
		return 0;
	}
	if (name)
		out(d, "%s", name);
	else
		out(d, "unknown-%u", s.p[0]);
	if (s.p[0] <= 1)
		return 1;
	if (right > s.cap) {
		out(d, "[bad opt]");
		return 0;
	}
	print_option(d, span_first(s, right ? right : len), base);
	if (right && right != len)
		out(d, "[len %u]", len);
	return right ? right : len;
}

bool print_tcp_options(struct dump *d, struct span s, uint32_t base)
{
	uint32_t len;

	out(d, ", options [");
	for (uint32_t at = 0; at < s.cap; at += len) {
		out(d, "%s", at ? "," : "");
		len = next_option(d, span_from(s, at), base);
		if (!len)
			return false;
		if (!s.p[at])
			break;
	}
	if (s.cap < s.len) {
		out_truncated(d, "tcp");
		return false;
	}
	out(d, "]");
	return true;
}
