/*
 * The console terminal. The top half only notes bytes and turns Ctrl-C into a signal at once;
 * lines are edited and echoed when somebody reads or polls, in that task. So what is typed ahead
 * waits, unseen and uninterpreted, for the program that will want it in the mode that this program
 * chooses.
 */
#include <abi/errno.h>
#include <abi/fcntl.h>
#include <abi/poll.h>
#include <abi/signal.h>
#include <abi/socket.h>
#include <abi/syscall.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/irq.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "kernel/uaccess.h"

#define RING_SIZE 8192	/* bytes typed or pasted that nobody has read: a power of two */
#define LINE_SIZE 4096	/* the longest line that can be edited, with its newline */
#define WRITE_CHUNK 256 /* between two looks at signals and the scheduler */
#define FULL (RING_SIZE - TTY_CHUNK + 1)
#define PATIENCE_NS (10 * NSEC_PER_SEC) /* with a full ring that nobody reads */

#define CTRL(c) ((c)&0x1f)
#define DEL 0x7f

static struct {
	/* guarded by irq_save: the top half adds, tasks take */
	char ring[RING_SIZE];
	u32 head, tail; /* count bytes, modulo 2^32 */
	bool flush;	/* the editor's line is void, too */
	u64 dropped;
	u64 full_since; /* nobody has read while the ring has been full */

	/* tasks only */
	char line[LINE_SIZE]; /* the line under the editor, or the one being read */
	size_t len;	      /* bytes of it */
	size_t taken;	      /* of a finished line, read already */
	bool finished;	      /* it has ended: no more is edited until all of it is read */
	int mode;	      /* TTY_RAW, TTY_NOSIG */
	char last;	      /* byte that was shown */
	int foreground;	      /* job that may read and gets the signals; 0: none */
	struct wait_queue readers;
} tty;

static void show(const char *s, size_t n)
{
	arch_console_write(s, n);
	tty.last = s[n - 1];
}

/* ---- top half ---- */

static int tty_signal_of(char c)
{
	if (tty.mode & TTY_NOSIG)
		return 0;
	return c == CTRL('C') ? SIGINT : c == CTRL('\\') ? SIGQUIT : 0;
}

/* The job gets the signal; what was typed ahead of it is forgotten, as on every terminal. */
static void tty_interrupt(char c, int sig)
{
	char echo[2] = { '^', (char)(c | '@') };

	tty.tail = tty.head;
	tty.flush = true;
	if (!(tty.mode & TTY_RAW))
		show(echo, sizeof(echo));
	if (tty.foreground)
		pgrp_signal(tty.foreground, sig);
}

void tty_input(char c)
{
	int sig = tty_signal_of(c);

	if (sig && tty.foreground) {
		tty_interrupt(c, sig);
		return;
	}
	if (tty.head - tty.tail == RING_SIZE) {
		tty.dropped++;
		return;
	}
	tty.ring[tty.head++ % RING_SIZE] = c;
	if (tty.head - tty.tail == FULL)
		tty.full_since = ktime_ns();
	wake_up_all(&tty.readers);
}

bool tty_full(void)
{
	return tty.head - tty.tail >= FULL && ktime_ns() - tty.full_since < PATIENCE_NS;
}

u64 tty_dropped(void)
{
	return tty.dropped;
}

/* ---- the editor of lines, in the task that reads ---- */

/* Up to @size bytes that have been typed. */
static size_t ring_take(char *buf, size_t size)
{
	unsigned long flags = irq_save();
	size_t n = 0;

	if (tty.head - tty.tail >= FULL)
		tty.full_since = ktime_ns();
	while (n < size && tty.tail != tty.head)
		buf[n++] = tty.ring[tty.tail++ % RING_SIZE];
	irq_restore(flags);
	return n;
}

static void echo(const char *s)
{
	show(s, strlen(s));
}

/* Bytes after the first of a UTF-8 sequence take no column. */
static bool utf8_continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == DEL;
}

static void echo_char(char c)
{
	char caret[2] = { '^', (char)(c ^ '@') };

	/* A tab takes one column, or erasing it would need to know where it began. */
	if (c == '\t')
		echo(" ");
	else if (is_control(c) && c != '\n')
		show(caret, 2);
	else
		show(&c, 1);
}

/* Takes the last character off the line, and off the screen. */
static void line_erase(void)
{
	char c;

	do {
		c = tty.line[--tty.len];
	} while (utf8_continues(c) && tty.len);
	echo(is_control(c) && c != '\t' ? "\b\b  \b\b" : "\b \b");
}

static void line_erase_word(void)
{
	while (tty.len && tty.line[tty.len - 1] == ' ')
		line_erase();
	while (tty.len && tty.line[tty.len - 1] != ' ')
		line_erase();
}

static void line_add(char c)
{
	/* The last place is the newline's. */
	if (tty.len == LINE_SIZE - 1 && c != '\n') {
		echo("\a");
		return;
	}
	tty.line[tty.len++] = c;
	echo_char(c);
	tty.finished = c == '\n';
}

static void line_edit(char c)
{
	switch (c) {
	case '\b':
	case DEL:
		if (tty.len)
			line_erase();
		break;
	case CTRL('U'):
		while (tty.len)
			line_erase();
		break;
	case CTRL('W'):
		line_erase_word();
		break;
	case CTRL('D'):
		tty.finished = true;
		break;
	case '\r':
		line_add('\n');
		break;
	default:
		line_add(c);
	}
}

/* Edits until a line is finished or nothing is left to edit. True: there is something to read. */
static bool tty_readable(void)
{
	char c;

	if (tty.flush) {
		tty.flush = tty.finished = false;
		tty.len = tty.taken = 0;
	}
	if (tty.finished)
		return true;
	if (tty.mode & TTY_RAW)
		return READ_ONCE(tty.head) != READ_ONCE(tty.tail);
	while (!tty.finished && ring_take(&c, 1))
		line_edit(c);
	return tty.finished;
}

/* ---- the file ---- */

static bool in_background(void)
{
	return tty.foreground && current->pgrp != tty.foreground;
}

/* Bytes of a finished line. */
static size_t line_take(char *buf, size_t size)
{
	size_t n = min(size, tty.len - tty.taken);

	memcpy(buf, tty.line + tty.taken, n);
	tty.taken += n;
	if (tty.taken == tty.len) {
		tty.len = tty.taken = 0;
		tty.finished = false;
	}
	return n;
}

static ssize_t tty_read(struct file *f, void *buf, size_t len)
{
	int err;

	if (len == 0)
		return 0;
	if (!access_ok(buf, len))
		return -EFAULT;
	if (in_background())
		return -EIO;
	if (!tty_readable()) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event(&tty.readers, tty_readable());
		if (err)
			return err;
	}
	return (ssize_t)(tty.finished ? line_take(buf, len) : ring_take(buf, len));
}

static ssize_t tty_write(struct file *f, const void *buf, size_t len)
{
	const char *from = buf;
	size_t done = 0;

	if (!access_ok(buf, len))
		return -EFAULT;
	while (done < len) {
		size_t n = min(len - done, (size_t)WRITE_CHUNK);

		if (done && signal_pending(current))
			break;
		show(from + done, n);
		done += n;
		if (this_cpu()->need_resched)
			schedule();
	}
	return (ssize_t)done;
}

static u32 tty_poll(struct file *f, struct poll_table *pt)
{
	poll_wait(&tty.readers, pt);
	if (in_background())
		return POLLOUT | POLLWRNORM;
	return POLLOUT | POLLWRNORM | (tty_readable() ? POLLIN | POLLRDNORM : 0);
}

static int tty_ioctl(struct file *f, unsigned long cmd, void *arg)
{
	int n = 0;

	switch (cmd) {
	case FIONREAD:
		if (tty_readable())
			n = (int)(tty.finished ? tty.len - tty.taken : tty.head - tty.tail);
		return copy_to_user(arg, &n, sizeof(n));
	case TIOCGPGRP:
		return copy_to_user(arg, &tty.foreground, sizeof(tty.foreground));
	default:
		return -ENOTTY;
	}
}

static int tty_stat(struct file *f, struct stat *st)
{
	st->st_ino = 2;
	st->st_mode = S_IFCHR | 0620;
	return 0;
}

static const struct file_operations tty_ops = {
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
	.stat = tty_stat,
};

struct file *tty_open(void)
{
	return file_alloc(&tty_ops, O_RDWR, NULL);
}

void tty_set_foreground(int pgrp)
{
	tty.foreground = pgrp;
}

/* The last Ctrl-C in the ring, typed ahead as a byte like others, is a signal after all, and what
 * came before it void. */
static void tty_catch_up(void)
{
	unsigned long flags = irq_save();
	u32 pos = tty.head;

	while (pos != tty.tail && !tty_signal_of(tty.ring[(pos - 1) % RING_SIZE]))
		pos--;
	if (pos != tty.tail && tty.foreground) {
		u32 head = tty.head;
		char c = tty.ring[(pos - 1) % RING_SIZE];

		tty_interrupt(c, tty_signal_of(c));
		tty.tail = pos;
		tty.head = head;
	}
	irq_restore(flags);
}

int tty_set_mode(int flags)
{
	int old = tty.mode;

	tty.mode = flags & (TTY_RAW | TTY_NOSIG);
	if (old & TTY_NOSIG && !(tty.mode & TTY_NOSIG))
		tty_catch_up();
	/* What was being edited is read as it is. */
	if ((tty.mode & TTY_RAW) && tty.len)
		tty.finished = true;
	wake_up_all(&tty.readers);
	return old;
}

bool tty_midline(void)
{
	return tty.last && tty.last != '\n' && tty.last != '\r';
}

void tty_init(void)
{
	wait_queue_init(&tty.readers);
}
