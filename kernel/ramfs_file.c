/*
 * The bytes of a RAM file, and the operations on open files and directories. A file's pages appear
 * when they are written to; a file out of a tar is read where the tar lies and moves into pages of
 * its own at the first change, which saves the RAM of all those that never change.
 */
#include <abi/errno.h>
#include <abi/fcntl.h>
#include <string.h>

#include "kernel/mm.h"
#include "kernel/ramfs.h"
#include "kernel/timer.h"
#include "kernel/uaccess.h"
#include "kernel/vfs.h"

#define FILE_MAX (1UL << 30)

static size_t pages_for(u64 size)
{
	return (size + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/* Room for @count page pointers; grows by doubling, so appending is cheap. */
static int pages_reserve(struct inode *inode, size_t count)
{
	size_t slots = max(inode->nr_pages, (size_t)4);
	u8 **pages;

	if (count <= inode->nr_pages)
		return 0;
	while (slots < count)
		slots *= 2;
	if (ramfs_charge((slots - inode->nr_pages) * sizeof(*pages)))
		return -ENOSPC;
	pages = kzalloc(slots * sizeof(*pages));
	if (!pages) {
		ramfs_uncharge((slots - inode->nr_pages) * sizeof(*pages));
		return -ENOSPC;
	}
	if (inode->pages)
		memcpy(pages, inode->pages, inode->nr_pages * sizeof(*pages));
	kfree(inode->pages);
	inode->pages = pages;
	inode->nr_pages = slots;
	return 0;
}

/* The page @index of the file, made if need be; NULL when there is no room. */
static u8 *page_get(struct inode *inode, size_t index)
{
	u8 *page = inode->pages[index];

	if (page)
		return page;
	if (ramfs_charge(PAGE_SIZE))
		return NULL;
	page = alloc_pages(0);
	if (!page) {
		ramfs_uncharge(PAGE_SIZE);
		return NULL;
	}
	memset(page, 0, PAGE_SIZE);
	inode->pages[index] = page;
	return page;
}

static void pages_drop(struct inode *inode, size_t from)
{
	for (size_t i = from; i < inode->nr_pages; i++) {
		if (!inode->pages[i])
			continue;
		free_pages(inode->pages[i], 0);
		ramfs_uncharge(PAGE_SIZE);
		inode->pages[i] = NULL;
	}
	if (from)
		return;
	ramfs_uncharge(inode->nr_pages * sizeof(*inode->pages));
	kfree(inode->pages);
	inode->pages = NULL;
	inode->nr_pages = 0;
}

/* Copies @len bytes into the file's pages, which are reserved. Returns how many found room. */
static size_t pages_fill(struct inode *inode, u64 pos, const u8 *from, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t off = (pos + done) & (PAGE_SIZE - 1);
		size_t n = min(len - done, PAGE_SIZE - off);
		u8 *page = page_get(inode, (pos + done) >> PAGE_SHIFT);

		if (!page)
			break;
		memcpy(page + off, from + done, n);
		done += n;
	}
	return done;
}

/* Moves a file that still lies in its tar into pages: @keep bytes of it. */
static int image_leave(struct inode *inode, u64 keep)
{
	if (!inode->image)
		return 0;
	if (pages_reserve(inode, pages_for(keep)))
		return -ENOSPC;
	if (pages_fill(inode, 0, inode->image, keep) < keep) {
		pages_drop(inode, 0);
		return -ENOSPC;
	}
	inode->image = NULL;
	return 0;
}

int ramfs_resize(struct inode *inode, u64 size)
{
	size_t tail = size & (PAGE_SIZE - 1);

	if (size > FILE_MAX)
		return -EFBIG;
	if (image_leave(inode, min(size, inode->size)))
		return -ENOSPC;
	if (size < inode->size) {
		pages_drop(inode, pages_for(size));
		/* What is cut off must read as zeros if the file grows again. */
		if (tail && inode->pages && inode->pages[size >> PAGE_SHIFT])
			memset(inode->pages[size >> PAGE_SHIFT] + tail, 0, PAGE_SIZE - tail);
	} else if (pages_reserve(inode, pages_for(size))) {
		return -ENOSPC;
	}
	inode->size = size;
	inode->mtime = realtime_ns();
	return 0;
}

/* ---- an open file ---- */

/* Gives the task @len bytes of the file from @pos on, all within its size. */
static int inode_read(const struct inode *inode, u64 pos, u8 *buf, size_t len)
{
	static const u8 zeros[PAGE_SIZE];

	if (inode->image)
		return copy_to_user(buf, inode->image + pos, len);
	while (len) {
		size_t off = pos & (PAGE_SIZE - 1);
		size_t n = min(len, PAGE_SIZE - off);
		const u8 *page = inode->pages[pos >> PAGE_SHIFT];
		int err = copy_to_user(buf, page ? page + off : zeros, n);

		if (err)
			return err;
		pos += n;
		buf += n;
		len -= n;
	}
	return 0;
}

static ssize_t ramfs_read(struct file *f, void *buf, size_t len)
{
	const struct inode *inode = f->private;
	u64 pos = (u64)f->pos;
	int err;

	if (pos >= inode->size)
		return 0;
	len = min(len, inode->size - pos);
	err = inode_read(inode, pos, buf, len);
	if (err)
		return err;
	f->pos += (off_t)len;
	return (ssize_t)len;
}

/* A tar in memory stays; what a later change moves out of it is a copy. */
static const void *ramfs_lasting(struct file *f, u64 pos, size_t *len)
{
	const struct inode *inode = f->private;

	if (!inode->image || pos >= inode->size)
		return NULL;
	*len = min(*len, inode->size - pos);
	return inode->image + pos;
}

static ssize_t ramfs_write(struct file *f, const void *buf, size_t len)
{
	struct inode *inode = f->private;
	u64 pos = f->flags & O_APPEND ? inode->size : (u64)f->pos;

	if (len == 0)
		return 0;
	if (pos >= FILE_MAX)
		return -EFBIG;
	len = min(len, FILE_MAX - pos);
	if (!access_ok(buf, len))
		return -EFAULT;
	if (image_leave(inode, inode->size) || pages_reserve(inode, pages_for(pos + len)))
		return -ENOSPC;
	len = pages_fill(inode, pos, buf, len);
	if (!len)
		return -ENOSPC;
	user_bytes_in += len;
	f->pos = (off_t)(pos + len);
	inode->size = max(inode->size, pos + len);
	inode->mtime = realtime_ns();
	return (ssize_t)len;
}

static off_t ramfs_llseek(struct file *f, off_t off, int whence)
{
	const struct inode *inode = f->private;

	return generic_llseek(f, (off_t)inode->size, off, whence);
}

static int ramfs_truncate(struct file *f, off_t len)
{
	return ramfs_resize(f->private, (u64)len);
}

void inode_stat(const struct inode *inode, struct stat *st)
{
	st->st_ino = inode->ino;
	st->st_mode = inode->mode;
	st->st_size = (off_t)inode->size;
	st->st_mtim.tv_sec = (time_t)(inode->mtime / NSEC_PER_SEC);
	st->st_mtim.tv_nsec = (long)(inode->mtime % NSEC_PER_SEC);
}

static int ramfs_fstat(struct file *f, struct stat *st)
{
	inode_stat(f->private, st);
	return 0;
}

/*
 * The position is the order of the entry that came last, so that one may remove what one has read.
 */
static int ramfs_readdir(struct file *f, struct dirent *d)
{
	const struct inode *dir = f->private, *child;

	list_for_each_entry(child, &dir->children, sibling) {
		if (child->order <= (u64)f->pos)
			continue;
		f->pos = (off_t)child->order;
		dirent_set(d, child->ino, S_ISDIR(child->mode) ? DT_DIR : DT_REG, child->name,
			   strlen(child->name));
		return 1;
	}
	return 0;
}

static void ramfs_release(struct file *f)
{
	inode_put(f->private);
}

const struct file_operations ramfs_file_ops = {
	.read = ramfs_read,
	.write = ramfs_write,
	.lasting = ramfs_lasting,
	.llseek = ramfs_llseek,
	.stat = ramfs_fstat,
	.truncate = ramfs_truncate,
	.release = ramfs_release,
};

const struct file_operations ramfs_dir_ops = {
	.llseek = ramfs_llseek,
	.stat = ramfs_fstat,
	.readdir = ramfs_readdir,
	.release = ramfs_release,
};
