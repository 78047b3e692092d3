/*
 * TCP_SAVE_SYN: a listener that asks for it keeps the headers of each SYN - IP's and TCP's, with 2
 * the link's, too -, with the request first, then with the child, until TCP_SAVED_SYN has read
 * them. A cookie keeps none.
 */
#include "net/core/sock_rare.h"
#include "net/ip/ip.h"
#include "net/transport/tcp_conn.h"
#include "net/transport/tcp_input.h"

#define SAVE_SYN_LINK 2

static void append(struct saved_headers *h, const void *from, u32 len)
{
	len = min(len, (u32)sizeof(h->bytes) - h->len);
	memcpy(h->bytes + h->len, from, len);
	h->len += len;
}

void tcp_savesyn_record(struct tcp_request_sock *req, const struct sk_buff *skb)
{
	u8 save = sock_rare(req->listener)->save_syn;
	struct saved_headers *h = save ? saved_headers_alloc() : NULL;
	const u8 *ip = skb_network_header(skb);
	u32 link;

	if (likely(!h))
		return;
	h->len = 0;
	link = skb_mac_header(skb) < ip ? (u32)(ip - skb_mac_header(skb)) : 0;
	if (save == SAVE_SYN_LINK)
		append(h, skb_mac_header(skb), link);
	append(h, ip, (ip_hdr(skb)->ihl_version & 15) * 4u);
	append(h, tcp_hdr(skb), TCP_SKB_CB(skb)->rx.hlen);
	req->saved_syn = h;
}

void tcp_savesyn_move(struct sock *child, struct tcp_request_sock *req)
{
	struct sock_rare *r = req->saved_syn ? sock_rare_get(child) : NULL;

	if (likely(!r))
		return;
	r->saved_syn = req->saved_syn;
	req->saved_syn = NULL;
}

int tcp_savesyn_give(struct sock *sk, void *val, int *len)
{
	struct saved_headers *h = sock_rare(sk)->saved_syn;
	int room = *len;

	*len = h ? (int)h->len : 0;
	if (!h)
		return 0;
	if (room < *len)
		return -EINVAL;
	memcpy(val, h->bytes, h->len);
	local_bh_disable();
	sock_rare_get(sk)->saved_syn = NULL;
	saved_headers_free(h);
	local_bh_enable();
	return 0;
}
