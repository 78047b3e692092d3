/*
 * The interface ioctls, one function each, so that ifconfig, ip, route, init and the DHCP client do
 * the same things the same way.
 */
#include <errno.h>
#include <net/route.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "ifc.h"
#include "inaddr.h"
#include "util.h"

int ifc_open(void)
{
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

int ifc_names(char names[][IFNAMSIZ], int max)
{
	char *text = text_read("/proc/net/dev"), *cursor = text, *line;
	int n = 0;

	while (n < max && (line = text_line(&cursor))) {
		char *colon = strchr(line, ':');

		line += strspn(line, " ");
		if (!colon || strchr(line, '|'))
			continue;
		*colon = '\0';
		strlcpy(names[n++], line, IFNAMSIZ);
	}
	free(text);
	return n;
}

static void request(struct ifreq *ifr, const char *dev)
{
	memset(ifr, 0, sizeof(*ifr));
	strlcpy(ifr->ifr_name, dev, sizeof(ifr->ifr_name));
}

int ifc_flags(int fd, const char *dev, int *flags)
{
	struct ifreq ifr;

	request(&ifr, dev);
	if (ioctl(fd, SIOCGIFFLAGS, &ifr) < 0)
		return -1;
	*flags = (unsigned short)ifr.ifr_flags;
	return 0;
}

int ifc_change_flags(int fd, const char *dev, int set, int clear)
{
	struct ifreq ifr;
	int flags;

	if (ifc_flags(fd, dev, &flags) < 0)
		return -1;
	request(&ifr, dev);
	ifr.ifr_flags = (flags & ~clear) | set;
	return ioctl(fd, SIOCSIFFLAGS, &ifr);
}

int ifc_get_addr(int fd, unsigned long cmd, const char *dev, in_addr_t *addr)
{
	struct ifreq ifr;

	request(&ifr, dev);
	ifr.ifr_addr.sa_family = AF_INET;
	if (ioctl(fd, cmd, &ifr) < 0)
		return -1;
	*addr = ((struct sockaddr_in *)&ifr.ifr_addr)->sin_addr.s_addr;
	return 0;
}

static void fill_addr(struct sockaddr *sa, in_addr_t addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = { addr } };

	memcpy(sa, &sin, sizeof(*sa));
}

int ifc_set_addr(int fd, unsigned long cmd, const char *dev, in_addr_t addr)
{
	struct ifreq ifr;

	request(&ifr, dev);
	fill_addr(&ifr.ifr_addr, addr);
	return ioctl(fd, cmd, &ifr);
}

int ifc_get_int(int fd, unsigned long cmd, const char *dev, int *value)
{
	struct ifreq ifr;

	request(&ifr, dev);
	if (ioctl(fd, cmd, &ifr) < 0)
		return -1;
	*value = ifr.ifr_mtu;
	return 0;
}

int ifc_set_int(int fd, unsigned long cmd, const char *dev, int value)
{
	struct ifreq ifr;

	request(&ifr, dev);
	ifr.ifr_mtu = value;
	return ioctl(fd, cmd, &ifr);
}

int ifc_hwaddr(int fd, const char *dev, unsigned char addr[6], int *type)
{
	struct ifreq ifr;

	request(&ifr, dev);
	if (ioctl(fd, SIOCGIFHWADDR, &ifr) < 0)
		return -1;
	memcpy(addr, ifr.ifr_hwaddr.sa_data, 6);
	if (type)
		*type = ifr.ifr_hwaddr.sa_family;
	return 0;
}

int ifc_configure(int fd, const char *dev, in_addr_t addr, int len, in_addr_t broadcast)
{
	if (ifc_change_flags(fd, dev, IFF_UP, 0) < 0 ||
	    ifc_set_addr(fd, SIOCSIFADDR, dev, addr) < 0)
		return -1;
	if (!addr)
		return 0;
	if (ifc_set_addr(fd, SIOCSIFNETMASK, dev, inaddr_mask(len)) < 0)
		return -1;
	if (len >= 31)
		return 0;
	if (!broadcast)
		broadcast = addr | ~inaddr_mask(len);
	/* The loopback has no broadcast address: not an error. */
	ifc_set_addr(fd, SIOCSIFBRDADDR, dev, broadcast);
	return 0;
}

int ifc_route(int fd, unsigned long cmd, const struct ifc_route *r)
{
	struct rtentry rt = { .rt_flags = RTF_UP, .rt_dev = (char *)r->dev };

	fill_addr(&rt.rt_dst, r->dst);
	fill_addr(&rt.rt_genmask, inaddr_mask(r->len));
	fill_addr(&rt.rt_gateway, r->gateway);
	if (r->gateway)
		rt.rt_flags |= RTF_GATEWAY;
	if (r->len == 32)
		rt.rt_flags |= RTF_HOST;
	if (r->reject)
		rt.rt_flags |= RTF_REJECT;
	if (r->metric)
		rt.rt_metric = r->metric + 1;
	rt.rt_mtu = r->mtu;
	return ioctl(fd, cmd, &rt);
}
