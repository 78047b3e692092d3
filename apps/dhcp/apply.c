/*
 * A lease becomes configuration, by the same ioctls that ifconfig and route use.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../lib/ifc.h"
#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "apply.h"

#define MIN_MTU 576 /* a smaller one in option 26 is a mistake or an attack */

int dhcp_prefixlen(const struct dhcp_view *lease)
{
	int len = inaddr_prefixlen(lease->mask);

	return len > 0 ? len : inaddr_classful_len(lease->yiaddr);
}

static void add_route(int fd, const char *dev, in_addr_t dst, int len, in_addr_t gateway)
{
	struct ifc_route r = { .dst = dst, .len = len, .gateway = gateway, .dev = dev };
	char a[INET_ADDRSTRLEN], g[INET_ADDRSTRLEN];

	if (ifc_route(fd, SIOCADDRT, &r) < 0 && errno != EEXIST)
		app_error("dhclient", "%s: route to %s/%d by %s: %s", dev, inaddr_str(dst, a), len,
			  inaddr_str(gateway, g), strerror(errno));
}

/* A gateway outside the subnet is first made known as a neighbour on the link. */
static void add_gateway_route(int fd, const char *dev, const struct dhcp_view *lease, in_addr_t dst,
			      int len, in_addr_t gateway)
{
	in_addr_t mask = inaddr_mask(dhcp_prefixlen(lease));

	if (gateway && ((gateway ^ lease->yiaddr) & mask))
		add_route(fd, dev, gateway, 32, 0);
	add_route(fd, dev, dst, len, gateway);
}

static void del_default(int fd, const char *dev)
{
	struct ifc_route r = { .dev = dev };

	while (!ifc_route(fd, SIOCDELRT, &r))
		;
}

static void set_routes(int fd, const char *dev, const struct dhcp_view *lease)
{
	del_default(fd, dev);
	for (int i = 0; i < lease->nr_routes; i++)
		add_gateway_route(fd, dev, lease, lease->routes[i].dst, lease->routes[i].len,
				  lease->routes[i].gateway);
	/* RFC 3442: who sends classless routes means them to be all. */
	if (!lease->nr_routes && lease->router)
		add_gateway_route(fd, dev, lease, 0, 0, lease->router);
}

static void set_resolver(const char *dev, const struct dhcp_view *lease)
{
	char text[512], addr[INET_ADDRSTRLEN];
	int len = snprintf(text, sizeof(text), "# written by dhclient for %s\n", dev);

	if (!lease->nr_dns)
		return;
	if (*lease->domain)
		len += snprintf(text + len, sizeof(text) - len, "search %s\n", lease->domain);
	for (int i = 0; i < lease->nr_dns; i++)
		len += snprintf(text + len, sizeof(text) - len, "nameserver %s\n",
				inaddr_str(lease->dns[i], addr));
	if (text_write("/etc/resolv.conf", text) < 0)
		app_perror("dhclient", "/etc/resolv.conf");
}

/* The server's name for us counts only where nobody has given us one. */
static void set_hostname(const struct dhcp_view *lease)
{
	char name[65] = "";

	gethostname(name, sizeof(name));
	if (*lease->hostname && (!*name || !strcmp(name, "(none)") || !strcmp(name, "localhost")))
		sethostname(lease->hostname, strlen(lease->hostname));
}

int dhcp_apply(const char *dev, const struct dhcp_view *lease)
{
	int fd = ifc_open();

	if (fd < 0)
		return app_perror("dhclient", dev), -1;
	if (lease->mtu >= MIN_MTU && ifc_set_int(fd, SIOCSIFMTU, dev, lease->mtu) < 0)
		app_perror("dhclient", "mtu");
	if (ifc_configure(fd, dev, lease->yiaddr, dhcp_prefixlen(lease), lease->broadcast) < 0) {
		app_perror("dhclient", dev);
		close(fd);
		return -1;
	}
	set_routes(fd, dev, lease);
	close(fd);
	set_resolver(dev, lease);
	set_hostname(lease);
	return 0;
}

void dhcp_unapply(const char *dev, const struct dhcp_view *lease)
{
	int fd = ifc_open();
	in_addr_t now;

	if (fd < 0)
		return;
	/* Somebody may have set another address by hand meanwhile: that one stays. */
	if (!ifc_get_addr(fd, SIOCGIFADDR, dev, &now) && now == lease->yiaddr) {
		del_default(fd, dev);
		ifc_set_addr(fd, SIOCSIFADDR, dev, 0);
	}
	close(fd);
}
