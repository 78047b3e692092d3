/*
 * The socket layer of streams over a transport that the test plays: what connect, listen, accept,
 * shutdown and close make of what it says, with waiting and without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "netlab.h"

#include "kernel/arch/host/skbox.h"
#include "tests/unit/kern.h"
#include "tests/unit/task.h"

/* ---- the transport ---- */

#define MAX_QUEUE 8

static struct {
	int connects, disconnects, listens, shutdowns, closes, ports;
	int connect_ret, listen_ret, get_port_ret;
	int backlog, shutdown_bits, linger_on;
	int accept_calls;
	struct sock *queue[MAX_QUEUE];
	int queued;
} fake;

static struct proto fake_prot;
static struct sock *last_sk; /* made last */

static int fake_init(struct sock *sk)
{
	last_sk = sk;
	return 0;
}

static void fake_close(struct sock *sk)
{
	fake.closes++;
	fake.linger_on = sk->linger.l_onoff;
	sk->socket = NULL;
	sock_put(sk);
}

static int fake_connect(struct sock *sk, const struct sockaddr *addr, int len, int flags)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)addr;

	assert_true(sk->lock.owned);
	fake.connects++;
	if (fake.connect_ret < 0)
		return fake.connect_ret;
	sk->daddr = sin->sin_addr.s_addr;
	sk->dport = sin->sin_port;
	sk->state = TCP_SYN_SENT;
	return fake.connect_ret;
}

static int fake_disconnect(struct sock *sk)
{
	fake.disconnects++;
	sk->state = TCP_CLOSE;
	sk->dport = 0;
	sk->daddr = 0;
	return 0;
}

static int fake_listen(struct sock *sk, int backlog)
{
	assert_true(sk->lock.owned);
	fake.listens++;
	fake.backlog = backlog;
	if (!fake.listen_ret)
		sk->state = TCP_LISTEN;
	return fake.listen_ret;
}

static struct sock *fake_accept(struct sock *sk, int flags, int *err)
{
	struct sock *child;

	assert_true(sk->lock.owned);
	fake.accept_calls++;
	*err = sk->state == TCP_LISTEN ? -EAGAIN : -EINVAL;
	if (sk->state != TCP_LISTEN || !fake.queued)
		return NULL;
	child = fake.queue[0];
	memmove(fake.queue, fake.queue + 1, (size_t)--fake.queued * sizeof(child));
	return child;
}

static int fake_shutdown(struct sock *sk, int bits)
{
	fake.shutdowns++;
	fake.shutdown_bits = bits;
	return 0;
}

static int fake_get_port(struct sock *sk, u16 port)
{
	fake.ports++;
	if (fake.get_port_ret)
		return fake.get_port_ret;
	sk->num = port ? port : 40000;
	sk->sport = htons(sk->num);
	return 0;
}

static ssize_t fake_sendmsg(struct sock *sk, struct msghdr *msg, size_t len)
{
	return sk->shutdown & SEND_SHUTDOWN ? -EPIPE : (ssize_t)len;
}

static ssize_t fake_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	return 0;
}

static struct proto fake_prot = {
	.name = "FAKE",
	.obj_size = sizeof(struct sock),
	.init = fake_init,
	.close = fake_close,
	.bind = datagram_bind,
	.connect = fake_connect,
	.disconnect = fake_disconnect,
	.listen = fake_listen,
	.accept = fake_accept,
	.shutdown = fake_shutdown,
	.get_port = fake_get_port,
	.sendmsg = fake_sendmsg,
	.recvmsg = fake_recvmsg,
};

static struct sock *fake_sock(void)
{
	struct sock *sk = sk_alloc(&fake_prot, AF_INET);

	assert_non_null(sk);
	sk->type = SOCK_STREAM;
	return sk;
}

/* What socket() does, over the fake. */
static int fake_socket(int flags)
{
	struct socket *sock = socket_alloc();
	int fd;

	sock->type = SOCK_STREAM;
	sock->ops = &inet_stream_ops;
	sock->sk = last_sk = fake_sock();
	sock->sk->socket = sock;
	fd = socket_install(sock, flags);
	assert_true(fd >= 0);
	return fd;
}

static void connection_comes(struct sock *listener)
{
	struct sock *sk = fake_sock();

	sk->state = TCP_ESTABLISHED;
	sk->daddr = PEER_IP;
	sk->dport = htons(1234);
	sk->saddr = OUR_IP;
	sk->sport = htons(80);
	fake.queue[fake.queued++] = sk;
	sk_data_ready(listener);
}

static void settle(struct sock *sk, u8 state, int err)
{
	sk->state = state;
	sk->err = err;
	sk_state_change(sk);
}

/* ---- calls ---- */

static int fd;
static struct sock *sk;

static int enter(void **state)
{
	netlab_begin(state);
	memset(&fake, 0, sizeof(fake));
	fd = fake_socket(SOCK_NONBLOCK);
	sk = last_sk;
	return 0;
}

static int leave(void **state)
{
	fd_close_all();
	while (fake.queued)
		sock_put(fake.queue[--fake.queued]);
	assert_int_equal(kmem_cache_in_use(fake_prot.cache), 0);
	return netlab_end(state);
}

static long do_connect(void)
{
	struct sockaddr_in sin = netlab_addr(PEER_IP, 80);

	return sys_connect(fd, (struct sockaddr *)&sin, sizeof(sin));
}

static long unconnect(void)
{
	struct sockaddr addr = { .sa_family = AF_UNSPEC };

	return sys_connect(fd, &addr, sizeof(addr));
}

/* A call in a task. */
static long (*op[4])(void);
static long result[4];
static bool done[4];

static int app(int argc, char **argv)
{
	int me = argv[1][0] - '0';

	result[me] = op[me]();
	done[me] = true;
	return 0;
}

static int start(int me, long (*fn)(void))
{
	char name[] = "app", arg[2] = { (char)('0' + me), 0 };
	char *argv[] = { name, arg, NULL };
	int pid;

	op[me] = fn;
	done[me] = false;
	assert_int_equal(sys_fcntl(fd, F_SETFL, 0), 0);
	pid = task_spawn(name, app, 2, argv, true);
	assert_true(pid > 0);
	library_settle();
	return pid;
}

static void expect(int me, int pid, long want)
{
	library_settle();
	assert_true(done[me]);
	assert_int_equal(result[me], want);
	assert_int_equal(task_end(pid), 0);
}

static long task_connect(void)
{
	struct sockaddr_in sin = netlab_addr(PEER_IP, 80);

	return syscall_dispatch(SYS_connect, fd, (long)&sin, sizeof(sin), 0, 0, 0);
}

static long task_accept(void)
{
	return syscall_dispatch(SYS_accept, fd, 0, 0, 0, 0, 0);
}

/* ---- connect ---- */

static void connect_without_waiting(void **state)
{
	assert_int_equal(do_connect(), -EINPROGRESS);
	assert_int_equal(do_connect(), -EALREADY);
	settle(sk, TCP_SYN_RECV, 0);
	assert_int_equal(do_connect(), -EALREADY);
	settle(sk, TCP_ESTABLISHED, 0);
	assert_int_equal(do_connect(), 0);
	assert_int_equal(do_connect(), -EISCONN);
	settle(sk, TCP_CLOSE_WAIT, 0);
	assert_int_equal(do_connect(), -EISCONN);
	assert_int_equal(fake.connects, 1);
}

static void connect_that_is_refused(void **state)
{
	assert_int_equal(do_connect(), -EINPROGRESS);
	settle(sk, TCP_CLOSE, ECONNREFUSED);
	assert_int_equal(do_connect(), -ECONNREFUSED);
	assert_int_equal(sk->err, 0);
	assert_int_equal(fake.disconnects, 1);
	/* It may try again. */
	assert_int_equal(do_connect(), -EINPROGRESS);
	settle(sk, TCP_CLOSE, ETIMEDOUT);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_ERROR), ETIMEDOUT);
	assert_int_equal(do_connect(), -ECONNABORTED);
	fake.connect_ret = -ENETUNREACH;
	assert_int_equal(do_connect(), -ENETUNREACH);
	fake.connect_ret = 0;
	assert_int_equal(do_connect(), -EINPROGRESS);
	settle(sk, TCP_ESTABLISHED, 0);
	assert_int_equal(do_connect(), 0);
	assert_int_equal(fake.connects, 4);
}

static void connect_that_is_taken_back(void **state)
{
	assert_int_equal(do_connect(), -EINPROGRESS);
	assert_int_equal(unconnect(), 0);
	assert_int_equal(fake.disconnects, 1);
	assert_int_equal(do_connect(), -EINPROGRESS);
	settle(sk, TCP_ESTABLISHED, 0);
	assert_int_equal(do_connect(), 0);
	assert_int_equal(unconnect(), 0);
	assert_int_equal(do_connect(), -EINPROGRESS);
	assert_int_equal(fake.connects, 3);
}

/* TCP_FASTOPEN_CONNECT: the transport waits for the first send; and a sendto that connects. */
static void connect_that_is_put_off(void **state)
{
	fake.connect_ret = 1;
	assert_int_equal(do_connect(), 0);
	settle(sk, TCP_ESTABLISHED, 0);
	assert_int_equal(do_connect(), 0);
	assert_int_equal(do_connect(), -EISCONN);
	assert_int_equal(unconnect(), 0);
	sk->state = TCP_SYN_SENT;
	assert_int_equal(do_connect(), -EALREADY);
	settle(sk, TCP_ESTABLISHED, 0);
	assert_int_equal(do_connect(), 0);
	assert_int_equal(fake.connects, 1);
}

static void connect_waits(void **state)
{
	int pid = start(0, task_connect);

	assert_false(done[0]);
	assert_false(sk->lock.owned);
	settle(sk, TCP_SYN_RECV, 0);
	library_settle();
	assert_false(done[0]);
	settle(sk, TCP_ESTABLISHED, 0);
	expect(0, pid, 0);
	assert_int_equal(unconnect(), 0);
	pid = start(0, task_connect);
	settle(sk, TCP_CLOSE, EHOSTUNREACH);
	expect(0, pid, -EHOSTUNREACH);
	pid = start(0, task_connect);
	settle(sk, TCP_ESTABLISHED,
	       ECONNRESET); /* an error after it came about is the next call's */
	expect(0, pid, 0);
	assert_int_equal(sk->err, ECONNRESET);
}

static void connect_waits_its_time(void **state)
{
	struct timeval tv = { 1, 0 };
	int pid;

	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
	pid = start(0, task_connect);
	netlab_advance(990 * NSEC_PER_MSEC);
	assert_false(done[0]);
	netlab_advance(20 * NSEC_PER_MSEC);
	expect(0, pid, -EINPROGRESS);
	/* It goes on by itself; who asks again waits again. */
	pid = start(0, task_connect);
	netlab_advance(1100 * NSEC_PER_MSEC);
	expect(0, pid, -EALREADY);
	settle(sk, TCP_ESTABLISHED, 0);
	pid = start(0, task_connect);
	expect(0, pid, 0);
}

static void on_signal(int sig)
{
}

static long connect_with_handler(void)
{
	syscall_dispatch(SYS_rt_sigaction, SIGUSR1, (long)on_signal, 0, 0, 0, 0);
	return task_connect();
}

static void connect_is_interrupted(void **state)
{
	int pid = start(0, connect_with_handler);

	assert_false(done[0]);
	assert_int_equal(task_signal(task_find(pid), SIGUSR1), 0);
	expect(0, pid, -EINTR);
	assert_int_equal(sk->state, TCP_SYN_SENT);
	assert_int_equal(sys_fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(do_connect(), -EALREADY);
	settle(sk, TCP_ESTABLISHED, 0);
	assert_int_equal(do_connect(), 0);
	assert_int_equal(fake.connects, 1);
}

static void connect_short_address(void **state)
{
	struct sockaddr_in sin = netlab_addr(PEER_IP, 80);

	assert_int_equal(sys_connect(fd, (struct sockaddr *)&sin, 1), -EINVAL);
	assert_int_equal(fake.connects, 0);
}

/* ---- listen ---- */

static void listen_rules(void **state)
{
	sysctl_somaxconn = 128;
	fake.get_port_ret = -EADDRINUSE;
	assert_int_equal(sys_listen(fd, 5), -EADDRINUSE);
	assert_int_equal(fake.listens, 0);
	fake.get_port_ret = 0;
	assert_int_equal(sys_listen(fd, 5), 0);
	assert_int_equal(fake.ports, 2);
	assert_int_equal(fake.backlog, 5);
	assert_int_equal(sys_listen(fd, 1000), 0);
	assert_int_equal(fake.backlog, 128);
	assert_int_equal(sys_listen(fd, -1), 0);
	assert_int_equal(fake.backlog, 128);
	assert_int_equal(sys_listen(fd, 0), 0);
	assert_int_equal(fake.backlog, 0);
	assert_int_equal(fake.ports, 2);
	assert_int_equal(do_connect(), -EISCONN);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
	sysctl_somaxconn = SOMAXCONN;
}

static void a_connection_cannot_listen(void **state)
{
	assert_int_equal(do_connect(), -EINPROGRESS);
	assert_int_equal(sys_listen(fd, 5), -EINVAL);
	settle(sk, TCP_ESTABLISHED, 0);
	assert_int_equal(sys_listen(fd, 5), -EINVAL);
	assert_int_equal(do_connect(), 0);
	assert_int_equal(sys_listen(fd, 5), -EINVAL);
	assert_int_equal(sys_accept4(fd, NULL, NULL, 0), -EINVAL);
	assert_int_equal(fake.listens, 0);
}

/* ---- accept ---- */

static void accept_without_waiting(void **state)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	int child;

	assert_int_equal(sys_accept4(fd, NULL, NULL, 0), -EINVAL);
	assert_int_equal(sys_accept4(fd, NULL, NULL, 1), -EINVAL);
	assert_int_equal(sys_listen(fd, 5), 0);
	assert_int_equal(sys_accept4(fd, NULL, NULL, 0), -EAGAIN);
	connection_comes(sk);
	connection_comes(sk);
	child = (int)sys_accept4(fd, (struct sockaddr *)&sin, &len, 0);
	assert_int_equal(child, fd + 1);
	assert_int_equal(len, sizeof(sin));
	assert_int_equal(sin.sin_addr.s_addr, PEER_IP);
	assert_int_equal(sin.sin_port, htons(1234));
	assert_int_equal(sys_fcntl(child, F_GETFL, 0), O_RDWR);
	assert_int_equal(sys_write(child, "x", 1), 1);
	assert_ptr_equal(netlab_sk(child)->socket->file, fd_file(child));
	assert_int_equal(sys_getsockname(child, (struct sockaddr *)&sin, &len), 0);
	assert_int_equal(sin.sin_port, htons(80));
	child = (int)sys_accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_int_equal(child, fd + 2);
	assert_int_equal(sys_fcntl(child, F_GETFL, 0), O_RDWR | O_NONBLOCK);
	assert_int_equal(sys_fcntl(child, F_GETFD, 0), FD_CLOEXEC);
	assert_int_equal(sys_accept4(fd, NULL, NULL, 0), -EAGAIN);
	assert_int_equal(sys_accept4(fd, (struct sockaddr *)8, &len, 0), -EAGAIN);
}

static void accept_that_goes_wrong(void **state)
{
	socklen_t len = sizeof(struct sockaddr_in);
	struct sockaddr_in sin;

	assert_int_equal(sys_listen(fd, 5), 0);
	/* No descriptor: the connection stays in the queue. */
	connection_comes(sk);
	sysctl_nr_open = fd + 1;
	assert_int_equal(sys_accept4(fd, NULL, NULL, 0), -EMFILE);
	assert_int_equal(fake.queued, 1);
	sysctl_nr_open = NR_OPEN_MAX;
	/* Nowhere to put the address: it is lost, as on Linux. */
	assert_int_equal(sys_accept4(fd, (struct sockaddr *)8, &len, 0), -EFAULT);
	assert_int_equal(fake.closes, 1);
	/* Gone before anybody looked: whose it was is told all the same, and the rest by reading.
	 */
	connection_comes(sk);
	fake.queue[0]->state = TCP_CLOSE;
	assert_int_equal(sys_accept4(fd, (struct sockaddr *)&sin, &len, 0), fd + 1);
	assert_int_equal(sin.sin_port, htons(1234));
	assert_int_equal(sys_getpeername(fd + 1, (struct sockaddr *)&sin, &len), -ENOTCONN);
	assert_int_equal(sys_close(fd + 1), 0);
	assert_int_equal(fake.closes, 2);
	assert_int_equal(current->fds.count, 1);
}

static void accept_waits(void **state)
{
	int pid;

	assert_int_equal(sys_listen(fd, 5), 0);
	pid = start(0, task_accept);
	assert_false(done[0]);
	assert_false(sk->lock.owned);
	sk_state_change(sk); /* for nothing */
	library_settle();
	assert_false(done[0]);
	connection_comes(sk);
	expect(0, pid, fd + 1);
	assert_int_equal(fake.closes, 1); /* with the task */
}

/* One connection, one acceptor; in the order in which they came. */
static void accept_wakes_one(void **state)
{
	int pids[3], calls;

	assert_int_equal(sys_listen(fd, 5), 0);
	for (int i = 0; i < 3; i++)
		pids[i] = start(i, task_accept);
	for (int i = 0; i < 3; i++) {
		calls = fake.accept_calls;
		connection_comes(sk);
		library_settle();
		assert_int_equal(fake.accept_calls, calls + 1);
		for (int k = 0; k < 3; k++)
			assert_int_equal(done[k], k <= i);
	}
	for (int i = 0; i < 3; i++)
		expect(i, pids[i], fd + 1);
}

/* Two at a time wake two. */
static void accept_wakes_as_many_as_come(void **state)
{
	int pids[3];

	assert_int_equal(sys_listen(fd, 5), 0);
	for (int i = 0; i < 3; i++)
		pids[i] = start(i, task_accept);
	connection_comes(sk);
	connection_comes(sk);
	library_settle();
	assert_true(done[0] && done[1] && !done[2]);
	connection_comes(sk);
	for (int i = 0; i < 3; i++)
		expect(i, pids[i], fd + 1);
}

static void accept_ends_with_the_listener(void **state)
{
	int pid;

	assert_int_equal(sys_listen(fd, 5), 0);
	pid = start(0, task_accept);
	assert_int_equal(sys_shutdown(fd, SHUT_WR), 0); /* means nothing */
	library_settle();
	assert_false(done[0]);
	assert_int_equal(sys_shutdown(fd, SHUT_RD), 0);
	assert_int_equal(fake.disconnects, 1);
	expect(0, pid, -EINVAL);
	assert_int_equal(sys_listen(fd, 5), 0);
	assert_int_equal(netlab_getopt(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
}

static long accept_with_handler(void)
{
	syscall_dispatch(SYS_rt_sigaction, SIGUSR1, (long)on_signal, 0, 0, 0, 0);
	return task_accept();
}

static void accept_is_broken_off(void **state)
{
	struct timeval tv = { 0, 500000 };
	int a, b;

	assert_int_equal(sys_listen(fd, 5), 0);
	a = start(0, accept_with_handler);
	assert_int_equal(task_signal(task_find(a), SIGUSR1), 0);
	expect(0, a, -EINTR);
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	a = start(0, task_accept);
	netlab_advance(490 * NSEC_PER_MSEC);
	assert_false(done[0]);
	netlab_advance(20 * NSEC_PER_MSEC);
	expect(0, a, -EAGAIN);
	/* A wake-up that came together with the signal is not lost. */
	a = start(0, accept_with_handler);
	b = start(1, task_accept);
	connection_comes(sk);
	assert_int_equal(task_signal(task_find(a), SIGUSR1), 0);
	library_settle();
	assert_int_equal(fake.queued, 0);
	expect(0, a, fd + 1);
	assert_false(done[1]);
	connection_comes(sk);
	expect(1, b, fd + 1);
}

/* ---- names, shutdown, close ---- */

static void names(void **state)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	assert_int_equal(sys_getpeername(fd, (struct sockaddr *)&sin, &len), -ENOTCONN);
	assert_int_equal(do_connect(), -EINPROGRESS);
	assert_int_equal(sys_getpeername(fd, (struct sockaddr *)&sin, &len), -ENOTCONN);
	settle(sk, TCP_ESTABLISHED, 0);
	assert_int_equal(sys_getpeername(fd, (struct sockaddr *)&sin, &len), 0);
	assert_int_equal(sin.sin_port, htons(80));
	settle(sk, TCP_CLOSE, 0);
	assert_int_equal(sys_getpeername(fd, (struct sockaddr *)&sin, &len), -ENOTCONN);
}

static void shutdown_rules(void **state)
{
	assert_int_equal(sys_shutdown(fd, 3), -EINVAL);
	assert_int_equal(sys_shutdown(fd, -1), -EINVAL);
	assert_int_equal(sys_shutdown(fd, SHUT_RDWR), -ENOTCONN);
	sk->shutdown = 0;
	assert_int_equal(do_connect(), -EINPROGRESS);
	settle(sk, TCP_ESTABLISHED, 0);
	assert_int_equal(sys_write(fd, "x", 1), 1);
	assert_int_equal(sys_shutdown(fd, SHUT_WR), 0);
	assert_int_equal(fake.shutdown_bits, SEND_SHUTDOWN);
	assert_int_equal(sk->shutdown, SEND_SHUTDOWN);
	/* EPIPE, and no signal. */
	assert_int_equal(sys_write(fd, "x", 1), -EPIPE);
	assert_int_equal(sys_shutdown(fd, SHUT_RD), 0);
	assert_int_equal(fake.shutdown_bits, RCV_SHUTDOWN);
	assert_int_equal(sk->shutdown, RCV_SHUTDOWN | SEND_SHUTDOWN);
	assert_int_equal(sys_shutdown(fd, SHUT_RDWR), 0);
	assert_int_equal(fake.shutdowns, 4);
	assert_int_equal(do_connect(), -EISCONN);
}

static void shutdown_of_a_connection_to_be(void **state)
{
	assert_int_equal(do_connect(), -EINPROGRESS);
	assert_int_equal(sys_shutdown(fd, SHUT_WR), 0);
	assert_int_equal(fake.disconnects, 1);
	assert_int_equal(do_connect(), -EINPROGRESS);
	assert_int_equal(fake.connects, 2);
}

static struct linger task_linger;

static long leave_open(void)
{
	struct socket *sock = socket_alloc();
	int mine;

	sock->type = SOCK_STREAM;
	sock->ops = &inet_stream_ops;
	sock->sk = sk_alloc(&fake_prot, AF_INET);
	sock->sk->type = SOCK_STREAM;
	mine = socket_install(sock, 0);
	return syscall_dispatch(SYS_setsockopt, mine, SOL_SOCKET, SO_LINGER, (long)&task_linger,
				sizeof(task_linger), 0);
}

/* A reset at once is kept. */
static void who_ends_does_not_linger(void **state)
{
	int pid;

	task_linger = (struct linger){ 1, 30 };
	pid = start(0, leave_open);
	expect(0, pid, 0);
	assert_int_equal(fake.closes, 1);
	assert_int_equal(fake.linger_on, 0);
	task_linger.l_linger = 0;
	pid = start(0, leave_open);
	expect(0, pid, 0);
	assert_int_equal(fake.linger_on, 1);
	task_linger.l_linger = 30;
	assert_int_equal(sys_setsockopt(fd, SOL_SOCKET, SO_LINGER, &task_linger, 8), 0);
	assert_int_equal(sys_close(fd), 0);
	assert_int_equal(fake.linger_on, 1);
}

static int setup(void **state)
{
	netlab_setup(state);
	proto_register(&fake_prot);
	task_begin(task_init);
	library_settle();
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connect_without_waiting),
		TEST(connect_that_is_refused),
		TEST(connect_that_is_taken_back),
		TEST(connect_that_is_put_off),
		TEST(connect_waits),
		TEST(connect_waits_its_time),
		TEST(connect_is_interrupted),
		TEST(connect_short_address),
		TEST(listen_rules),
		TEST(a_connection_cannot_listen),
		TEST(accept_without_waiting),
		TEST(accept_that_goes_wrong),
		TEST(accept_waits),
		TEST(accept_wakes_one),
		TEST(accept_wakes_as_many_as_come),
		TEST(accept_ends_with_the_listener),
		TEST(accept_is_broken_off),
		TEST(names),
		TEST(shutdown_rules),
		TEST(shutdown_of_a_connection_to_be),
		TEST(who_ends_does_not_linger),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
