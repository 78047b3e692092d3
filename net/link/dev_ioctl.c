/*
 * The ioctls that concern a device as such (SIOC?IF…); addresses are net/ip/devinet's. An alias
 * name ("eth0:1") means its device.
 */
#include "net/link/softnet.h"

/* Linux shows what a user may set as set by a user, and whether the interface can work now. */
static short dev_user_flags(const struct net_device *dev)
{
	u32 flags = dev->flags & ~(IFF_PROMISC | IFF_ALLMULTI | IFF_RUNNING);

	flags |= dev->gflags & (IFF_PROMISC | IFF_ALLMULTI);
	if (netif_running(dev) && netif_carrier_ok(dev))
		flags |= IFF_RUNNING;
	return (short)flags;
}

static void dev_get_hwaddr(const struct net_device *dev, struct sockaddr *sa)
{
	memset(sa, 0, sizeof(*sa));
	sa->sa_family = dev->type;
	memcpy(sa->sa_data, dev->dev_addr, ETH_ALEN);
}

static int dev_set_hwaddr(struct net_device *dev, const struct sockaddr *sa)
{
	if (sa->sa_family != dev->type)
		return -EINVAL;
	return dev_set_mac_address(dev, (const u8 *)sa->sa_data);
}

static int dev_set_txqlen(struct net_device *dev, int len)
{
	if (len < 0)
		return -EINVAL;
	dev->tx_queue_len = (u32)len;
	if (dev->qdisc && !dev->qdisc->handle)
		dev->qdisc->limit = max((u32)len, 1u);
	return 0;
}

static bool dev_name_valid(const char *name)
{
	size_t len = strnlen(name, IFNAMSIZ);

	if (len == 0 || len == IFNAMSIZ || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (; *name; name++) {
		if (*name == '/' || *name == ':' || *name <= ' ' || *name > '~')
			return false;
	}
	return true;
}

static int dev_change_name(struct net_device *dev, const char *name)
{
	if (netif_running(dev))
		return -EBUSY;
	if (!dev_name_valid(name))
		return -EINVAL;
	if (dev_get_by_name(name))
		return -EEXIST;
	strlcpy(dev->name, name, IFNAMSIZ);
	return 0;
}

/* Fills @ifr with what a SIOCGIF… asks for. */
static int dev_ifsioc_get(struct net_device *dev, u32 cmd, struct ifreq *ifr)
{
	switch (cmd) {
	case SIOCGIFFLAGS:
		ifr->ifr_flags = dev_user_flags(dev);
		return 0;
	case SIOCGIFMETRIC:
		ifr->ifr_metric = 0;
		return 0;
	case SIOCGIFMTU:
		ifr->ifr_mtu = (int)dev->mtu;
		return 0;
	case SIOCGIFHWADDR:
		dev_get_hwaddr(dev, &ifr->ifr_hwaddr);
		return 0;
	case SIOCGIFINDEX:
		ifr->ifr_ifindex = dev->ifindex;
		return 0;
	case SIOCGIFTXQLEN:
		ifr->ifr_qlen = (int)dev->tx_queue_len;
		return 0;
	case SIOCGIFMAP:
		ifr->ifr_map = (struct ifmap){ .irq = dev->irq > 0 ? (unsigned char)dev->irq : 0 };
		return 0;
	}
	return -EINVAL;
}

static int dev_ifsioc_set(struct net_device *dev, u32 cmd, const struct ifreq *ifr)
{
	switch (cmd) {
	case SIOCSIFFLAGS:
		return dev_change_flags(dev, (u16)ifr->ifr_flags);
	case SIOCSIFMETRIC:
		return ifr->ifr_metric ? -EOPNOTSUPP : 0;
	case SIOCSIFMTU:
		return dev_set_mtu(dev, ifr->ifr_mtu);
	case SIOCSIFHWADDR:
		return dev_set_hwaddr(dev, &ifr->ifr_hwaddr);
	case SIOCADDMULTI:
		return dev_mc_add_static(dev, (const u8 *)ifr->ifr_hwaddr.sa_data);
	case SIOCDELMULTI:
		return dev_mc_del_static(dev, (const u8 *)ifr->ifr_hwaddr.sa_data);
	case SIOCSIFTXQLEN:
		return dev_set_txqlen(dev, ifr->ifr_qlen);
	case SIOCSIFNAME:
		return dev_change_name(dev, ifr->ifr_newname);
	}
	return -EINVAL;
}

static bool cmd_is_set(u32 cmd)
{
	switch (cmd) {
	case SIOCSIFFLAGS:
	case SIOCSIFMETRIC:
	case SIOCSIFMTU:
	case SIOCSIFHWADDR:
	case SIOCADDMULTI:
	case SIOCDELMULTI:
	case SIOCSIFTXQLEN:
	case SIOCSIFNAME:
		return true;
	}
	return false;
}

static int dev_ifname(void *arg, struct ifreq *ifr)
{
	struct net_device *dev = dev_get_by_index(ifr->ifr_ifindex);

	if (!dev)
		return -ENODEV;
	memcpy(ifr->ifr_name, dev->name, IFNAMSIZ);
	return copy_to_user(arg, ifr, sizeof(*ifr));
}

int dev_ioctl(u32 cmd, void *arg)
{
	struct net_device *dev;
	struct ifreq ifr;
	char *colon;
	int err;

	if (copy_from_user(&ifr, arg, sizeof(ifr)) < 0)
		return -EFAULT;
	if (cmd == SIOCGIFNAME)
		return dev_ifname(arg, &ifr);
	if (cmd == SIOCSIFNAME)
		ifr.ifr_newname[IFNAMSIZ - 1] = '\0';
	ifr.ifr_name[IFNAMSIZ - 1] = '\0';
	colon = strchr(ifr.ifr_name, ':');
	if (colon)
		*colon = '\0';
	dev = dev_get_by_name(ifr.ifr_name);
	if (!dev)
		return -ENODEV;
	if (cmd_is_set(cmd))
		return dev_ifsioc_set(dev, cmd, &ifr);
	err = dev_ifsioc_get(dev, cmd, &ifr);
	if (colon)
		*colon = ':';
	return err ? err : copy_to_user(arg, &ifr, sizeof(ifr));
}
