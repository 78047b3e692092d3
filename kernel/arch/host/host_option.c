/*
 * What the command line of build/host/skbox says of devices and files.
 */
#include <string.h>

#include "kernel/arch/host/host_private.h"

#define MAX_DEVICES 16

static const char *taps[MAX_DEVICES];
static struct {
	const char *local, *remote;
} dgrams[MAX_DEVICES];
static int nr_taps, nr_dgrams;
static const char *initrd;

bool host_add_tap(const char *name)
{
	if (nr_taps == MAX_DEVICES)
		return false;
	taps[nr_taps++] = name;
	return true;
}

bool host_add_dgram(char *pair)
{
	char *comma = strchr(pair, ',');

	if (!comma || comma == pair || !comma[1] || nr_dgrams == MAX_DEVICES)
		return false;
	*comma = '\0';
	dgrams[nr_dgrams].local = pair;
	dgrams[nr_dgrams++].remote = comma + 1;
	return true;
}

void host_set_initrd(const char *path)
{
	initrd = path;
}

const char *host_option_tap(int n)
{
	return n < nr_taps ? taps[n] : NULL;
}

const char *host_option_dgram(int n, const char **remote)
{
	if (n >= nr_dgrams)
		return NULL;
	*remote = dgrams[n].remote;
	return dgrams[n].local;
}

const char *host_option_initrd(void)
{
	return initrd;
}
