/*
 * IGMP, the host's side (RFC 1112, 2236, 3376): which groups a device is in, with which sources,
 * and how routers hear of it.
 *
 *   ip_mcast.c     what each socket wants            igmp.c        queries and others' reports
 *   igmp_group.c   what a device wants: the sum      igmp_timer.c  what we say, and when
 *   igmp_proc.c    /proc/net/igmp and mcfilter       igmp_send.c   how it is written
 *
 * All of it: softirq or bh off, unless said otherwise.
 */
#pragma once

#include "net/ip/inet_addr.h"
#include "net/ip/inetdevice.h"

#define IGMP_HOST_MEMBERSHIP_QUERY 0x11
#define IGMP_HOST_MEMBERSHIP_REPORT 0x12
#define IGMPV2_HOST_MEMBERSHIP_REPORT 0x16
#define IGMP_HOST_LEAVE_MESSAGE 0x17
#define IGMPV3_HOST_MEMBERSHIP_REPORT 0x22

#define IGMP_ALL_HOSTS htonl(0xe0000001)
#define IGMP_ALL_ROUTER htonl(0xe0000002)
#define IGMPV3_ALL_MCR htonl(0xe0000016)

/* Types of a group record (RFC 3376 §4.2.12). */
enum igmp_record {
	IGMPV3_MODE_IS_INCLUDE = 1,
	IGMPV3_MODE_IS_EXCLUDE,
	IGMPV3_CHANGE_TO_INCLUDE,
	IGMPV3_CHANGE_TO_EXCLUDE,
	IGMPV3_ALLOW_NEW_SOURCES,
	IGMPV3_BLOCK_OLD_SOURCES,
};

/* ---- the wire ---- */

/* A checked message: a query, or another host's word. */
struct igmp_view {
	u8 type, version; /* version: 1 to 3, of a query */
	u8 qrv;		  /* v3 query: robustness of the querier, 0: not said */
	u32 max_resp;	  /* of a query, ms */
	u32 interval;	  /* of a v3 query, s */
	be32 group;	  /* 0: a general query */
	u32 nsrcs;
	const u8 *srcs; /* in the message, 4 bytes each */
};

/* Fills @v; DROP_IGMP_BAD, DROP_IGMP_IGNORED, or NR_DROP_REASONS: it is good. Pure. */
enum drop_reason igmp_parse(const u8 *data, u32 len, struct igmp_view *v);
static inline be32 igmp_view_source(const struct igmp_view *v, u32 i)
{
	return htonl(get_be32(v->srcs + 4 * i));
}

/* ---- what a socket wants ---- */

struct mc_filter {
	u8 mode; /* MCAST_INCLUDE, MCAST_EXCLUDE */
	u32 count;
	be32 addr[];
};

/* ---- what a device wants ---- */

/* A source that some socket has named. */
struct mc_source {
	struct mc_source *next;
	be32 addr;
	u32 users[2]; /* sockets that name it, by their mode */
	u8 changes;   /* reports of its last change still to be sent */
	bool allowed; /* as last looked at */
};

#define MC_MAX_ASKED 64

/* A group on a device: joined, or left and not yet told. */
struct mc_group {
	struct hlist_node hash;
	struct list_head node; /* in mc_device.groups */
	be32 group;
	struct net_device *dev;
	u32 users;	/* sockets; 0: we have left */
	u32 sockets[2]; /* of these, by mode */
	u8 mode;	/* as last looked at */
	bool allmulti;	/* the card had no room for it */
	struct mc_source *sources;

	/* reports */
	u8 changes;	/* reports of a change of mode still to be sent (v3) */
	u8 unsolicited; /* reports still to be sent unasked (v1, v2) */
	bool reporter;	/* ours was the last report on the link */
	u8 nasked;	/* sources that the query asked for; 0: for the group */
	be32 asked[MC_MAX_ASKED];
	struct timer timer; /* v1, v2: a report; v3: the answer about this group */
};

/* A device's side of IGMP; in_device.mc. */
struct mc_device {
	struct net_device *dev;
	struct list_head groups;
	u32 count;		/* groups joined */
	u8 qrv;			/* robustness */
	u32 interval, resp;	/* of the querier: s, ms */
	u64 v1_until, v2_until; /* ns; till then an older querier is believed to be there */
	struct timer general;	/* v3: the answer to a general query */
	struct timer change;	/* v3: the next report of what has changed */
};

static inline struct mc_device *mc_device(const struct net_device *dev)
{
	return in_dev_get(dev) ? in_dev_get(dev)->mc : NULL;
}

struct mc_group *mc_group_find(const struct net_device *dev, be32 group);
/*
 * One socket's wish for a group changes from @old to @new (NULL: it is not in it). -ENOMEM: nothing
 * has happened; never when @new is NULL.
 */
int mc_group_change(struct net_device *dev, be32 group, const struct mc_filter *old,
		    const struct mc_filter *new);
/* Is @addr among those that the group's mode lists? */
bool mc_source_listed(const struct mc_group *g, const struct mc_source *src);
/* Frees sources and, if it was left, the group itself, of which nothing is to be told any more. */
void mc_group_tidy(struct mc_group *g);

/* ---- what is said ---- */

/* 1 to 3: the language to speak on @mc's link (RFC 3376 §7.2.1). */
int igmp_version(const struct mc_device *mc);
/* Groups that routers are told of: not 224.0.0.1, nothing on loopback. */
bool igmp_reported(const struct mc_group *g);
void igmp_device_init(struct mc_device *mc, struct net_device *dev);
void igmp_group_init(struct mc_group *g);
void igmp_group_joined(struct mc_group *g); /* v1, v2 */
void igmp_group_left(struct mc_group *g);   /* v1, v2 */
/* v3: something is to be told; the first time at once. */
void igmp_changed(struct mc_device *mc);
/* A query asks; @delay: ms, at most. */
void igmp_answer_general(struct mc_device *mc, u32 delay);
void igmp_answer_group(struct mc_group *g, u32 delay, const struct igmp_view *v);
/* Another has reported the group: we need not. */
void igmp_suppress(struct mc_group *g);
/* Ends all that is planned: the link's version has changed, or the link is gone. */
void igmp_cancel(struct mc_device *mc);
/* Tells the link anew of every group: it is there again. */
void igmp_restart(struct mc_device *mc);

/* A v1 or v2 message about @group. */
void igmp_send(struct net_device *dev, u8 type, be32 group);

/* A v3 report in the making. */
struct igmp_report {
	struct net_device *dev;
	struct sk_buff *skb;
	u8 *record; /* the last one */
	u32 room;   /* bytes left */
};
/* Begins a record, of @n sources if it can be, in this packet or in the next. */
void igmp_report_record(struct igmp_report *r, enum igmp_record type, be32 group, u32 n);
/* Adds a source to the last record, which goes on in another packet if it has to. */
void igmp_report_source(struct igmp_report *r, be32 addr);
/* Sends what there is. */
void igmp_report_end(struct igmp_report *r);

/* ---- */

void igmp_rcv(struct sk_buff *skb); /* Consumes. Softirq */
void igmp_event(struct net_device *dev, enum netdev_event event);
void igmp_init(void);
void igmp_proc_show(struct seq_file *s);     /* /proc/net/igmp */
void mcfilter_proc_show(struct seq_file *s); /* /proc/net/mcfilter */
extern int sysctl_igmp_max_memberships, sysctl_igmp_max_msf, sysctl_igmp_qrv,
	sysctl_igmp_link_local_reports;
