/*
 * routed: tells neighbours our routes and learns theirs, by RIP (RFC 1058, RFC 2453), as the
 * guides' chapter on dynamic routing has it: a task beside the kernel that changes its table by
 * ioctl. It stays in the foreground: `routed &`.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/inaddr.h"
#include "lib/util.h"
#include "routed/rip.h"

#define APP "routed"
#define MAX_ROUTES 2048
#define LOOK_EVERY RIP_SEC /* at the interfaces */

struct routed {
	struct rip rip;
	struct rip_route pool[MAX_ROUTES];
	int fd;
	const char *only; /* interfaces, "eth0,eth1"; NULL: all */
};

static const struct rip_ops ops = { .send = links_send, .install = kernel_install };

/* ---- what the user says ---- */

/* "30", or "30,180,120": update, timeout, garbage; the others follow the first. */
static bool set_times(struct rip *r, const char *text)
{
	char *copy = strdup(text), *rest = copy;
	int64_t ns[3] = { 0 };
	bool good = copy != NULL;

	for (int i = 0; good && rest && i < 3; i++)
		good = app_seconds(strsep(&rest, ","), &ns[i]) && ns[i] > 0;
	good = good && !rest;
	free(copy);
	if (!good) {
		app_error(APP, "bad times '%s': UPDATE[,TIMEOUT,GARBAGE] in seconds", text);
		return false;
	}
	r->update_time = ns[0];
	r->timeout_time = ns[1] ? ns[1] : 6 * ns[0];
	r->garbage_time = ns[2] ? ns[2] : 4 * ns[0];
	return true;
}

/* "SECRET": a password; "7:SECRET": MD5 with key 7. */
static bool set_auth(struct rip_auth *auth, const char *text)
{
	const char *colon = strchr(text, ':'), *secret = colon ? colon + 1 : text;
	long id = 0;

	auth->kind = colon ? RIP_AUTH_MD5 : RIP_AUTH_PASSWORD;
	if (colon) {
		char number[8];

		strlcpy(number, text,
			(size_t)(colon - text) + 1 < sizeof(number) ? (size_t)(colon - text) + 1 :
								      sizeof(number));
		if (!app_number_or_say(APP, "key", number, 0, 255, &id))
			return false;
	}
	auth->key_id = (uint8_t)id;
	if (!*secret || strlen(secret) >= sizeof(auth->secret)) {
		app_error(APP, "a secret has 1 to 16 characters");
		return false;
	}
	strlcpy(auth->secret, secret, sizeof(auth->secret));
	return true;
}

/* -1: go on; else the status to end with. */
static int options(struct routed *d, int argc, char **argv)
{
	struct rip *r = &d->rip;
	long metric;
	int c;

	while ((c = getopt(argc, argv, ":12a:g:i:qrsT:t")) != -1) {
		if (c == '1' || c == '2')
			r->version = c - '0';
		else if (c == 'q' || c == 's')
			r->supply = c == 's';
		else if (c == 'r')
			r->redistribute = true;
		else if (c == 't')
			r->trace = true;
		else if (c == 'i')
			d->only = optarg;
		else if (c == 'a' ? !set_auth(&r->auth, optarg) : c == 'T' && !set_times(r, optarg))
			return 2;
		else if (c == 'g') {
			if (!app_number_or_say(APP, "metric", optarg, 1, 15, &metric))
				return 2;
			r->default_metric = (int)metric;
		} else if (c != 'a' && c != 'T')
			return app_badopt(argv, c);
	}
	if (app_surplus(argc, argv))
		return 2;
	if (r->version < 2 && r->auth.kind != RIP_AUTH_NONE)
		return app_error(APP, "version 1 has no authentication") + 1;
	return -1;
}

/* ---- running ---- */

static void take_datagrams(struct routed *d)
{
	uint8_t buf[RIP_MAX_PACKET + 1];
	char control[64] __attribute__((aligned(8)));
	struct sockaddr_in from = { 0 };
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
	ssize_t n;

	for (;;) {
		struct msghdr msg = { .msg_name = &from,
				      .msg_namelen = sizeof(from),
				      .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control,
				      .msg_controllen = sizeof(control) };
		struct in_pktinfo info = { 0 };
		struct cmsghdr *c;

		n = recvmsg(d->fd, &msg, MSG_DONTWAIT);
		if (n < 0)
			return;
		for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
			if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
				memcpy(&info, CMSG_DATA(c), sizeof(info));
		rip_input(&d->rip, buf, (size_t)n, from.sin_addr.s_addr, ntohs(from.sin_port),
			  info.ipi_ifindex);
	}
}

static void look_around(struct routed *d)
{
	if (links_read(&d->rip, d->fd, d->only))
		rip_links_changed(&d->rip);
	links_join(&d->rip, d->fd);
	if (d->rip.redistribute)
		kernel_read(&d->rip);
}

static void run(struct routed *d)
{
	int64_t next_look = 0;

	while (!app_caught()) {
		struct pollfd pfd = { .fd = d->fd, .events = POLLIN };
		int64_t when;

		d->rip.now = app_clock_ns();
		if (d->rip.now >= next_look) {
			look_around(d);
			next_look = d->rip.now + LOOK_EVERY;
		}
		when = rip_run(&d->rip);
		if (when > next_look)
			when = next_look;
		if (when > d->rip.now)
			poll(&pfd, 1, (int)((when - d->rip.now) / NSEC_PER_MSEC) + 1);
		d->rip.now = app_clock_ns();
		take_datagrams(d);
	}
}

static void report(const struct rip *r)
{
	const struct rip_counts *c = &r->count;

	rip_log(r,
		"%lu responses, %lu requests, %lu bad packets, %lu bad routes, %lu sent, %lu triggered updates",
		c->responses, c->requests, c->bad_packets, c->bad_routes, c->sent, c->triggered);
}

int main(int argc, char **argv)
{
	struct routed *d = calloc(1, sizeof(*d));
	int status;

	if (!d)
		return app_perror(APP, "memory");
	rip_init(&d->rip, &ops, app_clock_ns(), d->pool, MAX_ROUTES);
	getrandom(&d->rip.dice, sizeof(d->rip.dice), 0);
	d->rip.dice |= 1;
	d->rip.arg = &d->fd;
	status = options(d, argc, argv);
	if (status < 0) {
		d->fd = links_socket();
		status = d->fd < 0 ? app_perror(APP, "port 520") : 0;
		if (!status) {
			app_catch(SIGINT);
			app_catch(SIGTERM);
			kernel_purge(&d->rip);
			run(d);
			rip_farewell(&d->rip);
			report(&d->rip);
			rip_free(&d->rip);
			close(d->fd);
		}
	}
	free(d);
	return status;
}
