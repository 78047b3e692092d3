/*
 * See fraglab.h.
 */
#include "fraglab.h"

#include <abi/fcntl.h>
#include <abi/socket.h>

u8 frag_pattern[FRAG_MAX];
int frag_raw = -1;

int frag_setup(void **state)
{
	int err = lab_setup(state), size = 1 << 20;

	for (u32 i = 0; i < FRAG_MAX; i++)
		frag_pattern[i] = (u8)(i * 7 + (i >> 8) * 13);
	if (frag_raw < 0)
		frag_raw = skbox_socket(AF_INET, SOCK_RAW, FRAG_PROTO);
	assert_true(frag_raw >= 0);
	skbox_sysctl("net.core.rmem_max", "4194304");
	skbox_setsockopt(frag_raw, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return err;
}

int frag_teardown(void **state)
{
	u8 byte;

	while (skbox_recvfrom(frag_raw, &byte, 1, 0, NULL, NULL) >= 0)
		;
	return lab_teardown(state);
}

void piece_in(const struct piece *p)
{
	struct lab_packet l = { .protocol = p->protocol ? p->protocol : FRAG_PROTO,
				.tos = p->tos,
				.saddr = p->saddr,
				.frag_off = (u16)(p->off / 8 | (p->more ? IP_MF : 0)),
				.data = p->data ? p->data : frag_pattern + p->off,
				.len = p->len };
	u8 *frame = malloc(LAB_PAYLOAD + p->len);
	struct iphdr *iph = (struct iphdr *)(frame + ETH_HLEN);
	u32 len = lab_build(frame, &l);

	iph->id = htons(p->id ? p->id : 1);
	iph->check = 0;
	iph->check = ip_fast_csum(iph, 5);
	assert_int_equal(skbox_frame_in(lab_eth0, frame, len), 0);
	free(frame);
}

void expect_datagram(u32 len)
{
	static u8 got[65536];
	const struct iphdr *iph = (const struct iphdr *)got;

	assert_int_equal(skbox_recvfrom(frag_raw, got, sizeof(got), 0, NULL, NULL), len + 20);
	assert_int_equal(ntohs(iph->tot_len), len + 20);
	assert_int_equal(iph->frag_off, 0);
	assert_int_equal(ip_fast_csum(iph, 5), 0);
	assert_memory_equal(got + 20, frag_pattern, len);
}

void expect_no_datagram(void)
{
	u8 byte;

	assert_int_equal(skbox_recvfrom(frag_raw, &byte, 1, 0, NULL, NULL), -EAGAIN);
}

void whole_out(struct whole *w)
{
	static u8 frame[2048];
	u32 n;

	memset(w, 0, sizeof(*w));
	while ((n = lab_out(frame, sizeof(frame)))) {
		const struct iphdr *iph = lab_ip(frame);
		u32 hlen = (iph->ihl_version & 15) * 4u, len = ntohs(iph->tot_len) - hlen;
		u32 off = (ntohs(iph->frag_off) & IP_OFFSET) * 8u;

		assert_true(n >= ETH_HLEN + hlen + len);
		assert_int_equal(ip_fast_csum(iph, hlen / 4), 0);
		assert_true(off + len <= FRAG_MAX);
		if (!w->pieces++)
			w->first = *iph;
		assert_int_equal(iph->id, w->first.id);
		if (ntohs(iph->frag_off) & IP_MF) {
			assert_int_equal(len % 8, 0);
		} else {
			assert_int_equal(w->last_seen++, 0);
			w->len = off + len;
		}
		for (u32 i = off; i < off + len; i++)
			assert_int_equal(w->seen[i]++, 0);
		memcpy(w->data + off, frame + ETH_HLEN + hlen, len);
	}
}

void expect_whole(const struct whole *w)
{
	assert_int_equal(w->last_seen, 1);
	for (u32 i = 0; i < w->len; i++)
		assert_int_equal(w->seen[i], 1);
}
