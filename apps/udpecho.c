/* udpecho: sends every datagram back (RFC 862). -p PORT (7), -v: says from whom it got what, -c N:
 * ends after N, -g GROUP: hears what is sent to it, too, -S SOURCE: only from there. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/inaddr.h"
#include "lib/util.h"

#define MAX_DATAGRAM 65535
#define RCVBUF (1 << 20)

struct options {
	long port, count;
	bool verbose;
	in_addr_t group, source; /* 0: none; any */
};

static int open_socket(long port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = RCVBUF;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int join(int fd, const struct options *o)
{
	struct ip_mreqn any = { .imr_multiaddr = { o->group } };
	struct ip_mreq_source one = { .imr_multiaddr = { o->group },
				      .imr_sourceaddr = { o->source } };

	if (!o->group)
		return 0;
	if (o->source)
		return setsockopt(fd, SOL_IP, IP_ADD_SOURCE_MEMBERSHIP, &one, sizeof(one));
	return setsockopt(fd, SOL_IP, IP_ADD_MEMBERSHIP, &any, sizeof(any));
}

/* RFC 862 answers anything; not so to a port of a service that would answer again (RFC 1122 loops
 * of echo and chargen). */
static bool may_answer(const struct sockaddr_in *from)
{
	unsigned int port = ntohs(from->sin_port);

	return port && port != 7 && port != 19;
}

static int echo(int fd, const struct options *o)
{
	char *buf = malloc(MAX_DATAGRAM), text[INET_ADDRSTRLEN];
	long left = o->count;

	if (!buf)
		return app_error("udpecho", "out of memory");
	while (!o->count || left-- > 0) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, buf, MAX_DATAGRAM, 0, (struct sockaddr *)&from, &len);

		if (n < 0 && errno == EINTR)
			break;
		if (n < 0)
			continue;
		if (o->verbose)
			printf("%ld bytes from %s port %u\n", (long)n,
			       inaddr_str(from.sin_addr.s_addr, text), ntohs(from.sin_port));
		if (may_answer(&from))
			sendto(fd, buf, n, 0, (struct sockaddr *)&from, len);
	}
	free(buf);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .port = 7 };
	int c, fd;

	while ((c = getopt(argc, argv, ":p:c:vg:S:")) != -1) {
		switch (c) {
		case 'g':
		case 'S':
			if (!inaddr_parse(optarg, c == 'g' ? &o.group : &o.source))
				return app_error(argv[0], "'%s' is no address", optarg), 2;
			break;
		case 'p':
			if (!app_number_or_say(argv[0], "port", optarg, 1, 65535, &o.port))
				return 2;
			break;
		case 'c':
			if (!app_number_or_say(argv[0], "count", optarg, 1, 0x7fffffff, &o.count))
				return 2;
			break;
		case 'v':
			o.verbose = true;
			break;
		default:
			return app_badopt(argv, c);
		}
	}
	if (optind < argc)
		return app_usage(argv[0]);
	fd = open_socket(o.port);
	if (fd < 0)
		return app_perror(argv[0], "bind");
	if (join(fd, &o) < 0)
		return app_perror(argv[0], "join");
	printf("udpecho: listening on port %ld\n", o.port);
	fflush(stdout);
	return echo(fd, &o);
}
