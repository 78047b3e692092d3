/*
 * traceroute: the routers on the way, seen by UDP packets that die at each. -n: no names, -m HOPS,
 * -q PROBES, -w SECONDS, -f FIRST, -p PORT.
 */
#include <errno.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/inaddr.h"
#include "lib/util.h"

#define PAYLOAD 32

struct trace {
	struct sockaddr_in to;
	const char *host;
	bool numeric;
	long hops, probes, first, port;
	int64_t wait;
	int fd;
	in_addr_t last; /* whom the line has named already */
};

struct answer {
	in_addr_t from;
	int type, code;
	int64_t rtt;
};

static bool receive_error(struct trace *t, struct answer *a)
{
	char control[256], payload[PAYLOAD];
	struct sockaddr_in name;
	struct iovec iov = { payload, sizeof(payload) };
	struct msghdr m = { .msg_name = &name,
			    .msg_namelen = sizeof(name),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };

	if (recvmsg(t->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		struct sock_extended_err *e = (struct sock_extended_err *)CMSG_DATA(c);

		if (c->cmsg_level != SOL_IP || c->cmsg_type != IP_RECVERR ||
		    e->ee_origin != SO_EE_ORIGIN_ICMP)
			continue;
		a->from = ((struct sockaddr_in *)SO_EE_OFFENDER(e))->sin_addr.s_addr;
		a->type = e->ee_type;
		a->code = e->ee_code;
		return true;
	}
	return false;
}

/* Each probe has its own port and socket: an answer can only be to this one. */
static bool probe(struct trace *t, int ttl, int n, struct answer *a)
{
	struct pollfd pfd = { .events = POLLIN };
	char payload[PAYLOAD] = "";
	int64_t start, left;
	int one = 1;

	t->fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (t->fd < 0)
		return false;
	setsockopt(t->fd, SOL_IP, IP_RECVERR, &one, sizeof(one));
	setsockopt(t->fd, SOL_IP, IP_TTL, &ttl, sizeof(ttl));
	t->to.sin_port = htons(t->port + (ttl - 1) * t->probes + n);
	start = app_clock_ns();
	a->type = -1;
	if (sendto(t->fd, payload, sizeof(payload), 0, (struct sockaddr *)&t->to, sizeof(t->to)) >=
	    0) {
		pfd.fd = t->fd;
		while (a->type < 0 && !app_caught() &&
		       (left = start + t->wait - app_clock_ns()) > 0)
			if (poll(&pfd, 1, left / NSEC_PER_MSEC + 1) > 0 && !receive_error(t, a))
				break;
	}
	a->rtt = app_clock_ns() - start;
	close(t->fd);
	return a->type >= 0;
}

static void print_answer(struct trace *t, const struct answer *a)
{
	static const char *const marks[] = { [ICMP_NET_UNREACH] = " !N",
					     [ICMP_HOST_UNREACH] = " !H",
					     [ICMP_PROT_UNREACH] = " !P",
					     [ICMP_FRAG_NEEDED] = " !F",
					     [ICMP_PKT_FILTERED] = " !X" };
	char name[64], text[INET_ADDRSTRLEN];

	if (a->from != t->last) {
		inaddr_str(a->from, text);
		if (t->numeric)
			printf(" %s", text);
		else
			printf(" %s (%s)", inaddr_name(a->from, false, name, sizeof(name)), text);
		t->last = a->from;
	}
	printf("  %ld.%03ld ms", (long)(a->rtt / 1000000), (long)(a->rtt / 1000 % 1000));
	if (a->type == ICMP_DEST_UNREACH && a->code < (int)ARRAY_LEN(marks) && marks[a->code])
		printf("%s", marks[a->code]);
}

/* One line. True: the end has been reached. */
static bool hop(struct trace *t, int ttl)
{
	bool end = false;

	printf("%2d ", ttl);
	t->last = 0;
	for (int n = 0; n < t->probes && !app_caught(); n++) {
		struct answer a;

		fflush(stdout);
		if (!probe(t, ttl, n, &a)) {
			printf(" *");
			continue;
		}
		print_answer(t, &a);
		end |= a.type == ICMP_DEST_UNREACH;
	}
	putchar('\n');
	return end;
}

static int parse_options(struct trace *t, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, ":nm:q:w:f:p:")) != -1) {
		bool ok = true;

		switch (c) {
		case 'n':
			t->numeric = true;
			break;
		case 'm':
			ok = app_number_or_say(argv[0], "hops", optarg, 1, 255, &t->hops);
			break;
		case 'q':
			ok = app_number_or_say(argv[0], "probes", optarg, 1, 10, &t->probes);
			break;
		case 'f':
			ok = app_number_or_say(argv[0], "first hop", optarg, 1, 255, &t->first);
			break;
		case 'p':
			ok = app_number_or_say(argv[0], "port", optarg, 1, 60000, &t->port);
			break;
		case 'w':
			ok = app_seconds(optarg, &t->wait);
			break;
		default:
			return app_badopt(argv, c);
		}
		if (!ok)
			return 2;
	}
	if (optind != argc - 1)
		return app_usage(argv[0]);
	t->host = argv[optind];
	return -1;
}

int main(int argc, char **argv)
{
	struct trace t = {
		.hops = 30, .probes = 3, .first = 1, .port = 33434, .wait = 3 * NSEC_PER_SEC
	};
	char text[INET_ADDRSTRLEN];
	int status = parse_options(&t, argc, argv);

	if (status >= 0)
		return status;
	if (!inaddr_resolve(argv[0], t.host, &t.to))
		return 1;
	app_catch(SIGINT);
	printf("traceroute to %s (%s), %ld hops max, %d byte packets\n", t.host,
	       inaddr_str(t.to.sin_addr.s_addr, text), t.hops, PAYLOAD + 28);
	for (int ttl = t.first; ttl <= t.hops && !app_caught(); ttl++)
		if (hop(&t, ttl))
			return 0;
	return 1;
}
