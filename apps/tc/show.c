/* tc qdisc show, in iproute2's form. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../lib/ifc.h"
#include "../lib/util.h"
#include "netem.h"
#include "tc.h"

typedef unsigned long long ull;

static void print_stats(const struct qdisc_stats *s)
{
	printf(" Sent %llu bytes %llu pkt (dropped %llu, overlimits %llu requeues %llu) \n",
	       (ull)s->bytes, (ull)s->packets, (ull)s->drops, (ull)s->overlimits, (ull)s->requeues);
	printf(" backlog %ub %up requeues %llu\n", s->backlog, s->qlen, (ull)s->requeues);
}

static void print(const struct tc_options *o, const struct qdisc_msg *msg, bool name)
{
	printf("qdisc %s %x: ", msg->kind, msg->handle >> 16);
	if (name)
		printf("dev %s ", msg->dev);
	printf("root refcnt 2");
	if (!strcmp(msg->kind, "netem"))
		netem_print(&msg->netem);
	else if (!strcmp(msg->kind, "pfifo"))
		printf(" limit %up", msg->limit);
	else
		printf(" ");
	putchar('\n');
	if (o->stats)
		print_stats(&msg->stats);
}

static int show_one(const struct tc_options *o, int fd, const char *dev, bool name)
{
	struct qdisc_msg msg = { 0 };

	strlcpy(msg.dev, dev, sizeof(msg.dev));
	if (ioctl(fd, SIOCGQDISC, &msg) < 0)
		return errno == ENODEV ? tc_no_device(dev) : app_perror("tc", dev);
	print(o, &msg, name);
	return 0;
}

int tc_qdisc_show(const struct tc_options *o, const char *dev)
{
	char names[IFC_MAX][IFNAMSIZ];
	int fd = ifc_open(), n = 0, status = 0;

	if (fd < 0)
		return app_perror("tc", "socket");
	if (dev)
		status = show_one(o, fd, dev, false);
	else
		n = ifc_names(names, IFC_MAX);
	for (int i = 0; i < n && !status; i++)
		status = show_one(o, fd, names[i], true);
	close(fd);
	return status;
}
