/* Linux's packet filter, by way of a pair of local sockets. */
#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linux_filter.h"

static int pair[2] = { -1, -1 };

int linux_filter_run(const void *insns, unsigned int n, const void *packet, unsigned int len)
{
	struct sock_fprog prog = { (unsigned short)n, (struct sock_filter *)insns };
	char buf[4096];
	ssize_t got;

	if (pair[0] < 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
		return -errno;
	if (setsockopt(pair[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) < 0)
		return -errno;
	if (send(pair[0], packet, len, MSG_DONTWAIT) < 0)
		return -errno;
	got = recv(pair[1], buf, sizeof(buf), MSG_DONTWAIT);
	return got < 0 ? 0 : (int)got;
}
