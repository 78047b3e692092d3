/* The command line of iperf3. */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iperf.h"
#include "../lib/util.h"

bool iperf_number(const char *s, uint64_t k, uint64_t *out)
{
	uint64_t n = 0, part = 0, unit = 1, mult = 1;

	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++)
		if (n < UINT64_MAX / 100)
			n = n * 10 + (uint64_t)(*s - '0');
	if (*s == '.')
		for (s++; isdigit((unsigned char)*s) && unit < 1000000; s++, unit *= 10)
			part = part * 10 + (uint64_t)(*s - '0');
	switch (*s | 0x20) {
	case 't':
		mult *= k; /* fall through */
	case 'g':
		mult *= k; /* fall through */
	case 'm':
		mult *= k; /* fall through */
	case 'k':
		mult *= k;
		s++;
	}
	*out = n * mult + part * mult / unit;
	return *s == '\0' && n < (1ULL << 62) / mult;
}

static const struct option long_options[] = {
	{ "server", no_argument, NULL, 's' },
	{ "client", required_argument, NULL, 'c' },
	{ "port", required_argument, NULL, 'p' },
	{ "udp", no_argument, NULL, 'u' },
	{ "time", required_argument, NULL, 't' },
	{ "bytes", required_argument, NULL, 'n' },
	{ "blockcount", required_argument, NULL, 'k' },
	{ "length", required_argument, NULL, 'l' },
	{ "parallel", required_argument, NULL, 'P' },
	{ "reverse", no_argument, NULL, 'R' },
	{ "bidir", no_argument, NULL, 'B' + 256 },
	{ "bandwidth", required_argument, NULL, 'b' },
	{ "bitrate", required_argument, NULL, 'b' },
	{ "interval", required_argument, NULL, 'i' },
	{ "omit", required_argument, NULL, 'O' },
	{ "window", required_argument, NULL, 'w' },
	{ "set-mss", required_argument, NULL, 'M' },
	{ "no-delay", no_argument, NULL, 'N' },
	{ "tos", required_argument, NULL, 'S' },
	{ "congestion", required_argument, NULL, 'C' },
	{ "json", no_argument, NULL, 'J' },
	{ "format", required_argument, NULL, 'f' },
	{ "bind", required_argument, NULL, 'B' },
	{ "one-off", no_argument, NULL, '1' },
	{ "udp-counters-64bit", no_argument, NULL, '6' + 256 },
	{ "verbose", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static bool take_flag(struct iperf *t, int c)
{
	switch (c) {
	case 's':
		return t->server = true;
	case 'u':
		return t->udp = true;
	case 'R':
		return t->reverse = true;
	case 'B' + 256:
		return t->bidir = true;
	case 'N':
		return t->nodelay = true;
	case 'J':
		return t->json = true;
	case '1':
		return t->one_off = true;
	case '6' + 256:
		return t->udp64 = true;
	case 'V':
		return t->verbose = true;
	default:
		return false;
	}
}

static bool take_amount(const char *name, const char *s, uint64_t k, uint64_t max, uint64_t *out)
{
	if (iperf_number(s, k, out) && *out <= max)
		return true;
	app_error("iperf3", "bad %s '%s'", name, s);
	return false;
}

static bool take_int(const char *name, const char *s, long min, long max, int *out)
{
	long n;

	if (!app_number_or_say("iperf3", name, s, min, max, &n))
		return false;
	*out = (int)n;
	return true;
}

static bool take_time(const char *name, const char *s, int64_t max_s, int64_t *out)
{
	if (app_seconds(s, out) && *out <= max_s * NSEC_PER_SEC)
		return true;
	app_error("iperf3", "bad %s '%s'", name, s);
	return false;
}

static bool take_size(struct iperf *t, int c, const char *s)
{
	uint64_t n;

	if (!take_amount(c == 'l' ? "length" : "window", s, 1024,
			 c == 'l' ? IPERF_MAX_LEN : 1 << 30, &n))
		return false;
	*(c == 'l' ? &t->len : &t->window) = (int)n;
	return true;
}

static bool take_value(struct iperf *t, int c, char *s)
{
	switch (c) {
	case 'c':
		t->host = s;
		return true;
	case 'B':
		t->bind_addr = s;
		return true;
	case 'C':
		t->congestion = s;
		return true;
	case 'p':
		return take_int("port", s, 1, 65535, &t->port);
	case 'P':
		return take_int("number of streams", s, 1, IPERF_MAX_STREAMS, &t->nstreams_wanted);
	case 'M':
		return take_int("MSS", s, 88, 65495, &t->mss);
	case 'S':
		return take_int("TOS", s, 0, 255, &t->tos);
	case 't':
		return take_time("time", s, 86400, &t->duration_ns);
	case 'O':
		return take_time("time to omit", s, 600, &t->omit_ns);
	case 'i':
		return take_time("interval", s, 3600, &t->interval_ns);
	case 'n':
		return take_amount("number of bytes", s, 1024, UINT64_MAX, &t->num_bytes);
	case 'k':
		return take_amount("number of blocks", s, 1024, UINT64_MAX, &t->num_blocks);
	case 'b':
		return take_amount("bit rate", s, 1000, UINT64_MAX, &t->rate);
	case 'f':
		t->format = s[0];
		if (strchr("kmgtKMGT", s[0]) && s[0] && !s[1])
			return true;
		app_error("iperf3", "bad format '%s'", s);
		return false;
	default:
		return take_size(t, c, s);
	}
}

static int check(struct iperf *t)
{
	if (t->server == (t->host != NULL))
		return 1 + app_error("iperf3", "either -s or -c HOST");
	if (t->reverse && t->bidir)
		return 1 + app_error("iperf3", "-R or --bidir, not both");
	if (t->bidir && t->nstreams_wanted > IPERF_MAX_STREAMS / 2)
		return 1 +
		       app_error("iperf3", "at most %d streams each way", IPERF_MAX_STREAMS / 2);
	if (!t->len)
		t->len = t->udp ? IPERF_UDP_LEN : IPERF_TCP_LEN;
	if (t->udp && (t->len < 16 || t->len > 65507))
		return 1 + app_error("iperf3", "a datagram has 16 to 65507 bytes");
	return 0;
}

int iperf_options(struct iperf *t, int argc, char **argv)
{
	bool rate_given = false;
	int c;

	while ((c = getopt_long(argc, argv, ":sc:p:ut:n:k:l:P:Rb:i:O:w:M:NS:C:Jf:B:1V",
				long_options, NULL)) != -1) {
		if (c == '?' || c == ':')
			return 1 + app_badopt(argv, c);
		rate_given |= c == 'b';
		if (!take_flag(t, c) && !take_value(t, c, optarg))
			return 1 + 2;
	}
	if (app_surplus(argc, argv))
		return 1 + 2;
	if (t->udp && !rate_given)
		t->rate = IPERF_UDP_RATE;
	return check(t);
}
