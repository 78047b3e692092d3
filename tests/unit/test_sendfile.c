/* sendfile, readv, writev: positions, ends, partial transfers, and what they refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "netlab.h"

#include "kernel/arch/host/skbox.h"
#include "kernel/ramfs.h"
#include "tests/unit/task.h"

#define SIZE 100000
#define PIPE_ROOM 16384

static u8 data[SIZE], back[SIZE];
static int file, rd, wr;

static int enter(void **state)
{
	int fds[2];

	netlab_begin(state);
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (u8)(i * 40503u >> 7);
	file = (int)sys_open("/tmp/f", O_RDWR | O_CREAT | O_TRUNC, 0644);
	assert_true(file >= 0);
	assert_int_equal(sys_write(file, data, SIZE), SIZE);
	assert_int_equal(sys_lseek(file, 0, SEEK_SET), 0);
	assert_int_equal(sys_pipe2(fds, O_NONBLOCK), 0);
	rd = fds[0];
	wr = fds[1];
	return 0;
}

static int leave(void **state)
{
	fd_close_all();
	sys_unlink("/tmp/f");
	sys_unlink("/tmp/g");
	return netlab_end(state);
}

/* Reads all that is in the pipe; compares it with the file's bytes from @pos on. */
static void expect_bytes(size_t pos, long len)
{
	assert_int_equal(sys_read(rd, back, SIZE), len);
	assert_memory_equal(back, data + pos, (size_t)len);
}

static long position(int fd)
{
	return sys_lseek(fd, 0, SEEK_CUR);
}

/* ---- sendfile ---- */

static void from_the_position(void **state)
{
	assert_int_equal(sys_sendfile(wr, file, NULL, 1000), 1000);
	assert_int_equal(position(file), 1000);
	expect_bytes(0, 1000);
	assert_int_equal(sys_sendfile(wr, file, NULL, 0), 0);
	assert_int_equal(sys_sendfile(wr, file, NULL, 5000), 5000);
	expect_bytes(1000, 5000);
	assert_int_equal(sys_lseek(file, SIZE - 10, SEEK_SET), SIZE - 10);
	assert_int_equal(sys_sendfile(wr, file, NULL, 1 << 30), 10);
	expect_bytes(SIZE - 10, 10);
	assert_int_equal(sys_sendfile(wr, file, NULL, 5000), 0);
}

static void from_an_offset(void **state)
{
	off_t pos = 70000;

	assert_int_equal(sys_lseek(file, 5, SEEK_SET), 5);
	assert_int_equal(sys_sendfile(wr, file, &pos, 300), 300);
	assert_int_equal(pos, 70300);
	assert_int_equal(position(file), 5);
	expect_bytes(70000, 300);
	pos = SIZE + 10;
	assert_int_equal(sys_sendfile(wr, file, &pos, 300), 0);
	assert_int_equal(pos, SIZE + 10);
	pos = -1;
	assert_int_equal(sys_sendfile(wr, file, &pos, 300), -EINVAL);
}

/* The pipe takes what it has room for; the position says how much went. */
static void as_much_as_there_is_room_for(void **state)
{
	off_t pos = 0;
	size_t done = 0;
	long n;

	while (done < SIZE) {
		n = sys_sendfile(wr, file, &pos, SIZE);
		assert_in_range(n, 1, PIPE_ROOM);
		assert_int_equal(pos, done + (size_t)n);
		expect_bytes(done, n);
		done += (size_t)n;
	}
	pos = 0;
	assert_int_equal(sys_sendfile(wr, file, &pos, SIZE), PIPE_ROOM);
	assert_int_equal(sys_sendfile(wr, file, &pos, SIZE), -EAGAIN);
	assert_int_equal(pos, PIPE_ROOM);
	sys_close(rd);
	assert_int_equal(sys_sendfile(wr, file, &pos, SIZE), -EPIPE);
}

static void to_another_file(void **state)
{
	int g = (int)sys_open("/tmp/g", O_RDWR | O_CREAT, 0644);

	/* In pieces: a signal is always pending for this task. */
	while (sys_sendfile(g, file, NULL, SIZE) > 0)
		;
	assert_int_equal(position(file), SIZE);
	assert_int_equal(sys_lseek(g, 0, SEEK_SET), 0);
	assert_int_equal(sys_read(g, back, SIZE), SIZE);
	assert_memory_equal(back, data, SIZE);
}

static void from_proc(void **state)
{
	int proc = (int)sys_open("/proc/net/snmp", O_RDONLY, 0);
	off_t pos = 0;
	long n, len = sys_read(proc, back, SIZE);
	u8 text[8192];

	assert_in_range(len, 100, sizeof(text));
	/* A second reading makes the text anew. */
	n = sys_sendfile(wr, proc, &pos, SIZE);
	assert_int_equal(n, pos);
	assert_int_equal(sys_read(rd, text, sizeof(text)), n);
	assert_memory_equal(text, "Ip: ", 4);
	pos = 4;
	assert_int_equal(sys_sendfile(wr, proc, &pos, 10), 10);
	assert_int_equal(sys_read(rd, back, SIZE), 10);
	assert_memory_equal(back, text + 4, 10);
}

/* A file of the image is sent from where it lies; changed later, it is as it was then. */
static void from_a_tar(void **state)
{
	static const char text[] = "lasting bytes";
	struct inode *inode;
	int fd;

	fd = (int)sys_open("/tmp/g", O_RDWR | O_CREAT, 0644);
	assert_true(fd >= 0);
	inode = fd_file(fd)->private;
	inode->image = (const u8 *)text;
	inode->size = 13;
	assert_int_equal(sys_sendfile(wr, fd, NULL, 100), 13);
	assert_int_equal(sys_read(rd, back, SIZE), 13);
	assert_memory_equal(back, text, 13);
	assert_int_equal(sys_lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(sys_write(fd, "L", 1), 1);
	assert_null(inode->image);
	assert_int_equal(sys_sendfile(wr, fd, NULL, 6), 6);
	assert_int_equal(sys_read(rd, back, SIZE), 6);
	assert_memory_equal(back, "asting", 6);
}

static void to_a_socket(void **state)
{
	int fd = netlab_udp(0, 7000, 0);
	u8 frame[2048];

	assert_int_equal(netlab_connect(fd, PEER_IP, 9), 0);
	assert_int_equal(sys_sendfile(fd, file, NULL, 1000), 1000);
	assert_true(netlab_out(frame, sizeof(frame)) >= 1042);
	assert_memory_equal(frame_data(frame), data, 1000);
	/* A datagram too large is refused, and nothing has moved. */
	assert_int_equal(netlab_setopt(fd, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
	assert_int_equal(sys_sendfile(fd, file, NULL, 3000), -EMSGSIZE);
	assert_int_equal(position(file), 1000);
}

static void what_sendfile_refuses(void **state)
{
	int reader = (int)sys_open("/tmp/f", O_RDONLY, 0);
	int writer = (int)sys_open("/tmp/f", O_WRONLY, 0);
	int append = (int)sys_open("/tmp/g", O_WRONLY | O_CREAT | O_APPEND, 0644);
	int dir = (int)sys_open("/tmp", O_RDONLY, 0);
	int udp = netlab_udp(0, 7000, 0);
	off_t pos = 0;

	assert_int_equal(sys_sendfile(wr, 60, NULL, 1), -EBADF);
	assert_int_equal(sys_sendfile(60, file, NULL, 1), -EBADF);
	assert_int_equal(sys_sendfile(reader, file, NULL, 1), -EBADF);
	assert_int_equal(sys_sendfile(wr, writer, NULL, 1), -EBADF);
	assert_int_equal(sys_sendfile(append, file, NULL, 1), -EINVAL);
	assert_int_equal(sys_sendfile(wr, dir, NULL, 1), -EINVAL);
	assert_int_equal(sys_sendfile(wr, udp, NULL, 1), -EINVAL);
	assert_int_equal(sys_sendfile(wr, rd, NULL, 1), -EINVAL);
	assert_int_equal(sys_sendfile(wr, rd, &pos, 1), -ESPIPE);
	assert_int_equal(sys_sendfile(wr, file, (off_t *)8, 1), -EFAULT);
}

/* A task that waits for room, and is broken off. */
static int sender(int argc, char **argv)
{
	static off_t pos;

	EXPECT(syscall_dispatch(SYS_fcntl, wr, F_SETFL, 0, 0, 0, 0) == 0);
	EXPECT(syscall_dispatch(SYS_sendfile, wr, file, (long)&pos, SIZE, 0, 0) == SIZE);
	EXPECT(pos == SIZE);
	return 0;
}

static void it_waits_for_room(void **state)
{
	int pid = task_begin(sender);
	size_t got = 0;
	long n;

	library_settle();
	while (got < SIZE) {
		n = sys_read(rd, back + got, SIZE - got);
		assert_true(n > 0);
		got += (size_t)n;
		library_settle();
	}
	assert_memory_equal(back, data, SIZE);
	assert_int_equal(task_end(pid), 0);
}

/* ---- readv, writev ---- */

static void parts_of_a_file(void **state)
{
	struct iovec out[3] = { { "abc", 3 }, { NULL, 0 }, { "de", 2 } };
	u8 a[2], b[100];
	struct iovec in[2] = { { a, 2 }, { b, 100 } };

	assert_int_equal(sys_writev(wr, out, 3), 5);
	assert_int_equal(sys_readv(rd, in, 2), 5);
	assert_memory_equal(a, "ab", 2);
	assert_memory_equal(b, "cde", 3);
	assert_int_equal(sys_readv(rd, in, 2), -EAGAIN);
	assert_int_equal(sys_readv(file, in, 2), 102);
	assert_int_equal(position(file), 102);
	assert_int_equal(sys_readv(rd, in, 0), 0);
}

static void one_datagram_of_parts(void **state)
{
	int fd = netlab_udp(0, 7000, 0);
	struct iovec out[2] = { { "abc", 3 }, { "de", 2 } };
	u8 a[2], b[2], frame[2048];
	struct iovec in[2] = { { a, 2 }, { b, 2 } };

	assert_int_equal(netlab_connect(fd, PEER_IP, 9), 0);
	assert_int_equal(sys_writev(fd, out, 2), 5);
	assert_true(netlab_out(frame, sizeof(frame)) > 0);
	assert_memory_equal(frame_data(frame), "abcde", 5);
	netlab_udp_in(&(struct udp_frame){ .sport = 9, .dport = 7000, .data = "12345", .len = 5 });
	assert_int_equal(sys_readv(fd, in, 2), 4);
	assert_memory_equal(b, "34", 2);
	assert_int_equal(sys_readv(fd, in, 2), -EAGAIN);
}

static void what_vectors_refuse(void **state)
{
	static struct iovec many[1025];
	struct iovec bad = { (void *)8, 4 }, negative = { back, (size_t)-5 };

	assert_int_equal(sys_readv(60, many, 1), -EBADF);
	assert_int_equal(sys_readv(wr, many, 1), -EBADF);
	assert_int_equal(sys_writev(rd, many, 1), -EBADF);
	assert_int_equal(sys_writev(wr, many, -1), -EINVAL);
	assert_int_equal(sys_writev(wr, many, 1025), -EINVAL);
	assert_int_equal(sys_writev(wr, many, 1024), 0);
	assert_int_equal(sys_writev(wr, &bad, 1), -EFAULT);
	assert_int_equal(sys_writev(wr, &negative, 1), -EINVAL);
	assert_int_equal(sys_writev(wr, NULL, 1), -EFAULT);
}

static int setup(void **state)
{
	netlab_setup(state);
	task_begin(task_init);
	library_settle();
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(from_the_position),
		TEST(from_an_offset),
		TEST(as_much_as_there_is_room_for),
		TEST(to_another_file),
		TEST(from_proc),
		TEST(from_a_tar),
		TEST(to_a_socket),
		TEST(what_sendfile_refuses),
		TEST(it_waits_for_room),
		TEST(parts_of_a_file),
		TEST(one_datagram_of_parts),
		TEST(what_vectors_refuse),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
