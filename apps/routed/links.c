/*
 * RIP's world: which networks we are on, the socket on port 520, and the kernel's routing table.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <abi/route.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/fib.h"
#include "../lib/ifc.h"
#include "../lib/inaddr.h"
#include "../lib/netdev.h"
#include "../lib/util.h"
#include "rip.h"

#define RIP_GROUP htonl(0xe0000009) /* 224.0.0.9 */

/* ---- interfaces ---- */

/* Is @dev in the list "eth0,eth1"? NULL names all. */
static bool is_named(const char *list, const char *dev)
{
	size_t len = strlen(dev);

	for (const char *p = list; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (!strncmp(p, dev, len) && (!p[len] || p[len] == ','))
			return true;
	}
	return !list;
}

static bool link_fill(struct rip_link *l, int fd, const struct netdev_addr *a, const char *only)
{
	int flags, ifindex;

	memset(l, 0, sizeof(*l));
	strlcpy(l->dev, a->dev, sizeof(l->dev));
	l->addr = a->addr;
	l->mask = inaddr_mask(a->len);
	if (!l->addr || ntohl(l->addr) >> 24 == 127 || ifc_flags(fd, l->dev, &flags) < 0 ||
	    ifc_get_int(fd, SIOCGIFINDEX, l->dev, &ifindex) < 0)
		return false;
	l->ifindex = ifindex;
	l->broadcast = l->addr | ~l->mask;
	l->up = (flags & IFF_UP) && (flags & IFF_RUNNING);
	l->speaks =
		!(flags & IFF_LOOPBACK) && l->mask != INADDR_BROADCAST && is_named(only, l->dev);
	return true;
}

static struct rip_link *link_find(struct rip *r, const struct rip_link *l)
{
	for (int i = 0; i < r->nr_links; i++)
		if (r->link[i].addr == l->addr && r->link[i].ifindex == l->ifindex)
			return &r->link[i];
	return NULL;
}

/* True: something is different from what we knew. */
static bool link_take(struct rip *r, struct rip_link *l)
{
	struct rip_link *old = link_find(r, l);
	bool different;

	l->seen = true;
	if (!old) {
		if (r->nr_links == RIP_MAX_LINKS)
			return false;
		r->link[r->nr_links++] = *l;
		return true;
	}
	different = old->up != l->up || old->mask != l->mask;
	l->multicast = old->multicast && l->up;
	*old = *l;
	return different;
}

static bool links_drop_unseen(struct rip *r)
{
	int kept = 0, before = r->nr_links;

	for (int i = 0; i < r->nr_links; i++)
		if (r->link[i].seen)
			r->link[kept++] = r->link[i];
	r->nr_links = kept;
	return kept != before;
}

bool links_read(struct rip *r, int fd, const char *only)
{
	struct netdev_addr *list;
	int n = netdev_addrs_read(&list);
	bool different = false;
	struct rip_link l;

	if (n < 0)
		return false;
	for (int i = 0; i < r->nr_links; i++)
		r->link[i].seen = false;
	for (int i = 0; i < n; i++)
		if (link_fill(&l, fd, &list[i], only))
			different |= link_take(r, &l);
	free(list);
	return links_drop_unseen(r) || different;
}

/* ---- the socket ---- */

int links_socket(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(RIP_PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1, off = 0;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof(off));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return fd;
	close(fd);
	return -1;
}

void links_join(struct rip *r, int fd)
{
	for (int i = 0; i < r->nr_links; i++) {
		struct rip_link *l = &r->link[i];
		struct ip_mreqn mreq = { .imr_multiaddr.s_addr = RIP_GROUP,
					 .imr_ifindex = l->ifindex };

		if (!l->up || !l->speaks || l->multicast)
			continue;
		if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)) < 0 &&
		    errno != EADDRINUSE)
			app_perror("routed", l->dev);
		l->multicast = true;
		rip_ask(r, l);
	}
}

/* To all: version 1 by broadcast, version 2 to the group, from this link's own address. */
void links_send(struct rip *r, const struct rip_link *l, in_addr_t to, int port,
		const uint8_t *data, size_t len)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	char control[CMSG_SPACE(sizeof(struct in_pktinfo))] __attribute__((aligned(8))) = { 0 };
	struct in_pktinfo info = { .ipi_ifindex = l->ifindex, .ipi_spec_dst.s_addr = l->addr };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr msg = { .msg_name = &sin,
			      .msg_namelen = sizeof(sin),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	const int *fd = r->arg;

	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	sin.sin_addr.s_addr = to ? to : data[1] < 2 ? l->broadcast : RIP_GROUP;
	if (sendmsg(*fd, &msg, MSG_DONTWAIT) < 0)
		rip_log(r, "%s: %s", l->dev, strerror(errno));
}

/* ---- the kernel's table ---- */

void kernel_install(struct rip *r, const struct rip_route *rt, bool add)
{
	struct rt_request q = { .cmd = add ? RT_REQ_ADD : RT_REQ_DEL,
				.how = add ? RT_REPLACE : 0,
				.dst = rt->dst,
				.len = (unsigned char)inaddr_prefixlen(rt->mask),
				.protocol = RTPROT_RIP,
				.metric = (unsigned int)rt->metric,
				.nr_nh = 1 };
	const int *fd = r->arg;

	q.nh[0].gateway = rt->gateway;
	strlcpy(q.nh[0].dev, rt->dev, sizeof(q.nh[0].dev));
	if (!add)
		q.scope = 255;
	if (ioctl(*fd, SIOCRTREQ, &q) < 0)
		rip_log(r, "kernel: %s", strerror(errno));
}

static void take_foreign(struct rip *r, const struct rt_request *q)
{
	in_addr_t mask = inaddr_mask(q->len);
	struct rip_route *rt = rip_find(r, q->dst, mask);

	if (q->table != RT_TABLE_MAIN || q->protocol == RTPROT_RIP || q->type != FIB_RTN_UNICAST ||
	    !q->nr_nh || !q->nh[0].gateway || q->nh[0].flags & RTNH_F_DEAD || (rt && !rt->foreign))
		return;
	if (!rt)
		rt = rip_add(r, q->dst, mask);
	if (!rt)
		return;
	rt->seen = true;
	if (rt->foreign && rt->metric == 1)
		return;
	rt->foreign = true;
	rt->metric = 1;
	rt->garbage = 0;
	rt->changed = true;
	strlcpy(rt->dev, q->nh[0].dev, sizeof(rt->dev));
	rip_log(r, "redistributes a route over %s", rt->dev);
}

static void unsee(struct rip *r, struct rip_route *rt, void *arg)
{
	rt->seen = false;
}

static void drop_unseen(struct rip *r, struct rip_route *rt, void *arg)
{
	if (!rt->foreign || rt->seen)
		return;
	rip_route_lost(r, rt);
	rt->foreign = false;
}

void kernel_read(struct rip *r)
{
	struct rt_request *list;
	int n = fib_read(&list);

	rip_each(r, unsee, NULL);
	for (int i = 0; i < n; i++)
		take_foreign(r, &list[i]);
	rip_each(r, drop_unseen, NULL);
	free(list);
}

void kernel_purge(struct rip *r)
{
	struct rt_request *list;
	int n = fib_read(&list), purged = 0;

	for (int i = 0; i < n; i++) {
		struct rt_request *q = &list[i];

		if (q->protocol != RTPROT_RIP)
			continue;
		q->how = 0;
		purged += !fib_request(RT_REQ_DEL, q);
	}
	free(list);
	if (purged)
		rip_log(r, "%d routes of an earlier routed are gone", purged);
}
