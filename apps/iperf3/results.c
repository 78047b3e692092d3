/* What both sides tell each other when the test is over: a JSON object with one entry a stream. */
#include <stdio.h>
#include <string.h>

#include "iperf.h"
#include "../lib/util.h"

static int seconds(char *p, size_t size, const char *key, int64_t ns)
{
	return snprintf(p, size, ",\"%s\":%ld.%06ld", key, ns / NSEC_PER_SEC,
			ns % NSEC_PER_SEC / 1000);
}

static int stream_json(const struct iperf *t, const struct stream *s, char *p, size_t size)
{
	char *start = p, *end = p + size;

	p += snprintf(p, size, "{\"id\":%d,\"bytes\":%llu", s->id,
		      (unsigned long long)s->total.bytes);
	if (t->udp || !s->sender)
		p += snprintf(p, (size_t)(end - p), ",\"retransmits\":-1");
	else
		p += snprintf(p, (size_t)(end - p), ",\"retransmits\":%llu",
			      (unsigned long long)s->total.retrans);
	p += snprintf(p, (size_t)(end - p),
		      ",\"jitter\":%ld.%09ld,\"errors\":%llu,\"packets\":%llu",
		      s->jitter_ns / NSEC_PER_SEC, s->jitter_ns % NSEC_PER_SEC,
		      (unsigned long long)s->total.lost,
		      (unsigned long long)(s->sender ? s->total.packets :
						       s->total.packets + s->total.lost));
	p += snprintf(p, (size_t)(end - p), ",\"omitted_errors\":0,\"omitted_packets\":0");
	p += seconds(p, (size_t)(end - p), "start_time", 0);
	p += seconds(p, (size_t)(end - p), "end_time", t->end_ns - t->start_ns);
	p += snprintf(p, (size_t)(end - p), "}");
	return (int)(p - start);
}

static bool send_results(struct iperf *t)
{
	char *p = t->text, *end = p + IPERF_MAX_JSON;

	p += snprintf(p, (size_t)(end - p),
		      "{\"cpu_util_total\":0,\"cpu_util_user\":0,\"cpu_util_system\":0,"
		      "\"sender_has_retransmits\":%d,\"congestion_used\":\"%s\",\"streams\":[",
		      t->udp ? -1 : 1, t->congestion ? t->congestion : "cubic");
	for (int i = 0; i < t->nstreams; i++) {
		p += snprintf(p, (size_t)(end - p), "%s", i ? "," : "");
		p += stream_json(t, &t->streams[i], p, (size_t)(end - p));
	}
	snprintf(p, (size_t)(end - p), "]}");
	return iperf_send_json(t, t->text);
}

static struct stream *stream_by_id(struct iperf *t, uint64_t id)
{
	for (int i = 0; i < t->nstreams; i++)
		if ((uint64_t)t->streams[i].id == id)
			return &t->streams[i];
	return NULL;
}

static bool read_results(struct iperf *t)
{
	const char *list, *entry;
	int64_t has = 0;

	if (!iperf_read_json(t))
		return false;
	list = json_find(t->text, "streams");
	t->peer_has_retrans = json_nano(t->text, "sender_has_retransmits", &has) && has > 0;
	for (int i = 0; list && (entry = json_element(list, i)) != NULL; i++) {
		uint64_t id = 0;
		struct stream *s;

		json_uint(entry, "id", &id);
		s = stream_by_id(t, id);
		if (!s) {
			app_error("iperf3",
				  "the peer has results of stream %llu, which there is not",
				  (unsigned long long)id);
			return false;
		}
		json_uint(entry, "bytes", &s->peer_bytes);
		json_uint(entry, "packets", &s->peer_packets);
		json_uint(entry, "errors", &s->peer_errors);
		json_uint(entry, "retransmits", &s->peer_retrans);
		json_nano(entry, "jitter", &s->peer_jitter_ns);
	}
	return true;
}

/* The client speaks first. */
bool iperf_exchange_results(struct iperf *t)
{
	if (t->server)
		return read_results(t) && send_results(t);
	return send_results(t) && read_results(t);
}
