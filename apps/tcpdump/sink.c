/*
 * Where packets are written: a file, or a port that Wireshark opens as TCP@host:port. Everyone who
 * connects gets a file header and then whole packets. A client that does not keep up misses
 * packets, never parts of them: what waits for it is bounded, and capturing does not wait.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/util.h"
#include "tcpdump.h"

#define CLIENTS 4
#define QUEUE_SIZE (256 * 1024)

struct client {
	int fd; /* -1: free */
	size_t queued;
	uint8_t *queue;
};

struct sink {
	FILE *file; /* NULL: a listener */
	int listener;
	bool every, failed;
	uint8_t header[PCAP_HEADER];
	struct client clients[CLIENTS];
};

int sink_port(const char *path)
{
	long port;

	if (!path || strncmp(path, "tcp:", 4) || !app_number(path + 4, 1, 65535, &port))
		return 0;
	return (int)port;
}

static int listen_on(int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, (struct sockaddr *)&sin, sizeof(sin)) && !listen(fd, CLIENTS))
		return fd;
	close(fd);
	return -1;
}

/* A serial line, say: who is at its other end waits for the packets. */
static bool is_line(FILE *file)
{
	struct stat st;

	return !fstat(fileno(file), &st) && S_ISCHR(st.st_mode);
}

static bool open_target(struct sink *s, const char *path)
{
	int port = sink_port(path);

	if (port)
		return (s->listener = listen_on(port)) >= 0;
	s->file = strcmp(path, "-") ? fopen(path, "w") : stdout;
	if (s->file && is_line(s->file))
		s->every = true;
	return s->file && fwrite(s->header, 1, PCAP_HEADER, s->file) == PCAP_HEADER;
}

struct sink *sink_open(const char *path, int link, uint32_t snaplen, bool every)
{
	struct sink *s = calloc(1, sizeof(*s));

	if (s) {
		s->every = every;
		s->listener = -1;
		for (int i = 0; i < CLIENTS; i++)
			s->clients[i].fd = -1;
		pcap_header(s->header, link, snaplen);
		if (open_target(s, path)) {
			if (s->every && s->file)
				fflush(s->file);
			return s;
		}
	}
	app_perror("tcpdump", path);
	free(s);
	return NULL;
}

/* ---- clients ---- */

static void client_close(struct client *c)
{
	close(c->fd);
	free(c->queue);
	*c = (struct client){ .fd = -1 };
}

static void client_queue(struct client *c, const void *p, size_t n)
{
	memcpy(c->queue + c->queued, p, n);
	c->queued += n;
}

static void client_flush(struct client *c)
{
	ssize_t n = send(c->fd, c->queue, c->queued, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		client_close(c);
		return;
	}
	if (n <= 0)
		return;
	c->queued -= (size_t)n;
	memmove(c->queue, c->queue + n, c->queued);
}

static void accept_client(struct sink *s)
{
	int fd = accept(s->listener, NULL, NULL);

	if (fd < 0)
		return;
	for (int i = 0; i < CLIENTS; i++) {
		struct client *c = &s->clients[i];

		if (c->fd >= 0)
			continue;
		c->queue = malloc(QUEUE_SIZE);
		if (!c->queue)
			break;
		c->fd = fd;
		client_queue(c, s->header, PCAP_HEADER);
		client_flush(c);
		return;
	}
	close(fd);
}

/* Nobody sends us anything; what can be read is the end. */
static void check_client(struct client *c)
{
	char buf[64];
	ssize_t n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
		client_close(c);
}

void sink_serve(struct sink *s)
{
	if (s->listener < 0)
		return;
	accept_client(s);
	for (int i = 0; i < CLIENTS; i++) {
		if (s->clients[i].fd >= 0)
			check_client(&s->clients[i]);
		if (s->clients[i].fd >= 0 && s->clients[i].queued)
			client_flush(&s->clients[i]);
	}
}

int sink_poll(struct sink *s, struct pollfd *fds, int max)
{
	int n = 0;

	if (s->listener < 0 || max <= CLIENTS)
		return 0;
	fds[n++] = (struct pollfd){ .fd = s->listener, .events = POLLIN };
	for (int i = 0; i < CLIENTS; i++)
		if (s->clients[i].fd >= 0)
			fds[n++] = (struct pollfd){
				.fd = s->clients[i].fd,
				.events = POLLIN | (s->clients[i].queued ? POLLOUT : 0),
			};
	return n;
}

/* ---- packets ---- */

bool sink_write(struct sink *s, const struct packet *packet)
{
	uint8_t record[PCAP_RECORD];

	pcap_record(record, packet);
	if (s->file) {
		if (fwrite(record, 1, PCAP_RECORD, s->file) != PCAP_RECORD ||
		    fwrite(packet->p, 1, packet->caplen, s->file) != packet->caplen ||
		    (s->every && fflush(s->file)))
			s->failed = true;
		return !s->failed;
	}
	for (int i = 0; i < CLIENTS; i++) {
		struct client *c = &s->clients[i];

		if (c->fd < 0 || PCAP_RECORD + packet->caplen > QUEUE_SIZE - c->queued)
			continue;
		client_queue(c, record, PCAP_RECORD);
		client_queue(c, packet->p, packet->caplen);
		client_flush(c);
	}
	return true;
}

bool sink_close(struct sink *s)
{
	bool ok = !s->failed;

	if (s->file && fflush(s->file))
		ok = false;
	if (s->file && s->file != stdout)
		fclose(s->file);
	for (int i = 0; i < CLIENTS; i++)
		if (s->clients[i].fd >= 0)
			client_close(&s->clients[i]);
	if (s->listener >= 0)
		close(s->listener);
	free(s);
	return ok;
}
