/*
 * How sure we are of a neighbour (RFC 4861 §7.3, as Linux applies it to IPv4): the events, and the
 * timer that drives between them.
 *
 *   NONE, FAILED --wanted--> INCOMPLETE --answer--> REACHABLE --reachable_time--> STALE --used-->
 * DELAY --5 s--> PROBE --answer--> REACHABLE | | 3 broadcasts 3 unicasts v v FAILED FAILED
 *
 * An upper layer's confirmation (neigh_confirm) saves the questions. NOARP and PERMANENT stay what
 * they are.
 */
#include "net/core/byteorder.h"
#include "net/ip/inet_addr.h"
#include "net/ip/neighbour_private.h"
#include "net/ip/route.h"

static u64 retrans_time(const struct neighbour *n)
{
	return (u64)n->parms->retrans_time_ms * NSEC_PER_MSEC;
}

static u64 delay_time(const struct neighbour *n)
{
	return (u64)n->parms->delay_first_probe_time * NSEC_PER_SEC;
}

/*
 * Even over 0.5 to 1.5 of the base (RFC 4861 §6.3.2), so that a network's hosts do not ask in step.
 */
static u64 random_reachable_time(const struct neighbour *n)
{
	u32 base = (u32)n->parms->base_reachable_time_ms;

	return (base / 2 + random_below(base + 1)) * NSEC_PER_MSEC;
}

bool neigh_static_address(struct neighbour *n)
{
	const u32 group = ntohl(n->key);

	if (ipv4_is_multicast(n->key)) {
		/* RFC 1112 §6.4 */
		const u8 ha[ETH_ALEN] = {
			0x01, 0x00, 0x5e, group >> 16 & 0x7f, group >> 8 & 0xff, group & 0xff
		};

		memcpy(n->ha, ha, ETH_ALEN);
	} else if (n->dev->flags & (IFF_NOARP | IFF_LOOPBACK)) {
		memcpy(n->ha, n->dev->dev_addr, ETH_ALEN);
	} else if (ipv4_is_lbcast(n->key) || inet_addr_type(n->key) == RTN_BROADCAST ||
		   n->dev->flags & IFF_POINTOPOINT) {
		memcpy(n->ha, n->dev->broadcast, ETH_ALEN);
	} else {
		return false;
	}
	n->nud_state = NUD_NOARP;
	return true;
}

static void neigh_set_state(struct neighbour *n, u8 state, u64 now)
{
	n->nud_state = state;
	n->updated = now;
	neigh_count_gc(n);
}

/*
 * One more question, if it is our turn: before broadcasts, and after unicasts, app_solicit rounds
 * are a program's to fill.
 */
static void neigh_solicit(struct neighbour *n, bool unicast)
{
	int round = n->probes++;
	bool ours = unicast ? round < n->parms->ucast_solicit : round >= n->parms->app_solicit;

	if (ours)
		arp_solicit(n, skb_peek(&n->arp_queue), unicast);
}

static int max_probes(const struct neighbour *n, bool unicast)
{
	const struct neigh_parms *p = n->parms;

	return p->app_solicit + (unicast ? p->ucast_solicit : p->mcast_solicit);
}

static void neigh_fail(struct neighbour *n, u64 now)
{
	neigh_set_state(n, NUD_FAILED, now);
	timer_del(&n->timer);
	neigh_stats.res_failed++;
	neigh_fail_queue(n);
}

/* ---- the timer ---- */

static void reachable_expired(struct neighbour *n, u64 now)
{
	if (now < n->confirmed + n->reachable_time) {
		timer_mod(&n->timer, n->confirmed + n->reachable_time);
	} else if (now < n->used + delay_time(n)) {
		neigh_set_state(n, NUD_DELAY, now);
		timer_mod(&n->timer, now + delay_time(n));
	} else {
		neigh_set_state(n, NUD_STALE, now);
	}
}

static void probe_again(struct neighbour *n, u64 now, bool unicast)
{
	if (n->probes >= max_probes(n, unicast)) {
		neigh_fail(n, now);
		return;
	}
	timer_mod(&n->timer, now + retrans_time(n));
	neigh_solicit(n, unicast);
}

static void delay_expired(struct neighbour *n, u64 now)
{
	if (now <= n->confirmed + delay_time(n)) {
		neigh_set_state(n, NUD_REACHABLE, now);
		n->reachable_time = random_reachable_time(n);
		timer_mod(&n->timer, n->confirmed + n->reachable_time);
		return;
	}
	neigh_set_state(n, NUD_PROBE, now);
	n->probes = 0;
	probe_again(n, now, true);
}

void neigh_timer_fn(struct timer *t)
{
	struct neighbour *n = container_of(t, struct neighbour, timer);
	u64 now = ktime_ns();

	neigh_hold(n);
	switch (n->nud_state) {
	case NUD_REACHABLE:
		reachable_expired(n, now);
		break;
	case NUD_DELAY:
		delay_expired(n, now);
		break;
	case NUD_PROBE:
		probe_again(n, now, true);
		break;
	case NUD_INCOMPLETE:
		probe_again(n, now, false);
		break;
	}
	neigh_release(n);
}

/* ---- events ---- */

/* Begins to ask. False: asking is switched off. */
static bool neigh_start_resolution(struct neighbour *n, u64 now)
{
	if (!max_probes(n, false)) {
		neigh_set_state(n, NUD_FAILED, now);
		return false;
	}
	neigh_set_state(n, NUD_INCOMPLETE, now);
	n->probes = 0;
	timer_mod(&n->timer, now + retrans_time(n));
	return true;
}

bool neigh_event_send(struct neighbour *n, struct sk_buff *skb)
{
	u64 now = ktime_ns();
	bool ask;

	n->used = now;
	if (n->nud_state & (NUD_CONNECTED | NUD_DELAY | NUD_PROBE))
		return true;
	if (n->nud_state == NUD_STALE) {
		neigh_set_state(n, NUD_DELAY, now);
		timer_mod(&n->timer, now + delay_time(n));
		return true;
	}
	ask = n->nud_state != NUD_INCOMPLETE;
	if (ask && !neigh_start_resolution(n, now)) {
		kfree_skb(skb, DROP_NEIGH_FAILED);
		return false;
	}
	neigh_queue(n, skb);
	if (ask)
		neigh_solicit(n, false);
	return false;
}

void neigh_confirm(be32 key, struct net_device *dev)
{
	struct neighbour *n = neigh_lookup(key, dev, false);

	if (!n)
		return;
	if (n->nud_state & NUD_VALID)
		n->confirmed = ktime_ns();
	neigh_release(n);
}

/* News that @n has no address any more. */
static void neigh_update_invalid(struct neighbour *n, u8 state, u64 now)
{
	u8 old = n->nud_state;

	timer_del(&n->timer);
	neigh_set_state(n, state, now);
	if (old & (NUD_INCOMPLETE | NUD_PROBE) && state & NUD_FAILED) {
		neigh_stats.res_failed++;
		neigh_fail_queue(n);
	}
}

static void neigh_enter_state(struct neighbour *n, u8 state, u64 now)
{
	timer_del(&n->timer);
	neigh_set_state(n, state, now);
	if (state == NUD_REACHABLE) {
		n->reachable_time = random_reachable_time(n);
		timer_mod(&n->timer, now + n->reachable_time);
	} else if (state == NUD_DELAY) {
		timer_mod(&n->timer, now + delay_time(n));
	}
}

void neigh_update(struct neighbour *n, const u8 *ha, u8 state, u32 flags)
{
	u64 now = ktime_ns();
	u8 old = n->nud_state;
	bool same;

	if (n->dead || (!(flags & NEIGH_UPDATE_ADMIN) && old & (NUD_NOARP | NUD_PERMANENT)))
		return;
	if (!(state & NUD_VALID)) {
		neigh_update_invalid(n, state, now);
		return;
	}
	same = old & NUD_VALID && (!ha || memcmp(ha, n->ha, ETH_ALEN) == 0);
	if (!same && (!ha || (old & NUD_VALID && !(flags & NEIGH_UPDATE_OVERRIDE))))
		return;
	if (state & NUD_CONNECTED)
		n->confirmed = now;
	/* That it asks us says nothing of whether it hears us: no worse than what we knew. */
	if (same && state == NUD_STALE && !(flags & NEIGH_UPDATE_ADMIN))
		state = old;
	if (!same) {
		memcpy(n->ha, ha, ETH_ALEN);
		neigh_update_hh(n);
		if (!(state & NUD_CONNECTED))
			n->confirmed = 0; /* what was confirmed was another address */
		n->updated = now;
	}
	if (state != old)
		neigh_enter_state(n, state, now);
	if (!(old & NUD_VALID))
		neigh_flush_queue(n);
}

void neigh_admin_update(struct neighbour *n, const u8 *ha, u8 state)
{
	u64 now = ktime_ns();

	if (state & NUD_VALID) {
		/* Without an address of its own NOARP has the device's broadcast. */
		if (!ha && !(n->nud_state & NUD_VALID))
			ha = n->dev->broadcast;
		neigh_update(n, ha, state, NEIGH_UPDATE_OVERRIDE | NEIGH_UPDATE_ADMIN);
		if (state == NUD_PROBE && !n->dead) {
			n->probes = 0;
			probe_again(n, now, true);
		}
		return;
	}
	neigh_update(n, NULL, state == NUD_INCOMPLETE ? NUD_NONE : state, NEIGH_UPDATE_ADMIN);
	if (state == NUD_INCOMPLETE && neigh_start_resolution(n, now))
		neigh_solicit(n, false);
	else
		neigh_fail_queue(n); /* nobody asks any more */
}
