/*
 * Packets of a device: a packet socket with the compiled filter in the kernel. On "any" the frames
 * get Linux's cooked header, version 2, in place of their own, so that a line and a file can say
 * where each came from.
 */
#include <abi/filter.h>
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../lib/ifc.h"
#include "../lib/util.h"
#include "tcpdump.h"

#define SLL2_HEADER 20
#define ETHER_HEADER 14
#define POLL_MAX 8
#define SIGNAL_DELAY_MS 250

struct socket_capture {
	int fd, loopback; /* index of lo, whose packets are seen going out and coming in */
	bool any;
	uint32_t snaplen;
	uint8_t room[PACKET_ROOM + SLL2_HEADER];
};

/* What is told with a packet: when it came. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(struct timespec))];
};

/* ---- devices ---- */

int capture_list(void)
{
	char names[IFC_MAX][IFNAMSIZ];
	int fd = ifc_open(), n = ifc_names(names, IFC_MAX), flags;

	if (fd < 0)
		return app_perror("tcpdump", "socket");
	for (int i = 0; i < n; i++) {
		if (ifc_flags(fd, names[i], &flags))
			flags = 0;
		printf("%d.%s", i + 1, names[i]);
		printf(" [%s%s%s]\n", flags & IFF_UP ? "Up" : "Down",
		       flags & IFF_RUNNING ? ", Running" : "",
		       flags & IFF_LOOPBACK ? ", Loopback" :
		       flags & IFF_RUNNING  ? ", Connected" :
					      "");
	}
	printf("%d.any (Pseudo-device that captures on all interfaces) [Up, Running]\n", n + 1);
	close(fd);
	return 0;
}

/* The first device that is up and no loopback, else lo. */
static const char *default_device(char buf[IFNAMSIZ])
{
	char names[IFC_MAX][IFNAMSIZ];
	int fd = ifc_open(), n = ifc_names(names, IFC_MAX), flags;

	strlcpy(buf, "lo", IFNAMSIZ);
	for (int i = 0; fd >= 0 && i < n; i++)
		if (!ifc_flags(fd, names[i], &flags) && flags & IFF_UP && !(flags & IFF_LOOPBACK)) {
			strlcpy(buf, names[i], IFNAMSIZ);
			break;
		}
	if (fd >= 0)
		close(fd);
	return buf;
}

static uint32_t device_netmask(const char *device)
{
	int fd = ifc_open();
	in_addr_t mask = 0;

	if (fd < 0)
		return 0;
	if (ifc_get_addr(fd, SIOCGIFNETMASK, device, &mask))
		mask = 0;
	close(fd);
	return ntohl(mask);
}

/* ---- the socket ---- */

static bool attach(int fd, const struct filter_program *prog)
{
	struct sock_fprog fprog = { .len = (unsigned short)prog->len, .filter = prog->insns };

	if (!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog)))
		return true;
	app_perror("tcpdump", "the kernel does not take the filter");
	return false;
}

/* What came before the filter was there. */
static void drain(int fd)
{
	uint8_t byte;

	while (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0)
		;
}

static bool open_device(struct socket_capture *c, const struct session *s)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct packet_mreq promisc = { .mr_type = PACKET_MR_PROMISC };
	int size = 2 * 1024 * 1024, on = 1;

	c->any = !strcmp(s->device, "any");
	sll.sll_ifindex = c->any ? 0 : (int)if_nametoindex(s->device);
	if (!c->any && !sll.sll_ifindex) {
		app_error("tcpdump", "%s: No such device exists", s->device);
		return false;
	}
	c->loopback = (int)if_nametoindex("lo");
	c->fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (c->fd < 0) {
		app_perror("tcpdump", "socket");
		return false;
	}
	setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(c->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	if (!attach(c->fd, &s->prog))
		return false;
	if (bind(c->fd, (struct sockaddr *)&sll, sizeof(sll))) {
		app_perror("tcpdump", s->device);
		return false;
	}
	promisc.mr_ifindex = sll.sll_ifindex;
	if (!c->any && !s->no_promisc)
		setsockopt(c->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promisc, sizeof(promisc));
	return true;
}

/* ---- packets ---- */

/* The cooked header: protocol, interface, ARPHRD, kind, length of the address, address. */
static void cook(struct socket_capture *c, const struct sockaddr_ll *sll, struct packet *packet)
{
	uint8_t *h = c->room + ETHER_HEADER;

	memset(h, 0, SLL2_HEADER);
	memcpy(h, &sll->sll_protocol, 2);
	h[4] = (uint8_t)(sll->sll_ifindex >> 24);
	h[5] = (uint8_t)(sll->sll_ifindex >> 16);
	h[6] = (uint8_t)(sll->sll_ifindex >> 8);
	h[7] = (uint8_t)sll->sll_ifindex;
	h[8] = (uint8_t)(sll->sll_hatype >> 8);
	h[9] = (uint8_t)sll->sll_hatype;
	h[10] = sll->sll_pkttype;
	h[11] = sll->sll_halen;
	memcpy(h + 12, sll->sll_addr, 6);
	packet->p = h;
	packet->caplen += SLL2_HEADER - ETHER_HEADER;
	packet->len += SLL2_HEADER - ETHER_HEADER;
}

static bool wanted(const struct socket_capture *c, const struct session *s,
		   const struct sockaddr_ll *sll)
{
	bool outgoing = sll->sll_pkttype == PACKET_OUTGOING;

	if (outgoing && sll->sll_ifindex == c->loopback)
		return false;
	return !s->direction || (s->direction == 'o') == outgoing;
}

/* When the packet that @m is about came, since 1970. */
static uint64_t arrival(struct msghdr *m)
{
	struct timespec ts = { 0 };

	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h))
		if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&ts, CMSG_DATA(h), sizeof(ts));
			return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
		}
	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* False: no more. */
static bool take_packet(struct socket_capture *c, struct session *s)
{
	struct sockaddr_ll sll = { 0 };
	struct packet packet = { .p = c->room + SLL2_HEADER };
	union control control;
	struct iovec part = { c->room + SLL2_HEADER, PACKET_ROOM };
	struct msghdr m = {
		.msg_name = &sll,
		.msg_namelen = sizeof(sll),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(c->fd, &m, MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0)
		return true;
	packet.ns = arrival(&m);
	packet.len = (uint32_t)n;
	packet.caplen = packet.len < PACKET_ROOM ? packet.len : PACKET_ROOM;
	if (packet.caplen > c->snaplen)
		packet.caplen = c->snaplen;
	if (!wanted(c, s, &sll))
		return true;
	if (c->any) {
		if (packet.caplen < ETHER_HEADER)
			return true;
		cook(c, &sll, &packet);
	}
	return session_take(s, &packet);
}

static void loop(struct socket_capture *c, struct session *s)
{
	bool more = true;

	while (more && !app_caught()) {
		struct pollfd fds[POLL_MAX] = { { .fd = c->fd, .events = POLLIN } };
		int n = 1;

		if (s->sink)
			n += sink_poll(s->sink, fds + 1, POLL_MAX - 1);
		/* Not for ever: a signal may have come since we asked. */
		if (poll(fds, (nfds_t)n, SIGNAL_DELAY_MS) < 0)
			continue;
		if (fds[0].revents & POLLERR) {
			app_error("tcpdump", "%s: the interface went down", s->device);
			return;
		}
		if (s->sink && n > 1)
			sink_serve(s->sink);
		if (fds[0].revents)
			more = take_packet(c, s);
	}
}

static void count(uint64_t n, const char *what)
{
	fprintf(stderr, "%llu packet%s %s\n", (unsigned long long)n, n == 1 ? "" : "s", what);
}

static void summary(struct socket_capture *c, struct session *s)
{
	struct tpacket_stats stats = { 0 };
	socklen_t size = sizeof(stats);

	getsockopt(c->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size);
	fflush(stdout);
	count(s->captured, "captured");
	count(stats.tp_packets, "received by filter");
	count(stats.tp_drops, "dropped by kernel");
}

static void announce(const struct session *s)
{
	if (!s->o.verbose && !s->write)
		fputs("tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n",
		      stderr);
	fprintf(stderr, "%slistening on %s, link-type %s, snapshot length %ld bytes\n",
		s->o.verbose || s->write ? "tcpdump: " : "", s->device, link_name(s->link),
		s->snaplen);
}

static int run(struct socket_capture *c, struct session *s)
{
	char device[IFNAMSIZ];

	if (!s->device)
		s->device = default_device(device);
	s->env.netmask = device_netmask(s->device);
	s->link = LINK_ETHERNET; /* what the filter sees, on "any" too */
	if (!session_compile(s) || !open_device(c, s))
		return 1;
	drain(c->fd);
	c->snaplen = (uint32_t)s->snaplen;
	if (c->any)
		s->link = LINK_SLL2;
	if (s->write) {
		s->sink = sink_open(s->write, s->link, c->snaplen, s->flush);
		if (!s->sink)
			return 1;
	}
	app_catch(SIGINT);
	app_catch(SIGTERM);
	app_catch(SIGPIPE);
	announce(s);
	loop(c, s);
	summary(c, s);
	return 0;
}

int capture(struct session *s)
{
	struct socket_capture *c = calloc(1, sizeof(*c));
	int status;

	if (!c)
		return app_perror("tcpdump", "capture");
	c->fd = -1;
	status = run(c, s);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
	return status;
}
