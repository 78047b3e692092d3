/*
 * The groups of each device: what its sockets want, added up (RFC 3376 §3.2), what the card listens
 * for, and which of the changes routers have to hear of (§5.1). A group that was left stays until
 * that has been said.
 */
#include "net/core/byteorder.h"
#include "net/ip/igmp.h"
#include "net/ip/route.h"

#define GROUP_BUCKETS 64

static struct hlist_head groups[GROUP_BUCKETS];

static struct hlist_head *group_bucket(be32 group)
{
	return &groups[(group * 0x9e3779b1u) >> 26];
}

struct mc_group *mc_group_find(const struct net_device *dev, be32 group)
{
	struct mc_group *g;

	hlist_for_each_entry(g, group_bucket(group), hash) {
		if (g->group == group && g->dev == dev)
			return g;
	}
	return NULL;
}

bool ip_check_mc(const struct net_device *dev, be32 group)
{
	const struct mc_group *g;

	if (group == IGMP_ALL_HOSTS)
		return true;
	g = mc_group_find(dev, group);
	return g && g->users;
}

/* ---- the card ---- */

/* RFC 1112 §6.4 */
static void group_mac(be32 group, u8 *mac)
{
	mac[0] = 0x01;
	mac[1] = 0x00;
	mac[2] = 0x5e;
	memcpy(mac + 3, (u8 *)&group + 1, 3);
	mac[3] &= 0x7f;
}

/* A card whose list is full has to take all groups. */
static void group_listen(struct mc_group *g, bool on)
{
	u8 mac[ETH_ALEN];

	if (g->dev->type != ARPHRD_ETHER)
		return;
	group_mac(g->group, mac);
	if (!on && !g->allmulti) {
		dev_mc_del(g->dev, mac);
	} else if (!on) {
		dev_set_allmulti(g->dev, -1);
		g->allmulti = false;
	} else if (dev_mc_add(g->dev, mac)) {
		dev_set_allmulti(g->dev, 1);
		g->allmulti = true;
	}
}

/* ---- sources ---- */

bool mc_source_listed(const struct mc_group *g, const struct mc_source *src)
{
	return src->allowed == (g->mode == MCAST_INCLUDE);
}

static struct mc_source *source_get(struct mc_group *g, be32 addr)
{
	struct mc_source *src = g->sources;

	while (src && src->addr != addr)
		src = src->next;
	if (src)
		return src;
	src = kzalloc(sizeof(*src));
	if (!src)
		return NULL;
	src->addr = addr;
	src->allowed = g->mode == MCAST_EXCLUDE;
	src->next = g->sources;
	g->sources = src;
	return src;
}

/* Does anybody want to hear it? In EXCLUDE mode: unless all who exclude sources name it. */
static bool source_wanted(const struct mc_group *g, const struct mc_source *src)
{
	return src->users[MCAST_INCLUDE] || src->users[MCAST_EXCLUDE] < g->sockets[MCAST_EXCLUDE];
}

static bool sources_prepare(struct mc_group *g, const struct mc_filter *f)
{
	for (u32 i = 0; i < f->count; i++) {
		if (!source_get(g, f->addr[i]))
			return false;
	}
	return true;
}

static void filter_count(struct mc_group *g, const struct mc_filter *f, int n)
{
	g->users += (u32)n;
	g->sockets[f->mode] += (u32)n;
	for (u32 i = 0; i < f->count; i++)
		source_get(g, f->addr[i])->users[f->mode] += (u32)n;
}

/* ---- groups ---- */

static struct mc_group *group_new(struct net_device *dev, be32 group)
{
	struct mc_group *g = kzalloc(sizeof(*g));

	if (!g)
		return NULL;
	g->group = group;
	g->dev = dev;
	g->mode = MCAST_INCLUDE; /* of nobody: as if it was not there */
	igmp_group_init(g);
	hlist_add_head(&g->hash, group_bucket(group));
	list_add_tail(&g->node, &mc_device(dev)->groups);
	return g;
}

void mc_group_tidy(struct mc_group *g)
{
	struct mc_source **p = &g->sources, *src;

	while ((src = *p) != NULL) {
		if (src->users[0] || src->users[1] || src->changes) {
			p = &src->next;
		} else {
			*p = src->next;
			kfree(src);
		}
	}
	if (g->users || g->changes || g->sources)
		return;
	timer_del(&g->timer);
	hlist_del(&g->hash);
	list_del(&g->node);
	kfree(g);
}

/* Compares with what was told; true: there is news. */
static bool group_settle(struct mc_group *g, u8 times)
{
	u8 mode = g->sockets[MCAST_EXCLUDE] ? MCAST_EXCLUDE : MCAST_INCLUDE;
	bool switched = mode != g->mode, news = switched;

	g->mode = mode;
	if (switched)
		g->changes = times;
	for (struct mc_source *src = g->sources; src; src = src->next) {
		bool wanted = source_wanted(g, src);

		if (switched) {
			src->changes = 0; /* the list that goes with the new mode says it */
		} else if (wanted != src->allowed) {
			src->changes = times;
			news = true;
		}
		src->allowed = wanted;
	}
	return news;
}

static void group_tell(struct mc_group *g, u32 was_users)
{
	struct mc_device *mc = mc_device(g->dev);
	bool told = igmp_reported(g) && netif_running(g->dev), v3 = igmp_version(mc) == 3;
	bool news = group_settle(g, told && v3 ? mc->qrv : 0);

	if (!told)
		return;
	if (v3 && news)
		igmp_changed(mc);
	else if (!v3 && !was_users)
		igmp_group_joined(g);
	else if (!v3 && !g->users)
		igmp_group_left(g);
}

int mc_group_change(struct net_device *dev, be32 group, const struct mc_filter *old,
		    const struct mc_filter *new)
{
	struct mc_group *g;
	u32 was;

	local_bh_disable();
	g = mc_group_find(dev, group);
	if (!g)
		g = group_new(dev, group);
	if (!g || (new && !sources_prepare(g, new))) {
		if (g)
			mc_group_tidy(g);
		local_bh_enable();
		return -ENOMEM;
	}
	was = g->users;
	if (new)
		filter_count(g, new, 1);
	if (old)
		filter_count(g, old, -1);
	if (!was != !g->users) {
		mc_device(dev)->count += g->users ? 1 : -1u;
		group_listen(g, g->users);
		rt_changed();
	}
	group_tell(g, was);
	mc_group_tidy(g);
	local_bh_enable();
	return 0;
}
