/*
 * SIOC[GS]IF{ADDR,NETMASK,BRDADDR,DSTADDR}, SIOCGIFCONF: BSD's calls, by which ifconfig sets
 * addresses, with Linux's meanings. "eth0:1" names the address with that label; setting it up makes
 * it, SIOCSIFFLAGS without IFF_UP takes it away.
 */
#include "net/ip/devinet.h"
#include "net/ip/inet_addr.h"

static be32 ifr_get_addr(const struct ifreq *ifr)
{
	struct sockaddr_in sin;

	memcpy(&sin, &ifr->ifr_addr, sizeof(sin));
	return sin.sin_addr.s_addr;
}

static void ifr_set_addr(struct ifreq *ifr, be32 addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = addr };

	memcpy(&ifr->ifr_addr, &sin, sizeof(sin));
}

static struct net_device *ifr_dev(const struct ifreq *ifr)
{
	char name[IFNAMSIZ];
	char *colon;

	strlcpy(name, ifr->ifr_name, sizeof(name));
	colon = strchr(name, ':');
	if (colon)
		*colon = '\0';
	return dev_get_by_name(name);
}

static struct in_ifaddr *ifr_find(struct in_device *in_dev, const struct ifreq *ifr)
{
	struct in_ifaddr *ifa;

	list_for_each_entry(ifa, &in_dev->addrs, node) {
		if (strcmp(ifa->label, ifr->ifr_name) == 0)
			return ifa;
	}
	return NULL;
}

static be32 ifa_class_broadcast(const struct in_ifaddr *ifa)
{
	if (!(ifa->in_dev->dev->flags & IFF_BROADCAST) || ifa->prefixlen >= 31)
		return 0;
	return ifa->local | ~ifa->mask;
}

/* Puts @new in the place of @old (NULL: none). */
static int ifa_replace(struct in_ifaddr *old, struct in_ifaddr *new)
{
	int err;

	if (old)
		inet_remove_ifa(old);
	err = inet_insert_ifa(new);
	if (err)
		kfree(new);
	return err;
}

static int devinet_set_addr(struct in_device *in_dev, struct in_ifaddr *ifa,
			    const struct ifreq *ifr)
{
	be32 addr = ifr_get_addr(ifr);
	int len = inet_abc_len(addr);
	struct in_ifaddr *new;

	if (len < 0)
		return -EINVAL;
	if (!addr) {
		if (ifa)
			inet_remove_ifa(ifa);
		return 0;
	}
	if (ifa && ifa->local == addr)
		return 0;
	if (in_dev->dev->flags & IFF_POINTOPOINT)
		len = 32;
	new = inet_alloc_ifa(in_dev, ifr->ifr_name, addr, (u8)len);
	if (!new)
		return -ENOMEM;
	new->broadcast = ifa_class_broadcast(new);
	return ifa_replace(ifa, new);
}

static int devinet_change(struct in_ifaddr *ifa, u32 cmd, be32 value)
{
	struct in_ifaddr *new = inet_alloc_ifa(ifa->in_dev, ifa->label, ifa->local, ifa->prefixlen);
	bool usual = ifa->broadcast == ifa_class_broadcast(ifa);

	if (!new)
		return -ENOMEM;
	new->address = ifa->address;
	new->broadcast = ifa->broadcast;
	if (cmd == SIOCSIFBRDADDR) {
		new->broadcast = value;
	} else if (cmd == SIOCSIFDSTADDR) {
		new->address = value;
	} else {
		new->mask = value;
		new->prefixlen = (u8)inet_mask_len(value);
		if (usual)
			new->broadcast = ifa_class_broadcast(new);
	}
	return ifa_replace(ifa, new);
}

static int devinet_set(u32 cmd, struct in_device *in_dev, struct in_ifaddr *ifa,
		       const struct ifreq *ifr)
{
	be32 value = ifr_get_addr(ifr);

	if (cmd != SIOCSIFNETMASK && ifr->ifr_addr.sa_family != AF_INET)
		return -EINVAL;
	if (cmd == SIOCSIFADDR)
		return devinet_set_addr(in_dev, ifa, ifr);
	if (!ifa)
		return -EADDRNOTAVAIL;
	switch (cmd) {
	case SIOCSIFBRDADDR:
		if (value && !(in_dev->dev->flags & IFF_BROADCAST))
			return -EINVAL;
		return value == ifa->broadcast ? 0 : devinet_change(ifa, cmd, value);
	case SIOCSIFDSTADDR:
		if (inet_abc_len(value) < 0)
			return -EINVAL;
		return value == ifa->address ? 0 : devinet_change(ifa, cmd, value);
	default:
		if (inet_bad_mask(value))
			return -EINVAL;
		return value == ifa->mask ? 0 : devinet_change(ifa, cmd, value);
	}
}

static int devinet_get(u32 cmd, const struct in_ifaddr *ifa, struct ifreq *ifr)
{
	if (!ifa)
		return -EADDRNOTAVAIL;
	switch (cmd) {
	case SIOCGIFADDR:
		ifr_set_addr(ifr, ifa->local);
		break;
	case SIOCGIFBRDADDR:
		ifr_set_addr(ifr, ifa->broadcast);
		break;
	case SIOCGIFDSTADDR:
		ifr_set_addr(ifr, ifa->address);
		break;
	default:
		ifr_set_addr(ifr, ifa->mask);
		break;
	}
	return 0;
}

/* All addresses, one ifreq each; without a buffer only how much room they take. */
static int devinet_conf(void *arg)
{
	struct ifconf ifc;
	size_t used = 0;

	if (copy_from_user(&ifc, arg, sizeof(ifc)))
		return -EFAULT;
	for (struct net_device *dev = dev_next(NULL); dev; dev = dev_next(dev)) {
		struct in_ifaddr *ifa;

		if (!in_dev_get(dev))
			continue;
		list_for_each_entry(ifa, &in_dev_get(dev)->addrs, node) {
			struct ifreq ifr = { .ifr_name = "" };

			if (ifc.ifc_buf && (size_t)max(ifc.ifc_len, 0) < used + sizeof(ifr))
				goto full;
			strlcpy(ifr.ifr_name, ifa->label, sizeof(ifr.ifr_name));
			ifr_set_addr(&ifr, ifa->local);
			if (ifc.ifc_buf && copy_to_user(ifc.ifc_buf + used, &ifr, sizeof(ifr)))
				return -EFAULT;
			used += sizeof(ifr);
		}
	}
full:
	ifc.ifc_len = (int)used;
	return copy_to_user(arg, &ifc, sizeof(ifc)) ? -EFAULT : 0;
}

/* An alias has no flags of its own: to take it down is to take it away. */
static int devinet_alias_flags(struct in_ifaddr *ifa, const struct ifreq *ifr)
{
	if (!ifa)
		return -EADDRNOTAVAIL;
	if (!(ifr->ifr_flags & IFF_UP))
		inet_remove_ifa(ifa);
	return 0;
}

int devinet_ioctl(u32 cmd, void *arg)
{
	struct in_device *in_dev;
	struct net_device *dev;
	struct in_ifaddr *ifa;
	struct ifreq ifr;
	int err;

	if (cmd == SIOCGIFCONF)
		return devinet_conf(arg);
	if (copy_from_user(&ifr, arg, sizeof(ifr)))
		return -EFAULT;
	ifr.ifr_name[IFNAMSIZ - 1] = '\0';
	if (cmd == SIOCSIFFLAGS && !strchr(ifr.ifr_name, ':'))
		return dev_ioctl(cmd, arg);
	dev = ifr_dev(&ifr);
	in_dev = dev ? in_dev_get(dev) : NULL;
	if (!in_dev)
		return -ENODEV;
	ifa = ifr_find(in_dev, &ifr);
	switch (cmd) {
	case SIOCSIFFLAGS:
		return devinet_alias_flags(ifa, &ifr);
	case SIOCSIFADDR:
	case SIOCSIFDSTADDR:
	case SIOCSIFBRDADDR:
	case SIOCSIFNETMASK:
		return devinet_set(cmd, in_dev, ifa, &ifr);
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR:
	case SIOCGIFBRDADDR:
	case SIOCGIFNETMASK:
		err = devinet_get(cmd, ifa, &ifr);
		return err ? err : copy_to_user(arg, &ifr, sizeof(ifr)) ? -EFAULT : 0;
	default:
		return -EINVAL;
	}
}
