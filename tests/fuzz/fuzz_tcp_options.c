/*
 * TCP's header and options from bytes. The first byte says how the packet lies in memory: where it
 * is cut into fragments, and whether it is parsed as a SYN's. What comes out must keep its bounds.
 */
#include <stdlib.h>

#include "kernel/arch/host/skbox.h"
#include "net/transport/tcp_input.h"

#define IP_HEADER 20

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	skbox_set_seed(1);
	return skbox_boot("quiet mem=16M") ? -1 : 0;
}

static void check(const struct tcp_options_received *o)
{
	if (o->num_sacks > TCP_NUM_SACKS || o->snd_wscale > TCP_MAX_WSCALE ||
	    o->fastopen_len < -1 || o->fastopen_len > (int)sizeof(o->fastopen_cookie))
		panic("options out of bounds");
}

/* A packet of exactly @len bytes behind an IP header, the last of them in a fragment. */
static struct sk_buff *packet(const u8 *data, u32 len, u32 in_frag)
{
	u32 linear = len - min(len, in_frag);
	struct sk_buff *skb = alloc_skb(IP_HEADER + linear);
	u8 *buf;

	memset(skb_put(skb, IP_HEADER), 0x45, IP_HEADER);
	skb_set_network_header(skb, 0);
	skb_pull(skb, IP_HEADER);
	memcpy(skb_put(skb, linear), data, linear);
	if (len == linear)
		return skb;
	buf = skb_buf_alloc();
	memcpy(buf, data + linear, len - linear);
	skb_add_frag(skb, buf, len - linear);
	return skb;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct tcp_options_received opt;
	struct sk_buff *skb;
	u8 *exact;
	u32 len;

	if (!size || size > 200)
		return 0;
	len = (u32)size - 1;
	exact = malloc(len + !len);
	memcpy(exact, data + 1, len);
	tcp_options_parse(exact, min(len, 40u), &opt, data[0] & 1);
	check(&opt);
	free(exact);

	skb = packet(data + 1, len, data[0] >> 1);
	if (tcp_parse(skb) == NR_DROP_REASONS) {
		if (TCP_SKB_CB(skb)->rx.hlen > skb_headlen(skb))
			panic("header not linear");
		tcp_parse_options(skb, &opt, data[0] & 1);
		check(&opt);
	}
	consume_skb(skb);
	return 0;
}
