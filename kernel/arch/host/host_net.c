/*
 * Descriptors for the drivers: tap devices, and datagram sockets that carry one frame each.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "kernel/arch/host/host_private.h"

#define MAX_DGRAMS 16

union address {
	struct sockaddr sa;
	struct sockaddr_un un;
	struct sockaddr_in in;
};

/* The peers of datagram sockets, which may come, go and come back. */
static struct dgram {
	int fd;
	union address remote;
	socklen_t len;
	char path[108]; /* of our own end, "" if that is no file */
} dgrams[MAX_DGRAMS];
static int nr_dgrams;

int host_tap_open(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int parse_udp(const char *text, const char *colon, union address *addr)
{
	char host[16] = "";
	char *end;
	unsigned long port = strtoul(colon + 1, &end, 10);

	if ((size_t)(colon - text) >= sizeof(host) || *end || port > 65535)
		return -EINVAL;
	memcpy(host, text, (size_t)(colon - text));
	addr->in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	return inet_pton(AF_INET, host, &addr->in.sin_addr) == 1 ? (int)sizeof(addr->in) : -EINVAL;
}

/* A path, or ADDRESS:PORT where there is no '/'. The address's length or -errno. */
static int parse_address(const char *text, union address *addr)
{
	const char *colon = strchr(text, ':');

	if (colon && !strchr(text, '/'))
		return parse_udp(text, colon, addr);
	memset(addr, 0, sizeof(*addr));
	addr->un.sun_family = AF_UNIX;
	if (strlen(text) >= sizeof(addr->un.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr->un.sun_path, text);
	return (int)sizeof(addr->un);
}

int host_dgram_open(const char *local, const char *remote)
{
	struct dgram *d = &dgrams[nr_dgrams];
	union address addr;
	int len = parse_address(local, &addr);
	int remote_len, err;

	if (nr_dgrams == MAX_DGRAMS)
		return -ENOSPC;
	remote_len = parse_address(remote, &d->remote);
	if (len < 0 || remote_len < 0)
		return len < 0 ? len : remote_len;
	if (addr.sa.sa_family != d->remote.sa.sa_family)
		return -EINVAL;
	d->fd = socket(addr.sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0)
		return -errno;
	if (addr.sa.sa_family == AF_UNIX) {
		unlink(local);
		strcpy(d->path, local);
	}
	d->len = (socklen_t)remote_len;
	if (bind(d->fd, &addr.sa, (socklen_t)len) < 0) {
		err = -errno;
		close(d->fd);
		return err;
	}
	connect(d->fd, &d->remote.sa, d->len);
	nr_dgrams++;
	return d->fd;
}

void host_net_cleanup(void)
{
	for (int i = 0; i < nr_dgrams; i++) {
		if (dgrams[i].path[0])
			unlink(dgrams[i].path);
	}
}

/* The peer was not there, or has been replaced since: looks for it once more. */
static bool reconnect(int fd)
{
	for (int i = 0; i < nr_dgrams; i++) {
		if (dgrams[i].fd == fd)
			return connect(fd, &dgrams[i].remote.sa, dgrams[i].len) == 0;
	}
	return false;
}

long host_read(int fd, void *buf, size_t len)
{
	long n;

	do
		n = read(fd, buf, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

long host_writev(int fd, const struct host_iovec *iov, int n)
{
	const struct iovec *v = (const struct iovec *)iov;
	long done;

	_Static_assert(sizeof(struct host_iovec) == sizeof(struct iovec), "one layout");
	do
		done = writev(fd, v, n);
	while (done < 0 && errno == EINTR);
	if (done < 0 && (errno == ENOTCONN || errno == ECONNREFUSED || errno == EDESTADDRREQ) &&
	    reconnect(fd))
		done = writev(fd, v, n);
	return done < 0 ? -errno : done;
}

long host_write(int fd, const void *buf, size_t len)
{
	return host_writev(fd, &(struct host_iovec){ buf, len }, 1);
}

void host_close(int fd)
{
	close(fd);
}
