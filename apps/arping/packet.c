/*
 * arping's packets: ARP messages on a packet socket without link headers, and what the answers say.
 *
 *   0 hardware type | 2 protocol type | 4 lengths 6, 4 | 6 operation | 8 sender MAC | 14 sender IP
 * | 18 target MAC | 24 target IP
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/ifc.h"
#include "../lib/util.h"
#include "arping.h"

#define ARP_LEN 28
#define ARPOP_REQUEST 1
#define ARPOP_REPLY 2

/* ---- device and source ---- */

/* The address that the kernel would send from to @a->dst, over -I if that is given. */
static bool find_source(struct arping *a)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(1025) };
	socklen_t len = sizeof(sin);
	int fd = ifc_open();
	bool ok;

	if (fd < 0)
		return false;
	sin.sin_addr.s_addr = a->dst;
	if (a->dev)
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, a->dev, strlen(a->dev) + 1);
	ok = !connect(fd, (struct sockaddr *)&sin, sizeof(sin)) &&
	     !getsockname(fd, (struct sockaddr *)&sin, &len);
	close(fd);
	if (ok)
		a->src = sin.sin_addr.s_addr;
	return ok;
}

/* Without -I: the first device that ARP is spoken on and whose subnet has the address. */
static bool find_device(struct arping *a, int fd)
{
	char names[IFC_MAX][IFNAMSIZ];
	int n = ifc_names(names, IFC_MAX);

	for (int i = 0; i < n; i++) {
		in_addr_t addr, mask;
		int flags;

		if (ifc_flags(fd, names[i], &flags) < 0 || !(flags & IFF_UP) ||
		    flags & (IFF_LOOPBACK | IFF_NOARP) ||
		    ifc_get_addr(fd, SIOCGIFADDR, names[i], &addr) < 0 ||
		    ifc_get_addr(fd, SIOCGIFNETMASK, names[i], &mask) < 0 || (addr ^ a->dst) & mask)
			continue;
		strlcpy(a->ifname, names[i], sizeof(a->ifname));
		return true;
	}
	return false;
}

static int choose_device(struct arping *a, int fd)
{
	int flags;

	if (a->dev)
		strlcpy(a->ifname, a->dev, sizeof(a->ifname));
	else if (!find_device(a, fd))
		return app_error("arping", "no device suits; use -I"), 2;
	if (ifc_flags(fd, a->ifname, &flags) < 0)
		return app_error("arping", "Device %s not available.", a->ifname), 2;
	if (!(flags & IFF_UP))
		return app_error("arping", "Interface \"%s\" is down", a->ifname), 2;
	if (flags & (IFF_NOARP | IFF_LOOPBACK))
		return app_error("arping", "Interface \"%s\" is not ARPable", a->ifname), 2;
	ifc_get_int(fd, SIOCGIFINDEX, a->ifname, &a->ifindex);
	ifc_hwaddr(fd, a->ifname, a->me, NULL);
	return -1;
}

static int choose_source(struct arping *a)
{
	if (a->source && !inaddr_parse(a->source, &a->src))
		return app_error("arping", "invalid source address: '%s'", a->source), 2;
	if (a->source || a->dad)
		return -1;
	if (a->unsolicited)
		a->src = a->dst;
	else if (!find_source(a))
		return app_perror("arping", a->host), 2;
	return -1;
}

static bool open_socket(struct arping *a)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP) };

	ll.sll_ifindex = a->ifindex;
	a->fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ARP));
	if (a->fd >= 0 && !bind(a->fd, (struct sockaddr *)&ll, sizeof(ll)))
		return true;
	app_perror("arping", "socket");
	return false;
}

int arping_open(struct arping *a)
{
	struct sockaddr_in sin;
	int fd, status;

	if (!inaddr_resolve("arping", a->host, &sin))
		return 2;
	a->dst = sin.sin_addr.s_addr;
	memset(a->he, 0xff, sizeof(a->he));
	fd = ifc_open();
	if (fd < 0)
		return app_perror("arping", "socket"), 2;
	status = choose_device(a, fd);
	close(fd);
	if (status < 0)
		status = choose_source(a);
	if (status < 0 && !open_socket(a))
		status = 2;
	return status;
}

/* ---- out ---- */

static void build(const struct arping *a, unsigned char p[ARP_LEN])
{
	static const unsigned char head[] = { 0, 1, ETH_P_IP >> 8, ETH_P_IP & 0xff, 6, 4, 0 };

	memcpy(p, head, sizeof(head));
	p[7] = a->advert ? ARPOP_REPLY : ARPOP_REQUEST;
	memcpy(p + 8, a->me, 6);
	memcpy(p + 14, &a->src, 4);
	memcpy(p + 18, a->advert ? a->me : a->he, 6);
	memcpy(p + 24, &a->dst, 4);
}

static bool is_broadcast(const unsigned char *hw)
{
	static const unsigned char all[6] = { 255, 255, 255, 255, 255, 255 };

	return !memcmp(hw, all, 6);
}

bool arping_send(struct arping *a)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ARP),
				  .sll_ifindex = a->ifindex,
				  .sll_halen = 6 };
	unsigned char p[ARP_LEN];

	build(a, p);
	memcpy(ll.sll_addr, a->he, 6);
	a->sent_at = app_clock_ns();
	if (sendto(a->fd, p, sizeof(p), 0, (struct sockaddr *)&ll, sizeof(ll)) < 0)
		return false;
	a->sent++;
	if (is_broadcast(a->he))
		a->broadcasts++;
	return true;
}

/* ---- in ---- */

/* Whether @p is about the address that we ask for, and not our own words. */
static bool is_answer(const struct arping *a, const unsigned char *p, const struct sockaddr_ll *ll)
{
	in_addr_t sender, target;

	memcpy(&sender, p + 14, 4);
	memcpy(&target, p + 24, 4);
	if (p[0] || p[1] != 1 || p[2] != ETH_P_IP >> 8 || p[3] || p[4] != 6 || p[5] != 4 || p[6] ||
	    (p[7] != ARPOP_REQUEST && p[7] != ARPOP_REPLY) || ll->sll_pkttype == PACKET_OUTGOING)
		return false;
	if (sender != a->dst)
		return false;
	if (a->dad) /* anybody who has it, or is about to take it, but us */
		return memcmp(p + 8, a->me, 6) && (!a->src || a->src == target);
	return a->src == target && !memcmp(p + 18, a->me, 6);
}

static void print_answer(const struct arping *a, const unsigned char *p,
			 const struct sockaddr_ll *ll, int64_t us)
{
	static const unsigned char zero[6];
	char text[INET_ADDRSTRLEN];
	in_addr_t addr;

	memcpy(&addr, p + 14, 4);
	printf("%s %s from %s [%02X:%02X:%02X:%02X:%02X:%02X]",
	       ll->sll_pkttype == PACKET_HOST ? "Unicast" : "Broadcast",
	       p[7] == ARPOP_REPLY ? "reply" : "request", inaddr_str(addr, text), p[8], p[9], p[10],
	       p[11], p[12], p[13]);
	memcpy(&addr, p + 24, 4);
	if (addr != a->src)
		printf(" for %s ", inaddr_str(addr, text));
	if (memcmp(p + 18, a->me, 6) && memcmp(p + 18, zero, 6) && p[7] == ARPOP_REPLY)
		printf(" for [%02X:%02X:%02X:%02X:%02X:%02X]", p[18], p[19], p[20], p[21], p[22],
		       p[23]);
	printf("  %ld.%03ldms\n", (long)(us / 1000), (long)(us % 1000));
	fflush(stdout);
}

bool arping_receive(struct arping *a)
{
	unsigned char p[64];
	struct sockaddr_ll ll;
	socklen_t len = sizeof(ll);
	ssize_t n = recvfrom(a->fd, p, sizeof(p), MSG_DONTWAIT, (struct sockaddr *)&ll, &len);

	if (n < ARP_LEN || !is_answer(a, p, &ll))
		return false;
	if (!a->quiet)
		print_answer(a, p, &ll, (app_clock_ns() - a->sent_at) / 1000);
	a->received++;
	if (ll.sll_pkttype != PACKET_HOST)
		a->heard++;
	if (p[7] == ARPOP_REQUEST)
		a->requests++;
	if (!a->broadcast_only)
		memcpy(a->he, p + 8, 6);
	return true;
}
