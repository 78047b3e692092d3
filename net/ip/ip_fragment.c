/*
 * What is larger than the way allows goes in pieces (RFC 791 §3.2): a header each, in front of
 * references to the datagram's own bytes. The pieces of a piece keep its place in the whole. Who
 * has forbidden it is told what would have fitted (RFC 1191).
 */
#include "net/core/byteorder.h"
#include "net/core/checksum.h"
#include "net/core/gso.h"
#include "net/core/snmp.h"
#include "net/ip/icmp.h"
#include "net/ip/ip.h"
#include "net/ip/ip_output.h"
#include "net/ip/route.h"

/* A datagram on its way into pieces. */
struct fragmenter {
	struct sk_buff *skb; /* data at the IP header */
	u32 mtu;
	u32 hlen;	 /* of its header */
	u32 done, total; /* payload */
	u16 frag_off;	 /* its own, host order */
	u32 later_hlen;	 /* of the headers of all pieces but the first */
	u8 later_options[IP_MAX_OPTIONS];
};

/* RFC 791 §3.1: some options are for the first piece alone. */
static void frag_later_options(struct fragmenter *f)
{
	const u8 *options = f->skb->data + sizeof(struct iphdr);

	f->later_hlen = sizeof(struct iphdr) + ip_options_copied(f->later_options, options,
								 f->hlen - sizeof(struct iphdr));
}

/* False: no piece of it would fit, or its checksum cannot be completed. */
static bool fragmenter_begin(struct fragmenter *f, struct sk_buff *skb, u32 mtu)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;

	f->skb = skb;
	f->mtu = mtu;
	f->hlen = f->later_hlen = (iph->ihl_version & 15) * 4u;
	f->frag_off = ntohs(iph->frag_off);
	f->done = 0;
	f->total = skb->len - f->hlen;
	if (mtu < f->hlen + 8 || (f->frag_off & IP_OFFSET) * 8u + f->total > 65535u - f->hlen)
		return false; /* beyond the end a piece's place would wrap to the beginning */
	if (unlikely(f->hlen > sizeof(*iph)))
		frag_later_options(f);
	return skb->ip_summed != CHECKSUM_PARTIAL || !skb_checksum_help(skb);
}

static void frag_put_header(const struct fragmenter *f, struct sk_buff *n, u32 hlen, u32 len)
{
	struct iphdr *iph = (struct iphdr *)skb_put(n, hlen);
	u32 off = f->frag_off + f->done / 8;
	bool more = (f->frag_off & IP_MF) || f->done + len < f->total;

	memcpy(iph, f->skb->data, f->done ? sizeof(*iph) : hlen);
	if (unlikely(f->done && hlen > sizeof(*iph)))
		memcpy(iph + 1, f->later_options, hlen - sizeof(*iph));
	iph->ihl_version = (u8)(0x40 | hlen / 4);
	iph->tot_len = htons(hlen + len);
	iph->frag_off = htons((off & ~(u32)IP_MF) | (more ? IP_MF : 0));
	iph->check = 0;
	iph->check = ip_fast_csum(iph, hlen / 4);
}

static void frag_copy_meta(const struct fragmenter *f, struct sk_buff *n, u32 hlen)
{
	const struct sk_buff *skb = f->skb;

	n->dev = skb->dev;
	n->dst = skb->dst;
	dst_hold(n->dst);
	n->tstamp = skb->tstamp;
	n->protocol = skb->protocol;
	n->pkt_type = skb->pkt_type;
	n->priority = skb->priority;
	n->mark = skb->mark;
	skb_set_network_header(n, 0);
	skb_set_transport_header(n, (int)hlen);
}

/* The next piece; NULL: no memory. Devices that want one piece of memory get it. */
static struct sk_buff *frag_next(struct fragmenter *f)
{
	u32 hlen = f->done ? f->later_hlen : f->hlen, len = f->total - f->done;
	u32 headroom = ALIGN_UP((u32)f->skb->dst->dev->hard_header_len, 16u);
	bool linear = !(f->skb->dst->dev->features & NETIF_F_SG);
	struct sk_buff *n;

	if (len > f->mtu - hlen)
		len = (f->mtu - hlen) & ~7u;
	if (linear && headroom + hlen + len > SKB_MAX_LINEAR)
		linear = false;
	n = alloc_skb(headroom + hlen + (linear ? len : 0));
	if (!n)
		return NULL;
	skb_reserve(n, headroom);
	frag_copy_meta(f, n, hlen);
	frag_put_header(f, n, hlen, len);
	if (linear) {
		skb_copy_bits(f->skb, f->hlen + f->done, skb_put(n, len), len);
	} else if (skb_share_bytes(n, f->skb, f->hlen + f->done, len) != len) {
		kfree_skb(n, DROP_NO_BUFFER);
		return NULL;
	}
	f->done += len;
	return n;
}

/* The datagram's memory is given back when its last piece has been sent. */
static void frag_pass_owner(struct fragmenter *f, struct sk_buff *n)
{
	n->sk = f->skb->sk;
	n->destructor = f->skb->destructor;
	n->truesize = f->skb->truesize;
	f->skb->sk = NULL;
	f->skb->destructor = NULL;
}

static void ip_fragment_fail(struct sk_buff *skb, enum drop_reason why)
{
	IP_INC(FragFails);
	kfree_skb(skb, why);
}

u32 ip_skb_mtu(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb->dst;

	/* Who probes the path goes by the link alone. */
	if (skb->sk && skb->sk->pmtudisc >= IP_PMTUDISC_PROBE)
		return dst->dev->mtu;
	return dst_mtu(dst);
}

static void ip_fragment_mtu(struct sk_buff *skb, u32 mtu, void (*output)(struct sk_buff *))
{
	struct fragmenter f;
	struct sk_buff *n;

	if (ip_hdr(skb)->frag_off & htons(IP_DF)) {
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu);
		ip_fragment_fail(skb, DROP_IP_TOO_BIG);
		return;
	}
	skb = skb_cow(skb, 0);
	if (!skb) {
		IP_INC(FragFails);
		return;
	}
	if (!fragmenter_begin(&f, skb, mtu)) {
		ip_fragment_fail(skb, DROP_IP_TOO_BIG);
		return;
	}
	dev_batch_begin();
	while (f.done < f.total && (n = frag_next(&f))) {
		IP_INC(FragCreates);
		if (f.done == f.total && skb->destructor)
			frag_pass_owner(&f, n);
		output(n);
	}
	dev_batch_end();
	if (unlikely(f.done < f.total)) {
		ip_fragment_fail(skb, DROP_NO_BUFFER);
		return;
	}
	IP_INC(FragOKs);
	consume_skb(skb);
}

void ip_fragment(struct sk_buff *skb, void (*output)(struct sk_buff *))
{
	ip_fragment_mtu(skb, ip_skb_mtu(skb), output);
}

void ip_fragment_burst(struct sk_buff *skb, void (*output)(struct sk_buff *))
{
	struct dst_entry *dst = skb->dst;
	struct sk_buff *seg;
	struct gso g;

	if (!gso_begin(&g, skb)) {
		ip_fragment_fail(skb, DROP_TX_ERROR);
		return;
	}
	dev_batch_begin();
	while ((seg = gso_next(&g, false))) {
		dst_hold(dst);
		seg->dst = dst;
		if (seg->len > dst_mtu(dst))
			ip_fragment(seg, output);
		else
			output(seg);
	}
	dev_batch_end();
	gso_end(&g);
}
