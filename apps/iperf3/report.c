/* The tables that iperf3 prints, or with -J one object at the end. */
#include <stdio.h>
#include <string.h>

#include "iperf.h"
#include "../lib/util.h"

/* @n in units of @base's powers with three digits: "1.23 G". @unit 0: the largest that fits. */
static const char *scaled(uint64_t n, unsigned int base, char unit, char buf[16])
{
	static const char names[] = " KMGT";
	uint64_t div = 1, hundredths;
	int i = 0;

	while (i < 4 && (unit ? names[i] != unit : n / div >= base)) {
		div *= base;
		i++;
	}
	hundredths = n / div * 100 + n % div * 100 / div;
	if (hundredths < 1000)
		snprintf(buf, 16, "%llu.%02llu %c", (unsigned long long)(hundredths / 100),
			 (unsigned long long)(hundredths % 100), names[i]);
	else if (hundredths < 10000)
		snprintf(buf, 16, "%llu.%llu %c", (unsigned long long)(hundredths / 100),
			 (unsigned long long)(hundredths % 100 / 10), names[i]);
	else
		snprintf(buf, 16, "%llu %c", (unsigned long long)(hundredths / 100), names[i]);
	return buf;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static uint64_t bit_rate(uint64_t bytes, int64_t ns)
{
	uint64_t us = (uint64_t)ns / 1000;

	return us ? bytes * 8 / us * 1000000 + bytes * 8 % us * 1000000 / us : 0;
}

/* "[  5]   0.00-1.00   sec  1.10 GBytes  9.42 Gbits/sec" without what follows. */
static void print_amount(const struct iperf *t, const char *id, int64_t from, int64_t to,
			 uint64_t bytes)
{
	char amount[16], rate[16], until[16], format = t->format;
	uint64_t bits = bit_rate(bytes, to - from);

	snprintf(until, sizeof(until), "%ld.%02ld", to / NSEC_PER_SEC,
		 to % NSEC_PER_SEC / 10000000);
	scaled(bytes, 1024, 0, amount);
	if (format >= 'A' && format <= 'Z')
		scaled(bits / 8, 1024, format, rate);
	else
		scaled(bits, 1000, format ? upper(format) : 0, rate);
	printf("[%3s] %3ld.%02ld-%-6s sec  %6sBytes  %6s%s/sec", id, from / NSEC_PER_SEC,
	       from % NSEC_PER_SEC / 10000000, until, amount, rate,
	       format >= 'A' && format <= 'Z' ? "Bytes" : "bits");
}

static void print_loss(uint64_t lost, uint64_t all, int64_t jitter_ns)
{
	uint64_t permyriad = all ? lost * 10000 / all : 0;

	printf("  %ld.%03ld ms  %llu/%llu (%llu.%02llu%%)", jitter_ns / NSEC_PER_MSEC,
	       jitter_ns % NSEC_PER_MSEC / 1000, (unsigned long long)lost, (unsigned long long)all,
	       (unsigned long long)(permyriad / 100), (unsigned long long)(permyriad % 100));
}

static void add(struct tally *sum, const struct tally *part)
{
	sum->bytes += part->bytes;
	sum->packets += part->packets;
	sum->lost += part->lost;
	sum->retrans += part->retrans;
}

static bool any_sender(const struct iperf *t)
{
	for (int i = 0; i < t->nstreams; i++)
		if (t->streams[i].sender)
			return true;
	return false;
}

static void print_title(const struct iperf *t, bool end)
{
	printf("[ ID] Interval           Transfer     Bitrate");
	if (t->udp)
		printf(end || !any_sender(t) ? "         Jitter    Lost/Total Datagrams" :
					       "         Total Datagrams");
	else if (any_sender(t))
		printf(end ? "         Retr" : "         Retr  Cwnd");
	printf("\n");
}

static void print_detail(const struct iperf *t, const struct stream *s, const struct tally *c)
{
	char cwnd[16];

	if (t->udp && s->sender)
		printf("  %llu", (unsigned long long)c->packets);
	else if (t->udp)
		print_loss(c->lost, c->lost + c->packets, s->jitter_ns);
	else if (s->sender)
		printf("  %3llu   %sBytes", (unsigned long long)c->retrans,
		       scaled(s->cwnd, 1024, 0, cwnd));
	printf("\n");
}

void iperf_report_start(const struct iperf *t)
{
	if (t->json)
		return;
	if (t->title[0])
		printf("%s\n", t->title);
	print_title(t, false);
	fflush(stdout);
}

static void report_sum(const struct iperf *t, bool sender, int64_t from, int64_t to)
{
	struct tally sum = { 0 };
	int n = 0;

	for (int i = 0; i < t->nstreams; i++) {
		if (t->streams[i].sender != sender)
			continue;
		add(&sum, &t->streams[i].since);
		n++;
	}
	if (n < 2)
		return;
	print_amount(t, "SUM", from, to, sum.bytes);
	if (!t->udp && sender)
		printf("  %3llu", (unsigned long long)sum.retrans);
	printf("\n");
}

void iperf_report_interval(struct iperf *t, int64_t now)
{
	int64_t from = t->last_report_ns - t->start_ns, to = now - t->start_ns;
	char id[12];

	for (int i = 0; i < t->nstreams && !t->json; i++) {
		struct stream *s = &t->streams[i];

		snprintf(id, sizeof(id), "%d", s->fd);
		print_amount(t, id, from, to, s->since.bytes);
		print_detail(t, s, &s->since);
	}
	if (!t->json) {
		report_sum(t, true, from, to);
		report_sum(t, false, from, to);
		fflush(stdout);
	}
	for (int i = 0; i < t->nstreams; i++)
		memset(&t->streams[i].since, 0, sizeof(t->streams[i].since));
	t->last_report_ns = now;
}

/* ---- the end: what the sender sent, what the receiver got ---- */

static void end_line(const struct iperf *t, const char *id, int64_t ns, uint64_t bytes,
		     const char *tail, const char *who)
{
	print_amount(t, id, 0, ns, bytes);
	printf("%s  %s\n", tail, who);
}

static void end_stream(const struct iperf *t, const struct stream *s, int64_t ns)
{
	uint64_t sent = s->sender ? s->total.bytes : s->peer_bytes;
	uint64_t got = s->sender ? s->peer_bytes : s->total.bytes;
	uint64_t retrans = s->sender ? s->total.retrans : s->peer_retrans;
	char id[12], tail[24] = "";

	snprintf(id, sizeof(id), "%d", s->fd);
	if (!t->udp && (s->sender || t->peer_has_retrans))
		snprintf(tail, sizeof(tail), "  %3llu", (unsigned long long)retrans);
	if (!t->udp) {
		end_line(t, id, ns, sent, tail, "          sender");
		end_line(t, id, ns, got, "", "               receiver");
		return;
	}
	print_amount(t, id, 0, ns, sent);
	printf("  0.000 ms  0/%llu (0.00%%)  sender\n",
	       (unsigned long long)(s->sender ? s->total.packets : s->peer_packets));
	print_amount(t, id, 0, ns, got);
	print_loss(s->sender ? s->peer_errors : s->total.lost,
		   s->sender ? s->peer_packets : s->total.packets + s->total.lost,
		   s->sender ? s->peer_jitter_ns : s->jitter_ns);
	printf("  receiver\n");
}

static void end_sum(const struct iperf *t, bool sender, int64_t ns)
{
	uint64_t sent = 0, got = 0, retrans = 0;
	char tail[24] = "";
	int n = 0;

	for (int i = 0; i < t->nstreams; i++) {
		const struct stream *s = &t->streams[i];

		if (s->sender != sender)
			continue;
		sent += sender ? s->total.bytes : s->peer_bytes;
		got += sender ? s->peer_bytes : s->total.bytes;
		retrans += sender ? s->total.retrans : s->peer_retrans;
		n++;
	}
	if (n < 2)
		return;
	if (!t->udp)
		snprintf(tail, sizeof(tail), "  %3llu", (unsigned long long)retrans);
	end_line(t, "SUM", ns, sent, tail, "          sender");
	end_line(t, "SUM", ns, got, "", "               receiver");
}

static void end_json(const struct iperf *t, int64_t ns)
{
	printf("{\"start\":{\"version\":\"iperf 3.12\",\"test_start\":{\"protocol\":\"%s\",\"num_streams\":%d,"
	       "\"blksize\":%d,\"reverse\":%d,\"bidir\":%d}},\"end\":{\"streams\":[",
	       t->udp ? "UDP" : "TCP", t->nstreams_wanted, t->len, t->reverse, t->bidir);
	for (int i = 0; i < t->nstreams; i++) {
		const struct stream *s = &t->streams[i];
		uint64_t sent = s->sender ? s->total.bytes : s->peer_bytes;
		uint64_t got = s->sender ? s->peer_bytes : s->total.bytes;

		printf("%s{\"socket\":%d,\"seconds\":%ld.%06ld,\"sender\":%s,\"sent_bytes\":%llu,\"sent_bits_per_second\":%llu,"
		       "\"received_bytes\":%llu,\"received_bits_per_second\":%llu,\"retransmits\":%llu}",
		       i ? "," : "", s->fd, ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / 1000,
		       s->sender ? "true" : "false", (unsigned long long)sent,
		       (unsigned long long)bit_rate(sent, ns), (unsigned long long)got,
		       (unsigned long long)bit_rate(got, ns),
		       (unsigned long long)(s->sender ? s->total.retrans : s->peer_retrans));
	}
	printf("]}}\n");
}

void iperf_report_end(struct iperf *t)
{
	int64_t ns = t->end_ns - t->start_ns;

	if (t->json) {
		end_json(t, ns);
		return;
	}
	if (t->interval_ns && t->end_ns - t->last_report_ns > t->interval_ns / 10)
		iperf_report_interval(t, t->end_ns);
	printf("- - - - - - - - - - - - - - - - - - - - - - - - -\n");
	print_title(t, true);
	for (int i = 0; i < t->nstreams; i++)
		end_stream(t, &t->streams[i], ns);
	end_sum(t, true, ns);
	end_sum(t, false, ns);
	printf("\niperf Done.\n");
	fflush(stdout);
}
