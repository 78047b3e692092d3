/*
 * A text that grows as it is printed to, so that no /proc file is ever cut short; and texts that
 * are made in pieces, as their reader takes them, so that they need no memory for the whole.
 */
#include <string.h>

#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/seq_file.h"
#include "kernel/softirq.h"

#define WALK_SLOTS 64 /* empty ones that are passed with bottom halves off */

/* Room for @more bytes and a NUL. */
static bool seq_reserve(struct seq_file *s, size_t more)
{
	size_t size = max(s->size, (size_t)512);
	char *buf;

	if (s->overflow)
		return false;
	if (more < s->size - s->len)
		return true;
	while (more >= size - s->len)
		size *= 2;
	buf = kmalloc(size);
	if (!buf) {
		s->overflow = true;
		return false;
	}
	if (s->buf)
		memcpy(buf, s->buf, s->len);
	kfree(s->buf);
	s->buf = buf;
	s->size = size;
	return true;
}

void seq_printf(struct seq_file *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!seq_reserve(s, 80))
		return;
	va_start(ap, fmt);
	n = vsnprintf(s->buf + s->len, s->size - s->len, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= s->size - s->len) {
		if (!seq_reserve(s, (size_t)n))
			return;
		va_start(ap, fmt);
		vsnprintf(s->buf + s->len, s->size - s->len, fmt, ap);
		va_end(ap);
	}
	s->len += (size_t)n;
}

void seq_puts(struct seq_file *s, const char *text)
{
	size_t n = strlen(text);

	if (!seq_reserve(s, n))
		return;
	memcpy(s->buf + s->len, text, n);
	s->len += n;
}

void seq_free(struct seq_file *s)
{
	kfree(s->buf);
	*s = (struct seq_file){ 0 };
}

/* ---- in pieces ---- */

bool seq_fill(struct seq_file *s, bool (*walk)(struct seq_file *s), size_t enough)
{
	bool more = true;

	s->len = 0;
	while (more && s->len < enough && !s->overflow)
		more = walk(s);
	return more;
}

/* s->at is table and slot. */
bool seq_walk(struct seq_file *s, const struct seq_table *tables, u32 count, const void *arg)
{
	u32 table = (u32)(s->at >> 32), slot = (u32)s->at, slots;
	size_t len = s->len;

	if (table >= count)
		return false;
	slots = tables[table].slots ? tables[table].slots() : 1;
	local_bh_disable();
	for (u32 i = 0; i < WALK_SLOTS && slot < slots && s->len == len; i++)
		tables[table].show(s, slot++, arg);
	local_bh_enable();
	s->at = slot < slots ? (u64)table << 32 | slot : (u64)(table + 1) << 32;
	return s->at >> 32 < count;
}
