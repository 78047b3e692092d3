/* Sockets: each call is its syscall. */
#include <sys/socket.h>

#include "libc/internal.h"
#include "libc/syscall.h"

int socket(int family, int type, int protocol)
{
	return (int)__ret(sys(SYS_socket, family, type, protocol));
}

int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	return (int)__ret(sys(SYS_bind, fd, addr, len));
}

int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	return (int)__ret(sys(SYS_connect, fd, addr, len));
}

int listen(int fd, int backlog)
{
	return (int)__ret(sys(SYS_listen, fd, backlog));
}

int accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	return (int)__ret(sys(SYS_accept, fd, addr, len));
}

int accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	return (int)__ret(sys(SYS_accept4, fd, addr, len, flags));
}

int shutdown(int fd, int how)
{
	return (int)__ret(sys(SYS_shutdown, fd, how));
}

ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
	       socklen_t tolen)
{
	return __ret(sys(SYS_sendto, fd, buf, len, flags, to, tolen));
}

ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	return sendto(fd, buf, len, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	return __ret(sys(SYS_sendmsg, fd, msg, flags));
}

ssize_t recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from,
		 socklen_t *fromlen)
{
	return __ret(sys(SYS_recvfrom, fd, buf, len, flags, from, fromlen));
}

ssize_t recv(int fd, void *buf, size_t len, int flags)
{
	return recvfrom(fd, buf, len, flags, NULL, NULL);
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	return __ret(sys(SYS_recvmsg, fd, msg, flags));
}

int getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	return (int)__ret(sys(SYS_getsockname, fd, addr, len));
}

int getpeername(int fd, struct sockaddr *addr, socklen_t *len)
{
	return (int)__ret(sys(SYS_getpeername, fd, addr, len));
}

int getsockopt(int fd, int level, int opt, void *val, socklen_t *len)
{
	return (int)__ret(sys(SYS_getsockopt, fd, level, opt, val, len));
}

int setsockopt(int fd, int level, int opt, const void *val, socklen_t len)
{
	return (int)__ret(sys(SYS_setsockopt, fd, level, opt, val, len));
}
