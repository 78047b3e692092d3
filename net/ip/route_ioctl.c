/*
 * Routes as tasks change them in the old way: SIOCADDRT and SIOCDELRT with BSD's struct rtentry.
 * The full request is rt_request.c's.
 */
#include "net/ip/fib.h"
#include "net/ip/inetdevice.h"

#define IP_MAX_METRIC 32767

static int rt_addr(const struct sockaddr *sa, be32 *addr)
{
	struct sockaddr_in sin;

	memcpy(&sin, sa, sizeof(sin));
	if (sin.sin_family != AF_INET)
		return -EINVAL;
	*addr = sin.sin_addr.s_addr;
	return 0;
}

static int rt_config_dst(struct route_config *cfg, const struct rtentry *rt)
{
	be32 mask;

	if (rt->rt_dst.sa_family != AF_INET)
		return -EAFNOSUPPORT;
	rt_addr(&rt->rt_dst, &cfg->dst);
	cfg->len = 32;
	if (rt->rt_flags & RTF_HOST)
		return 0;
	if (rt->rt_genmask.sa_family && rt->rt_genmask.sa_family != AF_INET)
		return -EAFNOSUPPORT;
	memcpy(&mask, rt->rt_genmask.sa_data + 2, sizeof(mask));
	if (inet_bad_mask(mask))
		return -EINVAL;
	cfg->len = (u8)inet_mask_len(mask);
	return cfg->dst & ~mask ? -EINVAL : 0;
}

static int rt_config_dev(struct route_config *cfg, const struct rtentry *rt)
{
	char name[IFNAMSIZ] = "";
	char *colon;

	if (!rt->rt_dev)
		return 0;
	for (u32 i = 0; i < sizeof(name) - 1; i++) {
		if (copy_from_user(&name[i], rt->rt_dev + i, 1))
			return -EFAULT;
		if (!name[i])
			break;
	}
	colon = strchr(name, ':');
	if (colon) { /* an alias: the address behind the label is the source */
		struct net_device *dev;
		struct in_ifaddr *ifa;

		*colon = '\0';
		dev = dev_get_by_name(name);
		*colon = ':';
		if (!dev || !in_dev_get(dev))
			return -ENODEV;
		list_for_each_entry(ifa, &in_dev_get(dev)->addrs, node) {
			if (strcmp(ifa->label, name) == 0)
				cfg->prefsrc = ifa->local;
		}
		cfg->dev = dev;
		return cfg->prefsrc ? 0 : -ENODEV;
	}
	cfg->dev = dev_get_by_name(name);
	return cfg->dev ? 0 : -ENODEV;
}

static int rt_config_from(struct route_config *cfg, const struct rtentry *rt, u32 cmd)
{
	int err = rt_config_dst(cfg, rt);

	if (err)
		return err;
	cfg->protocol = cmd == SIOCADDRT ? RTPROT_BOOT : RTPROT_UNSPEC;
	if (rt->rt_metric)
		cfg->metric = (u32)(u16)(rt->rt_metric - 1);
	if (cfg->metric > IP_MAX_METRIC)
		return -EINVAL;
	if (rt->rt_flags & RTF_REJECT) {
		cfg->type = RTN_UNREACHABLE;
		cfg->scope = RT_SCOPE_UNIVERSE;
		return 0;
	}
	if (cmd == SIOCADDRT)
		cfg->type = RTN_UNICAST;
	cfg->scope = RT_SCOPE_LINK;
	cfg->mtu = rt->rt_mtu > 65535 ? 65535 : (u32)rt->rt_mtu;
	err = rt_config_dev(cfg, rt);
	if (err)
		return err;
	if (rt->rt_gateway.sa_family == AF_INET) {
		rt_addr(&rt->rt_gateway, &cfg->gateway);
		if (cfg->gateway)
			cfg->scope = RT_SCOPE_UNIVERSE;
	}
	if (cmd == SIOCADDRT && rt->rt_flags & RTF_GATEWAY && !cfg->gateway)
		return -EINVAL;
	return 0;
}

int ip_rt_ioctl(u32 cmd, void *arg)
{
	struct route_config cfg = { .type = RTN_UNSPEC };
	struct rtentry rt;
	int err;

	if (copy_from_user(&rt, arg, sizeof(rt)))
		return -EFAULT;
	err = rt_config_from(&cfg, &rt, cmd);
	if (err)
		return err;
	if (cmd == SIOCADDRT)
		return ip_route_add(&cfg);
	cfg.scope = RT_SCOPE_NOWHERE;
	return ip_route_del(&cfg);
}
