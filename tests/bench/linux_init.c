/*
 * The first process of the Linux guest that skbox is compared with: loads the card's driver, gives
 * eth0 its address, starts the servers, and says "ready" on the console. Linked statically with
 * linux_server.c; lives in the initramfs that linux_guest.py makes.
 *
 *	init ADDRESS NETMASK [ADDRESS] (from the kernel command line, after --)
 *
 * With a second address, eth1's, it is a router.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_server.h"

static void check(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		pause();
	}
}

static void mount_all(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mkdir("/tmp", 0755);
	check(mount("proc", "/proc", "proc", 0, NULL), "/proc");
	check(mount("sysfs", "/sys", "sysfs", 0, NULL), "/sys");
	check(mount("devtmpfs", "/dev", "devtmpfs", 0, NULL), "/dev");
}

static void load_driver(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	check(fd, path);
	check((int)syscall(SYS_finit_module, fd, "", 0), path);
	close(fd);
}

static void set_address(int fd, const char *ifname, unsigned long request, const char *text)
{
	struct ifreq ifr = { 0 };
	struct sockaddr_in *sin = (struct sockaddr_in *)&ifr.ifr_addr;

	strncpy(ifr.ifr_name, ifname, IFNAMSIZ - 1);
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = inet_addr(text);
	check(ioctl(fd, request, &ifr), ifname);
}

static void set_up(int fd, const char *ifname)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP | IFF_RUNNING };

	strncpy(ifr.ifr_name, ifname, IFNAMSIZ - 1);
	check(ioctl(fd, SIOCSIFFLAGS, &ifr), ifname);
}

static void configure(const char *address, const char *netmask)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	check(fd, "socket");
	set_up(fd, "lo");
	set_address(fd, "eth0", SIOCSIFADDR, address);
	set_address(fd, "eth0", SIOCSIFNETMASK, netmask);
	set_up(fd, "eth0");
	close(fd);
}

static void become_router(const char *address, const char *netmask)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), forward;

	check(fd, "socket");
	set_address(fd, "eth1", SIOCSIFADDR, address);
	set_address(fd, "eth1", SIOCSIFNETMASK, netmask);
	set_up(fd, "eth1");
	close(fd);
	forward = open("/proc/sys/net/ipv4/ip_forward", O_WRONLY | O_CLOEXEC);
	check(forward, "ip_forward");
	check((int)write(forward, "1", 1), "ip_forward");
	close(forward);
}

static void start(char *const argv[])
{
	if (fork())
		return;
	execv(argv[0], argv);
	perror(argv[0]);
	_exit(1);
}

static void start_server(void)
{
	if (!fork()) {
		serve();
		_exit(1);
	}
}

int main(int argc, char **argv)
{
	struct rlimit files = { 100000, 100000 };

	mount_all();
	load_driver("/e1000.ko");
	if (argc >= 3)
		configure(argv[1], argv[2]);
	if (argc == 4)
		become_router(argv[3], argv[2]);
	setrlimit(RLIMIT_NOFILE, &files);
	start_server();
	start((char *[]){ "/usr/bin/iperf3", "-s", NULL });
	start((char *[]){ "/usr/sbin/nginx", NULL });
	printf("\nready\n");
	fflush(stdout);
	for (;;)
		if (wait(NULL) < 0)
			pause();
}
