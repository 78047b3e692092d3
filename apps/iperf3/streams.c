/*
 * The streams: blocks written and read as fast as the sockets take them, or at a rate; UDP's
 * datagrams carry a time and a number, from which the receiver knows loss, disorder and jitter.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "iperf.h"
#include "../lib/util.h"

#define BLOCKS_AT_ONCE 16 /* of one stream, before the others have their turn */

bool iperf_set_options(struct iperf *t, int fd)
{
	int one = 1;

	if (t->window && (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &t->window, sizeof(int)) < 0 ||
			  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &t->window, sizeof(int)) < 0))
		return app_perror("iperf3", "-w") == 0;
	if (t->tos && setsockopt(fd, IPPROTO_IP, IP_TOS, &t->tos, sizeof(int)) < 0)
		return app_perror("iperf3", "-S") == 0;
	if (t->udp)
		return true;
	if (t->nodelay && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0)
		return app_perror("iperf3", "-N") == 0;
	if (t->mss && setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &t->mss, sizeof(int)) < 0)
		return app_perror("iperf3", "-M") == 0;
	if (t->congestion && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, t->congestion,
					(socklen_t)strlen(t->congestion)) < 0)
		return app_perror("iperf3", t->congestion) == 0;
	return true;
}

struct stream *iperf_add_stream(struct iperf *t, int fd, bool sender)
{
	struct stream *s = &t->streams[t->nstreams];

	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->sender = sender;
	s->id = t->nstreams ? t->nstreams + 2 : 1;
	t->nstreams++;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return s;
}

void iperf_close_streams(struct iperf *t)
{
	for (int i = 0; i < t->nstreams; i++)
		close(t->streams[i].fd);
	t->nstreams = 0;
}

static uint64_t retransmits(struct stream *s)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return 0;
	s->cwnd = info.tcpi_snd_cwnd * info.tcpi_snd_mss;
	return info.tcpi_total_retrans;
}

void iperf_begin(struct iperf *t)
{
	t->start_ns = t->last_report_ns = app_clock_ns();
	t->omitting = t->omit_ns > 0;
	t->sent_bytes = t->sent_blocks = 0;
	for (int i = 0; i < t->nstreams; i++) {
		struct stream *s = &t->streams[i];

		memset(&s->total, 0, sizeof(s->total));
		memset(&s->since, 0, sizeof(s->since));
		s->next_ns = t->start_ns;
		s->retrans_base = t->udp || !s->sender ? 0 : retransmits(s);
	}
}

static void count(struct stream *s, uint64_t bytes)
{
	s->total.bytes += bytes;
	s->since.bytes += bytes;
	s->total.packets++;
	s->since.packets++;
}

/* ---- UDP's header: seconds, microseconds, number ---- */

static void udp_stamp(struct iperf *t, struct stream *s)
{
	int64_t now = app_clock_ns();
	uint32_t head[4] = { htonl((uint32_t)(now / NSEC_PER_SEC)),
			     htonl((uint32_t)(now % NSEC_PER_SEC / 1000)) };

	s->sequence++;
	head[2] = htonl((uint32_t)(t->udp64 ? s->sequence >> 32 : s->sequence));
	head[3] = htonl((uint32_t)s->sequence);
	memcpy(t->buf, head, t->udp64 ? 16 : 12);
}

static void udp_account(struct iperf *t, struct stream *s, uint64_t number, int64_t sent_ns)
{
	int64_t transit = app_clock_ns() - sent_ns, d = transit - s->transit_ns;

	if (number > s->sequence) {
		s->total.lost += number - s->sequence - 1;
		s->since.lost += number - s->sequence - 1;
		s->sequence = number;
	} else {
		s->total.out_of_order++;
		s->since.out_of_order++;
		if (s->total.lost) /* it was counted as lost */
			s->total.lost--;
		if (s->since.lost)
			s->since.lost--;
	}
	if (s->total.packets > 1)
		s->jitter_ns += ((d < 0 ? -d : d) - s->jitter_ns) / 16;
	s->transit_ns = transit;
	(void)t;
}

static void udp_take(struct iperf *t, struct stream *s, ssize_t n)
{
	uint32_t head[4] = { 0 };

	if (n < (t->udp64 ? 16 : 12))
		return; /* a greeting that was sent twice */
	memcpy(head, t->buf, t->udp64 ? 16 : 12);
	count(s, (uint64_t)n);
	udp_account(t, s,
		    t->udp64 ? (uint64_t)ntohl(head[2]) << 32 | ntohl(head[3]) : ntohl(head[2]),
		    (int64_t)ntohl(head[0]) * NSEC_PER_SEC + (int64_t)ntohl(head[1]) * 1000);
}

/* ---- moving ---- */

/* False: the peer has ended the stream. */
static bool stream_receive(struct iperf *t, struct stream *s)
{
	for (int i = 0; i < BLOCKS_AT_ONCE; i++) {
		ssize_t n =
			recv(s->fd, t->buf, t->udp ? IPERF_MAX_LEN : (size_t)t->len, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR || t->udp))
			return true;
		if (n <= 0)
			return false;
		if (t->udp)
			udp_take(t, s, n);
		else
			count(s, (uint64_t)n);
	}
	return true;
}

static bool amount_done(const struct iperf *t)
{
	return (t->num_bytes && t->sent_bytes >= t->num_bytes) ||
	       (t->num_blocks && t->sent_blocks >= t->num_blocks);
}

/* With a rate, a stream may send when its time has come; it catches up at most a tenth of a
 * second. */
static bool stream_due(const struct iperf *t, struct stream *s, int64_t now)
{
	if (!t->rate)
		return true;
	if (s->next_ns < now - NSEC_PER_SEC / 10)
		s->next_ns = now - NSEC_PER_SEC / 10;
	return s->next_ns <= now;
}

static bool stream_send(struct iperf *t, struct stream *s, int64_t now)
{
	for (int i = 0; i < BLOCKS_AT_ONCE && stream_due(t, s, now) && !amount_done(t); i++) {
		ssize_t n;

		if (t->udp)
			udp_stamp(t, s);
		n = send(s->fd, t->buf, (size_t)t->len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0) {
			if (t->udp)
				s->sequence--;
			return t->udp || errno == EAGAIN || errno == EINTR;
		}
		count(s, (uint64_t)n);
		t->sent_bytes += (uint64_t)n;
		t->sent_blocks++;
		if (t->rate)
			s->next_ns += (int64_t)((uint64_t)n * 8 * NSEC_PER_SEC / t->rate);
	}
	return true;
}

/* What @pfd, one for each stream, waits for; the time until something is due anyway, ms. */
static int prepare_poll(struct iperf *t, struct pollfd *pfd, int64_t now, int64_t until)
{
	int64_t wake = until;

	for (int i = 0; i < t->nstreams; i++) {
		struct stream *s = &t->streams[i];
		bool due = !s->sender || stream_due(t, s, now);

		pfd[i] = (struct pollfd){ .fd = s->ended ? -1 : s->fd,
					  .events = s->sender ? POLLOUT : POLLIN };
		if (due && (!s->sender || !amount_done(t)))
			continue;
		pfd[i].fd = -1;
		if (s->sender && !due && s->next_ns < wake)
			wake = s->next_ns;
	}
	if (wake <= now)
		return 0;
	wake = (wake - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;
	return wake > 1000 ? 1000 : (int)wake;
}

/* False: all streams have ended. */
static bool move(struct iperf *t, const struct pollfd *pfd, int64_t now)
{
	bool alive = false;

	for (int i = 0; i < t->nstreams; i++) {
		struct stream *s = &t->streams[i];

		if (pfd[i].fd >= 0 && pfd[i].revents)
			s->ended = s->sender ? !stream_send(t, s, now) : !stream_receive(t, s);
		alive |= !s->ended;
	}
	return alive;
}

static void sample_retransmits(struct iperf *t)
{
	for (int i = 0; i < t->nstreams && !t->udp; i++) {
		struct stream *s = &t->streams[i];
		uint64_t now;

		if (!s->sender)
			continue;
		now = retransmits(s) - s->retrans_base;
		s->since.retrans = now - s->total.retrans;
		s->total.retrans = now;
	}
}

/* The time at which something has to be done that no descriptor tells of. */
static int64_t next_event(const struct iperf *t)
{
	int64_t at = t->end_ns;

	if (t->omitting && t->start_ns + t->omit_ns < at)
		at = t->start_ns + t->omit_ns;
	if (t->interval_ns && t->last_report_ns + t->interval_ns < at)
		at = t->last_report_ns + t->interval_ns;
	return at;
}

static void tick(struct iperf *t, int64_t now)
{
	if (t->interval_ns && now >= t->last_report_ns + t->interval_ns) {
		sample_retransmits(t);
		iperf_report_interval(t, now);
	}
	if (t->omitting && now >= t->start_ns + t->omit_ns) {
		iperf_begin(t);
		t->omitting = false;
	}
}

/* One look at all descriptors: 1: control has news, 0: go on, -1: error, or nothing left to move.
 */
static int run_once(struct iperf *t, struct pollfd *pfd, int64_t now)
{
	struct pollfd *control = &pfd[t->nstreams];
	int timeout = prepare_poll(t, pfd, now, next_event(t));

	*control = (struct pollfd){ .fd = t->control, .events = POLLIN };
	if (poll(pfd, (nfds_t)t->nstreams + 1, timeout) < 0)
		return errno == EINTR ? 0 : -1;
	if (control->revents)
		return 1;
	return move(t, pfd, app_clock_ns()) || t->server ? 0 : -1;
}

int iperf_run(struct iperf *t)
{
	struct pollfd *pfd = calloc(IPERF_MAX_STREAMS + 1, sizeof(*pfd));
	int result = 0;

	if (!pfd) {
		app_error("iperf3", "out of memory");
		return -1;
	}
	while (!result) {
		int64_t now = app_clock_ns();

		tick(t, now);
		if (now >= t->end_ns || (amount_done(t) && !t->omitting))
			break;
		result = app_caught() ? -1 : run_once(t, pfd, now);
	}
	sample_retransmits(t);
	t->end_ns = app_clock_ns();
	free(pfd);
	return result;
}
