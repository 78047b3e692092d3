/*
 * The symbol table: one record a function, by rising address: bytes since the one before (7 bits at
 * a time, low ones first), how many letters its name shares with the one before, the other letters,
 * 0. It is only read for a backtrace, so it is small and not fast.
 */
#include "symbols.h"

#include "start.h"

static u64 read_delta(const u8 **p)
{
	u64 v = 0;

	for (int shift = 0;; shift += 7) {
		u8 byte = *(*p)++;

		v |= (u64)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
}

static void read_name(const u8 **p, char name[SYMBOL_MAX])
{
	size_t at = *(*p)++;

	while (**p) {
		if (at < SYMBOL_MAX - 1)
			name[at++] = **p;
		(*p)++;
	}
	name[at] = '\0';
	(*p)++;
}

bool symbol_find(u64 addr, char name[SYMBOL_MAX], u64 *offset)
{
	const u8 *p = __symbols;
	u64 start = (u64)__image_start;

	if (addr < start || addr >= (u64)__text_end || p == __symbols_end)
		return false;
	start += read_delta(&p);
	read_name(&p, name);
	while (p < __symbols_end) {
		const u8 *next = p;
		u64 delta = read_delta(&next);

		if (addr < start + delta)
			break;
		start += delta;
		p = next;
		read_name(&p, name);
	}
	*offset = addr - start;
	return addr >= start;
}
