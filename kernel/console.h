/*
 * The console terminal: line discipline (echo, erase, Ctrl-C to the foreground job, Ctrl-D) over
 * the machine's console bytes.
 */
#pragma once

#include "kernel/types.h"

struct file;

/* What a driver may hand in between two looks at tty_full(). */
#define TTY_CHUNK 64

/* One byte from the keyboard. Hardirq; a full buffer drops it and counts. */
void tty_input(char c);
/* A file on the console for a task's descriptors 0 to 2. */
struct file *tty_open(void);
void tty_init(void);
/* Who gets Ctrl-C; 0: nobody. Task. */
void tty_set_foreground(int pgrp);
/* Sets TTY_RAW and TTY_NOSIG (abi/syscall.h); returns what was set before. Task. */
int tty_set_mode(int flags);
/* Is what tasks have written last an unfinished line? Task. */
bool tty_midline(void);
/*
 * Should more input wait, where a machine can make it? While there is no room for TTY_CHUNK bytes,
 * but not for ever: after ten seconds without a reader it is taken and lost, for there may be a
 * Ctrl-C behind it. Any context.
 */
bool tty_full(void);
/* Input bytes lost to a full buffer. Any context. */
u64 tty_dropped(void);
