/*
 * The tar format: POSIX ustar, and GNU tar's default as far as it differs in what we need (long names).
 */
#pragma once

#include <abi/fcntl.h>

#include "kernel/types.h"

#define TAR_BLOCK 512

enum tar_type { TAR_FILE, TAR_DIR, TAR_LONG_NAME, TAR_OTHER };

/* One header, in host form. */
struct tar_view {
	char name[PATH_MAX];	/* as written */
	enum tar_type type;
	char typeflag;
	mode_t mode;		/* permission bits */
	u64 mtime;		/* seconds */
	u64 size;		/* bytes of data, 0 for what has none */
};

/*
 * The only reader of tar headers: turns the @len bytes at @block into @v. 1: an entry; 0: the end (a block of zeros, or no block
 * at all); -EINVAL: not a tar header. Pure.
 */
int tar_parse(const u8 *block, size_t len, struct tar_view *v);

/* Unpacks the archive @what over the root; its bytes stay in use for ever. What is wrong with it gets one line. Boot task. */
void tar_unpack(const char *what, const void *data, size_t len);
