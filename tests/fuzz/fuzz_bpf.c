/*
 * Packet filters: any bytes as a program, on any packet. The first byte says how long the program
 * is, the second where the packet is cut into fragments. A program that the check lets pass must
 * end, within its memory and the packet's; what it returns is the same however the packet lies.
 */
#include <stdlib.h>

#include "kernel/arch/host/skbox.h"
#include "net/core/byteorder.h"
#include "net/core/filter.h"
#include "net/link/netdevice.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	skbox_set_seed(1);
	return skbox_boot("quiet mem=16M") ? -1 : 0;
}

static struct sk_buff *packet(const u8 *data, u32 len, u32 linear)
{
	struct sk_buff *skb = alloc_skb(linear);
	u8 *frag;

	memcpy(skb_put(skb, linear), data, linear);
	if (len > linear) {
		frag = skb_buf_alloc();
		memcpy(frag, data + linear, len - linear);
		skb_add_frag(skb, frag, len - linear);
	}
	skb->dev = loopback_dev;
	skb->protocol = htons(ETH_P_IP);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, (int)min(linear, (u32)ETH_HLEN));
	return skb;
}

/* Do the program's results depend on what is not the packet's bytes? */
static bool bytes_only(const struct bpf_prog *prog)
{
	for (u32 i = 0; i < prog->len; i++)
		if ((s32)prog->insns[i].k < 0 || BPF_MODE(prog->insns[i].code) == BPF_IND)
			return false;
	return true;
}

static void run(const struct bpf_prog *prog, const u8 *data, u32 len, u32 linear)
{
	struct sk_buff *whole = packet(data, len, len), *cut = packet(data, len, linear);
	u32 a = bpf_run(prog, whole), b = bpf_run(prog, cut);

	if (a != b && bytes_only(prog))
		panic("%u from a linear packet, %u from the same in fragments", a, b);
	consume_skb(whole);
	consume_skb(cut);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct bpf_prog *prog;
	u32 n, cut;

	if (size < 2 || size > 3000)
		return 0;
	n = min((u32)data[0], (u32)(size - 2) / 8);
	cut = data[1];
	data += 2;
	size -= 2;
	prog = kmalloc(sizeof(*prog) + n * sizeof(prog->insns[0]));
	prog->len = (u16)n;
	memcpy(prog->insns, data, n * sizeof(prog->insns[0]));
	data += n * 8;
	size -= n * 8;
	size = min(size, (size_t)1500);
	if (bpf_check(prog->insns, n) == 0)
		run(prog, data, (u32)size, min(cut, (u32)size));
	kfree(prog);
	return 0;
}
