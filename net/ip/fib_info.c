/*
 * What routes share. An info is made from what an administrator asks for, checked - each next hop
 * must be a neighbour (RFC 1812 §5.2.4.3) - and looked up by its content first, so that a hundred
 * thousand routes over one gateway have one. Next hops die with their device; an info whose next
 * hops are all dead, or whose source address is no longer ours, takes its routes along.
 */
#include "net/ip/fib.h"
#include "net/ip/inetdevice.h"

#define MIN_MTU 68 /* RFC 791 §3.2: what every link must carry */
#define MAX_MTU 65535
#define INFO_MIN_SIZE 64
#define INFO_MAX_SIZE (1u << 16)

static struct hlist_head *info_hash;
static u32 info_size, info_count;
static u64 multipath_secret;
static struct kmem_cache *info_cache; /* of those with one next hop: nearly all */

u32 fib_info_count(void)
{
	return info_count;
}

/* ---- the hash ---- */

static u32 info_key(const struct fib_info *fi)
{
	u32 h = fi->priority * 31 + fi->mtu + fi->prefsrc * 17 + fi->protocol + fi->scope * 7u;

	for (u32 i = 0; i < fi->nhs; i++)
		h = h * 0x01000193u ^ fi->nh[i].gateway ^ (u32)(uintptr_t)fi->nh[i].dev;
	return h * 0x9e3779b1u;
}

static struct hlist_head *info_bucket(u32 key)
{
	return &info_hash[(u64)key * info_size >> 32];
}

static void info_grow(void)
{
	struct hlist_head *old = info_hash, *new;
	u32 old_size = info_size;

	if (info_count < info_size || info_size >= INFO_MAX_SIZE)
		return;
	new = kzalloc(info_size * 4 * sizeof(*new));
	if (!new)
		return; /* slower, not wrong */
	info_hash = new;
	info_size *= 4;
	for (u32 i = 0; i < old_size; i++) {
		struct fib_info *fi;
		struct hlist_node *tmp;

		hlist_for_each_entry_safe(fi, tmp, &old[i], hash) {
			hlist_del(&fi->hash);
			hlist_add_head(&fi->hash, info_bucket(info_key(fi)));
		}
	}
	kfree(old);
}

static bool nh_equal(const struct fib_nh *a, const struct fib_nh *b)
{
	return a->dev == b->dev && a->gateway == b->gateway && a->scope == b->scope &&
	       a->weight == b->weight && a->realm == b->realm &&
	       !((a->flags ^ b->flags) & ~RTNH_F_DEAD);
}

static bool info_equal(const struct fib_info *a, const struct fib_info *b)
{
	if (a->dead || a->nhs != b->nhs || a->protocol != b->protocol || a->scope != b->scope ||
	    a->prefsrc != b->prefsrc || a->priority != b->priority || a->mtu != b->mtu)
		return false;
	for (u32 i = 0; i < a->nhs; i++) {
		if (!nh_equal(&a->nh[i], &b->nh[i]))
			return false;
	}
	return true;
}

static struct fib_info *info_find(const struct fib_info *like)
{
	struct fib_info *fi;

	hlist_for_each_entry(fi, info_bucket(info_key(like)), hash) {
		if (info_equal(fi, like))
			return fi;
	}
	return NULL;
}

/* ---- what is asked for ---- */

static bool type_has_no_way(enum rtn_type type)
{
	return type == RTN_UNREACHABLE || type == RTN_PROHIBIT || type == RTN_BLACKHOLE ||
	       type == RTN_THROW;
}

/* A gateway that the administrator says is on the link, whatever the routes say. */
static int nh_check_onlink(struct fib_nh *nh)
{
	if (!nh->dev)
		return -ENODEV;
	if (!netif_running(nh->dev))
		return -ENETDOWN;
	nh->scope = RT_SCOPE_LINK;
	return 0;
}

static int nh_check_gateway(const struct route_config *cfg, struct fib_nh *nh)
{
	struct fib_flow flow = { .dst = nh->gateway, .oif = nh->dev ? nh->dev->ifindex : 0 };
	struct fib_result res;

	if (cfg->scope >= RT_SCOPE_LINK || inet_addr_type(nh->gateway) != RTN_UNICAST ||
	    ipv4_is_badclass(nh->gateway))
		return -EINVAL;
	if (nh->flags & RTNH_F_ONLINK)
		return nh_check_onlink(nh);
	flow.scope = max((int)cfg->scope + 1, (int)RT_SCOPE_LINK);
	if (fib_lookup(&flow, &res) || res.type != RTN_UNICAST || FIB_RES_NH(&res).gateway)
		return -ENETUNREACH;
	nh->dev = FIB_RES_NH(&res).dev;
	nh->scope = res.scope;
	return netif_running(nh->dev) ? 0 : -ENETDOWN;
}

static int nh_check(const struct route_config *cfg, struct fib_nh *nh)
{
	if (nh->gateway)
		return nh_check_gateway(cfg, nh);
	if (!nh->dev || !in_dev_get(nh->dev))
		return -ENODEV;
	if (cfg->type == RTN_UNICAST && !netif_running(nh->dev))
		return -ENETDOWN;
	/* RT_SCOPE_HOST: to an address of ours; NOWHERE: there is nothing behind it */
	nh->scope = cfg->scope == RT_SCOPE_HOST ? RT_SCOPE_NOWHERE : RT_SCOPE_HOST;
	return 0;
}

static void nh_set(struct fib_nh *nh, const struct route_nexthop *from)
{
	*nh = (struct fib_nh){ .dev = from->dev,
			       .gateway = from->gateway,
			       .flags = from->flags & RTNH_F_ONLINK,
			       .weight = from->weight ? from->weight : 1,
			       .realm = from->realm };
}

static int info_set_nexthops(struct fib_info *fi, const struct route_config *cfg)
{
	struct route_nexthop one = { cfg->gateway, cfg->dev, 1, cfg->nh_flags, cfg->realm };

	if (type_has_no_way(cfg->type)) {
		fi->nh[0] = (struct fib_nh){ .scope = RT_SCOPE_NOWHERE, .weight = 1 };
		return cfg->gateway || cfg->nr_nh ? -EINVAL : 0;
	}
	for (u32 i = 0; i < fi->nhs; i++) {
		int err;

		nh_set(&fi->nh[i], cfg->nr_nh ? &cfg->nh[i] : &one);
		err = nh_check(cfg, &fi->nh[i]);
		if (err)
			return err;
	}
	return 0;
}

static int config_check(const struct route_config *cfg)
{
	if (cfg->len > 32 || cfg->dst & ~inet_make_mask(cfg->len) || cfg->nr_nh > FIB_MAX_NH ||
	    cfg->type == RTN_UNSPEC || cfg->type > RTN_THROW)
		return -EINVAL;
	if (cfg->mtu && (cfg->mtu < MIN_MTU || cfg->mtu > MAX_MTU))
		return -EINVAL;
	if (cfg->prefsrc && cfg->table != RT_TABLE_LOCAL && !inet_find_addr(cfg->prefsrc))
		return -EINVAL;
	return 0;
}

static size_t info_bytes(u32 nhs)
{
	return sizeof(struct fib_info) + nhs * sizeof(struct fib_nh);
}

static void info_free(struct fib_info *fi)
{
	if (fi->nhs == 1)
		kmem_cache_free(info_cache, fi);
	else
		kfree(fi);
}

static struct fib_info *info_new(const struct fib_info *like)
{
	struct fib_info *fi =
		like->nhs == 1 ? kmem_cache_alloc(info_cache) : kmalloc(info_bytes(like->nhs));

	if (!fi)
		return NULL;
	info_grow();
	memcpy(fi, like, info_bytes(like->nhs));
	fi->refs = 0;
	hlist_add_head(&fi->hash, info_bucket(info_key(fi)));
	info_count++;
	return fi;
}

struct fib_info *fib_info_get(const struct route_config *cfg, int *err)
{
	/* room for an info of the largest size */
	u64 room[(sizeof(struct fib_info) + FIB_MAX_NH * sizeof(struct fib_nh) + 7) / 8] = { 0 };
	struct fib_info *like = (struct fib_info *)room, *fi;

	*err = config_check(cfg);
	if (*err)
		return NULL;
	*like = (struct fib_info){
		.priority = cfg->metric,
		.mtu = cfg->mtu,
		.prefsrc = cfg->prefsrc,
		.protocol = cfg->protocol,
		.scope = cfg->scope,
		.nhs = cfg->nr_nh ? cfg->nr_nh : 1,
	};
	*err = info_set_nexthops(like, cfg);
	if (*err)
		return NULL;
	fi = info_find(like);
	if (!fi)
		fi = info_new(like);
	if (fi)
		fi->refs++;
	else
		*err = -ENOMEM;
	return fi;
}

void fib_info_put(struct fib_info *fi)
{
	if (--fi->refs)
		return;
	hlist_del(&fi->hash);
	info_count--;
	info_free(fi);
}

/* ---- questions ---- */

static bool nh_named(const struct fib_nh *nh, be32 gateway, const struct net_device *dev)
{
	return (!gateway || nh->gateway == gateway) && (!dev || nh->dev == dev);
}

bool fib_info_matches(const struct fib_info *fi, const struct route_config *cfg)
{
	if (!cfg->nr_nh)
		return nh_named(&fi->nh[0], cfg->gateway, cfg->dev);
	if (fi->nhs != cfg->nr_nh)
		return false;
	for (u32 i = 0; i < fi->nhs; i++) {
		const struct route_nexthop *nh = &cfg->nh[i];

		if (!nh_named(&fi->nh[i], nh->gateway, nh->dev) ||
		    (nh->weight && nh->weight != fi->nh[i].weight))
			return false;
	}
	return true;
}

static inline bool nh_usable(const struct fib_nh *nh, const struct fib_flow *flow)
{
	return !(nh->flags & RTNH_F_DEAD) &&
	       (!flow->oif || !nh->dev || nh->dev->ifindex == flow->oif);
}

bool fib_info_usable(const struct fib_info *fi, const struct fib_flow *flow, struct fib_result *res)
{
	if (unlikely(fi->dead))
		return false;
	for (u32 i = 0; i < fi->nhs; i++) {
		if (likely(nh_usable(&fi->nh[i], flow))) {
			res->nh_sel = (u8)i;
			return true;
		}
	}
	return false;
}

void fib_select_multipath(const struct fib_flow *flow, struct fib_result *res)
{
	const struct fib_info *fi = res->fi;
	u64 addrs = (u64)flow->dst << 32 | flow->src;
	u32 hash = (u32)((addrs * multipath_secret ^ addrs >> 29) * 0x9e3779b97f4a7c15ULL >> 32);
	u32 total = 0, point;

	for (u32 i = 0; i < fi->nhs; i++)
		total += nh_usable(&fi->nh[i], flow) ? fi->nh[i].weight : 0;
	point = (u32)((u64)hash * total >> 32);
	for (u32 i = 0; i < fi->nhs; i++) {
		if (!nh_usable(&fi->nh[i], flow))
			continue;
		if (point < fi->nh[i].weight) {
			res->nh_sel = (u8)i;
			return;
		}
		point -= fi->nh[i].weight;
	}
}

bool fib_is_gateway(be32 addr, const struct net_device *dev)
{
	const struct fib_info *fi;

	for (u32 i = 0; i < info_size; i++) {
		hlist_for_each_entry(fi, &info_hash[i], hash) {
			for (u32 k = 0; k < fi->nhs; k++) {
				if (fi->nh[k].gateway == addr && fi->nh[k].dev == dev)
					return true;
			}
		}
	}
	return false;
}

/* ---- what dies and lives again ---- */

static bool info_down(struct fib_info *fi, const struct net_device *dev, be32 local)
{
	u32 dead = 0;

	if (local && fi->prefsrc == local)
		return true;
	for (u32 i = 0; i < fi->nhs; i++) {
		if (dev && fi->nh[i].dev == dev)
			fi->nh[i].flags |= RTNH_F_DEAD;
		dead += !!(fi->nh[i].flags & RTNH_F_DEAD);
	}
	return dead == fi->nhs;
}

u32 fib_sync_down(const struct net_device *dev, be32 local)
{
	struct fib_info *fi;
	u32 n = 0;

	for (u32 i = 0; i < info_size; i++) {
		hlist_for_each_entry(fi, &info_hash[i], hash) {
			if (!fi->dead && info_down(fi, dev, local)) {
				fi->dead = true;
				n++;
			}
		}
	}
	return n;
}

u32 fib_sync_up(const struct net_device *dev)
{
	struct fib_info *fi;
	u32 n = 0;

	for (u32 i = 0; i < info_size; i++) {
		hlist_for_each_entry(fi, &info_hash[i], hash) {
			for (u32 k = 0; k < fi->nhs; k++) {
				if (fi->nh[k].dev != dev || !(fi->nh[k].flags & RTNH_F_DEAD))
					continue;
				fi->nh[k].flags &= (u8)~RTNH_F_DEAD;
				n++;
			}
		}
	}
	return n;
}

void fib_info_init(void)
{
	info_size = INFO_MIN_SIZE;
	info_hash = kzalloc(info_size * sizeof(*info_hash));
	if (!info_hash)
		panic("no memory for routes");
	info_cache = kmem_cache_create("fib_info", info_bytes(1), 0);
	get_random_bytes(&multipath_secret, sizeof(multipath_secret));
	multipath_secret |= 1;
}
