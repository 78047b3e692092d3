/*
 * The library as its users see it: skbox.h and the machine's own headers, nothing of the kernel's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/arch/host/skbox.h"

#define MS 1000000ULL
#define SECOND (1000 * MS)
#define OUR_ADDR "10.0.0.2"
#define PEER_ADDR "10.0.0.1"

static const uint8_t our_mac[6] = { 2, 0, 0, 0, 0, 2 }, peer_mac[6] = { 2, 0, 0, 0, 0, 1 };
static int dev, ctl;

static struct sockaddr_in addr_of(const char *ip, int port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	inet_pton(AF_INET, ip, &addr.sin_addr);
	return addr;
}

static void set_address(const char *dev_name, unsigned long cmd, const char *ip)
{
	struct sockaddr_in addr = addr_of(ip, 0);
	struct ifreq ifr;

	strcpy(ifr.ifr_name, dev_name);
	memcpy(&ifr.ifr_addr, &addr, sizeof(addr));
	assert_int_equal(skbox_ioctl(ctl, cmd, &ifr), 0);
}

static void set_up(const char *dev_name)
{
	struct ifreq ifr;

	strcpy(ifr.ifr_name, dev_name);
	assert_int_equal(skbox_ioctl(ctl, SIOCGIFFLAGS, &ifr), 0);
	ifr.ifr_flags |= IFF_UP;
	assert_int_equal(skbox_ioctl(ctl, SIOCSIFFLAGS, &ifr), 0);
}

static int setup(void **state)
{
	skbox_set_seed(1);
	assert_int_equal(skbox_boot("quiet"), 0);
	assert_int_equal(skbox_boot("quiet"), -1);
	dev = skbox_add_device(our_mac);
	assert_int_equal(dev, 0);
	ctl = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(ctl >= 0);
	assert_int_equal(skbox_frame_in(dev, our_mac, 6), -ENETDOWN);
	set_address("lo", SIOCSIFADDR, "127.0.0.1");
	set_up("lo");
	set_address("eth0", SIOCSIFADDR, OUR_ADDR);
	set_address("eth0", SIOCSIFNETMASK, "255.255.255.0");
	set_up("eth0");
	return 0;
}

/* ---- frames ---- */

static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static size_t build_arp(uint8_t *f, uint16_t op, const char *sender, const char *target)
{
	static const uint8_t head[] = { 8, 6, 0, 1, 8, 0, 6, 4 };

	memset(f, 0, 42);
	memset(f, 0xff, 6);
	memcpy(f + 6, peer_mac, 6);
	memcpy(f + 12, head, sizeof(head));
	put16(f + 20, op);
	memcpy(f + 22, peer_mac, 6);
	inet_pton(AF_INET, sender, f + 28);
	memcpy(f + 32, our_mac, 6);
	inet_pton(AF_INET, target, f + 38);
	return 42;
}

static size_t build_udp(uint8_t *f, int sport, int dport, const char *text)
{
	size_t len = strlen(text);

	memset(f, 0, 42);
	memcpy(f, our_mac, 6);
	memcpy(f + 6, peer_mac, 6);
	put16(f + 12, 0x0800);
	f[14] = 0x45;
	put16(f + 16, (uint16_t)(28 + len));
	f[22] = 64;
	f[23] = 17;
	inet_pton(AF_INET, PEER_ADDR, f + 26);
	inet_pton(AF_INET, OUR_ADDR, f + 30);
	put16(f + 24, checksum(f + 14, 20));
	put16(f + 34, (uint16_t)sport);
	put16(f + 36, (uint16_t)dport);
	put16(f + 38, (uint16_t)(8 + len));
	memcpy(f + 42, text, len);
	return 42 + len;
}

static bool is_arp_request(const uint8_t *f, size_t len, const char *target)
{
	uint8_t ip[4];

	inet_pton(AF_INET, target, ip);
	return len >= 42 && f[12] == 8 && f[13] == 6 && f[21] == 1 && memcmp(f + 38, ip, 4) == 0;
}

/* The next frame that is not ARP; requests for the peer are answered. */
static size_t next_ip_frame(uint8_t *f, size_t size)
{
	uint8_t reply[64];
	size_t len;

	while ((len = skbox_frame_out(dev, f, size)) > 0) {
		if (f[13] == 0)
			return len;
		if (is_arp_request(f, len, PEER_ADDR))
			skbox_frame_in(dev, reply, build_arp(reply, 2, PEER_ADDR, OUR_ADDR));
	}
	return 0;
}

/* ---- tests ---- */

static void test_arp(void **state)
{
	uint8_t f[1600];
	size_t len;

	while (skbox_frame_out(dev, f, sizeof(f)))
		continue;
	assert_int_equal(skbox_frame_in(dev, f, build_arp(f, 1, PEER_ADDR, OUR_ADDR)), 0);
	len = skbox_frame_out(dev, f, sizeof(f));
	assert_true(len >= 42);
	assert_memory_equal(f, peer_mac, 6);
	assert_int_equal(f[21], 2);
	assert_memory_equal(f + 22, our_mac, 6);
	assert_int_equal(skbox_frame_out(dev, f, sizeof(f)), 0);
	assert_int_equal(skbox_frame_in(7, f, 60), -EINVAL);
	assert_int_equal(skbox_frame_in(dev, f, sizeof(f)), -EMSGSIZE);
}

static void test_udp_both_ways(void **state)
{
	struct sockaddr_in addr = addr_of("0.0.0.0", 7000), from;
	struct pollfd pfd = { .events = POLLIN };
	socklen_t fromlen = sizeof(from);
	uint8_t f[1600];
	char buf[100];
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(skbox_bind(fd, &addr, sizeof(addr)), 0);
	assert_int_equal(skbox_recvfrom(fd, buf, sizeof(buf), 0, NULL, NULL), -EAGAIN);
	pfd.fd = fd;
	assert_int_equal(skbox_poll(&pfd, 1), 0);
	assert_int_equal(skbox_frame_in(dev, f, build_udp(f, 5555, 7000, "hello")), 0);
	assert_int_equal(skbox_poll(&pfd, 1), 1);
	assert_int_equal(pfd.revents, POLLIN);
	assert_int_equal(skbox_recvfrom(fd, buf, sizeof(buf), 0, &from, &fromlen), 5);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(ntohs(from.sin_port), 5555);
	assert_int_equal(skbox_sendto(fd, "world!", 6, 0, &from, fromlen), 6);
	assert_true(next_ip_frame(f, sizeof(f)) >= 48);
	assert_memory_equal(f + 42, "world!", 6);
	assert_int_equal(f[36] << 8 | f[37], 5555);
	assert_int_equal(skbox_close(fd), 0);
	assert_int_equal(skbox_close(fd), -EBADF);
}

/* Nobody answers: some requests, each in its time, then the socket hears of it. */
static void test_time(void **state)
{
	struct sockaddr_in addr = addr_of("10.0.0.99", 9);
	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
	uint64_t start = skbox_now();
	uint8_t f[1600];
	int requests = 0, on = 1;

	skbox_setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	assert_int_equal(skbox_connect(fd, &addr, sizeof(addr)), 0);
	assert_int_equal(skbox_sendto(fd, "x", 1, 0, NULL, 0), 1);
	while (skbox_now() - start < 20 * SECOND && skbox_next_timer() != SKBOX_NEVER) {
		size_t len;

		while ((len = skbox_frame_out(dev, f, sizeof(f))) > 0)
			requests += is_arp_request(f, len, "10.0.0.99");
		skbox_advance(100 * MS);
	}
	assert_int_equal(requests, 3);
	assert_int_equal(skbox_sendto(fd, "x", 1, 0, NULL, 0), -EHOSTUNREACH);
	skbox_close(fd);
}

static void test_clock(void **state)
{
	uint64_t now = skbox_now();

	skbox_advance(123456789);
	assert_int_equal(skbox_now(), now + 123456789);
	skbox_advance(0);
	assert_int_equal(skbox_now(), now + 123456789);
	assert_true(skbox_next_timer() > skbox_now());
}

static void test_proc_and_sysctl(void **state)
{
	char buf[4096], tiny[8];

	assert_true(skbox_proc_read("net/dev", buf, sizeof(buf)) > 0);
	assert_non_null(strstr(buf, "eth0:"));
	assert_int_equal(skbox_proc_read("net/dev", tiny, sizeof(tiny)), 7);
	assert_int_equal(strlen(tiny), 7);
	assert_int_equal(skbox_proc_read("no/such", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(skbox_sysctl("net.ipv4.ip_forward", "1"), 0);
	skbox_proc_read("sys/net/ipv4/ip_forward", buf, sizeof(buf));
	assert_string_equal(buf, "1\n");
	assert_int_equal(skbox_sysctl("net.ipv4.ip_forward", "0"), 0);
	assert_int_equal(skbox_sysctl("net.ipv4.ip_forward", "many"), -EINVAL);
	assert_int_equal(skbox_sysctl("no.such", "1"), -ENOENT);
}

/* The port that a fresh process with @seed gives to a socket. */
static int ephemeral_port(uint64_t seed)
{
	struct sockaddr_in addr = addr_of("0.0.0.0", 0);
	socklen_t len = sizeof(addr);
	int fds[2], port = 0;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);

		skbox_set_seed(seed);
		skbox_bind(fd, &addr, sizeof(addr));
		skbox_getsockname(fd, &addr, &len);
		port = addr.sin_port;
		_exit(write(fds[1], &port, sizeof(port)) != sizeof(port));
	}
	assert_int_equal(read(fds[0], &port, sizeof(port)), sizeof(port));
	waitpid(pid, NULL, 0);
	close(fds[0]);
	close(fds[1]);
	return port;
}

static void test_seed(void **state)
{
	assert_int_not_equal(ephemeral_port(5), 0);
	assert_int_equal(ephemeral_port(5), ephemeral_port(5));
	assert_int_not_equal(ephemeral_port(5), ephemeral_port(6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arp),
		cmocka_unit_test(test_udp_both_ways),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_proc_and_sysctl),
		cmocka_unit_test(test_seed),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
