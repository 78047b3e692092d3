/*
 * arping: asks who has an address, over one link, with ARP alone (RFC 826), in the words of
 * iputils: -c COUNT, -w SECONDS, -i SECONDS, -f the first answer ends it, -b broadcasts only, -D is
 * the address used already (RFC 5227), -U and -A tell the neighbours of ours, -q, -s SOURCE, -I IF.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arping/arping.h"
#include "lib/ifc.h"
#include "lib/util.h"

static int parse_options(struct arping *a, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, ":c:w:i:I:s:fqbDUAV")) != -1) {
		bool ok = true;

		switch (c) {
		case 'c':
			ok = app_number_or_say(argv[0], "count", optarg, 1, INT32_MAX, &a->count);
			break;
		case 'w':
			ok = app_seconds(optarg, &a->timeout);
			break;
		case 'i':
			ok = app_seconds(optarg, &a->interval);
			break;
		case 'I':
			a->dev = optarg;
			break;
		case 's':
			a->source = optarg;
			break;
		case 'f':
			a->quit_on_reply = true;
			break;
		case 'q':
			a->quiet = true;
			break;
		case 'b':
			a->broadcast_only = true;
			break;
		case 'D':
			a->dad = a->quit_on_reply = true;
			break;
		case 'A':
			a->advert = a->unsolicited = true;
			break;
		case 'U':
			a->unsolicited = true;
			break;
		case 'V':
			return puts("arping from skbox"), 0;
		default:
			return app_badopt(argv, c);
		}
		if (!ok)
			return 2;
	}
	if (optind != argc - 1)
		return app_usage(argv[0]);
	a->host = argv[optind];
	return -1;
}

/* Takes what has come until @deadline. True: it is over. */
static bool listen_until(struct arping *a, int64_t deadline)
{
	struct pollfd pfd = { .fd = a->fd, .events = POLLIN };
	int64_t left;

	while (!app_caught() && (left = deadline - app_clock_ns()) > 0) {
		if (poll(&pfd, 1, left / NSEC_PER_MSEC + 1) <= 0)
			continue;
		if (arping_receive(a) && a->quit_on_reply)
			return true;
	}
	return app_caught();
}

static int run(struct arping *a)
{
	int64_t next = app_clock_ns(), end = a->timeout ? next + a->timeout : INT64_MAX;

	while (!app_caught() && (!a->count || a->sent < a->count) && next < end) {
		if (!arping_send(a))
			return app_perror("arping", "sendto"), 2;
		next += a->interval;
		if (listen_until(a, next < end ? next : end))
			break;
	}
	/* Those who were asked for few may still answer as long as -w says. */
	if (a->count && a->timeout && !a->received && !app_caught() && !a->unsolicited)
		listen_until(a, end);
	return -1;
}

static int finish(const struct arping *a)
{
	if (!a->quiet) {
		printf("Sent %ld probes (%ld broadcast(s))\n", a->sent, a->broadcasts);
		printf("Received %ld response(s)", a->received);
		if (a->requests)
			printf(" (%ld request(s), %ld broadcast(s))", a->requests, a->heard);
		putchar('\n');
	}
	if (a->dad)
		return a->received != 0;
	return a->unsolicited ? 0 : !a->received;
}

int main(int argc, char **argv)
{
	struct arping a = { .interval = NSEC_PER_SEC };
	char to[INET_ADDRSTRLEN], from[INET_ADDRSTRLEN];
	int status = parse_options(&a, argc, argv);

	if (status >= 0)
		return status;
	status = arping_open(&a);
	if (status >= 0)
		return status;
	app_catch(SIGINT);
	if (!a.quiet)
		printf("ARPING %s from %s %s\n", inaddr_str(a.dst, to), inaddr_str(a.src, from),
		       a.ifname);
	status = run(&a);
	close(a.fd);
	return status >= 0 ? status : finish(&a);
}
