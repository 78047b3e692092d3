/*
 * An administrator without manners: random ioctls on interfaces, addresses, routes, neighbours and
 * groups while frames come in for, through and from us, and programs send. Nothing may panic, no
 * byte be touched that is not ours (the sanitizer sees to it), and in the end buffers, neighbours
 * and routes are back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "netlab.h"

#include "kernel/arch/host/skbox.h"

#define NR_FDS 6
#define ROUNDS 200000

static int fds[NR_FDS], second;
static u8 frame[2048];

static be32 some_addr(void)
{
	switch (random_below(8)) {
	case 0:
		return 0;
	case 1:
		return IP4(255, 255, 255, 255);
	case 2:
		return IP4(224, 0, 0, random_below(4));
	case 3:
		return IP4(127, 0, 0, random_below(3));
	case 4:
		return random_u32();
	default:
		return IP4(10, 0, random_below(2),
			   random_below(2) ? random_below(4) : random_below(256));
	}
}

static be32 some_mask(void)
{
	u32 len = random_below(33);

	return random_below(8) ? htonl(len ? ~0u << (32 - len) : 0) : random_u32();
}

static void some_name(char *name)
{
	static const char *const names[] = { "eth0", "eth0",   "eth1",	 "eth1",
					     "lo",   "eth0:1", "eth1:2", "lo:x",
					     "",     "eth7",   ":",	 "eth0:123456789abcdef" };

	snprintf(name, IFNAMSIZ, "%s", names[random_below(ARRAY_SIZE(names))]);
	if (random_below(50) == 0)
		memset(name, 'x', IFNAMSIZ);
}

static void set_sin(void *sa, be32 addr)
{
	struct sockaddr_in sin = netlab_addr(addr, 0);

	if (random_below(30) == 0)
		sin.sin_family = (sa_family_t)random_below(20);
	memcpy(sa, &sin, sizeof(sin));
}

static void do_interface(int fd)
{
	struct ifreq *ifr = test_malloc(sizeof(*ifr));
	unsigned long cmd = SIOCGIFNAME + random_below(SIOCGIFMAP - SIOCGIFNAME + 1);

	if (random_below(4))
		cmd = SIOCGIFFLAGS + random_below(12);
	if (cmd >= SIOCDARP && cmd <= SIOCSARP) /* not of this kind */
		cmd = SIOCGIFFLAGS;
	get_random_bytes(ifr, sizeof(*ifr));
	some_name(ifr->ifr_name);
	if (cmd == SIOCSIFNAME) /* the names above shall stay */
		memset(ifr->ifr_newname, '/', IFNAMSIZ);
	else if (cmd == SIOCSIFFLAGS)
		ifr->ifr_flags = (short)((random_below(8) ? IFF_UP : 0) |
					 (random_below(9) ? 0 : IFF_PROMISC) |
					 (random_below(9) ? 0 : random_u32() & IFF_NOARP));
	else if (cmd == SIOCSIFMTU)
		ifr->ifr_mtu = (int)random_below(3000);
	else if (cmd == SIOCSIFNETMASK)
		set_sin(&ifr->ifr_addr, some_mask());
	else if (cmd != SIOCSIFHWADDR && cmd != SIOCADDMULTI && cmd != SIOCDELMULTI)
		set_sin(&ifr->ifr_addr, some_addr());
	skbox_ioctl(fd, cmd, ifr);
	test_free(ifr);
}

static void do_conf(int fd)
{
	u32 room = random_below(5 * sizeof(struct ifreq));
	char *buf = test_malloc(room + 1);
	struct ifconf ifc = { .ifc_len = random_below(9) ? (int)room : -1,
			      .ifc_buf = random_below(5) ? buf : NULL };

	skbox_ioctl(fd, SIOCGIFCONF, &ifc);
	test_free(buf);
}

static void do_route(int fd)
{
	struct rtentry rt = { .rt_flags = (u16)(RTF_UP | (random_below(2) ? RTF_GATEWAY : 0) |
						(random_below(4) ? 0 : RTF_HOST) |
						(random_below(9) ? 0 : RTF_REJECT)),
			      .rt_metric = (short)random_below(3),
			      .rt_mtu = random_below(4) ? 0 : random_below(70000) };
	char dev[IFNAMSIZ];
	be32 mask = some_mask();

	some_name(dev);
	set_sin(&rt.rt_dst, some_addr() & (random_below(9) ? mask : ~0u));
	set_sin(&rt.rt_genmask, mask);
	if (random_below(2))
		set_sin(&rt.rt_gateway, some_addr());
	if (random_below(2))
		rt.rt_dev = dev;
	dev[IFNAMSIZ - 1] = 0;
	skbox_ioctl(fd, random_below(3) ? SIOCADDRT : SIOCDELRT, &rt);
}

static void do_neighbour(int fd)
{
	static const unsigned long cmds[] = { SIOCSARP, SIOCDARP, SIOCGARP };
	struct arpreq r = { .arp_flags = (int)random_below(64) };

	set_sin(&r.arp_pa, some_addr());
	r.arp_ha.sa_family = ARPHRD_ETHER;
	get_random_bytes(r.arp_ha.sa_data, 6);
	r.arp_ha.sa_data[0] &= (char)~1;
	if (random_below(2))
		some_name(r.arp_dev);
	skbox_ioctl(fd, cmds[random_below(3)], &r);
}

static void do_group(int fd)
{
	struct ip_mreqn m = { .imr_multiaddr.s_addr = IP4(224, 0, 0, random_below(40)),
			      .imr_ifindex = (int)random_below(4) };

	if (random_below(3) == 0)
		m.imr_address.s_addr = some_addr();
	skbox_setsockopt(fd, SOL_IP, random_below(2) ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &m,
			 sizeof(m));
}

static void do_send(int fd)
{
	struct sockaddr_in to = netlab_addr(some_addr(), (u16)(5000 + random_below(3)));
	int on = (int)random_below(2);

	skbox_setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	if (random_below(4) == 0)
		skbox_connect(fd, &to, sizeof(to));
	skbox_sendto(fd, frame, random_below(200), 0, random_below(3) ? &to : NULL, sizeof(to));
	while (skbox_recvfrom(fd, frame, sizeof(frame), 0, NULL, NULL) >= 0)
		;
}

static void arp_frame(u8 *f)
{
	be32 from = some_addr(), to = some_addr();

	memset(f, 0xff, 6);
	get_random_bytes(f + 6, 6);
	f[6] &= 0xfe;
	put_be16(f + 12, ETH_P_ARP);
	memcpy(f + 14, "\0\1\10\0\6\4\0", 7);
	f[21] = (u8)(1 + random_below(2));
	memcpy(f + 22, f + 6, 6);
	memcpy(f + 28, &from, 4);
	memset(f + 32, 0, 6);
	memcpy(f + 38, &to, 4);
}

static void do_frame(void)
{
	u32 len = 42;

	if (random_below(3) == 0)
		arp_frame(frame);
	else
		len = netlab_build_udp(frame,
				       &(struct udp_frame){ .saddr = some_addr(),
							    .daddr = some_addr(),
							    .sport = 5000,
							    .dport = (u16)(5000 + random_below(3)),
							    .data = "configure",
							    .len = random_below(9) });
	skbox_frame_in(random_below(2) ? 0 : second, frame, len);
}

static void do_wire(void)
{
	for (u32 n = random_below(20); n && netlab_out(frame, sizeof(frame)) > 0; n--)
		;
	while (skbox_frame_out(second, frame, sizeof(frame)))
		;
	netlab_advance(random_below(4) ? random_below(1000000) : random_below(3000000000u));
}

static void step(int *fd)
{
	switch (random_below(11)) {
	case 0:
	case 1:
	case 2:
		do_interface(*fd);
		break;
	case 3:
		do_conf(*fd);
		break;
	case 4:
		do_route(*fd);
		break;
	case 5:
		do_neighbour(*fd);
		break;
	case 6:
		do_group(*fd);
		break;
	case 7:
		do_send(*fd);
		break;
	case 8:
		if (random_below(10) == 0) {
			skbox_close(*fd);
			*fd = -1;
		}
		skbox_sysctl("net.ipv4.ip_forward", random_below(2) ? "1" : "0");
		break;
	case 9:
		do_wire();
		break;
	default:
		do_frame();
	}
}

static void device_down(int fd, const char *name)
{
	struct ifreq ifr = { .ifr_flags = 0 };

	snprintf(ifr.ifr_name, IFNAMSIZ, "%s", name);
	assert_int_equal(skbox_ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
}

/* How many objects of the cache @name are in use. */
static u32 in_use(const char *name)
{
	static char text[16384];
	char *line;
	unsigned int n = 0;

	assert_true(skbox_proc_read("slabinfo", text, sizeof(text)) > 0);
	line = strstr(text, name);
	assert_non_null(line);
	for (line += strlen(name); *line == ' '; line++)
		;
	for (; *line >= '0' && *line <= '9'; line++)
		n = n * 10 + (unsigned int)(*line - '0');
	return n;
}

static void torture(void **state)
{
	int fd;

	for (u32 i = 0; i < NR_FDS; i++)
		fds[i] = -1;
	for (u32 i = 0; i < ROUNDS; i++) {
		int *one = &fds[random_below(NR_FDS)];

		if (*one < 0)
			*one = skbox_socket(AF_INET, SOCK_DGRAM, 0);
		assert_true(*one >= 0);
		step(one);
	}
	for (u32 i = 0; i < NR_FDS; i++) {
		if (fds[i] >= 0)
			netlab_close(fds[i]);
	}
	fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	device_down(fd, "eth0");
	device_down(fd, "eth1");
	device_down(fd, "lo");
	netlab_close(fd);
	while (netlab_out(frame, sizeof(frame)))
		;
	while (skbox_frame_out(second, frame, sizeof(frame)))
		;
	netlab_advance(100 * NSEC_PER_SEC);
	assert_int_equal(in_use("neighbour"), 0);
	assert_int_equal(in_use("ip_dst_cache"), 0);
	assert_int_equal(in_use("UDP"), 0);
}

static int setup(void **state)
{
	static const u8 mac[6] = { 0x52, 0x54, 0, 0, 0, 2 };
	int err = netlab_setup(state);

	second = skbox_add_device(mac);
	return err ? err : second < 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(torture),
	};

	return cmocka_run_group_tests_name("config torture", tests, setup, NULL);
}
