/* /dev/ttyS1 on a chip that is a model: both rings, who waits for what, and where there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <abi/errno.h>
#include <abi/fcntl.h>
#include <abi/poll.h>
#include <abi/socket.h>
#include <abi/syscall.h>

#include "drivers/drivers.h"
#include "kernel/file.h"
#include "kernel/irq.h"
#include "kernel/syscall.h"
#include "tests/unit/kern.h"
#include "tests/unit/uart16550/model.h"

#define RING 16384 /* what the driver keeps, either way */

static int fd;
static u8 data[3 * RING], got[3 * RING];

/* The top half, as long as the chip asks for it. */
static void interrupts(void)
{
	for (int i = 0; i < 10000 && um_irq_up(); i++) {
		unsigned long flags = irq_save();

		irq_dispatch(UM_IRQ);
		irq_restore(flags);
	}
	assert_false(um_irq_up());
}

/* The line takes all there is. */
static void drain(void)
{
	do
		interrupts();
	while (um_transmit(UM_FIFO));
	assert_int_equal(um.overwritten, 0);
}

static u32 events(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	assert_in_range(sys_poll(&p, 1, 0), 0, 1);
	return (u32)p.revents;
}

static int pending(int cmd)
{
	int n = -1;

	assert_int_equal(sys_ioctl(fd, (unsigned long)cmd, &n), 0);
	return n;
}

/* @n bytes from the other end, as long as it may send. */
static u32 send_in(u32 from, u32 n)
{
	u32 sent = 0;

	while (sent < n && um_ready() && um_receive(data[from + sent], false)) {
		sent++;
		interrupts();
	}
	return sent;
}

static int enter(void **state)
{
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 7 + i / 256);
	um.nr_out = um.overwritten = 0;
	fd = (int)sys_open("/dev/ttyS1", O_RDWR | O_NONBLOCK, 0);
	assert_in_range(fd, 0, 100);
	return 0;
}

static int leave(void **state)
{
	drain();
	return sys_close(fd) != 0;
}

static void test_bytes_go_out_as_they_are(void **state)
{
	assert_int_equal(sys_write(fd, "a\n\0\r\xff", 5), 5);
	assert_int_equal(pending(SIOCOUTQ), 5);
	drain();
	assert_int_equal(um.nr_out, 5);
	assert_memory_equal(um.out, "a\n\0\r\xff", 5);
	assert_int_equal(pending(SIOCOUTQ), 0);
	assert_false(um_irq_up());
}

static void test_more_than_the_ring(void **state)
{
	assert_int_equal(sys_write(fd, data, sizeof(data)), RING);
	assert_int_equal(sys_write(fd, data, 1), -EAGAIN);
	assert_int_equal(events(), 0);
	while (um.nr_out < RING / 2) {
		interrupts();
		um_transmit(UM_FIFO);
	}
	interrupts();
	assert_int_equal(events() & POLLOUT, POLLOUT);
	assert_in_range(sys_write(fd, data + RING, RING), RING / 2, RING);
	drain();
	assert_in_range(um.nr_out, RING + RING / 2, 2 * RING);
	assert_memory_equal(um.out, data, um.nr_out);
}

/* The FIFO is filled when it is empty, and never before. */
static void test_a_slow_line(void **state)
{
	assert_int_equal(sys_write(fd, data, 1000), 1000);
	for (int i = 0; i < 3000 && um.nr_out < 1000; i++) {
		interrupts();
		um_transmit(1);
	}
	assert_int_equal(um.overwritten, 0);
	assert_int_equal(um.nr_out, 1000);
	assert_memory_equal(um.out, data, 1000);
}

static void test_bytes_come_in(void **state)
{
	assert_int_equal(sys_read(fd, got, sizeof(got)), -EAGAIN);
	assert_int_equal(send_in(0, 1000), 1000);
	assert_int_equal(events() & POLLIN, POLLIN);
	assert_int_equal(pending(FIONREAD), 1000);
	assert_int_equal(sys_read(fd, got, 10), 10);
	assert_int_equal(sys_read(fd, got + 10, sizeof(got) - 10), 990);
	assert_memory_equal(got, data, 1000);
	assert_int_equal(events() & POLLIN, 0);
}

/* Who sends more than is read is told to stop, loses nothing, and may go on. */
static void test_a_reader_that_is_late(void **state)
{
	u32 sent = send_in(0, 2 * RING), n;

	assert_in_range(sent, RING - 100, RING);
	assert_false(um_ready());
	assert_true(um_receive(data[sent], false)); /* what was under way stays in the chip */
	interrupts();
	n = (u32)sys_read(fd, got, 4096);
	assert_false(um_ready());
	n += (u32)sys_read(fd, got + n, sizeof(got) - n);
	assert_true(um_ready());
	interrupts();
	sent += 1 + send_in(sent + 1, 5000);
	while (n < sent) {
		long more = sys_read(fd, got + n, sizeof(got) - n);

		assert_in_range(more, 1, RING);
		n += (u32)more;
	}
	assert_memory_equal(got, data, sent);
}

static void test_a_bad_byte_is_none(void **state)
{
	assert_true(um_receive('a', false));
	assert_true(um_receive('b', true));
	assert_true(um_receive('c', false));
	interrupts();
	assert_int_equal(sys_read(fd, got, sizeof(got)), 2);
	assert_memory_equal(got, "ac", 2);
}

static void test_both_ways_at_once(void **state)
{
	assert_int_equal(sys_write(fd, data, 4000), 4000);
	for (u32 i = 0; i < 4000; i++) {
		assert_true(um_receive(data[i], false));
		interrupts();
		um_transmit(1 + i % 16);
	}
	drain();
	assert_memory_equal(um.out, data, 4000);
	assert_int_equal(sys_read(fd, got, sizeof(got)), 4000);
	assert_memory_equal(got, data, 4000);
}

/* Nobody's bytes are not kept for who comes later; the other end may not send meanwhile. */
static void test_closed(void **state)
{
	send_in(0, 100);
	assert_int_equal(sys_close(fd), 0);
	assert_false(um_ready());
	um_receive('x', false);
	interrupts();
	fd = (int)sys_open("/dev/ttyS1", O_RDWR | O_NONBLOCK, 0);
	assert_true(um_ready());
	assert_int_equal(sys_read(fd, got, sizeof(got)), -EAGAIN);
}

static void test_two_openers(void **state)
{
	int other = (int)sys_open("/dev/ttyS1", O_WRONLY | O_NONBLOCK, 0);

	assert_int_equal(sys_write(other, "two", 3), 3);
	assert_int_equal(sys_close(other), 0);
	assert_int_equal(send_in(0, 3), 3);
	assert_int_equal(sys_read(fd, got, sizeof(got)), 3);
	drain();
	assert_memory_equal(um.out, "two", 3);
}

static void test_what_it_is(void **state)
{
	struct stat st;
	int n;

	assert_int_equal(sys_fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & S_IFMT, S_IFCHR);
	assert_int_equal(sys_lseek(fd, 0, SEEK_SET), -ESPIPE);
	assert_int_equal(sys_ioctl(fd, TIOCGPGRP, &n), -ENOTTY);
	assert_int_equal(sys_write(fd, NULL, 1), -EFAULT);
	assert_int_equal(sys_read(fd, NULL, 1), -EFAULT);
}

static int boot(void **state)
{
	kern_start("quiet");
	um_power_on();
	um.absent = true;
	serial_init();
	assert_int_equal(sys_open("/dev/ttyS1", O_RDWR, 0), -ENXIO);
	assert_int_equal(sys_open("/dev/ttyS2", O_RDWR, 0), -ENOENT);
	um_power_on();
	serial_init();
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_go_out_as_they_are),
		TEST(more_than_the_ring),
		TEST(a_slow_line),
		TEST(bytes_come_in),
		TEST(a_reader_that_is_late),
		TEST(a_bad_byte_is_none),
		TEST(both_ways_at_once),
		TEST(closed),
		TEST(two_openers),
		TEST(what_it_is),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
