/*
 * BSD sockets: what a descriptor of a task stands for. socket.c has the syscalls and the file
 * operations; af_inet.c makes an INET sock of it. The layer below is reached through struct proto
 * (net/core/sock.h) only.
 */
#pragma once

#include "net/core/sock.h"

enum socket_state { SS_UNCONNECTED, SS_CONNECTING, SS_CONNECTED, SS_DISCONNECTING };

struct socket {
	enum socket_state state; /* task, sock locked */
	short type;
	const struct proto_ops *ops;
	struct file *file;
	struct sock *sk;
};

/* Whose address: one's own, the peer's, or the peer's even if it is gone already. */
enum sock_name { SOCK_NAME_OWN, SOCK_NAME_PEER, SOCK_NAME_CALLER };

/* Task. 0, bytes, or -errno. Addresses are kernel memory; iovecs point at the task's bytes. */
struct proto_ops {
	int family;
	int (*release)(struct socket *sock);
	int (*bind)(struct socket *sock, const struct sockaddr *addr, int len);
	int (*connect)(struct socket *sock, const struct sockaddr *addr, int len, int flags);
	int (*accept)(struct socket *sock, struct socket *newsock, int flags);
	int (*getname)(struct socket *sock, struct sockaddr *addr, int *len, enum sock_name whose);
	u32 (*poll)(struct socket *sock, struct poll_table *pt);
	int (*ioctl)(struct socket *sock, u32 cmd, void *arg);
	int (*listen)(struct socket *sock, int backlog);
	int (*shutdown)(struct socket *sock, int how);
	int (*setsockopt)(struct socket *sock, int level, int name, const void *val, int len);
	int (*getsockopt)(struct socket *sock, int level, int name, void *val, int *len);
	ssize_t (*sendmsg)(struct socket *sock, struct msghdr *msg, size_t len);
	ssize_t (*recvmsg)(struct socket *sock, struct msghdr *msg, size_t len, int flags);
};

extern const struct proto_ops inet_dgram_ops, inet_raw_ops, inet_stream_ops;

/*
 * Inside of the layer. sock_create: -EAFNOSUPPORT, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT, -EINVAL,
 * -ENOMEM; socket_install: a descriptor for @sock (taken over in every outcome), @flags
 * SOCK_NONBLOCK and SOCK_CLOEXEC. Task.
 */
int sock_create(int family, int type, int protocol, struct socket **res);
int socket_install(struct socket *sock, int flags);
/* Only the file, sock->file, which takes @sock over; -ENFILE: @sock is released. Task. */
int socket_open_file(struct socket *sock, int flags);
void socket_init(void); /* boot */
struct socket *socket_alloc(void);
void sock_release(struct socket *sock);
ssize_t sock_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
ssize_t sock_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags);
u32 socket_count(void);
extern const struct file_operations socket_file_ops;
/*
 * An address between the task and the kernel: into @to (a sockaddr_storage); out, cut to the task's
 * *@ulen, which becomes the full length.
 */
int move_addr_to_kernel(const void *uaddr, socklen_t ulen, struct sockaddr_storage *to);
int move_addr_to_user(const struct sockaddr_storage *from, int len, void *uaddr, socklen_t *ulen);

/* Families: net_init.c's table. @protocol as in socket(). */
struct net_proto_family {
	int family;
	int (*create)(struct socket *sock, int protocol);
};
extern const struct net_proto_family net_families[];
extern const size_t nr_net_families;
int inet_create(struct socket *sock, int protocol);

/* The syscalls, for kernel/syscall.c. Pointers are the task's. */
long sys_socket(int family, int type, int protocol);
long sys_bind(int fd, const struct sockaddr *addr, socklen_t len);
long sys_connect(int fd, const struct sockaddr *addr, socklen_t len);
long sys_listen(int fd, int backlog);
long sys_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
long sys_getsockname(int fd, struct sockaddr *addr, socklen_t *len);
long sys_getpeername(int fd, struct sockaddr *addr, socklen_t *len);
long sys_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
		socklen_t tolen);
long sys_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from,
		  socklen_t *fromlen);
long sys_sendmsg(int fd, const struct msghdr *msg, int flags);
long sys_recvmsg(int fd, struct msghdr *msg, int flags);
long sys_shutdown(int fd, int how);
long sys_setsockopt(int fd, int level, int name, const void *val, socklen_t len);
long sys_getsockopt(int fd, int level, int name, void *val, socklen_t *len);
/*
 * The struct socket behind the current task's @fd with a file reference (fput(sock->file)); NULL:
 * *@err is -EBADF or -ENOTSOCK.
 */
struct socket *sockfd_lookup(int fd, int *err);
void sockstat_proc_show(struct seq_file *s); /* /proc/net/sockstat */
