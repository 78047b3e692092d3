/*
 * What a packet costs in instructions: drives libskbox, built without sanitizers, one packet at a
 *time. Run under `valgrind --tool=callgrind --toggle-collect=measured`, which counts what happens
 *in measured() only.
 *
 *	path recv|send|echo|icmp COUNT
 *
 * recv: a UDP datagram of 18 bytes from the wire to recvfrom; send: from sendto to the wire; echo:
 *both, as udpecho does it; icmp: an echo request answered. The copy of a frame into and out of the
 *simulated card is in it.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "kernel/arch/host/skbox.h"

#define PORT 9

static const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
static const uint8_t peer_mac[6] = { 2, 0, 0, 0, 0, 2 };
static uint8_t udp_frame[60] = {
	0x52, 0x54, 0, 0,    0, 1,  2,	  0, 0,	 0,  0, 2, 8,  0,		     /* Ethernet */
	0x45, 0,    0, 46,   0, 1,  0x40, 0, 64, 17, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2, /* IPv4 */
	0x1e, 0x61, 0, PORT, 0, 26, 0,	  0 /* UDP, no checksum */
};
static uint8_t icmp_frame[60] = {
	0x52, 0x54, 0, 0, 0,  1, 2, 0, 0,  0, 0, 2, 8, 0, 0x45, 0,    0, 46, 0, 1, 0x40, 0,
	64,   1,    0, 0, 10, 9, 0, 1, 10, 9, 0, 2, 8, 0, 0xf7, 0xfd, 0, 1,  0, 1 /* an echo request
										     of zeros */
};
static int dev, fd;
static struct sockaddr_in peer = { .sin_family = AF_INET };

static void check(int ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "path: %s failed\n", what);
		exit(1);
	}
}

static void ip_sum(uint8_t *ip)
{
	uint32_t acc = 0;

	for (int i = 0; i < 20; i += 2)
		acc += ip[i] << 8 | ip[i + 1];
	acc = (acc & 0xffff) + (acc >> 16);
	acc = ~(acc + (acc >> 16));
	ip[10] = acc >> 8;
	ip[11] = acc;
}

static size_t drain(void)
{
	uint8_t f[2048];
	size_t n = 0, len;

	while ((len = skbox_frame_out(dev, f, sizeof(f))) > 0) {
		n++;
		if (f[12] == 8 && f[13] == 6 && f[21] == 1) { /* who has 10.9.0.1? */
			memcpy(f, f + 6, 6);
			memcpy(f + 6, peer_mac, 6);
			memcpy(f + 32, f + 22, 10);
			memcpy(f + 22, peer_mac, 6);
			memcpy(f + 28, "\x0a\x09\x00\x01", 4);
			f[21] = 2;
			check(skbox_frame_in(dev, f, len) == 0, "ARP reply");
		}
	}
	return n;
}

static void step(char mode)
{
	static uint8_t buf[2048];
	struct sockaddr_in from = peer;
	unsigned int len = sizeof(from);
	long n = 18;

	if (mode == 'i')
		check(skbox_frame_in(dev, icmp_frame, sizeof(icmp_frame)) == 0, "frame_in");
	if (mode == 'r' || mode == 'e') {
		check(skbox_frame_in(dev, udp_frame, sizeof(udp_frame)) == 0, "frame_in");
		n = skbox_recvfrom(fd, buf, sizeof(buf), 0, &from, &len);
		check(n == 18, "recvfrom");
	}
	if (mode == 's' || mode == 'e')
		check(skbox_sendto(fd, buf, n, 0, &from, sizeof(from)) == n, "sendto");
	if (mode != 'r')
		check(skbox_frame_out(dev, buf, sizeof(buf)) > 0, "frame_out");
}

__attribute__((noinline)) void measured(char mode, int count);
void measured(char mode, int count)
{
	for (int i = 0; i < count; i++)
		step(mode);
}

static void set_up(void)
{
	struct ifreq ifr = { .ifr_name = "eth0" };
	struct sockaddr_in *sin = (struct sockaddr_in *)&ifr.ifr_addr;
	struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	skbox_set_seed(1);
	check(skbox_boot("quiet") == 0, "boot");
	dev = skbox_add_device(mac);
	fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	sin->sin_family = AF_INET;
	inet_pton(AF_INET, "10.9.0.2", &sin->sin_addr);
	check(skbox_ioctl(fd, SIOCSIFADDR, &ifr) == 0, "SIOCSIFADDR");
	inet_pton(AF_INET, "255.255.255.0", &sin->sin_addr);
	check(skbox_ioctl(fd, SIOCSIFNETMASK, &ifr) == 0, "SIOCSIFNETMASK");
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	check(skbox_ioctl(fd, SIOCSIFFLAGS, &ifr) == 0, "SIOCSIFFLAGS");
	check(skbox_bind(fd, &local, sizeof(local)) == 0, "bind");
	inet_pton(AF_INET, "10.9.0.1", &peer.sin_addr);
	peer.sin_port = htons(7777);
	ip_sum(udp_frame + 14);
	ip_sum(icmp_frame + 14);
	skbox_advance(5000000000ull);
	drain();
	skbox_sendto(fd, "x", 1, 0, &peer, sizeof(peer));
	drain(); /* ARP */
	drain();
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	set_up();
	measured(argv[1][0], 10); /* caches are warm: not counted, for the count is a difference */
	measured(argv[1][0], atoi(argv[2]));
	return 0;
}
