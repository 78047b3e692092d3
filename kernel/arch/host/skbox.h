/*
 * libskbox: the stack of skbox as a library. It has no threads, reads no clock and opens no
 * descriptor: frames go in and come out by calls, and time moves when the caller moves it, so with
 * a fixed seed every run is the same. For tests, fuzzers and simulators.
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
 * Calls never wait: what would wait returns -EAGAIN (or -EINTR where the call has no such answer).
 * Who wants to see a call wait starts it (skbox_start) and asks later what came of it. Numbers,
 * structures and errors are those of Linux on x86-64, so <sys/socket.h> and its family go with this
 * header. All calls belong to one thread, and to one stack: its state is global. For two stacks in
 * one process load two copies of the library (dlmopen, or two copies of the file).
 *
 * A tool that runs scripts of calls and packets against a stack (packetdrill and its like) needs
 * bare IP packets, calls that wait, and to be told when something happens:
 *
 *	int dev = skbox_add_ip_device(1500);			// tun0
 *	... SIOCSIFADDR, SIOCSIFDSTADDR, SIOCSIFFLAGS on it, SIOCADDRT for a default route, then
 *	int fd = skbox_socket(AF_INET, SOCK_STREAM, 0);
 *	skbox_fcntl(fd, F_SETFL, 0);				// it may wait
 *	int id = skbox_start(SYS_connect, (long[6]){ fd, (long)&addr, sizeof(addr) });
 *	skbox_run_until(deadline);				// stops at the first packet
 *	len = skbox_ip_out(dev, buf, sizeof(buf));		// the SYN
 *	skbox_ip_in(dev, syn_ack, sizeof(syn_ack));
 *	if (skbox_ended(id, &ret) == 1)				// ret: what connect() returned
 *		...
 *
 * A tool with threads of its own holds a lock around every call into the library; the thread whose
 * call waits sleeps until another one has put a packet in or moved the clock, and asks again.
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

/*
 * A device without frames: IP packets go in and come out bare (tun0, tun1 ...; point-to-point,
 * ARPHRD_NONE, down at first). @mtu: 68 to 16384; SIOCSIFMTU changes it. Its index, or -errno.
 */
SKBOX_API int skbox_add_ip_device(unsigned int mtu);
/* As skbox_frame_in and skbox_frame_out. In: up to 65535 bytes, whatever the MTU. */
SKBOX_API int skbox_ip_in(int dev, const void *packet, size_t len);
SKBOX_API size_t skbox_ip_out(int dev, void *buf, size_t size);
/*
 * The same for a burst as a card joins it: TCP segments of @mss bytes of data each that come as one
 * packet (of up to 65535 bytes), which the stack counts as what they were. @mss 0, or no less than
 * the data: as skbox_ip_in.
 */
SKBOX_API int skbox_ip_in_gso(int dev, const void *packet, size_t len, unsigned int mss);
/*
 * What device @dev does for the stack; nothing at first, so that packets come out complete: with
 * their checksums, and none larger than the MTU. 0 or -EINVAL.
 */
#define SKBOX_OFFLOAD_CSUM 1u /* transport checksums are left to it: they come out unfinished */
#define SKBOX_OFFLOAD_TSO 2u  /* it cuts TCP into segments: packets larger than the MTU come out */
SKBOX_API int skbox_set_offload(int dev, unsigned int what);

/* ---- time, in ns since boot; civil time at boot is always 1000000000 s ---- */

SKBOX_API uint64_t skbox_now(void);
/* When the next timer fires; SKBOX_NEVER. */
SKBOX_API uint64_t skbox_next_timer(void);
/* Moves the clock by @ns and fires all timers on the way, each at its own time. */
SKBOX_API void skbox_advance(uint64_t ns);
/*
 * The same, to time @ns at most (SKBOX_NEVER: as long as there are timers), but stops as soon as
 * some device has something to send or a started call has ended. The time then.
 */
SKBOX_API uint64_t skbox_run_until(uint64_t ns);

/* ---- sockets: as in POSIX, but errors are returned as -errno ---- */

SKBOX_API int skbox_socket(int family, int type, int protocol);
SKBOX_API int skbox_bind(int fd, const void *addr, unsigned int len);
SKBOX_API int skbox_connect(int fd, const void *addr, unsigned int len);
SKBOX_API int skbox_listen(int fd, int backlog);
SKBOX_API int skbox_accept(int fd, void *addr, unsigned int *len);
SKBOX_API int skbox_accept4(int fd, void *addr, unsigned int *len, int flags);
SKBOX_API long skbox_read(int fd, void *buf, size_t len);
SKBOX_API long skbox_write(int fd, const void *buf, size_t len);
SKBOX_API long skbox_readv(int fd, const void *iov, int n);
SKBOX_API long skbox_writev(int fd, const void *iov, int n);
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
/* @event, @events: struct epoll_event; epoll_wait looks only. */
SKBOX_API int skbox_epoll_create1(int flags);
SKBOX_API int skbox_epoll_ctl(int epfd, int op, int fd, void *event);
SKBOX_API int skbox_epoll_wait(int epfd, void *events, int max);
/* A file of skbox's own (/proc, /tmp): for sendfile. */
SKBOX_API int skbox_open(const char *path, int flags, unsigned int mode);
SKBOX_API long skbox_sendfile(int out, int in, long *pos, size_t len);

/* ---- calls that may wait ---- */

/*
 * Starts a call, numbered as in <sys/syscall.h>: read, write, readv, writev, close, connect,
 * accept, accept4, sendto, recvfrom, sendmsg, recvmsg, shutdown, sendfile, poll, epoll_wait. It
 * waits as it would on Linux - on a descriptor without O_NONBLOCK (skbox_fcntl), with timeouts and
 * lingering on this library's clock - while the caller goes on. What @args point at must stay until
 * it has ended. Its id, -EINVAL (another call) or -EAGAIN (16 are under way).
 */
SKBOX_API int skbox_start(long nr, const long args[6]);
/* 1: it has ended, *@ret is its result, and the id is forgotten; 0: it waits; -EINVAL: no such id.
 */
SKBOX_API int skbox_ended(int id, long *ret);
/* Breaks the wait off as a signal would (-EINTR). 0 or -EINVAL. */
SKBOX_API int skbox_interrupt(int id);

/* ---- programs ---- */

/*
 * Runs @command in skbox's own shell ("tc qdisc add dev tun0 root pfifo limit 10"), as long as it
 * does not have to wait: its exit status, -EAGAIN (it waited and is gone) or -errno. What it says
 * goes to the console.
 */
SKBOX_API int skbox_run(const char *command);

/* ---- looking inside ---- */

/* The text of /proc/@path ("net/udp"), NUL-terminated and cut to @size: its length, or -errno. */
SKBOX_API long skbox_proc_read(const char *path, char *buf, size_t size);
/* Sets a tunable ("net.ipv4.ip_forward"): 0 or -errno. */
SKBOX_API int skbox_sysctl(const char *name, const char *value);

#ifdef __cplusplus
}
#endif
