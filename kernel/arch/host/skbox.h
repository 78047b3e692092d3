/*
 * libskbox: the stack of skbox as a library. It has no threads, reads no clock and opens no
 * descriptor: frames go in and come out by calls, and time moves when the caller moves it, so with
 *a fixed seed every run is the same. For tests, fuzzers and simulators.
 *
 *	skbox_set_seed(1);
 *	skbox_boot("quiet");
 *	int dev = skbox_add_device(mac);			// eth0
 *	int fd = skbox_socket(AF_INET, SOCK_DGRAM, 0);
 *	... configure with skbox_ioctl(fd, SIOCSIFADDR, &ifr) and so on, then:
 *	skbox_frame_in(dev, frame, len);
 *	while ((len = skbox_frame_out(dev, buf, sizeof(buf))) > 0)
 *		...
 *	skbox_advance(1000000);				// 1 ms
 *
 * Socket calls never wait: what would wait returns -EAGAIN (or -EINTR where the call has no such
 * answer). Numbers, structures and errors are those of Linux on x86-64, so <sys/socket.h> and its
 * family go with this header. All calls belong to one thread, and to one stack: its state is
 *global. For two stacks in one process load two copies of the library (dlmopen, or two copies of
 *the file).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SKBOX_API __attribute__((visibility("default")))
#define SKBOX_NEVER UINT64_MAX

/* ---- the machine ---- */

/* All random numbers follow from @seed from now on. Without it they come from Linux. */
SKBOX_API void skbox_set_seed(uint64_t seed);
/* Where the console's text goes; by default nowhere. */
SKBOX_API void skbox_set_console(void (*fn)(const char *text, size_t len));
/* Starts the stack with a kernel command line, such as "quiet mem=16M". 0; -1: it runs already.
 * Failures panic (abort). */
SKBOX_API int skbox_boot(const char *cmdline);

/* ---- devices ---- */

/* One more Ethernet device (eth0, eth1 ...), down at first; its index for the calls below, or
 * -errno.
 */
SKBOX_API int skbox_add_device(const uint8_t mac[6]);
/* A frame from the wire, without its checksum: 0, -EINVAL (no such device), -ENETDOWN, -EMSGSIZE,
 * -ENOBUFS (the pool is empty). */
SKBOX_API int skbox_frame_in(int dev, const void *frame, size_t len);
/* The oldest frame that the device wants to send: its length (cut to @size bytes in @buf), 0: there
 * is none. */
SKBOX_API size_t skbox_frame_out(int dev, void *buf, size_t size);

/* ---- time, in ns since boot; civil time at boot is always 1000000000 s ---- */

SKBOX_API uint64_t skbox_now(void);
/* When the next timer fires; SKBOX_NEVER. */
SKBOX_API uint64_t skbox_next_timer(void);
/* Moves the clock by @ns and fires all timers on the way, each at its own time. */
SKBOX_API void skbox_advance(uint64_t ns);

/* ---- sockets: as in POSIX, but errors are returned as -errno ---- */

SKBOX_API int skbox_socket(int family, int type, int protocol);
SKBOX_API int skbox_bind(int fd, const void *addr, unsigned int len);
SKBOX_API int skbox_connect(int fd, const void *addr, unsigned int len);
SKBOX_API int skbox_listen(int fd, int backlog);
SKBOX_API int skbox_accept(int fd, void *addr, unsigned int *len);
SKBOX_API long skbox_sendto(int fd, const void *buf, size_t len, int flags, const void *addr,
			    unsigned int addrlen);
SKBOX_API long skbox_recvfrom(int fd, void *buf, size_t len, int flags, void *addr,
			      unsigned int *addrlen);
SKBOX_API long skbox_sendmsg(int fd, const void *msghdr, int flags);
SKBOX_API long skbox_recvmsg(int fd, void *msghdr, int flags);
SKBOX_API int skbox_shutdown(int fd, int how);
SKBOX_API int skbox_close(int fd);
SKBOX_API int skbox_getsockname(int fd, void *addr, unsigned int *len);
SKBOX_API int skbox_getpeername(int fd, void *addr, unsigned int *len);
SKBOX_API int skbox_setsockopt(int fd, int level, int name, const void *val, unsigned int len);
SKBOX_API int skbox_getsockopt(int fd, int level, int name, void *val, unsigned int *len);
SKBOX_API int skbox_ioctl(int fd, unsigned long cmd, void *arg);
SKBOX_API int skbox_fcntl(int fd, int cmd, long arg);
/* @fds: struct pollfd[@n]; looks only: how many have an event. */
SKBOX_API int skbox_poll(void *fds, unsigned long n);

/* ---- looking inside ---- */

/* The text of /proc/@path ("net/udp"), NUL-terminated and cut to @size: its length, or -errno. */
SKBOX_API long skbox_proc_read(const char *path, char *buf, size_t size);
/* Sets a tunable ("net.ipv4.ip_forward"): 0 or -errno. */
SKBOX_API int skbox_sysctl(const char *name, const char *value);

#ifdef __cplusplus
}
#endif
