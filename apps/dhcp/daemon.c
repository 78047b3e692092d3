/*
 * The task that serves one interface: it moves the state machine with a socket and the clock, and
 * says on the console what happens, one line for an event.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/ifc.h"
#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "apply.h"
#include "client.h"
#include "daemon.h"

#define PROBE_MS 220 /* RFC 5227 allows seconds; at boot nobody wants to wait for them */
#define CARRIER_WAIT_MS 2000
#define LINK_LOOK_MS                                                                               \
	1000 /* how often we look whether a cable has been plugged in, while we have no lease */

struct daemon {
	const char *dev;
	int fd;
	int ready_fd;
	bool link; /* as last seen */
	char hostname[65];
	struct dhcp_client client;
};

static void say(struct dhcp_client *c, const char *text)
{
	struct daemon *d = c->owner;

	app_error("dhclient", "%s: %s", d->dev, text);
}

static uint32_t chance(struct dhcp_client *c)
{
	uint32_t v = 0;

	getrandom(&v, sizeof(v), 0);
	return v;
}

static void send_message(struct dhcp_client *c, const struct dhcp_msg *m, in_addr_t server)
{
	struct daemon *d = c->owner;
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(DHCP_SERVER_PORT) };
	uint8_t buf[DHCP_MSG_MAX];
	size_t len = dhcp_build(buf, m);

	to.sin_addr.s_addr = server ? server : htonl(INADDR_BROADCAST);
	if (sendto(d->fd, buf, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		app_error("dhclient", "%s: send: %s", d->dev, strerror(errno));
}

static bool in_use(struct dhcp_client *c, in_addr_t addr)
{
	struct daemon *d = c->owner;
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = { addr } };
	struct arpreq r = { .arp_flags = PROBE_MS };

	memcpy(&r.arp_pa, &sin, sizeof(r.arp_pa));
	strlcpy(r.arp_dev, d->dev, sizeof(r.arp_dev));
	return ioctl(d->fd, SIOCARPPROBE, &r) < 0 && errno == EADDRINUSE;
}

static uint32_t seconds_until(int64_t when, int64_t now)
{
	return when == INT64_MAX ? DHCP_INFINITE : when > now ? (when - now) / NSEC_PER_SEC : 0;
}

static void say_lease(struct dhcp_client *c)
{
	const struct dhcp_view *l = &c->lease;
	char addr[INET_ADDRSTRLEN], server[INET_ADDRSTRLEN], router[INET_ADDRSTRLEN], text[160];
	int len = snprintf(text, sizeof(text), "%s/%d from %s", inaddr_str(l->yiaddr, addr),
			   dhcp_prefixlen(l), inaddr_str(l->server_id, server));

	if (l->router)
		len += snprintf(text + len, sizeof(text) - len, ", gateway %s",
				inaddr_str(l->router, router));
	if (l->lease == DHCP_INFINITE)
		snprintf(text + len, sizeof(text) - len, ", for ever");
	else
		snprintf(text + len, sizeof(text) - len, ", lease %u s", l->lease);
	say(c, text);
}

static void bound(struct dhcp_client *c, bool fresh)
{
	struct daemon *d = c->owner;
	int64_t now = app_clock_ns();
	struct dhcp_times t = { seconds_until(c->t1, now), seconds_until(c->t2, now),
				seconds_until(c->expiry, now) };

	dhcp_lease_write(d->dev, &c->lease, &t);
	if (!fresh) {
		say(c, "lease renewed");
		return;
	}
	if (dhcp_apply(d->dev, &c->lease) < 0)
		return;
	say_lease(c);
	if (d->ready_fd >= 0) {
		write(d->ready_fd, "", 1);
		close(d->ready_fd);
		d->ready_fd = -1;
	}
}

static void lost(struct dhcp_client *c)
{
	struct daemon *d = c->owner;

	dhcp_unapply(d->dev, &c->lease);
	dhcp_lease_remove(d->dev);
}

static const struct dhcp_ops ops = {
	.send = send_message,
	.in_use = in_use,
	.bound = bound,
	.lost = lost,
	.log = say,
	.random = chance,
};

static int open_socket(const char *dev)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(DHCP_CLIENT_PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, dev, strlen(dev) + 1) < 0 ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool has_link(struct daemon *d)
{
	int flags;

	d->link = ifc_flags(d->fd, d->dev, &flags) < 0 || flags & IFF_RUNNING;
	return d->link;
}

/* A card may need a moment for its link; a message sent before would be lost, and the next try
 * comes only a second later. */
static void wait_for_carrier(struct daemon *d)
{
	for (int ms = 0; ms < CARRIER_WAIT_MS; ms += 10) {
		if (has_link(d))
			return;
		app_sleep_ns(10 * NSEC_PER_MSEC);
	}
	say(&d->client, "no carrier, is the cable plugged in?");
}

static void receive(struct daemon *d)
{
	/* One buffer of the largest UDP payload that Ethernet carries; what is longer is no DHCP
	 * answer. */
	uint8_t buf[1500];
	struct dhcp_view view;
	ssize_t len = recv(d->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (len > 0 && dhcp_parse(buf, len, &view))
		dhcp_answer(&d->client, &view, app_clock_ns());
}

static int poll_timeout(const struct dhcp_client *c, int64_t now)
{
	int64_t ms = (c->deadline - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;
	int most = dhcp_has_lease(c) ? 1000000 : LINK_LOOK_MS;

	if (c->deadline == INT64_MAX || ms > most)
		return most;
	return ms < 0 ? 0 : ms;
}

/* Whoever plugs in a cable wants an address now, not when the long pauses of a vain search end. */
static void look_at_link(struct daemon *d)
{
	bool was = d->link;

	if (!dhcp_has_lease(&d->client) && has_link(d) && !was)
		dhcp_start(&d->client, app_clock_ns());
}

static void serve(struct daemon *d)
{
	struct dhcp_client *c = &d->client;

	dhcp_start(c, app_clock_ns());
	while (!app_caught()) {
		struct pollfd pfd = { .fd = d->fd, .events = POLLIN };

		if (poll(&pfd, 1, poll_timeout(c, app_clock_ns())) > 0)
			receive(d);
		look_at_link(d);
		if (app_clock_ns() >= c->deadline)
			dhcp_timeout(c, app_clock_ns());
	}
}

static int setup(struct daemon *d)
{
	int type;

	d->fd = open_socket(d->dev);
	if (d->fd < 0)
		return app_perror("dhclient", d->dev);
	if (ifc_hwaddr(d->fd, d->dev, d->client.hwaddr, &type) < 0)
		return app_perror("dhclient", d->dev);
	if (type != ARPHRD_ETHER)
		return app_error("dhclient", "%s: not an Ethernet interface", d->dev);
	if (ifc_change_flags(d->fd, d->dev, IFF_UP, 0) < 0)
		return app_perror("dhclient", d->dev);
	return 0;
}

int dhcp_daemon(const char *dev, int ready_fd)
{
	struct daemon *d = calloc(1, sizeof(*d));

	if (!d)
		return app_error("dhclient", "out of memory");
	d->dev = dev;
	d->ready_fd = ready_fd;
	d->client.ops = &ops;
	d->client.owner = d;
	d->client.hostname = d->hostname;
	/* Who waits for the first lease says so himself if none comes. */
	d->client.silence_said = ready_fd >= 0;
	if (setup(d))
		return 1;
	gethostname(d->hostname, sizeof(d->hostname));
	d->client.wanted = dhcp_lease_address(dev);
	app_catch(SIGTERM);
	app_catch(SIGUSR1);
	signal(SIGPIPE, SIG_IGN); /* whoever waits for the lease may have lost patience */
	wait_for_carrier(d);
	serve(d);
	if (app_caught() == SIGUSR1 && dhcp_has_lease(&d->client)) {
		dhcp_release(&d->client);
		say(&d->client, "lease released");
	}
	return 0;
}
