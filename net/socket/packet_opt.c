/*
 * SOL_PACKET: what a packet socket has its device take in beside what is for this host, the
 * statistics, and what comes along with a packet.
 */
#include "net/socket/packet.h"

#define MAX_MEMBERS 64 /* of a socket */

/* ---- memberships: each holds the device to something until it is dropped, or the socket ends ----
 */

struct packet_member {
	struct packet_member *next;
	struct packet_mreq mreq; /* as it was asked for */
	u32 count;
};

/* A card here has no list of further addresses of its own: such a one makes it take everything. */
static int packet_dev_mode(struct net_device *dev, const struct packet_mreq *mreq, int inc)
{
	switch (mreq->mr_type) {
	case PACKET_MR_MULTICAST:
		if (mreq->mr_alen != ETH_ALEN || !dev->hard_header)
			return -EINVAL;
		return inc > 0 ? dev_mc_add(dev, mreq->mr_address) :
				 dev_mc_del(dev, mreq->mr_address);
	case PACKET_MR_UNICAST:
		if (mreq->mr_alen != ETH_ALEN || !dev->hard_header)
			return -EINVAL;
		dev_set_promiscuity(dev, inc);
		return 0;
	case PACKET_MR_PROMISC:
		dev_set_promiscuity(dev, inc);
		return 0;
	case PACKET_MR_ALLMULTI:
		dev_set_allmulti(dev, inc);
		return 0;
	default:
		return -EINVAL;
	}
}

/* Where the list points at it, or at NULL, the end. */
static struct packet_member **packet_find_member(struct packet_sock *po,
						 const struct packet_mreq *mreq)
{
	struct packet_member **m;

	for (m = &po->members; *m; m = &(*m)->next)
		if ((*m)->mreq.mr_ifindex == mreq->mr_ifindex &&
		    (*m)->mreq.mr_type == mreq->mr_type && (*m)->mreq.mr_alen == mreq->mr_alen &&
		    !memcmp((*m)->mreq.mr_address, mreq->mr_address, mreq->mr_alen))
			break;
	return m;
}

static int packet_add_member(struct packet_sock *po, const struct packet_mreq *mreq)
{
	struct net_device *dev = dev_get_by_index(mreq->mr_ifindex);
	struct packet_member **at, *m;
	int err;

	if (!dev)
		return -ENODEV;
	if (mreq->mr_alen > (dev->hard_header ? ETH_ALEN : 0))
		return -EINVAL;
	at = packet_find_member(po, mreq);
	if (*at) {
		(*at)->count++;
		return 0;
	}
	if (po->nr_members == MAX_MEMBERS)
		return -ENOBUFS;
	m = kmalloc(sizeof(*m));
	if (!m)
		return -ENOBUFS;
	err = packet_dev_mode(dev, mreq, 1);
	if (err) {
		kfree(m);
		return err;
	}
	*m = (struct packet_member){ .mreq = *mreq, .count = 1 };
	*at = m;
	po->nr_members++;
	return 0;
}

static void packet_end_member(struct packet_sock *po, struct packet_member **at)
{
	struct packet_member *m = *at;

	*at = m->next;
	po->nr_members--;
	packet_dev_mode(dev_get_by_index(m->mreq.mr_ifindex), &m->mreq, -1);
	kfree(m);
}

static int packet_drop_member(struct packet_sock *po, const struct packet_mreq *mreq)
{
	struct packet_member **at;

	if (mreq->mr_alen > sizeof(mreq->mr_address))
		return -EINVAL;
	at = packet_find_member(po, mreq);
	if (*at && --(*at)->count == 0)
		packet_end_member(po, at);
	return 0;
}

void packet_drop_members(struct packet_sock *po)
{
	while (po->members)
		packet_end_member(po, &po->members);
}

/* ---- options ---- */

static bool *packet_switch(struct packet_sock *po, int name)
{
	switch (name) {
	case PACKET_AUXDATA:
		return &po->auxdata;
	case PACKET_ORIGDEV:
		return &po->origdev;
	case PACKET_IGNORE_OUTGOING:
		return &po->ignore_outgoing;
	default:
		return NULL;
	}
}

int packet_setsockopt(struct sock *sk, int level, int name, const void *val, int len)
{
	struct packet_sock *po = packet_sk(sk);
	bool *flag = packet_switch(po, name);
	struct packet_mreq mreq;
	int v;

	if (level != SOL_PACKET)
		return -ENOPROTOOPT;
	if (flag) {
		if (len < (int)sizeof(v))
			return -EINVAL;
		memcpy(&v, val, sizeof(v));
		*flag = v != 0;
		return 0;
	}
	if (name != PACKET_ADD_MEMBERSHIP && name != PACKET_DROP_MEMBERSHIP)
		return -ENOPROTOOPT;
	if (len < (int)sizeof(mreq))
		return -EINVAL;
	memcpy(&mreq, val, sizeof(mreq));
	return name == PACKET_ADD_MEMBERSHIP ? packet_add_member(po, &mreq) :
					       packet_drop_member(po, &mreq);
}

/* Each reading begins anew. */
static struct tpacket_stats packet_take_stats(struct packet_sock *po)
{
	struct tpacket_stats st;

	local_bh_disable();
	st = (struct tpacket_stats){ po->tp_packets, po->tp_drops };
	po->tp_packets = po->tp_drops = 0;
	local_bh_enable();
	return st;
}

int packet_getsockopt(struct sock *sk, int level, int name, void *val, int *len)
{
	struct packet_sock *po = packet_sk(sk);
	bool *flag = packet_switch(po, name);
	struct tpacket_stats st;
	int v;

	if (level != SOL_PACKET)
		return -ENOPROTOOPT;
	if (name == PACKET_STATISTICS) {
		st = packet_take_stats(po);
		return sock_opt_give(val, len, &st, sizeof(st));
	}
	if (!flag)
		return -ENOPROTOOPT;
	v = *flag;
	return sock_opt_give(val, len, &v, sizeof(v));
}
