/*
 * Load generator: the peer at the other end of a guest's cable, a pair of unix datagram sockets
 *with one Ethernet frame a datagram (QEMU's -netdev dgram). It answers ARP, sends UDP datagrams or
 *ICMP echo requests, counts what comes back, and prints one line of JSON.
 *
 *	load OURS THEIRS udp|icmp SECONDS WINDOW SIZE PORT
 *
 * WINDOW: how many requests may be on their way; 1 measures round trips, 0 sends without waiting
 *for answers, from port 19, which udpecho takes in and does not answer. SIZE: bytes of UDP or ICMP
 *payload (at least 8). PORT: of udpecho.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ETH 14
#define IP 20
#define L4 8
#define PORT_ECHO 7777
#define PORT_CHARGEN 19
#define LOST_NS 200000000ull /* an answer that takes longer counts as lost */
#define FENCE 0xfe1c

static const uint8_t our_mac[6] = { 2, 0, 0, 0, 0, 0x99 },
		     their_mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
static const uint8_t our_ip[4] = { 10, 9, 0, 1 }, their_ip[4] = { 10, 9, 0, 2 };

static int wire;
static struct sockaddr_un theirs = { .sun_family = AF_UNIX };
static uint64_t sent, received, lost;
static bool fence_seen;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t sum(uint32_t acc, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		acc += i & 1 ? p[i] : p[i] << 8;
	return acc;
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put_sum(uint8_t *p, uint32_t acc)
{
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	acc = ~acc & 0xffff;
	put16(p, acc ? acc : 0xffff);
}

static void transmit(const uint8_t *frame, size_t len)
{
	while (sendto(wire, frame, len, 0, (struct sockaddr *)&theirs, sizeof(theirs)) < 0) {
		if (errno != EINTR && errno != ENOBUFS)
			die("sendto");
	}
}

/* The one frame that is sent again and again. */
static size_t make_frame(uint8_t *f, bool icmp, uint16_t id, uint16_t dport, size_t size)
{
	uint8_t *ip = f + ETH, *l4 = ip + IP;
	size_t len = IP + L4 + size;

	memset(f, 0, ETH + len);
	memcpy(f, their_mac, 6);
	memcpy(f + 6, our_mac, 6);
	put16(f + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, len);
	put16(ip + 6, 0x4000);
	ip[8] = 64;
	ip[9] = icmp ? 1 : 17;
	memcpy(ip + 12, our_ip, 4);
	memcpy(ip + 16, their_ip, 4);
	put_sum(ip + 10, sum(0, ip, IP));
	for (size_t i = 0; i < size; i++)
		l4[L4 + i] = i;
	if (icmp) {
		l4[0] = 8;
		put16(l4 + 4, id);
		put_sum(l4 + 2, sum(0, l4, L4 + size));
	} else {
		put16(l4, id);
		put16(l4 + 2, dport);
		put16(l4 + 4, L4 + size);
		put_sum(l4 + 6, sum(17 + L4 + size, ip + 12, 8 + L4 + size));
	}
	return ETH + len < 60 ? 60 : ETH + len;
}

static void answer_arp(uint8_t *f)
{
	if (f[21] != 1 || memcmp(f + 38, our_ip, 4))
		return;
	memcpy(f, f + 6, 6);
	memcpy(f + 6, our_mac, 6);
	f[21] = 2;
	memcpy(f + 32, f + 22, 10);
	memcpy(f + 22, our_mac, 6);
	memcpy(f + 28, our_ip, 4);
	transmit(f, 60);
}

/* Takes the next frame, if one comes within @ms; true: an answer to @icmp or UDP. */
static bool take(int ms, bool icmp)
{
	uint8_t f[2048];
	struct pollfd p = { wire, POLLIN, 0 };
	ssize_t n = recv(wire, f, sizeof(f), MSG_DONTWAIT);

	if (n < 0 && ms && poll(&p, 1, ms) > 0)
		n = recv(wire, f, sizeof(f), MSG_DONTWAIT);
	if (n < 42)
		return false;
	if (f[12] == 8 && f[13] == 6)
		answer_arp(f);
	if (f[12] != 8 || f[13] != 0)
		return false;
	if (f[23] == 1 && f[38] == FENCE >> 8 && f[39] == (FENCE & 0xff)) {
		fence_seen = true;
		return false;
	}
	return icmp ? f[23] == 1 && f[34] == 0 : f[23] == 17 && f[36] == PORT_ECHO >> 8;
}

/* Returns when all that was sent before has been through the stack. */
static void fence(void)
{
	uint8_t f[128];
	size_t len = make_frame(f, true, FENCE, 0, 8);
	uint64_t end = now_ns() + 20000000000ull;

	fence_seen = false;
	while (!fence_seen) {
		transmit(f, len);
		for (int i = 0; i < 50 && !fence_seen; i++)
			take(10, false);
		if (now_ns() > end) {
			fprintf(stderr, "no answer from the guest\n");
			exit(1);
		}
	}
}

static void run_window(const uint8_t *f, size_t len, bool icmp, uint64_t end, unsigned int window)
{
	uint64_t out = 0, last = now_ns(), now = last;

	while (now < end) {
		for (; out < window; out++, sent++)
			transmit(f, len);
		if (take(1, icmp)) {
			received++;
			out -= out > 0;
			last = now = now_ns();
			continue;
		}
		now = now_ns();
		if (now - last > LOST_NS) {
			lost += out;
			out = 0;
			last = now;
		}
	}
}

static void run_flood(const uint8_t *f, size_t len, uint64_t end)
{
	while (now_ns() < end) {
		for (int i = 0; i < 64; i++, sent++)
			transmit(f, len);
		take(0, false);
	}
}

static void open_wire(const char *ours, const char *their_path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int size = 4 << 20;

	strncpy(sun.sun_path, ours, sizeof(sun.sun_path) - 1);
	strncpy(theirs.sun_path, their_path, sizeof(theirs.sun_path) - 1);
	unlink(ours);
	wire = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (wire < 0 || bind(wire, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		die(ours);
	setsockopt(wire, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

int main(int argc, char **argv)
{
	uint8_t frame[2048];
	unsigned int window;
	uint64_t start;
	bool icmp;
	size_t len;

	if (argc != 8) {
		fprintf(stderr, "usage: load OURS THEIRS udp|icmp SECONDS WINDOW SIZE PORT\n");
		return 2;
	}
	open_wire(argv[1], argv[2]);
	icmp = !strcmp(argv[3], "icmp");
	window = atoi(argv[5]);
	len = make_frame(frame, icmp, window ? PORT_ECHO : PORT_CHARGEN, atoi(argv[7]),
			 atoi(argv[6]));
	fence();
	start = now_ns();
	if (window)
		run_window(frame, len, icmp, start + atof(argv[4]) * 1e9, window);
	else
		run_flood(frame, len, start + atof(argv[4]) * 1e9);
	printf("{\"seconds\": %.6f, ", (now_ns() - start) / 1e9);
	fence();
	printf("\"sent\": %llu, \"received\": %llu, \"lost\": %llu}\n", (unsigned long long)sent,
	       (unsigned long long)received, (unsigned long long)lost);
	unlink(argv[1]);
	return 0;
}
