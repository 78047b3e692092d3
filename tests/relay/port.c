/* The ends of the relay: see port.h. */
#include "tests/relay/port.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define STREAM_BUFFER (256 * 1024)
#define SOCKET_BUFFER (4 << 20)

/* Frees @v[0..@n); returns @n. */
static int free_frames(struct frame **v, int n)
{
	for (int i = 0; i < n; i++)
		frame_free(v[i]);
	return n;
}

/* ---- tap ---- */

static int tap_read(struct port *p, struct frame **v, int max)
{
	int n = 0;

	while (n < max) {
		struct frame *f = frame_alloc();
		ssize_t len = read(p->fd, f->data, FRAME_MAX);

		if (len <= 0 || len == FRAME_MAX) {
			frame_free(f);
			if (len < 0 && errno == EBADFD)
				return free_frames(v, n), -1; /* the device has been taken away */
			if (len <= 0)
				break;
			p->bad++;
			continue;
		}
		f->len = (uint32_t)len;
		v[n++] = f;
	}
	return n;
}

static int tap_write(struct port *p, struct frame **v, int n)
{
	for (int i = 0; i < n; i++) {
		if (write(p->fd, v[i]->data, v[i]->len) >= 0)
			continue;
		if (errno == EAGAIN)
			return free_frames(v, i);
		p->bad++; /* EIO: the device is down; EINVAL: no frame at all */
	}
	return free_frames(v, n);
}

static const struct port_ops tap_ops = { tap_read, tap_write };

/* Opens @name in the namespace @netns (NULL: ours). */
static int tap_open(const char *name, const char *netns)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int home = -1, ns = -1, fd;

	if (netns) {
		home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		ns = open(netns, O_RDONLY | O_CLOEXEC);
		if (home < 0 || ns < 0 || setns(ns, CLONE_NEWNET) < 0)
			err(1, "%s", netns);
	}
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		err(1, "/dev/net/tun");
	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0)
		err(1, "tap %s", name);
	if (netns) {
		if (setns(home, CLONE_NEWNET) < 0)
			err(1, "back to our own namespace");
		close(home);
		close(ns);
	}
	return fd;
}

/* ---- unix datagrams ---- */

/*
 * Connected, so that we hear when there is room again. The peer may not be there yet, or be another
 * one by now.
 */
static bool dgram_connect(struct port *p)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	strcpy(sun.sun_path, p->theirs);
	p->connected = connect(p->fd, (struct sockaddr *)&sun, sizeof(sun)) == 0;
	return p->connected;
}

static int dgram_read(struct port *p, struct frame **v, int max)
{
	struct mmsghdr msg[PORT_BATCH] = { 0 };
	struct iovec iov[PORT_BATCH];
	int n, kept = 0;

	for (int i = 0; i < max; i++) {
		v[i] = frame_alloc();
		iov[i] = (struct iovec){ v[i]->data, FRAME_MAX };
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(p->fd, msg, (unsigned int)max, MSG_DONTWAIT, NULL);
	for (int i = 0; i < max; i++) {
		bool whole = i < n && !(msg[i].msg_hdr.msg_flags & MSG_TRUNC) && msg[i].msg_len;

		if (!whole) {
			p->bad += i < n;
			frame_free(v[i]);
			continue;
		}
		v[i]->len = msg[i].msg_len;
		v[kept++] = v[i];
	}
	return kept;
}

static int dgram_write(struct port *p, struct frame **v, int n)
{
	struct mmsghdr msg[PORT_BATCH] = { 0 };
	struct iovec iov[PORT_BATCH];
	int sent;

	if (!p->connected && !dgram_connect(p)) {
		p->no_peer += (uint64_t)n;
		return free_frames(v, n);
	}
	n = n < PORT_BATCH ? n : PORT_BATCH;
	for (int i = 0; i < n; i++) {
		iov[i] = (struct iovec){ v[i]->data, v[i]->len };
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	sent = sendmmsg(p->fd, msg, (unsigned int)n, MSG_DONTWAIT);
	if (sent >= 0)
		return free_frames(v, sent);
	if (errno == EAGAIN)
		return 0;
	p->connected = false; /* ECONNREFUSED: it has gone */
	p->no_peer++;
	return free_frames(v, 1);
}

static const struct port_ops dgram_ops = { dgram_read, dgram_write };

static int unix_bind(int type, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), size = SOCKET_BUFFER;

	if (strlen(path) >= sizeof(sun.sun_path))
		errx(1, "%s: too long for a socket's name", path);
	strcpy(sun.sun_path, path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		err(1, "%s", path);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return fd;
}

/* ---- a stream: before each frame its length, 4 bytes, most significant first ---- */

static uint32_t stream_length(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Cuts up to @max frames off what has come in. */
static int stream_cut(struct port *p, struct frame **v, int max)
{
	int n = 0;

	while (n < max && p->in_len - p->in_at >= 4) {
		const uint8_t *at = p->in + p->in_at;
		uint32_t len = stream_length(at);

		if (len > STREAM_BUFFER - 4)
			return free_frames(v, n), -1;
		if (p->in_len - p->in_at - 4 < len)
			break;
		if (len && len <= FRAME_MAX) {
			v[n] = frame_alloc();
			v[n]->len = len;
			memcpy(v[n++]->data, at + 4, len);
		} else {
			p->bad++;
		}
		p->in_at += 4 + len;
	}
	return n;
}

static int stream_read(struct port *p, struct frame **v, int max)
{
	ssize_t got;
	int n;

	if (p->fd < 0)
		return 0;
	n = stream_cut(p, v, max);
	if (n)
		return n;
	p->in_len -= p->in_at;
	memmove(p->in, p->in + p->in_at, p->in_len);
	p->in_at = 0;
	got = recv(p->fd, p->in + p->in_len, STREAM_BUFFER - p->in_len, MSG_DONTWAIT);
	if (got == 0 || (got < 0 && errno != EAGAIN))
		return -1;
	if (got < 0)
		return 0;
	p->in_len += (size_t)got;
	return stream_cut(p, v, max);
}

bool port_flush(struct port *p)
{
	while (p->fd >= 0 && p->out_sent < p->out_len) {
		ssize_t n = send(p->fd, p->out + p->out_sent, p->out_len - p->out_sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n <= 0)
			return true;
		p->out_sent += (size_t)n;
	}
	p->out_len = p->out_sent = 0;
	return false;
}

static int stream_write(struct port *p, struct frame **v, int n)
{
	int i;

	if (p->fd < 0) {
		p->no_peer += (uint64_t)n;
		return free_frames(v, n);
	}
	if (port_flush(p))
		return 0;
	for (i = 0; i < n && STREAM_BUFFER - p->out_len >= 4 + v[i]->len; i++) {
		uint8_t *to = p->out + p->out_len;
		uint32_t len = v[i]->len;

		to[0] = to[1] = 0;
		to[2] = (uint8_t)(len >> 8);
		to[3] = (uint8_t)len;
		memcpy(to + 4, v[i]->data, len);
		p->out_len += 4 + len;
	}
	port_flush(p);
	return free_frames(v, i);
}

static const struct port_ops stream_ops = { stream_read, stream_write };

bool port_accept(struct port *p)
{
	int fd = accept4(p->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC),
	    size = SOCKET_BUFFER;

	if (fd < 0)
		return false;
	if (p->fd >= 0) { /* one cable, one plug */
		close(fd);
		return false;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	p->fd = fd;
	return true;
}

void port_hangup(struct port *p)
{
	close(p->fd);
	p->fd = -1;
	p->watched = -1;
	p->in_at = p->in_len = p->out_len = p->out_sent = 0;
}

/* ---- opening ---- */

static void stream_open(struct port *p, const char *path)
{
	p->ops = &stream_ops;
	p->in = malloc(STREAM_BUFFER);
	p->out = malloc(STREAM_BUFFER);
	if (!p->in || !p->out)
		err(1, "stream");
	p->listen_fd = unix_bind(SOCK_STREAM, path);
	if (listen(p->listen_fd, 1) < 0)
		err(1, "%s", path);
}

void port_open(struct port *p, const char *spec)
{
	char *what = strdup(spec), *rest = strchr(what, ':'), *second;

	*p = (struct port){ .fd = -1, .listen_fd = -1, .watched = -1, .name = spec };
	if (!rest)
		errx(1, "%s: want tap:, stream: or dgram:", spec);
	*rest++ = '\0';
	second = strpbrk(rest, ",@");
	if (second)
		*second++ = '\0';
	if (!strcmp(what, "tap")) {
		p->ops = &tap_ops;
		p->fd = tap_open(rest, second);
	} else if (!strcmp(what, "stream")) {
		stream_open(p, rest);
	} else if (!strcmp(what, "dgram") && second && strlen(second) < sizeof(p->theirs)) {
		p->ops = &dgram_ops;
		strcpy(p->theirs, second);
		p->fd = unix_bind(SOCK_DGRAM, rest);
	} else {
		errx(1, "%s: want tap:NAME[@NETNS], stream:PATH or dgram:OURS,THEIRS", spec);
	}
	free(what);
}
