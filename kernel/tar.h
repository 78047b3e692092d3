/*
 * The tar format: POSIX ustar, and how GNU tar and POSIX.1-2001 (pax) write names that do not fit
 * into it.
 */
#pragma once

#include <abi/fcntl.h>

#include "kernel/types.h"

#define TAR_BLOCK 512

enum tar_type { TAR_FILE, TAR_DIR, TAR_GNU_NAME, TAR_PAX, TAR_PAX_GLOBAL, TAR_OTHER };

/* One header, in host form. */
struct tar_view {
	char name[PATH_MAX]; /* as written */
	enum tar_type type;
	char typeflag;
	mode_t mode; /* permission bits */
	u64 mtime;   /* seconds */
	u64 size;    /* bytes of data, 0 for what has none */
};

/*
 * The only reader of tar headers: turns the @len bytes at @block into @v. 1: an entry; 0: the end
 * (a block of zeros, or no block at all); -EINVAL: not a tar header. Pure.
 */
int tar_parse(const u8 *block, size_t len, struct tar_view *v);

/*
 * The only reader of pax headers: finds "path" in the @len bytes of records at @data and copies it
 * to @name. 1: found; 0: there is none; -EINVAL: not made of records; -ENAMETOOLONG. Pure.
 */
int tar_pax_path(const u8 *data, size_t len, char name[PATH_MAX]);

/*
 * Unpacks the archive @what over the root; its bytes stay in use for ever. What is wrong with it
 * gets one line. Boot task.
 */
void tar_unpack(const char *what, const void *data, size_t len);
