/*
 * Who listens on the link beside the protocols: ptype_all's see every frame on its way up, before
 * its receiver, and on its way out, when the driver gets it; ptype_base's see what comes in of
 * their EtherType. They look at the packet itself and take a clone of what they want, so that a
 * filter costs no clone and nothing is copied. Both lists are empty most of the time, and net_taps
 * says so.
 */
#include "net/core/byteorder.h"
#include "net/core/protocol.h"
#include "net/link/softnet.h"

#define PTYPE_BUCKETS 16

static struct list_head ptype_all = LIST_HEAD_INIT(ptype_all);
static struct list_head ptype_base[PTYPE_BUCKETS]; /* by EtherType */
u32 net_taps;

static struct list_head *ptype_head(be16 type)
{
	if (type == htons(ETH_P_ALL))
		return &ptype_all;
	return &ptype_base[ntohs(type) % PTYPE_BUCKETS];
}

void dev_tap_init(void)
{
	for (u32 i = 0; i < PTYPE_BUCKETS; i++)
		list_init(&ptype_base[i]);
}

void dev_add_pack(struct packet_type *pt)
{
	local_bh_disable();
	list_add_tail(&pt->node, ptype_head(pt->type));
	net_taps++;
	local_bh_enable();
}

void dev_remove_pack(struct packet_type *pt)
{
	local_bh_disable();
	BUG_ON(!net_taps);
	list_del(&pt->node);
	net_taps--;
	local_bh_enable();
}

void dev_numbers(const struct net_device *dev, u32 *ifindex, u32 *type)
{
	*ifindex = (u32)dev->ifindex;
	*type = dev->type;
}

/* ---- frames ---- */

static bool dev_tap_show(struct sk_buff *skb, be16 type)
{
	struct list_head *head = ptype_head(type);
	struct packet_type *pt;
	bool shown = false;

	list_for_each_entry(pt, head, node) {
		if (pt->type != type || (pt->dev && pt->dev != skb->dev))
			continue;
		if (skb->sk && pt->private == skb->sk)
			continue;
		pt->func(skb, pt);
		shown = true;
	}
	return shown;
}

bool dev_tap_incoming(struct sk_buff *skb)
{
	dev_tap_show(skb, htons(ETH_P_ALL));
	return dev_tap_show(skb, skb->protocol);
}

/*
 * A driver without room sends the packet back to its queue, and gets it again: what has been shown
 * is marked by its type, which nobody looks at on the way out.
 */
void dev_tap_outgoing(struct sk_buff *skb, struct net_device *dev)
{
	const u16 mac = skb->mac_header;

	if (skb->pkt_type == PACKET_OUTGOING)
		return;
	skb->pkt_type = PACKET_OUTGOING;
	skb_reset_mac_header(skb);
	if (skb_network_header(skb) < skb->data || skb_network_header(skb) > skb->tail)
		skb_set_network_header(skb, (int)min((u32)dev->hard_header_len, skb_headlen(skb)));
	dev_tap_show(skb, htons(ETH_P_ALL));
	skb->mac_header = mac;
}

/* ---- /proc/net/ptype ---- */

static void ptype_line(struct seq_file *s, u16 type, const char *dev, const char *name)
{
	if (type == ETH_P_ALL)
		seq_puts(s, "ALL ");
	else
		seq_printf(s, "%04x", type);
	seq_printf(s, " %-8s %s\n", dev, name);
}

static void ptype_list(struct seq_file *s, const struct list_head *head)
{
	const struct packet_type *pt;

	list_for_each_entry(pt, head, node)
		ptype_line(s, ntohs(pt->type), pt->dev ? pt->dev->name : "", pt->name);
}

void ptype_proc_show(struct seq_file *s)
{
	seq_puts(s, "Type Device      Function\n");
	local_bh_disable();
	ptype_list(s, &ptype_all);
	for (size_t i = 0; i < nr_packet_types; i++)
		ptype_line(s, packet_types[i].type, "", packet_types[i].name);
	for (u32 i = 0; i < PTYPE_BUCKETS; i++)
		ptype_list(s, &ptype_base[i]);
	local_bh_enable();
}
