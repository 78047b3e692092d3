/* The control connection: states of one byte, and texts with a length in front. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "iperf.h"
#include "../lib/util.h"

#define PATIENCE_MS 30000

bool iperf_read_all(int fd, void *buf, size_t len, int timeout_ms)
{
	char *p = buf;

	while (len) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		int n = poll(&pfd, 1, timeout_ms);
		ssize_t got;

		if (n <= 0) {
			errno = n ? errno : ETIMEDOUT;
			return false;
		}
		got = recv(fd, p, len, 0);
		if (got <= 0) {
			errno = got ? errno : ECONNRESET;
			return false;
		}
		p += got;
		len -= (size_t)got;
	}
	return true;
}

void iperf_hurry(int control)
{
	int one = 1;

	setsockopt(control, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

bool iperf_write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd pfd = { .fd = fd, .events = POLLOUT };

			if (poll(&pfd, 1, PATIENCE_MS) > 0)
				continue;
		}
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

bool iperf_send_state(struct iperf *t, int state)
{
	signed char byte = (signed char)state;

	if (iperf_write_all(t->control, &byte, 1))
		return true;
	app_perror("iperf3", "control connection");
	return false;
}

bool iperf_read_state(struct iperf *t, int *state)
{
	signed char byte;
	uint32_t why[2];

	if (!iperf_read_all(t->control, &byte, 1, PATIENCE_MS)) {
		app_perror("iperf3", "control connection");
		return false;
	}
	*state = byte;
	if (byte == ACCESS_DENIED)
		app_error("iperf3", "the server is busy running a test. try again later");
	else if (byte == SERVER_TERMINATE)
		app_error("iperf3", "the server has terminated");
	else if (byte == CLIENT_TERMINATE)
		app_error("iperf3", "the client has terminated");
	else if (byte == SERVER_ERROR && iperf_read_all(t->control, why, sizeof(why), PATIENCE_MS))
		app_error("iperf3", "the server says: error %u, %s", ntohl(why[0]),
			  strerror((int)ntohl(why[1])));
	else
		return true;
	return false;
}

/* In one segment: the peer does not wait for the text behind a length. */
bool iperf_send_json(struct iperf *t, const char *text)
{
	uint32_t len = htonl((uint32_t)strlen(text));

	if (send(t->control, &len, sizeof(len), MSG_NOSIGNAL | MSG_MORE) == sizeof(len) &&
	    iperf_write_all(t->control, text, strlen(text)))
		return true;
	app_perror("iperf3", "control connection");
	return false;
}

bool iperf_read_json(struct iperf *t)
{
	uint32_t len;

	if (!iperf_read_all(t->control, &len, 4, PATIENCE_MS)) {
		app_perror("iperf3", "control connection");
		return false;
	}
	len = ntohl(len);
	if (len >= IPERF_MAX_JSON) {
		app_error("iperf3", "the peer sends %u bytes of parameters", len);
		return false;
	}
	if (!iperf_read_all(t->control, t->text, len, PATIENCE_MS)) {
		app_perror("iperf3", "control connection");
		return false;
	}
	t->text[len] = '\0';
	return true;
}

/* ---- what the client asks of the server ---- */

static int add_number(char *p, size_t size, const char *key, uint64_t value)
{
	return value ? snprintf(p, size, ",\"%s\":%llu", key, (unsigned long long)value) : 0;
}

bool iperf_send_params(struct iperf *t)
{
	char *p = t->text, *end = p + IPERF_MAX_JSON;

	p += snprintf(p, (size_t)(end - p), "{\"%s\":true,\"omit\":%ld,\"time\":%ld",
		      t->udp ? "udp" : "tcp", t->omit_ns / NSEC_PER_SEC,
		      t->duration_ns / NSEC_PER_SEC);
	p += snprintf(p, (size_t)(end - p),
		      ",\"num\":%llu,\"blockcount\":%llu,\"parallel\":%d,\"len\":%d",
		      (unsigned long long)t->num_bytes, (unsigned long long)t->num_blocks,
		      t->nstreams_wanted, t->len);
	p += add_number(p, (size_t)(end - p), "MSS", (uint64_t)t->mss);
	p += add_number(p, (size_t)(end - p), "window", (uint64_t)t->window);
	p += add_number(p, (size_t)(end - p), "bandwidth", t->rate);
	p += add_number(p, (size_t)(end - p), "TOS", (uint64_t)t->tos);
	if (t->reverse)
		p += snprintf(p, (size_t)(end - p), ",\"reverse\":true");
	if (t->bidir)
		p += snprintf(p, (size_t)(end - p), ",\"bidirectional\":true");
	if (t->nodelay)
		p += snprintf(p, (size_t)(end - p), ",\"nodelay\":true");
	if (t->udp64)
		p += snprintf(p, (size_t)(end - p), ",\"udp_counters_64bit\":1");
	if (t->congestion)
		p += snprintf(p, (size_t)(end - p), ",\"congestion\":\"%s\"", t->congestion);
	snprintf(p, (size_t)(end - p), ",\"pacing_timer\":1000,\"client_version\":\"3.12\"}");
	return iperf_send_json(t, t->text);
}

/* A number of the client's into an int, within [min, max]; absent: as it is. */
static bool take_int(const char *json, const char *key, int min, int max, int *out)
{
	uint64_t n;

	if (!json_uint(json, key, &n))
		return true;
	if (n < (uint64_t)min || n > (uint64_t)max) {
		app_error("iperf3", "the client asks for %s %llu", key, (unsigned long long)n);
		return false;
	}
	*out = (int)n;
	return true;
}

bool iperf_read_params(struct iperf *t)
{
	uint64_t n;

	if (!iperf_read_json(t))
		return false;
	t->udp = json_true(t->text, "udp");
	t->reverse = json_true(t->text, "reverse");
	t->bidir = json_true(t->text, "bidirectional");
	t->nodelay = json_true(t->text, "nodelay");
	t->udp64 = json_true(t->text, "udp_counters_64bit");
	t->nstreams_wanted = 1;
	t->len = t->udp ? IPERF_UDP_LEN : IPERF_TCP_LEN;
	t->tos = t->mss = t->window = 0;
	t->duration_ns = t->omit_ns = 0;
	t->num_bytes = t->num_blocks = t->rate = 0;
	if (json_uint(t->text, "time", &n) && n <= 86400)
		t->duration_ns = (int64_t)n * NSEC_PER_SEC;
	if (json_uint(t->text, "omit", &n) && n <= 86400)
		t->omit_ns = (int64_t)n * NSEC_PER_SEC;
	json_uint(t->text, "num", &t->num_bytes);
	json_uint(t->text, "blockcount", &t->num_blocks);
	json_uint(t->text, "bandwidth", &t->rate);
	t->congestion =
		json_string(t->text, "congestion", t->congestion_buf, sizeof(t->congestion_buf)) ?
			t->congestion_buf :
			NULL;
	return take_int(t->text, "parallel", 1, IPERF_MAX_STREAMS / (t->bidir ? 2 : 1),
			&t->nstreams_wanted) &&
	       take_int(t->text, "len", t->udp ? 16 : 1, t->udp ? 65507 : IPERF_MAX_LEN, &t->len) &&
	       take_int(t->text, "MSS", 0, 65535, &t->mss) &&
	       take_int(t->text, "TOS", 0, 255, &t->tos) &&
	       take_int(t->text, "window", 0, 1 << 30, &t->window);
}
