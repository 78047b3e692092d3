/*
 * How a table of descriptors grows and how its free slots are found: two levels of bitmaps, so
 * that the lowest of 131072 is at most some thirty words away.
 */
#include "kernel/fdtable.h"

#include <abi/errno.h>
#include <string.h>

#include "kernel/mm.h"

int sysctl_nr_open = NR_OPEN_MAX;

/* The lowest bit >= @from of @words words that is not set; words * 64: all are. */
static u32 next_zero(const u64 *bits, u32 words, u32 from)
{
	for (u32 w = from / 64; w < words; w++) {
		u64 zeros = ~bits[w];

		if (w == from / 64)
			zeros &= ~0UL << from % 64;
		if (zeros)
			return w * 64 + (u32)__builtin_ctzll(zeros);
	}
	return words * 64;
}

u32 fd_table_free_slot(const struct fd_table *t, u32 from)
{
	u32 words = t->size / 64, word = from / 64;
	u64 zeros;

	if (from >= t->size)
		return from;
	zeros = ~t->open[word] & ~0UL << from % 64;
	if (!zeros) {
		word = next_zero(t->full, (words + 63) / 64, word + 1);
		if (word >= words)
			return t->size;
		zeros = ~t->open[word];
	}
	return word * 64 + (u32)__builtin_ctzll(zeros);
}

u32 fd_table_next(const struct fd_table *t, u32 from)
{
	for (u32 word = from / 64; word < t->size / 64; word++) {
		u64 ones = t->open[word];

		if (word == from / 64)
			ones &= ~0UL << from % 64;
		if (ones)
			return word * 64 + (u32)__builtin_ctzll(ones);
	}
	return t->size;
}

void fd_table_take(struct fd_table *t, u32 fd, bool cloexec)
{
	u32 word = fd / 64;
	u64 bit = 1UL << fd % 64;

	t->count += !(t->open[word] & bit);
	t->open[word] |= bit;
	if (!~t->open[word])
		t->full[word / 64] |= 1UL << word % 64;
	if (cloexec)
		t->cloexec[word] |= bit;
	else
		t->cloexec[word] &= ~bit;
}

void fd_table_clear(struct fd_table *t, u32 fd)
{
	u32 word = fd / 64;
	u64 bit = 1UL << fd % 64;

	t->count -= !!(t->open[word] & bit);
	t->open[word] &= ~bit;
	t->cloexec[word] &= ~bit;
	t->full[word / 64] &= ~(1UL << word % 64);
}

/* ---- memory ---- */

static u32 full_words(u32 size)
{
	return (size / 64 + 63) / 64;
}

static void free_arrays(struct fd_table *t)
{
	if (t->size <= FD_SMALL)
		return;
	kfree(t->files);
	kfree(t->open);
}

/* Moves into @files and @bits, which are large enough for @size slots and zeroed. */
static void fd_table_move(struct fd_table *t, struct file **files, u64 *bits, u32 size)
{
	u32 words = size / 64, old = t->size / 64;

	if (old) {
		memcpy(files, t->files, t->size * sizeof(*files));
		memcpy(bits, t->open, old * sizeof(*bits));
		memcpy(bits + words, t->cloexec, old * sizeof(*bits));
		memcpy(bits + 2 * words, t->full, full_words(t->size) * sizeof(*bits));
	}
	free_arrays(t);
	t->files = files;
	t->open = bits;
	t->cloexec = bits + words;
	t->full = bits + 2 * words;
	t->size = size;
}

static void fd_table_start(struct fd_table *t)
{
	memset(t->small_files, 0, sizeof(t->small_files));
	t->small_open = t->small_cloexec = t->small_full = 0;
	t->files = t->small_files;
	t->open = &t->small_open;
	t->cloexec = &t->small_cloexec;
	t->full = &t->small_full;
	t->size = FD_SMALL;
	t->count = 0;
}

int fd_table_grow(struct fd_table *t, u32 fd)
{
	u32 size = max(t->size, FD_SMALL);
	struct file **files;
	u64 *bits;

	if (fd >= (u32)sysctl_nr_open)
		return -EMFILE;
	if (fd < t->size)
		return 0;
	if (!t->size)
		fd_table_start(t);
	if (fd < t->size)
		return 0;
	while (size <= fd)
		size *= 2;
	files = kzalloc(size * sizeof(*files));
	bits = kzalloc((2 * size / 64 + full_words(size)) * sizeof(*bits));
	if (!files || !bits) {
		kfree(files);
		kfree(bits);
		return -ENOMEM;
	}
	fd_table_move(t, files, bits, size);
	return 0;
}

void fd_table_free(struct fd_table *t)
{
	free_arrays(t);
	t->size = t->count = 0;
}
