/*
 * Neighbours for administrators: `ip neigh` adds, changes and deletes them by state, and proxy
 * entries (SIOCSNEIGH, SIOCDNEIGH). arp's own, older calls are arp_ioctl.c's.
 */
#include <abi/neigh.h>

#include "net/ip/arp_private.h"
#include "net/ip/inet_addr.h"
#include "net/ip/inetdevice.h"
#include "net/ip/neighbour_private.h"

static int proxy_change(u32 cmd, const struct neigh_req *r, struct net_device *dev)
{
	if (cmd == SIOCDNEIGH)
		return arp_proxy_del(r->addr, dev);
	if (ipv4_is_multicast(r->addr) || !r->addr)
		return -EINVAL;
	if (!(r->flags & NEIGH_F_REPLACE) && arp_proxy_exists(r->addr, dev))
		return -EEXIST;
	return arp_proxy_add(r->addr, dev);
}

/* An address is needed where the state says that there is one, and @n has none yet. */
static int neigh_check(const struct neigh_req *r, const struct neighbour *n)
{
	bool needed = r->state & NUD_VALID && !(r->state & NUD_NOARP);

	if (n && !(r->flags & NEIGH_F_REPLACE))
		return -EEXIST;
	if (!n && !(r->flags & NEIGH_F_CREATE))
		return -ENOENT;
	if (r->state & (r->state - 1) || r->state > NUD_PERMANENT)
		return -EINVAL;
	if (needed && !(r->flags & NEIGH_F_LLADDR) && !(n && n->nud_state & NUD_VALID))
		return -EINVAL;
	return 0;
}

static int neigh_set(const struct neigh_req *r, struct net_device *dev)
{
	struct neighbour *n = neigh_lookup(r->addr, dev, false);
	int err = neigh_check(r, n);

	if (!err && !n) {
		n = r->state == NUD_PERMANENT ? neigh_lookup_permanent(r->addr, dev) :
						neigh_lookup(r->addr, dev, true);
		err = n ? 0 : -ENOBUFS;
	}
	if (!err)
		neigh_admin_update(n, r->flags & NEIGH_F_LLADDR ? r->lladdr : NULL, r->state);
	if (n)
		neigh_release(n);
	return err;
}

static int neigh_del(be32 addr, struct net_device *dev)
{
	struct neighbour *n = neigh_lookup(addr, dev, false);

	if (!n)
		return -ENOENT;
	neigh_destroy(n);
	neigh_release(n);
	return 0;
}

int neigh_ioctl(u32 cmd, void *arg)
{
	struct net_device *dev = NULL;
	struct neigh_req r;
	int err;

	if (copy_from_user(&r, arg, sizeof(r)))
		return -EFAULT;
	r.dev[sizeof(r.dev) - 1] = '\0';
	if (r.dev[0] && !(dev = dev_get_by_name(r.dev)))
		return -ENODEV;
	if (r.flags & NEIGH_F_PROXY)
		return proxy_change(cmd, &r, dev);
	if (!dev || !r.addr)
		return -EINVAL;
	local_bh_disable();
	err = cmd == SIOCSNEIGH ? neigh_set(&r, dev) : neigh_del(r.addr, dev);
	local_bh_enable();
	return err;
}
