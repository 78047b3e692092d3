/*
 * When we speak of our groups: unasked after a change, several times at random intervals; asked,
 * after a random delay, so that not all hosts answer at once (RFC 2236 §3, RFC 3376 §5). Up to
 * version 2 each group has its timer; version 3 says much in one report.
 */
#include "net/ip/igmp.h"

static u64 igmp_random(u32 ms)
{
	return ktime_ns() + random_below(ms ? ms : 1) * NSEC_PER_MSEC;
}

/* Never later than was promised. */
static void igmp_timer_sooner(struct timer *t, u32 ms)
{
	u64 when = igmp_random(ms);

	if (!timer_pending(t) || when < t->expires)
		timer_mod(t, when);
}

bool igmp_reported(const struct mc_group *g)
{
	return g->group != IGMP_ALL_HOSTS && !(g->dev->flags & IFF_LOOPBACK) &&
	       (sysctl_igmp_link_local_reports || !ipv4_is_local_multicast(g->group));
}

static u32 igmp_unsolicited_interval(const struct mc_device *mc)
{
	const struct in_device *in_dev = in_dev_get(mc->dev);

	return (u32)(igmp_version(mc) == 3 ? in_dev->igmpv3_unsolicited_report_interval :
					     in_dev->igmpv2_unsolicited_report_interval);
}

/* ---- versions 1 and 2 ---- */

static void igmp_send_host_report(struct mc_group *g, int version)
{
	g->reporter = true;
	if (g->unsolicited && --g->unsolicited)
		timer_mod(&g->timer, igmp_random(igmp_unsolicited_interval(mc_device(g->dev))));
	igmp_send(g->dev,
		  version == 1 ? IGMP_HOST_MEMBERSHIP_REPORT : IGMPV2_HOST_MEMBERSHIP_REPORT,
		  g->group);
}

void igmp_group_joined(struct mc_group *g)
{
	g->unsolicited = mc_device(g->dev)->qrv;
	timer_mod(&g->timer, ktime_ns());
}

void igmp_group_left(struct mc_group *g)
{
	timer_del(&g->timer);
	if (g->reporter && igmp_version(mc_device(g->dev)) == 2)
		igmp_send(g->dev, IGMP_HOST_LEAVE_MESSAGE, g->group);
	g->reporter = false;
}

void igmp_suppress(struct mc_group *g)
{
	timer_del(&g->timer);
	g->unsolicited = 0;
	g->reporter = false;
}

/* ---- version 3: the present state ---- */

static enum igmp_record igmp_state_type(const struct mc_group *g)
{
	return g->mode == MCAST_EXCLUDE ? IGMPV3_MODE_IS_EXCLUDE : IGMPV3_MODE_IS_INCLUDE;
}

static void igmp_add_list(struct igmp_report *r, const struct mc_group *g, enum igmp_record type)
{
	u32 n = 0;

	for (const struct mc_source *src = g->sources; src; src = src->next)
		n += mc_source_listed(g, src);
	igmp_report_record(r, type, g->group, n);
	for (const struct mc_source *src = g->sources; src; src = src->next)
		if (mc_source_listed(g, src))
			igmp_report_source(r, src->addr);
}

static bool igmp_hears(const struct mc_group *g, be32 addr)
{
	for (const struct mc_source *src = g->sources; src; src = src->next)
		if (src->addr == addr)
			return src->allowed;
	return g->mode == MCAST_EXCLUDE;
}

/* Of the sources that were asked for those that we hear, if there are (RFC 3376 §5.2). */
static void igmp_add_asked(struct igmp_report *r, const struct mc_group *g)
{
	u32 n = 0;

	for (u32 i = 0; i < g->nasked; i++)
		n += igmp_hears(g, g->asked[i]);
	if (!n)
		return;
	igmp_report_record(r, IGMPV3_MODE_IS_INCLUDE, g->group, n);
	for (u32 i = 0; i < g->nasked; i++)
		if (igmp_hears(g, g->asked[i]))
			igmp_report_source(r, g->asked[i]);
}

static void igmp_group_timer(struct timer *t)
{
	struct mc_group *g = container_of(t, struct mc_group, timer);
	struct igmp_report r = { .dev = g->dev };
	int version = igmp_version(mc_device(g->dev));

	if (!g->users) {
		g->nasked = 0;
		return;
	}
	if (version < 3) {
		igmp_send_host_report(g, version);
		return;
	}
	if (g->nasked)
		igmp_add_asked(&r, g);
	else
		igmp_add_list(&r, g, igmp_state_type(g));
	g->nasked = 0;
	igmp_report_end(&r);
}

static void igmp_general_timer(struct timer *t)
{
	struct mc_device *mc = container_of(t, struct mc_device, general);
	struct igmp_report r = { .dev = mc->dev };
	const struct mc_group *g;

	list_for_each_entry(g, &mc->groups, node) {
		if (g->users && igmp_reported(g))
			igmp_add_list(&r, g, igmp_state_type(g));
	}
	igmp_report_end(&r);
}

/* ---- version 3: changes ---- */

static void igmp_add_changed(struct igmp_report *r, struct mc_group *g, bool allowed)
{
	enum igmp_record type = allowed ? IGMPV3_ALLOW_NEW_SOURCES : IGMPV3_BLOCK_OLD_SOURCES;
	u32 n = 0;

	for (const struct mc_source *src = g->sources; src; src = src->next)
		n += src->changes && src->allowed == allowed;
	if (!n)
		return;
	igmp_report_record(r, type, g->group, n);
	for (struct mc_source *src = g->sources; src; src = src->next) {
		if (src->changes && src->allowed == allowed) {
			src->changes--;
			igmp_report_source(r, src->addr);
		}
	}
}

/* True: there is more to be said later. */
static bool igmp_add_change(struct igmp_report *r, struct mc_group *g)
{
	bool more = false;

	if (g->changes) {
		g->changes--;
		igmp_add_list(r, g,
			      g->mode == MCAST_EXCLUDE ? IGMPV3_CHANGE_TO_EXCLUDE :
							 IGMPV3_CHANGE_TO_INCLUDE);
	} else {
		igmp_add_changed(r, g, true);
		igmp_add_changed(r, g, false);
	}
	for (const struct mc_source *src = g->sources; src; src = src->next)
		more |= src->changes != 0;
	return more || g->changes;
}

static void igmp_change_timer(struct timer *t)
{
	struct mc_device *mc = container_of(t, struct mc_device, change);
	struct igmp_report r = { .dev = mc->dev };
	struct mc_group *g, *tmp;
	bool more = false;

	list_for_each_entry_safe(g, tmp, &mc->groups, node) {
		more |= igmp_add_change(&r, g);
		mc_group_tidy(g);
	}
	igmp_report_end(&r);
	if (more)
		timer_mod(&mc->change, igmp_random(igmp_unsolicited_interval(mc)));
}

void igmp_changed(struct mc_device *mc)
{
	timer_mod(&mc->change, ktime_ns());
}

/* ---- queries ---- */

void igmp_answer_general(struct mc_device *mc, u32 delay)
{
	if (mc->count > 1) /* than 224.0.0.1 */
		igmp_timer_sooner(&mc->general, delay);
}

/* What was asked before and is not yet answered is asked still. */
static void igmp_note_asked(struct mc_group *g, const struct igmp_view *v)
{
	bool all = !v->nsrcs || (timer_pending(&g->timer) && !g->nasked);

	if (all || v->nsrcs > MC_MAX_ASKED - (u32)g->nasked) {
		g->nasked = 0;
		return;
	}
	for (u32 i = 0; i < v->nsrcs; i++) {
		u32 k = 0;

		while (k < g->nasked && g->asked[k] != igmp_view_source(v, i))
			k++;
		if (k == g->nasked)
			g->asked[g->nasked++] = igmp_view_source(v, i);
	}
}

void igmp_answer_group(struct mc_group *g, u32 delay, const struct igmp_view *v)
{
	struct mc_device *mc = mc_device(g->dev);
	u64 now = ktime_ns();

	if (igmp_version(mc) == 3) {
		/* The answer to a general query that is due sooner says it all (§5.2). */
		if (timer_pending(&mc->general) &&
		    mc->general.expires < now + delay * NSEC_PER_MSEC)
			return;
		igmp_note_asked(g, v);
		igmp_timer_sooner(&g->timer, delay);
		return;
	}
	g->nasked = 0;
	if (!timer_pending(&g->timer) || g->timer.expires >= now + delay * NSEC_PER_MSEC)
		timer_mod(&g->timer, igmp_random(delay));
}

/* ---- links come and go ---- */

void igmp_cancel(struct mc_device *mc)
{
	struct mc_group *g, *tmp;

	timer_del(&mc->general);
	timer_del(&mc->change);
	list_for_each_entry_safe(g, tmp, &mc->groups, node) {
		timer_del(&g->timer);
		g->unsolicited = g->changes = g->nasked = 0;
		for (struct mc_source *src = g->sources; src; src = src->next)
			src->changes = 0;
		mc_group_tidy(g);
	}
}

/* As if all were joined now. */
void igmp_restart(struct mc_device *mc)
{
	bool v3 = igmp_version(mc) == 3;
	struct mc_group *g;

	list_for_each_entry(g, &mc->groups, node) {
		if (!g->users || !igmp_reported(g))
			continue;
		if (!v3) {
			igmp_group_joined(g);
			continue;
		}
		g->changes = g->mode == MCAST_EXCLUDE ? mc->qrv : 0;
		for (struct mc_source *src = g->sources; src; src = src->next)
			src->changes = src->allowed && !g->changes ? mc->qrv : 0;
		igmp_changed(mc);
	}
}

void igmp_group_init(struct mc_group *g)
{
	timer_init(&g->timer, igmp_group_timer);
}

void igmp_device_init(struct mc_device *mc, struct net_device *dev)
{
	mc->dev = dev;
	mc->qrv = (u8)sysctl_igmp_qrv;
	list_init(&mc->groups);
	timer_init(&mc->general, igmp_general_timer);
	timer_init(&mc->change, igmp_change_timer);
}
