/*
 * One question to one server over UDP. An answer is believed only if it comes from the server's
 * address and port to our random port (the socket is connected), carries our random id, and repeats
 * the question (RFC 5452 §9); anything else is passed over and does not end the wait.
 */
#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "libc/netdb/dns_exchange.h"

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool is_our_answer(struct dns_exchange *x, size_t len, uint16_t id)
{
	struct dns_view *v = &x->view;

	return dns_parse(x->answer, len, v) && v->response && v->id == id && !v->opcode &&
	       v->qtype == x->type && v->qclass == DNS_CLASS_IN &&
	       dns_name_equal(&v->qname, &x->name);
}

static int wait_readable(int fd, long deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	long left = deadline - now_ms();
	int n = left > 0 ? poll(&p, 1, (int)left) : 0;

	if (!n)
		errno = ETIMEDOUT;
	return n > 0 ? 0 : -1;
}

static int receive_answer(struct dns_exchange *x, int fd, uint16_t id)
{
	long deadline = now_ms() + x->timeout_ms;
	ssize_t n;

	do {
		if (wait_readable(fd, deadline))
			return -1;
		n = recv(fd, x->answer, sizeof(x->answer), MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN)
			return -1;
	} while (n < 0 || !is_our_answer(x, (size_t)n, id));
	return 0;
}

static int ask(struct dns_exchange *x, int fd, bool edns)
{
	uint16_t id;
	size_t len;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -1;
	len = dns_build(x->query, id, &x->name, x->type, x->recurse, edns);
	if (send(fd, x->query, len, 0) < 0)
		return -1;
	return receive_answer(x, fd, id);
}

/* A new socket has a new random port. */
static int ask_once(struct dns_exchange *x, bool edns)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret = -1, err;

	if (fd < 0)
		return -1;
	if (!connect(fd, (struct sockaddr *)&x->server, sizeof(x->server)))
		ret = ask(x, fd, edns);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

int dns_exchange(struct dns_exchange *x)
{
	if (ask_once(x, false))
		return -1;
	if (!x->view.truncated)
		return 0;
	/* More fits into EDNS's size. A server that does not know EDNS says so, and then the short
	 * answer must do. */
	if (ask_once(x, true))
		return errno == EINTR ? -1 : ask_once(x, false);
	return x->view.rcode == DNS_FORMERR || x->view.rcode == DNS_NOTIMP ? ask_once(x, false) : 0;
}
