/* Loading, booting and looking into a stack; see stack.h. */
#include "tests/property/stack.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <err.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- loading ---- */

/* A file is loaded once, however often one asks: a copy is another file. */
static void *load_copy(const char *path)
{
	char copy[] = "/tmp/libskbox.XXXXXX";
	int in = open(path, O_RDONLY | O_CLOEXEC), out = mkstemp(copy);
	struct stat st;
	void *lib;

	if (in < 0 || fstat(in, &st))
		err(2, "%s", path);
	if (out < 0)
		err(2, "%s", copy);
	while (lseek(in, 0, SEEK_CUR) < st.st_size) {
		if (sendfile(out, in, NULL, (size_t)st.st_size) <= 0)
			err(2, "%s", copy);
	}
	close(in);
	close(out);
	lib = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
	unlink(copy);
	if (!lib)
		errx(2, "%s", dlerror());
	return lib;
}

void stack_load(struct stack *s, const char *path)
{
	void *lib = load_copy(path);
	const struct {
		const char *name;
		void *to;
	} symbols[] = {
#define SYMBOL(name) { "skbox_" #name, &s->name }
		SYMBOL(set_seed),    SYMBOL(set_console), SYMBOL(boot),	  SYMBOL(add_ip_device),
		SYMBOL(set_offload), SYMBOL(ip_in),	  SYMBOL(ip_out), SYMBOL(now),
		SYMBOL(next_timer),  SYMBOL(advance),	  SYMBOL(socket), SYMBOL(bind),
		SYMBOL(connect),     SYMBOL(listen),	  SYMBOL(accept), SYMBOL(sendto),
		SYMBOL(recvfrom),    SYMBOL(shutdown),	  SYMBOL(close),  SYMBOL(setsockopt),
		SYMBOL(getsockopt),  SYMBOL(ioctl),	  SYMBOL(poll),	  SYMBOL(proc_read),
		SYMBOL(sysctl),
#undef SYMBOL
	};

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *at = dlsym(lib, symbols[i].name);

		if (!at)
			errx(2, "%s: no %s", path, symbols[i].name);
		memcpy(symbols[i].to, &at, sizeof(at));
	}
}

/* ---- booting ---- */

static void console(const char *text, size_t len)
{
	fwrite(text, 1, len, stderr);
}

static void device_ioctl(struct stack *s, unsigned long cmd, struct ifreq *ifr)
{
	int ret;

	strcpy(ifr->ifr_name, "tun0");
	ret = s->ioctl(s->ctl, cmd, ifr);
	if (ret)
		errx(2, "%s: ioctl %#lx: %s", s->name, cmd, strerror(-ret));
}

static void set_address(struct stack *s, unsigned long cmd, uint32_t addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(addr) };
	struct ifreq ifr;

	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	device_ioctl(s, cmd, &ifr);
}

static void read_pool(struct stack *s, uint64_t *bufs, uint64_t *heads)
{
	char text[1024];
	const char *line;

	if (s->proc_read("net/skb_pool", text, sizeof(text)) <= 0)
		errx(2, "%s: no /proc/net/skb_pool", s->name);
	line = strstr(text, "\nbuffers");
	if (!line || sscanf(line, " buffers %*u %lu", bufs) != 1)
		errx(2, "%s: skb_pool: %s", s->name, text);
	line = strstr(text, "\nheaders");
	if (!line || sscanf(line, " headers %*u %lu", heads) != 1)
		errx(2, "%s: skb_pool: %s", s->name, text);
}

void stack_boot(struct stack *s, uint64_t seed, const char *cmdline, unsigned int mtu)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP };

	s->set_seed(seed);
	s->set_console(console);
	if (s->boot(cmdline))
		errx(2, "%s: boot", s->name);
	s->dev = s->add_ip_device(mtu);
	s->ctl = s->socket(AF_INET, SOCK_DGRAM, 0);
	if (s->dev < 0 || s->ctl < 0)
		errx(2, "%s: no device or no socket", s->name);
	set_address(s, SIOCSIFADDR, s->addr);
	set_address(s, SIOCSIFDSTADDR, s->peer);
	device_ioctl(s, SIOCSIFFLAGS, &ifr);
	read_pool(s, &s->bufs_free, &s->heads_free);
}

void stack_sysctl(struct stack *s, const char *name, const char *value)
{
	char full[80];
	int ret;

	snprintf(full, sizeof(full), "net.ipv4.%s", name);
	ret = s->sysctl(full, value);
	if (ret)
		errx(2, "%s: %s = %s: %s", s->name, name, value, strerror(-ret));
}

/* ---- looking into it ---- */

bool stack_is_empty(struct stack *s, const char **why)
{
	static char text[8192];
	uint64_t bufs, heads;
	unsigned int inuse, orphan, tw, alloc;
	unsigned long mem;
	const char *line;

	*why = text;
	if (s->proc_read("net/tcp", text, sizeof(text)) <= 0 || strchr(text, '\n')[1])
		return false;
	s->proc_read("net/sockstat", text, sizeof(text));
	line = strstr(text, "TCP: ");
	if (!line ||
	    sscanf(line, "TCP: inuse %u orphan %u tw %u alloc %u mem %lu", &inuse, &orphan, &tw,
		   &alloc, &mem) != 5 ||
	    inuse + orphan + tw + alloc + mem)
		return false;
	read_pool(s, &bufs, &heads);
	if (bufs == s->bufs_free && heads == s->heads_free)
		return true;
	snprintf(text, sizeof(text), "pool: %lu buffers and %lu headers are missing",
		 s->bufs_free - bufs, s->heads_free - heads);
	return false;
}
