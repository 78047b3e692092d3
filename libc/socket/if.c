/* Interfaces by name and by number. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int if_request(unsigned long request, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), ret, err;

	if (fd < 0)
		return -1;
	ret = ioctl(fd, request, ifr);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

unsigned int if_nametoindex(const char *name)
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	if (strlcpy(ifr.ifr_name, name, IFNAMSIZ) >= IFNAMSIZ) {
		errno = ENODEV;
		return 0;
	}
	return if_request(SIOCGIFINDEX, &ifr) ? 0 : (unsigned int)ifr.ifr_ifindex;
}

char *if_indextoname(unsigned int index, char *name)
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	ifr.ifr_ifindex = (int)index;
	if (if_request(SIOCGIFNAME, &ifr)) {
		if (errno == ENODEV)
			errno = ENXIO;
		return NULL;
	}
	strlcpy(name, ifr.ifr_name, IFNAMSIZ);
	return name;
}

/* Appends @name to the list of @n and its end mark. */
static struct if_nameindex *add_name(struct if_nameindex *list, size_t n, const char *name)
{
	struct if_nameindex *bigger = reallocarray(list, n + 2, sizeof(*list));

	if (!bigger)
		return NULL;
	bigger[n].if_index = if_nametoindex(name);
	bigger[n].if_name = strdup(name);
	bigger[n + 1] = (struct if_nameindex){ 0, NULL };
	return bigger;
}

/* SIOCGIFCONF only knows interfaces with an address; /proc/net/dev has them all. */
struct if_nameindex *if_nameindex(void)
{
	struct if_nameindex *list = calloc(1, sizeof(*list)), *bigger;
	FILE *f = fopen("/proc/net/dev", "r");
	char line[256], name[IFNAMSIZ];
	size_t n = 0;

	while (list && f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %15[^: |]:", name) != 1 || !strchr(line, ':'))
			continue;
		bigger = add_name(list, n, name);
		if (!bigger)
			break;
		list = bigger;
		n++;
	}
	if (f)
		fclose(f);
	return list;
}

void if_freenameindex(struct if_nameindex *list)
{
	struct if_nameindex *i;

	for (i = list; i && i->if_name; i++)
		free(i->if_name);
	free(list);
}
