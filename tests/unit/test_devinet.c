/* Addresses: what ifconfig sets, what follows from it, and that all of it goes again. */
#include "iplab.h"

#define MASK24 IP4(255, 255, 255, 0)

static u8 frame[2048];

static be32 get(const char *name, u32 cmd)
{
	int err;
	be32 v = lab_ifget(name, cmd, &err);

	assert_int_equal(err, 0);
	return v;
}

static u32 lines_with(const char *path, const char *what)
{
	static char text[16384];
	u32 n = 0;

	assert_true(skbox_proc_read(path, text, sizeof(text)) >= 0);
	for (char *p = text; (p = strstr(p, what)); p++)
		n++;
	return n;
}

static void class_defaults(void **state)
{
	static const struct {
		be32 addr, mask, brd;
	} want[] = {
		{ IP4(10, 1, 2, 3), IP4(255, 0, 0, 0), IP4(10, 255, 255, 255) },
		{ IP4(172, 16, 2, 3), IP4(255, 255, 0, 0), IP4(172, 16, 255, 255) },
		{ IP4(192, 168, 2, 3), IP4(255, 255, 255, 0), IP4(192, 168, 2, 255) },
	};

	for (u32 i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(lab_ifreq("eth0", SIOCSIFADDR, want[i].addr), 0);
		assert_int_equal(get("eth0", SIOCGIFADDR), want[i].addr);
		assert_int_equal(get("eth0", SIOCGIFNETMASK), want[i].mask);
		assert_int_equal(get("eth0", SIOCGIFBRDADDR), want[i].brd);
		assert_int_equal(inet_addr_type(want[i].addr), RTN_LOCAL);
		assert_int_equal(inet_addr_type(want[i].brd), RTN_BROADCAST);
		assert_int_equal(inet_addr_type(OURS), RTN_UNICAST);
	}
	assert_int_equal(lab_ifreq("eth0", SIOCSIFADDR, IP4(224, 1, 1, 1)), -EINVAL);
	assert_int_equal(lab_ifreq("eth0", SIOCSIFADDR, IP4(240, 1, 1, 1)), -EINVAL);
	assert_int_equal(lab_ifreq("eth9", SIOCSIFADDR, OURS), -ENODEV);
	assert_int_equal(get("eth0", SIOCGIFADDR), IP4(192, 168, 2, 3));
}

static void masks_move_routes(void **state)
{
	assert_int_equal(
		lines_with("net/route", "eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF"), 1);
	assert_int_equal(lab_ifreq("eth0", SIOCSIFNETMASK, IP4(255, 255, 255, 240)), 0);
	assert_int_equal(lines_with("net/route", "\t00FFFFFF"), 0);
	assert_int_equal(
		lines_with("net/route", "eth0\t0000000A\t00000000\t0001\t0\t0\t0\tF0FFFFFF"), 1);
	assert_int_equal(get("eth0", SIOCGIFBRDADDR), IP4(10, 0, 0, 15)); /* it was the usual one */
	assert_int_equal(inet_addr_type(IP4(10, 0, 0, 255)), RTN_UNICAST);
	assert_int_equal(inet_addr_type(IP4(10, 0, 0, 15)), RTN_BROADCAST);
	assert_int_equal(lab_ifreq("eth0", SIOCSIFBRDADDR, IP4(10, 0, 0, 99)), 0);
	assert_int_equal(inet_addr_type(IP4(10, 0, 0, 99)), RTN_BROADCAST);
	assert_int_equal(lab_ifreq("eth0", SIOCSIFNETMASK, MASK24), 0);
	assert_int_equal(get("eth0", SIOCGIFBRDADDR), IP4(10, 0, 0, 99)); /* it was not */
	assert_int_equal(lab_ifreq("eth0", SIOCSIFNETMASK, IP4(255, 0, 255, 0)), -EINVAL);
}

static void address_zero_takes_it_away(void **state)
{
	int err;

	assert_int_equal(lab_ifreq("eth0", SIOCSIFADDR, 0), 0);
	lab_ifget("eth0", SIOCGIFADDR, &err);
	assert_int_equal(err, -EADDRNOTAVAIL);
	assert_int_equal(lines_with("net/route", "eth0"), 0);
	assert_int_equal(inet_addr_type(OURS), RTN_UNICAST);
	assert_int_equal(lab_ifreq("eth0", SIOCSIFNETMASK, MASK24), -EADDRNOTAVAIL);
}

static void aliases(void **state)
{
	int err;

	assert_int_equal(lab_ifreq("eth0:1", SIOCSIFADDR, IP4(192, 168, 7, 1)), 0);
	assert_int_equal(get("eth0", SIOCGIFADDR), OURS);
	assert_int_equal(get("eth0:1", SIOCGIFADDR), IP4(192, 168, 7, 1));
	assert_int_equal(inet_addr_type(IP4(192, 168, 7, 1)), RTN_LOCAL);
	assert_int_equal(
		lines_with("net/ifaddr", "eth0 eth0:1 192.168.7.1/24 192.168.7.255 global -\n"), 1);
	assert_int_equal(lab_flags("eth0:1", IFF_UP), 0);
	assert_int_equal(get("eth0:1", SIOCGIFADDR), IP4(192, 168, 7, 1));
	assert_int_equal(lab_flags("eth0:1", 0), 0);
	lab_ifget("eth0:1", SIOCGIFADDR, &err);
	assert_int_equal(err, -EADDRNOTAVAIL);
	assert_int_equal(inet_addr_type(IP4(192, 168, 7, 1)), RTN_UNICAST);
	assert_int_equal(lab_flags("eth0:1", 0), -EADDRNOTAVAIL);
	assert_true(netif_running(eth0));
}

static void secondaries_follow_their_primary(void **state)
{
	assert_int_equal(inet_add_addr(eth0, "eth0:1", IP4(10, 0, 0, 3), 24, IP4(10, 0, 0, 255)),
			 0);
	assert_int_equal(inet_add_addr(eth0, "eth0:1", IP4(10, 0, 0, 3), 24, 0), -EEXIST);
	assert_int_equal(lines_with("net/ifaddr", "10.0.0.3/24 10.0.0.255 global secondary"), 1);
	assert_int_equal(inet_select_addr(eth0, PEER, RT_SCOPE_UNIVERSE), OURS);
	assert_int_equal(lines_with("net/route", "eth0"), 1);
	assert_int_equal(inet_del_addr(eth0, OURS), 0);
	assert_false(inet_is_local(NULL, IP4(10, 0, 0, 3)));
	assert_int_equal(lines_with("net/route", "eth0"), 0);

	skbox_sysctl("net.ipv4.conf.eth0.promote_secondaries", "1");
	assert_int_equal(inet_add_addr(eth0, NULL, OURS, 24, IP4(10, 0, 0, 255)), 0);
	assert_int_equal(inet_add_addr(eth0, NULL, IP4(10, 0, 0, 3), 24, IP4(10, 0, 0, 255)), 0);
	assert_int_equal(inet_add_addr(eth0, NULL, IP4(10, 0, 0, 4), 24, IP4(10, 0, 0, 255)), 0);
	assert_int_equal(inet_del_addr(eth0, OURS), 0);
	assert_int_equal(inet_select_addr(eth0, PEER, RT_SCOPE_UNIVERSE), IP4(10, 0, 0, 3));
	assert_int_equal(lines_with("net/route", "eth0"), 1);
	assert_int_equal(inet_addr_type(IP4(10, 0, 0, 255)), RTN_BROADCAST);
	assert_int_equal(inet_addr_type(IP4(10, 0, 0, 4)), RTN_LOCAL);
	skbox_sysctl("net.ipv4.conf.eth0.promote_secondaries", "0");
}

static void down_and_up(void **state)
{
	assert_int_equal(lab_route(SIOCADDRT, 0, 0, PEER, NULL, RTF_UP | RTF_GATEWAY, 0), 0);
	assert_int_equal(inet_add_addr(eth0, "eth0:1", IP4(10, 0, 0, 3), 24, 0), 0);
	assert_int_equal(lines_with("net/route", "eth0"), 2);
	assert_int_equal(lab_flags("eth0", 0), 0);
	assert_int_equal(lines_with("net/route", "eth0"), 0);
	assert_int_equal(inet_addr_type(OURS), RTN_UNICAST);
	assert_int_equal(get("eth0", SIOCGIFADDR), OURS);
	assert_int_equal(lab_flags("eth0", IFF_UP), 0);
	assert_int_equal(lines_with("net/route", "eth0"), 1); /* static ones have to be set again */
	assert_int_equal(inet_addr_type(OURS), RTN_LOCAL);
	assert_int_equal(inet_addr_type(IP4(10, 0, 0, 3)), RTN_LOCAL);
}

/* An address set while the device is down becomes ours when it comes up. */
static void set_while_down(void **state)
{
	lab_flags("eth0", 0);
	assert_int_equal(lab_ifreq("eth0", SIOCSIFADDR, IP4(192, 168, 3, 4)), 0);
	assert_int_equal(inet_addr_type(IP4(192, 168, 3, 4)), RTN_UNICAST);
	lab_flags("eth0", IFF_UP);
	assert_int_equal(inet_addr_type(IP4(192, 168, 3, 4)), RTN_LOCAL);
}

static void the_same_address_twice(void **state)
{
	assert_int_equal(inet_add_addr(loopback_dev, NULL, OURS, 32, 0), 0);
	assert_int_equal(inet_del_addr(loopback_dev, OURS), 0);
	assert_int_equal(inet_addr_type(OURS), RTN_LOCAL);
	assert_true(inet_is_local(eth0, OURS));
	assert_false(inet_is_local(loopback_dev, OURS));
}

static void slash_31_and_32_have_no_broadcast(void **state)
{
	inet_del_addr(eth0, OURS);
	assert_int_equal(inet_add_addr(eth0, NULL, OURS, 31, 0), 0);
	assert_int_equal(inet_addr_type(IP4(10, 0, 0, 3)), RTN_UNICAST);
	assert_int_equal(
		lines_with("net/route", "eth0\t0200000A\t00000000\t0001\t0\t0\t0\tFEFFFFFF"), 1);
	inet_del_addr(eth0, OURS);
	assert_int_equal(inet_add_addr(eth0, NULL, OURS, 32, 0), 0);
	assert_int_equal(lines_with("net/route", "eth0"), 0);
	assert_int_equal(inet_addr_type(OURS), RTN_LOCAL);
}

static void ifconf_lists_all(void **state)
{
	struct ifreq buf[8];
	struct ifconf ifc = { .ifc_len = sizeof(buf), .ifc_req = buf };
	int fd = skbox_socket(AF_INET, 2, 0);

	lab_ifreq("eth0:7", SIOCSIFADDR, IP4(10, 7, 7, 7));
	assert_int_equal(skbox_ioctl(fd, SIOCGIFCONF, &ifc), 0);
	assert_int_equal(ifc.ifc_len, 3 * sizeof(struct ifreq));
	assert_string_equal(buf[0].ifr_name, "lo");
	assert_string_equal(buf[1].ifr_name, "eth0");
	assert_string_equal(buf[2].ifr_name, "eth0:7");
	ifc.ifc_len = sizeof(buf[0]) + 1;
	assert_int_equal(skbox_ioctl(fd, SIOCGIFCONF, &ifc), 0);
	assert_int_equal(ifc.ifc_len, sizeof(buf[0]));
	ifc.ifc_req = NULL;
	assert_int_equal(skbox_ioctl(fd, SIOCGIFCONF, &ifc), 0);
	assert_int_equal(ifc.ifc_len, 3 * sizeof(struct ifreq));
	skbox_close(fd);
}

static void loopback_has_no_broadcast(void **state)
{
	assert_int_equal(lab_ifreq("lo", SIOCSIFBRDADDR, IP4(127, 255, 255, 255)), -EINVAL);
	assert_int_equal(get("lo", SIOCGIFBRDADDR), 0);
	assert_int_equal(lines_with("net/ifaddr", "lo lo 127.0.0.1/8 0.0.0.0 host -\n"), 1);
	assert_int_equal(inet_addr_type(IP4(127, 9, 9, 9)), RTN_LOCAL);
}

/* RFC 5227 §2.3: a new address is announced, twice. */
static void announcements(void **state)
{
	u32 n = 0;

	assert_int_equal(lab_ifreq("eth0:1", SIOCSIFADDR, IP4(10, 5, 5, 5)), 0);
	for (u32 i = 0; i < 4; i++) {
		while (skbox_frame_out(lab_eth0, frame, sizeof(frame))) {
			if (get_be16(frame + 12) == ETH_P_ARP && get_be16(frame + 20) == 1 &&
			    memcmp(frame + 28, "\x0a\x05\x05\x05", 4) == 0 &&
			    memcmp(frame + 38, frame + 28, 4) == 0)
				n++;
		}
		skbox_advance(1000000000);
	}
	assert_int_equal(n, 2);
}

static void random_walk(void **state)
{
	for (u32 i = 0; i < 3000; i++) {
		be32 addr = htonl(0x0a000000 | (lab_random() & 0x010103));
		u32 len = 22 + lab_random() % 11;

		switch (lab_random() % 6) {
		case 0:
		case 1:
			inet_add_addr(eth0, NULL, addr, (u8)len,
				      lab_random() % 2 ? addr | ~htonl(0xffffffff << (32 - len)) :
							 0);
			break;
		case 2:
			inet_del_addr(eth0, addr);
			break;
		case 3:
			lab_ifreq("eth0", SIOCSIFNETMASK, htonl(0xffffffff << (32 - len)));
			break;
		case 4:
			lab_ifreq("eth0", SIOCSIFADDR, addr);
			break;
		default:
			lab_flags("eth0", lab_random() % 2 ? IFF_UP : 0);
			break;
		}
		while (skbox_frame_out(lab_eth0, frame, sizeof(frame)))
			;
	}
	lab_flags("eth0", IFF_UP);
	while (!list_empty(&in_dev_get(eth0)->addrs)) {
		struct in_ifaddr *ifa =
			list_first_entry(&in_dev_get(eth0)->addrs, struct in_ifaddr, node);

		assert_int_equal(inet_addr_type(ifa->local), RTN_LOCAL);
		inet_del_addr(eth0, ifa->local);
	}
	assert_int_equal(lines_with("net/route", "eth0"), 0);
	for (u32 i = 0; i < 0x20000; i++)
		assert_int_not_equal(inet_addr_type(htonl(0x0a000000 | i)), RTN_LOCAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(class_defaults),
		lab_test(masks_move_routes),
		lab_test(address_zero_takes_it_away),
		lab_test(aliases),
		lab_test(secondaries_follow_their_primary),
		lab_test(down_and_up),
		lab_test(set_while_down),
		lab_test(the_same_address_twice),
		lab_test(slash_31_and_32_have_no_broadcast),
		lab_test(ifconf_lists_all),
		lab_test(loopback_has_no_broadcast),
		lab_test(announcements),
		lab_test(random_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
