/* epoll, as the rest of the kernel sees it. */
#pragma once

#include "kernel/types.h"

struct file;

/* Boot. */
void epoll_init(void);
/* The last reference to @f, which some epoll watches, is gone: none watches it any more. Task. */
void epoll_forget(struct file *f);
