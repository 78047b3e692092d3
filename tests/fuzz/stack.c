/*
 * See stack.h.
 */
#include "tests/fuzz/stack.h"

#include <stdlib.h>
#include <unistd.h>

#include "net/core/byteorder.h"

static void say(const char *text, size_t len)
{
	if (write(2, text, len) < 0)
		abort();
}

void stack_boot(void)
{
	skbox_set_seed(1);
	skbox_set_console(say);
	/* Nothing is said but why it has died. */
	if (skbox_boot("loglevel=1 rhash_entries=64"))
		abort();
}

struct sockaddr_in stack_address(const u8 addr[4], u16 port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };

	memcpy(&sin.sin_addr, addr, 4);
	return sin;
}

static void set(int fd, unsigned long cmd, struct ifreq *ifr, const u8 addr[4])
{
	struct sockaddr_in sin = stack_address(addr, 0);

	memcpy(&ifr->ifr_addr, &sin, sizeof(sin));
	if (skbox_ioctl(fd, cmd, ifr))
		abort();
}

int stack_add_device(const u8 mac[ETH_ALEN], const u8 addr[4], int prefix)
{
	int dev = skbox_add_device(mac), fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq ifr = { .ifr_name = "eth0" };
	u8 mask[4];

	ifr.ifr_name[3] = (char)('0' + dev);
	put_be32(mask, ~0u << (32 - prefix));
	set(fd, SIOCSIFADDR, &ifr, addr);
	set(fd, SIOCSIFNETMASK, &ifr, mask);
	ifr.ifr_flags = IFF_UP;
	if (skbox_ioctl(fd, SIOCSIFFLAGS, &ifr))
		abort();
	skbox_close(fd);
	return dev;
}

void stack_take_frames(int dev)
{
	u8 frame[2048];

	while (skbox_frame_out(dev, frame, sizeof(frame)))
		;
}

u32 stack_packets(void)
{
	struct skb_pool_stat st;

	skb_pool_stat(&st);
	return st.bufs_total - st.bufs_free;
}
