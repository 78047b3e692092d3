/* What the socket types of AF_INET share: af_inet.c has these, for datagrams and streams alike. */
#pragma once

#include "net/socket/socket.h"

/* struct proto_ops' operations; task. */
int inet_release(struct socket *sock);
int inet_bind(struct socket *sock, const struct sockaddr *addr, int len);
int inet_getname(struct socket *sock, struct sockaddr *addr, int *len, enum sock_name whose);
int inet_ioctl(struct socket *sock, u32 cmd, void *arg);
int inet_setsockopt(struct socket *sock, int level, int name, const void *val, int len);
int inet_getsockopt(struct socket *sock, int level, int name, void *val, int *len);
u32 inet_poll(struct socket *sock, struct poll_table *pt);
ssize_t inet_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags);

/* A port of the stack's choice, if @sk has none: 0 or -EADDRINUSE. Task, locked. */
int inet_autobind(struct sock *sk);
