/* The console's line discipline: what a reader gets of what is typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <abi/errno.h>
#include <abi/socket.h>
#include <abi/syscall.h>

#include "kernel/arch/host/library.h"
#include "kernel/arch/host/skbox.h"
#include "kernel/console.h"
#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/init.h"
#include "kernel/irq.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/timer.h"

static int fd;
static char screen[32768];
static size_t screen_len;

static void print(const char *s, size_t len)
{
	if (len > sizeof(screen) - 1 - screen_len)
		len = sizeof(screen) - 1 - screen_len;
	memcpy(screen + screen_len, s, len);
	screen_len += len;
	screen[screen_len] = '\0';
}

static void expect_screen(const char *want)
{
	assert_string_equal(screen, want);
	screen_len = 0;
	screen[0] = '\0';
}

static char buf[16384];

/* Bytes arrive in a top half. */
static void type(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		irq_enter();
		tty_input(s[i]);
		irq_exit();
	}
}

#define TYPE(s) type(s, sizeof(s) - 1)

static void expect(const char *want)
{
	long n = sys_read(fd, buf, sizeof(buf));

	if (n < 0)
		fail_msg("read: %ld, not \"%s\"", n, want);
	buf[n] = '\0';
	assert_string_equal(buf, want);
}

static void expect_nothing(void)
{
	assert_int_equal(sys_read(fd, buf, sizeof(buf)), -EAGAIN);
}

static u32 events(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	assert_int_equal(sys_poll(&p, 1, 0), 1);
	return (u32)p.revents;
}

static int enter(void **state)
{
	struct file *f = tty_open();

	f->flags |= O_NONBLOCK;
	fd = fd_install(f, 0, false);
	tty_set_foreground(0);
	screen_len = 0;
	screen[0] = '\0';
	return 0;
}

static int leave(void **state)
{
	sys_ttymode(TTY_RAW);
	while (sys_read(fd, buf, sizeof(buf)) >= 0)
		;
	sys_ttymode(0);
	sys_close(fd);
	tty_set_foreground(0);
	return 0;
}

/* ---- lines ---- */

static void a_line_comes_when_it_is_finished(void **state)
{
	TYPE("hel");
	expect_nothing();
	assert_int_equal(events(), POLLOUT);
	TYPE("lo\rnext\n");
	assert_int_equal(events(), POLLIN | POLLOUT);
	expect("hello\n");
	expect("next\n");
	expect_nothing();
}

static void a_line_is_read_in_pieces(void **state)
{
	char c[3];

	TYPE("abcde\nf\n");
	assert_int_equal(sys_read(fd, c, 3), 3);
	assert_memory_equal(c, "abc", 3);
	assert_int_equal(sys_read(fd, c, 0), 0);
	expect("de\n");
	expect("f\n");
}

static void erasing(void **state)
{
	TYPE("ab\bc\x7f\x7f"
	     "d\n");
	expect("d\n"); /* both ways to erase, and not beyond the start */
	TYPE("\b\b\x7fx\n");
	expect("x\n");
	TYPE("gone\x15kept\n");
	expect("kept\n");
	TYPE("one two  \x17three\n");
	expect("one three\n");
	TYPE("word\x17\x17x\n");
	expect("x\n");
	TYPE("na\xc3\xaf\bive\n");
	expect("naive\n");
}

static void what_is_typed_is_echoed_when_it_is_read(void **state)
{
	TYPE("ab");
	expect_screen("");
	expect_nothing();
	expect_screen("ab");
	TYPE("\b\x01\x7f\t\x7f\r");
	expect("a\n");
	expect_screen("\b \b"
		      "^A"
		      "\b\b  \b\b"
		      " "
		      "\b \b"
		      "\n");
	sys_ttymode(TTY_RAW);
	TYPE("secret");
	expect("secret");
	expect_screen("");
	assert_int_equal(sys_write(fd, "out\n", 4), 4);
	expect_screen("out\n");
}

static void end_of_file(void **state)
{
	TYPE("\x04");
	expect("");
	expect_nothing();
	TYPE("part\x04more\n");
	expect("part");
	expect("more\n");
	expect_nothing();
}

static void a_line_that_is_too_long_keeps_its_newline(void **state)
{
	static char line[5000];
	long n;

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	type(line, sizeof(line));
	n = sys_read(fd, buf, sizeof(buf));
	assert_int_equal(n, 4096);
	assert_int_equal(buf[n - 1], '\n');
	expect_nothing();
}

/* ---- the buffer ---- */

static void a_paste_of_4_kib_is_not_lost(void **state)
{
	static char paste[4096];
	u64 dropped = tty_dropped();
	size_t got = 0;
	long n;

	for (size_t i = 0; i < sizeof(paste); i++)
		paste[i] = i % 80 == 79 ? '\n' : (char)('a' + i % 26);
	paste[sizeof(paste) - 1] = '\n';
	type(paste, sizeof(paste));
	while ((n = sys_read(fd, buf + got, sizeof(buf) - got)) > 0)
		got += (size_t)n;
	assert_int_equal(got, sizeof(paste));
	assert_memory_equal(buf, paste, sizeof(paste));
	assert_int_equal(tty_dropped(), dropped);
}

static void too_much_is_dropped_and_counted(void **state)
{
	u64 dropped = tty_dropped();

	for (int i = 0; i < 9000; i++)
		TYPE("x");
	assert_int_equal(tty_dropped() - dropped, 9000 - 8192);
}

static void sleep_ms(u64 ms)
{
	skbox_advance(ms * NSEC_PER_MSEC);
}

/* As a driver does it: in pieces, and only while there is room. What did not go in. */
static size_t paste(const char *s, size_t len)
{
	while (len && !tty_full()) {
		size_t n = min(len, (size_t)TTY_CHUNK);

		type(s, n);
		s += n;
		len -= n;
	}
	return len;
}

static void what_has_no_room_waits_for_the_reader(void **state)
{
	static char text[3 * 8192];
	u64 dropped = tty_dropped();
	size_t left = sizeof(text), got = 0;
	long n;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 23);
	sys_ttymode(TTY_RAW);
	while (left) {
		left = paste(text + sizeof(text) - left, left);
		assert_true(tty_full() || !left);
		sleep_ms(6000); /* a reader may be slow */
		n = sys_read(fd, buf, 5000);
		assert_int_equal(n, min((size_t)5000, sizeof(text) - left - got));
		assert_memory_equal(buf, text + got, n);
		got += (size_t)n;
	}
	assert_false(tty_full());
	assert_int_equal(tty_dropped(), dropped);
}

static void room_for_one_piece_is_not_full(void **state)
{
	u64 dropped = tty_dropped();

	for (int i = 0; i < 8192 - TTY_CHUNK; i++)
		TYPE("x");
	assert_false(tty_full());
	TYPE("x");
	assert_true(tty_full());
	for (int i = 1; i < TTY_CHUNK; i++)
		TYPE("x");
	assert_int_equal(tty_dropped(), dropped);
	/* Whoever reads a little is a reader. */
	sys_ttymode(TTY_RAW);
	for (int i = 1; i < TTY_CHUNK; i++) {
		sleep_ms(9000);
		assert_true(tty_full());
		assert_int_equal(sys_read(fd, buf, 1), 1);
	}
	assert_true(tty_full());
	assert_int_equal(sys_read(fd, buf, 1), 1);
	assert_false(tty_full());
}

static void nobody_waits_for_ever_for_a_reader(void **state)
{
	static char text[20000];
	u64 dropped = tty_dropped();

	memset(text, 'x', sizeof(text));
	assert_true(paste(text, sizeof(text)) > 0);
	sleep_ms(9000);
	assert_true(tty_full());
	sleep_ms(1001);
	assert_int_equal(paste(text, sizeof(text)), 0);
	assert_true(tty_dropped() > dropped);
	/* Once somebody reads, it waits again. */
	sys_ttymode(TTY_RAW);
	assert_int_equal(sys_read(fd, buf, 100), 100);
	assert_false(tty_full());
	assert_true(paste(text, sizeof(text)) > 0);
}

static void ctrl_c_behind_a_full_buffer_is_heard(void **state)
{
	static char text[10000];

	memset(text, 'x', sizeof(text));
	tty_set_foreground(12345);
	current->pgrp = 12345;
	assert_true(paste(text, sizeof(text)) > 0);
	sleep_ms(10001);
	assert_int_equal(paste(text, sizeof(text)), 0);
	TYPE("\x03"
	     "fresh\n");
	assert_false(tty_full());
	expect("fresh\n");
	current->pgrp = 0;
}

/* ---- modes and jobs ---- */

static void raw_bytes_come_as_they_are(void **state)
{
	assert_int_equal(sys_ttymode(TTY_RAW), 0);
	TYPE("a\b\x04\x15\r");
	assert_int_equal(events(), POLLIN | POLLOUT);
	expect("a\b\x04\x15\r");
	expect_nothing();
	assert_int_equal(sys_ttymode(0), TTY_RAW);
	assert_int_equal(sys_ttymode(77), -EINVAL);
}

static void typed_ahead_bytes_are_read_in_the_readers_mode(void **state)
{
	TYPE("ls\x7f\r");
	sys_ttymode(TTY_RAW);
	expect("ls\x7f\r");
	TYPE("ls\x7f\r");
	sys_ttymode(0);
	expect("l\n");
	TYPE("half");
	expect_nothing(); /* it is in the editor now */
	sys_ttymode(TTY_RAW);
	expect("half");
}

static void interrupt_goes_to_the_foreground_and_flushes(void **state)
{
	TYPE("\x03");
	sys_ttymode(TTY_RAW);
	expect("\x03"); /* nobody is in the foreground */
	sys_ttymode(0);
	tty_set_foreground(12345);
	current->pgrp = 12345;
	TYPE("unfinished");
	expect_nothing();
	TYPE(" business\nx\x03"
	     "fresh\n");
	expect("fresh\n");
	assert_non_null(strstr(screen, "^C"));
	sys_ttymode(TTY_NOSIG | TTY_RAW);
	TYPE("a\x03"
	     "b");
	expect("a\x03"
	       "b");
	current->pgrp = 0;
}

static void the_background_reads_nothing_but_may_write(void **state)
{
	tty_set_foreground(12345);
	TYPE("x\n");
	assert_int_equal(sys_read(fd, buf, sizeof(buf)), -EIO);
	assert_int_equal(events(), POLLOUT);
	assert_int_equal(sys_write(fd, "", 0), 0);
	tty_set_foreground(0);
	expect("x\n");
}

static void ioctls(void **state)
{
	int n = -1;

	TYPE("four\nx");
	assert_int_equal(sys_ioctl(fd, FIONREAD, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(sys_tcsetpgrp(0), 0);
	assert_int_equal(sys_ioctl(fd, TIOCGPGRP, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(sys_ioctl(fd, 0x1234, &n), -ENOTTY);
	assert_int_equal(sys_ioctl(fd, FIONREAD, NULL), -EFAULT);
	assert_int_equal(sys_lseek(fd, 0, SEEK_SET), -ESPIPE);
	expect("four\n");
}

static int boot(void **state)
{
	library.on = true;
	library.console = print;
	kernel_init("quiet loglevel=1");
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_comes_when_it_is_finished),
		TEST(a_line_is_read_in_pieces),
		TEST(erasing),
		TEST(what_is_typed_is_echoed_when_it_is_read),
		TEST(end_of_file),
		TEST(a_line_that_is_too_long_keeps_its_newline),
		TEST(a_paste_of_4_kib_is_not_lost),
		TEST(too_much_is_dropped_and_counted),
		TEST(what_has_no_room_waits_for_the_reader),
		TEST(room_for_one_piece_is_not_full),
		TEST(nobody_waits_for_ever_for_a_reader),
		TEST(ctrl_c_behind_a_full_buffer_is_heard),
		TEST(raw_bytes_come_as_they_are),
		TEST(typed_ahead_bytes_are_read_in_the_readers_mode),
		TEST(interrupt_goes_to_the_foreground_and_flushes),
		TEST(the_background_reads_nothing_but_may_write),
		TEST(ioctls),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
