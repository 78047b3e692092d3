/*
 * What ping prints, in the words of iputils.
 */
#include <errno.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "ping.h"

static void print_source(const struct ping *p)
{
	char text[INET_ADDRSTRLEN];
	in_addr_t addr;
	bool by_address = inaddr_parse(p->source, &addr);

	printf("from %s %s: ", inaddr_str(p->from.sin_addr.s_addr, text),
	       by_address ? "" : p->source);
}

static void print_pattern(const struct ping *p)
{
	printf("PATTERN: 0x");
	for (int i = 0; i < p->pattern_len; i++)
		printf("%02x", p->pattern[i]);
	putchar('\n');
}

void ping_print_header(const struct ping *p)
{
	char text[INET_ADDRSTRLEN];

	if (p->pattern_len)
		print_pattern(p);
	printf("PING %s (%s) ", p->host, inaddr_str(p->to.sin_addr.s_addr, text));
	if (p->source)
		print_source(p);
	printf("%ld(%ld) bytes of data.\n", p->size, p->size + PING_HEADER + p->option_len + 20);
}

static void print_from(const struct ping *p, in_addr_t addr)
{
	char text[INET_ADDRSTRLEN];

	inaddr_str(addr, text);
	if (p->by_name && !p->numeric && addr == p->to.sin_addr.s_addr)
		printf("%s (%s)", p->host, text);
	else
		printf("%s", text);
}

/* Three digits count. */
static void print_time(int64_t ns)
{
	long us = (ns + 500) / 1000;

	if (us >= 100000)
		printf(" time=%ld ms", us / 1000);
	else if (us >= 10000)
		printf(" time=%ld.%01ld ms", us / 1000, us % 1000 / 100);
	else if (us >= 1000)
		printf(" time=%ld.%02ld ms", us / 1000, us % 1000 / 10);
	else
		printf(" time=%ld.%03ld ms", us / 1000, us % 1000);
}

static void print_difference(const struct ping *p, const struct ping_event *e)
{
	long at = ping_compare(p, e->icmp, e->len);

	if (at < 0)
		return;
	printf("\nwrong data byte #%ld should be 0x%x but was 0x%x", at, p->out[PING_HEADER + at],
	       e->icmp[PING_HEADER + at]);
}

/* -D: the time of day. */
static void print_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	printf("[%ld.%06ld] ", (long)ts.tv_sec, ts.tv_nsec / 1000);
}

void ping_print_reply(struct ping *p, const struct ping_event *e, int64_t rtt, bool duplicate)
{
	if (p->quiet)
		return;
	if (p->flood) {
		fputs("\b \b", stdout);
		return;
	}
	if (p->clock)
		print_clock();
	printf("%zu bytes from ", e->len);
	print_from(p, e->from.sin_addr.s_addr);
	printf(": icmp_seq=%u", ping_seq(e->icmp));
	if (p->verbose)
		printf(" ident=%d", e->icmp[4] << 8 | e->icmp[5]);
	if (e->ttl >= 0)
		printf(" ttl=%d", e->ttl);
	if (e->len < PING_HEADER + (size_t)p->size)
		printf(" (truncated)");
	if (rtt >= 0)
		print_time(rtt);
	if (duplicate)
		printf(" (DUP!)");
	print_difference(p, e);
	ping_print_options(p, e);
	if (p->audible)
		putchar('\a');
	putchar('\n');
}

static void print_unreachable(int code, uint32_t info)
{
	static const char *const texts[] = {
		[ICMP_NET_UNREACH] = "Destination Net Unreachable",
		[ICMP_HOST_UNREACH] = "Destination Host Unreachable",
		[ICMP_PROT_UNREACH] = "Destination Protocol Unreachable",
		[ICMP_PORT_UNREACH] = "Destination Port Unreachable",
		[ICMP_SR_FAILED] = "Source Route Failed",
		[ICMP_NET_UNKNOWN] = "Destination Net Unknown",
		[ICMP_HOST_UNKNOWN] = "Destination Host Unknown",
		[8] = "Source Host Isolated",
		[ICMP_NET_ANO] = "Destination Net Prohibited",
		[ICMP_HOST_ANO] = "Destination Host Prohibited",
		[ICMP_NET_UNR_TOS] = "Destination Net Unreachable for Type of Service",
		[ICMP_HOST_UNR_TOS] = "Destination Host Unreachable for Type of Service",
		[ICMP_PKT_FILTERED] = "Packet filtered",
	};

	if (code == ICMP_FRAG_NEEDED)
		printf("Frag needed and DF set (mtu = %u)", info);
	else if (code < (int)ARRAY_LEN(texts) && texts[code])
		printf("%s", texts[code]);
	else
		printf("Dest Unreachable, Bad Code: %d", code);
}

static void print_icmp(const struct ping_event *e)
{
	switch (e->type) {
	case ICMP_DEST_UNREACH:
		print_unreachable(e->code, e->info);
		break;
	case ICMP_SOURCE_QUENCH:
		printf("Source Quench");
		break;
	case ICMP_TIME_EXCEEDED:
		printf(e->code ? "Frag reassembly time exceeded" : "Time to live exceeded");
		break;
	case ICMP_PARAMETERPROB:
		printf("Parameter problem: pointer = %u", e->info);
		break;
	default:
		printf("Bad ICMP type: %d", e->type);
	}
}

void ping_print_error(const struct ping *p, const struct ping_event *e)
{
	if (p->quiet)
		return;
	if (p->flood) {
		fputs("\bE", stdout);
		return;
	}
	if (e->type < 0) {
		fflush(stdout);
		if (e->error == EMSGSIZE && e->info)
			fprintf(stderr, "ping: local error: message too long, mtu=%u\n", e->info);
		else
			fprintf(stderr, "ping: local error: %s\n", strerror(e->error));
		return;
	}
	printf("From ");
	print_from(p, e->from.sin_addr.s_addr);
	if (e->seq >= 0)
		printf(" icmp_seq=%d ", e->seq);
	print_icmp(e);
	putchar('\n');
}

static void print_ms(const char *before, int64_t us)
{
	printf("%s%ld.%03ld", before, (long)(us / 1000), (long)(us % 1000));
}

static void print_times(const struct ping *p, int64_t took)
{
	const struct ping_stats *st = &p->st;

	print_ms("rtt min/avg/max/mdev = ", st->min / 1000);
	print_ms("/", st->sum / st->timed / 1000);
	print_ms("/", st->max / 1000);
	print_ms("/", ping_stats_mdev_us(st));
	printf(" ms");
	if (st->pipe > 1)
		printf(", pipe %ld", st->pipe);
	if ((p->flood || p->adaptive || !p->interval) && st->sent > 1) {
		print_ms(", ipg/ewma ", took / 1000 / (st->sent - 1));
		print_ms("/", st->ewma / 8);
		printf(" ms");
	}
	putchar('\n');
}

void ping_print_summary(const struct ping *p)
{
	const struct ping_stats *st = &p->st;
	int64_t took = (p->last_reply > p->last_sent ? p->last_reply : p->last_sent) - p->started;
	char loss[16];

	printf("\n--- %s ping statistics ---\n", p->host);
	printf("%ld packets transmitted, %ld received", st->sent, st->received);
	if (st->duplicates)
		printf(", +%ld duplicates", st->duplicates);
	if (st->bad)
		printf(", +%ld corrupted", st->bad);
	if (st->errors)
		printf(", +%ld errors", st->errors);
	printf(", %s%% packet loss, time %ldms\n", ping_stats_loss(st, loss),
	       (long)(st->sent ? took / NSEC_PER_MSEC : 0));
	if (st->timed)
		print_times(p, took);
	else
		putchar('\n');
}
