/* The table of descriptors: growth, the lowest free one, limits, what a child inherits. */
#include "kern.h"

#include <abi/errno.h>
#include <abi/fcntl.h>
#include <abi/poll.h>
#include <string.h>

#include "kernel/arch/host/library.h"
#include "kernel/cpu.h"
#include "kernel/fdtable.h"
#include "kernel/file.h"
#include "kernel/mm.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "tests/unit/task.h"

#define FAR 100000
#define MODEL 66000

static int enter(void **state)
{
	sysctl_nr_open = NR_OPEN_MAX;
	assert_int_equal(sys_open("/dev/null", O_RDWR, 0), 0);
	return 0;
}

static int leave(void **state)
{
	fd_close_all();
	assert_int_equal(current->fds.count, 0);
	assert_int_equal(current->fds.size, 0);
	return 0;
}

/* ---- the table itself, against a plain array ---- */

static u32 model_free(const bool *taken, u32 from)
{
	while (from < MODEL && taken[from])
		from++;
	return from;
}

static void at_random(void **state)
{
	static struct fd_table t;
	static bool taken[MODEL], cloexec[MODEL];
	u32 reach = 10, count = 0;

	for (int step = 0; step < 300000; step++) {
		u32 from = test_random() % reach, fd = model_free(taken, from);

		if (fd < MODEL)
			assert_int_equal(fd_table_free_slot(&t, from), fd);
		if (test_random() % 2 && fd < MODEL) {
			assert_int_equal(fd_table_grow(&t, fd), 0);
			assert_true(fd < t.size);
			cloexec[fd] = test_random() % 2;
			fd_table_take(&t, fd, cloexec[fd]);
			taken[fd] = true;
		} else if (from < t.size && taken[from]) {
			assert_int_equal(fd_table_cloexec(&t, from), cloexec[from]);
			fd_table_clear(&t, from);
			taken[from] = false;
			assert_false(fd_table_cloexec(&t, from));
		}
		/* Dense and sparse by turns. */
		if (step % 1000 == 0)
			reach = test_random() % 2 ? 1 + test_random() % 300 :
						    1 + test_random() % 65000;
	}
	for (u32 fd = 0; fd < MODEL; fd++)
		count += taken[fd];
	assert_int_equal(t.count, count);
	for (u32 fd = 0, next; (next = fd_table_next(&t, fd)) < t.size; fd = next + 1) {
		while (fd < next)
			assert_false(taken[fd++]);
		assert_true(taken[next]);
	}
	fd_table_free(&t);
	assert_int_equal(t.size, 0);
}

static void full_to_the_brim(void **state)
{
	static struct fd_table t;

	for (u32 fd = 0; fd < NR_OPEN_MAX; fd++) {
		assert_int_equal(fd_table_free_slot(&t, 0), fd);
		assert_int_equal(fd_table_grow(&t, fd), 0);
		fd_table_take(&t, fd, false);
	}
	assert_int_equal(fd_table_free_slot(&t, 0), NR_OPEN_MAX);
	assert_int_equal(fd_table_grow(&t, NR_OPEN_MAX), -EMFILE);
	fd_table_clear(&t, 77777);
	fd_table_clear(&t, 99999);
	assert_int_equal(fd_table_free_slot(&t, 0), 77777);
	assert_int_equal(fd_table_free_slot(&t, 77777), 77777);
	assert_int_equal(fd_table_free_slot(&t, 77778), 99999);
	assert_int_equal(fd_table_free_slot(&t, 100000), NR_OPEN_MAX);
	fd_table_free(&t);
}

/* ---- descriptors ---- */

static void far_numbers(void **state)
{
	assert_int_equal(sys_dup2(0, FAR), FAR);
	assert_int_equal(sys_write(FAR, "x", 1), 1);
	assert_int_equal(sys_dup(FAR), 1);
	assert_int_equal(sys_fcntl(0, F_DUPFD, FAR), FAR + 1);
	assert_int_equal(sys_fcntl(0, F_DUPFD_CLOEXEC, FAR), FAR + 2);
	assert_int_equal(sys_fcntl(FAR + 2, F_GETFD, 0), FD_CLOEXEC);
	assert_int_equal(sys_dup2(0, FAR + 2), FAR + 2);
	assert_int_equal(sys_fcntl(FAR + 2, F_GETFD, 0), 0);
	assert_int_equal(sys_dup2(0, NR_OPEN_MAX), -EBADF);
	assert_int_equal(sys_dup2(0, -1), -EBADF);
	assert_int_equal(sys_dup2(0, INT32_MAX), -EBADF);
	assert_int_equal(sys_fcntl(0, F_DUPFD, NR_OPEN_MAX), -EINVAL);
	assert_int_equal(sys_close(FAR + 3), -EBADF);
	assert_int_equal(sys_close(NR_OPEN_MAX), -EBADF);
	assert_int_equal(sys_close(INT32_MAX), -EBADF);
	assert_int_equal(fd_file(FAR)->refs, 5);
	assert_int_equal(sys_close(FAR), 0);
	assert_int_equal(sys_close(FAR), -EBADF);
	assert_int_equal(current->fds.count, 4);
}

static void the_limit_can_be_lowered(void **state)
{
	assert_int_equal(sys_dup2(0, 500), 500);
	sysctl_nr_open = 100;
	assert_int_equal(sys_dup2(0, 100), -EBADF);
	assert_int_equal(sys_fcntl(0, F_DUPFD, 100), -EINVAL);
	/* What is open beyond stays so. */
	assert_int_equal(sys_write(500, "x", 1), 1);
	for (int fd = 1; fd < 100; fd++)
		assert_int_equal(sys_dup(0), fd);
	assert_int_equal(sys_dup(0), -EMFILE);
	assert_int_equal(sys_open("/dev/null", O_RDWR, 0), -EMFILE);
	assert_int_equal(sys_close(42), 0);
	assert_int_equal(sys_open("/dev/null", O_RDWR, 0), 42);
	assert_int_equal(sys_close(500), 0);
}

static void a_reserved_one_is_not_open(void **state)
{
	int fd = fd_reserve(0, true);

	assert_int_equal(fd, 1);
	assert_null(fd_file(fd));
	assert_int_equal(sys_close(fd), -EBADF);
	assert_int_equal(sys_dup(0), 2);
	fd_fill(fd, NULL);
	assert_int_equal(sys_dup(0), 1);
	fd = fd_reserve(0, true);
	fget_file(fd_file(0));
	fd_fill(fd, fd_file(0));
	assert_int_equal(sys_fcntl(fd, F_GETFD, 0), FD_CLOEXEC);
}

static void without_memory(void **state)
{
	static void *hog[4096];
	int n = 0, old = current->fds.size;

	while (n < 4096 && (hog[n] = kmalloc(64 << 10)) != NULL)
		n++;
	assert_true(n < 4096);
	assert_int_equal(sys_dup2(0, FAR), -ENOMEM);
	assert_int_equal(sys_fcntl(0, F_DUPFD, FAR), -ENOMEM);
	assert_int_equal(current->fds.size, old);
	assert_int_equal(fd_file(0)->refs, 1);
	while (n--)
		kfree(hog[n]);
	assert_int_equal(sys_dup2(0, FAR), FAR);
}

/* ---- children ---- */

static int child(int argc, char **argv)
{
	EXPECT(current->fds.count == 3);
	EXPECT(syscall_dispatch(SYS_write, 0, (long)"x", 1, 0, 0, 0) == 1);
	EXPECT(syscall_dispatch(SYS_write, 70, (long)"x", 1, 0, 0, 0) == 1);
	EXPECT(syscall_dispatch(SYS_write, FAR, (long)"x", 1, 0, 0, 0) == 1);
	EXPECT(syscall_dispatch(SYS_close, 71, 0, 0, 0, 0, 0) == -EBADF);
	EXPECT(syscall_dispatch(SYS_close, 70, 0, 0, 0, 0, 0) == 0);
	EXPECT(syscall_dispatch(SYS_dup, 0, 0, 0, 0, 0, 0) == 1);
	return 7;
}

static void a_child_inherits(void **state)
{
	int pid;

	assert_int_equal(sys_dup2(0, 70), 70);
	assert_int_equal(sys_fcntl(0, F_DUPFD_CLOEXEC, 71), 71);
	assert_int_equal(sys_dup2(0, FAR), FAR);
	pid = task_begin(child);
	assert_int_equal(fd_file(0)->refs, 4 + 3);
	assert_int_equal(task_end(pid), 7 << 8);
	assert_int_equal(fd_file(0)->refs, 4);
	assert_int_equal(current->fds.count, 4);
}

/* ---- poll and select beyond what fits on the stack ---- */

static void poll_of_very_many(void **state)
{
	enum { N = 5000 };
	static struct pollfd p[N];
	int fds[2];

	assert_int_equal(sys_pipe2(fds, O_NONBLOCK), 0);
	for (int i = 0; i < N; i++)
		p[i] = (struct pollfd){ .fd = (int)sys_dup(fds[0]), .events = POLLIN };
	assert_int_equal(sys_poll(p, N, 0), 0);
	assert_int_equal(sys_poll(p, N, 20), -EINTR); /* it did wait: nobody moves the clock */
	assert_int_equal(sys_write(fds[1], "x", 1), 1);
	assert_int_equal(sys_poll(p, N, 20), N);
	assert_int_equal(p[N - 1].revents, POLLIN);
	p[17].fd = 120000;
	assert_int_equal(sys_poll(p, N, 20), N);
	assert_int_equal(p[17].revents, POLLNVAL);
	sysctl_nr_open = 4999;
	assert_int_equal(sys_poll(p, N, 0), -EINVAL);
}

static void select_up_to_its_size(void **state)
{
	fd_set in, out;
	struct timeval tv = { 0, 0 };
	int fds[2];

	assert_int_equal(sys_pipe2(fds, O_NONBLOCK), 0);
	assert_int_equal(sys_dup2(fds[0], 1023), 1023);
	assert_int_equal(sys_dup2(fds[1], 640), 640);
	memset(&in, 0, sizeof(in));
	memset(&out, 0, sizeof(out));
	in.fds_bits[15] = 1UL << 63;
	out.fds_bits[10] = 1;
	assert_int_equal(sys_select(1024, &in, &out, NULL, &tv), 1);
	assert_int_equal(in.fds_bits[15], 0);
	assert_int_equal(out.fds_bits[10], 1);
	in.fds_bits[15] = 1UL << 63;
	assert_int_equal(sys_write(fds[1], "x", 1), 1);
	assert_int_equal(sys_select(1024, &in, &out, NULL, NULL), 2);
	assert_int_equal(in.fds_bits[15], 1UL << 63);
	/* Not looked at: beyond the number given. */
	assert_int_equal(sys_select(1023, &in, &out, NULL, NULL), 1);
	in.fds_bits[15] = 1UL << 62;
	assert_int_equal(sys_select(1024, &in, NULL, NULL, NULL), -EBADF);
	assert_int_equal(sys_select(1025, &in, NULL, NULL, NULL), -EINVAL);
}

static int setup(void **state)
{
	kern_start("quiet mem=32M");
	task_begin(task_init);
	library_settle();
	boot_task.sig_pending = 1u << SIGALRM; /* never sleeps */
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(at_random),
		TEST(full_to_the_brim),
		TEST(far_numbers),
		TEST(the_limit_can_be_lowered),
		TEST(a_reserved_one_is_not_open),
		TEST(without_memory),
		TEST(a_child_inherits),
		TEST(poll_of_very_many),
		TEST(select_up_to_its_size),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
