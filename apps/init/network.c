/*
 * The network as the kernel command line describes it, without a shell or a script in between: the
 * fastest way to the first packet.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../dhcp/daemon.h"
#include "../lib/ifc.h"
#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "init.h"

struct bring_up {
	int fd;
	char names[IFC_MAX][IFNAMSIZ];
	int nr_names;
	int dhcp_fds[IFC_MAX];
	int nr_dhcp;
	in_addr_t dns[4];
	int nr_dns;
	bool keep_hostname;
};

static void set_static(struct bring_up *b, const struct ip_param *p, const char *dev)
{
	struct ifc_route r = { .gateway = p->gateway, .dev = dev };
	char text[INET_ADDRSTRLEN];

	if (ifc_configure(b->fd, dev, p->client, p->len, 0) < 0)
		app_perror("init", dev);
	else if (p->gateway && ifc_route(b->fd, SIOCADDRT, &r) < 0)
		app_error("init", "%s: gateway %s: %s", dev, inaddr_str(p->gateway, text),
			  strerror(errno));
}

static void configure(struct bring_up *b, const struct ip_param *p, const char *dev)
{
	if (p->mode == IP_AUTO_STATIC)
		set_static(b, p, dev);
	else if (p->mode == IP_AUTO_DHCP && b->nr_dhcp < IFC_MAX)
		b->dhcp_fds[b->nr_dhcp++] = dhcp_spawn(dev);
}

static void take_dns(struct bring_up *b, const in_addr_t *dns, size_t n)
{
	for (size_t i = 0; i < n && b->nr_dns < (int)ARRAY_LEN(b->dns); i++)
		if (dns[i])
			b->dns[b->nr_dns++] = dns[i];
}

/* One ip= word. Without a device a static address goes to the first interface, DHCP to all. */
static void apply(struct bring_up *b, const struct ip_param *p)
{
	bool found = false;

	take_dns(b, p->dns, ARRAY_LEN(p->dns));
	if (*p->hostname && !b->keep_hostname)
		sethostname(p->hostname, strlen(p->hostname));
	for (int i = 0; i < b->nr_names; i++) {
		if (!strcmp(b->names[i], "lo") || (*p->device && strcmp(p->device, b->names[i])))
			continue;
		configure(b, p, b->names[i]);
		found = true;
		if (p->mode == IP_AUTO_STATIC)
			break;
	}
	if (!found && p->mode != IP_AUTO_OFF)
		app_error("init", "ip=: no interface%s%s", *p->device ? " " : "", p->device);
}

static void write_resolv_conf(const struct bring_up *b)
{
	char text[256], addr[INET_ADDRSTRLEN];
	int len = snprintf(text, sizeof(text), "# from the kernel command line\n");

	for (int i = 0; i < b->nr_dns; i++)
		len += snprintf(text + len, sizeof(text) - len, "nameserver %s\n",
				inaddr_str(b->dns[i], addr));
	if (b->nr_dns && text_write("/etc/resolv.conf", text) < 0)
		app_perror("init", "/etc/resolv.conf");
}

void init_network(const struct init_options *o)
{
	struct bring_up *b = calloc(1, sizeof(*b));
	int without;

	if (!b)
		return;
	b->fd = ifc_open();
	if (b->fd < 0) {
		app_perror("init", "socket");
		goto out;
	}
	ifc_configure(b->fd, "lo", htonl(INADDR_LOOPBACK), 8, 0);
	b->keep_hostname = o->has_hostname;
	b->nr_names = ifc_names(b->names, IFC_MAX);
	for (int i = 0; i < o->nr_ip; i++)
		apply(b, &o->ip[i]);
	take_dns(b, o->dns, o->nr_dns);
	without = dhcp_wait(b->dhcp_fds, b->nr_dhcp, DHCP_FIRST_WAIT);
	if (without)
		app_error("init", "no answer from any DHCP server, still trying in the background");
	/* After DHCP: what the user has typed counts more than what a server says. */
	write_resolv_conf(b);
	close(b->fd);
out:
	free(b);
}

static void print_address(int fd, const char *dev, int *count)
{
	char text[INET_ADDRSTRLEN];
	in_addr_t addr, mask;

	if (!strcmp(dev, "lo") || ifc_get_addr(fd, SIOCGIFADDR, dev, &addr) < 0 || !addr ||
	    ifc_get_addr(fd, SIOCGIFNETMASK, dev, &mask) < 0)
		return;
	printf("%s %s %s/%d", (*count)++ ? "," : ":", dev, inaddr_str(addr, text),
	       inaddr_prefixlen(mask));
}

void init_banner(void)
{
	char names[IFC_MAX][IFNAMSIZ], host[65] = "skbox";
	int n = ifc_names(names, IFC_MAX), fd = ifc_open(), count = 0;

	gethostname(host, sizeof(host));
	printf("%s", host);
	for (int i = 0; i < n && fd >= 0; i++)
		print_address(fd, names[i], &count);
	printf("%s; 'help' lists the commands\n", count ? "" : ": no address");
	fflush(stdout);
	close(fd);
}
