/*
 * ARP for administrators: entries set, deleted and read (SIOCSARP, SIOCDARP, SIOCGARP), and an
 * address probed for (SIOCARPPROBE).
 */
#include "net/ip/arp_private.h"
#include "net/ip/inetdevice.h"
#include "net/ip/neighbour_private.h"
#include "net/ip/route.h"

static be32 arpreq_addr(const struct arpreq *r)
{
	struct sockaddr_in sin;

	memcpy(&sin, &r->arp_pa, sizeof(sin));
	return sin.sin_addr.s_addr;
}

/* Through which device @addr is a neighbour; NULL: through none. */
static struct net_device *arp_route_dev(be32 addr)
{
	struct flowi fl = { .daddr = addr };
	struct net_device *dev = NULL;
	struct rtable *rt;

	local_bh_disable();
	if (ip_route_output(&rt, &fl) == 0) {
		dev = rt->dst.dev;
		dst_release(&rt->dst);
	}
	local_bh_enable();
	return dev;
}

/* The device that the request names or means. */
static int arpreq_dev(struct arpreq *r, struct net_device **dev)
{
	if (r->arp_dev[0]) {
		*dev = dev_get_by_name(r->arp_dev);
		return *dev ? 0 : -ENODEV;
	}
	*dev = arp_route_dev(arpreq_addr(r));
	return *dev ? 0 : -ENETUNREACH;
}

/* "arp -s ADDRESS HWADDR pub": we answer for it, with our own link address. */
static int arp_set_proxy(u32 cmd, const struct arpreq *r)
{
	struct net_device *dev = NULL;
	int err;

	if (r->arp_dev[0] && !(dev = dev_get_by_name(r->arp_dev)))
		return -ENODEV;
	if (cmd == SIOCSARP)
		return arp_proxy_add(arpreq_addr(r), dev);
	err = arp_proxy_del(arpreq_addr(r), dev);
	return err == -ENOENT ? -ENXIO : err;
}

static int arp_set(struct net_device *dev, const struct arpreq *r)
{
	const u8 *ha = (const u8 *)r->arp_ha.sa_data;
	bool permanent = r->arp_flags & ATF_PERM;
	struct neighbour *n;

	if (r->arp_ha.sa_family && r->arp_ha.sa_family != dev->type)
		return -EINVAL;
	if (!is_valid_ether_addr(ha) || inet_is_local(NULL, arpreq_addr(r)))
		return -EINVAL;
	local_bh_disable();
	n = permanent ? neigh_lookup_permanent(arpreq_addr(r), dev) :
			neigh_lookup(arpreq_addr(r), dev, true);
	if (n) {
		neigh_update(n, ha, permanent ? NUD_PERMANENT : NUD_STALE,
			     NEIGH_UPDATE_OVERRIDE | NEIGH_UPDATE_ADMIN);
		neigh_release(n);
	}
	local_bh_enable();
	return n ? 0 : -ENOBUFS;
}

static int arp_delete(struct net_device *dev, const struct arpreq *r)
{
	struct neighbour *n;

	local_bh_disable();
	n = neigh_lookup(arpreq_addr(r), dev, false);
	if (n) {
		neigh_destroy(n);
		neigh_release(n);
	}
	local_bh_enable();
	return n ? 0 : -ENXIO;
}

static int arp_get(struct net_device *dev, struct arpreq *r)
{
	struct neighbour *n;

	local_bh_disable();
	n = neigh_lookup(arpreq_addr(r), dev, false);
	if (n) {
		memset(&r->arp_ha, 0, sizeof(r->arp_ha));
		r->arp_ha.sa_family = dev->type;
		memcpy(r->arp_ha.sa_data, n->ha, ETH_ALEN);
		r->arp_flags = n->nud_state & NUD_PERMANENT ? ATF_PERM | ATF_COM :
			       n->nud_state & NUD_VALID	    ? ATF_COM :
							      0;
		strlcpy(r->arp_dev, dev->name, sizeof(r->arp_dev));
		neigh_release(n);
	}
	local_bh_enable();
	return n ? 0 : -ENXIO;
}

static int arp_probe(struct net_device *dev, struct arpreq *r)
{
	u8 owner[ETH_ALEN];
	int err;

	if (r->arp_flags < 0)
		return -EINVAL;
	err = arp_probe_address(dev, arpreq_addr(r), (u32)r->arp_flags, owner);
	if (err == -EADDRINUSE) {
		memset(&r->arp_ha, 0, sizeof(r->arp_ha));
		r->arp_ha.sa_family = dev->type;
		memcpy(r->arp_ha.sa_data, owner, ETH_ALEN);
	}
	return err;
}

int arp_ioctl(u32 cmd, void *arg)
{
	struct net_device *dev;
	struct arpreq r;
	int err;

	if (copy_from_user(&r, arg, sizeof(r)) < 0)
		return -EFAULT;
	if (r.arp_pa.sa_family != AF_INET)
		return -EPFNOSUPPORT;
	r.arp_dev[sizeof(r.arp_dev) - 1] = '\0';
	if (r.arp_flags & ATF_PUBL && (cmd == SIOCSARP || cmd == SIOCDARP))
		return arp_set_proxy(cmd, &r);
	err = arpreq_dev(&r, &dev);
	if (err)
		return err;
	switch (cmd) {
	case SIOCSARP:
		return arp_set(dev, &r);
	case SIOCDARP:
		return arp_delete(dev, &r);
	case SIOCGARP:
		err = arp_get(dev, &r);
		break;
	case SIOCARPPROBE:
		err = arp_probe(dev, &r);
		break;
	default:
		return -EINVAL;
	}
	if (!err || err == -EADDRINUSE)
		return copy_to_user(arg, &r, sizeof(r)) < 0 ? -EFAULT : err;
	return err;
}
